//! One world: a hub, sites with a leaf node and a relay each, a bridge and a collector, all on loopback.
//!
//! **Invariant:** every program finds its ports, folders and configuration again when it is started anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use teiten_wire::write::pcap::PcapWriter;

use crate::running::{Running, command, free_port, program, told, until};

/// Frames of each batch.
pub(crate) const FRAMES: u64 = 25;
/// When sensors began: 2014-04-01 in UTC, in nanoseconds.
const BEGIN_NS: i64 = 1_396_310_400_000_000_000;
/// Nanoseconds between two frames: a batch is a second.
const STEP_NS: i64 = 1_000_000_000 / FRAMES as i64;

pub(crate) struct World {
    place: tempfile::TempDir,
    server: PathBuf,
    hub: [u16; 2],
    collector: u16,
    pub(crate) sites: Vec<Site>,
}

pub(crate) struct Site {
    pub(crate) name: &'static str,
    leaf: u16,
    relay: u16,
}

impl World {
    /// A world with these sites; nothing runs yet.
    pub(crate) fn new(server: &Path, sites: &[&'static str]) -> World {
        let site = |name: &&'static str| Site { name, leaf: free_port(), relay: free_port() };
        let world = World {
            place: tempfile::tempdir().expect("a folder"),
            server: server.to_path_buf(),
            hub: [free_port(), free_port()],
            collector: free_port(),
            sites: sites.iter().map(site).collect(),
        };
        world.configure();
        world
    }

    pub(crate) fn home(&self) -> &Path {
        self.place.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.home().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    /// An authority, and a certificate of the hub.
    fn certify(&self) {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).expect("an authority");
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_string()]).expect("a name");
        params.distinguished_name.push(DnType::CommonName, "hub");
        let hub = params.signed_by(&key, &issuer).expect("a certificate");
        self.write("ca.pem", &authority.pem());
        self.write("hub.pem", &hub.pem());
        self.write("hub.key", &key.serialize_pem());
    }

    fn configure(&self) {
        self.certify();
        let mut users = String::new();
        let mut bridged = String::new();
        for Site { name, leaf, relay } in &self.sites {
            writeln!(
                users,
                "{{ user: {name}, password: \"leaf\", permissions: {{ publish: [\"_INBOX.>\"], subscribe: [\"$JS.{name}.API.>\"] }} }}"
            )
            .expect("text");
            writeln!(bridged, "[[bridge.site]]\nname = \"{name}\"\ndomain = \"{name}\"").expect("text");
            let stream = format!("teiten-{name}");
            self.write(
                &format!("{name}/leaf.conf"),
                &format!(
                    "server_name: {name}\nlisten: \"127.0.0.1:{leaf}\"\nmax_payload: 9437184\n\
                     jetstream {{ store_dir: \"{}\", domain: {name}, max_file_store: 1GB }}\n\
                     leafnodes {{ reconnect: 1, remotes: [ {{ url: \"tls://{name}:leaf@127.0.0.1:{}\", account: TEITEN, tls {{ ca_file: \"ca.pem\" }} }} ] }}\n\
                     accounts {{ TEITEN {{ jetstream: enabled, users: [\n\
                       {{ user: relay, password: \"secret\", permissions: {{ subscribe: [\"_INBOX.>\"], publish: [\n\
                         \"teiten.batches.{name}.*\", \"$JS.API.STREAM.CREATE.{stream}\", \"$JS.API.STREAM.INFO.{stream}\",\n\
                         \"$JS.API.STREAM.MSG.GET.{stream}\" ] }} }}\n\
                       {{ user: operator, password: \"secret\" }} ] }} }}\n",
                    self.home().join(name).join("jetstream").display(),
                    self.hub[1]
                ),
            );
            self.write(
                &format!("{name}/nats.toml"),
                &format!(
                    "state = \"{}\"\n[nats]\nservers = [\"nats://127.0.0.1:{leaf}\"]\nuser = \"relay\"\n\
                     password_file = \"../password\"\n[relay]\nsite = \"{name}\"\nstream_mib = 64\n\
                     listen = \"127.0.0.1:{relay}\"\nnames = [\"127.0.0.1\"]\n",
                    self.home().join(name).join("state").display()
                ),
            );
        }
        self.write("password", "secret\n");
        self.write(
            "hub.conf",
            &format!(
                "server_name: hub\nlisten: \"127.0.0.1:{}\"\nmax_payload: 9437184\n\
                 tls {{ cert_file: \"hub.pem\", key_file: \"hub.key\" }}\n\
                 leafnodes {{ listen: \"127.0.0.1:{}\", tls {{ cert_file: \"hub.pem\", key_file: \"hub.key\" }} }}\naccounts {{ TEITEN {{ users: [\n\
                 {{ user: bridge, password: \"secret\", permissions: {{ subscribe: [\"_INBOX.>\"], publish: [\n\
                   \"$JS.*.API.STREAM.INFO.*\", \"$JS.*.API.DIRECT.GET.*\", \"$JS.*.API.STREAM.MSG.GET.*\",\n\
                   \"$JS.*.API.STREAM.MSG.DELETE.*\" ] }} }}\n{users}] }} }}\n",
                self.hub[0], self.hub[1]
            ),
        );
        self.write(
            "bridge/nats.toml",
            &format!(
                "state = \"{}\"\n[nats]\nservers = [\"tls://127.0.0.1:{}\"]\nauthority = \"../ca.pem\"\nuser = \"bridge\"\n\
                 password_file = \"../password\"\n[bridge]\nlook_seconds = 1\n{bridged}",
                self.home().join("bridge/state").display(),
                self.hub[0]
            ),
        );
        self.write(
            "teiten.toml",
            &format!(
                "store = \"st\"\nhome_zone = \"UTC\"\n[collect]\nlisten = \"127.0.0.1:{}\"\nnames = [\"127.0.0.1\"]\n\
                 operations = \"\"\ngroup_seconds = 1\n",
                self.collector
            ),
        );
    }

    fn nats_server(&self, configuration: &str) -> Running {
        let mut server = command(&self.server, self.home());
        Running::start(server.args(["-c", configuration]), "Server is ready")
    }

    pub(crate) fn hub(&self) -> Running {
        self.nats_server("hub.conf")
    }

    pub(crate) fn leaf(&self, site: usize) -> Running {
        self.nats_server(&format!("{}/leaf.conf", self.sites[site].name))
    }

    /// `teiten-nats` in the folder of a site, or in `bridge`.
    pub(crate) fn nats(&self, folder: &str, arguments: &[&str]) -> Command {
        let mut command = command(&program("teiten-nats"), &self.home().join(folder));
        command.args(["-c", "nats.toml"]).args(arguments);
        command
    }

    pub(crate) fn relay(&self, site: usize) -> Running {
        Running::start(&mut self.nats(self.sites[site].name, &["relay"]), "sensors are awaited")
    }

    pub(crate) fn bridge(&self) -> Running {
        Running::start(&mut self.nats("bridge", &["bridge"]), "are fetched")
    }

    pub(crate) fn collect(&self) -> Running {
        let mut teiten = command(&program("teiten"), self.home());
        Running::start(teiten.arg("collect"), "sensors are awaited")
    }

    /// Runs `teiten` and gives what it said.
    pub(crate) fn teiten(&self, arguments: &[&str]) -> String {
        let output = command(&program("teiten"), self.home()).args(arguments).output().expect("it starts");
        assert!(output.status.success(), "{arguments:?}: {}", told(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// A number from the store.
    pub(crate) fn number(&self, sql: &str) -> u64 {
        let said = self.teiten(&["query", sql, "-o", "csv", "-q"]);
        let number = said.lines().nth(1).and_then(|line| line.trim().parse().ok());
        number.unwrap_or_else(|| panic!("{sql}: {said}"))
    }

    /// Enrols a sensor at the relay of its site, and lets the bridge send for it.
    pub(crate) fn enrol(&self, site: usize, sensor: &str) {
        self.connect(site, sensor);
        self.allow(site, sensor);
    }

    /// Enrols a sensor at the relay of its site.
    pub(crate) fn connect(&self, site: usize, sensor: &str) {
        let Site { name, .. } = &self.sites[site];
        let text = format!(
            "state = \"{0}/state\"\nstatus = \"{0}/status\"\n[[interface]]\nname = \"eth0\"\nwatch = [\"192.0.2.0/24\"]\n\
             [batch]\nframes_max = {FRAMES}\n[ship]\ntimeout_secs = 5\n[spool]\nfolder = \"{0}/spool\"\n",
            self.home().join(sensor).display()
        );
        self.write(&format!("{sensor}/sensor.toml"), &text);
        let line = self.nats(name, &["invite", sensor]).output().expect("it starts");
        assert!(line.status.success(), "{}", told(&line));
        let line = String::from_utf8_lossy(&line.stdout).into_owned();
        let words: Vec<&str> = line.split_whitespace().collect();
        let output = self.sensor(sensor, &words[1..]).output().expect("it starts");
        assert!(output.status.success(), "{line}: {}", told(&output));
    }

    /// Lets the bridge send for a sensor.
    pub(crate) fn allow(&self, site: usize, sensor: &str) {
        let said = self.teiten(&["sensor", "enroll", sensor, "--group", "jp", "-o", "csv", "-q"]);
        let line = said.lines().nth(1).expect("a line").rsplit(',').next().expect("the last cell");
        let words: Vec<&str> = line.split_whitespace().collect();
        let arguments = ["enroll", "--site", self.sites[site].name, words[2], words[3]];
        let output = self.nats("bridge", &arguments).output().expect("it starts");
        assert!(output.status.success(), "{line}: {}", told(&output));
    }

    fn sensor(&self, sensor: &str, arguments: &[&str]) -> Command {
        let mut command = command(&program("teiten-sensor"), &self.home().join(sensor));
        command.args(["-c", "sensor.toml"]).args(arguments);
        command
    }

    /// A sensor that reads so many batches, the `part`th of its life, and ends when they are acknowledged.
    pub(crate) fn send(&self, sensor: &str, part: u64, batches: u64) -> Running {
        let path = self.home().join(sensor).join("frames.pcap");
        let file = std::fs::File::create(&path).expect("a file");
        let mut writer = PcapWriter::new(file, 1, true, 65_535).expect("a capture");
        for number in 0..batches * FRAMES {
            let at_ns = BEGIN_NS + (part * 3_600_000_000_000) as i64 + number as i64 * STEP_NS;
            let bytes = frame(part, number);
            writer.packet(at_ns, &bytes, bytes.len() as u32).expect("a frame");
        }
        writer.finish().expect("the file");
        Running::begin(&mut self.sensor(sensor, &["run", "-r", "frames.pcap"]))
    }

    /// Takes a sensor's spool away; all of it was acknowledged.
    pub(crate) fn lose_spool(&self, sensor: &str) {
        std::fs::remove_dir_all(self.home().join(sensor).join("spool")).expect("a spool");
    }

    /// What `teiten-nats check` says beside the collector; nothing while the hub or a leaf node is away.
    pub(crate) fn check(&self) -> Option<String> {
        let output = self.nats("bridge", &["check"]).output().expect("it starts");
        output.status.success().then(|| told(&output))
    }

    /// Waits until of each of these sensors nothing is left in the streams but the last batch.
    pub(crate) fn until_empty(&self, sensors: &[&str]) {
        let is_empty = |said: &str| sensors.iter().all(|sensor| said.contains(&format!("  {sensor}: 1 ")));
        until("empty streams", || self.check().is_some_and(|said| is_empty(&said)));
    }

    /// A site's stream, as its operator reaches it.
    pub(crate) async fn stream(&self, site: usize) -> async_nats::jetstream::Context {
        let options = async_nats::ConnectOptions::with_user_and_password("operator".into(), "secret".into());
        let address = format!("nats://127.0.0.1:{}", self.sites[site].leaf);
        async_nats::jetstream::new(options.connect(address).await.expect("a connection"))
    }
}

/// A SYN over Ethernet, one of many; its source and sequence number are its number.
fn frame(part: u64, number: u64) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    bytes.extend([0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0]);
    bytes.extend([198, 51, 100, (number % 250) as u8 + 1, 192, 0, 2, 1]);
    bytes.extend([0x17, 0x70]);
    bytes.extend([22_u16, 23, 445, 3389][number as usize % 4].to_be_bytes());
    bytes.extend(((part * 1_000_000 + number) as u32).to_be_bytes());
    bytes.extend([0, 0, 0, 0, 0x50, 2, 4, 0, 0, 0, 0, 0]);
    bytes
}
