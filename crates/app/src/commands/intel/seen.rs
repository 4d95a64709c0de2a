//! What became known beside what was seen: related things of a port, its timeline, and lead times.
//!
//! **Invariant:** what was seen is of whole days, counted anew where packets came late.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use teiten_intel::lead::{Change, Entry, PACKETS_MIN, REACH_DAYS, leads};
use teiten_intel::source::Source;
use teiten_intel::timeline::marks;
use teiten_model::finding::FindingRow;
use teiten_model::interval::{Day, Interval};
use teiten_model::protocols::port_label;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, TableColumn, Value};
use teiten_query::questions::trend::{Trend, trend};
use teiten_query::questions::{books, facts};
use teiten_query::session::Session;

use super::super::finding::{asked, nothing};
use super::port;
use crate::args::SelectionArgs;
use crate::exit::{Outcome, Usage};
use crate::judge;
use crate::world::World;
use teiten_ask::output::Lang;
use teiten_ask::relations::{self, Desk, RISES, day_of, onset, text};

/// What was judged of a period.
struct Judged {
    session: Session,
    interval: Interval,
    rows: Vec<FindingRow>,
    notes: Vec<String>,
}

fn judged(world: &World, args: &SelectionArgs) -> Result<Option<Judged>> {
    if args.filter.is_some() || args.scanners.is_some() {
        return Err(Usage(
            "what became known is compared with all packets: leave -Y and --scanners out".to_string(),
        )
        .into());
    }
    let Some(question) = asked(world, args)? else { return Ok(None) };
    let session = judge::judge(world, question.session.store(), question.interval)?;
    let rows = facts::findings(&session, &question.selection)?;
    Ok(Some(Judged { session, interval: question.interval, rows, notes: question.notes }))
}

impl Judged {
    /// Days at home on which some sensor stored a packet.
    fn observed(&self, world: &World) -> Result<BTreeSet<Day>> {
        let within = Selection { interval: Some(self.interval), ..Selection::default() };
        let question = Trend {
            step: "day".into(),
            zone: world.zone_name.clone(),
            by: None,
            lines: 1,
            without_sources: false,
        };
        let days = trend(&self.session, &within, &question)?;
        // A day on which nobody listened has no row.
        let times = days.rows.iter().filter_map(|row| match row.first() {
            Some(Value::Time(at)) => Some(day_of(&world.zone, *at)),
            _ => None,
        });
        Ok(times.collect())
    }

    /// Findings that are a rise of a port, by the day they began.
    fn rises(&self, wanted: (u8, u16)) -> Vec<&FindingRow> {
        let mut rises: Vec<&FindingRow> = self
            .rows
            .iter()
            .filter(|row| RISES.contains(&row.detector.as_str()) && relations::ports(row).contains(&wanted))
            .collect();
        rises.sort_by_key(|row| (onset(row), row.id.clone()));
        rises
    }
}

/// `teiten intel related`.
pub(super) fn related(world: &World, ports: &[String], args: &SelectionArgs) -> Result<Outcome> {
    let ports = ports.iter().map(|word| port(word)).collect::<Result<Vec<_>>>()?;
    let Some(judged) = judged(world, args)? else { return Ok(nothing(world)) };
    let desk = Desk::open(&world.data_folder())?;
    let mut table = relations::empty();
    let mut notes = judged.notes.clone();
    for wanted in ports {
        let rises = judged.rises(wanted);
        let onset = rises.first().map(|row| onset(row));
        let label = port_label(Some(i64::from(wanted.0)), Some(i64::from(wanted.1)));
        notes.push(match (rises.first(), onset) {
            (Some(row), Some(day)) => format!("{label} rose on {day}: {}", row.id),
            _ => format!("no detector says that {label} rose: dates are not compared"),
        });
        let found = desk.of_port(&judged.session, wanted, judged.interval, onset)?;
        relations::add(&mut table, wanted, &found, world.lang());
    }
    world.print(&table)?;
    notes.extend(desk.notes());
    Ok(Outcome { notes, ..Outcome::default() })
}

/// `teiten intel timeline`.
pub(super) fn timeline(world: &World, word: &str, args: &SelectionArgs) -> Result<Outcome> {
    let wanted = port(word)?;
    let Some(judged) = judged(world, args)? else { return Ok(nothing(world)) };
    let desk = Desk::open(&world.data_folder())?;
    let days = facts::port_days(&judged.session, &judged.interval, wanted)?;
    let days: BTreeMap<Day, i64> =
        days.into_iter().map(|fact| (day_of(&world.zone, fact.at), fact.packets)).collect();
    let (first, last) =
        (day_of(&world.zone, judged.interval.start.0), day_of(&world.zone, judged.interval.end.0 - 1));
    let known = desk.candidates(wanted.0, wanted.1)?;
    let observed = judged.observed(world)?;
    // A day that nobody watched has no number, never a zero.
    let packets_on = |day: Day| match (days.get(&day), observed.contains(&day)) {
        (Some(packets), _) => Value::Int(*packets),
        (None, true) => Value::Int(0),
        (None, false) => Value::Null,
    };
    let mut rows: Vec<(Day, u8, Vec<Value>)> = Vec::new();
    for mark in marks(desk.knowledge, wanted.0, wanted.1, &known.told, first, last) {
        let name = if world.lang() == Lang::Ja { mark.ja } else { mark.en };
        let told_by = text(mark.told_by.join("; "));
        let row = vec![
            Value::Text(mark.day.to_string()),
            mark.kind.word().into(),
            Value::Text(mark.id),
            Value::Text(name),
            packets_on(mark.day),
            told_by,
        ];
        rows.push((mark.day, 0, row));
    }
    let first_here = relations::first_here(&world.zone, &judged.session, wanted)?;
    if let Some(day) = first_here.filter(|day| (first..=last).contains(day)) {
        let row = vec![
            Value::Text(day.to_string()),
            "first-here".into(),
            Value::Null,
            Value::Null,
            packets_on(day),
            Value::Null,
        ];
        rows.push((day, 1, row));
    }
    for finding in judged.rises(wanted) {
        let day = onset(finding);
        let row = vec![
            Value::Text(day.to_string()),
            "finding".into(),
            Value::Text(finding.id.clone()),
            Value::Text(format!("{} {}", finding.detector, finding.confidence)),
            packets_on(day),
            Value::Null,
        ];
        rows.push((day, 2, row));
    }
    rows.sort_by_key(|(day, place, _)| (*day, *place));
    let mut table = Table::new(&[
        ("day", ""),
        ("mark", ""),
        ("id", ""),
        ("name", ""),
        ("packets", "packets"),
        ("told_by", ""),
    ]);
    for (_, _, row) in rows {
        table.push(row);
    }
    world.print(&table)?;
    let mut notes = judged.notes;
    notes.extend(known.is_cut.then(|| relations::cut_note(word)));
    notes.extend(desk.notes());
    Ok(Outcome { notes, ..Outcome::default() })
}

/// Adds to each step of a series what became known of a port in it, and the first packet here.
pub(crate) fn mark_series(
    world: &World,
    session: &Session,
    word: &str,
    series: &mut Table,
) -> Result<Vec<String>> {
    let wanted = port(word)?;
    let starts: Vec<Option<Day>> = series
        .rows
        .iter()
        .map(|row| match row.first() {
            Some(Value::Time(at)) => Some(day_of(&world.zone, *at)),
            _ => None,
        })
        .collect();
    let steps: BTreeSet<Day> = starts.iter().flatten().copied().collect();
    let desk = Desk::open(&world.data_folder())?;
    let mut marked: BTreeMap<Day, Vec<String>> = BTreeMap::new();
    let mut notes: Vec<String> = Vec::new();
    if let (Some(first), Some(last)) = (steps.first(), steps.last()) {
        let known = desk.candidates(wanted.0, wanted.1)?;
        notes.extend(known.is_cut.then(|| relations::cut_note(word)));
        // The last step is longer than its first day; what is later than the last packet is not in the series.
        let end = books::span(session)?.map_or(*last, |(_, end)| day_of(&world.zone, end).max(*last));
        for mark in marks(desk.knowledge, wanted.0, wanted.1, &known.told, *first, end) {
            let said = format!("{} {} {}", mark.day, mark.kind.word(), mark.id);
            marked.entry(mark.day).or_default().push(said);
        }
        let first_here = relations::first_here(&world.zone, session, wanted)?;
        if let Some(day) = first_here {
            marked.entry(day).or_default().push(format!("{day} first-here"));
        }
    }
    notes.extend(desk.notes());
    series.columns.push(TableColumn { name: "marks".to_string(), unit: String::new() });
    let mut told: BTreeSet<Day> = BTreeSet::new();
    for (row, start) in series.rows.iter_mut().zip(&starts) {
        // One step may have several lines: its marks stand in the first.
        let own: Vec<&str> = match start.filter(|start| told.insert(*start)) {
            Some(start) => {
                let next = steps.range(start..).nth(1).copied().unwrap_or(Day(i32::MAX));
                marked.range(start..next).flat_map(|(_, said)| said).map(String::as_str).collect()
            }
            None => Vec::new(),
        };
        row.push(text(own.join("; ")));
    }
    Ok(notes)
}

/// `teiten intel lead`.
pub(super) fn lead(world: &World, args: &SelectionArgs) -> Result<Outcome> {
    let Some(judged) = judged(world, args)? else { return Ok(nothing(world)) };
    let desk = Desk::open(&world.data_folder())?;
    let mut entries = Vec::new();
    desk.catalogue.each_of(Source::Kev, |record, _| {
        if let Some(day) = record.kev {
            entries.push(Entry { day, ports: Vec::new(), id: record.id });
        }
        true
    })?;
    for entry in &mut entries {
        // What other catalogues say counts, too: a rule may name the port that the entry does not.
        if let Some(told) = desk.catalogue.vulnerability(&entry.id)? {
            entry.ports = desk.knowledge.ports_of(&told.record);
        }
    }
    let mut changes = Vec::new();
    for row in judged.rows.iter().filter(|row| RISES.contains(&row.detector.as_str())) {
        changes.extend(relations::ports(row).into_iter().map(|(proto, port)| Change {
            proto,
            port,
            onset: onset(row),
            finding: row.id.clone(),
        }));
    }
    let packets = facts::port_packets(&judged.session, &judged.interval)?;
    let found = leads(&entries, &changes, &packets, &judged.observed(world)?);
    let mut table = Table::new(&[
        ("day", ""),
        ("id", ""),
        ("port", ""),
        ("onset", ""),
        ("lead", "days"),
        ("control_share", "%"),
        ("finding", ""),
    ]);
    for row in &found.rows {
        let change = row.change.as_ref();
        table.push(vec![
            Value::Text(row.day.to_string()),
            Value::Text(row.id.clone()),
            Value::Text(port_label(Some(i64::from(row.proto)), Some(i64::from(row.port)))),
            change.map_or(Value::Null, |change| Value::Text(change.onset.to_string())),
            row.lead_days.map_or(Value::Null, |days| Value::Int(i64::from(days))),
            Value::Float(100.0 * row.control_share),
            change.map_or(Value::Null, |change| Value::Text(change.finding.clone())),
        ]);
    }
    world.print(&table)?;
    let mut notes = judged.notes;
    notes.push(format!(
        "{} pairs of entry and port were observed {REACH_DAYS} days around their date: {} ports changed, {} of them before it; \
         by what {} ports without an entry did in the same days, {:.1} would have; a port has {PACKETS_MIN} packets at least",
        found.observed, found.changed, found.before, found.controls, found.expected
    ));
    notes.push(format!(
        "{} entries have no known port, {} were not observed around their date or on their ports",
        found.without_port, found.unobserved
    ));
    notes.extend(desk.notes());
    Ok(Outcome { notes, ..Outcome::default() })
}
