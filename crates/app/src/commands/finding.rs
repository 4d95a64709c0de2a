//! `teiten finding` and `teiten campaign`: what the detectors say about a period.
//!
//! Findings are kept; a question first counts what is new or changed, so its answer is that of today.

use std::io::Write;

use anyhow::{Context, Result};
use serde::Deserialize;
use teiten_detect::detector::{self, About, DETECTORS};
use teiten_model::finding::FindingRow;
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::{Table, Value};
use teiten_query::questions::{books, facts};
use teiten_query::session::Session;

use crate::args::{Finding, SelectionArgs};
use crate::exit::{Outcome, Usage};
use crate::judge;
use crate::output::Lang;
use crate::relations::Desk;
use crate::world::{Asked, World};

/// A number of a finding, as it is kept.
#[derive(Debug, Deserialize)]
struct Measure {
    name: String,
    unit: String,
    seen: f64,
    expected: Option<f64>,
}

/// Runs `finding`, or with the identifier of a detector what is about its findings only.
pub(crate) fn run(world: &World, command: &Finding, only: Option<&str>) -> Result<Outcome> {
    match command {
        Finding::List(args) => list(world, args, only),
        Finding::Show { id, selection } => show(world, id, selection, only),
        Finding::Explain { name, selection } => explain(world, name.as_deref().or(only), selection, only),
    }
}

/// `teiten detect`: judges a period and says how many findings there are.
pub(crate) fn detect(world: &World, args: &SelectionArgs) -> Result<Outcome> {
    if args.filter.is_some() {
        return Err(Usage("detectors judge all packets of a period: leave -Y out".to_string()).into());
    }
    let Some((selection, session, notes)) = judged(world, args)? else { return Ok(nothing(world)) };
    let rows = facts::findings(&session, &selection)?;
    let mut table = Table::new(&[("detector", ""), ("title", ""), ("findings", "findings")]);
    for detector in DETECTORS {
        let about = detector.about();
        let count = rows.iter().filter(|row| row.detector == about.id).count();
        table.push(vec![about.id.into(), title(world, about).into(), Value::Int(count as i64)]);
    }
    world.print(&table)?;
    Ok(Outcome { notes, ..Outcome::default() })
}

/// What is asked of facts and findings.
pub(super) struct Question {
    pub(super) selection: Selection,
    pub(super) session: Session,
    /// The selection's interval: whole days.
    pub(super) interval: Interval,
    pub(super) notes: Vec<String>,
}

/// What options ask about; `None` when the store is empty.
pub(super) fn asked(world: &World, args: &SelectionArgs) -> Result<Option<Question>> {
    let Asked { mut selection, session, notes } = world.asked(args)?;
    if *session.viewer() != Viewer::All {
        return Err(
            Usage("findings and facts name what others may not see: leave --as out".to_string()).into()
        );
    }
    let whole = || -> Result<Option<Interval>> {
        let span = books::span(&session)?;
        Ok(span.map(|(first, last)| Interval { start: Timestamp(first), end: Timestamp(last + 1) }))
    };
    let interval = match selection.interval {
        Some(interval) => Some(interval),
        None => whole()?,
    };
    let Some(interval) = interval else { return Ok(None) };
    let interval = judge::whole_days(session.store(), interval);
    selection.interval = Some(interval);
    Ok(Some(Question { selection, session, interval, notes }))
}

fn judged(world: &World, args: &SelectionArgs) -> Result<Option<(Selection, Session, Vec<String>)>> {
    let Some(question) = asked(world, args)? else { return Ok(None) };
    let session = judge::judge(world, question.session.store(), question.interval)?;
    Ok(Some((question.selection, session, question.notes)))
}

pub(super) fn nothing(world: &World) -> Outcome {
    let notes = vec![format!("the store at {} holds no packets yet: `teiten import`", world.store_place)];
    Outcome { notes, ..Outcome::default() }
}

fn rows(
    world: &World,
    args: &SelectionArgs,
    only: Option<&str>,
) -> Result<Option<(Vec<FindingRow>, Vec<String>)>> {
    let Some((selection, session, notes)) = judged(world, args)? else { return Ok(None) };
    let mut rows = facts::findings(&session, &selection)?;
    rows.retain(|row| only.is_none_or(|only| row.detector == only));
    Ok(Some((rows, notes)))
}

fn list(world: &World, args: &SelectionArgs, only: Option<&str>) -> Result<Outcome> {
    let Some((rows, mut notes)) = rows(world, args, only)? else { return Ok(nothing(world)) };
    let mut table = Table::new(&[
        ("id", ""),
        ("detector", ""),
        ("subject", ""),
        ("first", ""),
        ("last", ""),
        ("confidence", ""),
        ("sensors", "sensors"),
        ("packets", "packets"),
        ("sources", "sources"),
        ("seen", ""),
        ("filter", ""),
        ("experimental", ""),
    ]);
    let count = |number: i64| if number < 0 { Value::Null } else { Value::Int(number) };
    for row in &rows {
        let seen: Vec<String> = measures(row)?
            .iter()
            .filter(|measure| !matches!(measure.name.as_str(), "packets" | "sources" | "onset"))
            .map(|measure| format!("{} {}", measure.name, number(measure.seen, &measure.unit)))
            .collect();
        table.push(vec![
            Value::Text(row.id.clone()),
            Value::Text(row.detector.clone()),
            Value::Text(row.subject.clone()),
            Value::Time(row.first),
            Value::Time(row.last),
            Value::Text(row.confidence.clone()),
            count(row.sensors),
            count(row.packets),
            count(row.sources),
            Value::Text(seen.join(", ")),
            if row.filter.is_empty() { Value::Null } else { Value::Text(row.filter.clone()) },
            Value::Bool(row.experimental == 1),
        ]);
    }
    world.print(&table)?;
    notes.push(format!("{} findings", rows.len()));
    Ok(Outcome { notes, ..Outcome::default() })
}

fn measures(row: &FindingRow) -> Result<Vec<Measure>> {
    serde_json::from_str(&row.measures).with_context(|| format!("reading the numbers of finding {}", row.id))
}

/// A number as a person reads it.
fn number(seen: f64, unit: &str) -> String {
    match unit {
        "share" => format!("{:.1} %", 100.0 * seen),
        _ if seen.fract() == 0.0 => format!("{seen}"),
        _ if seen.abs() < 0.01 => format!("{seen:.1e}"),
        _ => format!("{seen:.2}"),
    }
}

/// The finding of that identifier, or the only one that begins so.
fn one<'a>(rows: &'a [FindingRow], id: &str) -> Result<&'a FindingRow> {
    let exact: Vec<&FindingRow> = rows.iter().filter(|row| row.id == id).collect();
    let found = match exact.is_empty() {
        true => rows.iter().filter(|row| row.id.starts_with(id)).collect(),
        false => exact,
    };
    match found.as_slice() {
        [row] => Ok(*row),
        [] => {
            let said =
                format!("there is no finding `{id}` in that period: `finding list` names those there are");
            Err(Usage(said).into())
        }
        many => {
            let ids: Vec<&str> = many.iter().take(5).map(|row| row.id.as_str()).collect();
            let said = format!("`{id}` is the beginning of {} findings: {}", many.len(), ids.join(", "));
            Err(Usage(said).into())
        }
    }
}

/// What is related to a finding.
fn related(world: &World, id: &str, args: &SelectionArgs, only: Option<&str>) -> Result<Outcome> {
    let Some((selection, session, mut notes)) = judged(world, args)? else { return Ok(nothing(world)) };
    let mut rows = facts::findings(&session, &selection)?;
    rows.retain(|row| only.is_none_or(|only| row.detector == only));
    let row = one(&rows, id)?;
    let desk = Desk::open(world)?;
    notes.extend(desk.note(world));
    world.print(&desk.of_finding(world, &session, row)?)?;
    Ok(Outcome { notes, ..Outcome::default() })
}

fn show(world: &World, id: &str, args: &SelectionArgs, only: Option<&str>) -> Result<Outcome> {
    let Some((rows, notes)) = rows(world, args, only)? else { return Ok(nothing(world)) };
    let row = one(&rows, id)?;
    let mut table = Table::new(&[("measure", ""), ("unit", ""), ("seen", ""), ("expected", "")]);
    for measure in measures(row)? {
        table.push(vec![
            Value::Text(measure.name),
            Value::Text(measure.unit),
            Value::Float(measure.seen),
            measure.expected.map_or(Value::Null, Value::Float),
        ]);
    }
    if world.is_for_people() {
        head(world, row)?;
    }
    world.print(&table)?;
    if world.is_for_people() && !row.filter.is_empty() {
        let quoted = row.filter.replace('\'', "'\\''");
        let (from, to) = (Timestamp(row.first), Timestamp(row.last));
        writeln!(std::io::stdout(), "\nteiten packets -Y '{quoted}' --from {from} --to {to}")?;
    }
    Ok(Outcome { notes, ..Outcome::default() })
}

/// What a finding is, in words.
fn head(world: &World, row: &FindingRow) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let about = detector::find(&row.detector).map(|detector| detector.about());
    writeln!(out, "{}", row.id)?;
    if let Some(about) = about {
        writeln!(out, "{}: {}\n", title(world, about), row.subject)?;
        writeln!(out, "{}", about.rule)?;
        writeln!(out, "{}", about.why)?;
        writeln!(out, "{}\n", about.wrong)?;
    }
    let sensors = row.sensors;
    writeln!(
        out,
        "{} to {}, confidence {}, {sensors} sensors, rule {} version {}{}\n",
        Timestamp(row.first),
        Timestamp(row.last),
        row.confidence,
        row.detector,
        row.rule,
        if row.experimental == 1 { ", experimental" } else { "" }
    )?;
    Ok(())
}

fn title(world: &World, about: &About) -> &'static str {
    match world.lang() {
        Lang::Ja => about.title_ja,
        Lang::En => about.title,
    }
}

fn explain(world: &World, name: Option<&str>, args: &SelectionArgs, only: Option<&str>) -> Result<Outcome> {
    let finding = name.filter(|name| name.contains(':'));
    if let Some(finding) = finding.filter(|_| !world.is_for_people()) {
        return related(world, finding, args, only);
    }
    let id = name.map(|name| name.split(':').next().unwrap_or(name));
    let found: Vec<&About> = DETECTORS
        .iter()
        .map(|detector| detector.about())
        .filter(|about| id.is_none_or(|id| about.id == id))
        .collect();
    if found.is_empty() {
        let names: Vec<&str> = DETECTORS.iter().map(|detector| detector.about().id).collect();
        let said =
            format!("there is no detector `{}`: there are {}", id.unwrap_or_default(), names.join(", "));
        return Err(Usage(said).into());
    }
    if !world.is_for_people() {
        let mut table = Table::new(&[
            ("detector", ""),
            ("version", ""),
            ("bound", ""),
            ("value", ""),
            ("unit", ""),
            ("doc", ""),
        ]);
        for about in found {
            for bound in about.tunables {
                table.push(vec![
                    about.id.into(),
                    i64::from(about.version).into(),
                    bound.name.into(),
                    Value::Float(bound.value),
                    bound.unit.into(),
                    bound.doc.into(),
                ]);
            }
        }
        world.print(&table)?;
        return Ok(Outcome::default());
    }
    let mut out = std::io::stdout().lock();
    for about in found {
        writeln!(out, "{} (version {}): {}\n", about.id, about.version, title(world, about))?;
        writeln!(out, "{}\n{}\n{}", about.rule, about.why, about.wrong)?;
        writeln!(out, "Sources: {}.", about.sources.join("; "))?;
        for bound in about.tunables {
            writeln!(out, "  {:<22} {:>10} {:<22} {}", bound.name, bound.value, bound.unit, bound.doc)?;
        }
        if detector::is_experimental(about.id) {
            writeln!(out, "Experimental: its findings stay out of public reports.")?;
        }
        writeln!(out)?;
    }
    drop(out);
    match finding {
        Some(finding) => related(world, finding, args, only),
        None => Ok(Outcome::default()),
    }
}
