//! `teiten top -r`: ranks straight from capture files, without a store; distinct sources are exact.
//!
//! Without a filter, what lies at fixed places of a frame is counted by [`outlined`]; all else is decoded, enriched and
//! classified as for an import. Both give the same lines.

mod outlined;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use anyhow::Result;
use teiten_model::columns::PacketColumns;
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::table::{Table, Value};
use teiten_model::values::WordColumn;
use teiten_query::dimension::Dimension;
use teiten_query::label;
use teiten_query::questions::top::{Metric, Top};
use teiten_refdata::atlas::Atlas;
use teiten_selection::Filter;

use crate::args;
use crate::exit::{Outcome, Usage};
use crate::progress::Unit;
use crate::reading::{Event, Ownership, Reading, Source, UNNAMED};
use crate::telescope;
use crate::unstored;
use crate::world::World;
use teiten_ask::paths;

#[derive(Default)]
struct Line {
    packets: i64,
    sources: HashSet<std::net::IpAddr>,
}

/// A line as it is ranked.
struct Ranked {
    key: Key,
    packets: i64,
    sources: i64,
}

/// A key of a line: words by their text, numbers as they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Key {
    /// As many as the dimension has parts; -1 for an absent one.
    Numbers([i64; 3]),
    Word(String),
    Source(Option<std::net::IpAddr>),
}

/// The dimensions that a stream can be divided by.
const STREAMED: &[&str] = &[
    "port",
    "country",
    "source",
    "as",
    "class",
    "tag",
    "actor",
    "srcport",
    "protocol",
    "icmp",
    "flags",
    "window",
    "ttl",
    "malformed",
];

fn word(column: &WordColumn, row: usize) -> Option<Key> {
    column.get(row).map(|word| Key::Word(word.to_string()))
}

fn number(value: impl Into<i64>) -> Option<Key> {
    let value = value.into();
    (value >= 0).then_some(Key::Numbers([value, -1, -1]))
}

fn source(columns: &PacketColumns, row: usize) -> Option<std::net::IpAddr> {
    teiten_evidence::list::source(columns, row)
}

/// The lines a packet counts for: none, one, or several tags.
fn keys(by: &str, columns: &PacketColumns, row: usize, keys: &mut Vec<Key>) {
    let proto = i64::from(columns.ip_proto[row]);
    let found = match by {
        "port" => {
            let port =
                if label::WITHOUT_PORTS.contains(&proto) { -1 } else { i64::from(columns.dst_port[row]) };
            Some(Key::Numbers([proto, port, -1]))
        }
        "srcport" => Some(Key::Numbers([proto, i64::from(columns.src_port[row]), -1])),
        "protocol" => number(proto),
        "icmp" => number(columns.icmp_type[row])
            .map(|_| Key::Numbers([columns.icmp_type[row].into(), columns.icmp_code[row].into(), proto])),
        "flags" => number(columns.tcp_flags[row]),
        "window" => number(columns.tcp_window[row]),
        "ttl" => number(columns.ttl[row]),
        "as" => number(columns.src_asn[row]),
        "country" => Some(word(&columns.src_country, row).unwrap_or(Key::Numbers([-1; 3]))),
        "class" => word(&columns.class, row),
        "actor" => word(&columns.actor, row),
        "malformed" => word(&columns.malformed, row),
        "tag" => {
            let tags = columns.tags.get(row).unwrap_or_default();
            keys.extend(tags.split_ascii_whitespace().map(|tag| Key::Word(tag.to_string())));
            None
        }
        _ => source(columns, row).map(|source| Key::Source(Some(source))),
    };
    keys.extend(found);
}

fn shown(by: &Dimension, key: &Key) -> Value {
    let there = |number: i64| if number >= 0 { Value::Int(number) } else { Value::Null };
    match key {
        Key::Word(word) => Value::Text(word.clone()),
        Key::Source(source) => source.map_or(Value::Null, Value::Address),
        Key::Numbers(parts) => label::line(by, &parts.map(there)),
    }
}

/// Counts and prints.
pub(super) fn top(world: &World, args: &args::Top, question: &Top) -> Result<Outcome> {
    let is_of_sensors = matches!(question.metric, Metric::Sensors | Metric::PerAddress);
    if !STREAMED.contains(&question.by.name) || is_of_sensors || args.vs.is_some() {
        return Err(Usage(format!(
            "-r divides by {} and ranks by packets or sources, without --vs: import the files for the rest",
            STREAMED.join(", ")
        ))
        .into());
    }
    let filter = world.filter(&args.selection)?;
    let doubts = filter.as_ref().map_or(Ok(Vec::new()), |filter| unstored::doubts(world, filter))?;
    let interval = world.period(&args.selection)?.map(|period| period.interval());
    let mut faults = Vec::new();
    let (total, mut ranked) = match outlined::Division::of(question.by.name) {
        Some(division) if filter.is_none() => {
            outlined::lines(world, &args.read, division, interval, &mut faults)?
        }
        _ => lines(world, &args.read, question, filter.as_ref(), interval, &mut faults)?,
    };
    let metric = |line: &Ranked| match question.metric {
        Metric::Sources => line.sources,
        Metric::Packets | Metric::Rate | Metric::Sensors | Metric::PerAddress => line.packets,
    };
    ranked
        .sort_by(|a, b| (metric(b), b.packets).cmp(&(metric(a), a.packets)).then_with(|| a.key.cmp(&b.key)));
    let mut table = Table::new(&[
        ("rank", ""),
        (question.by.name, ""),
        ("packets", "packets"),
        ("share", "%"),
        ("sources", "sources"),
    ]);
    for (place, line) in ranked.iter().take(question.lines).enumerate() {
        table.push(vec![
            Value::Int(place as i64 + 1),
            shown(question.by, &line.key),
            Value::Int(line.packets),
            Value::Float(100.0 * line.packets as f64 / total as f64),
            Value::Int(line.sources),
        ]);
    }
    world.add_names(&mut table, None)?;
    world.print(&table)?;
    let mut notes = vec![format!("{total} packets counted, {} lines, distinct sources exact", ranked.len())];
    notes.extend(doubts);
    Ok(Outcome { notes, faults, is_nothing: table.rows.is_empty(), is_failure: false })
}

/// Packets counted, and the lines that they make, from whole rows.
fn lines(
    world: &World,
    paths: &[PathBuf],
    question: &Top,
    filter: Option<&Filter>,
    interval: Option<Interval>,
    faults: &mut Vec<String>,
) -> Result<(i64, Vec<Ranked>)> {
    let mut lines: HashMap<Key, Line> = HashMap::new();
    let (mut total, mut scratch) = (0i64, Vec::new());
    each_block(world, paths, faults, |columns| {
        count_block(columns, question, filter, interval, &mut lines, &mut total, &mut scratch);
        true
    })?;
    let ranked =
        |(key, line): (Key, Line)| Ranked { key, packets: line.packets, sources: line.sources.len() as i64 };
    Ok((total, lines.into_iter().map(ranked).collect()))
}

fn count_block(
    columns: &PacketColumns,
    question: &Top,
    filter: Option<&Filter>,
    interval: Option<Interval>,
    lines: &mut HashMap<Key, Line>,
    total: &mut i64,
    scratch: &mut Vec<Key>,
) {
    let bound = filter.map(|filter| filter.bind(columns));
    for row in 0..columns.rows() {
        if interval.is_some_and(|interval| !interval.contains(Timestamp(columns.ts[row])))
            || bound.as_ref().is_some_and(|bound| !bound.matches(row))
        {
            continue;
        }
        *total += columns.packets[row];
        keys(question.by.name, columns, row, scratch);
        for key in scratch.drain(..) {
            let line = lines.entry(key).or_default();
            line.packets += columns.packets[row];
            line.sources.extend(source(columns, row));
        }
    }
}

/// Whose packets captures without a store hold: described sensors say which public address a packet was really sent to.
fn ownership(world: &World) -> Result<Ownership> {
    Ok(match &world.config.sensors {
        Some(path) => {
            Ownership::ByDestination(telescope::read(path).map_err(|error| Usage(format!("{error:#}")))?)
        }
        None => Ownership::One(UNNAMED.to_string(), UNNAMED.to_string()),
    })
}

fn sources_of(paths: &[PathBuf]) -> Vec<Source> {
    paths.iter().map(|path| Source { path: path.clone(), id: paths::shown(path) }).collect()
}

/// Hands every block of the files to `take`, until it says `false`.
pub(super) fn each_block(
    world: &World,
    paths: &[PathBuf],
    faults: &mut Vec<String>,
    take: impl FnMut(&PacketColumns) -> bool,
) -> Result<()> {
    let reading = Reading::start(sources_of(paths), ownership(world)?, Atlas::load(&world.data_folder())?)?;
    each(world, &reading, paths, faults, take)
}

/// Hands what is read of the files to `take`, until it says `false`.
fn each<R: Default + Send + 'static>(
    world: &World,
    reading: &Reading<R>,
    paths: &[PathBuf],
    faults: &mut Vec<String>,
    mut take: impl FnMut(&R) -> bool,
) -> Result<()> {
    let sizes = paths.iter().filter_map(|path| std::fs::metadata(path).ok()).map(|found| found.len()).sum();
    let progress = world.progress("reading", sizes, Unit::Bytes);
    let (mut n_read, mut failure) = (0, None);
    while let Some(event) = reading.next() {
        match event {
            Event::Rows(rows) => {
                progress.set(reading.bytes());
                if reading.has_synthetic() {
                    world.meet_synthetic("synthetic packets are among those read");
                }
                if !take(&rows) {
                    progress.finish();
                    return Ok(());
                }
                reading.give_back(rows);
            }
            Event::Ended(ended) => {
                n_read += 1;
                if !ended.whole {
                    faults.extend(ended.messages);
                }
            }
            Event::Failed(error) => match paths.len() {
                1 => failure = Some(error),
                _ => faults.push(format!("{error:#}")),
            },
        }
    }
    progress.finish();
    match failure {
        Some(error) if n_read == 0 => Err(error),
        _ => Ok(()),
    }
}
