//! `teiten finding` and `teiten campaign`: what the detectors say about a period.
//!
//! Findings are kept; a question first counts what is new or changed, so its answer is that of today.

use std::io::Write;

use anyhow::{Context, Result};
use teiten_ask::finding::{self, Measure};
use teiten_ask::relations::{self, Desk};
use teiten_detect::detector::{self, DETECTORS};
use teiten_model::finding::FindingRow;
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::{Table, TableColumn, Value};
use teiten_query::questions::{books, by_day, facts};
use teiten_query::session::Session;

use super::explain;
use crate::args::{Finding, SelectionArgs};
use crate::exit::{Outcome, Usage};
use crate::judge;
use crate::known::{self, Victims};
use crate::world::{Asked, World};

/// Most days between two judgements of `finding alarms`.
const DAYS_MAX: usize = 366;

/// Runs `finding`, or with the identifier of a detector what is about its findings only.
pub(crate) fn run(world: &World, command: &Finding, only: Option<&str>) -> Result<Outcome> {
    match command {
        Finding::List(args) => list(world, args, only),
        Finding::Show { id, selection } => show(world, id, selection, only),
        Finding::Alarms { selection, every } => alarms(world, selection, *every, only),
        Finding::Explain { name, selection } => explained(world, name.as_deref().or(only), selection, only),
    }
}

/// Refuses a filter where whole periods are judged.
fn unfiltered(args: &SelectionArgs) -> Result<(), Usage> {
    match &args.filter {
        Some(_) => Err(Usage("detectors judge all packets of a period: leave -Y out".to_string())),
        None => Ok(()),
    }
}

/// `teiten detect`: judges a period and says how many findings there are.
pub(crate) fn detect(world: &World, args: &SelectionArgs) -> Result<Outcome> {
    unfiltered(args)?;
    let Some((selection, session, notes)) = judged(world, args)? else { return Ok(nothing(world)) };
    let rows = facts::findings(&session, &selection)?;
    let mut table = Table::new(&[("detector", ""), ("title", ""), ("findings", "findings")]);
    for detector in DETECTORS {
        let about = detector.about();
        let count = rows.iter().filter(|row| row.detector == about.id).count();
        table.push(vec![
            about.id.into(),
            finding::words_of(about, world.lang()).title.into(),
            Value::Int(count as i64),
        ]);
    }
    world.print(&table)?;
    Ok(Outcome { notes, ..Outcome::default() })
}

/// When each finding would first have been made, had the period been judged day by day.
fn alarms(world: &World, args: &SelectionArgs, every: usize, only: Option<&str>) -> Result<Outcome> {
    unfiltered(args)?;
    if !(1..=DAYS_MAX).contains(&every) {
        return Err(Usage(format!("--every is a number of days from 1 to {DAYS_MAX}, not {every}")).into());
    }
    let Some((selection, session, notes)) = judged(world, args)? else { return Ok(nothing(world)) };
    let interval = selection.interval.context("findings are about a period")?;
    let mut table = judge::alarms::alarms(world, &session, interval, every)?;
    if let (Some(only), Some(place)) = (only, table.place("detector")) {
        table.rows.retain(|row| row[place] == Value::from(only));
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

/// Findings that are asked for.
struct Kept {
    session: Session,
    rows: Vec<FindingRow>,
    notes: Vec<String>,
}

fn rows(world: &World, args: &SelectionArgs, only: Option<&str>) -> Result<Option<Kept>> {
    let Some((selection, session, notes)) = judged(world, args)? else { return Ok(None) };
    let mut rows = facts::findings(&session, &selection)?;
    rows.retain(|row| only.is_none_or(|only| row.detector == only));
    Ok(Some(Kept { session, rows, notes }))
}

fn list(world: &World, args: &SelectionArgs, only: Option<&str>) -> Result<Outcome> {
    let Some(Kept { rows, mut notes, .. }) = rows(world, args, only)? else { return Ok(nothing(world)) };
    let mut table = finding::table(&rows)?;
    let victims = Victims::load(world)?;
    table.columns.push(TableColumn { name: "victim_kind".to_string(), unit: String::new() });
    for (cells, row) in table.rows.iter_mut().zip(&rows) {
        cells.push(victims.of_finding(row)?.map_or(Value::Null, |found| known::said(world, found)));
    }
    if world.is_for_people() {
        table.leave_out_empty(&["victim_kind"]);
    }
    world.print(&table)?;
    notes.push(format!("{} findings", rows.len()));
    Ok(Outcome { notes, ..Outcome::default() })
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

/// The rule of a detector, or of the one behind a finding with what is related to it.
fn explained(world: &World, name: Option<&str>, args: &SelectionArgs, only: Option<&str>) -> Result<Outcome> {
    let detector = |name: &str| Some(name.split_once(':')?.0.to_string());
    let is_about_ports = |name: &&str| detector(name).is_some_and(|id| relations::is_about_ports(&id));
    let Some(finding) = name.filter(is_about_ports) else { return explain::run(world, name) };
    if !world.is_for_people() {
        return related(world, finding, args, only);
    }
    let mut outcome = explain::run(world, name)?;
    match related(world, finding, args, only) {
        Ok(found) => outcome.notes.extend(found.notes),
        // The rule is explained all the same, where the period or the store does not hold the finding.
        Err(error) => outcome.notes.push(format!("what is related is not known: {error:#}")),
    }
    Ok(outcome)
}

/// What is related to a finding.
fn related(world: &World, id: &str, args: &SelectionArgs, only: Option<&str>) -> Result<Outcome> {
    let Some(Kept { session, rows, mut notes }) = rows(world, args, only)? else { return Ok(nothing(world)) };
    let row = one(&rows, id)?;
    let desk = Desk::open(&world.data_folder())?;
    let related = desk.of_finding(&session, row, world.lang())?;
    notes.extend(desk.notes());
    world.print(&related)?;
    Ok(Outcome { notes, ..Outcome::default() })
}

fn show(world: &World, id: &str, args: &SelectionArgs, only: Option<&str>) -> Result<Outcome> {
    let Some(Kept { session, rows, notes }) = rows(world, args, only)? else { return Ok(nothing(world)) };
    let row = one(&rows, id)?;
    let mut table = Table::new(&[("measure", ""), ("unit", ""), ("seen", ""), ("expected", "")]);
    let measures = finding::measures(row)?;
    for measure in &measures {
        table.push(vec![
            Value::Text(measure.name.clone()),
            Value::Text(measure.unit.clone()),
            Value::Float(measure.seen),
            measure.expected.map_or(Value::Null, Value::Float),
        ]);
    }
    let is_campaign = only == Some("campaign");
    let mut notes = notes;
    if world.is_for_people() {
        head(world, row)?;
    }
    // Programs read the days of a campaign; its numbers are those of `finding show`.
    if world.is_for_people() || !is_campaign {
        world.print(&table)?;
    }
    if is_campaign {
        if world.is_for_people() {
            writeln!(std::io::stdout())?;
        }
        world.print(&days(&session, row)?)?;
    }
    // Programs read it as the answer of `finding explain`.
    if world.is_for_people() {
        let desk = Desk::open(&world.data_folder())?;
        let related = desk.of_finding(&session, row, world.lang())?;
        if !related.rows.is_empty() {
            writeln!(std::io::stdout())?;
            world.print(&related)?;
        }
        if !related.rows.is_empty() || !desk.catalogue.damages().is_empty() {
            notes.extend(desk.notes());
        }
    }
    if world.is_for_people() && !row.filter.is_empty() {
        let quoted = row.filter.replace('\'', "'\\''");
        let (from, to) = (Timestamp(row.first), Timestamp(row.last));
        writeln!(std::io::stdout(), "\nteiten packets -Y '{quoted}' --from {from} --to {to}")?;
    }
    if world.is_for_people() && is_of_mirai(row, &measures) {
        let (from, to) = (Timestamp(row.first), Timestamp(row.last));
        writeln!(std::io::stdout(), "teiten ask mirai-ports --from {from} --to {to}")?;
    }
    Ok(Outcome { notes, ..Outcome::default() })
}

/// Part of a finding's packets with Mirai's mark from which its share of every port is worth a look.
const MIRAI_SHARE_MIN: f64 = 0.05;

/// Whether a finding has to do with Mirai: by its subject, or by a part of its packets.
fn is_of_mirai(row: &FindingRow, measures: &[Measure]) -> bool {
    let is_part = |measure: &Measure| measure.name == "mirai_share" && measure.seen >= MIRAI_SHARE_MIN;
    row.subject.split(' ').any(|word| word == "mirai") || measures.iter().any(is_part)
}

/// The days of a finding: who was there, who came and who went.
fn days(session: &Session, row: &FindingRow) -> Result<Table> {
    let interval = Interval { start: Timestamp(row.first), end: Timestamp(row.last) };
    let filter = Some(row.filter.clone()).filter(|filter| !filter.is_empty());
    let selection = Selection { filter, interval: Some(interval), ..Selection::default() };
    Ok(by_day::days(session, &selection)?)
}

/// What a finding is, in words.
fn head(world: &World, row: &FindingRow) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let about = detector::find(&row.detector).map(|detector| detector.about());
    writeln!(out, "{}", row.id)?;
    if let Some(about) = about {
        let told = finding::words_of(about, world.lang());
        writeln!(out, "{}: {}\n", told.title, row.subject)?;
        writeln!(out, "{}\n{}\n{}\n", told.rule, told.why, told.wrong)?;
    }
    let victims = Victims::load(world)?;
    if let Some(found) = victims.of_finding(row)? {
        let told_by = found.map_or("no entry of the table of kinds".to_string(), |found| found.told_by());
        if let Value::Text(kind) = known::said(world, found) {
            writeln!(out, "victim: {kind} ({told_by})\n")?;
        }
    }
    let names = known::names_of(world, row)?;
    for (address, name) in &names {
        writeln!(out, "reverse name of {address}: {name}")?;
    }
    if !names.is_empty() {
        writeln!(out, "A reverse name is what the network wrote in the DNS; it proves nothing.\n")?;
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
