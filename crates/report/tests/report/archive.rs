//! Published reports: editions, stable addresses, feeds, and what differs between two reports.
//!
//! **Invariant:** every site is made in a folder of its own; dates are those of the facts.

mod differences;
mod feeds;
mod publishing;
mod refusals;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use teiten_report::archive::edition::Told;
use teiten_report::archive::publish::{self, Outcome};
use teiten_report::archive::sealed::Sealed;
use teiten_report::archive::site::{Declaration, Site, Wanted};
use teiten_report::facts::Facts;
use teiten_report::{folder, html};

use crate::{both, invented};

/// A folder with a site and the reports that are published in it.
pub(crate) struct Place {
    home: tempfile::TempDir,
    /// The site.
    pub(crate) site: Site,
}

impl Place {
    /// A new site for reports of that form.
    pub(crate) fn new(form: &str) -> Place {
        let home = tempfile::tempdir().expect("a folder");
        let told = |ja: &str, en: &str| Told { ja: ja.into(), en: en.into() };
        let wanted = Wanted {
            title: told("定点観測レポート", "Observation reports"),
            institution: told("定点観測センター（例）", "Observation Centre (example)"),
            contact: "report@example.org".into(),
            base_url: "https://www.example.org/reports".into(),
            form: form.into(),
        };
        let declaration =
            Declaration::new(wanted, "2014-07-01".parse().expect("a date")).expect("a declaration");
        let site = Site::create(&home.path().join("site"), declaration).expect("a site");
        publish::refresh(&site).expect("pages");
        Place { home, site }
    }

    /// Writes a report folder and reads it back.
    pub(crate) fn report(&self, name: &str, facts: &Facts) -> Sealed {
        let folder = self.folder(name, facts);
        Sealed::read(&folder).expect("a report")
    }

    /// Writes a report folder.
    pub(crate) fn folder(&self, name: &str, facts: &Facts) -> PathBuf {
        let folder = self.home.path().join(name);
        let mut files = html::render(&both(facts)).expect("files");
        folder::add(&mut files, "provenance.json".into(), b"{\"store\":\"/srv/teiten\"}\n".to_vec())
            .expect("it can be read");
        folder::seal(&files, &folder).expect("a folder");
        folder
    }

    /// Publishes without a note.
    pub(crate) fn publish(&self, report: &Sealed) -> Outcome {
        publish::publish(&self.site, report, &Told::default()).expect("it fits the site")
    }

    /// A file of the site.
    pub(crate) fn text(&self, path: &str) -> String {
        fs::read_to_string(self.site.folder.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Every file of the site with its bytes.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        files(&self.site.folder)
    }
}

/// Every file below a folder with its bytes.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut todo = vec![folder.to_path_buf()];
    while let Some(next) = todo.pop() {
        for entry in fs::read_dir(&next).expect("it can be read") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                todo.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("it can be read").display().to_string();
                found.insert(name, fs::read(&path).expect("it can be read"));
            }
        }
    }
    found
}

/// A few days, as first published.
pub(crate) fn first() -> Facts {
    Facts { issued: day("2014-07-15"), first_published: None, ..invented::tiny() }
}

/// The same days after an input was added: two counts, a rank and an order differ.
pub(crate) fn corrected() -> Facts {
    let mut facts = first();
    facts.issued = day("2014-08-01");
    facts.first_published = Some(day("2014-07-15"));
    facts.packets = facts.packets.map(|packets| packets + 150);
    facts.ports.rows[1].packets += 150;
    facts.ports.rows[1].rate = Some(80.0);
    facts.ports.rows[1].rank = Some(1);
    facts.ports.rows[0].rank = Some(2);
    facts.ports.rows.swap(0, 1);
    let mut added = facts.provenance.inputs[0].clone();
    added.sha256 = format!("{:064x}", 7);
    facts.provenance.inputs.push(added);
    facts.provenance.editions[0].edition = "2014-07-20".into();
    facts
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().expect("a date")
}
