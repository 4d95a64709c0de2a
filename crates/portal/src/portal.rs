//! What all requests share: the store, sessions on its newest snapshot, answers already given, places to ask.
//!
//! **Invariant:** at most [`QUESTIONS_MAX`] requests ask at once and [`WAITING_MAX`] wait; others are told to
//! come again.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use axum::response::Response;
use teiten_ask::error::AskError;
use teiten_ask::labels;
use teiten_model::interval::Timestamp;
use teiten_model::selection::Viewer;
use teiten_model::sensor::Telescope;
use teiten_model::table::Table;
use teiten_people::{Deed, People};
use teiten_query::session::Session;
use teiten_refdata::atlas::Atlas;
use teiten_refdata::services::Services;
use teiten_report::words::Language;
use teiten_report_pdf::Fonts;
use teiten_selection::zone::Zone;
use teiten_store::snapshot::Snapshot;
use teiten_store::store::Store;
use tokio::sync::Semaphore;

use crate::answers::Answers;
use crate::api::cursor::{self, Cursor};
use crate::cookies;
use crate::desk::Desk;
use crate::drafts::works::Works;
use crate::drafts::{Drafting, Drafts};
use crate::fault::{Fault, Kind};
use crate::limits::{Limiter, Limits};
use crate::look::Look;
use crate::oidc::{Oidc, Provider};
use crate::pages::doctor::Contacts;
use crate::reader::Reader;
use crate::who::Who;

/// Requests that ask the store at once.
pub(crate) const QUESTIONS_MAX: usize = 4;
/// Requests that wait for their turn.
pub(crate) const WAITING_MAX: usize = 200;
/// How long one statement of a question may take.
pub(crate) const STATEMENT_SECS_MAX: u64 = 30;
/// How long a request waits for its turn.
const TURN_SECS_MAX: u64 = 30;
/// Forms that are taken at once: a password costs 19 MiB and a fraction of a second to compare.
const DOORS_MAX: usize = 2;
/// Requests to the provider at once: each waits for an answer from elsewhere.
const ERRANDS_MAX: usize = 4;
/// Sessions that are kept: one for each viewer, on the newest snapshot.
const SESSIONS_MAX: usize = 16;
/// Sessions that are kept on snapshots that cursors name.
const PINNED_MAX: usize = 4;

/// What a portal is made of.
pub struct Settings {
    /// The store.
    pub store: Store,
    /// The folder of reference data.
    pub data: PathBuf,
    /// Tells what the collector says of live sensors: nothing where there is none.
    pub contacts: Contacts,
    /// The sensors, when they are described.
    pub telescope: Option<Telescope>,
    /// The zone that times are shown in unless an address says otherwise.
    pub zone: Zone,
    /// The language for readers whose browser names none of ours.
    pub language: Language,
    /// Who everybody is, as long as nobody logs in.
    pub viewer: Viewer,
    /// The same as the command line writes it.
    pub viewer_word: String,
    /// Everybody who is known; `None` where nobody logs in.
    pub people: Option<People>,
    /// The address that people reach the portal by, such as `https://teiten.example`; `None` on this machine alone.
    pub origin: Option<String>,
    /// Who vouches for people besides their passwords; `None` for nobody.
    pub oidc: Option<Oidc>,
    /// The folder of published reports.
    pub site: Option<PathBuf>,
    /// The font of pictures: a file or a folder; `None` for one that is installed.
    pub font: Option<PathBuf>,
    /// Drafts that editors change, where people log in.
    pub drafting: Option<Drafting>,
    /// How many requests may come; counted where people log in.
    pub limits: Limits,
    /// Servers before this one, whose word about where a request came from is believed.
    pub proxies: Vec<IpAddr>,
    /// Reads the clock.
    pub clock: fn() -> Timestamp,
    /// Reads a clock that nobody sets.
    pub steady: fn() -> Duration,
}

/// The portal.
pub struct Portal {
    pub(crate) settings: Settings,
    pub(crate) provider: Option<Provider>,
    pub(crate) services: Services,
    sessions: Mutex<Vec<(String, Arc<Session>)>>,
    pinned: Mutex<Vec<(String, Arc<Session>)>>,
    atlas: Mutex<Option<Arc<Atlas>>>,
    answers: Mutex<Answers>,
    turns: Semaphore,
    waiting: Semaphore,
    doors: Semaphore,
    /// Fonts of pictures, read when the first is wanted; else why there are none.
    fonts: OnceLock<Result<Fonts, String>>,
    pub(crate) drafts: Option<Drafts>,
    pub(crate) works: Works,
    errands: Semaphore,
    pub(crate) limiter: Option<Limiter>,
    /// Whether what the first reader would wait for is being read.
    pub(crate) is_warming: AtomicBool,
}

impl Portal {
    /// A portal over a store.
    ///
    /// # Errors
    /// When the reference data cannot be read.
    pub fn new(mut settings: Settings) -> Result<Portal, AskError> {
        let services = labels::services(&settings.data)?;
        let limiter = settings.people.as_ref().map(|_| Limiter::new(settings.limits, settings.steady));
        Ok(Portal {
            drafts: settings.drafting.take().map(Drafts::new),
            works: Works::default(),
            limiter,
            provider: settings.oidc.take().map(Provider::new),
            settings,
            services,
            sessions: Mutex::default(),
            pinned: Mutex::default(),
            atlas: Mutex::default(),
            answers: Mutex::default(),
            turns: Semaphore::new(QUESTIONS_MAX),
            waiting: Semaphore::new(QUESTIONS_MAX + WAITING_MAX),
            doors: Semaphore::new(DOORS_MAX),
            fonts: OnceLock::new(),
            errands: Semaphore::new(ERRANDS_MAX),
            is_warming: AtomicBool::new(false),
        })
    }

    /// Gives a request its turn at the store, on a thread that may wait.
    pub(crate) async fn ask<T: Send + 'static>(
        self: &Arc<Portal>,
        reader: Reader,
        look: Look,
        answer: impl FnOnce(&Desk) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let busy = format!("more than {WAITING_MAX} questions wait: ask again in a few seconds");
        let _place = self.waiting.try_acquire().map_err(|_| Fault::new(Kind::Busy, busy.clone()))?;
        let portal = Arc::clone(self);
        let asked = move || answer(&Desk::open(portal, reader, look)?);
        waited(&self.turns, &busy, asked).await
    }

    /// Lets a form do what it does, on a thread that may wait.
    pub(crate) async fn at_the_door<T: Send + 'static>(
        self: &Arc<Portal>,
        act: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        waited(&self.doors, "too many people log in at once: try again in a few seconds", act).await
    }

    /// Lets a log-in ask the provider, on a thread that may wait.
    pub(crate) async fn at_the_provider<T: Send + 'static>(
        self: &Arc<Portal>,
        act: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        waited(&self.errands, "too many people log in at once: try again in a few seconds", act).await
    }

    /// Whether readers come by an encrypted way, which a server before this one ends.
    pub(crate) fn is_secure(&self) -> bool {
        self.settings.origin.as_deref().is_some_and(|origin| origin.starts_with("https://"))
    }

    /// The name by which readers reach the portal, besides those of this machine for itself.
    pub(crate) fn host(&self) -> Option<&str> {
        self.settings.origin.as_deref()?.split_once("://").map(|(_, host)| host)
    }

    /// The cookie of sessions: over an encrypted way its name lets no other host and no plain way set it.
    pub(crate) fn cookie(&self) -> &'static str {
        if self.is_secure() { "__Host-teiten" } else { "teiten" }
    }

    /// Puts a session into the browser; no seconds take it out again.
    pub(crate) fn keep_session(&self, response: &mut Response, secret: &str, secs: i64) {
        cookies::set(response, self.cookie(), secret, secs, self.is_secure());
    }

    /// The file of people.
    pub(crate) fn people(&self) -> Result<&People, Fault> {
        let none = || Fault::missing("nobody logs in here: start with `teiten serve --people FILE`");
        self.settings.people.as_ref().ok_or_else(none)
    }

    /// Writes down what somebody did; without people there is no log.
    pub(crate) fn note(&self, who: &Who, deed: Deed, about: &str) -> Result<(), Fault> {
        match &self.settings.people {
            Some(people) => Ok(people.note(who.name(), &who.origin, deed, about, (self.settings.clock)())?),
            None => Ok(()),
        }
    }

    /// A session of a viewer on the newest snapshot, and the words that tell both apart.
    pub(crate) fn session(&self, viewer: &Viewer) -> Result<(String, Arc<Session>), Fault> {
        let snapshot = self.settings.store.snapshot().map_err(|error| Fault::internal(&error))?;
        let key = format!("{} {viewer:?}", snapshot.number);
        let mut sessions = lock(&self.sessions);
        if let Some((_, session)) = sessions.iter().find(|(known, _)| *known == key) {
            return Ok((key, Arc::clone(session)));
        }
        let session = self.open(snapshot, viewer)?;
        // Sessions on older snapshots are asked by nobody new.
        sessions.retain(|(known, _)| {
            known.split_once(' ').map(|parts| parts.0) == key.split_once(' ').map(|parts| parts.0)
        });
        if sessions.len() >= SESSIONS_MAX {
            sessions.remove(0);
        }
        sessions.push((key.clone(), Arc::clone(&session)));
        Ok((key, session))
    }

    /// A session of a viewer on the snapshot that a cursor names, and the words that tell both apart.
    pub(crate) fn session_at(
        &self,
        viewer: &Viewer,
        cursor: &Cursor,
    ) -> Result<(String, Arc<Session>), Fault> {
        let key = format!("{} {viewer:?}", cursor.snapshot);
        for kept in [&self.sessions, &self.pinned] {
            if let Some((_, session)) = lock(kept).iter().find(|(known, _)| *known == key) {
                return Ok((key, Arc::clone(session)));
            }
        }
        let snapshot =
            self.settings.store.snapshot_number(cursor.snapshot).map_err(|_| cursor::gone(cursor))?;
        let session = self.open(snapshot, viewer)?;
        let mut pinned = lock(&self.pinned);
        if pinned.len() >= PINNED_MAX {
            pinned.remove(0);
        }
        pinned.push((key.clone(), Arc::clone(&session)));
        Ok((key, session))
    }

    fn open(&self, snapshot: Snapshot, viewer: &Viewer) -> Result<Arc<Session>, Fault> {
        let session = Session::open_at(&self.settings.store, snapshot, viewer.clone());
        let session = session.map_err(|error| Fault::internal(&error))?;
        Ok(Arc::new(session.patient_for(Duration::from_secs(STATEMENT_SECS_MAX))))
    }

    /// An answer that was given before, or the one that is given now.
    pub(crate) fn answer(
        &self,
        key: String,
        ask: impl FnOnce() -> Result<Table, Fault>,
    ) -> Result<Arc<Table>, Fault> {
        if let Some(table) = lock(&self.answers).get(&key) {
            return Ok(table);
        }
        let table = Arc::new(ask()?);
        lock(&self.answers).keep(key, &table);
        Ok(table)
    }

    /// Whether an answer is kept.
    pub(crate) fn knows(&self, key: &str) -> bool {
        lock(&self.answers).get(key).is_some()
    }

    /// The fonts of pictures.
    ///
    /// # Errors
    /// When there are none: which to install.
    pub(crate) fn fonts(&self) -> Result<&Fonts, String> {
        let find = || Fonts::find(self.settings.font.as_deref()).map_err(|error| error.to_string());
        self.fonts.get_or_init(find).as_ref().map_err(String::clone)
    }

    /// What is known of addresses; what was read of it stays in memory until there are other editions.
    pub(crate) fn atlas(&self) -> Result<Arc<Atlas>, Fault> {
        let now = Atlas::load(&self.settings.data).map_err(|error| Fault::internal(&error))?;
        let mut kept = lock(&self.atlas);
        if let Some(atlas) = kept.as_ref().filter(|atlas| atlas.editions() == now.editions()) {
            return Ok(Arc::clone(atlas));
        }
        let now = Arc::new(now);
        *kept = Some(Arc::clone(&now));
        Ok(now)
    }

    /// Whether the store can be asked now, and what the first reader would wait for was read.
    pub(crate) fn is_ready(&self) -> bool {
        !self.is_warming.load(Ordering::Relaxed) && self.settings.store.snapshot().is_ok()
    }
}

/// Does something that may wait, on a thread for that, when its turn has come.
async fn waited<T: Send + 'static>(
    turns: &Semaphore,
    busy: &str,
    act: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let busy = || Fault::new(Kind::Busy, busy);
    let turn = tokio::time::timeout(Duration::from_secs(TURN_SECS_MAX), turns.acquire());
    let _turn = turn.await.map_err(|_| busy())?.map_err(|_| busy())?;
    tokio::task::spawn_blocking(act).await.map_err(|error| Fault::internal(&error))?
}

/// What a thread that failed left is whole: nothing is half done while a lock is held.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
