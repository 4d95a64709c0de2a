//! `teiten serve`: the portal and the API on a socket of this machine.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use teiten_ask::output::Lang;
use teiten_ask::wanted;
use teiten_model::interval::Timestamp;
use teiten_portal::{Portal, Settings};
use teiten_report::words::Language;

use crate::args::Serve;
use crate::exit::{Outcome, Usage};
use crate::telescope;
use crate::world::World;

pub(crate) fn run(world: &World, args: &Serve) -> Result<Outcome> {
    let address: SocketAddr = args.listen.parse().map_err(|_| {
        Usage(format!("`{}` is no address to listen on: write 127.0.0.1:8080 or [::1]:8080", args.listen))
    })?;
    if !address.ip().is_loopback() {
        return Err(Usage(format!(
            "{address} can be reached by others, and nobody has to log in yet: listen on this machine alone, such as \
             127.0.0.1:{}",
            address.port()
        ))
        .into());
    }
    let telescope = match &world.config.sensors {
        Some(path) => Some(telescope::read(path).map_err(|error| Usage(format!("{error:#}")))?),
        None => None,
    };
    let store = world.store()?;
    // Held here to the end: the store's own threads must not be ended from inside the server's.
    let portal = Arc::new(Portal::new(Settings {
        data: world.data_folder(),
        telescope,
        zone: world.zone.clone(),
        language: match world.lang() {
            Lang::Ja => Language::Ja,
            Lang::En => Language::En,
        },
        viewer: wanted::viewer(&args.viewer),
        viewer_word: args.viewer.clone(),
        site: args.site.clone(),
        clock: now,
        store,
    })?);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting threads")?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await.with_context(|| {
            format!("listening on {address}: another program may have the port, give another with --listen")
        })?;
        let bound = listener.local_addr()?;
        use std::io::Write;
        // Nobody may be listening on standard error; the portal serves all the same.
        let _ = writeln!(std::io::stderr(), "teiten serves http://{bound}/ (Ctrl-C ends it)");
        teiten_portal::serve(listener, Arc::clone(&portal), true, stopped()).await.context("serving")
    })?;
    Ok(Outcome::default())
}

/// The moment it is.
#[expect(clippy::disallowed_methods, reason = "the clock of the portal is read here, in the shell")]
fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_microsecond())
}

/// Waits until somebody ends the program: Ctrl-C, or the system's request.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut asked) => tokio::select! {
            _ = interrupted => {}
            _ = asked.recv() => {}
        },
        // Without the other signal, Ctrl-C alone ends it.
        Err(_) => drop(interrupted.await),
    }
}
