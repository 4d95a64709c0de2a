//! What is related to what a port showed: facts from the store, catalogues from their shelf, said in words.
//!
//! **Invariant:** the level and its reason are those of `intel::relate`; here they are only asked for and said.

mod words;

use std::path::{Path, PathBuf};

use teiten_intel::candidates::{self, CANDIDATES_MAX};
use teiten_intel::knowledge::{Knowledge, own};
use teiten_intel::relate::{Reason, Relations, Seen, relate};
use teiten_intel::shelf::{Catalogue, FOUND_MAX, Found, Shelf};
use teiten_model::finding::FindingRow;
use teiten_model::interval::{Day, Interval, Timestamp};
use teiten_model::protocols::{TCP, UDP, read_port_label};
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_query::dimension;
use teiten_query::questions::first_day::first_day;
use teiten_query::questions::top::{Top, top};
use teiten_query::questions::{books, facts};
use teiten_query::session::Session;
use teiten_selection::zone::Zone;

pub use self::words::{date_name, name, reason, spoken_against, thing_name};
use crate::error::AskError;
use crate::output::Lang;

type AskResult<T> = Result<T, AskError>;

/// Detectors whose findings are a rise of a port that begins on a day.
pub const RISES: [&str; 4] = ["surge", "new-port", "level-shift", "slow-drift"];
/// The detector of sources that do the same: what begins there is the campaign, not a rise of its ports.
const CAMPAIGN: &str = "campaign";
/// Other detectors whose findings are about ports that sources ask for; those of answers and senders are not.
const ASKERS: [&str; 5] =
    ["header-family", "infected-at-home", "local-burst", "port-overlap", "slow-periodic"];
/// The folder of catalogues beside the reference data.
pub const FOLDER: &str = "intel";
/// Most ports of one finding that are looked at.
const PORTS_MAX: usize = 8;
/// Most signatures of one port that are looked at.
const TAGS_MAX: usize = 50;

/// Where what is known is looked up.
pub struct Desk {
    /// What catalogues say.
    pub catalogue: Catalogue,
    /// What our own table says.
    pub knowledge: &'static Knowledge,
    /// The folder of catalogues.
    folder: PathBuf,
}

impl Desk {
    /// With the catalogues beside the reference data of a folder.
    ///
    /// # Errors
    /// When a catalogue is damaged.
    pub fn open(data: &Path) -> AskResult<Desk> {
        let folder = data.join(FOLDER);
        Ok(Desk { catalogue: Shelf::open(&folder).catalogue()?, knowledge: own(), folder })
    }

    /// What a person should know when there is no catalogue, or when some were damaged of what was asked until now.
    pub fn notes(&self) -> Vec<String> {
        let damages = self.catalogue.damages();
        let is_bare = self.catalogue.is_empty() && damages.is_empty();
        let bare = is_bare.then(|| {
            format!(
                "{} holds no catalogue, so dates are unknown: `teiten intel import FILE` adds one",
                self.folder.display()
            )
        });
        let answered_without = |damage: String| format!("answered without it: {damage}");
        bare.into_iter().chain(damages.into_iter().map(answered_without)).collect()
    }

    /// The vulnerabilities that have to do with a port.
    ///
    /// # Errors
    /// When the store or a catalogue cannot be read.
    pub fn candidates(&self, proto: u8, port: u16) -> AskResult<Found> {
        Ok(candidates::of_port(&self.catalogue, self.knowledge, proto, port)?)
    }

    /// What is related to a port in an interval in which a rise may have begun.
    ///
    /// # Errors
    /// When the store or a catalogue cannot be read.
    pub fn of_port(
        &self,
        session: &Session,
        (proto, port): (u8, u16),
        interval: Interval,
        onset: Option<Day>,
    ) -> AskResult<Relations> {
        let mut seen = Seen {
            proto,
            port,
            onset,
            last: Some(Day::of(Timestamp(interval.end.0 - 1))),
            ..Seen::default()
        };
        let (mut scanners, mut mirai) = (0, 0);
        for day in facts::port_days(session, &interval, (proto, port))? {
            seen.packets += day.packets.max(0);
            scanners += day.scanner_packets.max(0);
            mirai += day.mirai_packets.max(0);
        }
        let share = |part: i64| part as f64 / seen.packets.max(1) as f64;
        (seen.scanner_share, seen.mirai_share) = (share(scanners), share(mirai));
        let field = match proto {
            TCP => "tcp.dstport",
            UDP => "udp.dstport",
            _ => return Ok(relate(&seen, self.knowledge, &[])),
        };
        let selection = Selection {
            filter: Some(format!("{field} == {port}")),
            interval: Some(interval),
            ..Selection::default()
        };
        let by = dimension::find("tags").expect("tags are a dimension");
        let question = Top { without_sources: true, ..Top::of(by, TAGS_MAX) };
        let table = top(session, &selection, &question)?;
        for row in &table.rows {
            if let [_, Value::Text(tag), Value::Int(packets), ..] = row.as_slice() {
                seen.tags.insert(tag.clone(), *packets);
            }
        }
        Ok(relate(&seen, self.knowledge, &self.candidates(proto, port)?.told))
    }

    /// What is related to each port of a finding.
    ///
    /// # Errors
    /// When the store or a catalogue cannot be read.
    pub fn of_finding(&self, session: &Session, row: &FindingRow, lang: Lang) -> AskResult<Table> {
        let mut table = empty();
        let interval = Interval { start: Timestamp(row.first), end: Timestamp(row.last) };
        let begins = RISES.contains(&row.detector.as_str()) || row.detector == CAMPAIGN;
        if !is_about_ports(&row.detector) {
            return Ok(table);
        }
        let onset = begins.then(|| onset(row));
        for (proto, port) in ports(row) {
            let relations = self.of_port(session, (proto, port), interval, onset)?;
            add(&mut table, (proto, port), &relations, lang);
        }
        Ok(table)
    }
}

/// What a person should know when a look-up left something out.
pub fn cut_note(what: &str) -> String {
    format!(
        "there is more about {what} than was looked at: of each catalogue the newest {FOUND_MAX} entries, of a port the newest {CANDIDATES_MAX} vulnerabilities"
    )
}

/// Whether findings of a detector are about ports that sources ask for.
pub fn is_about_ports(detector: &str) -> bool {
    RISES.contains(&detector) || detector == CAMPAIGN || ASKERS.contains(&detector)
}

/// The ports a finding is about.
pub fn ports(row: &FindingRow) -> Vec<(u8, u16)> {
    let own = u8::try_from(row.ip_proto).ok().zip(u16::try_from(row.dst_port).ok());
    match own {
        Some(own) => vec![own],
        None => row.subject.split(' ').filter_map(read_port_label).take(PORTS_MAX).collect(),
    }
}

/// A port that rose, and since when.
#[derive(Debug, Clone, Copy)]
pub struct Rise {
    /// The protocol.
    pub proto: u8,
    /// The port.
    pub port: u16,
    /// The day on which it began, at home.
    pub onset: Day,
}

/// Ports that rose by findings, each once with its earliest beginning, in the order of the findings.
pub fn rises(rows: &[FindingRow]) -> Vec<(Rise, &FindingRow)> {
    let mut found: Vec<(Rise, &FindingRow)> = Vec::new();
    for row in rows.iter().filter(|row| RISES.contains(&row.detector.as_str())) {
        for (proto, port) in ports(row) {
            let rise = Rise { proto, port, onset: onset(row) };
            match found.iter_mut().find(|(other, _)| (other.proto, other.port) == (proto, port)) {
                Some(other) if rise.onset < other.0.onset => *other = (rise, row),
                Some(_) => {}
                None => found.push((rise, row)),
            }
        }
    }
    found
}

/// The day of home in which a moment lies.
pub fn day_of(zone: &Zone, at: i64) -> Day {
    let offset = zone.offset_secs(Timestamp(at));
    Day::of(Timestamp(at + i64::from(offset) * 1_000_000))
}

/// The day on which a port was first asked for here; `None` when it was on the first day of the store, because nobody
/// knows what came before.
///
/// # Errors
/// When the store or a catalogue cannot be read.
pub fn first_here(zone: &Zone, session: &Session, (proto, port): (u8, u16)) -> AskResult<Option<Day>> {
    let began = books::span(session)?.map(|(first, _)| day_of(zone, first));
    let first = first_day(session, proto, port)?.map(|at| day_of(zone, at));
    Ok(first.filter(|first| began.is_some_and(|began| began < *first)))
}

/// The day on which what a finding is about began.
pub fn onset(row: &FindingRow) -> Day {
    // The identifier ends in the first day as it is cut at home; a moment of that day is of the day before in UTC.
    let day = row.id.rsplit(':').next().and_then(teiten_refdata::edition::parse_day);
    day.unwrap_or_else(|| Day::of(Timestamp(row.first)))
}

/// A table of what is related.
pub fn empty() -> Table {
    Table::new(&[
        ("port", ""),
        ("level", ""),
        ("kind", ""),
        ("id", ""),
        ("name", ""),
        ("reason", ""),
        ("near", ""),
        ("days", "days"),
        ("chance", "%"),
        ("dates", ""),
        ("told_by", ""),
        ("references", ""),
    ])
}

/// Adds a line for each thing, and one for each other explanation.
pub fn add(table: &mut Table, (proto, port): (u8, u16), relations: &Relations, lang: Lang) {
    let label = teiten_model::protocols::port_label(Some(i64::from(proto)), Some(i64::from(port)));
    for related in &relations.related {
        let dates: Vec<String> =
            related.dates.iter().map(|(kind, day)| format!("{} {day}", kind.word())).collect();
        let (near, days, chance) = match related.reason {
            Reason::Near { date, days, chance } => {
                (date.word().into(), Value::Int(i64::from(days)), Value::Float(100.0 * chance))
            }
            Reason::Often { chance } => (Value::Null, Value::Null, Value::Float(100.0 * chance)),
            _ => (Value::Null, Value::Null, Value::Null),
        };
        table.push(vec![
            Value::Text(label.clone()),
            related.level.word().into(),
            related.thing.word().into(),
            Value::Text(related.id.clone()),
            Value::Text(name(related, lang)),
            Value::Text(reason(related, lang)),
            near,
            days,
            chance,
            text(dates.join(", ")),
            text(related.told_by.join("; ")),
            text(related.references.iter().take(2).cloned().collect::<Vec<_>>().join(" ")),
        ]);
    }
    for against in &relations.against {
        let mut row = vec![Value::Null; 12];
        row[0] = Value::Text(label.clone());
        row[1] = "against".into();
        row[5] = Value::Text(spoken_against(*against, lang));
        table.push(row);
    }
}

/// A text, or nothing.
pub fn text(text: String) -> Value {
    if text.is_empty() { Value::Null } else { Value::Text(text) }
}
