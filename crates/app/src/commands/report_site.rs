//! `teiten report publish`, `site` and `list`: published reports, their editions, their archive.

use std::path::Path;

use anyhow::{Context, Result};
use jiff::civil::Date;
use teiten_model::table::{Table, Value};
use teiten_report::archive::edition::{Edition, Told};
use teiten_report::archive::publish::{self, Outcome as Published};
use teiten_report::archive::sealed::Sealed;
use teiten_report::archive::site::{Declaration, Site, Wanted};
use teiten_report::error::ReportError;

use crate::args::{Publish, ReportSite, SiteInit};
use crate::commands::report::language;
use crate::exit::{Outcome, Usage};
use crate::request;
use crate::world::World;

/// Title of a site that was given none.
const TITLE_JA: &str = "インターネット定点観測レポート";
const TITLE_EN: &str = "Internet Fixed-Point Observation Reports";

/// The site itself: made, or drawn again.
pub(crate) fn site(world: &World, command: &ReportSite) -> Result<Outcome> {
    match command {
        ReportSite::Init(args) => init(world, args),
        ReportSite::Refresh { site } => refresh(site),
    }
}

/// The date of the first edition that a site has of a report.
pub(crate) fn first_published(site: &Path, kind: &str, name: &str) -> Result<Option<Date>> {
    let editions = Site::open(site)?.editions_of(kind, name)?;
    Ok(editions.first().map(|edition| edition.first_published))
}

/// What a declaration refuses is a mistake of whoever typed it.
fn as_usage(error: ReportError) -> anyhow::Error {
    match error {
        ReportError::Declaration { .. } => Usage(error.to_string()).into(),
        other => other.into(),
    }
}

fn init(world: &World, args: &SiteInit) -> Result<Outcome> {
    let report = &world.config.report;
    let or = |given: &Option<String>, other: &str| given.clone().unwrap_or_else(|| other.to_string());
    let created = request::date(args.created.as_deref())?.map_or_else(|| request::today(world), Ok)?;
    let wanted = Wanted {
        title: Told { ja: or(&args.title_ja, TITLE_JA), en: or(&args.title_en, TITLE_EN) },
        institution: Told { ja: report.institution_ja.clone(), en: report.institution_en.clone() },
        contact: or(&args.contact, &report.contact),
        base_url: args.url.clone(),
        form: args.form.clone(),
    };
    let declaration = Declaration::new(wanted, created).map_err(as_usage)?;
    let site = Site::create(&args.site, declaration)?;
    publish::refresh(&site)?;
    let note = format!(
        "{} carries reports of the form `{}`: {}",
        args.site.display(),
        args.form,
        args.site.join("index.html").display()
    );
    Ok(Outcome { notes: vec![note], ..Outcome::default() })
}

fn refresh(site: &Path) -> Result<Outcome> {
    let editions = publish::refresh(&Site::open(site)?)?;
    let note = format!("drawn again from {} editions: {}", editions.len(), site.join("index.html").display());
    Ok(Outcome { notes: vec![note], ..Outcome::default() })
}

/// Publishes a report, or says that it is there already.
pub(crate) fn publish_one(world: &World, args: &Publish) -> Result<Outcome> {
    let site = Site::open(&args.to)?;
    let report = Sealed::read(&args.folder)?;
    let text = |note: &Option<String>| note.clone().unwrap_or_default();
    let note = Told { ja: text(&args.note_ja), en: text(&args.note_en) };
    let published = publish::publish(&site, &report, &note).map_err(as_usage)?;
    let (Published::Published { edition, .. } | Published::Same { edition, .. }) = &published;
    let name = format!("edition {} of {} {}", edition.number, edition.kind, edition.name);
    let address = args.to.join(edition.folder()).join("index.html");
    let mut notes = Vec::new();
    match &published {
        Published::Same { is_dated_otherwise: true, .. } => notes.push(format!(
            "{name} says the same but for its date of issue, {}; nothing was published (a note publishes it all the same)",
            edition.issued
        )),
        Published::Same { .. } => notes.push(format!("{name} is this report already; nothing was published")),
        Published::Published { .. } => {
            notes.push(format!("{name}: {}", address.display()));
            notes.extend(corrections(world, edition));
        }
    }
    Ok(Outcome { notes, ..Outcome::default() })
}

/// What a publisher should know of a correction.
fn corrections(world: &World, edition: &Edition) -> Vec<String> {
    if !edition.is_corrected() {
        return Vec::new();
    }
    let mut notes = vec![edition.changed.of(language(world.lang())).to_string()];
    for page in &edition.pages {
        let missing = match page.language.as_str() {
            "ja" => edition.note.ja.is_empty(),
            _ => edition.note.en.is_empty(),
        };
        if missing {
            let code = &page.language;
            notes.push(format!(
                "no --note-{code} says why: the page in `{code}` tells only what was found to differ"
            ));
        }
    }
    notes
}

/// Every edition, the newest period first.
pub(crate) fn list(world: &World, site: &Path) -> Result<Outcome> {
    let mut table = Table::new(&[
        ("kind", ""),
        ("period", ""),
        ("edition", ""),
        ("issued", ""),
        ("first_published", ""),
        ("form", ""),
        ("languages", ""),
        ("synthetic", ""),
        ("title", ""),
        ("what_changed", ""),
    ]);
    let site = Site::open(site)?;
    let mut editions = site.editions()?;
    editions.sort_by_cached_key(|e| {
        (e.kind.clone(), std::cmp::Reverse((e.start.clone(), e.name.clone(), e.number)))
    });
    let language = language(world.lang());
    for edition in &editions {
        let page = edition.page(language).context("an edition without a page")?;
        let languages: Vec<&str> = edition.pages.iter().map(|page| page.language.as_str()).collect();
        let told = [edition.note.of(language), edition.changed.of(language)];
        let told: Vec<&str> = told.into_iter().filter(|text| !text.is_empty()).collect();
        table.push(vec![
            Value::Text(edition.kind.clone()),
            Value::Text(edition.name.clone()),
            Value::Int(i64::from(edition.number)),
            Value::Text(edition.issued.to_string()),
            Value::Text(edition.first_published.to_string()),
            Value::Text(edition.form.clone()),
            Value::Text(languages.join(",")),
            Value::Bool(edition.is_synthetic),
            Value::Text(page.title.clone()),
            if told.is_empty() { Value::Null } else { Value::Text(told.join(" ")) },
        ]);
    }
    world.print(&table)?;
    let mut outcome = Outcome::default();
    if editions.is_empty() {
        let here = site.folder.display();
        outcome
            .notes
            .push(format!("{here} holds no report: `teiten report publish FOLDER --to {here}` adds one"));
    }
    Ok(outcome)
}
