//! The configuration: one TOML file, of a site, of the collector's side, or of both.
//!
//! **Invariant:** unknown keys are refused; what is read is within its bounds, and over a network NATS is asked under TLS
//! with a named authority.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use teiten_model::sensor::is_name;

use crate::error::NatsError;

/// Where the file lies unless another is named.
pub const PATH: &str = "/etc/teiten-nats/nats.toml";
/// The most bytes of the file.
const BYTES_MAX: u64 = 256 << 10;
/// The most sites of one bridge.
pub const SITES_MAX: usize = 256;

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The folder of everything that is kept: the site's authority, the identities of the bridge, batches laid aside.
    #[serde(default = "state")]
    pub state: PathBuf,
    /// How NATS is reached.
    pub nats: Nats,
    /// What makes this machine a site.
    pub relay: Option<Relay>,
    /// What makes this machine the collector's side.
    pub bridge: Option<Bridge>,
}

/// How NATS is reached.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nats {
    /// Servers of one cluster: `nats://HOST:PORT`.
    pub servers: Vec<String>,
    /// User, where the server asks for one.
    pub user: Option<String>,
    /// File with the user's password.
    pub password_file: Option<PathBuf>,
    /// The authority that servers' certificates are of, as PEM: with it TLS is asked for.
    pub authority: Option<PathBuf>,
    /// Our certificate, where the server asks for one.
    pub certificate: Option<PathBuf>,
    /// Its key.
    pub key: Option<PathBuf>,
}

/// A site: where sensors connect, and the stream that holds their batches.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relay {
    /// Name of the site.
    pub site: String,
    /// Domain of the JetStream that holds the stream; none for the server's own.
    pub domain: Option<String>,
    /// Name of the stream; `teiten-SITE` unless given.
    pub stream: Option<String>,
    /// The most that the stream holds, in MiB.
    #[serde(default = "stream_mib")]
    pub stream_mib: u64,
    /// Copies of each message, on as many servers of the cluster.
    #[serde(default = "replicas")]
    pub replicas: usize,
    /// Where sensors connect.
    #[serde(default = "listen")]
    pub listen: SocketAddr,
    /// Names and addresses by which sensors reach the relay.
    pub names: Vec<String>,
    /// Where health and metrics are served; none for nowhere.
    pub operations: Option<SocketAddr>,
    /// The longest that a batch waits for others, in seconds.
    #[serde(default = "group_seconds")]
    pub group_seconds: u64,
    /// The most that is held in memory until the stream has it, in MiB.
    #[serde(default = "relay_mib")]
    pub held_mib: usize,
}

/// The collector's side.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bridge {
    /// How often streams are looked at, in seconds.
    #[serde(default = "look_seconds")]
    pub look_seconds: u64,
    /// The most that is held in memory until the collector has stored it, in MiB.
    #[serde(default = "bridge_mib")]
    pub held_mib: usize,
    /// Sites whose batches are fetched.
    pub site: Vec<Site>,
}

/// A site as the bridge sees it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Name, as the site calls itself.
    pub name: String,
    /// Domain of the JetStream that holds its stream; none for the server's own.
    pub domain: Option<String>,
    /// Name of the stream; `teiten-SITE` unless given.
    pub stream: Option<String>,
}

fn state() -> PathBuf {
    "/var/lib/teiten-nats".into()
}
fn stream_mib() -> u64 {
    8_192
}
fn replicas() -> usize {
    1
}
fn listen() -> SocketAddr {
    SocketAddr::from(([0_u16; 8], 7_460))
}
fn group_seconds() -> u64 {
    1
}
fn relay_mib() -> usize {
    64
}
fn look_seconds() -> u64 {
    5
}
fn bridge_mib() -> usize {
    256
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// What is wrong, and what to write.
    pub fn read(path: &Path) -> Result<Config, NatsError> {
        let fault = |what: String| NatsError::Config { path: path.to_path_buf(), what };
        let failure =
            |error| fault(format!("{error}: write it (docs/guide/nats.md), or name another with `--config`"));
        if std::fs::metadata(path).map_err(failure)?.len() > BYTES_MAX {
            return Err(fault(format!("it is longer than {BYTES_MAX} bytes: it is no configuration")));
        }
        let text = std::fs::read_to_string(path).map_err(failure)?;
        let config: Config = toml::from_str(&text).map_err(|error| fault(error.to_string()))?;
        match config.wrong() {
            Some(what) => Err(fault(what)),
            None => Ok(config),
        }
    }

    /// What is wrong with it, if anything.
    fn wrong(&self) -> Option<String> {
        let nats = &self.nats;
        if nats.servers.is_empty() {
            return Some("nats.servers names none: write [\"nats://127.0.0.1:4222\"]".to_string());
        }
        let is_open = |server: &&String| !is_loopback(server);
        if let Some(server) = nats.servers.iter().find(is_open).filter(|_| nats.authority.is_none()) {
            return Some(format!(
                "nats.servers: {server} is not on this machine: name the authority of its certificate with `nats.authority`"
            ));
        }
        if nats.user.is_some() != nats.password_file.is_some() {
            return Some("nats.user and nats.password_file belong together: write both or none".to_string());
        }
        if nats.certificate.is_some() != nats.key.is_some() {
            return Some("nats.certificate and nats.key belong together: write both or none".to_string());
        }
        if nats.certificate.is_some() && nats.authority.is_none() {
            return Some("nats.certificate is of no use without TLS: name nats.authority, too".to_string());
        }
        self.relay.as_ref().and_then(Relay::wrong).or_else(|| self.bridge.as_ref().and_then(Bridge::wrong))
    }
}

impl Relay {
    fn wrong(&self) -> Option<String> {
        let within = |name: &str, value: u64, least: u64, most: u64| {
            let what = format!("relay.{name}: {value} is not between {least} and {most}");
            (!(least..=most).contains(&value)).then_some(what)
        };
        if self.names.is_empty() {
            return Some(
                "relay.names: sensors must know the relay by a name: write [\"relay.example\"]".to_string(),
            );
        }
        site_wrong("relay.site", &self.site, self.stream.as_deref())
            .or_else(|| within("stream_mib", self.stream_mib, 64, 16 << 20))
            .or_else(|| within("replicas", self.replicas as u64, 1, 5))
            .or_else(|| within("group_seconds", self.group_seconds, 1, 60))
            .or_else(|| within("held_mib", self.held_mib as u64, 8, 65_536))
    }
}

impl Bridge {
    fn wrong(&self) -> Option<String> {
        if self.site.is_empty() || self.site.len() > SITES_MAX {
            return Some(format!("bridge.site: write 1 to {SITES_MAX} of [[bridge.site]]"));
        }
        if !(1..=600).contains(&self.look_seconds) {
            return Some(format!("bridge.look_seconds: {} is not between 1 and 600", self.look_seconds));
        }
        if !(32..=65_536).contains(&self.held_mib) {
            return Some(format!("bridge.held_mib: {} is not between 32 and 65536", self.held_mib));
        }
        let names: Vec<&str> = self.site.iter().map(|site| site.name.as_str()).collect();
        if let Some(twice) = names.iter().find(|name| names.iter().filter(|other| other == name).count() > 1)
        {
            return Some(format!("bridge.site: `{twice}` stands there twice"));
        }
        self.site.iter().find_map(|site| site_wrong("bridge.site.name", &site.name, site.stream.as_deref()))
    }
}

/// A site's name is a part of a subject, which a dot would divide; a stream's name is a part of one, too.
fn site_wrong(key: &str, site: &str, stream: Option<&str>) -> Option<String> {
    if !is_name(site) || site.contains('.') {
        return Some(format!(
            "{key}: `{site}` is no name of a site: write letters a to z, digits, `_` and `-`"
        ));
    }
    let is_odd = |letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'));
    let stream = stream.filter(|stream| stream.is_empty() || stream.contains(is_odd))?;
    Some(format!("`{stream}` is no name of a stream: write letters, digits, `_` and `-`"))
}

/// Whether a server is on this machine.
fn is_loopback(server: &str) -> bool {
    let rest = server.split_once("://").map_or(server, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let host = match rest.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => rest.split([':', '/']).next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "[nats]\nservers = [\"nats://127.0.0.1:4222\"]\n[relay]\nsite = \"osaka\"\nnames = [\"relay.example\"]\n";
    const HUB: &str = "[nats]\nservers = [\"nats://hub.example\"]\nauthority = \"ca.pem\"\n[bridge]\n[[bridge.site]]\nname = \"osaka\"\n";

    fn read(text: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nats.toml");
        std::fs::write(&path, text).unwrap();
        Config::read(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn the_least_there_can_be_is_enough() {
        let relay = read(SITE).unwrap().relay.unwrap();
        assert_eq!((relay.stream_mib, relay.listen.port(), relay.replicas), (8_192, 7_460, 1));
        assert_eq!(read(HUB).unwrap().bridge.unwrap().site[0].name, "osaka");
    }

    #[test]
    fn the_examples_of_the_packaging_are_read() {
        for text in [
            include_str!("../../../packaging/nats/relay.toml"),
            include_str!("../../../packaging/nats/bridge.toml"),
        ] {
            read(text).unwrap();
        }
    }

    #[test]
    fn mistakes_say_which_key_and_what_to_write() {
        for (text, part) in [
            (SITE.replace("127.0.0.1", "192.0.2.1"), "nats.authority"),
            (SITE.replace("127.0.0.1", "127.0.0.1.example"), "nats.authority"),
            (SITE.replace("osaka", "osaka.1"), "relay.site"),
            (SITE.replace("[\"relay.example\"]", "[]"), "relay.names"),
            (format!("{SITE}stream_mib = 1\n"), "relay.stream_mib"),
            (format!("{SITE}stream = \"a.b\"\n"), "name of a stream"),
            (format!("{SITE}colour = 1\n"), "colour"),
            (SITE.replace("[relay]", "user = \"a\"\n[relay]"), "password_file"),
            (format!("{HUB}[[bridge.site]]\nname = \"osaka\"\n"), "twice"),
            (HUB.replace("[bridge]", "[bridge]\nlook_seconds = 0"), "look_seconds"),
        ] {
            let error = read(&text).unwrap_err();
            assert!(error.contains(part), "{part}: {error}");
        }
    }

    #[test]
    fn this_machine_is_known_by_its_addresses() {
        for (server, is) in [
            ("nats://127.0.0.1:4222", true),
            ("localhost", true),
            ("nats://[::1]:4222", true),
            ("tls://user@127.0.0.2", true),
            ("nats://localhost.example", false),
            ("nats://192.0.2.1:4222", false),
        ] {
            assert_eq!(is_loopback(server), is, "{server}");
        }
    }
}
