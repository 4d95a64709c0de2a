//! What the first reader would wait for, read before they come: lists of files and their footers; the tables of countries
//! and AS, as pages about addresses need them; and the first page is drawn once for nobody, which brings the lists of names
//! and the program itself into memory.
//!
//! **Invariant:** what fails here fails again where it is asked for, and is told there.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use teiten_model::interval::{Day, Timestamp};
use teiten_model::selection::Viewer;
use teiten_query::questions::books;

use crate::desk::Desk;
use crate::fault::Fault;
use crate::look::Look;
use crate::pages::situation;
use crate::portal::Portal;
use crate::reader::Reader;
use crate::who::Who;

/// Begins to read it, on a thread that may wait. Until it is read the portal answers, but does not say that it is ready.
pub(crate) fn begin(portal: &Arc<Portal>) {
    portal.is_warming.store(true, Ordering::Relaxed);
    let portal = Arc::clone(portal);
    tokio::spawn(async move {
        let warmed = Arc::clone(&portal);
        let read = tokio::task::spawn_blocking(move || {
            let _ = store(&warmed);
            let _ = first_page(&warmed);
        });
        let _ = read.await;
        portal.is_warming.store(false, Ordering::Relaxed);
    });
}

/// The first page, as whoever this portal is for would see it.
fn first_page(portal: &Arc<Portal>) -> Result<String, Fault> {
    let settings = &portal.settings;
    let reader = Reader {
        language: settings.language,
        theme: "",
        zone: settings.zone.clone(),
        here: "/".to_string(),
        who: Who::anyone(settings.viewer.clone(), String::new()),
    };
    situation::page(&Desk::open(Arc::clone(portal), reader, Look::default())?)
}

/// Lists and footers, and the tables of countries and AS at the end of the store.
fn store(portal: &Portal) -> Result<(), Fault> {
    let (_, session) = portal.session(&Viewer::All)?;
    session.read_ahead()?;
    let last = books::span(&session)?.map_or_else(|| (portal.settings.clock)(), |(_, last)| Timestamp(last));
    portal.atlas()?.at(Day::of(last)).map_err(|error| Fault::internal(&error))?;
    Ok(())
}
