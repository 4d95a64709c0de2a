//! One conversation with a snapshot: tables registered, functions known, memory bounded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use arrow::array::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{DataFrame, SQLOptions, SessionConfig, SessionContext};
use futures::StreamExt;
use teiten_model::selection::Viewer;
use teiten_model::table::Table;
use teiten_store::expiries::Expired;
use teiten_store::snapshot::Snapshot;
use teiten_store::store::Store;
use teiten_store::table;

use crate::answer;
use crate::beside::Beside;
use crate::engine::{self, Unanswered};
use crate::error::QueryError;
use crate::explain::{self, Recorder, Statement};
use crate::functions;
use crate::held::Held;
use crate::kept;
use crate::scan::SnapshotTable;
use crate::sql_error;
use crate::views;

/// Memory that the operators of all questions of a session may hold together, in bytes.
pub const MEMORY_BYTES_MAX: usize = 1 << 30;

/// Most answers that are remembered, and the longest: a year of days, because every series of a page asks who watched.
const KNOWN_MAX: usize = 64;
const KNOWN_ROWS_MAX: usize = 400;

/// A statement to begin with, for whoever has never asked one.
pub const EXAMPLE: &str = "SELECT src_country, sum(packets) AS packets\nFROM countries_hourly\n\
    GROUP BY src_country\nORDER BY packets DESC, src_country\nLIMIT 10";

/// Prefix under which the tables themselves are known; viewers see views.
pub(crate) const BASE: &str = "base_";

/// A pinned snapshot that can be asked.
pub struct Session {
    store: Store,
    snapshot: Snapshot,
    viewer: Viewer,
    is_publisher: bool,
    pub(crate) context: SessionContext,
    recorder: Recorder,
    /// Rows that are held in memory.
    pub(crate) held: Held,
    /// Short answers by their statement; a snapshot never changes.
    known: Mutex<BTreeMap<String, Table>>,
    /// How long one statement may take; `None` for as long as it takes.
    patience: Option<Duration>,
    /// What was planned instead of run; `None` in a session that runs.
    planned: Option<Mutex<Vec<Statement>>>,
    /// What the snapshot no longer holds, once somebody asked.
    expired: OnceLock<Expired>,
    told: Told,
}

/// What a person must be told of the answers of a session, whoever asked: shared with those who print it.
pub type Told = Arc<Mutex<BTreeSet<String>>>;

impl Session {
    /// A session on the newest snapshot.
    pub fn open(store: &Store, viewer: Viewer) -> Result<Session, QueryError> {
        Session::open_at(store, store.snapshot()?, viewer)
    }

    /// A session on a snapshot.
    pub fn open_at(store: &Store, snapshot: Snapshot, viewer: Viewer) -> Result<Session, QueryError> {
        let config = SessionConfig::new()
            .with_target_partitions(std::thread::available_parallelism().map_or(2, usize::from).max(2))
            .with_information_schema(true)
            .with_create_default_catalog_and_schema(true)
            .set_bool("datafusion.sql_parser.map_string_types_to_utf8view", false);
        let beside = store.beside::<Beside>();
        let runtime = RuntimeEnvBuilder::new()
            .with_cache_manager(beside.caches())
            .with_memory_pool(Arc::new(FairSpillPool::new(MEMORY_BYTES_MAX)))
            .build_arc()?;
        let context = engine::context(store, config, runtime)?;
        functions::register(&context);
        let url = ObjectStoreUrl::parse(engine::STORE_URL)?;
        context.register_object_store(url.as_ref(), Arc::clone(&store.location().objects));
        let (recorder, held) = (Recorder::default(), Held::default());
        for def in table::tables() {
            let (store, snapshot, url, held) = (store.clone(), snapshot.clone(), url.clone(), held.clone());
            let scan = SnapshotTable::new(&def, store, snapshot, url, recorder.clone(), held);
            context.register_table(format!("{BASE}{}", def.name), Arc::new(scan))?;
        }
        let session = Session {
            store: store.clone(),
            snapshot,
            viewer,
            is_publisher: false,
            context,
            recorder,
            held,
            known: Mutex::default(),
            patience: None,
            planned: None,
            expired: OnceLock::new(),
            told: Told::default(),
        };
        for view in views::views(&session.viewer) {
            session.run(&view)?;
        }
        Ok(session)
    }

    /// The same session, which from now on plans its statements and runs none: every answer is empty.
    pub fn explaining(mut self) -> Session {
        self.recorder.listen();
        self.planned = Some(Mutex::default());
        self
    }

    /// The same session, which gives a statement up that takes longer.
    pub fn patient_for(self, patience: Duration) -> Session {
        Session { patience: Some(patience), ..self }
    }

    /// Waits for a statement as long as this session does; what is given up is stopped.
    pub(crate) fn wait<T>(
        &self,
        statement: impl Future<Output = Result<T, QueryError>>,
    ) -> Result<T, QueryError> {
        self.store.runtime().block_on(async {
            match self.patience {
                None => statement.await,
                Some(patience) => match tokio::time::timeout(patience, statement).await {
                    Ok(answer) => answer,
                    Err(_) => Err(QueryError::TooSlow(patience.as_secs())),
                },
            }
        })
    }

    /// Whether statements are planned and none is run.
    pub(crate) fn is_explaining(&self) -> bool {
        self.planned.is_some()
    }

    /// The statements that an explaining session was asked, in their order, each once.
    pub fn explained(&self) -> Vec<Statement> {
        let planned = self.planned.as_ref().map(|planned| planned.lock());
        let planned = planned.map(|planned| planned.unwrap_or_else(PoisonError::into_inner).clone());
        let mut statements: Vec<Statement> = Vec::new();
        for statement in planned.unwrap_or_default() {
            if !statements.contains(&statement) {
                statements.push(statement);
            }
        }
        statements
    }

    /// Keeps what a statement would read; whether that is all there is to do.
    async fn plan(&self, sql: &str, frame: &DataFrame) -> Result<bool, DataFusionError> {
        let Some(planned) = &self.planned else { return Ok(false) };
        frame.clone().create_physical_plan().await?;
        let statement = Statement { sql: explain::over_views(sql), scans: self.recorder.take() };
        planned.lock().unwrap_or_else(PoisonError::into_inner).push(statement);
        Ok(true)
    }

    /// What the snapshot no longer holds.
    ///
    /// # Errors
    /// When the book of it cannot be read.
    pub fn expired(&self) -> Result<Expired, QueryError> {
        if let Some(known) = self.expired.get() {
            return Ok(*known);
        }
        let read = Expired::load(&self.store, &self.snapshot)?;
        Ok(*self.expired.get_or_init(|| read))
    }

    /// The same session, which tells there what a person must know of its answers.
    pub fn telling(self, told: Told) -> Session {
        Session { told, ..self }
    }

    /// Keeps what a person must know of an answer; the same is kept once.
    pub(crate) fn tell(&self, said: String) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(said);
    }

    /// The snapshot that answers.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The store that answers.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Who asks.
    pub fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// The same session in the hands of a publisher: what may be asked is up to them, what is told is what the
    /// viewer may know. A stranger's questions never come this way.
    pub fn for_publisher(self) -> Session {
        Session { is_publisher: true, ..self }
    }

    /// Whether the questions are a publisher's.
    pub(crate) fn is_publisher(&self) -> bool {
        self.is_publisher
    }

    /// Runs a statement of ours.
    pub(crate) fn run(&self, sql: &str) -> Result<(Vec<RecordBatch>, Vec<String>), QueryError> {
        self.wait(async {
            let frame = self.context.sql(sql).await?;
            let names = frame.schema().fields().iter().map(|field| field.name().clone()).collect();
            let frame = frame.limit(0, Some(answer::ROWS_MAX + 1))?;
            if self.plan(sql, &frame).await? {
                return Ok((Vec::new(), names));
            }
            Ok((frame.collect().await?, names))
        })
    }

    /// Runs a statement of ours and hands over its rows batch by batch, in the order in which they come.
    pub(crate) fn each(
        &self,
        sql: &str,
        mut take: impl FnMut(RecordBatch) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        self.wait(async {
            let frame = self.context.sql(sql).await?;
            if self.plan(sql, &frame).await? {
                return Ok(());
            }
            let mut batches = frame.execute_stream().await?;
            while let Some(batch) = batches.next().await {
                take(batch?)?;
            }
            Ok(())
        })
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Table>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a question of ours. A short answer is remembered: totals stand beside every ranking of a page.
    pub(crate) fn ask(&self, sql: &str) -> Result<Table, QueryError> {
        if let Some(known) = self.known().get(sql) {
            return Ok(known.clone());
        }
        let (batches, names) = self.run(sql)?;
        let table = answer::table(&batches, names)?;
        if self.planned.is_none() && table.rows.len() <= KNOWN_ROWS_MAX {
            let mut known = self.known();
            // Whoever asks next asks something else: what was remembered before is not missed.
            if known.len() >= KNOWN_MAX {
                known.clear();
            }
            known.insert(sql.to_string(), table.clone());
        }
        Ok(table)
    }

    /// Answers SQL of the viewer's own: reading only, over the views of that viewer.
    ///
    /// # Errors
    /// When the text is not one query, names a table there is not, or would change anything.
    pub fn sql(&self, text: &str) -> Result<Table, QueryError> {
        if text.to_ascii_lowercase().contains(BASE) {
            return Err(QueryError::Forbidden(format!(
                "tables that begin with `{BASE}` are not for questions: ask the views, `SHOW TABLES` lists them"
            )));
        }
        let options =
            SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        // The tables below the views are nobody's to ask, so they are not shown either.
        let text = match text.trim().trim_end_matches(';').to_ascii_lowercase().as_str() {
            "show tables" => {
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' \
                 AND table_type = 'VIEW' ORDER BY 1"
            }
            _ => text,
        };
        kept::tell_of_sql(self, text)?;
        let explained = |error| match Unanswered::of(&error) {
            Some(said) => QueryError::Elsewhere(said.to_string()),
            None => QueryError::Sql(sql_error::sentence(&error)),
        };
        self.wait(async {
            let frame = self.context.sql_with_options(text, options).await.map_err(explained)?;
            let names = frame.schema().fields().iter().map(|field| field.name().clone()).collect();
            let is_plan = matches!(frame.logical_plan(), LogicalPlan::Explain(_) | LogicalPlan::Analyze(_));
            let frame = match is_plan {
                true => frame,
                false => frame.limit(0, Some(answer::ROWS_MAX + 1)).map_err(explained)?,
            };
            if self.plan(text, &frame).await.map_err(explained)? {
                return answer::table(&[], names);
            }
            let batches = frame.collect().await.map_err(explained)?;
            answer::table(&batches, names)
        })
    }
}
