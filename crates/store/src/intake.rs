//! Takes the packets of a group of inputs and commits them to every table at once.
//!
//! Rows go to one open part a UTC day; parts that grow, or that are too many, are sealed on the way. Two threads share
//! the work: one counts the block first, the other encodes its columns, and whoever is free takes the next column.
//! Nothing is visible before [`Intake::commit`]; dropping an intake leaves only unnamed files, which the
//! next group with the same number writes over.
//!
//! **Invariant:** memory is bounded by that of open parts and that of the rollups.

mod parts;
pub mod rebuild;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::account::Account;
use model::columns::PacketColumns;
use model::interval::{HOUR_US, Timestamp};
use model::rollup::ROLLUPS;
use model::sensor::{APART, Telescope};
use model::synthetic::SYNTHETIC;
use teiten_model as model;

use crate::delivery::{Deliveries, Delivery, Place};
use crate::error::StoreError;
use crate::file::DataFile;
use crate::frames::FRAMES;
use crate::ledger::{self, Intent, Sealed};
use crate::location::Lock;
use crate::part::{Packer, Part, PartWriter};
use crate::record::Record;
use crate::rollup::Rollups;
use crate::snapshot::Snapshot;
use crate::spools::{self, SPOOLS, Spools};
use crate::store::Store;
use crate::table::{self, DAY};
use parts::Parts;

/// The kind of inputs that live sensors sent.
pub const BATCH: &str = "batch";
/// Their format.
const BATCH_FORMAT: &str = "pcapng, zstd";

/// What is known of an input once it was read.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// Identifier: the same bytes always have the same.
    pub id: String,
    /// `capture`, `synthetic` or `batch`.
    pub kind: &'static str,
    /// Where it was read from.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub hash: String,
    /// Its size, in bytes.
    pub bytes: u64,
    /// Capture format, byte order, resolution, compression.
    pub format: String,
    /// Whether it was read to its end without damage.
    pub whole: bool,
    /// Edition of the rules.
    pub rules: String,
    /// Editions of the reference data.
    pub data: String,
}

#[derive(Default)]
struct Span {
    first: Option<i64>,
    last: i64,
    stored: u64,
}

impl Span {
    fn add(&mut self, first: i64, last: i64, packets: u64) {
        self.first = Some(self.first.map_or(first, |known| known.min(first)));
        self.last = if self.stored == 0 { last } else { self.last.max(last) };
        self.stored += packets;
    }
}

/// Finishes a part and lays it down as a file of a table; nobody sees it before its commit.
pub(crate) fn seal(
    store: &Store,
    table: &str,
    file: &str,
    day: Option<String>,
    part: PartWriter,
    packer: &mut Packer,
) -> Result<Sealed, StoreError> {
    lay(store, table, file, day, part.finish(packer)?)
}

/// Lays a finished part down as a file of a table; nobody sees it before its commit.
pub(crate) fn lay(
    store: &Store,
    table: &str,
    file: &str,
    day: Option<String>,
    part: Part,
) -> Result<Sealed, StoreError> {
    let file = store.location().own_name(file)?;
    let path = match &day {
        Some(day) => format!("{DAY}={day}/{file}"),
        None => file,
    };
    let full = format!("tables/{table}/{path}");
    let size_bytes = part.size_bytes() as u64;
    store.runtime().block_on(store.location().lay(&full, part.pieces.into_iter().collect()))?;
    Ok(Sealed { path, size_bytes, rows: part.rows as u64, day })
}

/// A part of a record's table with its rows, of those of some time only when a day is made again; `None` without rows.
fn part_of(
    record: &Record,
    only: Option<rebuild::Span>,
    packer: &mut Packer,
) -> Result<Option<(&'static str, Part)>, StoreError> {
    if record.is_empty() {
        return Ok(None);
    }
    let def = table::find(record.table()).expect("a record belongs to a table of the list");
    let cut = match only {
        Some(span) => Some(Record::of_batch(&def, &span.cut(def.name, record.to_batch(&def)?)?)?),
        None => None,
    };
    let record = cut.as_ref().unwrap_or(record);
    if record.is_empty() {
        return Ok(None);
    }
    let mut part = PartWriter::new(&def)?;
    part.append(&record.values(&def), packer)?;
    Ok(Some((def.name, part.finish(packer)?)))
}

/// Packets of one sensor in one hour that follow one another in the input.
struct Run {
    hour: i64,
    sensor: u16,
    first: i64,
    last: i64,
    packets: u64,
}

/// A group of inputs on its way into the store.
pub struct Intake<'s> {
    store: &'s Store,
    _lock: Option<Lock>,
    number: u64,
    stored: BTreeSet<String>,
    parts: Parts<'s>,
    rollups: Rollups,
    inputs: Vec<(Input, Account, BTreeMap<String, Span>)>,
    spans: BTreeMap<String, Span>,
    hours: BTreeMap<(i64, String), i64>,
    /// Packets of the current input by hour.
    input_hours: BTreeMap<i64, u64>,
    deliveries: Deliveries,
    /// Files of the book of spools, before this group.
    spool_files: Vec<DataFile>,
    /// The time whose cells are written, when a day is made again.
    only: Option<rebuild::Span>,
    rows: u64,
}

impl<'s> Intake<'s> {
    pub(crate) fn new(
        store: &'s Store,
        lock: Option<Lock>,
        number: u64,
        stored: BTreeSet<String>,
    ) -> Intake<'s> {
        Intake {
            parts: Parts::new(store, number),
            store,
            _lock: lock,
            number,
            stored,
            rollups: Rollups::new(store.home_zone()),
            inputs: Vec::new(),
            spans: BTreeMap::new(),
            hours: BTreeMap::new(),
            input_hours: BTreeMap::new(),
            deliveries: Deliveries::default(),
            spool_files: Vec::new(),
            only: None,
            rows: 0,
        }
    }

    /// The same for batches, which follow on what was stored of their spools.
    pub(crate) fn of_batches(
        store: &'s Store,
        lock: Option<Lock>,
        number: u64,
        (spools, files): (Spools, Vec<DataFile>),
    ) -> Intake<'s> {
        let mut intake = Intake::new(store, lock, number, BTreeSet::new());
        intake.deliveries.spools = spools;
        intake.spool_files = files;
        intake
    }

    /// How far each spool is stored, this group included.
    pub fn spools(&self) -> &Spools {
        &self.deliveries.spools
    }

    /// Rows taken so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Inputs closed so far.
    pub fn inputs(&self) -> usize {
        self.inputs.len()
    }

    /// Whether an input is stored already, as of the moment this intake became the only writer.
    pub fn is_stored(&self, input: &str) -> bool {
        self.stored.contains(input)
    }

    /// Whether no input is under way, so that the group may be committed.
    pub fn is_between_inputs(&self) -> bool {
        self.spans.is_empty()
    }

    /// Takes a block of the current input.
    pub fn append(&mut self, columns: &PacketColumns) -> Result<(), StoreError> {
        if columns.rows() == 0 {
            return Ok(());
        }
        let Intake { parts, rollups, .. } = self;
        parts.append(columns, || rollups.count(columns))?;
        if self.rollups.is_full() {
            self.seal_rollups()?;
        }
        self.note(columns);
        self.rows += columns.rows() as u64;
        Ok(())
    }

    /// Counts rows by sensor and hour, for the books.
    fn note(&mut self, columns: &PacketColumns) {
        // Runs of a block are joined before they are looked up by name: rows of many sensors come mixed.
        let mut runs: BTreeMap<(i64, u16), Run> = BTreeMap::new();
        let mut add = |run: Run| match runs.entry((run.hour, run.sensor)) {
            Entry::Vacant(place) => {
                place.insert(run);
            }
            Entry::Occupied(place) => {
                let known = place.into_mut();
                known.first = known.first.min(run.first);
                known.last = known.last.max(run.last);
                known.packets += run.packets;
            }
        };
        let mut run: Option<Run> = None;
        for (ts, sensor) in columns.ts.iter().zip(&columns.sensor.codes) {
            let hour = ts.div_euclid(HOUR_US) * HOUR_US;
            match &mut run {
                Some(run) if run.hour == hour && run.sensor == *sensor => {
                    run.first = run.first.min(*ts);
                    run.last = run.last.max(*ts);
                    run.packets += 1;
                }
                run => {
                    let next = Run { hour, sensor: *sensor, first: *ts, last: *ts, packets: 1 };
                    run.replace(next).into_iter().for_each(&mut add);
                }
            }
        }
        run.into_iter().for_each(add);
        for run in runs.values() {
            self.note_run(columns, run);
        }
    }

    fn note_run(&mut self, columns: &PacketColumns, run: &Run) {
        let sensor = columns.sensor.words()[usize::from(run.sensor)].clone();
        self.spans.entry(sensor.clone()).or_default().add(run.first, run.last, run.packets);
        *self.hours.entry((run.hour, sensor)).or_default() += run.packets as i64;
        *self.input_hours.entry(run.hour).or_default() += run.packets;
    }

    /// Draws the rollups and lays them down; two at a time, so that no more stand in memory beside the tallies. That of
    /// sources, the largest, comes first.
    fn seal_rollups(&mut self) -> Result<(), StoreError> {
        let leaving = &self.rollups.take();
        let only = self.only;
        self.parts.make(ROLLUPS.iter().rev().collect(), |rollup, packer| {
            part_of(&leaving.draw(rollup), only, packer)
        })
    }

    /// Closes the parts of packets, and lays them down while the rollups are drawn: disks take their time.
    fn seal_packets_and_rollups(&mut self) -> Result<(), StoreError> {
        let finished = self.parts.finish_days()?;
        let store = self.store;
        let (drawn, laid) = std::thread::scope(|scope| {
            let laying = scope
                .spawn(|| finished.into_iter().map(|part| part.lay(store)).collect::<Result<Vec<_>, _>>());
            let drawn = self.seal_rollups();
            (drawn, laying.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        self.parts.take_laid(laid?);
        drawn
    }

    fn seal_record(&mut self, record: &Record) -> Result<(), StoreError> {
        let only = self.only;
        self.parts.make(vec![record], |record, packer| part_of(record, only, packer))
    }

    /// Closes the current input with its account.
    ///
    /// # Errors
    /// When the input is stored already: the whole group must then be given up.
    ///
    /// # Panics
    /// When the account does not balance with the rows that were taken: a mistake of ours.
    pub fn end_input(&mut self, input: Input, account: Account) -> Result<(), StoreError> {
        if !self.stored.insert(input.id.clone()) {
            return Err(StoreError::AlreadyStored(input.name));
        }
        account.check();
        self.input_hours.clear();
        let spans = std::mem::take(&mut self.spans);
        let stored: u64 = spans.values().map(|span| span.stored).sum();
        assert_eq!(stored, account.stored, "rows taken of {} must be those accounted for", input.name);
        self.inputs.push((input, account, spans));
        Ok(())
    }

    /// Closes the current batch, all of whose rows are its sensor's.
    ///
    /// # Panics
    /// When its account does not balance with the rows that were taken, or it is stored: mistakes of ours.
    pub fn end_batch(&mut self, delivery: &Delivery) {
        let spans = std::mem::take(&mut self.spans);
        assert!(spans.keys().all(|sensor| *sensor == delivery.sensor), "rows of {}", delivery.id());
        let span = spans.values().next().and_then(|span| Some((span.first?, span.last)));
        self.deliveries.add(delivery, &std::mem::take(&mut self.input_hours), span);
    }

    /// Commits the group and publishes its snapshot; `None` when there was no input.
    ///
    /// # Panics
    /// When blocks were taken after the last input was closed: a mistake of ours.
    pub fn commit(mut self, telescope: &Telescope, now_us: i64) -> Result<Option<Snapshot>, StoreError> {
        match self.seal_all(telescope, now_us)? {
            Some(intent) => {
                self.store.runtime().block_on(ledger::commit(self.store.location(), &intent)).map(Some)
            }
            None => Ok(None),
        }
    }

    /// What a commit would put as its intent.
    #[cfg(test)]
    pub(crate) fn intent_of(mut self, telescope: &Telescope, now_us: i64) -> Intent {
        self.seal_all(telescope, now_us).expect("sealed").expect("an input")
    }

    /// Seals whatever is open and lists what is to be committed.
    fn seal_all(&mut self, telescope: &Telescope, now_us: i64) -> Result<Option<Intent>, StoreError> {
        assert!(self.spans.is_empty(), "every input must be closed before the commit");
        assert!(self.inputs.is_empty() || self.deliveries.is_empty(), "a group is of files or of batches");
        if self.inputs.is_empty() && self.deliveries.is_empty() {
            return Ok(None);
        }
        self.seal_packets_and_rollups()?;
        let (sensors, accounts, inputs) =
            (self.sensors_book(telescope), self.accounts_book(), self.inputs_book(now_us));
        for record in [&sensors, &accounts, &inputs].into_iter().chain(&self.deliveries.records()) {
            self.seal_record(record)?;
        }
        let replaced = self.seal_spools(now_us)?;
        let spools = self.deliveries.spools.moved();
        Ok(Some(Intent {
            snapshot: self.number,
            inputs: self.inputs.iter().map(|(input, _, _)| input.id.clone()).collect(),
            files: self.parts.take_files(),
            at_us: now_us,
            replaced,
            is_counted: false,
            spools: spools.map(|spool| (spool.application(), spool.sequence as i64)).collect(),
            is_rebuilt: false,
            keeping: None,
        }))
    }

    /// Writes the lines of spools that were moved on, or all in the place of the files before when those are
    /// many; gives the files whose place is taken.
    fn seal_spools(&mut self, now_us: i64) -> Result<HashMap<String, Vec<Sealed>>, StoreError> {
        let is_full = self.spool_files.len() >= spools::FILES_MAX;
        let record = match is_full {
            true => Spools::record(self.deliveries.spools.all(), now_us),
            false => Spools::record(self.deliveries.spools.moved(), now_us),
        };
        self.seal_record(&record)?;
        let replaced = self.spool_files.iter().filter(|_| is_full && !record.is_empty()).map(Sealed::of);
        let replaced: Vec<Sealed> = replaced.collect();
        Ok(if replaced.is_empty() { HashMap::new() } else { HashMap::from([(SPOOLS.to_string(), replaced)]) })
    }

    fn sensors_book(&self, telescope: &Telescope) -> Record {
        let known: HashMap<&str, &model::sensor::Sensor> =
            telescope.sensors().iter().map(|sensor| (sensor.name.as_str(), sensor)).collect();
        // An hour that was observed counts as watched, whether packets came or not.
        let mut hours: BTreeMap<&(i64, String), i64> =
            self.deliveries.observed().map(|key| (key, 0)).collect();
        for (key, packets) in &self.hours {
            hours.insert(key, *packets);
        }
        let rows: Vec<(i64, &str, i64)> = hours
            .into_iter()
            .filter(|((_, sensor), _)| sensor != APART)
            .map(|((hour, sensor), cell)| (*hour, sensor.as_str(), cell))
            .collect();
        let text = |of: fn(&model::sensor::Sensor) -> &str| {
            let known = &known;
            rows.iter().map(move |(_, name, _)| known.get(name).map_or("", |sensor| of(sensor)))
        };
        let mut record = Record::new("sensors");
        record.times("at", rows.iter().map(|(hour, _, _)| *hour));
        record.words("sensor", rows.iter().map(|(_, sensor, _)| *sensor));
        record.words("sensor_group", text(|sensor| &sensor.group));
        record.words("region", text(|sensor| &sensor.region));
        record.words("country", text(|sensor| &sensor.country));
        record.words("provider", text(|sensor| &sensor.provider));
        record.words("owner", text(|sensor| &sensor.owner));
        record.int64(
            "asn",
            rows.iter()
                .map(|(_, name, _)| known.get(name).and_then(|sensor| sensor.asn).map_or(-1, i64::from)),
        );
        record.int64(
            "addresses",
            rows.iter().map(|(hour, name, _)| {
                let described = known.get(name).map(|sensor| sensor.addresses_at(Timestamp(*hour)) as i64);
                let told = || self.deliveries.addresses.get(&(*hour, (*name).to_string())).copied();
                described.filter(|addresses| *addresses > 0).or_else(told).or(described).unwrap_or(-1)
            }),
        );
        record.int64("packets", rows.iter().map(|(_, _, packets)| *packets));
        record
    }

    fn accounts_book(&self) -> Record {
        let mut lines: BTreeMap<Place, (u64, u64)> = self.deliveries.accounts.clone();
        for (input, account, spans) in &self.inputs {
            let whole = spans.values().filter_map(|span| span.first).min().unwrap_or(0);
            let end = spans.values().map(|span| span.last + 1).max().unwrap_or(whole);
            let place = |sensor: &str, start, end, reason| Place {
                input: input.id.clone(),
                sensor: sensor.to_string(),
                start,
                end,
                reason,
            };
            for (sensor, span) in spans {
                let place = place(sensor, span.first.unwrap_or(0), span.last + 1, "");
                lines.entry(place).or_default().0 += span.stored;
            }
            // What is lost of an input of one sensor is lost to that sensor.
            let sensor = match spans.keys().collect::<Vec<_>>().as_slice() {
                [only] => only.as_str(),
                _ => APART,
            };
            for (loss, frames) in account.losses() {
                lines.entry(place(sensor, whole, end, loss.name())).or_default().1 += frames;
            }
        }
        let mut record = Record::new("accounts");
        record.words("input", lines.keys().map(|place| place.input.as_str()));
        record.words("sensor", lines.keys().map(|place| place.sensor.as_str()));
        record.times("start", lines.keys().map(|place| place.start));
        record.times("end", lines.keys().map(|place| place.end));
        record.int64("received", lines.values().map(|(stored, lost)| (stored + lost) as i64));
        record.int64("stored", lines.values().map(|(stored, _)| *stored as i64));
        record.int64("held", lines.values().map(|_| 0));
        record.int64("lost", lines.values().map(|(_, lost)| *lost as i64));
        record.words("reason", lines.keys().map(|place| place.reason));
        record
    }

    fn inputs_book(&self, now_us: i64) -> Record {
        let lines = || self.deliveries.lines.iter();
        let hashes: Vec<String> = lines().map(|(_, line)| model::hex::hex(&line.hash)).collect();
        let inputs = || self.inputs.iter().map(|(input, _, _)| input);
        let first = |spans: &BTreeMap<String, Span>| spans.values().filter_map(|span| span.first).min();
        let last = |spans: &BTreeMap<String, Span>| spans.values().map(|span| span.last).max();
        let kind = |is_synthetic: bool| if is_synthetic { SYNTHETIC } else { BATCH };
        let mut record = Record::new("inputs");
        let ids = inputs().map(|input| input.id.as_str()).chain(lines().map(|(id, _)| id.as_str()));
        record.words("input", ids);
        record.words(
            "kind",
            inputs().map(|input| input.kind).chain(lines().map(|(_, line)| kind(line.is_synthetic))),
        );
        record.texts("name", inputs().map(|input| input.name.as_str()).chain(lines().map(|_| FRAMES)));
        record.texts(
            "hash",
            inputs().map(|input| input.hash.as_str()).chain(hashes.iter().map(String::as_str)),
        );
        record.int64(
            "bytes",
            inputs().map(|input| input.bytes as i64).chain(lines().map(|(_, line)| line.bytes as i64)),
        );
        record.words(
            "format",
            inputs().map(|input| input.format.as_str()).chain(lines().map(|_| BATCH_FORMAT)),
        );
        let packets = self.inputs.iter().map(|(_, account, _)| account.stored as i64);
        record.int64("packets", packets.chain(lines().map(|(_, line)| line.packets as i64)));
        let lost = self.inputs.iter().map(|(_, account, _)| account.lost_total() as i64);
        record.int64("lost", lost.chain(lines().map(|(_, line)| line.lost as i64)));
        let firsts = self.inputs.iter().map(|(_, _, spans)| first(spans).unwrap_or(0));
        record.times("first", firsts.chain(lines().map(|(_, line)| line.first.unwrap_or(0))));
        let lasts = self.inputs.iter().map(|(_, _, spans)| last(spans).unwrap_or(0));
        record.times("last", lasts.chain(lines().map(|(_, line)| line.last)));
        record.int16("whole", inputs().map(|input| i16::from(input.whole)).chain(lines().map(|_| 1)));
        record.words(
            "rules",
            inputs().map(|input| input.rules.as_str()).chain(lines().map(|(_, line)| line.rules.as_str())),
        );
        record.words(
            "data",
            inputs().map(|input| input.data.as_str()).chain(lines().map(|(_, line)| line.data.as_str())),
        );
        record.times("imported", inputs().map(|_| now_us).chain(lines().map(|_| now_us)));
        record
    }
}

#[cfg(test)]
pub(crate) mod tests;
