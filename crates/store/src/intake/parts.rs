//! The files of a group in the making: one open part a UTC day, and whatever is sealed already.
//!
//! **Invariant:** memory of open parts is bounded by [`OPEN_PARTS_MAX`] and [`OPEN_BYTES_MAX`].

use std::collections::{BTreeMap, HashMap};

use model::columns::PacketColumns;
use model::interval::{Day, Timestamp};
use teiten_model as model;

use crate::error::StoreError;
use crate::jobs;
use crate::ledger::Sealed;
use crate::part::{PART_BYTES_MAX, Packer, Part, PartWriter};
use crate::record::Record;
use crate::store::Store;
use crate::table::{self, PACKETS, TableDef};

/// Days whose parts may be open at the same time.
const OPEN_PARTS_MAX: usize = 48;

/// A block of fewer rows is counted and encoded by one thread: starting another would cost more.
const ROWS_FOR_A_THREAD: usize = 1024;

/// Memory that open parts may hold together, in bytes.
const OPEN_BYTES_MAX: usize = 160 << 20;

/// A closed part that is yet to be laid down.
pub(super) struct Finished {
    table: &'static str,
    day: Option<String>,
    file: String,
    part: Part,
}

impl Finished {
    /// Lays it down as a file, which is given with its table.
    pub(super) fn lay(self, store: &Store) -> Result<(&'static str, Sealed), StoreError> {
        let sealed = super::lay(store, self.table, &self.file, self.day, self.part)?;
        Ok((self.table, sealed))
    }
}

/// Parts on their way into the store.
pub(super) struct Parts<'s> {
    store: &'s Store,
    number: u64,
    packets: TableDef,
    open: BTreeMap<i32, PartWriter>,
    /// One for each of two threads.
    packers: [Packer; 2],
    /// Rows of one day out of a block of several.
    of_day: PacketColumns,
    files: HashMap<String, Vec<Sealed>>,
    n_files: usize,
}

fn day_of(ts: i64) -> i32 {
    Day::of(Timestamp(ts)).0
}

impl<'s> Parts<'s> {
    /// No parts yet, for the group of that number.
    pub(super) fn new(store: &'s Store, number: u64) -> Parts<'s> {
        Parts {
            store,
            number,
            packets: table::find(PACKETS).expect("the table of packets is in the list"),
            open: BTreeMap::new(),
            packers: Default::default(),
            of_day: PacketColumns::default(),
            files: HashMap::new(),
            n_files: 0,
        }
    }

    /// Adds packets to the parts of their days, on two threads, of which the first does `beside` before; few are added
    /// on one.
    pub(super) fn append(
        &mut self,
        columns: &PacketColumns,
        beside: impl FnOnce() + Send,
    ) -> Result<(), StoreError> {
        let ends = columns.ts.iter().min().zip(columns.ts.iter().max());
        let Some((first, last)) = ends.map(|(first, last)| (day_of(*first), day_of(*last))) else {
            return Ok(());
        };
        let n_threads = if columns.rows() < ROWS_FOR_A_THREAD { 1 } else { self.packers.len() };
        if first == last {
            return self.write(first, columns, n_threads, beside);
        }
        let mut rows_of: BTreeMap<i32, Vec<u32>> = BTreeMap::new();
        for (row, ts) in columns.ts.iter().enumerate() {
            rows_of.entry(day_of(*ts)).or_default().push(row as u32);
        }
        let (mut of_day, mut beside) = (std::mem::take(&mut self.of_day), Some(beside));
        for (day, rows) in rows_of {
            of_day.take_rows(columns, &rows);
            let beside = beside.take();
            self.write(day, &of_day, n_threads, || beside.into_iter().for_each(|work| work()))?;
        }
        self.of_day = of_day;
        Ok(())
    }

    /// Adds packets of one day to its part, on so many threads, of which the first does `beside` before.
    fn write(
        &mut self,
        day: i32,
        columns: &PacketColumns,
        n_threads: usize,
        beside: impl FnOnce() + Send,
    ) -> Result<(), StoreError> {
        if !self.open.contains_key(&day) {
            if self.open.len() >= OPEN_PARTS_MAX {
                self.seal_largest()?;
            }
            self.open.insert(day, PartWriter::new(&self.packets)?);
        }
        let part = self.open.get_mut(&day).expect("the part was just opened");
        part.append_shared(&columns.all(), &mut self.packers[..n_threads], beside)?;
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

    /// Closes the parts of all days; they are yet to be laid down.
    pub(super) fn finish_days(&mut self) -> Result<Vec<Finished>, StoreError> {
        let open = std::mem::take(&mut self.open);
        let finished = open.into_iter().map(|(day, part)| {
            let part = part.finish_shared(&mut self.packers)?;
            Ok(Finished { table: PACKETS, day: Some(Day(day).to_string()), file: self.next_file(), part })
        });
        finished.collect()
    }

    /// Takes what was laid down.
    pub(super) fn take_laid(&mut self, laid: Vec<(&'static str, Sealed)>) {
        for (table, sealed) in laid {
            self.files.entry(table.to_string()).or_default().push(sealed);
        }
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
        part.append(&record.values(table), &mut self.packers[0])
    }

    /// Makes parts on two threads, one after the other on each, and lays each down as soon as it is made.
    pub(super) fn make<J: Send>(
        &mut self,
        jobs: Vec<J>,
        part_of: impl Fn(J, &mut Packer) -> Result<Option<(&'static str, Part)>, StoreError> + Sync,
    ) -> Result<(), StoreError> {
        // Names do not depend on who is ready first; what has no rows leaves a gap.
        let files: Vec<String> = jobs.iter().map(|_| self.next_file()).collect();
        let store = self.store;
        let jobs = jobs.into_iter().zip(files).collect();
        let laid = jobs::share(jobs, &mut self.packers, |(job, file), packer| {
            let Some((table, part)) = part_of(job, packer)? else { return Ok(None) };
            Finished { table, day: None, file, part }.lay(store).map(Some)
        });
        self.take_laid(laid.into_iter().filter_map(Result::transpose).collect::<Result<_, StoreError>>()?);
        Ok(())
    }

    /// Closes a part and lays it down as a file.
    pub(super) fn seal(
        &mut self,
        table: &'static str,
        day: Option<String>,
        part: PartWriter,
    ) -> Result<(), StoreError> {
        let part = part.finish_shared(&mut self.packers)?;
        let laid = Finished { table, day, file: self.next_file(), part }.lay(self.store)?;
        self.take_laid(vec![laid]);
        Ok(())
    }

    fn next_file(&mut self) -> String {
        let file = format!("{:020}-{:06}.parquet", self.number, self.n_files);
        self.n_files += 1;
        file
    }

    /// What was sealed, by table; nothing of it is left.
    pub(super) fn take_files(&mut self) -> HashMap<String, Vec<Sealed>> {
        std::mem::take(&mut self.files)
    }
}
