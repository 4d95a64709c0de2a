//! Rows of a day made again: by other rules, other reference data, from the same frames.
//!
//! Rollups have no input in their keys and sketches cannot be taken apart, so the whole day is counted again:
//! rows that are made again are appended, rows that stay are handed over to be counted. Files of which a part
//! is replaced are written anew without it; one commit takes the old files away and brings the new ones, in all
//! tables and one snapshot. Whose packet it is and the account stay: the frames are the same.
//!
//! **Invariant:** as many rows are made again as are taken away, or nothing is committed.
//! **Invariant:** readers see the day before or after, never between.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch, StringArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use model::interval::{Day, HOUR_US, Interval, Timestamp};
use model::rollup::{Grain, ROLLUPS};
use model::sensor::Sensor;

use super::*;
use crate::table::{PACKETS, TableDef};
use crate::{batches, frames};

/// The part of time that is counted again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// The day of the home zone: cells of day tables.
    day: Interval,
    /// The hours that it touches: cells of hour tables.
    hours: Interval,
}

impl Span {
    /// The part that concerns a table; `None` for a table that is not counted from packets.
    fn of(&self, table: &str) -> Option<Interval> {
        match ROLLUPS.iter().find(|rollup| rollup.name == table) {
            Some(rollup) if rollup.grain == Grain::Hour => Some(self.hours),
            Some(_) => Some(self.day),
            None => (table == "sensors").then_some(self.hours),
        }
    }

    /// The rows of a record that lie in it.
    pub(super) fn cut(&self, table: &str, batch: RecordBatch) -> Result<RecordBatch, StoreError> {
        let Some(part) = self.of(table) else { return Ok(batch) };
        let inside = inside(&batch, "at", part, table)?;
        Ok(filter_record_batch(&batch, &inside)?)
    }
}

fn damaged(what: &str, why: &str) -> StoreError {
    StoreError::Damaged { what: what.to_string(), why: why.to_string() }
}

/// Which rows lie in an interval.
fn inside(batch: &RecordBatch, column: &str, part: Interval, what: &str) -> Result<BooleanArray, StoreError> {
    let times = batch
        .column_by_name(column)
        .and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>())
        .ok_or_else(|| damaged(what, "its rows have no time"))?;
    Ok(times.values().iter().map(|at| Some(part.contains(Timestamp(*at)))).collect())
}

/// A day on its way to be made again.
pub struct Rebuild<'s> {
    intake: Intake<'s>,
    before: Snapshot,
    span: Span,
    /// Inputs made again, with the editions of rules and reference data.
    remade: BTreeMap<String, (String, String)>,
    rows: u64,
}

impl<'s> Rebuild<'s> {
    /// Becomes the only writer; the store has nothing to recover.
    pub(crate) fn new(store: &'s Store, lock: Option<Lock>, before: Snapshot, day: Interval) -> Rebuild<'s> {
        let start = day.start.0.div_euclid(HOUR_US) * HOUR_US;
        let end = -(-day.end.0).div_euclid(HOUR_US) * HOUR_US;
        let span = Span { day, hours: Interval { start: Timestamp(start), end: Timestamp(end) } };
        let mut intake = Intake::new(store, lock, before.number + 1, BTreeSet::new());
        intake.only = Some(span);
        Rebuild { intake, before, span, remade: BTreeMap::new(), rows: 0 }
    }

    /// The snapshot from which rows that stay are read.
    pub fn before(&self) -> &Snapshot {
        &self.before
    }

    /// The day whose rows are made again.
    pub fn day(&self) -> Interval {
        self.span.day
    }

    /// The hours whose rows are to be counted.
    pub fn hours(&self) -> Interval {
        self.span.hours
    }

    /// Takes rows made again, all of the day.
    pub fn append(&mut self, columns: &PacketColumns) -> Result<(), StoreError> {
        self.rows += columns.rows() as u64;
        self.intake.append(columns)
    }

    /// Says that every row of the day of an input was made again, and by what.
    pub fn remake(&mut self, input: &str, rules: &str, data: &str) {
        self.remade.insert(input.to_string(), (rules.to_string(), data.to_string()));
    }

    /// Counts rows of the hours that stay as they are.
    pub fn keep(&mut self, columns: &PacketColumns) -> Result<(), StoreError> {
        self.intake.rollups.count(columns);
        self.intake.note(columns);
        if self.intake.rollups.is_full() {
            self.intake.seal_rollups()?;
        }
        Ok(())
    }

    /// Commits the day and publishes its snapshot; `None` when nothing was made again.
    ///
    /// # Errors
    /// Also when the frames are not those that were stored: then nothing changes.
    pub fn commit(mut self, telescope: &Telescope, now_us: i64) -> Result<Option<Snapshot>, StoreError> {
        let store = self.intake.store;
        match self.seal_all(telescope, now_us)? {
            Some(intent) => store.runtime().block_on(ledger::commit(store.location(), &intent)).map(Some),
            None => Ok(None),
        }
    }

    /// Seals the day as it becomes and lists what is to be committed.
    pub(super) fn seal_all(
        &mut self,
        telescope: &Telescope,
        now_us: i64,
    ) -> Result<Option<Intent>, StoreError> {
        if self.remade.is_empty() {
            return Ok(None);
        }
        self.intake.parts.seal_days()?;
        self.intake.seal_rollups()?;
        let telescope = self.sensors(telescope)?;
        let sensors = self.intake.sensors_book(&telescope);
        self.intake.seal_record(&sensors)?;
        let mut replaced: HashMap<String, Vec<Sealed>> = HashMap::new();
        let mut rows_gone = 0;
        for def in table::tables().iter().filter(|def| !def.is_counted) {
            for file in self.intake.store.files(&self.before, def.name)? {
                if let Some(gone) = self.rewrite(def, &file)? {
                    rows_gone += if def.name == PACKETS { gone } else { 0 };
                    replaced.entry(def.name.to_string()).or_default().push(Sealed::of(&file));
                }
            }
        }
        if rows_gone != self.rows {
            return Err(damaged(
                "the frames of the day",
                &format!("{} rows came out of them, {rows_gone} are stored", self.rows),
            ));
        }
        Ok(Some(Intent {
            snapshot: self.before.number + 1,
            inputs: Vec::new(),
            files: self.intake.parts.take_files(),
            at_us: now_us,
            replaced,
            is_counted: false,
            spools: Vec::new(),
            is_rebuilt: true,
            keeping: None,
        }))
    }

    /// Which rows of a file stay, by the columns named; `None` when the table keeps all.
    fn stays(&self, def: &TableDef) -> Option<Vec<&'static str>> {
        match def.name {
            PACKETS => Some(vec!["ts", "input"]),
            "inputs" => Some(vec!["input"]),
            name => self.span.of(name).map(|_| vec!["at"]),
        }
    }

    /// The rows of a batch that stay.
    fn staying(&self, def: &TableDef, batch: &RecordBatch) -> Result<BooleanArray, StoreError> {
        let part =
            if def.name == PACKETS { self.span.day } else { self.span.of(def.name).unwrap_or_default() };
        match def.name {
            // Each stays, with other editions.
            "inputs" => Ok(texts(batch, "input", def.name)?
                .iter()
                .map(|input| Some(self.editions(input).is_none()))
                .collect()),
            PACKETS => {
                let inside = inside(batch, "ts", part, def.name)?;
                let inputs = texts(batch, "input", def.name)?;
                let is_remade = |row: usize| inside.value(row) && self.remade.contains_key(inputs.value(row));
                Ok((0..batch.num_rows()).map(|row| Some(!is_remade(row))).collect())
            }
            name => {
                Ok(inside(batch, "at", part, name)?.iter().map(|is_inside| is_inside.map(|it| !it)).collect())
            }
        }
    }

    /// The editions by which an input of the book was made again.
    fn editions(&self, input: Option<&str>) -> Option<&(String, String)> {
        let input = input?;
        self.remade.get(input).or_else(|| {
            // A line of a spool's day stands for its batches.
            let mut after = self.remade.range(format!("{input}-")..);
            after
                .next()
                .filter(|(batch, _)| frames::line_of(batch) == Some(input))
                .map(|(_, editions)| editions)
        })
    }

    /// Writes a file anew without the rows that go; gives how many go, `None` when all stay.
    fn rewrite(&mut self, def: &TableDef, file: &DataFile) -> Result<Option<u64>, StoreError> {
        let Some(columns) = self.stays(def) else { return Ok(None) };
        if def.name == PACKETS && !self.touches_day(file) {
            return Ok(None);
        }
        let store = self.intake.store;
        let bytes = store.runtime().block_on(store.location().read(&file.path))?;
        let mut gone = 0;
        for batch in batches::of_bytes(bytes.clone(), &file.path, Some(&columns))? {
            gone += self.staying(def, &batch?)?.false_count() as u64;
        }
        if gone == 0 {
            return Ok(None);
        }
        let mut part = PartWriter::new(def)?;
        let mut rows = 0;
        for batch in batches::of_bytes(bytes, &file.path, None)? {
            let batch = batch?;
            let batch = match def.name {
                "inputs" => self.with_editions(&batch)?,
                _ => filter_record_batch(&batch, &self.staying(def, &batch)?)?,
            };
            if batch.num_rows() == 0 {
                continue;
            }
            let record =
                Record::of_batch(def, &batch).map_err(|error| damaged(&file.path, &error.to_string()))?;
            rows += batch.num_rows();
            self.intake.parts.add(&mut part, &record, def)?;
        }
        if rows > 0 {
            self.intake.parts.seal(def.name, file.day.clone(), part)?;
        }
        Ok(Some(gone))
    }

    /// Whether a file of packets can have rows of the day.
    fn touches_day(&self, file: &DataFile) -> bool {
        let days =
            [self.span.day.start, Timestamp(self.span.day.end.0 - 1)].map(|at| Day::of(at).to_string());
        file.day.as_ref().is_none_or(|day| days[0] <= *day && *day <= days[1])
    }

    /// Lines of the book of inputs with the editions of today where they were made again.
    fn with_editions(&self, batch: &RecordBatch) -> Result<RecordBatch, StoreError> {
        let inputs = texts(batch, "input", "inputs")?;
        let mut columns = batch.columns().to_vec();
        for (name, of) in [("rules", 0), ("data", 1)] {
            let place = batch.schema().index_of(name)?;
            let old = texts(batch, name, "inputs")?;
            let new: StringArray = (0..batch.num_rows())
                .map(|row| match self.editions(Some(inputs.value(row))) {
                    Some(editions) => Some(if of == 0 { editions.0.as_str() } else { editions.1.as_str() }),
                    None => old.is_valid(row).then(|| old.value(row)),
                })
                .map(|word| word.filter(|word| !word.is_empty()))
                .collect();
            columns[place] = Arc::new(new);
        }
        Ok(RecordBatch::try_new(batch.schema(), columns)?)
    }

    /// The sensors of the hours as they were described, where nobody describes them today; notes the hours that
    /// they watched without a packet.
    fn sensors(&mut self, telescope: &Telescope) -> Result<Telescope, StoreError> {
        let mut sensors: BTreeMap<String, Sensor> = BTreeMap::new();
        let store = self.intake.store;
        for file in store.files(&self.before, "sensors")? {
            for batch in batches::of_file(store, &file.path, None)? {
                let batch = batch?;
                let inside = inside(&batch, "at", self.span.hours, &file.path)?;
                self.see(&filter_record_batch(&batch, &inside)?, &mut sensors)?;
            }
        }
        for sensor in telescope.sensors() {
            sensors.insert(sensor.name.clone(), sensor.clone());
        }
        Ok(Telescope::new(sensors.into_values().collect()))
    }

    /// Takes lines of the book of sensors.
    fn see(&mut self, batch: &RecordBatch, sensors: &mut BTreeMap<String, Sensor>) -> Result<(), StoreError> {
        let numbers = |name: &str| {
            let column = batch.column_by_name(name).and_then(|column| column.as_primitive_opt::<Int64Type>());
            column.ok_or_else(|| damaged("the book of sensors", "a column is no number"))
        };
        let (addresses, asn) = (numbers("addresses")?, numbers("asn")?);
        let times =
            batch.column_by_name("at").and_then(|at| at.as_primitive_opt::<TimestampMicrosecondType>());
        let times = times.ok_or_else(|| damaged("the book of sensors", "its rows have no time"))?;
        let column = |name| texts(batch, name, "the book of sensors");
        let (names, groups, regions) = (column("sensor")?, column("sensor_group")?, column("region")?);
        let (countries, providers, owners) = (column("country")?, column("provider")?, column("owner")?);
        for row in 0..batch.num_rows() {
            let text = |column: &StringArray| {
                if column.is_valid(row) { column.value(row).to_string() } else { String::new() }
            };
            let name = text(names);
            let watched = if addresses.is_valid(row) { addresses.value(row) } else { -1 };
            self.intake.deliveries.see(times.value(row), &name, watched);
            sensors.entry(name.clone()).or_insert_with(|| Sensor {
                name,
                group: text(groups),
                region: text(regions),
                country: text(countries),
                asn: asn.is_valid(row).then(|| asn.value(row) as u32),
                provider: text(providers),
                owner: text(owners),
                watches: Vec::new(),
            });
        }
        Ok(())
    }
}

/// A column of texts.
fn texts<'b>(batch: &'b RecordBatch, column: &str, what: &str) -> Result<&'b StringArray, StoreError> {
    batch
        .column_by_name(column)
        .and_then(|column| column.as_string_opt::<i32>())
        .ok_or_else(|| damaged(what, &format!("its column {column} is no text")))
}
