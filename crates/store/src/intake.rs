//! Takes the packets of a group of inputs and commits them to every table at once.
//!
//! Rows go to one open part a UTC day; parts that grow, or that are too many, are sealed on the way.
//! Nothing is visible before [`Intake::commit`]; dropping an intake leaves only unnamed files, which the
//! next group with the same number writes over.
//!
//! **Invariant:** memory is bounded by [`OPEN_PARTS_MAX`], [`OPEN_BYTES_MAX`] and the cells of the rollups.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow::array::{RecordBatch, UInt32Array};
use arrow::datatypes::SchemaRef;
use model::account::{Account, Loss};
use model::columns::PacketColumns;
use model::interval::{Day, HOUR_US, Timestamp};
use model::sensor::{APART, Telescope};
use object_store::ObjectStoreExt;
use object_store::path::Path;
use teiten_model as model;

use crate::error::StoreError;
use crate::ledger::{self, Intent, Sealed};
use crate::location::Lock;
use crate::part::{PART_BYTES_MAX, PartWriter};
use crate::record::Record;
use crate::rollup::Rollups;
use crate::rows;
use crate::schema;
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::table::{self, DAY, PACKETS, TableDef};

/// Days whose parts may be open at the same time.
const OPEN_PARTS_MAX: usize = 48;

/// Memory that open parts may hold together, in bytes.
const OPEN_BYTES_MAX: usize = 160 << 20;

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
) -> Result<Sealed, StoreError> {
    let part = part.finish()?;
    let path = match &day {
        Some(day) => format!("{DAY}={day}/{file}"),
        None => file.to_string(),
    };
    let full = format!("tables/{table}/{path}");
    let size_bytes = part.bytes.len() as u64;
    let location = store.location();
    store.runtime().block_on(location.objects.put(&Path::from(full.as_str()), part.bytes.into()))?;
    location.sync(&full)?;
    Ok(Sealed { path, size_bytes, rows: part.rows as u64, day })
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
    packets: TableDef,
    schema: SchemaRef,
    open: BTreeMap<i32, PartWriter>,
    rollups: Rollups,
    files: HashMap<String, Vec<Sealed>>,
    n_files: usize,
    inputs: Vec<(Input, Account, BTreeMap<String, Span>)>,
    spans: BTreeMap<String, Span>,
    hours: BTreeMap<(i64, String), i64>,
    rows: u64,
}

impl<'s> Intake<'s> {
    pub(crate) fn new(
        store: &'s Store,
        lock: Option<Lock>,
        number: u64,
        stored: BTreeSet<String>,
    ) -> Intake<'s> {
        let packets = table::find(PACKETS).expect("the table of packets is in the list");
        Intake {
            schema: schema::write_schema(&packets),
            packets,
            store,
            _lock: lock,
            number,
            stored,
            open: BTreeMap::new(),
            rollups: Rollups::new(store.home_zone()),
            files: HashMap::new(),
            n_files: 0,
            inputs: Vec::new(),
            spans: BTreeMap::new(),
            hours: BTreeMap::new(),
            rows: 0,
        }
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
        self.rollups.count(columns);
        if self.rollups.is_full() {
            self.seal_rollups()?;
        }
        self.note(columns);
        let batch = rows::to_batch(columns, &self.schema)?;
        let day_of = |ts: &i64| Day::of(Timestamp(*ts)).0;
        let (first, last) = columns
            .ts
            .iter()
            .map(day_of)
            .fold((i32::MAX, i32::MIN), |(low, high), day| (low.min(day), high.max(day)));
        if first == last {
            self.write(first, &batch)?;
        } else {
            let mut rows_of: BTreeMap<i32, Vec<u32>> = BTreeMap::new();
            for (row, ts) in columns.ts.iter().enumerate() {
                rows_of.entry(day_of(ts)).or_default().push(row as u32);
            }
            for (day, rows) in rows_of {
                self.write(day, &arrow::compute::take_record_batch(&batch, &UInt32Array::from(rows))?)?;
            }
        }
        self.rows += columns.rows() as u64;
        Ok(())
    }

    /// Counts rows by sensor and hour, for the books.
    fn note(&mut self, columns: &PacketColumns) {
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
                    if let Some(run) = run.take() {
                        self.note_run(columns, &run);
                    }
                    *run = Some(Run { hour, sensor: *sensor, first: *ts, last: *ts, packets: 1 });
                }
            }
        }
        if let Some(run) = run {
            self.note_run(columns, &run);
        }
    }

    fn note_run(&mut self, columns: &PacketColumns, run: &Run) {
        let sensor = columns.sensor.words()[usize::from(run.sensor)].clone();
        self.spans.entry(sensor.clone()).or_default().add(run.first, run.last, run.packets);
        *self.hours.entry((run.hour, sensor)).or_default() += run.packets as i64;
    }

    fn write(&mut self, day: i32, batch: &RecordBatch) -> Result<(), StoreError> {
        if !self.open.contains_key(&day) {
            if self.open.len() >= OPEN_PARTS_MAX {
                self.seal_largest()?;
            }
            self.open.insert(day, PartWriter::new(&self.packets, &self.schema)?);
        }
        let part = self.open.get_mut(&day).expect("the part was just opened");
        part.append(batch)?;
        if part.size_bytes() >= PART_BYTES_MAX {
            self.seal_day(day)?;
        }
        while self.open.values().map(PartWriter::memory_bytes).sum::<usize>() > OPEN_BYTES_MAX {
            self.seal_largest()?;
        }
        Ok(())
    }

    fn seal_largest(&mut self) -> Result<(), StoreError> {
        match self.open.iter().max_by_key(|(_, part)| part.memory_bytes()).map(|(day, _)| *day) {
            Some(day) => self.seal_day(day),
            None => Ok(()),
        }
    }

    fn seal_day(&mut self, day: i32) -> Result<(), StoreError> {
        match self.open.remove(&day) {
            Some(part) => self.seal(PACKETS, Some(Day(day).to_string()), part),
            None => Ok(()),
        }
    }

    fn seal(&mut self, name: &str, day: Option<String>, part: PartWriter) -> Result<(), StoreError> {
        let file = format!("{:020}-{:06}.parquet", self.number, self.n_files);
        self.n_files += 1;
        let sealed = seal(self.store, name, &file, day, part)?;
        self.files.entry(name.to_string()).or_default().push(sealed);
        Ok(())
    }

    fn seal_rollups(&mut self) -> Result<(), StoreError> {
        for (_, record) in self.rollups.take() {
            self.seal_record(&record)?;
        }
        Ok(())
    }

    fn seal_record(&mut self, record: &Record) -> Result<(), StoreError> {
        if record.is_empty() {
            return Ok(());
        }
        let def = table::find(record.table()).expect("a record belongs to a table of the list");
        let mut part = PartWriter::new(&def, &schema::write_schema(&def))?;
        part.append(&record.to_batch(&def)?)?;
        self.seal(def.name, None, part)
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
        let spans = std::mem::take(&mut self.spans);
        let stored: u64 = spans.values().map(|span| span.stored).sum();
        assert_eq!(stored, account.stored, "rows taken of {} must be those accounted for", input.name);
        self.inputs.push((input, account, spans));
        Ok(())
    }

    /// Commits the group and publishes its snapshot; `None` when there was no input.
    ///
    /// # Panics
    /// When blocks were taken after the last input was closed: a mistake of ours.
    pub fn commit(mut self, telescope: &Telescope, now_us: i64) -> Result<Option<Snapshot>, StoreError> {
        assert!(self.spans.is_empty(), "every input must be closed before the commit");
        if self.inputs.is_empty() {
            return Ok(None);
        }
        let days: Vec<i32> = self.open.keys().copied().collect();
        for day in days {
            self.seal_day(day)?;
        }
        self.seal_rollups()?;
        let (sensors, accounts, inputs) =
            (self.sensors_book(telescope), self.accounts_book(), self.inputs_book(now_us));
        for record in [&sensors, &accounts, &inputs] {
            self.seal_record(record)?;
        }
        let intent = Intent {
            snapshot: self.number,
            inputs: self.inputs.iter().map(|(input, _, _)| input.id.clone()).collect(),
            files: std::mem::take(&mut self.files),
            at_us: now_us,
            replaced: HashMap::new(),
            is_counted: false,
        };
        self.store.runtime().block_on(ledger::commit(self.store.location(), &intent)).map(Some)
    }

    fn sensors_book(&self, telescope: &Telescope) -> Record {
        let known: HashMap<&str, &model::sensor::Sensor> =
            telescope.sensors().iter().map(|sensor| (sensor.name.as_str(), sensor)).collect();
        let rows: Vec<(i64, &str, i64)> = self
            .hours
            .iter()
            .filter(|((_, sensor), _)| sensor != APART)
            .map(|((hour, sensor), cell)| (*hour, sensor.as_str(), *cell))
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
                known.get(name).map_or(-1, |sensor| sensor.addresses_at(Timestamp(*hour)) as i64)
            }),
        );
        record.int64("packets", rows.iter().map(|(_, _, packets)| *packets));
        record
    }

    fn accounts_book(&self) -> Record {
        struct Line<'a> {
            input: &'a str,
            sensor: &'a str,
            span: (i64, i64),
            stored: u64,
            lost: u64,
            reason: &'static str,
        }
        let mut lines = Vec::new();
        for (input, account, spans) in &self.inputs {
            let whole = spans.values().filter_map(|span| span.first).min().unwrap_or(0);
            let end = spans.values().map(|span| span.last + 1).max().unwrap_or(whole);
            let input = input.id.as_str();
            for (sensor, span) in spans {
                let of = (span.first.unwrap_or(0), span.last + 1);
                lines.push(Line { input, sensor, span: of, stored: span.stored, lost: 0, reason: "" });
            }
            // What is lost of an input of one sensor is lost to that sensor.
            let sensor = match spans.keys().collect::<Vec<_>>().as_slice() {
                [only] => only.as_str(),
                _ => APART,
            };
            for loss in Loss::ALL {
                let lost = account.lost(loss);
                if lost > 0 {
                    lines.push(Line {
                        input,
                        sensor,
                        span: (whole, end),
                        stored: 0,
                        lost,
                        reason: loss.name(),
                    });
                }
            }
        }
        let mut record = Record::new("accounts");
        record.words("input", lines.iter().map(|line| line.input));
        record.words("sensor", lines.iter().map(|line| line.sensor));
        record.times("start", lines.iter().map(|line| line.span.0));
        record.times("end", lines.iter().map(|line| line.span.1));
        record.int64("received", lines.iter().map(|line| (line.stored + line.lost) as i64));
        record.int64("stored", lines.iter().map(|line| line.stored as i64));
        record.int64("held", lines.iter().map(|_| 0));
        record.int64("lost", lines.iter().map(|line| line.lost as i64));
        record.words("reason", lines.iter().map(|line| line.reason));
        record
    }

    fn inputs_book(&self, now_us: i64) -> Record {
        let inputs = || self.inputs.iter().map(|(input, _, _)| input);
        let first = |spans: &BTreeMap<String, Span>| spans.values().filter_map(|span| span.first).min();
        let mut record = Record::new("inputs");
        record.words("input", inputs().map(|input| input.id.as_str()));
        record.words("kind", inputs().map(|input| input.kind));
        record.texts("name", inputs().map(|input| input.name.as_str()));
        record.texts("hash", inputs().map(|input| input.hash.as_str()));
        record.int64("bytes", inputs().map(|input| input.bytes as i64));
        record.words("format", inputs().map(|input| input.format.as_str()));
        record.int64("packets", self.inputs.iter().map(|(_, account, _)| account.stored as i64));
        record.int64("lost", self.inputs.iter().map(|(_, account, _)| account.lost_total() as i64));
        record.times("first", self.inputs.iter().map(|(_, _, spans)| first(spans).unwrap_or(0)));
        record.times(
            "last",
            self.inputs.iter().map(|(_, _, spans)| spans.values().map(|span| span.last).max().unwrap_or(0)),
        );
        record.int16("whole", inputs().map(|input| i16::from(input.whole)));
        record.words("rules", inputs().map(|input| input.rules.as_str()));
        record.words("data", inputs().map(|input| input.data.as_str()));
        record.times("imported", inputs().map(|_| now_us));
        record
    }
}
