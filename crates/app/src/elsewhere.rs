//! Questions that other machines answer: `--cluster`, where the program was built with the distributed engine.
//!
//! The engine is a cargo feature, `cluster`, so that whoever needs one machine neither builds nor carries it.
//!
//! **Invariant:** a cluster that is asked for and cannot be had is an error; nothing is answered here in its place.

use anyhow::Result;
use teiten_store::store::Store;

use crate::config::ClusterKeys;
use crate::exit::Usage;

/// The same store, whose questions the workers answer, if there are any.
pub(crate) fn answered(store: Store, keys: &ClusterKeys) -> Result<Store> {
    if keys.workers.is_empty() { Ok(store) } else { by_workers(store, keys) }
}

#[cfg(feature = "cluster")]
fn by_workers(store: Store, keys: &ClusterKeys) -> Result<Store> {
    use std::path::PathBuf;

    use teiten_cluster::coordinator::Cluster;
    use teiten_cluster::keys::Keys;

    let file = |path: &Option<PathBuf>, name: &str| {
        path.clone().ok_or_else(|| {
            Usage(format!(
                "a cluster needs certificates: `cluster.{name}` of the configuration, or TEITEN__CLUSTER__{}, names \
                 the file; `teiten-cluster keys` makes it",
                name.to_uppercase()
            ))
        })
    };
    let keys_read = Keys::read(
        &file(&keys.certificate, "certificate")?,
        &file(&keys.key, "key")?,
        &file(&keys.authority, "authority")?,
    )?;
    let cluster = Cluster::new(&keys.workers, keys_read, keys.share_mib << 20)
        .map_err(|error| Usage(error.to_string()))?;
    Ok(cluster.answer(store))
}

#[cfg(not(feature = "cluster"))]
fn by_workers(_store: Store, _keys: &ClusterKeys) -> Result<Store> {
    Err(Usage(
        "this program was built without the distributed engine, so no workers can answer: build it by `cargo build \
         --release -p teiten-app --features cluster`, or leave --cluster and `cluster.workers` out"
            .to_string(),
    )
    .into())
}
