//! Who answers: a server that runs its share of statements and holds nothing between them.
//!
//! What goes wrong while rows are sent must not look like their end. The engine passes errors on, but a panic in the
//! task that sends rows would end the rows like any other end; so the program ends with it ([`ends_with_a_panic`]), the
//! connection breaks, and whoever asked is told.
//!
//! **Invariant:** plans read the one store that the worker was given, within the memory it was given.
//! **Invariant:** a plan of another version is refused.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use datafusion::common::exec_datafusion_err;
use datafusion::error::Result;
use datafusion::execution::SessionState;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::object_store::ObjectStoreRegistry;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion_distributed::{DistributedExt, Worker, WorkerQueryContext};
use object_store::ObjectStore;
use teiten_query::engine::{self, STORE_URL, Unanswered};
use teiten_store::store::Store;
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use url::Url;

use crate::error::ClusterError;
use crate::keys::Keys;
use crate::reach::{CONNECTION_BYTES, Reach, STREAM_BYTES};
use crate::version;

/// After how long a silent caller is asked for a sign of life, and how long that may take.
const ALIVE_EVERY_SECS: u64 = 10;
const ALIVE_WAIT_SECS: u64 = 20;
/// The most streams of one caller: of each statement a few for every partition.
const STREAMS_MAX: u32 = 4_096;

/// What a worker is given.
pub struct Given {
    /// The store whose files it reads.
    pub store: Store,
    /// Its certificate, and the authority it believes.
    pub keys: Keys,
    /// The most that operators of all statements hold together, in bytes.
    pub memory_bytes: usize,
    /// The version it says it is.
    pub version: String,
}

/// A worker that has its address and does not answer yet.
pub struct Listening {
    listener: TcpListener,
    address: SocketAddr,
    given: Given,
}

impl Listening {
    /// Takes an address, such as `[::]:7470`; port 0 for any that is free.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn on(address: &str, given: Given) -> std::result::Result<Listening, ClusterError> {
        let unheard = |source| ClusterError::Listen { address: address.to_string(), source };
        let listener = TcpListener::bind(address).await.map_err(unheard)?;
        let address = listener.local_addr().map_err(unheard)?;
        Ok(Listening { listener, address, given })
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until the signal comes; what is under way is finished.
    ///
    /// # Errors
    /// When the certificates cannot be used, or the server fails.
    pub async fn serve(
        self,
        signal: impl Future<Output = ()> + Send,
    ) -> std::result::Result<(), ClusterError> {
        // The server asks the process for its cryptography, which has chosen none; where it has, that one holds.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let Given { store, keys, memory_bytes, version } = self.given;
        let runtime = surroundings(&store, memory_bytes)?;
        let reach = Reach::new(keys.clone(), version.clone());
        let ours = version.clone();
        let session = move |asked: WorkerQueryContext| {
            let (reach, ours) = (reach.clone(), ours.clone());
            async move { state(asked, reach, &ours) }
        };
        let worker = Worker::from_session_builder(session).with_runtime_env(runtime).with_version(version);
        Server::builder()
            .tls_config(keys.server())
            .map_err(|error| ClusterError::Keys(error.to_string()))?
            .http2_keepalive_interval(Some(Duration::from_secs(ALIVE_EVERY_SECS)))
            .http2_keepalive_timeout(Some(Duration::from_secs(ALIVE_WAIT_SECS)))
            .initial_connection_window_size(CONNECTION_BYTES)
            .initial_stream_window_size(STREAM_BYTES)
            .max_concurrent_streams(STREAMS_MAX)
            .add_service(worker.into_worker_server())
            .serve_with_incoming_shutdown(TcpIncoming::from(self.listener).with_nodelay(Some(true)), signal)
            .await
            .map_err(|error| ClusterError::Serve(error.to_string()))
    }
}

/// Lets the program end with the first panic.
pub fn ends_with_a_panic() {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        told(panic);
        std::process::abort();
    }));
}

/// The session of one plan.
fn state(asked: WorkerQueryContext, reach: Reach, ours: &str) -> Result<SessionState> {
    let theirs = version::of(&asked.headers);
    if theirs != ours {
        let said =
            format!("it is `{ours}` and was asked by `{theirs}`: run the same version of teiten everywhere");
        return Err(Unanswered(said).into());
    }
    let session = asked
        .builder
        .with_distributed_channel_resolver(reach)
        .with_distributed_passthrough_headers(version::headers(ours))?;
    Ok(engine::with_functions(session.build()))
}

/// What plans run in: bounded memory, and the files of one store.
fn surroundings(store: &Store, memory_bytes: usize) -> Result<Arc<RuntimeEnv>> {
    RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(memory_bytes)))
        .with_object_store_registry(Arc::new(OneStore(Arc::clone(&store.location().objects))))
        .build_arc()
}

/// The files of one store, and no others: a plan that names a path of the machine finds nothing.
#[derive(Debug)]
struct OneStore(Arc<dyn ObjectStore>);

impl ObjectStoreRegistry for OneStore {
    fn register_store(&self, _url: &Url, _store: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>> {
        match url.as_str().trim_end_matches('/') == STORE_URL {
            true => Ok(Arc::clone(&self.0)),
            false => Err(exec_datafusion_err!("a worker reads {STORE_URL} alone, not {url}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use datafusion::execution::SessionStateBuilder;

    use super::*;
    use crate::keys;

    #[test]
    fn a_plan_of_another_version_is_refused_by_the_worker_too() {
        let folder = tempfile::tempdir().expect("a folder");
        keys::make(folder.path(), &["one".to_string()], 0).expect("certificates");
        let path = |name: &str| Path::new(folder.path()).join(name);
        let keys = Keys::read(&path("one.pem"), &path("one.key"), &path("ca.pem")).expect("keys");
        for (theirs, is_same) in [("ours", true), ("theirs", false), ("", false)] {
            let builder = SessionStateBuilder::new().with_default_features();
            let asked = WorkerQueryContext { builder, headers: version::headers(theirs) };
            let state = state(asked, Reach::new(keys.clone(), "ours".to_string()), "ours");
            assert_eq!(state.is_ok(), is_same, "{theirs}");
            if let Err(error) = state {
                let said = Unanswered::of(&error).unwrap_or_default();
                assert_eq!(
                    said,
                    format!(
                        "it is `ours` and was asked by `{theirs}`: run the same version of teiten everywhere"
                    )
                );
            }
        }
    }

    #[test]
    fn a_worker_reads_one_store_and_nothing_else_of_its_machine() {
        let files = OneStore(Arc::new(object_store::memory::InMemory::new()));
        let asked = |url: &str| files.get_store(&Url::parse(url).expect("an address"));
        assert!(asked(STORE_URL).is_ok());
        for other in ["file:///", "s3://bucket", "teiten://other"] {
            let said = asked(other).expect_err("not the store").to_string();
            assert!(said.contains("a worker reads teiten://store alone"), "{said}");
        }
    }
}
