//! `teiten import`: capture files into the store, each once.
//!
//! Inputs are taken in the order of their first packet, so that the parts of a day lie together, and
//! committed in groups: a group ends after [`GROUP_PACKETS_MAX`] packets or [`GROUP_INPUTS_MAX`] inputs. An
//! import that is killed loses only the group under way; repeated, it takes what is missing.
//!
//! **Invariant:** the identifier of an input is made of its bytes alone.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use teiten_model::frame::FrameBlock;
use teiten_model::sensor::{Sensor, Telescope, Watch};
use teiten_refdata::atlas::Atlas;
use teiten_store::intake::Input;
use teiten_store::store::Store;
use teiten_wire::capture::Capture;

use crate::args::Import;
use crate::exit::{Outcome, Usage};
use crate::progress::Progress;
use crate::reading::{Ended, Event, Ownership, Reading, Source};
use crate::telescope;
use crate::world::World;

/// A group is committed once it holds this many packets.
const GROUP_PACKETS_MAX: u64 = 20_000_000;
/// A group is committed once it holds this many inputs.
const GROUP_INPUTS_MAX: usize = 4_000;
/// Files one import may name, folders counted by their content.
const FILES_MAX: usize = 1_000_000;
/// Depth to which folders are followed.
const DEPTH_MAX: usize = 32;

/// Name of the sensor of packets when nothing is said about sensors.
const UNNAMED: &str = "unnamed";

struct Found {
    path: PathBuf,
    bytes: u64,
    hash: String,
    first_ns: i64,
}

/// Takes files into the store.
pub(crate) fn run(world: &World, args: &Import) -> Result<Outcome> {
    let (ownership, telescope) = ownership(world, args)?;
    let mut outcome = Outcome::default();
    let files = files(world, args, &mut outcome)?;
    let store = Store::open_or_make(&world.store_place, &world.config.home_zone)?;
    let snapshot_has = |found: &Found| store.is_stored(&id(&found.hash));
    let mut wanted: Vec<Found> = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    let (mut n_stored, n_files) = (0, files.len());
    let progress = Progress::new(world.progress, "looking", files.len() as u64, false);
    for path in files {
        progress.add(1);
        match look(&path) {
            Ok(found) if !known.insert(found.hash.clone()) || snapshot_has(&found)? => n_stored += 1,
            Ok(found) => wanted.push(found),
            Err(error) => outcome.faults.push(format!("{error:#}")),
        }
    }
    progress.finish();
    if n_stored > 0 {
        outcome.notes.push(format!("{n_stored} of {n_files} files are stored already"));
    }
    wanted.sort_by(|a, b| (a.first_ns, &a.path).cmp(&(b.first_ns, &b.path)));
    if args.dry_run {
        for found in &wanted {
            println!("{}\t{}\t{}", id(&found.hash), found.bytes, found.path.display());
        }
        return Ok(outcome);
    }
    let atlas = Atlas::load(&world.data_folder())?;
    let n_failed = outcome.faults.len();
    let taken = take(world, &store, &telescope, wanted, ownership, atlas, &mut outcome)?;
    outcome.is_failure = taken.inputs == 0 && n_stored == 0 && n_failed > 0;
    outcome.notes.insert(
        0,
        format!(
            "{} packets of {} inputs stored, {} lost, {} belong to no described sensor",
            taken.packets, taken.inputs, taken.lost, taken.apart
        ),
    );
    Ok(outcome)
}

#[derive(Default)]
struct Taken {
    inputs: usize,
    packets: u64,
    lost: u64,
    apart: u64,
}

fn take(
    world: &World,
    store: &Store,
    telescope: &Telescope,
    wanted: Vec<Found>,
    ownership: Ownership,
    atlas: Atlas,
    outcome: &mut Outcome,
) -> Result<Taken> {
    let mut taken = Taken::default();
    if wanted.is_empty() {
        return Ok(taken);
    }
    let progress =
        Progress::new(world.progress, "importing", wanted.iter().map(|found| found.bytes).sum(), true);
    let sources =
        wanted.iter().map(|found| Source { path: found.path.clone(), id: id(&found.hash) }).collect();
    let reading = Reading::start(sources, ownership, atlas)?;
    let mut wanted = wanted.into_iter();
    let mut intake = store.begin()?;
    let (mut rules, mut data) = (String::new(), String::new());
    while let Some(event) = reading.next() {
        match event {
            Event::Rows(columns) => {
                intake.append(&columns)?;
                taken.apart += columns
                    .sensor
                    .codes
                    .iter()
                    .enumerate()
                    .filter(|(row, _)| columns.sensor.get(*row) == Some(teiten_model::sensor::APART))
                    .count() as u64;
                rules = columns.rules.get(0).unwrap_or_default().to_string();
                data = columns.data.get(columns.rows() - 1).unwrap_or_default().to_string();
                reading.give_back(columns);
            }
            Event::Ended(ended) => {
                let found = wanted.next().context("more inputs ended than were begun")?;
                progress.add(found.bytes);
                taken.inputs += 1;
                taken.packets += ended.account.stored;
                taken.lost += ended.account.lost_total();
                if !ended.whole {
                    outcome.faults.extend(damage(&found, &ended));
                }
                let account = ended.account.clone();
                intake.end_input(input(&found, &ended, &rules, &data), account);
            }
            Event::Failed(error) => {
                let found = wanted.next().context("more inputs failed than were begun")?;
                progress.add(found.bytes);
                outcome.faults.push(format!("{error:#}"));
            }
        }
        if intake.is_between_inputs()
            && (intake.rows() >= GROUP_PACKETS_MAX || intake.inputs() >= GROUP_INPUTS_MAX)
        {
            intake.commit(telescope, world.now().0)?;
            intake = store.begin()?;
        }
    }
    intake.commit(telescope, world.now().0)?;
    progress.finish();
    Ok(taken)
}

fn damage(found: &Found, ended: &Ended) -> Vec<String> {
    let mut said = ended.messages.clone();
    if said.is_empty() {
        said.push(format!(
            "{}: it is damaged; {} frames were kept",
            found.path.display(),
            ended.account.stored
        ));
    }
    said
}

fn input(found: &Found, ended: &Ended, rules: &str, data: &str) -> Input {
    Input {
        id: id(&found.hash),
        kind: if is_synthetic(&found.path) { "synthetic" } else { "capture" },
        name: found.path.canonicalize().unwrap_or_else(|_| found.path.clone()).display().to_string(),
        hash: found.hash.clone(),
        bytes: found.bytes,
        format: ended.format.clone(),
        whole: ended.whole,
        rules: rules.to_string(),
        data: data.to_string(),
    }
}

/// Whether the simulator's mark lies beside a capture or in the folder above.
fn is_synthetic(path: &Path) -> bool {
    path.ancestors().skip(1).take(2).any(|folder| folder.join("SYNTHETIC.txt").is_file())
}

/// The identifier of an input: the first 16 digits of its hash.
fn id(hash: &str) -> String {
    hash.chars().take(16).collect()
}

fn ownership(world: &World, args: &Import) -> Result<(Ownership, Telescope)> {
    let described = args.sensors.clone().or_else(|| world.config.sensors.clone());
    match (&args.sensor, described) {
        (None, Some(path)) => {
            let telescope = telescope::read(&path).map_err(|error| Usage(format!("{error:#}")))?;
            Ok((Ownership::ByDestination(telescope.clone()), telescope))
        }
        (name, _) => {
            let name = name.clone().unwrap_or_else(|| UNNAMED.to_string());
            let group = args.group.clone().unwrap_or_else(|| name.clone());
            let sensor = Sensor {
                name: name.clone(),
                group: group.clone(),
                region: String::new(),
                country: String::new(),
                asn: None,
                provider: String::new(),
                owner: String::new(),
                watches: Vec::<Watch>::new(),
            };
            Ok((Ownership::One(name, group), Telescope::new(vec![sensor])))
        }
    }
}

/// All files named, those in folders in the order of their names.
fn files(world: &World, args: &Import, outcome: &mut Outcome) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in &args.paths {
        if path == Path::new("-") {
            files.push(keep_standard_input(world)?);
            continue;
        }
        match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => walk(path, 0, &mut files)?,
            Ok(_) => files.push(path.clone()),
            Err(error) => outcome.faults.push(format!("{}: {error}", path.display())),
        }
    }
    Ok(files)
}

/// Files that lie beside captures and are none: passed over in folders, refused when named.
const BESIDE: &[&str] = &["toml", "json", "txt", "csv", "md", "tsv"];

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<()> {
    if depth > DEPTH_MAX {
        return Err(Usage(format!("{}: folders are nested deeper than {DEPTH_MAX}", folder.display())).into());
    }
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .with_context(|| format!("listing {}", folder.display()))?;
    entries.sort();
    for path in entries {
        let is_beside = path
            .extension()
            .is_some_and(|ending| BESIDE.iter().any(|beside| ending.eq_ignore_ascii_case(beside)));
        if path.is_dir() {
            walk(&path, depth + 1, files)?;
        } else if !is_beside {
            files.push(path);
        }
        if files.len() > FILES_MAX {
            return Err(Usage(format!("more than {FILES_MAX} files: import them in parts")).into());
        }
    }
    Ok(())
}

/// Standard input cannot be read twice, so it is kept in a file of the store and imported from there.
fn keep_standard_input(world: &World) -> Result<PathBuf> {
    let store = Store::open_or_make(&world.store_place, &world.config.home_zone)?;
    let folder = store.folder().context("standard input needs a store in a folder")?.join("inputs");
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let part = folder.join("standard-input.part");
    let mut file = File::create(&part).with_context(|| format!("making {}", part.display()))?;
    std::io::copy(&mut std::io::stdin().lock(), &mut file).context("keeping standard input")?;
    file.sync_all()?;
    let hash = hash_of(&part)?.0;
    let path = folder.join(format!("{}.capture", id(&hash)));
    std::fs::rename(&part, &path)?;
    Ok(path)
}

fn hash_of(path: &Path) -> Result<(String, u64)> {
    let mut file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        let n = file.read(&mut buffer).with_context(|| format!("reading {}", path.display()))?;
        if n == 0 {
            break;
        }
        bytes += n as u64;
        hasher.update(&buffer[..n]);
    }
    let hash = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((hash, bytes))
}

/// Reads what tells an input apart and where it stands in time.
fn look(path: &Path) -> Result<Found> {
    let (hash, bytes) = hash_of(path)?;
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let mut capture = Capture::open(Box::new(file)).with_context(|| format!("reading {}", path.display()))?;
    let mut block = FrameBlock::default();
    let first_ns =
        if capture.next_block(&mut block) { block.frames.first().map_or(0, |frame| frame.ts_ns) } else { 0 };
    Ok(Found { path: path.to_path_buf(), bytes, hash, first_ns })
}
