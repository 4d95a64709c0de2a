//! The small scenario as captures and as a store, made once for all tests that only ask.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::program::{first_snapshot, line, run};

/// Captures of the small scenario and the store of them, in one folder.
pub(crate) struct Small {
    /// Holds `sim` with captures and `st`, a store with reference data and all packets.
    pub(crate) folder: PathBuf,
}

/// Packets of the small scenario.
pub(crate) const PACKETS: i64 = 23_561;

static SMALL: LazyLock<Small> = LazyLock::new(|| {
    let folder =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(concat!("small-scenario-", env!("CARGO_CRATE_NAME")));
    if folder.try_exists().expect("a folder") {
        std::fs::remove_dir_all(&folder).expect("what an earlier run left goes away");
    }
    std::fs::create_dir_all(&folder).expect("a folder");
    simulate(&folder, "sim", 42);
    for table in ["countries", "as"] {
        line(&folder, &format!("data import sim/{table}.csv --date 2014-06-01 --store st")).well();
    }
    line(&folder, "import sim --sensors sim/sensors.toml --store st").well();
    Small { folder }
});

/// The scenario in its store; nobody changes it.
pub(crate) fn small() -> &'static Small {
    &SMALL
}

/// Asks the store of the small scenario. Questions about findings count facts and so raise the number of the
/// snapshot, in whatever order tests run; notes are read as if it were the first.
pub(crate) fn ask(question: &str) -> crate::program::Ran {
    let mut ran = line(&small().folder, &format!("--store st {question}"));
    ran.err = first_snapshot(&ran.err);
    ran
}

/// The scenario file.
pub(crate) fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/small.toml")
}

/// Makes the captures of the scenario with that seed.
pub(crate) fn simulate(folder: &Path, out: &str, seed: u32) {
    let scenario = file().display().to_string();
    run(folder, &["simulate", &scenario, "--out", out, "--seed", &seed.to_string()]).well();
}
