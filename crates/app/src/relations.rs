//! What is related to what a port showed: facts from the store, catalogues from their shelf, said in words.
//!
//! **Invariant:** the level and its reason are those of `intel::relate`; here they are only asked for and said.

use anyhow::Result;
use teiten_intel::candidates;
use teiten_intel::knowledge::{Knowledge, own};
use teiten_intel::relate::{Against, Reason, Related, Relations, Seen, relate};
use teiten_intel::shelf::{Catalogue, Told};
use teiten_model::finding::FindingRow;
use teiten_model::interval::{Day, Interval, Timestamp};
use teiten_model::protocols::{TCP, UDP, read_port_label};
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_query::dimension;
use teiten_query::questions::facts;
use teiten_query::questions::top::{Metric, Top, top};
use teiten_query::session::Session;

use crate::output::Lang;
use crate::world::World;

/// Detectors whose findings are a rise of a port that begins on a day.
pub(crate) const RISES: [&str; 4] = ["surge", "new-port", "level-shift", "slow-drift"];
/// The detector of sources that do the same: what begins there is the campaign, not a rise of its ports.
const CAMPAIGN: &str = "campaign";
/// Most ports of one finding that are looked at.
const PORTS_MAX: usize = 8;
/// Most signatures of one port that are looked at.
const TAGS_MAX: usize = 50;

/// Where what is known is looked up.
pub(crate) struct Desk {
    pub(crate) catalogue: Catalogue,
    pub(crate) knowledge: &'static Knowledge,
}

impl Desk {
    pub(crate) fn open(world: &World) -> Result<Desk> {
        Ok(Desk { catalogue: world.shelf().catalogue()?, knowledge: own() })
    }

    /// What a person should know when there is no catalogue.
    pub(crate) fn note(&self, world: &World) -> Option<String> {
        self.catalogue.is_empty().then(|| {
            format!(
                "{} holds no catalogue, so dates are unknown: `teiten intel import FILE` adds one",
                world.data_folder().join("intel").display()
            )
        })
    }

    /// The vulnerabilities that have to do with a port.
    pub(crate) fn candidates(&self, proto: u8, port: u16) -> Result<Vec<Told>> {
        Ok(candidates::of_port(&self.catalogue, self.knowledge, proto, port)?)
    }

    /// What is related to a port in an interval in which a rise may have begun.
    pub(crate) fn of_port(
        &self,
        session: &Session,
        (proto, port): (u8, u16),
        interval: Interval,
        onset: Option<Day>,
    ) -> Result<Relations> {
        let mut seen = Seen {
            proto,
            port,
            onset,
            last: Some(Day::of(Timestamp(interval.end.0 - 1))),
            ..Seen::default()
        };
        let (mut scanners, mut mirai) = (0, 0);
        for day in facts::port_days(session, &interval, Some((proto, port)))? {
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
        let question = Top {
            by,
            metric: Metric::Packets,
            lines: TAGS_MAX,
            versus: None,
            threshold: 0,
            by_change: false,
        };
        let table = top(session, &selection, &question)?;
        for row in &table.rows {
            if let [_, Value::Text(tag), Value::Int(packets), ..] = row.as_slice() {
                seen.tags.insert(tag.clone(), *packets);
            }
        }
        Ok(relate(&seen, self.knowledge, &self.candidates(proto, port)?))
    }

    /// What is related to each port of a finding.
    pub(crate) fn of_finding(&self, world: &World, session: &Session, row: &FindingRow) -> Result<Table> {
        let mut table = empty();
        let interval = Interval { start: Timestamp(row.first), end: Timestamp(row.last) };
        let begins = RISES.contains(&row.detector.as_str()) || row.detector == CAMPAIGN;
        let onset = begins.then(|| onset(row));
        for (proto, port) in ports(row) {
            let relations = self.of_port(session, (proto, port), interval, onset)?;
            add(&mut table, (proto, port), &relations, world.lang());
        }
        Ok(table)
    }
}

/// The ports a finding is about.
pub(crate) fn ports(row: &FindingRow) -> Vec<(u8, u16)> {
    let own = u8::try_from(row.ip_proto).ok().zip(u16::try_from(row.dst_port).ok());
    match own {
        Some(own) => vec![own],
        None => row.subject.split(' ').filter_map(read_port_label).take(PORTS_MAX).collect(),
    }
}

/// The day on which what a finding is about began.
pub(crate) fn onset(row: &FindingRow) -> Day {
    // The identifier ends in the first day as it is cut at home; a moment of that day is of the day before in UTC.
    let day = row.id.rsplit(':').next().and_then(teiten_refdata::edition::parse_day);
    day.unwrap_or_else(|| Day::of(Timestamp(row.first)))
}

/// A table of what is related.
pub(crate) fn empty() -> Table {
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
pub(crate) fn add(table: &mut Table, (proto, port): (u8, u16), relations: &Relations, lang: Lang) {
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

pub(crate) fn text(text: String) -> Value {
    if text.is_empty() { Value::Null } else { Value::Text(text) }
}

fn name(related: &Related, lang: Lang) -> String {
    match lang {
        Lang::Ja => related.ja.clone(),
        Lang::En => related.en.clone(),
    }
}

/// Why, in one sentence.
pub(crate) fn reason(related: &Related, lang: Lang) -> String {
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    match (&related.reason, lang) {
        (Reason::Pattern { tag, packets }, Lang::En) => {
            format!("{packets} packets carry its exploit ({tag})")
        }
        (Reason::Pattern { tag, packets }, Lang::Ja) => {
            format!("攻撃コードを含むパケット{packets}個（{tag}）")
        }
        (Reason::Form { tag, packets }, Lang::En) => format!("{packets} packets have its form ({tag})"),
        (Reason::Form { tag, packets }, Lang::Ja) => format!("固有の形のパケット{packets}個（{tag}）"),
        (Reason::Near { date, days, chance }, Lang::En) => {
            let side = if *days < 0 { "before" } else { "after" };
            let (days, date) = (days.abs(), date.word());
            format!(
                "its port, and the rise began {days} days {side} it ({date}); by chance {}",
                percent(*chance)
            )
        }
        (Reason::Near { date, days, chance }, Lang::Ja) => {
            let side = if *days < 0 { "前" } else { "後" };
            let (days, date) = (days.abs(), date.word());
            format!(
                "該当製品のポートで、増加の開始が{days}日{side}（{date}）、偶然の割合{}",
                percent(*chance)
            )
        }
        (Reason::Often { chance }, Lang::En) => {
            format!("its port; near a date on {} of all days, which says nothing", percent(*chance))
        }
        (Reason::Often { chance }, Lang::Ja) => {
            format!("該当製品のポート、ただし全日数の{}が日付の近くで意味を持たない", percent(*chance))
        }
        (Reason::Surveyed { share }, Lang::En) => {
            format!("its port; {} of the packets are of organisations that scan openly", percent(*share))
        }
        (Reason::Surveyed { share }, Lang::Ja) => {
            format!("該当製品のポート、ただしパケットの{}が調査目的の組織から", percent(*share))
        }
        (Reason::Port, Lang::En) => "the port alone: a related service".to_string(),
        (Reason::Port, Lang::Ja) => "ポート番号のみ（関連するサービス）".to_string(),
    }
}

/// What speaks against it, in one sentence.
pub(crate) fn spoken_against(against: Against, lang: Lang) -> String {
    match (against, lang) {
        (Against::Scanners(share), Lang::En) => {
            format!("{:.1} % of the packets are of organisations that scan openly", 100.0 * share)
        }
        (Against::Scanners(share), Lang::Ja) => {
            format!("調査目的の組織からのパケットが{:.1} %", 100.0 * share)
        }
        (Against::Mirai(share), Lang::En) => {
            format!("{:.1} % of the packets have Mirai's form", 100.0 * share)
        }
        (Against::Mirai(share), Lang::Ja) => format!("Miraiの特徴を持つパケットが{:.1} %", 100.0 * share),
        (Against::PortOnly, Lang::En) => {
            "nothing but the number of the port ties them: no sign that any of it is exploited".to_string()
        }
        (Against::PortOnly, Lang::Ja) => "ポート番号以外の根拠はなく、悪用を示すものではない".to_string(),
    }
}
