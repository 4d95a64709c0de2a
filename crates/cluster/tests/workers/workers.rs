//! Workers as processes of their own on loopback, over a store of real captures, or over the one that the variable
//! `COMPARED_STORE` names, which is only read.

use std::path::{Path, PathBuf};
use std::process::Command;

use teiten_cluster::coordinator::Cluster;
use teiten_cluster::keys::{self, Keys};
use teiten_model::selection::Viewer;
use teiten_model::sensor::Telescope;
use teiten_query::session::Session;
use teiten_store::store::Store;

use crate::compared;
use crate::running::Worker;
use crate::world;

/// Captures whose packets lie on several days, so that tables have several files.
const CAPTURES: &[&str] = &[
    "dns/dnscap_dns.pcap",
    "dns/zeek_dns-edns-ecs.pcap",
    "icmp/tcpdump_afs_icmp33.pcap",
    "scan/ndpi_tcp_scan_null_fin_xmas.pcapng",
    "scan/ndpi_nmap_synscan.pcap",
    "scan/zeek_simplescan_multiport_icmp310.pcap",
    "tool-scans/nmap793_sS.pcap",
    "tool-scans/masscan132_syn_80_23.pcap",
    "toolmade/hping3_mirai-seq_23_2323.pcap",
];

/// Two workers over a store in a folder, and what asks them.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    /// The store, which this process answers for.
    pub(crate) store: Store,
    pub(crate) workers: Vec<Worker>,
}

impl Worker {
    /// Lets it stand still: it keeps its connections and does nothing.
    pub(crate) fn stand_still(&self) {
        self.signal(rustix::process::Signal::STOP);
    }

    /// Kills it.
    pub(crate) fn kill(&self) {
        self.signal(rustix::process::Signal::KILL);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_child(&self.running);
        rustix::process::kill_process(id, signal).expect("it runs");
    }
}

/// Makes an authority and certificates for loopback in that folder.
#[expect(clippy::disallowed_methods, reason = "certificates are checked by the clock")]
pub(crate) fn certificates(folder: &Path) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time");
    let now_secs = i64::try_from(now.as_secs()).expect("a time");
    keys::make(folder, &["127.0.0.1".to_string()], now_secs).expect("certificates");
}

/// The certificate of one folder and the authority of another.
pub(crate) fn read(own: &Path, authority: &Path) -> Keys {
    Keys::read(&own.join("127.0.0.1.pem"), &own.join("127.0.0.1.key"), &authority.join("ca.pem"))
        .expect("keys")
}

/// The store that the caller named.
fn given() -> Option<(PathBuf, Store)> {
    let place = compared::store()?;
    let store =
        Store::open(&place.display().to_string()).unwrap_or_else(|error| panic!("COMPARED_STORE: {error}"));
    Some((place, store))
}

/// A store of the captures.
fn captured(folder: &Path) -> (PathBuf, Store) {
    let inputs: Vec<_> = CAPTURES
        .iter()
        .map(|name| {
            let group = name.split('/').next().unwrap_or_default();
            (name.to_string(), world::read(&world::captures().join(name), group, "captures"))
        })
        .collect();
    (folder.join("store"), world::store(folder, "UTC", &inputs, &Telescope::default()))
}

impl World {
    pub(crate) fn new() -> World {
        let folder = tempfile::tempdir().expect("a folder");
        let (place, store) = given().unwrap_or_else(|| captured(folder.path()));
        let keys = folder.path().join("keys");
        certificates(&keys);
        let program = || Command::new(env!("CARGO_BIN_EXE_teiten-cluster"));
        let workers = (0..2).map(|_| Worker::start(program(), &place, &keys)).collect();
        World { folder, store, workers }
    }

    /// A cluster of the first worker.
    pub(crate) fn alone(&self) -> Cluster {
        let keys = self.folder.path().join("keys");
        Cluster::new(&[self.workers[0].address.clone()], read(&keys, &keys), 0).expect("a cluster")
    }

    pub(crate) fn cluster(&self, keys: Keys) -> Cluster {
        let addresses: Vec<String> = self.workers.iter().map(|worker| worker.address.clone()).collect();
        Cluster::new(&addresses, keys, 0).expect("a cluster")
    }

    /// A session that workers answer, and that trusts them.
    pub(crate) fn session(&self) -> Session {
        let keys = self.folder.path().join("keys");
        self.session_of(&self.cluster(read(&keys, &keys)))
    }

    pub(crate) fn session_of(&self, cluster: &Cluster) -> Session {
        Session::open(&cluster.answer(self.store.clone()), Viewer::All).expect("a session")
    }
}
