//! One connection a worker: both sides by certificates, the same version or none, and never waited for without end.
//!
//! A connection is asked for signs of life while it is open, so a machine that vanished or a process that stands still
//! ends the statements that wait for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use datafusion::error::Result;
use datafusion_distributed::grpc::{BoxCloneSyncChannel, create_worker_client};
use datafusion_distributed::{ChannelResolver, GetWorkerInfoRequest, WorkerChannel};
use teiten_query::engine::Unanswered;
use tokio::sync::OnceCell;
use tonic::transport::Endpoint;
use url::Url;

use crate::keys::Keys;
use crate::named::{Named, silent};

/// How long a worker may take to show its certificate and to say what it is.
const GREETING_SECS: u64 = 10;
/// After how long a silent connection is asked for a sign of life, and how long that may take: long, because a machine
/// with more to do than it can gives it late, and together less than the half minute after which nobody believes in it.
const ALIVE_EVERY_SECS: u64 = 5;
const ALIVE_WAIT_SECS: u64 = 20;
/// What may be under way on a connection, and for one stream of it, in bytes.
pub(crate) const CONNECTION_BYTES: u32 = 16 << 20;
pub(crate) const STREAM_BYTES: u32 = 4 << 20;

/// The ways to workers that one process keeps open.
#[derive(Clone)]
pub(crate) struct Reach {
    keys: Keys,
    version: String,
    open: Arc<Mutex<BTreeMap<Url, Way>>>,
}

type Way = Arc<OnceCell<BoxCloneSyncChannel>>;

impl Reach {
    /// Ways for a process of that version, none open.
    pub(crate) fn new(keys: Keys, version: String) -> Reach {
        Reach { keys, version, open: Arc::default() }
    }

    /// What a worker says it is; it may be of another version.
    pub(crate) async fn ask(&self, worker: &Url) -> Result<String> {
        let channel = self.connect(worker).await?;
        greet(worker, channel).await
    }

    async fn connect(&self, worker: &Url) -> Result<BoxCloneSyncChannel> {
        let why = |error: tonic::transport::Error| silent(worker, &chain(&error));
        // An address of IPv6 stands in brackets in a URL and without them in a certificate.
        let host = worker.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let endpoint = Endpoint::from_shared(worker.to_string())
            .and_then(|endpoint| endpoint.tls_config(self.keys.client(host)))
            .map_err(why)?
            .connect_timeout(Duration::from_secs(GREETING_SECS))
            .tcp_nodelay(true)
            .http2_keep_alive_interval(Duration::from_secs(ALIVE_EVERY_SECS))
            .keep_alive_timeout(Duration::from_secs(ALIVE_WAIT_SECS))
            .keep_alive_while_idle(true)
            .initial_connection_window_size(CONNECTION_BYTES)
            .initial_stream_window_size(STREAM_BYTES);
        let opened = tokio::time::timeout(Duration::from_secs(GREETING_SECS), endpoint.connect()).await;
        let channel = opened.map_err(|_| late(worker))?.map_err(why)?;
        Ok(BoxCloneSyncChannel::new(channel))
    }

    /// The way to a worker that was found to be of the same version.
    async fn way(&self, worker: &Url) -> Result<BoxCloneSyncChannel> {
        let way = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(open.entry(worker.clone()).or_default())
        };
        let opened = way.get_or_try_init(|| async {
            let channel = self.connect(worker).await?;
            let theirs = greet(worker, channel.clone()).await?;
            match theirs == self.version {
                true => Ok(channel),
                false => Err(Unanswered(other_version(worker, &theirs, &self.version)).into()),
            }
        });
        opened.await.cloned()
    }
}

/// What is said of a worker of another version.
pub(crate) fn other_version(worker: &Url, theirs: &str, ours: &str) -> String {
    format!("worker {worker} is `{theirs}` and this is `{ours}`: run the same version of teiten everywhere")
}

async fn greet(worker: &Url, channel: BoxCloneSyncChannel) -> Result<String> {
    let mut way = Named { worker: worker.clone(), inner: create_worker_client(channel) };
    let said = way.get_worker_info(GetWorkerInfoRequest {});
    let answer = tokio::time::timeout(Duration::from_secs(GREETING_SECS), said).await;
    Ok(answer.map_err(|_| late(worker))??.version)
}

fn late(worker: &Url) -> datafusion::error::DataFusionError {
    silent(worker, &format!("nothing came in {GREETING_SECS} seconds"))
}

/// An error with all its causes: the first one alone says "transport error".
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        said.push_str(": ");
        said.push_str(&inner.to_string());
        cause = inner.source();
    }
    said
}

#[async_trait]
impl ChannelResolver for Reach {
    async fn get_worker_client_for_url(&self, worker: &Url) -> Result<Box<dyn WorkerChannel>> {
        let inner = create_worker_client(self.way(worker).await?);
        Ok(Box::new(Named { worker: worker.clone(), inner }))
    }
}
