//! The world of a test: strangers, two sensors and a collector, each in a network namespace.
//!
//! ```text
//! strangers --out1-- dark  (sensor 1)  mgmt --mgmt1-- collector
//!           --out2-- dark  (sensor 2)  mgmt --mgmt2--
//! ```
//!
//! The interfaces `dark` have no address, so that nothing answers; the collector is reached on another.
//!
//! **Invariant:** namespaces, processes and the mounted disk go with the world.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use teiten_wire::batch;

/// Watched prefixes of both sensors.
pub(crate) const WATCHED: [&str; 2] = ["192.0.2.0/27", "198.51.100.0/27"];
/// Hardware address of `dark` of both.
pub(crate) const MAC: [&str; 2] = ["02:00:00:00:00:11", "02:00:00:00:00:12"];
/// Where the strangers send from, to each sensor.
pub(crate) const STRANGER: [&str; 2] = ["203.0.113.1", "203.0.113.2"];
const TOOLS: [&str; 7] = ["ip", "tcpdump", "mount", "zmap", "masscan", "nmap", "hping3"];
/// The collector's disk, in MiB.
const DISK_MIB: u64 = 192;
/// How long a state is waited for.
const PATIENCE: Duration = Duration::from_secs(150);

pub(crate) struct World {
    home: tempfile::TempDir,
    prefix: String,
    sensor_program: PathBuf,
}

fn ran(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).expect("text")
}

impl World {
    pub(crate) fn new() -> Result<World, String> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
        places.extend(["/usr/sbin", "/sbin"].map(PathBuf::from));
        let missing = TOOLS.iter().find(|tool| !places.iter().any(|place| place.join(tool).is_file()));
        if let Some(tool) = missing {
            return Err(format!("there is no `{tool}`"));
        }
        let sensor_program = Path::new(env!("CARGO_BIN_EXE_teiten")).with_file_name("teiten-sensor");
        if !sensor_program.is_file() {
            return Err("`teiten-sensor` is not built beside `teiten`: test the whole workspace".to_string());
        }
        let home = tempfile::tempdir().map_err(|error| error.to_string())?;
        let prefix = format!("teiten-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let world = World { home, prefix, sensor_program };
        for end in ["x", "m", "s0", "s1"] {
            let made = Command::new("ip").args(["netns", "add", &world.namespace(end)]).output();
            let made = made.map_err(|error| error.to_string())?;
            if !made.status.success() {
                let said = String::from_utf8_lossy(&made.stderr).trim().to_string();
                return Err(format!("no network namespace can be made: {said}"));
            }
        }
        world.links();
        std::fs::create_dir(world.collector_home()).map_err(|error| error.to_string())?;
        let disk = world.collector_home().display().to_string();
        ran(Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={DISK_MIB}m"), "tmpfs", &disk]));
        world.configure();
        Ok(world)
    }

    fn namespace(&self, end: &str) -> String {
        format!("{}-{end}", self.prefix)
    }

    pub(crate) fn collector_home(&self) -> PathBuf {
        self.home.path().join("collector")
    }

    pub(crate) fn sensor_home(&self, sensor: usize) -> PathBuf {
        self.home.path().join(format!("sensor-{sensor}"))
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn links(&self) {
        let (x, m) = (self.namespace("x"), self.namespace("m"));
        let mut lines = Vec::new();
        for sensor in 0..2 {
            let (s, number) = (self.namespace(&format!("s{sensor}")), sensor + 1);
            lines.extend([
                format!("-n {x} link add out{number} type veth peer name dark netns {s}"),
                format!("-n {m} link add mgmt{number} type veth peer name mgmt netns {s}"),
                format!("-n {s} link set dark address {}", MAC[sensor]),
                format!("-n {x} addr add {}/32 dev out{number}", STRANGER[sensor]),
                format!("-n {m} addr add 10.7.{number}.1/30 dev mgmt{number}"),
                format!("-n {s} addr add 10.7.{number}.2/30 dev mgmt"),
            ]);
            for (namespace, name) in [
                (&x, format!("out{number}")),
                (&m, format!("mgmt{number}")),
                (&s, "dark".into()),
                (&s, "mgmt".into()),
            ] {
                lines.push(format!("-n {namespace} link set {name} up"));
            }
            lines.push(format!(
                "-n {x} route add {} dev out{number} src {}",
                WATCHED[sensor], STRANGER[sensor]
            ));
            let start = WATCHED[sensor].trim_end_matches("0/27");
            lines.extend((0..32).map(|last| {
                format!("-n {x} neigh replace {start}{last} lladdr {} dev out{number}", MAC[sensor])
            }));
        }
        lines.extend([&x, &m].map(|namespace| format!("-n {namespace} link set lo up")));
        for line in lines {
            ran(Command::new("ip").args(line.split(' ')));
        }
    }

    fn configure(&self) {
        let text = "store = \"store\"\nhome_zone = \"UTC\"\ntz = \"UTC\"\n[collect]\nlisten = \"0.0.0.0:7460\"\n\
             names = [\"10.7.1.1\", \"10.7.2.1\"]\noperations = \"127.0.0.1:9464\"\ngroup_seconds = 1\n";
        std::fs::write(self.collector_home().join("teiten.toml"), text).expect("a configuration");
        for (sensor, watched) in WATCHED.iter().enumerate() {
            let home = self.sensor_home(sensor);
            std::fs::create_dir(&home).expect("a folder");
            let text = format!(
                "state = \"{0}/state\"\nstatus = \"{0}/status\"\nsandbox = \"required\"\n\
                 [[interface]]\nname = \"dark\"\nwatch = [\"{watched}\"]\n[batch]\nage_secs_max = 1\n\
                 [ship]\ntimeout_secs = 3\n[spool]\nfolder = \"{0}/spool\"\n",
                home.display()
            );
            std::fs::write(home.join("sensor.toml"), text).expect("a configuration");
        }
    }

    /// A program in a namespace: `x`, `m`, `s0` or `s1`.
    pub(crate) fn inside(&self, end: &str, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace(end)]).arg(program.as_ref());
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LANG", "C.UTF-8");
        command
    }

    /// Sets an interface up or down.
    pub(crate) fn link(&self, end: &str, name: &str, state: &str) {
        ran(Command::new("ip").args(["-n", &self.namespace(end), "link", "set", name, state]));
    }

    /// Runs `teiten` beside the collector and gives its standard output.
    pub(crate) fn teiten(&self, line: &str) -> String {
        let mut command = self.inside("m", env!("CARGO_BIN_EXE_teiten"));
        command.current_dir(self.collector_home()).args(line.split(' '));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TEITEN") {
                command.env_remove(name);
            }
        }
        ran(&mut command)
    }

    pub(crate) fn collect(&self) -> Running {
        let mut command = self.inside("m", env!("CARGO_BIN_EXE_teiten"));
        command.current_dir(self.collector_home()).arg("collect");
        let running = Running::start(&mut command);
        running.says("sensors are awaited");
        running
    }

    fn sensor(&self, sensor: usize) -> Command {
        let mut command = self.inside(&format!("s{sensor}"), &self.sensor_program);
        command.arg("-c").arg(self.sensor_home(sensor).join("sensor.toml"));
        command
    }

    /// Enrols a sensor as a person does: with the line that `teiten sensor enroll` prints.
    pub(crate) fn enrol(&self, sensor: usize) {
        let said = self.teiten(&format!("sensor enroll tokyo-{sensor} --group jp --country JP -o csv -q"));
        let cells: Vec<&str> = said.lines().nth(1).expect("a line").rsplit(',').collect();
        let token = cells[0].split(' ').next_back().expect("a token").trim();
        let address = format!("https://10.7.{}.1:7460", sensor + 1);
        ran(self.sensor(sensor).args(["enroll", &address, token]));
    }

    /// Starts a sensor, and waits until it listens and tells how it goes.
    pub(crate) fn listen(&self, sensor: usize) -> Running {
        let told = self.sensor_home(sensor).join("status/status.json");
        let instance = || {
            let text = std::fs::read(&told).ok()?;
            let status: serde_json::Value = serde_json::from_slice(&text).ok()?;
            status["instance"].as_str().map(str::to_string)
        };
        let before = instance();
        let running = Running::start(self.sensor(sensor).arg("run"));
        running.says(&format!("watching {}", WATCHED[sensor]));
        self.until("a status of its own", || instance() != before);
        running
    }

    /// A number of a sensor's status.
    pub(crate) fn status(&self, sensor: usize, key: &str) -> u64 {
        let said = ran(self.sensor(sensor).args(["status", "--json"]));
        let status: serde_json::Value = serde_json::from_str(&said).expect("JSON");
        status[key].as_u64().unwrap_or_else(|| panic!("{key} in {said}"))
    }

    /// Frames in the spool of a sensor; a batch that goes while we look counts as gone.
    pub(crate) fn spooled(&self, sensor: usize) -> u64 {
        let files = std::fs::read_dir(self.sensor_home(sensor).join("spool")).expect("the spool");
        let paths = files.map(|file| file.expect("a file").path());
        let batches = paths.filter(|path| path.extension().is_some_and(|ending| ending == "batch"));
        let heads =
            batches.filter_map(|path| Some(batch::open(&std::fs::read(path).ok()?).ok()?.head.frames));
        heads.sum()
    }

    /// Waits until a sensor's number is that.
    pub(crate) fn wait(&self, sensor: usize, key: &str, wanted: u64) {
        self.until(&format!("{key} of sensor {sensor} to be {wanted}"), || {
            self.status(sensor, key) == wanted
        });
    }

    /// Waits for a state.
    pub(crate) fn until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !is_so() {
            assert!(begun.elapsed() < PATIENCE, "waited too long for {what}");
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for end in ["x", "m", "s0", "s1"] {
            let _gone = Command::new("ip").args(["netns", "del", &self.namespace(end)]).output();
        }
        let _gone = Command::new("umount").arg("-l").arg(self.collector_home()).output();
    }
}

/// A program that runs until it is told otherwise; what it says is kept.
pub(crate) struct Running {
    child: Child,
    said: std::sync::Arc<(std::sync::Mutex<String>, std::sync::Condvar)>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Running {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stderr = child.stderr.take().expect("a pipe");
        let said = std::sync::Arc::default();
        let writer = std::sync::Arc::clone(&said);
        std::thread::spawn(move || hear(stderr, &writer));
        Running { child, said }
    }

    /// Waits until it has said that; gives the line.
    pub(crate) fn says(&self, part: &str) -> String {
        let (said, news) = &*self.said;
        let text = said.lock().expect("no panic");
        let (text, wait) = news
            .wait_timeout_while(text, PATIENCE, |text| !text.contains(part) && !text.ends_with('\0'))
            .expect("no panic");
        let line = text.lines().find(|line| line.contains(part));
        let state = if wait.timed_out() { "waited too long" } else { "it ended" };
        line.unwrap_or_else(|| panic!("{state} without `{part}`: {}", *text)).to_string()
    }

    /// Tells it to end; it must end well.
    pub(crate) fn end(mut self, signal: &str) -> String {
        assert!(kill(&self.child, signal), "it had ended");
        let status = self.child.wait().expect("it ends");
        self.says_end();
        let (said, _) = &*self.said;
        let text = said.lock().expect("no panic").clone();
        assert!(status.success(), "{status}: {text}");
        text
    }

    fn says_end(&self) {
        let (said, news) = &*self.said;
        let text = said.lock().expect("no panic");
        drop(news.wait_while(text, |text| !text.ends_with('\0')).expect("no panic"));
    }

    /// Kills it: nothing is finished.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("kill -9");
        self.child.wait().expect("it ends");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

fn kill(child: &Child, signal: &str) -> bool {
    Command::new("kill").args([signal, &child.id().to_string()]).status().is_ok_and(|status| status.success())
}

/// Keeps what is said without the marks of colour; a NUL is the end.
fn hear(stderr: ChildStderr, said: &(std::sync::Mutex<String>, std::sync::Condvar)) {
    let mut lines = BufReader::new(stderr);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = lines.read_until(b'\n', &mut line).unwrap_or(0);
        let mut text = said.0.lock().expect("no panic");
        match read {
            0 => text.push('\0'),
            _ => text.push_str(&String::from_utf8_lossy(&line)),
        }
        said.1.notify_all();
        if read == 0 {
            let _rest = lines.get_mut().read(&mut [0]);
            return;
        }
    }
}
