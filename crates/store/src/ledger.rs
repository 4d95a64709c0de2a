//! Commits a group of inputs to every table, once, whatever crashes in between.
//!
//! Data files lie sealed before this begins. The *intent* is then put: a list of the commits, one a
//! table, each with its files and its ledger entries (Delta `txn`: application = input, version).
//! After the last commit, in whatever order they come, and the snapshot the intent is deleted. A writer that finds an intent
//! completes it first: commits that carry their ledger entry already are passed over.
//! Facts counted from packets are committed likewise, to their own tables; the other tables of the snapshot
//! keep the version of the one before. So do, of a group of batches, the tables that it has no rows for: a
//! group comes every few seconds, for years.
//!
//! **Invariant:** at most one intent stands at a time, because writers hold the store's lock, or in a bucket the
//! turn of its number (see `shared`).

use std::collections::HashMap;

use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties, TransactionError};
use deltalake_core::kernel::{Action, Add, Remove, Transaction};
use deltalake_core::logstore::LogStoreRef;
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use deltalake_core::table::builder::DeltaTableBuilder;
use deltalake_core::{DeltaTable, DeltaTableError};
use futures::{StreamExt, stream};
use object_store::ObjectStoreExt;
use object_store::path::Path;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::file::{DataFile, NUMBER_DIGITS};
use crate::location::Location;
use crate::schema;
use crate::shared;
use crate::snapshot::{self, Snapshot};
use crate::spools::SPOOLS;
use crate::table::{self, DAY, TableDef};

/// The version of a ledger entry that says "this whole input is stored".
const STORED: i64 = 1;

/// The intent of a store in a folder; a bucket has one a number.
const INTENT: &str = "intent.json";

/// Tables that are committed to at the same time: most of a commit is waiting for the disk or the bucket.
const COMMITS_MAX: usize = 6;

/// How often a commit to a table of a bucket is tried: each time another writer was first, and helped.
const COMMIT_TRIES_MAX: usize = 32;

/// A sealed file that waits for its commit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sealed {
    /// Path below the table's root.
    pub path: String,
    /// Size, in bytes.
    pub size_bytes: u64,
    /// Rows.
    pub rows: u64,
    /// UTC day, for a table partitioned by day.
    pub day: Option<String>,
}

impl Sealed {
    /// A file of a snapshot.
    pub(crate) fn of(file: &DataFile) -> Sealed {
        // Below `tables/<name>/`.
        let path = file.path.splitn(3, '/').nth(2).unwrap_or(&file.path);
        Sealed {
            path: path.to_string(),
            size_bytes: file.size_bytes,
            rows: file.rows.unwrap_or(0),
            day: file.day.clone(),
        }
    }

    /// Gives the file of a table the number of a snapshot, which its name begins with; `false` when it is not there.
    pub(crate) async fn renumber(
        &mut self,
        location: &Location,
        table: &str,
        snapshot: u64,
    ) -> Result<bool, StoreError> {
        let at = self.path.rfind('/').map_or(0, |slash| slash + 1);
        let renamed = format!("{}{snapshot:020}{}", &self.path[..at], &self.path[at + NUMBER_DIGITS..]);
        let full = |path: &str| Path::from(format!("tables/{table}/{path}"));
        let (from, to) = (full(&self.path), full(&renamed));
        if from != to {
            match location.objects.rename(&from, &to).await {
                Err(object_store::Error::NotFound { .. }) => return Ok(false),
                done => done?,
            }
            location.sync(to.as_ref())?;
        }
        self.path = renamed;
        Ok(true)
    }

    /// The number that its name begins with.
    pub(crate) fn number(&self) -> Option<u64> {
        DataFile::number(self.path.rsplit('/').next().unwrap_or(&self.path))
    }
}

/// Everything that is to be committed together.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Intent {
    /// Number the snapshot will have.
    pub snapshot: u64,
    /// Inputs whose rows these are.
    pub inputs: Vec<String>,
    /// Sealed files of each table.
    pub files: HashMap<String, Vec<Sealed>>,
    /// When the commit was asked for: microseconds since 1970-01-01T00:00Z.
    pub at_us: i64,
    /// Files that the new ones take the place of, or that go, by table.
    #[serde(default)]
    pub replaced: HashMap<String, Vec<Sealed>>,
    /// Whether these are facts counted from packets, and no packets: then only the counted tables change.
    #[serde(default)]
    pub is_counted: bool,
    /// Spools of live sensors whose batches these are, with the last number of each; then `inputs` is empty.
    #[serde(default)]
    pub spools: Vec<(String, i64)>,
    /// Whether rows that were stored are made again; then `inputs` and `spools` are empty.
    #[serde(default)]
    pub is_rebuilt: bool,
    /// Whether nothing new is told: what is stored is put into other files, or goes; then `inputs` and `spools`
    /// are empty.
    #[serde(default)]
    pub keeping: Option<Keeping>,
}

/// What is done to keep a store small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keeping {
    /// The same rows in fewer and smaller files.
    Compacted,
    /// Days that are old enough go.
    Expired,
    /// No table changes: files that were begun before come into no snapshot any more under their names (see
    /// `sweep`).
    Fenced,
}

impl Keeping {
    /// The application under which it is entered in the ledger; its version is the snapshot's number.
    fn application(self) -> &'static str {
        match self {
            Keeping::Compacted => "compacted",
            Keeping::Expired => "expired",
            Keeping::Fenced => "fenced",
        }
    }
}

/// The application under which a group of batches is entered in the ledger of every table that it has rows in;
/// its version is the snapshot's number. The spools themselves are entered in their book (decision 013).
const BATCHES: &str = "batches";

/// The application under which a rebuilding is entered in the ledger; its version is the snapshot's number.
const REBUILT: &str = "rebuilt";

/// The application under which counted tables are entered in the ledger; its version is the snapshot's number.
const COUNTED: &str = "facts";

impl Intent {
    /// The entries that a table's commit carries; the first tells whether it was done.
    fn entries(&self, table: &str) -> Vec<(&str, i64)> {
        let number = self.snapshot as i64;
        if self.is_counted {
            return vec![(COUNTED, number)];
        }
        if self.is_rebuilt {
            return vec![(REBUILT, number)];
        }
        if let Some(keeping) = self.keeping {
            return vec![(keeping.application(), number)];
        }
        if self.spools.is_empty() {
            return self.inputs.iter().map(|input| (input.as_str(), STORED)).collect();
        }
        let own = self.spools.iter().filter(|_| table == SPOOLS);
        std::iter::once((BATCHES, number)).chain(own.map(|(id, last)| (id.as_str(), *last))).collect()
    }

    /// Whether these are files that were imported: then every table carries their entries.
    fn is_of_inputs(&self) -> bool {
        self.spools.is_empty() && !self.is_rebuilt && self.keeping.is_none()
    }

    /// Whether a table changes: what only some groups have rows for gets no commit without any.
    pub(crate) fn touches(&self, def: &TableDef) -> bool {
        let has =
            |files: &HashMap<String, Vec<Sealed>>| files.get(def.name).is_some_and(|list| !list.is_empty());
        def.is_counted == self.is_counted
            && ((self.is_of_inputs() && !table::is_of_few(def.name))
                || has(&self.files)
                || has(&self.replaced))
    }
}

/// Opens a table at a version; `None` is the newest, and a table never made is made.
pub(crate) async fn open(
    location: &Location,
    def: &TableDef,
    version: Option<u64>,
) -> Result<DeltaTable, StoreError> {
    let url = location.table_url(def.name)?;
    let failed = |error| StoreError::table(def.name, error);
    if let Some(folder) = &location.folder {
        let folder = folder.join("tables").join(def.name);
        std::fs::create_dir_all(&folder)
            .map_err(|source| StoreError::File { what: format!("making {}", folder.display()), source })?;
    }
    let mut builder = DeltaTableBuilder::from_url(url.clone()).map_err(failed)?;
    let at_bucket = |builder: DeltaTableBuilder| match location.bucket() {
        Some(bucket) => builder.with_storage_backend(std::sync::Arc::clone(bucket), url.clone()),
        None => builder,
    };
    builder = at_bucket(builder);
    if let Some(version) = version {
        builder = builder.with_version(version);
    }
    match builder.load().await {
        Ok(table) => Ok(table),
        Err(DeltaTableError::NotATable(_)) if version.is_none() => {
            let fresh = DeltaTableBuilder::from_url(url.clone()).map_err(failed)?;
            let fresh = at_bucket(fresh).build().map_err(failed)?;
            let mut create = fresh
                .create()
                .with_table_name(def.name)
                .with_comment(def.doc)
                .with_columns(schema::delta_columns(def));
            if def.by_day {
                create = create.with_partition_columns([DAY]);
            }
            create.await.map_err(failed)
        }
        Err(error) => Err(failed(error)),
    }
}

/// The version of a table's entry in the ledger for that input.
async fn entry(table: &DeltaTable, def: &TableDef, input: &str) -> Result<Option<i64>, StoreError> {
    let log: LogStoreRef = table.log_store();
    let state = table.snapshot().map_err(|error| StoreError::table(def.name, error))?;
    state.transaction_version(log.as_ref(), input).await.map_err(|error| StoreError::table(def.name, error))
}

pub(crate) async fn commit_table(
    location: &Location,
    def: &TableDef,
    intent: &Intent,
) -> Result<u64, StoreError> {
    for _ in 1..COMMIT_TRIES_MAX {
        match try_commit_table(location, def, intent).await {
            // Another writer of the bucket completes the same intent, or made the table: it is looked at again.
            Err(Failed::Overtaken(_)) if location.bucket().is_some() => {}
            done => return done.map_err(Failed::into_error),
        }
    }
    try_commit_table(location, def, intent).await.map_err(Failed::into_error)
}

/// Why a commit to a table failed.
enum Failed {
    /// The version that it was to have is taken.
    Overtaken(StoreError),
    /// Anything else.
    Otherwise(StoreError),
}

impl Failed {
    fn into_error(self) -> StoreError {
        match self {
            Failed::Overtaken(error) | Failed::Otherwise(error) => error,
        }
    }

    fn of(table: &str, error: DeltaTableError) -> Failed {
        let is_overtaken = matches!(
            error,
            DeltaTableError::VersionAlreadyExists(_)
                | DeltaTableError::Transaction {
                    source: TransactionError::MaxCommitAttempts(_)
                        | TransactionError::VersionAlreadyExists(_)
                        | TransactionError::CommitConflict(_)
                }
        );
        let error = StoreError::table(table, error);
        if is_overtaken { Failed::Overtaken(error) } else { Failed::Otherwise(error) }
    }
}

async fn try_commit_table(location: &Location, def: &TableDef, intent: &Intent) -> Result<u64, Failed> {
    let table = open(location, def, None).await.map_err(|error| match (&error, location.bucket()) {
        (StoreError::Table { .. }, Some(_)) => Failed::Overtaken(error),
        _ => Failed::Otherwise(error),
    })?;
    let failed = |error| Failed::of(def.name, error);
    let entries = intent.entries(def.name);
    let (first, stored) = entries.first().copied().unwrap_or(("", STORED));
    if entry(&table, def, first).await.map_err(Failed::Otherwise)? >= Some(stored) {
        return Ok(table.version().unwrap_or(0));
    }
    let none = Vec::new();
    // Readers that follow the log are told that a compacted table says what it said before.
    let is_changed = intent.keeping != Some(Keeping::Compacted);
    let removed = intent.replaced.get(def.name).unwrap_or(&none).iter().map(|sealed| {
        Action::Remove(Remove {
            path: sealed.path.clone(),
            data_change: is_changed,
            deletion_timestamp: Some(intent.at_us / 1000),
            extended_file_metadata: Some(true),
            partition_values: Some(
                sealed.day.iter().map(|day| (DAY.to_string(), Some(day.clone()))).collect(),
            ),
            size: Some(sealed.size_bytes as i64),
            ..Remove::default()
        })
    });
    let actions = removed
        .chain(intent.files.get(def.name).unwrap_or(&none).iter().map(|sealed| {
            Action::Add(Add {
                path: sealed.path.clone(),
                partition_values: sealed.day.iter().map(|day| (DAY.to_string(), Some(day.clone()))).collect(),
                size: sealed.size_bytes as i64,
                modification_time: intent.at_us / 1000,
                data_change: is_changed,
                stats: Some(format!("{{\"numRecords\":{}}}", sealed.rows)),
                ..Add::default()
            })
        }))
        .collect();
    let entries = entries
        .iter()
        .map(|(id, version)| Transaction::new_with_last_update(id, *version, Some(intent.at_us / 1000)))
        .collect();
    // What makes room must not need room: the next commit of another kind writes the checkpoint. A version that is
    // taken says that somebody else commits: what, is looked up before it is tried again.
    let properties = CommitProperties::default()
        .with_application_transactions(entries)
        .with_max_retries(0)
        .with_create_checkpoint(intent.keeping != Some(Keeping::Expired));
    let operation = DeltaOperation::Write {
        mode: SaveMode::Append,
        partition_by: def.by_day.then(|| vec![DAY.to_string()]),
        predicate: None,
    };
    let state = table.snapshot().map_err(failed)?;
    let done = CommitBuilder::from(properties)
        .with_actions(actions)
        .build(Some(state), table.log_store(), operation)
        .await
        .map_err(failed)?;
    let path = format!("tables/{}/_delta_log/{:020}.json", def.name, done.version());
    location.sync(&path).map_err(Failed::Otherwise)?;
    Ok(done.version())
}

/// Commits what an intent lists and publishes the snapshot; may be called again after a crash.
pub(crate) async fn complete(location: &Location, intent: &Intent) -> Result<Snapshot, StoreError> {
    let before = match intent.snapshot.checked_sub(1) {
        None => Snapshot::empty(),
        Some(number) => match snapshot::load_if_there(location, number).await? {
            Some(before) => before,
            // Others completed it, and what it follows on was swept away since.
            None if shared::is_past(location, intent.snapshot).await? => {
                return snapshot::load_newest(location).await;
            }
            None => return Err(StoreError::NoSnapshot(number)),
        },
    };
    let floor = if intent.keeping == Some(Keeping::Fenced) { before.number } else { before.floor };
    let mut tables = before.tables;
    let commits = table::tables().into_iter().filter(|def| intent.touches(def)).map(async |def| {
        let version = commit_table(location, &def, intent).await?;
        Ok::<_, StoreError>((def.name.to_string(), version))
    });
    // Each is waited for, even when another failed: who comes next must not meet one that is still under way.
    let done: Vec<_> = stream::iter(commits).buffer_unordered(COMMITS_MAX).collect().await;
    for done in done {
        tables.extend([done?]);
    }
    let snapshot = Snapshot { number: intent.snapshot, tables, published_us: intent.at_us, floor };
    if !snapshot::publish(location, &snapshot).await? {
        if location.bucket().is_some() {
            // Another writer completed the intent, and may have gone on: what it published holds.
            return match snapshot::load_if_there(location, snapshot.number).await? {
                Some(published) => Ok(published),
                None => snapshot::load_newest(location).await,
            };
        }
        let published = snapshot::load(location, snapshot.number).await?;
        if published != snapshot {
            return Err(StoreError::Damaged {
                what: format!("snapshot {}", snapshot.number),
                why: "it is published with other versions than the ledger has".to_string(),
            });
        }
    }
    let standing = match location.bucket() {
        Some(_) => shared::place(intent.snapshot),
        None => Path::from(INTENT),
    };
    location.remove(&standing).await?;
    Ok(snapshot)
}

/// Completes what a writer before us began; the store's lock must be held.
pub(crate) async fn recover(location: &Location) -> Result<Option<Snapshot>, StoreError> {
    if location.bucket().is_some() {
        return shared::recover(location).await;
    }
    let Some(body) = location.read_if_there(INTENT).await? else { return Ok(None) };
    let intent: Intent = serde_json::from_slice(&body)
        .map_err(|error| StoreError::Damaged { what: INTENT.to_string(), why: error.to_string() })?;
    complete(location, &intent).await.map(Some)
}

/// The same, and gives the newest snapshot: what the next commit follows.
pub(crate) async fn recovered(location: &Location) -> Result<Snapshot, StoreError> {
    recover(location).await?;
    snapshot::load_newest(location).await
}

/// Commits a group; the store's lock must be held and nothing be left to recover. In a bucket the group takes its
/// turn among those of other writers.
pub(crate) async fn commit(location: &Location, intent: &Intent) -> Result<Snapshot, StoreError> {
    if location.bucket().is_some() {
        return shared::commit(location, intent).await;
    }
    let body = serde_json::to_vec(intent).expect("an intent is plain data");
    location.objects.put(&Path::from(INTENT), body.into()).await?;
    location.sync(INTENT)?;
    complete(location, intent).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    fn intent() -> Intent {
        Intent {
            snapshot: 1,
            inputs: vec!["aaaa".into(), "bbbb".into()],
            files: HashMap::new(),
            at_us: 7,
            replaced: HashMap::new(),
            is_counted: false,
            spools: Vec::new(),
            is_rebuilt: false,
            keeping: None,
        }
    }

    /// A writer that dies after any number of commits, before or after the snapshot.
    #[test]
    fn what_a_crash_cut_short_is_completed_by_the_next_writer() {
        let tables: Vec<TableDef> = table::tables().into_iter().filter(|def| intent().touches(def)).collect();
        for commits_before_crash in 0..=tables.len() {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("store").display().to_string();
            let store = Store::open_or_make(&path, "UTC").expect("a store");
            store.runtime().block_on(async {
                let location = store.location();
                let body = serde_json::to_vec(&intent()).expect("plain data");
                location.objects.put(&Path::from(INTENT), body.into()).await.expect("an intent");
                for def in &tables[..commits_before_crash] {
                    commit_table(location, def, &intent()).await.expect("a commit");
                }
            });
            assert_eq!(
                store.snapshot().expect("a snapshot").number,
                0,
                "nothing is visible before the snapshot"
            );
            drop(store.begin().expect("the next writer"));
            let snapshot = store.snapshot().expect("a snapshot");
            assert_eq!(snapshot.number, 1);
            let versions: Vec<u64> = snapshot.tables.values().copied().collect();
            assert_eq!(versions, vec![1; tables.len()], "each table was committed once");
            store.runtime().block_on(async {
                for def in &tables {
                    let table = open(store.location(), def, None).await.expect("a table");
                    let entry = entry(&table, def, "bbbb").await.expect("the ledger");
                    assert_eq!(entry, Some(STORED), "{}", def.name);
                }
            });
            drop(store.begin().expect("a writer with nothing to recover"));
            assert_eq!(store.snapshot().expect("a snapshot").number, 1);
        }
    }
}
