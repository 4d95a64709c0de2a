//! Instructions a packet, stage by stage, counted by valgrind: a regression shows itself on a busy machine, too.
//!
//! The stages of an import run on the captures of `scenarios/small.toml`, and callgrind adds up what each function
//! executed with all that it called. `instructions.txt` beside this file is what they took; whoever makes a stage
//! cheaper or dearer writes it anew with `UPDATE_EXPECT=1` and says why in the commit.
//!
//! Without valgrind the test was not run, and says so. Counts are those of the development profile, debug assertions
//! and all: they are compared with themselves, not with nanoseconds.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use teiten_simulate::{Scenario, made_up_countries, simulate};

/// Stages, and the functions that they are.
const STAGES: [(&str, &str); 7] = [
    ("read", "teiten_wire::capture::Capture::next_block"),
    ("decode", "teiten_wire::decode::Decoder::decode"),
    ("enrich", "teiten_refdata::atlas::Atlas::enrich"),
    ("classify", "teiten_detect::classifier::Classifier::classify"),
    ("rollups: count", "teiten_store::rollup::Rollups::count"),
    ("rollups: rows", "teiten_bench::stages::add_rollups"),
    ("columns to Parquet", "teiten_store::part::PartWriter::append"),
];

/// How far a stage may move before it counts as changed, in per cent.
const DRIFT_MAX: f64 = 5.0;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trial =
        Trial::ignorable_test("stages_take_the_instructions_that_they_took", || {
            match Command::new("valgrind").arg("--version").output() {
                Ok(told) if told.status.success() => stages().map(|()| Completion::Completed),
                Ok(_) | Err(_) => {
                    Ok(Completion::ignored_with("no valgrind: scripts/setup.sh test installs it"))
                }
            }
        });
    libtest_mimic::run(&arguments, vec![trial]).exit_code()
}

fn stages() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let (capture, packets) = capture(folder.path())?;
    let counted = counted(folder.path(), &capture)?;
    let mut now = String::new();
    for (stage, function) in STAGES {
        let all = counted
            .iter()
            .filter(|(name, _)| name.contains(function))
            .map(|(_, count)| *count)
            .max()
            .ok_or(format!("callgrind saw no {function}"))?;
        writeln!(now, "{stage:20}{:>8}", all / packets)?;
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/instructions.txt");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&golden, &now)?;
        return Ok(());
    }
    let before = std::fs::read_to_string(&golden)?;
    match moved(&before, &now) {
        Some(stage) => Err(format!(
            "{stage} moved by more than {DRIFT_MAX} %; instructions a packet\n{now}\nbefore\n{before}"
        )
        .into()),
        None => Ok(()),
    }
}

/// The first stage that takes another number of instructions than it took.
fn moved<'t>(before: &'t str, now: &'t str) -> Option<&'t str> {
    let number = |line: &str| line.split_whitespace().last().and_then(|text| text.parse::<f64>().ok());
    let mut lines = before.lines();
    now.lines().find(|line| match (lines.next().and_then(number), number(line)) {
        (Some(before), Some(now)) => (now / before - 1.0).abs() * 100.0 > DRIFT_MAX,
        _ => true,
    })
}

/// All captures of the small scenario as one file without compression, and how many packets it has.
fn capture(folder: &Path) -> Result<(PathBuf, u64), Failed> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/small.toml");
    let scenario = Scenario::parse(&std::fs::read_to_string(&file)?, "small.toml")?;
    let made = folder.join("captures");
    let summary = simulate(&scenario, &made_up_countries(), &made, &mut |_, _| {})?;
    let mut captures: Vec<PathBuf> = Vec::new();
    for sensor in std::fs::read_dir(&made)? {
        let sensor = sensor?.path();
        if sensor.is_dir() {
            captures.extend(
                std::fs::read_dir(sensor)?
                    .map(|day| day.map(|day| day.path()))
                    .collect::<Result<Vec<_>, _>>()?,
            );
        }
    }
    captures.sort();
    let all = folder.join("all.pcapng");
    let mut out = std::fs::File::create(&all)?;
    for capture in captures {
        zstd::stream::copy_decode(std::fs::File::open(capture)?, &mut out)?;
    }
    Ok((all, summary.packets))
}

/// Every function with the instructions that it and what it called executed.
fn counted(folder: &Path, capture: &Path) -> Result<Vec<(String, u64)>, Failed> {
    let out = folder.join("callgrind.out");
    let ran = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(env!("CARGO_BIN_EXE_teiten-bench"))
        .arg("stages")
        .arg(capture)
        .output()?;
    if !ran.status.success() {
        return Err(format!("valgrind: {}", String::from_utf8_lossy(&ran.stderr)).into());
    }
    let told =
        Command::new("callgrind_annotate").args(["--inclusive=yes", "--threshold=100"]).arg(&out).output()?;
    if !told.status.success() {
        return Err(format!("callgrind_annotate: {}", String::from_utf8_lossy(&told.stderr)).into());
    }
    let line = |line: &str| {
        let (count, name) = line.trim_start().split_once(' ')?;
        Some((name.to_string(), count.replace(',', "").parse().ok()?))
    };
    Ok(String::from_utf8_lossy(&told.stdout).lines().filter_map(line).collect())
}
