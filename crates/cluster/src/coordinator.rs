//! Who asks: a store whose questions workers answer.

use datafusion::error::Result;
use datafusion::execution::SessionStateBuilder;
use datafusion_distributed::{
    DesiredTaskCountEvent, DistributedExt, ScaleUpLeafNodeEvent, SessionStateBuilderExt, WorkerResolver,
};
use teiten_query::engine::{self, Engine};
use teiten_store::store::Store;
use url::Url;

use crate::error::ClusterError;
use crate::keys::Keys;
use crate::reach::{Reach, other_version};
use crate::share::{deal, share};
use crate::travel::careful;
use crate::version::{headers, version};

/// The most workers of a cluster.
pub const WORKERS_MAX: usize = 1_024;

/// Workers, and how they are asked.
#[derive(Clone)]
pub struct Cluster {
    workers: Vec<Url>,
    keys: Keys,
    bytes_each: u64,
    version: String,
}

impl Cluster {
    /// A cluster of those workers; a worker more is asked for every `bytes_each` bytes of a scan's files, and 0 asks all.
    ///
    /// # Errors
    /// When there is no worker, too many, or what is given is no address of one.
    pub fn new(
        workers: &[String],
        keys: Keys,
        bytes_each: u64,
    ) -> std::result::Result<Cluster, ClusterError> {
        let workers: Vec<Url> =
            workers.iter().map(|text| address(text)).collect::<std::result::Result<_, _>>()?;
        match workers.len() {
            0 => Err(ClusterError::Nobody),
            1..=WORKERS_MAX => Ok(Cluster { workers, keys, bytes_each, version: version() }),
            _ => Err(ClusterError::Address(format!("more than {WORKERS_MAX} workers"))),
        }
    }

    /// The same, which says that it is of that version.
    #[doc(hidden)]
    pub fn of_version(self, version: &str) -> Cluster {
        Cluster { version: version.to_string(), ..self }
    }

    /// The same store, whose questions these workers answer.
    ///
    /// Connections belong to the store's own threads, so each store that is opened has its own.
    pub fn answer(&self, store: Store) -> Store {
        let reach = Reach::new(self.keys.clone(), self.version.clone());
        engine::answered_by(store, Coordinator { cluster: self.clone(), reach })
    }

    /// Asks every worker what it is: its address, and its version or why it cannot be asked.
    pub async fn ask_all(&self) -> Vec<(Url, std::result::Result<String, ClusterError>)> {
        let reach = Reach::new(self.keys.clone(), self.version.clone());
        let ask = |worker: &Url| {
            let (reach, worker, ours) = (reach.clone(), worker.clone(), self.version.clone());
            async move {
                let said = match reach.ask(&worker).await {
                    Ok(theirs) if theirs == ours => Ok(theirs),
                    Ok(theirs) => Err(ClusterError::Unanswered(other_version(&worker, &theirs, &ours))),
                    Err(error) => Err(ClusterError::Unanswered(match engine::Unanswered::of(&error) {
                        Some(said) => said.to_string(),
                        None => error.to_string(),
                    })),
                };
                (worker, said)
            }
        };
        futures::future::join_all(self.workers.iter().map(ask)).await
    }
}

/// The address of a worker.
fn address(text: &str) -> std::result::Result<Url, ClusterError> {
    let bad = || ClusterError::Address(text.to_string());
    let url = Url::parse(text.trim()).map_err(|_| bad())?;
    let is_plain = url.path() == "/" && url.query().is_none() && url.username().is_empty();
    if url.scheme() == "https" && url.host().is_some() && url.port_or_known_default().is_some() && is_plain {
        Ok(url)
    } else {
        Err(bad())
    }
}

struct Coordinator {
    cluster: Cluster,
    reach: Reach,
}

struct Workers(Vec<Url>);

impl WorkerResolver for Workers {
    /// The engine spreads nothing over one, so a worker that is alone counts as two, which get halves.
    fn get_urls(&self) -> Result<Vec<Url>> {
        Ok(match self.0.as_slice() {
            [alone] => vec![alone.clone(), alone.clone()],
            workers => workers.to_vec(),
        })
    }
}

impl Engine for Coordinator {
    fn join(&self, session: SessionStateBuilder) -> Result<SessionStateBuilder> {
        let bytes_each = self.cluster.bytes_each;
        let session = session
            .with_distributed_worker_resolver(Workers(self.cluster.workers.clone()))
            .with_distributed_channel_resolver(self.reach.clone())
            .with_distributed_passthrough_headers(headers(&self.cluster.version))?
            .with_distributed_metrics_collection(false)?
            .with_distributed_desired_task_count_handler(move |event: DesiredTaskCountEvent<'_>| {
                share(&event, bytes_each)
            })
            .with_distributed_scale_up_leaf_node_handler(|event: ScaleUpLeafNodeEvent<'_>| deal(&event))
            .with_distributed_planner();
        Ok(careful(session))
    }
}
