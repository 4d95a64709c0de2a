//! How well the detectors find what was planted: precision, recall and delay, by scenario and over all.
//!
//! Each scenario below `scenarios/eval` is simulated with seeds that are never used for tuning, imported, and
//! asked for its findings, which are compared with the truth. The program is run as a user runs it.
//! The delay of a phenomenon is the time from its planted start to the end of the first day on which its finding is
//! made, when the period is judged at the end of each day (`teiten finding alarms`).
//!
//! **Invariant:** equal findings and truths give equal tables; a detector that could not be judged never passes.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};

mod pipeline;
mod records;
mod score;
mod table;
mod ties;

use crate::tally::Tally;
use score::Score;

/// Seeds of the evaluation; a rule that was changed because of their findings needs others.
const SEEDS: [u64; 3] = [30_011, 30_013, 30_029];
/// Days between two judgements when the time to alarm is measured, unless `--every` says another.
const EVERY_DAYS: u32 = 1;
/// Scenarios that are run at the same time: CI has two cores.
const TOGETHER: usize = 2;
/// The scenario in which nothing happens.
const QUIET: &str = "quiet";
/// The most scenarios and seeds of one run.
const RUNS_MAX: usize = 100;

/// What was asked for.
#[derive(Debug, Default, PartialEq)]
struct Asked {
    /// The program; otherwise the one that cargo builds for development.
    teiten: Option<PathBuf>,
    /// Only these scenarios.
    scenarios: Vec<String>,
    /// Seeds instead of those of the evaluation.
    seeds: Vec<u64>,
    /// Each scenario with the seed it has, for tuning.
    is_tuning: bool,
    /// All seeds of the evaluation, not only the first.
    is_full: bool,
    /// Days between two judgements when the time to alarm is measured.
    every: Option<u32>,
    is_markdown: bool,
    /// A folder that is kept, for a look at what was found.
    keep: Option<PathBuf>,
}

/// Runs the evaluation; `false` when a detector is below its bounds.
pub(crate) fn run(root: &Path, arguments: &[&str], out: &mut dyn Write) -> Result<bool> {
    let asked = read(arguments)?;
    let scenarios = scenarios(&root.join("scenarios/eval"), &asked.scenarios)?;
    let seeds: Vec<Option<u64>> = match (asked.is_tuning, asked.seeds.as_slice(), asked.is_full) {
        (true, ..) => vec![None],
        (false, [], true) => SEEDS.map(Some).into(),
        (false, [], false) => vec![Some(SEEDS[0])],
        (false, seeds, _) => seeds.iter().copied().map(Some).collect(),
    };
    if scenarios.len() * seeds.len() > RUNS_MAX {
        bail!("{} scenarios with {} seeds are more than {RUNS_MAX} runs", scenarios.len(), seeds.len());
    }
    let teiten = asked.teiten.clone().unwrap_or_else(|| built(root));
    if !teiten.is_file() {
        bail!("no program at {}: build it (`make build`), or name one with --teiten", teiten.display());
    }
    let wanted: Vec<(&Path, Option<u64>)> =
        scenarios.iter().flat_map(|path| seeds.iter().map(move |seed| (path.as_path(), *seed))).collect();
    let mut runs = run_all(&teiten, &wanted, &asked)?.into_iter();
    let mut total = Score::default();
    for path in &scenarios {
        let name = name_of(path);
        let mut of_scenario = Score::default();
        for (seed, run) in seeds.iter().zip(&mut runs) {
            let told = told_of(*seed);
            let mut score = score::judge(&run.truth, &run.findings, &run.alarms, name == QUIET);
            ties::judge(&run.ties, &run.said, &mut score);
            table::faults(&name, &told, &score, out)?;
            of_scenario.merge(score);
        }
        table::write(&name, &of_scenario, asked.is_markdown, out)?;
        total.merge(of_scenario);
    }
    table::write("all scenarios", &total, asked.is_markdown, out)?;
    let verdict = verdict(&total, out)?;
    writeln!(out, "eval: {verdict}")?;
    Ok(verdict.failed == 0)
}

fn name_of(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn told_of(seed: Option<u64>) -> String {
    seed.map_or("its own seed".to_owned(), |seed| format!("seed {seed}"))
}

/// Runs every scenario and seed, [`TOGETHER`] at a time; results in the order asked.
fn run_all(teiten: &Path, wanted: &[(&Path, Option<u64>)], asked: &Asked) -> Result<Vec<pipeline::Run>> {
    let every = asked.every.unwrap_or(EVERY_DAYS);
    let one = |(path, seed): (&Path, Option<u64>)| {
        let (name, told) = (name_of(path), told_of(seed));
        eprintln!("eval: {name}, {told}");
        pipeline::run(teiten, path, seed, every, asked.keep.as_deref())
            .with_context(|| format!("evaluating {name} with {told}"))
    };
    // The next one is taken by whoever is free: scenarios differ in length.
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(wanted.len())));
    std::thread::scope(|scope| {
        for _ in 0..TOGETHER {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(task) = wanted.get(place) else { break };
                    let run = one(*task);
                    // A poisoned lock leaves whole results behind: each is put in by one push.
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((place, run));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, run)| run).collect()
}

/// Detectors, and the quiet scenario, within and beyond their bounds; experimental ones are skipped.
fn verdict(total: &Score, out: &mut dyn Write) -> Result<Tally> {
    let mut tally = Tally::default();
    for (id, line) in &total.lines {
        let faults = score::faults(line);
        match (line.is_experimental, faults.is_empty()) {
            (true, _) => tally.skipped += 1,
            (false, true) => tally.passed += 1,
            (false, false) => {
                tally.failed += 1;
                writeln!(out, "eval: {id}: {}", faults.join(", "))?;
            }
        }
    }
    if total.quiet_days > 0.0 {
        let a_quarter = total.quiet_faults();
        match a_quarter <= score::QUIET_MAX {
            true => tally.passed += 1,
            false => {
                tally.failed += 1;
                writeln!(out, "eval: {QUIET}: {a_quarter:.1} false findings a quarter, 1 is allowed")?;
            }
        }
    }
    Ok(tally)
}

fn read(arguments: &[&str]) -> Result<Asked> {
    let mut asked = Asked::default();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} has no value"));
        match *word {
            "--teiten" => asked.teiten = Some(PathBuf::from(value()?)),
            "--scenario" => asked.scenarios.push((*value()?).to_owned()),
            "--seed" => {
                let text = value()?;
                asked.seeds.push(text.parse().with_context(|| format!("reading the seed `{text}`"))?);
            }
            "--keep" => asked.keep = Some(PathBuf::from(value()?)),
            "--every" => {
                let text = value()?;
                asked.every = Some(text.parse().with_context(|| format!("reading the days `{text}`"))?);
            }
            "--tuning" => asked.is_tuning = true,
            "--full" => asked.is_full = true,
            "-o" | "--output" => match *value()? {
                "md" => asked.is_markdown = true,
                "table" => asked.is_markdown = false,
                other => bail!("`{other}` is not a form of the result: write md or table"),
            },
            other => bail!("`{other}` is not an option of eval"),
        }
    }
    Ok(asked)
}

/// The scenarios of a folder, or of these those that are named, in the order of their names.
fn scenarios(folder: &Path, named: &[String]) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut known = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    known.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    known.sort();
    let stem = |path: &PathBuf| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if let Some(name) = named.iter().find(|name| !known.iter().any(|path| stem(path) == **name)) {
        let all: Vec<String> = known.iter().map(stem).collect();
        bail!("there is no scenario `{name}`: there are {}", all.join(", "));
    }
    known.retain(|path| named.is_empty() || named.contains(&stem(path)));
    Ok(known)
}

/// Where cargo puts the program when it builds for development.
fn built(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    target.join("debug/teiten")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_others_refused() {
        let asked =
            read(&["--scenario", "quiet", "--seed", "7", "--seed", "8", "-o", "md"]).expect("options");
        assert_eq!(asked.scenarios, ["quiet"]);
        assert_eq!((asked.seeds, asked.is_markdown, asked.is_full), (vec![7, 8], true, false));
        assert_eq!(read(&["--every", "3"]).expect("options").every, Some(3));
        for wrong in [&["--seed"][..], &["--seed", "x"], &["--every", "x"], &["-o", "pdf"], &["--all"]] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_scenario_that_is_not_there_is_named_with_those_that_are() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/eval");
        assert!(scenarios(&folder, &[]).expect("scenarios").len() >= 5);
        let error = scenarios(&folder, &["loud".to_owned()]).expect_err("no such scenario").to_string();
        assert!(error.contains("quiet"), "{error}");
    }
}
