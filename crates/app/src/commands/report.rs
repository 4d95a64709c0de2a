//! `teiten report make|draft|check|sections`: facts from the store, a document in each language, a folder.
//!
//! **Invariant:** a members' or public form that the check refuses is not written.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use teiten_model::table::{Table, Value};
use teiten_query::questions::{books, destinations};
use teiten_report::check::Secrets;
use teiten_report::document::Document;
use teiten_report::draft::Edit;
use teiten_report::draft::file::{self, Proposal};
use teiten_report::error::ReportError;
use teiten_report::facts::Facts;
use teiten_report::folder::{self, Files};
use teiten_report::kinds::sections::SECTIONS;
use teiten_report::manuscript::Manuscript;
use teiten_report::plan::{Plan, Readers, Tlp};
use teiten_report::words::Language;

use crate::args::{Report, ReportArgs};
use crate::commands::{report_diff, report_site};
use crate::exit::{Outcome, Usage};
use crate::exits;
use crate::facts::{self, Sessions};
use crate::request::{self, Request};
use crate::world::World;
use teiten_ask::output::Lang;

pub(crate) fn run(world: &World, command: &Report) -> Result<Outcome> {
    match command {
        Report::Make { report, write, format } => make(world, report, write.as_deref(), format.as_deref()),
        Report::Draft { report, write } => draft(world, report, write.as_deref()),
        Report::Check(report) => check(world, report),
        Report::Sections => sections(world),
        Report::Publish(args) => report_site::publish_one(world, args),
        Report::Site(command) => report_site::site(world, command),
        Report::List { site } => report_site::list(world, site),
        Report::Diff(args) => report_diff::run(world, args),
    }
}

/// What a report is made of, before any document.
pub(crate) struct Ready {
    world: World,
    pub(crate) request: Request,
    sessions: Sessions,
    pub(crate) manuscript: Manuscript,
}

/// Reads what is asked for, and the data.
pub(crate) fn ready(world: &World, args: &ReportArgs) -> Result<Ready> {
    let (world, request) = request::read(world, args)?;
    let sessions = Sessions::open(&world, &request)?;
    let facts = facts::gather(&world, &sessions, &request)?;
    let secrets = match request.plan.readers {
        Readers::Internal => Secrets::new(),
        Readers::Members | Readers::Public => secrets(&sessions, &request)?,
    };
    let manuscript = Manuscript { facts, plan: request.plan.clone(), secrets };
    Ok(Ready { world, request, sessions, manuscript })
}

/// Names and addresses of the sensors.
fn secrets(sessions: &Sessions, request: &Request) -> Result<Secrets> {
    let names = books::names(&sessions.all)?;
    let mut secrets: BTreeSet<String> = names
        .rows
        .iter()
        .filter_map(|row| match row.first() {
            Some(Value::Text(name)) => Some(name.clone()),
            _ => None,
        })
        .collect();
    let selection = facts::selection(&sessions.all, request)?;
    let addresses = destinations::destinations(&sessions.all, &selection)?;
    secrets.extend(addresses.iter().map(ToString::to_string));
    Ok(secrets)
}

impl Ready {
    /// The documents with these texts.
    pub(crate) fn documents(&self, edits: &[Edit], languages: &[Language]) -> Result<Vec<Document>> {
        self.manuscript.documents(edits, languages).map_err(|fault| match fault {
            ReportError::Draft { .. } => Usage(fault.to_string()).into(),
            other => other.into(),
        })
    }

    /// What keeps these documents from their readers.
    pub(crate) fn faults(&self, documents: &[Document]) -> Result<Vec<String>> {
        Ok(self.manuscript.faults(&self.request.plan.edits, documents)?)
    }

    /// Every file of these documents, and what a person should know of them; `out` is where they will lie.
    pub(crate) fn files(
        &self,
        documents: &[Document],
        formats: &exits::Wanted,
        out: &Path,
    ) -> Result<(Files, Vec<String>)> {
        let (mut files, notes) = exits::files(documents, formats, self.world.config.report.font.as_deref())?;
        folder::add(&mut files, "provenance.json".to_string(), provenance(self, out))?;
        Ok((files, notes))
    }
}

fn make(world: &World, args: &ReportArgs, write: Option<&Path>, format: Option<&str>) -> Result<Outcome> {
    let formats = exits::Wanted::parse(format)?;
    let ready = ready(world, args)?;
    let (request, world) = (&ready.request, &ready.world);
    let languages: Vec<Language> = world.langs.iter().map(|lang| language(*lang)).collect();
    let edits = &request.plan.edits;
    let documents = ready.documents(edits, &languages)?;
    if request.plan.readers != Readers::Internal {
        // A report in one language is made when one is asked for; the check before publication wants both.
        let faults = ready.faults(&ready.documents(edits, &Language::ALL)?)?;
        if !faults.is_empty() {
            return Ok(Outcome { faults, is_failure: true, ..Outcome::default() });
        }
    }
    let kind = request.plan.kind.name();
    let period = request.period.text();
    let out = write.map_or_else(|| PathBuf::from(format!("report-{kind}-{period}")), Path::to_path_buf);
    let (files, mut notes) = ready.files(&documents, &formats, &out)?;
    folder::seal(&files, &out)?;
    let place = if files.contains_key("index.html") { out.join("index.html") } else { out };
    let counted = ready.manuscript.facts.packets.map_or_else(
        || format!("packets of {period}, of too few sensors to tell their number"),
        |packets| format!("{packets} packets of {period}"),
    );
    notes.push(format!("{counted}: {}", place.display()));
    Ok(Outcome { notes, ..Outcome::default() })
}

/// The file of a draft.
pub(crate) fn draft_text(ready: &Ready) -> Result<String> {
    // A draft of a draft begins with the program's own words again: what was written stays in its file.
    let plan = Plan { edits: Vec::new(), ..ready.request.plan.clone() };
    let [ja, en] = <[Document; 2]>::try_from(ready.documents(&[], &Language::ALL)?)
        .map_err(|_| anyhow::anyhow!("a report is made in two languages"))?;
    Ok(file::file(&plan, &keys(ready), &proposals(&ready.manuscript.facts), &ja, &en))
}

fn draft(world: &World, args: &ReportArgs, write: Option<&Path>) -> Result<Outcome> {
    let text = draft_text(&ready(world, args)?)?;
    let Some(path) = write else {
        std::io::stdout().lock().write_all(text.as_bytes())?;
        return Ok(Outcome::default());
    };
    let mut file = std::fs::File::create_new(path).with_context(|| {
        format!("writing the draft {}: a draft is not written over, name another file", path.display())
    })?;
    file.write_all(text.as_bytes()).with_context(|| format!("writing the draft {}", path.display()))?;
    Ok(Outcome { notes: vec![format!("the draft: {}", path.display())], ..Outcome::default() })
}

/// The keys at the head of a draft: what was asked for.
fn keys(ready: &Ready) -> Vec<(&'static str, toml::Value)> {
    let request = &ready.request;
    let mut keys: Vec<(&'static str, toml::Value)> = vec![
        ("kind", request.plan.kind.name().into()),
        ("period", request.period.text().into()),
        ("zone", ready.world.zone_name.clone().into()),
        ("form", request.plan.readers.name().into()),
        ("tlp", request.plan.tlp.name().to_ascii_lowercase().into()),
        ("sensors_min", i64::from(request.plan.sensors_min).into()),
        ("issued", request.issued.to_string().into()),
    ];
    keys.extend(request.scope.region.clone().map(|region| ("region", region.into())));
    keys.extend(request.scope.scanners.clone().map(|which| ("scanners", which.into())));
    for (name, list) in [
        ("groups", &request.scope.groups),
        ("sensors", &request.scope.sensors),
        ("exempt", &request.plan.exempt),
    ] {
        if !list.is_empty() {
            keys.push((name, list.clone().into()));
        }
    }
    keys
}

/// Phenomena by what they rest on, the heaviest first.
fn proposals(facts: &Facts) -> Vec<Proposal> {
    let mut found: Vec<(i64, Proposal)> = Vec::new();
    let phenomena = &facts.phenomena;
    found.extend(phenomena.dns.iter().map(|dns| {
        let why = format!(
            "{} zones, {} answers of {} responders, {} ICMP errors",
            dns.zones.len(),
            dns.zone_answers,
            dns.responders,
            dns.errors
        );
        (dns.answers + dns.errors, Proposal { id: "dns-aftermath".to_string(), why })
    }));
    found.extend(phenomena.source_ports.iter().map(|tool| {
        let number: String = tool.port.chars().take_while(char::is_ascii_digit).collect();
        let why = format!(
            "{} packets of {} sources, {:.1} % of all",
            tool.packets,
            tool.sources,
            100.0 * tool.share
        );
        (tool.packets, Proposal { id: format!("source-port-{number}"), why })
    }));
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
    found.into_iter().map(|(_, proposal)| proposal).collect()
}

fn check(world: &World, args: &ReportArgs) -> Result<Outcome> {
    let ready = ready(world, args)?;
    let documents = ready.documents(&ready.request.plan.edits, &Language::ALL)?;
    let faults = ready.faults(&documents)?;
    let is_failure = !faults.is_empty();
    let (form, label): (&str, Tlp) = (ready.request.plan.readers.name(), ready.request.plan.tlp);
    let notes = if is_failure {
        Vec::new()
    } else {
        vec![format!("nothing keeps the {form} form from its readers (TLP:{})", label.name())]
    };
    Ok(Outcome { notes, faults, is_failure, ..Outcome::default() })
}

fn sections(world: &World) -> Result<Outcome> {
    let mut table = Table::new(&[("section", ""), ("readers", ""), ("usual", ""), ("holds", "")]);
    for section in SECTIONS {
        let mut usual: Vec<&str> = section.usual.iter().map(|kind| kind.name()).collect();
        usual.dedup();
        table.push(vec![
            Value::from(section.name),
            Value::from(section.readers.name()),
            Value::Text(usual.join(" ")),
            Value::from(section.doc),
        ]);
    }
    world.print(&table)?;
    Ok(Outcome::default())
}

/// The report's word for a language of the command line.
pub(crate) fn language(lang: Lang) -> Language {
    match lang {
        Lang::Ja => Language::Ja,
        Lang::En => Language::En,
    }
}

/// What differs from run to run stays out of the report itself and stands here.
fn provenance(ready: &Ready, out: &Path) -> Vec<u8> {
    let (world, snapshot) = (&ready.world, ready.sessions.all.snapshot());
    let said = serde_json::json!({
        "period": ready.request.period.text(),
        "form": ready.request.plan.readers.name(),
        "sensors_min": ready.request.plan.sensors_min,
        "exempt": ready.request.plan.exempt,
        "store": world.store_place,
        "snapshot": snapshot.number,
        "tables": snapshot.tables,
        "made_at": world.now().to_string(),
        "written_to": out.display().to_string(),
        "program": concat!("teiten ", env!("CARGO_PKG_VERSION")),
    });
    let mut text = serde_json::to_vec_pretty(&said).unwrap_or_default();
    text.push(b'\n');
    text
}
