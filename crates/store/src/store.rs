//! The store as its users hold it: open, ask for a snapshot, list its files, begin an intake.
//!
//! The store runs its own small pool of threads, so that callers need not be asynchronous; it must
//! not be called from within another runtime's task.

use std::any::Any;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use serde::{Deserialize, Serialize};
use teiten_model::interval::Interval;
use tokio::runtime::Runtime;
use url::Url;

use crate::books;
use crate::counted::Counting;
use crate::error::StoreError;
use crate::file::DataFile;
use crate::intake::Intake;
use crate::intake::rebuild::Rebuild;
use crate::keeper::{Clock, Keeper};
use crate::ledger;
use crate::location::{COLLECTOR_WAIT_MS_MAX, Location, WRITER_WAIT_MS_MAX};
use crate::snapshot::{self, Snapshot};
use crate::spools::Spools;
use crate::table;

/// Number of the format that this program reads and writes.
pub const FORMAT: u32 = 1;

const MARK: &str = "store.json";

/// Folder of reference data that may lie in a store's folder.
const DATA: &str = "data";

/// What a store says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Number of the format.
    pub format: u32,
    /// Zone in which the day tables are cut, by its name in the time zone database.
    pub home_zone: String,
}

/// A store that is open.
#[derive(Debug, Clone)]
pub struct Store {
    location: Location,
    mark: Mark,
    runtime: Arc<Runtime>,
    answering: Option<Arc<dyn Any + Send + Sync>>,
    beside: Arc<OnceLock<Arc<dyn Any + Send + Sync>>>,
}

fn runtime() -> Result<Arc<Runtime>, StoreError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map(Arc::new)
        .map_err(|source| StoreError::File { what: "starting threads".to_string(), source })
}

impl Store {
    /// Opens the store at a path or URL.
    pub fn open(location: &str) -> Result<Store, StoreError> {
        Store::found(Location::parse(location, false)?, runtime()?, location)
    }

    /// Opens the store at a path or URL, making it when there is none.
    ///
    /// # Errors
    /// Also when the place holds something that is not a store.
    pub fn open_or_make(location: &str, home_zone: &str) -> Result<Store, StoreError> {
        match Store::open(location) {
            Err(StoreError::Missing(_)) => {}
            done => return done,
        }
        Store::made(|| Location::parse(location, true), location, home_zone)
    }

    /// Opens the store below the path of a URL in a bucket that is open already, making it when there is none.
    pub fn in_bucket(url: Url, bucket: Arc<dyn ObjectStore>, home_zone: &str) -> Result<Store, StoreError> {
        let (text, at) = (url.to_string(), Location::at(url, bucket));
        match Store::found(at.clone(), runtime()?, &text) {
            Err(StoreError::Missing(_)) => Store::made(|| Ok(at), &text, home_zone),
            done => done,
        }
    }

    fn found(at: Location, runtime: Arc<Runtime>, location: &str) -> Result<Store, StoreError> {
        let body = runtime.block_on(async {
            let found = at.read_if_there(MARK).await?;
            if found.is_none() && at.bucket().is_some() {
                // A bucket that is not there says so when it is listed; an object that is not there is no error.
                at.objects.list_with_delimiter(Some(&Path::from("snapshots"))).await?;
            }
            Ok::<_, StoreError>(found)
        })?;
        let body = body.ok_or_else(|| StoreError::Missing(location.to_string()))?;
        let mark: Mark = serde_json::from_slice(&body)
            .map_err(|error| StoreError::Damaged { what: MARK.to_string(), why: error.to_string() })?;
        if mark.format != FORMAT {
            return Err(StoreError::Format {
                location: location.to_string(),
                found: mark.format,
                known: FORMAT,
            });
        }
        Ok(Store { location: at, mark, runtime, answering: None, beside: Arc::default() })
    }

    fn made(
        at: impl FnOnce() -> Result<Location, StoreError>,
        location: &str,
        home_zone: &str,
    ) -> Result<Store, StoreError> {
        let bad = |why: &str| StoreError::BadLocation(location.to_string(), why.to_string());
        if jiff::tz::TimeZone::get(home_zone).is_err() {
            return Err(bad(&format!("`{home_zone}` is not a time zone")));
        }
        let runtime = runtime()?;
        let at = at()?;
        let mark = Mark { format: FORMAT, home_zone: home_zone.to_string() };
        let is_made = runtime.block_on(async {
            let found = at.objects.list_with_delimiter(None).await?;
            // Reference data may have been imported before the first packet.
            let is_other = |prefix: &Path| prefix.filename() != Some(DATA);
            if !found.objects.is_empty() || found.common_prefixes.iter().any(is_other) {
                // Another writer of a bucket may have made it since it was missed.
                return match at.read_if_there(MARK).await? {
                    Some(_) if at.bucket().is_some() => Ok(false),
                    _ => Err(bad("it is not empty and not a store")),
                };
            }
            let body = serde_json::to_vec_pretty(&mark).expect("a mark is plain data");
            make(&at, body).await
        })?;
        match is_made {
            true => Ok(Store { location: at, mark, runtime, answering: None, beside: Arc::default() }),
            false => Store::found(at, runtime, location),
        }
    }

    /// Where the store is.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// The store's folder, when it is one.
    pub fn folder(&self) -> Option<PathBuf> {
        self.location.folder.clone()
    }

    /// The threads that serve this store; questions run on them too.
    pub fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    /// The same store, carrying who answers its questions. It is handed on as it is: only who asks knows what it is.
    pub fn answered_by(self, answering: Arc<dyn Any + Send + Sync>) -> Store {
        Store { answering: Some(answering), ..self }
    }

    /// Who answers its questions; `None` when this process does.
    pub fn answering(&self) -> Option<&Arc<dyn Any + Send + Sync>> {
        self.answering.as_ref()
    }

    /// What whoever asks keeps of this store from one question to the next, for all who have it open here; made when it
    /// is first wanted. One crate asks, so it is always of the same type.
    pub fn beside<T: Any + Send + Sync + Default>(&self) -> Arc<T> {
        let kept = Arc::clone(self.beside.get_or_init(|| Arc::new(T::default())));
        kept.downcast().expect("one type is kept beside a store")
    }

    /// The zone in which day tables are cut.
    pub fn home_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(&self.mark.home_zone).unwrap_or(jiff::tz::TimeZone::UTC)
    }

    /// The name of that zone.
    pub fn home_zone_name(&self) -> &str {
        &self.mark.home_zone
    }

    /// The newest snapshot.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        self.runtime.block_on(snapshot::load_newest(&self.location))
    }

    /// The snapshot of that number.
    pub fn snapshot_number(&self, number: u64) -> Result<Snapshot, StoreError> {
        self.runtime.block_on(snapshot::load(&self.location, number))
    }

    /// The sealed files of a table in a snapshot, in the order of day and path.
    pub fn files(&self, snapshot: &Snapshot, name: &str) -> Result<Vec<DataFile>, StoreError> {
        self.runtime.block_on(self.list_files(snapshot, name))
    }

    /// The same for who waits on the store's runtime already: a scan that is being planned.
    pub async fn list_files(&self, snapshot: &Snapshot, name: &str) -> Result<Vec<DataFile>, StoreError> {
        files_at(&self.location, snapshot, name).await
    }

    /// Waits until it is the only writer, completes what a crash cut short, and begins to count facts.
    pub fn count(&self) -> Result<Counting<'_>, StoreError> {
        Counting::begin(self)
    }

    /// Becomes the one that compacts, expires and sweeps, which is told the time by a clock.
    ///
    /// # Errors
    /// [`StoreError::Kept`] when another process is.
    pub fn keep<'a>(&'a self, clock: Clock<'a>) -> Result<Keeper<'a>, StoreError> {
        Keeper::begin(self, clock)
    }

    /// Becomes the only writer, completes what a crash cut short, and begins a group of inputs.
    pub fn begin(&self) -> Result<Intake<'_>, StoreError> {
        let lock = self.location.lock(WRITER_WAIT_MS_MAX)?;
        let snapshot = self.runtime.block_on(ledger::recovered(&self.location))?;
        let stored = books::inputs(self, &snapshot)?;
        Ok(Intake::new(self, lock, snapshot.number + 1, stored))
    }

    /// Becomes the only writer, completes what a crash cut short, and begins to make a day of the home zone again.
    pub fn rebuild(&self, day: Interval) -> Result<Rebuild<'_>, StoreError> {
        let lock = self.location.lock(WRITER_WAIT_MS_MAX)?;
        let before = self.runtime.block_on(ledger::recovered(&self.location))?;
        Ok(Rebuild::new(self, lock, before, day))
    }

    /// Becomes the only writer, completes what a crash cut short, and begins a group of batches.
    pub fn begin_batches(&self) -> Result<Intake<'_>, StoreError> {
        let lock = self.location.lock(COLLECTOR_WAIT_MS_MAX)?;
        let snapshot = self.runtime.block_on(ledger::recovered(&self.location))?;
        let spools = Spools::load(self, &snapshot)?;
        Ok(Intake::of_batches(self, lock, snapshot.number + 1, spools))
    }
}

/// Puts the mark of a new store, and sees that the place refuses to put it twice: without that two writers could
/// both have the same turn. `false` when another writer made a store there meanwhile.
async fn make(at: &Location, mark: Vec<u8>) -> Result<bool, StoreError> {
    let place = Path::from(MARK);
    if !at.put_new(&place, mark.clone()).await? {
        return Ok(false);
    }
    at.sync(MARK)?;
    if !at.put_new(&place, mark).await? {
        return Ok(true);
    }
    at.objects.delete(&place).await?;
    let why = "its server does not keep to conditional puts (If-None-Match), which keep writers apart: use one that does";
    Err(StoreError::BadLocation(at.url.to_string(), why.to_string()))
}

/// The sealed files of a table in a snapshot of the store at a place, in the order of day and path.
pub(crate) async fn files_at(
    location: &Location,
    snapshot: &Snapshot,
    name: &str,
) -> Result<Vec<DataFile>, StoreError> {
    let def = table::find(name).ok_or_else(|| StoreError::Damaged {
        what: format!("table {name}"),
        why: "there is no such table".to_string(),
    })?;
    let Some(version) = snapshot.tables.get(name) else { return Ok(Vec::new()) };
    let open = ledger::open(location, &def, Some(*version)).await?;
    let state = open.snapshot().map_err(|error| StoreError::table(name, error))?;
    let mut files: Vec<DataFile> = state
        .log_data()
        .iter()
        .map(|file| DataFile {
            path: format!("tables/{name}/{}", file.path()),
            size_bytes: file.size().max(0) as u64,
            rows: file.num_records().map(|rows| rows as u64),
            day: file.partition_values_map().remove(table::DAY).flatten(),
        })
        .collect();
    files.sort_by(|a, b| (&a.day, &a.path).cmp(&(&b.day, &b.path)));
    Ok(files)
}
