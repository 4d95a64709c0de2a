//! `teiten store rebuild`: rows and rollups of days made again from raw frames and captures, by today's rules and
//! reference data.
//!
//! A day of the home zone is made again in one snapshot. Frames come from where they lie: batches beside the
//! tables, captures where they were imported from, if their bytes are still the same. An input whose frames are
//! gone keeps its rows, and is named.
//!
//! **Invariant:** whose packet it is stays as it was stored; only what rules and reference data say changes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use teiten_model::columns::PacketColumns;
use teiten_model::frame::FrameBlock;
use teiten_model::hex::hex;
use teiten_model::interval::{DAY_US, Interval, Timestamp};
use teiten_model::selection::Viewer;
use teiten_model::table::Value;
use teiten_query::questions::{books, stored};
use teiten_query::session::Session;
use teiten_selection::period::Period;
use teiten_store::expiries::Expired;
use teiten_store::file::start_of_utc_day;
use teiten_store::frames;
use teiten_store::intake::rebuild::Rebuild;
use teiten_store::rollup::DayCut;
use teiten_store::store::Store;
use teiten_store::table::PACKETS;
use teiten_wire::batch;
use teiten_wire::capture::Capture;

use crate::args::Rebuild as Args;
use crate::collect::batch::{Described, read};
use crate::collect::known::Known;
use crate::collect::lore::Lore;
use crate::exit::{Outcome, Usage};
use crate::progress::Unit;
use crate::reading::Refiner;
use crate::world::World;
use teiten_ask::paths;

/// Rows of one input and day whose sensors are kept in memory, 24 bytes each.
const OWNED_ROWS_MAX: usize = 50_000_000;

/// Columns that rollups and books are counted from.
const COUNTED: &[&str] = &[
    "ts",
    "src",
    "src6",
    "src_port",
    "dst",
    "dst_port",
    "ip_proto",
    "icmp_type",
    "icmp_code",
    "frame_len",
    "packets",
    "sensor",
    "sensor_group",
    "src_country",
    "src_asn",
    "class",
    "tags",
    "input",
];

/// Makes the days again.
pub(super) fn run(world: &World, args: &Args) -> Result<Outcome> {
    let period = match (&args.day, &args.period) {
        (Some(period), _) | (None, Some(period)) => {
            Some(Period::parse(period, &world.zone, world.now())?.interval())
        }
        (None, None) => None,
    };
    let store = world.store()?;
    let (days, n_expired) = days(&store, period)?;
    let lore = Lore::load(world.data_folder(), world.config.sensors.clone())?;
    let mut maker = Maker {
        world,
        books: books_of(&store)?,
        wanted: args.input.iter().cloned().collect(),
        met: BTreeSet::new(),
        lore,
        known: Known::of(world)?,
        refiner: Refiner::new()?,
        block: FrameBlock::default(),
        sums: HashMap::new(),
        rows: 0,
        inputs: BTreeSet::new(),
        faults: BTreeMap::new(),
    };
    let progress = world.progress("rebuilding", days.len() as u64, Unit::Days);
    let mut n_days = 0;
    for day in days {
        n_days += usize::from(maker.day(&store, day)?);
        progress.add(1);
    }
    progress.finish();
    if let Some(strange) = maker.wanted.difference(&maker.met).next() {
        return Err(Usage(format!(
            "no packets of an input `{strange}` are stored in that time: `teiten store inputs` names those there are"
        ))
        .into());
    }
    let mut outcome = Outcome::default();
    outcome.notes.push(format!(
        "{} packets of {} inputs made again in {n_days} days",
        maker.rows,
        maker.inputs.len()
    ));
    if n_expired > 0 {
        outcome.notes.push(format!(
            "{n_expired} days are not made again: a part of their packets is no longer kept, and would be missing in the rollups"
        ));
    }
    outcome.faults =
        maker.faults.into_iter().map(|(input, why)| format!("input {input} stays as it is: {why}")).collect();
    outcome.is_failure = n_days == 0 && !outcome.faults.is_empty();
    Ok(outcome)
}

/// The days of the home zone that have packets and lie in a period, and how many of them are left out because a
/// part of their packets expired.
fn days(store: &Store, period: Option<Interval>) -> Result<(Vec<Interval>, usize)> {
    let mut cut = DayCut::new(store.home_zone());
    let mut days: BTreeMap<i64, Interval> = BTreeMap::new();
    let snapshot = store.snapshot()?;
    for file in store.files(&snapshot, PACKETS)? {
        let Some(first) = file.day.as_deref().and_then(start_of_utc_day) else {
            continue;
        };
        for day in [cut.day_of(first), cut.day_of(first + DAY_US - 1)] {
            if period.is_none_or(|period| day.overlaps(&period)) {
                days.insert(day.start.0, day);
            }
        }
    }
    let n_days = days.len();
    let kept_from = Expired::load(store, &snapshot)?.packets.until.unwrap_or(i64::MIN);
    let kept: Vec<Interval> = days.into_values().filter(|day| day.start.0 >= kept_from).collect();
    let n_expired = n_days - kept.len();
    Ok((kept, n_expired))
}

/// Imported captures by identifier: where they lay, and their SHA-256.
fn books_of(store: &Store) -> Result<HashMap<String, (PathBuf, String)>> {
    let inputs = books::inputs(&Session::open(store, Viewer::All)?)?;
    let text = |row, name| match inputs.value(row, name) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    };
    Ok((0..inputs.rows.len())
        .map(|row| (text(row, "input"), (paths::read(&text(row, "name")), text(row, "hash"))))
        .collect())
}

/// Makes days again, one after the other.
struct Maker<'w> {
    world: &'w World,
    books: HashMap<String, (PathBuf, String)>,
    /// Inputs asked for; none means all.
    wanted: BTreeSet<String>,
    /// Those of them that have packets.
    met: BTreeSet<String>,
    lore: Lore,
    known: Known,
    refiner: Refiner,
    block: FrameBlock,
    /// Whether captures are still what they were.
    sums: HashMap<PathBuf, Option<String>>,
    rows: u64,
    inputs: BTreeSet<String>,
    faults: BTreeMap<String, String>,
}

/// The frames of an input.
enum Source {
    /// A batch of a live sensor, which the store keeps.
    Batch(Bytes),
    /// A capture, where it was imported from.
    Capture(PathBuf),
}

/// Whose packets an input's are, by frame: places in the list of words, and the public destination.
#[derive(Default)]
struct Owned {
    words: Vec<(String, String)>,
    frames: HashMap<i64, (u32, i64)>,
}

impl Maker<'_> {
    /// Makes one day again; whether there was anything to make.
    fn day(&mut self, store: &Store, day: Interval) -> Result<bool> {
        let mut rebuild = store.rebuild(day)?;
        let session = Session::open_at(store, rebuild.before().clone(), Viewer::All)?;
        let mut remade = BTreeSet::new();
        for input in stored::inputs(&session, day)? {
            let line = frames::line_of(&input).unwrap_or(&input).to_string();
            let asked: Vec<String> =
                self.wanted.iter().filter(|wanted| **wanted == input || **wanted == line).cloned().collect();
            if !self.wanted.is_empty() && asked.is_empty() {
                continue;
            }
            self.met.extend(asked);
            match self.source(store, &input) {
                Ok(source) => {
                    let rows = match source {
                        Source::Batch(bytes) => self.batch(&mut rebuild, &input, &bytes)?,
                        Source::Capture(path) => self.capture(&session, &mut rebuild, &input, &path)?,
                    };
                    self.rows += rows;
                    self.inputs.insert(line);
                    remade.insert(input);
                }
                Err(error) => {
                    self.faults.insert(line, format!("{error:#}"));
                }
            }
        }
        if remade.is_empty() {
            return Ok(false);
        }
        let mut failed = None;
        let mut kept = PacketColumns::default();
        stored::rows(&session, rebuild.hours(), None, COUNTED, |columns| {
            let stays = |row: &u32| {
                let row = *row as usize;
                let input = columns.input.get(row).unwrap_or_default();
                !(day.contains(Timestamp(columns.ts[row])) && remade.contains(input))
            };
            let rows: Vec<u32> = (0..columns.rows() as u32).filter(stays).collect();
            if failed.is_none() && !rows.is_empty() {
                kept.take_rows(columns, &rows);
                failed = rebuild.keep(&kept).err();
            }
            Ok(())
        })?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        rebuild.commit(&self.lore.telescope, self.world.now().0)?;
        Ok(true)
    }

    /// The frames of an input, when they are what they were.
    fn source(&mut self, store: &Store, input: &str) -> Result<Source> {
        if frames::line_of(input).is_some() {
            let bytes = frames::read(store, input)?.context("its frames are not kept any more")?;
            batch::open(&bytes)?;
            return Ok(Source::Batch(bytes));
        }
        let (path, hash) = self.books.get(input).context("it is not in the books")?;
        let sum = match self.sums.get(path) {
            Some(sum) => sum.clone(),
            None => {
                let sum = sum_of(path).ok();
                self.sums.insert(path.clone(), sum.clone());
                sum
            }
        };
        match sum {
            Some(sum) if sum == *hash => Ok(Source::Capture(path.clone())),
            Some(_) => bail!("{} holds other bytes than when it was imported", path.display()),
            None => bail!("{} is not at hand", path.display()),
        }
    }

    /// Makes the rows of a batch again.
    fn batch(&mut self, rebuild: &mut Rebuild<'_>, input: &str, bytes: &[u8]) -> Result<u64> {
        let name = input.split('/').next().unwrap_or_default();
        let enrolled = self.known.registry.sensors();
        let described = Described::of(&self.lore.telescope, name, enrolled.get(name));
        let (mut columns, mut inside) = (PacketColumns::default(), PacketColumns::default());
        let (mut rows, day) = (0, rebuild.day());
        let buffers = (&mut self.block, &mut columns);
        let mut editions = (String::new(), String::new());
        read(bytes, &mut self.refiner, &described, &self.lore.atlas, buffers, |columns| {
            rows += append(rebuild, columns, &mut inside, day, &mut editions)?;
            Ok(())
        })?;
        rebuild.remake(input, &editions.0, &editions.1);
        Ok(rows)
    }

    /// Makes the rows of a capture again.
    fn capture(
        &mut self,
        session: &Session,
        rebuild: &mut Rebuild<'_>,
        input: &str,
        path: &Path,
    ) -> Result<u64> {
        let day = rebuild.day();
        let owned = owned(session, input, day)?;
        let mut capture = Capture::open(crate::reading::open(path)?)
            .with_context(|| format!("reading {}", path.display()))?;
        let (mut columns, mut inside) = (PacketColumns::default(), PacketColumns::default());
        let mut editions = (String::new(), String::new());
        let mut rows = 0;
        while capture.next_block(&mut self.block) {
            let own = |columns: &mut PacketColumns| owned.assign(columns);
            self.refiner.fill(&self.block, input, own, &self.lore.atlas, &mut columns)?;
            rows += append(rebuild, &columns, &mut inside, day, &mut editions)?;
        }
        rebuild.remake(input, &editions.0, &editions.1);
        Ok(rows)
    }
}

/// Appends the rows of a day; gives how many.
fn append(
    rebuild: &mut Rebuild<'_>,
    columns: &PacketColumns,
    inside: &mut PacketColumns,
    day: Interval,
    editions: &mut (String, String),
) -> Result<u64> {
    let rows: Vec<u32> =
        (0..columns.rows() as u32).filter(|row| day.contains(Timestamp(columns.ts[*row as usize]))).collect();
    let Some(last) = rows.last() else { return Ok(0) };
    let last = *last as usize;
    *editions = (
        columns.rules.get(last).unwrap_or_default().to_string(),
        columns.data.get(last).unwrap_or_default().to_string(),
    );
    if rows.len() == columns.rows() {
        rebuild.append(columns)?;
    } else {
        inside.take_rows(columns, &rows);
        rebuild.append(inside)?;
    }
    Ok(rows.len() as u64)
}

/// Whose the stored rows of an input are.
fn owned(session: &Session, input: &str, day: Interval) -> Result<Owned> {
    let mut owned = Owned::default();
    let mut places: HashMap<(String, String), u32> = HashMap::new();
    stored::rows(session, day, Some(input), &["frame", "sensor", "sensor_group", "dst_public"], |columns| {
        for row in 0..columns.rows() {
            let text = |word: Option<&str>| word.unwrap_or_default().to_string();
            let words = (text(columns.sensor.get(row)), text(columns.sensor_group.get(row)));
            let next = places.len() as u32;
            let place = *places.entry(words.clone()).or_insert_with(|| {
                owned.words.push(words);
                next
            });
            owned.frames.insert(columns.frame[row], (place, columns.dst_public[row]));
        }
        Ok(())
    })?;
    if owned.frames.len() > OWNED_ROWS_MAX {
        bail!(
            "input {input} has more than {OWNED_ROWS_MAX} packets in a day: import it anew into another store"
        );
    }
    Ok(owned)
}

impl Owned {
    /// Gives rows the sensors that they had; frames of other days keep none.
    fn assign(&self, columns: &mut PacketColumns) {
        let codes: Vec<(u16, u16)> = self
            .words
            .iter()
            .map(|(sensor, group)| (columns.sensor.code(sensor), columns.sensor_group.code(group)))
            .collect();
        for row in 0..columns.rows() {
            if let Some((place, public)) = self.frames.get(&columns.frame[row]) {
                let (sensor, group) = codes[*place as usize];
                columns.sensor.codes[row] = sensor;
                columns.sensor_group.codes[row] = group;
                columns.dst_public[row] = *public;
            }
        }
    }
}

/// SHA-256 of a file, in hexadecimal.
fn sum_of(path: &Path) -> Result<String> {
    let mut hash = Sha256::new();
    std::io::copy(&mut File::open(path)?, &mut hash)?;
    Ok(hex(&hash.finalize()))
}
