//! Facts counted from packets, on their way into the store: the rows of a day, or of a period, take the place
//! of those that stood there.
//!
//! Files are sealed first and committed together (see `ledger`), so readers see a day's old facts or its new
//! ones in every table, never both. What was replaced stays on disk for readers of older snapshots.
//!
//! **Invariant:** the same facts written twice are there once.

use std::collections::{BTreeSet, HashMap};

use model::column::ColumnType;
use model::fact::{Cell, Fact};
use model::values::BytesColumn;
use teiten_model as model;

use crate::error::StoreError;
use crate::file::DataFile;
use crate::intake::seal;
use crate::ledger::{self, Intent, Sealed};
use crate::location::{Lock, WRITER_WAIT_MS_MAX};
use crate::part::{Packer, PartWriter};
use crate::record::Record;
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::table;

/// Facts of one or more days that are to be committed together.
pub struct Counting<'s> {
    store: &'s Store,
    _lock: Option<Lock>,
    before: Snapshot,
    files: HashMap<String, Vec<Sealed>>,
    labels: BTreeSet<(&'static str, String)>,
    n_files: usize,
    packer: Packer,
}

/// The rows of facts as columns.
fn record<F: Fact>(facts: &[F]) -> Record {
    let mut record = Record::new(F::TABLE);
    for (place, column) in F::COLUMNS.iter().enumerate() {
        let cells = || facts.iter().map(move |fact| fact.cell(place));
        let ints = || cells().map(|cell| if let Cell::Int(number) = cell { number } else { -1 });
        let texts = || cells().map(|cell| if let Cell::Text(text) = cell { text } else { "" });
        match column.kind {
            ColumnType::Int16 => record.int16(column.name, ints().map(|number| number as i16)),
            ColumnType::Int32 => record.int32(column.name, ints().map(|number| number as i32)),
            ColumnType::Int64 | ColumnType::Timestamp => record.int64(column.name, ints()),
            ColumnType::Word => record.words(column.name, texts()),
            ColumnType::Text => record.texts(column.name, texts()),
            ColumnType::Bytes | ColumnType::Address16 => {
                let mut bytes = BytesColumn::default();
                for cell in cells() {
                    bytes.push(if let Cell::Bytes(bytes) = cell { bytes } else { &[] });
                }
                record.bytes(column.name, bytes);
            }
        }
    }
    record
}

impl<'s> Counting<'s> {
    /// Waits until it is the only writer, and completes what a crash cut short.
    pub(crate) fn begin(store: &'s Store) -> Result<Counting<'s>, StoreError> {
        let lock = store.location().lock(WRITER_WAIT_MS_MAX)?;
        let before = store.runtime().block_on(ledger::recovered(store.location()))?;
        let (files, labels) = (HashMap::new(), BTreeSet::new());
        Ok(Counting { store, _lock: lock, before, files, labels, n_files: 0, packer: Packer::default() })
    }

    /// The snapshot on which these facts follow.
    pub fn before(&self) -> &Snapshot {
        &self.before
    }

    /// Puts facts in the place of those that the table had under that label: a day or a period.
    ///
    /// # Panics
    /// When the same label of a table is put twice before a commit: a mistake of ours.
    pub fn put<F: Fact>(&mut self, label: &str, facts: &[F]) -> Result<(), StoreError> {
        assert!(self.labels.insert((F::TABLE, label.to_string())), "{label} of {} is put twice", F::TABLE);
        if facts.is_empty() {
            return Ok(());
        }
        let def = table::of::<F>();
        let mut part = PartWriter::new(&def)?;
        part.append(&record(facts).values(&def), &mut self.packer)?;
        let file = format!("{:020}-{:06}.parquet", self.before.number + 1, self.n_files);
        self.n_files += 1;
        let sealed = seal(self.store, F::TABLE, &file, Some(label.to_string()), part, &mut self.packer)?;
        self.files.entry(F::TABLE.to_string()).or_default().push(sealed);
        Ok(())
    }

    /// Commits what was put and publishes its snapshot; more may be put afterwards.
    pub fn commit(&mut self, now_us: i64) -> Result<(), StoreError> {
        if self.labels.is_empty() {
            return Ok(());
        }
        let intent = self.intent(now_us)?;
        self.before = self.store.runtime().block_on(ledger::commit(self.store.location(), &intent))?;
        self.labels.clear();
        Ok(())
    }

    /// What is to be committed: the files that were put, and those whose place they take.
    fn intent(&mut self, now_us: i64) -> Result<Intent, StoreError> {
        let mut replaced: HashMap<String, Vec<Sealed>> = HashMap::new();
        let names: BTreeSet<&str> = self.labels.iter().map(|(name, _)| *name).collect();
        for name in names {
            let is_replaced = |file: &DataFile| {
                file.day
                    .as_ref()
                    .is_some_and(|day| self.labels.iter().any(|(own, label)| *own == name && label == day))
            };
            let files = self.store.files(&self.before, name)?.into_iter().filter(is_replaced);
            let sealed = files.map(|file| Sealed::of(&file));
            replaced.insert(name.to_string(), sealed.collect());
        }
        Ok(Intent {
            snapshot: self.before.number + 1,
            files: std::mem::take(&mut self.files),
            at_us: now_us,
            replaced,
            is_counted: true,
            ..Intent::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::day::{PortDay, SensorDay};
    use object_store::ObjectStoreExt;
    use object_store::path::Path;

    use crate::table::TableDef;

    fn sensors(names: &[&str]) -> Vec<SensorDay> {
        names.iter().map(|name| SensorDay { sensor: (*name).to_string(), ..SensorDay::default() }).collect()
    }

    /// Rows of a table by label, as the newest snapshot has them.
    fn rows(store: &Store, table: &str) -> Vec<(String, u64)> {
        let files = store.files(&store.snapshot().expect("a snapshot"), table).expect("files");
        files.into_iter().map(|file| (file.day.expect("a label"), file.rows.expect("a count"))).collect()
    }

    fn fresh() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store").display().to_string();
        let store = Store::open_or_make(&path, "UTC").expect("a store");
        (folder, store)
    }

    #[test]
    fn a_days_facts_take_the_place_of_those_before_and_leave_other_days_alone() {
        let (_folder, store) = fresh();
        let mut counting = store.count().expect("a writer");
        counting.put("2014-04-01", &sensors(&["a", "b", "c"])).expect("put");
        counting.put("2014-04-02", &sensors(&["a"])).expect("put");
        counting.commit(1).expect("a commit");
        counting.put("2014-04-01", &sensors(&["a", "b"])).expect("put");
        counting.put("2014-04-03", &sensors(&[])).expect("put");
        counting.commit(2).expect("a commit");
        drop(counting);
        let expected = [("2014-04-01".to_string(), 2), ("2014-04-02".to_string(), 1)];
        assert_eq!(rows(&store, "sensor_days"), expected);
        let mut counting = store.count().expect("a writer");
        counting.put("2014-04-01", &sensors(&[])).expect("put");
        counting.commit(3).expect("a commit");
        assert_eq!(rows(&store, "sensor_days"), expected[1..], "a day may lose all its facts");
        assert_eq!(store.snapshot().expect("a snapshot").number, 3);
    }

    #[test]
    fn what_a_crash_cut_short_is_completed_once() {
        let counted: Vec<TableDef> = table::tables().into_iter().filter(|def| def.is_counted).collect();
        for commits_before_crash in 0..=counted.len() {
            let (_folder, store) = fresh();
            let mut counting = store.count().expect("a writer");
            counting.put("2014-04-01", &sensors(&["a"])).expect("put");
            counting.commit(1).expect("a commit");
            counting.put("2014-04-01", &sensors(&["a", "b"])).expect("put");
            counting.put("2014-04-01", &[PortDay::default()]).expect("put");
            let intent = counting.intent(2).expect("an intent");
            store.runtime().block_on(async {
                let body = serde_json::to_vec(&intent).expect("plain data");
                store.location().objects.put(&Path::from("intent.json"), body.into()).await.expect("put");
                for def in &counted[..commits_before_crash] {
                    ledger::commit_table(store.location(), def, &intent).await.expect("a commit");
                }
            });
            drop(counting);
            assert_eq!(rows(&store, "sensor_days"), [("2014-04-01".to_string(), 1)], "not visible yet");
            drop(store.begin().expect("the next writer"));
            assert_eq!(rows(&store, "sensor_days"), [("2014-04-01".to_string(), 2)]);
            assert_eq!(rows(&store, "port_days"), [("2014-04-01".to_string(), 1)]);
            assert_eq!(store.snapshot().expect("a snapshot").number, 2);
        }
    }
}
