//! `teiten import`: capture files into the store, each once.
//!
//! Inputs are taken in the order of their first packet, so that the parts of a day lie together, and
//! committed in groups: a group ends after [`GROUP_PACKETS_MAX`] packets or [`GROUP_INPUTS_MAX`] inputs. An
//! import that is killed loses only the group under way; repeated, it takes what is missing.
//!
//! **Invariant:** the identifier of an input is made of its bytes alone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use anyhow::{Context, Result};
use teiten_model::interval::{Day, Timestamp};
use teiten_model::sensor::{Sensor, Telescope, Watch};
use teiten_model::synthetic::SYNTHETIC;
use teiten_model::table::{Table, Value};
use teiten_refdata::atlas::Atlas;
use teiten_store::error::StoreError;
use teiten_store::intake::Input;
use teiten_store::store::Store;

use crate::args::Import;
use crate::exit::{Outcome, Usage};
use crate::found::{self, Found, id};
use crate::passed::Passed;
use crate::progress::Unit;
use crate::reading::{Ended, Event, Ownership, Reading, Source, UNNAMED};
use crate::telescope;
use crate::world::World;
use teiten_ask::paths::shown;

/// A group is committed once it holds this many packets.
const GROUP_PACKETS_MAX: u64 = 20_000_000;
/// A group is committed once it holds this many inputs.
const GROUP_INPUTS_MAX: usize = 4_000;

/// Takes files into the store.
pub(crate) fn run(world: &World, args: &Import) -> Result<Outcome> {
    let (ownership, telescope) = ownership(world, args)?;
    let mut outcome = Outcome::default();
    let mut passed = Passed::default();
    let files = found::files(world, args, &mut passed, &mut outcome.faults)?;
    let stored = stored(world, args.dry_run)?;
    let mut wanted: Vec<Found> = Vec::new();
    let mut known = BTreeSet::new();
    let (mut n_stored, mut n_captures) = (0, 0);
    let mut tables = None;
    let progress = world.progress("looking", files.iter().map(|file| file.bytes).sum(), Unit::Bytes);
    for file in files {
        let found = found::look(&file.path, &progress, |first_ns| {
            if tables.is_none() && !args.dry_run {
                tables = Some(tables_of(world.data_folder(), first_ns));
            }
        });
        if let (Some(folder), Err(error)) = (file.folder, &found)
            && let Some(what) = found::no_capture(error)
        {
            passed.add(folder, what, &file.path);
            progress.add(file.bytes);
            continue;
        }
        passed.capture(file.folder);
        n_captures += 1;
        match found {
            Ok(found) if !known.insert(found.hash.clone()) || stored.contains(&id(&found.hash)) => {
                n_stored += 1;
            }
            Ok(found) => wanted.push(found),
            Err(error) => outcome.faults.push(format!("{error:#}")),
        }
    }
    progress.finish();
    if n_stored > 0 {
        outcome.notes.push(format!("{n_stored} of {n_captures} captures are stored already"));
    }
    outcome.notes.extend(passed.notes());
    wanted.sort_by(|a, b| (a.first_ns, &a.path).cmp(&(b.first_ns, &b.path)));
    let n_failed = outcome.faults.len();
    if args.dry_run || wanted.is_empty() {
        outcome.is_failure = wanted.is_empty() && n_stored == 0 && n_failed > 0;
        if args.dry_run {
            world.print(&listed(&wanted))?;
        }
        return Ok(outcome);
    }
    let store = Store::open_or_make(&world.store_place, &world.config.home_zone)?;
    let atlas = match tables {
        Some(tables) => tables.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?,
        None => Atlas::load(&world.data_folder())?,
    };
    let has_data = !atlas.editions().is_empty();
    let taken = take(world, &store, &telescope, wanted, ownership, atlas, &mut outcome)?;
    if !has_data {
        outcome.notes.push(format!(
            "{} holds no reference data, so these rows have no country, AS or actor, and keep none: \
             import it first with `teiten data import`",
            world.data_folder().display()
        ));
    }
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

/// Reads the reference data of the first day while files are still looked at: both take a core for a while.
fn tables_of(folder: PathBuf, first_ns: i64) -> JoinHandle<Result<Atlas>> {
    std::thread::spawn(move || {
        let atlas = Atlas::load(&folder)?;
        // What cannot be read is told when it is needed.
        let _ = atlas.at(Day::of(Timestamp(first_ns.div_euclid(1000))));
        Ok(atlas)
    })
}

/// Identifiers of the inputs that a store holds, if there is one.
fn stored(world: &World, is_dry: bool) -> Result<BTreeSet<String>> {
    let store = match Store::open(&world.store_place) {
        Ok(store) => store,
        Err(StoreError::Missing(_)) => return Ok(BTreeSet::new()),
        Err(error) => return Err(error.into()),
    };
    if !is_dry {
        // What a killed import left is completed first, so that it counts as stored.
        drop(store.begin()?);
    }
    Ok(teiten_store::books::inputs(&store, &store.snapshot()?)?)
}

/// What an import would take.
fn listed(wanted: &[Found]) -> Table {
    let mut table = Table::new(&[("input", ""), ("size", "bytes"), ("name", "")]);
    for found in wanted {
        table.push(vec![
            Value::Text(id(&found.hash)),
            Value::Int(found.bytes as i64),
            Value::Text(shown(&found.path)),
        ]);
    }
    table
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
    let progress = world.progress("importing", wanted.iter().map(|found| found.bytes).sum(), Unit::Bytes);
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
                progress.set(reading.bytes());
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
                taken.inputs += 1;
                taken.packets += ended.account.stored;
                taken.lost += ended.account.lost_total();
                if !ended.whole {
                    outcome.faults.extend(damage(&found, &ended));
                }
                let account = ended.account.clone();
                let input = input(&found, &ended, &rules, &data);
                if input.kind == SYNTHETIC {
                    world.meet_synthetic("synthetic packets are among those stored");
                }
                intake.end_input(input, account).context(TAKEN)?;
            }
            Event::Failed(error) => {
                if !intake.is_between_inputs() {
                    return Err(
                        error.context("the import stopped inside an input; nothing of its group was stored")
                    );
                }
                wanted.next().context("more inputs failed than were begun")?;
                outcome.faults.push(format!("{error:#}"));
            }
        }
        if intake.is_between_inputs()
            && (intake.rows() >= GROUP_PACKETS_MAX || intake.inputs() >= GROUP_INPUTS_MAX)
        {
            intake.commit(telescope, world.now().0).map_err(taken_meanwhile)?;
            intake = store.begin()?;
        }
    }
    intake.commit(telescope, world.now().0).map_err(taken_meanwhile)?;
    progress.finish();
    Ok(taken)
}

/// What is said when another import was faster, which a store in a bucket learns at the commit.
const TAKEN: &str = "another import took the same file meanwhile: run this one again to take the rest";

fn taken_meanwhile(error: StoreError) -> anyhow::Error {
    match error {
        StoreError::AlreadyStored(_) => anyhow::Error::from(error).context(TAKEN),
        error => error.into(),
    }
}

fn damage(found: &Found, ended: &Ended) -> Vec<String> {
    let mut said = ended.messages.clone();
    if said.is_empty() {
        let name = shown(&found.path);
        said.push(format!("{name}: it is damaged; {} frames were kept", ended.account.stored));
    }
    said
}

fn input(found: &Found, ended: &Ended, rules: &str, data: &str) -> Input {
    Input {
        id: id(&found.hash),
        kind: if ended.is_synthetic || is_beside_mark(&found.path) { SYNTHETIC } else { "capture" },
        name: shown(&found.path.canonicalize().unwrap_or_else(|_| found.path.clone())),
        hash: found.hash.clone(),
        bytes: found.bytes,
        format: ended.format.clone(),
        whole: ended.whole,
        rules: rules.to_string(),
        data: data.to_string(),
    }
}

/// Whether the simulator's mark lies beside a capture or in the folder above: so that a capture counts as
/// synthetic, too, that was rewritten in a format without comments.
fn is_beside_mark(path: &Path) -> bool {
    path.ancestors().skip(1).take(2).any(|folder| folder.join("SYNTHETIC.txt").is_file())
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
            telescope::check_name(&name).and_then(|()| telescope::check_group(&group)).map_err(Usage)?;
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
