//! The log of programs that run on: on standard error, as much as `TEITEN_LOG` says.
//!
//! **Invariant:** a log that nobody reads any more ends nothing.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::world::World;

/// What is logged when `TEITEN_LOG` does not say: libraries tell too much of each commit, the log's reader calls a
/// table that is not there yet an error, and its writer a version that another writer of a bucket took; what fails
/// comes back to us and is told by us.
const LOGGED: &str = "warn,buoyant_kernel=off,deltalake_core::kernel::transaction=off,teiten=info,teiten_collector=info,teiten_portal=info";

/// Begins to log. Another command of this process may have begun: then it goes on as it does.
pub(crate) fn begin(world: &World) {
    let filter = EnvFilter::try_from_env("TEITEN_LOG").unwrap_or_else(|_| EnvFilter::new(LOGGED));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let log = log.with_ansi(world.color && std::io::stderr().is_terminal());
    let _ = log.log_internal_errors(false).try_init();
}
