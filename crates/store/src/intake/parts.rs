//! The files of a group in the making: one open part a UTC day, and whatever is sealed already.
//!
//! **Invariant:** memory of open parts is bounded by [`OPEN_PARTS_MAX`] and [`OPEN_BYTES_MAX`].

use std::collections::{BTreeMap, HashMap};

use model::columns::PacketColumns;
use model::interval::{Day, Timestamp};
use teiten_model as model;

use crate::error::StoreError;
use crate::ledger::Sealed;
use crate::part::{PART_BYTES_MAX, Packer, PartWriter};
use crate::record::Record;
use crate::store::Store;
use crate::table::{self, PACKETS, TableDef};

/// Days whose parts may be open at the same time.
const OPEN_PARTS_MAX: usize = 48;

/// Memory that open parts may hold together, in bytes.
const OPEN_BYTES_MAX: usize = 160 << 20;

/// Parts on their way into the store.
pub(super) struct Parts<'s> {
    store: &'s Store,
    number: u64,
    packets: TableDef,
    open: BTreeMap<i32, PartWriter>,
    packer: Packer,
    /// Rows of one day out of a block of several.
    of_day: PacketColumns,
    files: HashMap<String, Vec<Sealed>>,
    n_files: usize,
}

impl<'s> Parts<'s> {
    /// No parts yet, for the group of that number.
    pub(super) fn new(store: &'s Store, number: u64) -> Parts<'s> {
        Parts {
            store,
            number,
            packets: table::find(PACKETS).expect("the table of packets is in the list"),
            open: BTreeMap::new(),
            packer: Packer::default(),
            of_day: PacketColumns::default(),
            files: HashMap::new(),
            n_files: 0,
        }
    }

    /// Adds packets to the parts of their days.
    pub(super) fn append(&mut self, columns: &PacketColumns) -> Result<(), StoreError> {
        let day_of = |ts: &i64| Day::of(Timestamp(*ts)).0;
        let days = columns.ts.iter().map(day_of);
        let (first, last) = days.fold((i32::MAX, i32::MIN), |(low, high), day| (low.min(day), high.max(day)));
        if first == last {
            return self.write(first, columns);
        }
        let mut rows_of: BTreeMap<i32, Vec<u32>> = BTreeMap::new();
        for (row, ts) in columns.ts.iter().enumerate() {
            rows_of.entry(day_of(ts)).or_default().push(row as u32);
        }
        let mut of_day = std::mem::take(&mut self.of_day);
        for (day, rows) in rows_of {
            of_day.take_rows(columns, &rows);
            self.write(day, &of_day)?;
        }
        self.of_day = of_day;
        Ok(())
    }

    fn write(&mut self, day: i32, columns: &PacketColumns) -> Result<(), StoreError> {
        if !self.open.contains_key(&day) {
            if self.open.len() >= OPEN_PARTS_MAX {
                self.seal_largest()?;
            }
            self.open.insert(day, PartWriter::new(&self.packets)?);
        }
        let part = self.open.get_mut(&day).expect("the part was just opened");
        part.append(&columns.all(), &mut self.packer)?;
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

    /// Seals the parts of all days.
    pub(super) fn seal_days(&mut self) -> Result<(), StoreError> {
        while let Some(day) = self.open.keys().next().copied() {
            self.seal_day(day)?;
        }
        Ok(())
    }

    fn seal_day(&mut self, day: i32) -> Result<(), StoreError> {
        match self.open.remove(&day) {
            Some(part) => self.seal(PACKETS, Some(Day(day).to_string()), part),
            None => Ok(()),
        }
    }

    /// Adds rows to a part of any table.
    pub(super) fn add(
        &mut self,
        part: &mut PartWriter,
        record: &Record,
        table: &TableDef,
    ) -> Result<(), StoreError> {
        part.append(&record.values(table), &mut self.packer)
    }

    /// Lays down a part as a file.
    pub(super) fn seal(
        &mut self,
        table: &str,
        day: Option<String>,
        part: PartWriter,
    ) -> Result<(), StoreError> {
        let file = format!("{:020}-{:06}.parquet", self.number, self.n_files);
        self.n_files += 1;
        let sealed = super::seal(self.store, table, &file, day, part, &mut self.packer)?;
        self.files.entry(table.to_string()).or_default().push(sealed);
        Ok(())
    }

    /// What was sealed, by table; nothing of it is left.
    pub(super) fn take_files(&mut self) -> HashMap<String, Vec<Sealed>> {
        std::mem::take(&mut self.files)
    }
}
