//! Ports that rose beside what became known: facts for the report.
//!
//! **Invariant:** level, reason and dates are those of `intel::relate`; a port of which nothing is known is not told.

use anyhow::{Result, anyhow};
use jiff::civil::Date;
use teiten_intel::relate::{DAYS_AFTER_MAX, DAYS_BEFORE_MAX, DateKind, Level, Related, Relations, Thing};
use teiten_model::finding::FindingRow;
use teiten_model::interval::Day;
use teiten_model::protocols::{port_label, read_port_label};
use teiten_model::selection::Selection;
use teiten_query::questions::facts;
use teiten_report::facts::known::{
    Known, KnownMark, KnownPort, KnownThing, MARKS_MAX, PORTS_MAX, THINGS_MAX,
};
use teiten_report::words::names::Names;

use super::{Around, Hidden};
use crate::judge;
use teiten_ask::output::Lang;
use teiten_ask::relations::{self, Desk, Rise};

/// Rises of a period that are looked at.
const RISES_MAX: usize = 50;
/// Things by the port alone that a port is told with: they say little.
const BY_PORT_MAX: usize = 4;
/// Characters of a name.
const NAME_CHARS_MAX: usize = 90;

/// Where a vulnerability is described when no catalogue says where.
const CVE_URL: &str = "https://www.cve.org/CVERecord?id=";

/// A rise and what is related to it.
struct Candidate {
    rise: Rise,
    row: FindingRow,
    relations: Relations,
}

/// What became known beside the ports that rose.
pub(super) fn gather(around: &Around<'_>, hidden: &mut Hidden) -> Result<Known> {
    let desk = Desk::open(&around.world.data_folder())?;
    let Some(interval) = around.selection.interval else { return Ok(Known::default()) };
    let interval = judge::whole_days(around.session.store(), interval);
    let asked = Selection { interval: Some(interval), ..Selection::default() };
    let rows: Vec<FindingRow> = facts::findings(around.session, &asked)?
        .into_iter()
        .filter(|row| row.confidence != "weak" && row.experimental != 1)
        .collect();
    let mut candidates = Vec::new();
    for (rise, row) in relations::rises(&rows).into_iter().take(RISES_MAX) {
        let relations = desk.of_port(around.session, (rise.proto, rise.port), interval, Some(rise.onset))?;
        if !relations.related.is_empty() {
            candidates.push(Candidate { rise, row: row.clone(), relations });
        }
    }
    // What more than a port ties comes first, the strongest of it before the rest; then the busiest.
    candidates.sort_by_key(|candidate| {
        let strongest = candidate.relations.cause().map(|related| related.level);
        (strongest.is_none(), strongest, std::cmp::Reverse(candidate.row.packets), candidate.row.id.clone())
    });
    let mut ports = Vec::new();
    for candidate in candidates.into_iter().take(PORTS_MAX) {
        ports.push(port(around, &candidate, hidden)?);
    }
    // A report is kept for good: it is not made of what happened to be whole.
    if let Some(damage) = desk.catalogue.damages().into_iter().next() {
        return Err(anyhow!(damage));
    }
    let catalogues = match ports.is_empty() {
        true => Vec::new(),
        false => desk.catalogue.editions().map(ToString::to_string).collect(),
    };
    let window_days = (i64::from(DAYS_BEFORE_MAX), i64::from(DAYS_AFTER_MAX));
    Ok(Known { ports, window_days, catalogues })
}

fn port(around: &Around<'_>, candidate: &Candidate, hidden: &mut Hidden) -> Result<KnownPort> {
    let Candidate { rise, row, relations } = candidate;
    let label = port_label(Some(i64::from(rise.proto)), Some(i64::from(rise.port)));
    let field = if rise.proto == teiten_model::protocols::TCP { "tcp.dstport" } else { "udp.dstport" };
    let filter = format!("{field} == {}", rise.port);
    let shown = chosen(&relations.related);
    let about = teiten_detect::detector::find(&row.detector).map(|detector| detector.about());
    debug_assert!(read_port_label(&label).is_some(), "a label reads back");
    Ok(KnownPort {
        service: (around.service)(&label),
        detector: about
            .map_or(Names::same(row.detector.as_str()), |about| Names::new(about.title_ja, about.title)),
        onset: date(rise.onset),
        sensors: row.sensors,
        values: around.daily(&filter, around.days, hidden)?,
        marks: marks_of(around, rise, &shown)?,
        things: shown.into_iter().map(thing).collect(),
        against: relations
            .against
            .iter()
            .map(|against| {
                Names::new(
                    relations::spoken_against(*against, Lang::Ja),
                    relations::spoken_against(*against, Lang::En),
                )
            })
            .collect(),
        origin: vec!["packets".to_string(), "findings".to_string(), "port_days".to_string()],
        port: label,
    })
}

/// Of what is related, what is told: all that more than the port ties, as far as there is room, and a little of the rest.
fn chosen(related: &[Related]) -> Vec<&Related> {
    let tied = related.iter().filter(|one| one.level < Level::Port).take(THINGS_MAX - BY_PORT_MAX);
    let by_port = related.iter().filter(|one| one.level == Level::Port).take(BY_PORT_MAX);
    tied.chain(by_port).collect()
}

/// Days on which something became known of what is shown, and the day of the first packet when it came to a sensor that
/// had listened before.
fn marks_of(around: &Around<'_>, rise: &Rise, shown: &[&Related]) -> Result<Vec<KnownMark>> {
    let (first, last) = (day(around.days.0), day(around.days.1));
    let mut known: Vec<(Day, DateKind, &str)> = shown
        .iter()
        .flat_map(|one| one.dates.iter().map(|(kind, day)| (*day, *kind, one.id.as_str())))
        .filter(|(day, ..)| (first..=last).contains(day))
        .collect();
    known.sort();
    let mut found: Vec<(Day, Names)> = known
        .into_iter()
        .take(MARKS_MAX - 1)
        .map(|(day, kind, id)| {
            let label = |lang| format!("{} {id}", relations::date_name(kind, lang));
            (day, Names::new(label(Lang::Ja), label(Lang::En)))
        })
        .collect();
    if let Some(day) = relations::first_here(&around.world.zone, around.session, (rise.proto, rise.port))?
        .filter(|day| (first..=last).contains(day))
    {
        found.push((day, Names::new("最初のパケット", "first packet here")));
    }
    found.sort_by(|a, b| (a.0, &a.1.en).cmp(&(b.0, &b.1.en)));
    Ok(found.into_iter().map(|(day, label)| KnownMark { day: date(day), label }).collect())
}

fn thing(related: &Related) -> KnownThing {
    let names = |of: &dyn Fn(Lang) -> String| Names::new(of(Lang::Ja), of(Lang::En));
    let url = related.references.iter().find(|url| url.starts_with("https://")).cloned();
    let is_number = related.thing == Thing::Vulnerability;
    KnownThing {
        kind: names(&|lang| relations::thing_name(related.thing, lang).to_string()),
        id: related.id.clone(),
        name: Names::new(shortened(&related.ja), shortened(&related.en)),
        level: related.level.word(),
        reason: names(&|lang| relations::reason(related, lang)),
        dates: names(&|lang| {
            let dates: Vec<String> = related
                .dates
                .iter()
                .map(|(kind, day)| format!("{day} {}", relations::date_name(*kind, lang)))
                .collect();
            dates.join(if lang == Lang::Ja { "、" } else { ", " })
        }),
        url: match url {
            Some(url) => url,
            None if is_number => format!("{CVE_URL}{}", related.id),
            None => String::new(),
        },
        told_by: related.told_by.join("; "),
    }
}

/// A name that fits a table.
fn shortened(name: &str) -> String {
    match name.char_indices().nth(NAME_CHARS_MAX) {
        Some((end, _)) => format!("{}…", name[..end].trim_end()),
        None => name.to_string(),
    }
}

fn date(day: Day) -> Date {
    day.to_string().parse().unwrap_or(Date::ZERO)
}

fn day(date: Date) -> Day {
    teiten_refdata::edition::parse_day(&date.to_string()).unwrap_or(Day(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_the_same_days() {
        for text in ["1970-01-01", "2014-02-28", "2024-02-29", "2026-12-31"] {
            let date_of: Date = text.parse().expect("a date");
            assert_eq!(date(day(date_of)), date_of);
        }
    }

    #[test]
    fn a_long_name_is_cut_at_a_letter() {
        assert_eq!(shortened("脆弱性"), "脆弱性");
        assert_eq!(shortened(&"あ".repeat(200)), format!("{}…", "あ".repeat(NAME_CHARS_MAX)));
    }
}
