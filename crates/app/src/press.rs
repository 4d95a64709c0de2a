//! The portal's press: reports made by the steps of `teiten report`.
//!
//! **Invariant:** there is one way from a draft to a report: whatever the portal makes, the command line makes alike.

use std::path::{Path, PathBuf};

use teiten_ask::output::Lang;
use teiten_portal::{Drafted, Press, PressFault, Wanted};
use teiten_report::archive::edition::Told;
use teiten_report::archive::publish::{self, Outcome};
use teiten_report::archive::sealed::Sealed;
use teiten_report::archive::site::Site;
use teiten_report::document::Document;
use teiten_report::folder::Files;
use teiten_report::manuscript::Manuscript;
use teiten_report::words::Language;

use crate::args::ReportArgs;
use crate::commands::report::{Ready, draft_text, ready};
use crate::exit::{self, USAGE};
use crate::exits;
use crate::world::World;

/// Makes reports for the portal.
pub(crate) struct Printer {
    world: World,
}

impl Printer {
    /// In the surroundings of the server: both languages, no progress on a screen.
    pub(crate) fn new(world: &World) -> Printer {
        let mut world = world.quiet();
        world.langs = vec![Lang::Ja, Lang::En];
        // A draft says its own zone, which wins over the one that the pages are shown in.
        world.zone_asked = None;
        Printer { world }
    }

    fn ready(&self, file: &Path, site: Option<&Path>) -> anyhow::Result<Ready> {
        let args = ReportArgs {
            with: Some(file.to_path_buf()),
            site: site.map(Path::to_path_buf),
            ..ReportArgs::default()
        };
        ready(&self.world, &args)
    }
}

/// A failure as the command line says it.
fn fault(error: anyhow::Error) -> PressFault {
    let said = exit::sentence(&error);
    if exit::status_of(&error) == USAGE { PressFault::Wrong(said) } else { PressFault::Failed(said) }
}

impl Press for Printer {
    fn draft(&self, wanted: &Wanted) -> Result<Drafted, PressFault> {
        let args = ReportArgs {
            kind: wanted.kind.clone(),
            period: Some(wanted.period.clone()),
            form: Some(wanted.form.clone()),
            region: wanted.region.clone(),
            ..ReportArgs::default()
        };
        let ready = ready(&self.world, &args).map_err(fault)?;
        let name = format!("{}-{}", ready.request.plan.kind.name(), ready.request.period.text());
        Ok(Drafted { name, text: draft_text(&ready).map_err(fault)? })
    }

    fn read(&self, file: &Path, site: Option<&Path>) -> Result<Manuscript, PressFault> {
        Ok(self.ready(file, site).map_err(fault)?.manuscript)
    }

    fn print(&self, documents: &[Document]) -> Result<(Files, Vec<String>), PressFault> {
        let usual = exits::Wanted::parse(None).map_err(fault)?;
        exits::files(documents, &usual, self.world.config.report.font.as_deref()).map_err(fault)
    }

    fn publish(&self, file: &Path, site: &Path, note: &Told) -> Result<Outcome, PressFault> {
        let ready = self.ready(file, Some(site)).map_err(fault)?;
        let documents = ready.documents(&ready.request.plan.edits, &Language::ALL).map_err(fault)?;
        let faults = ready.faults(&documents).map_err(fault)?;
        if !faults.is_empty() {
            return Err(PressFault::Refused(faults));
        }
        let usual = exits::Wanted::parse(None).map_err(fault)?;
        let (files, _) = ready.files(&documents, &usual, site).map_err(fault)?;
        let of = PathBuf::from(file.file_name().unwrap_or_default());
        let publish = || publish::publish(&Site::open(site)?, &Sealed::of(&of, files)?, note);
        publish().map_err(|error| fault(error.into()))
    }
}
