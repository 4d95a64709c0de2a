//! What of the facts may be told to whom: the step between what is known and what is printed.
//!
//! Whoever sends marked probes and reads what is published must not learn where a sensor is (rules
//! D114-D121). So the public form names no source, cuts times to the hour, puts fixed letters for what a
//! sender could have chosen (identifiers, random labels, time stamps), has no line of a single sensor,
//! and withholds what fewer sensors than the publisher's bound have seen. Members read pseudonyms for
//! sensors and exact times. Rankings and series come with small cells withheld by the query already;
//! what is gathered around findings is withheld here.
//!
//! **Invariant:** what was withheld is counted in [`Facts::withheld`]; nothing vanishes without a word.

use crate::facts::phenomena::{DnsAftermath, EvidencePacket, FindingRow};
use crate::facts::recurring::SheetCell;
use crate::facts::{Facts, SensorAccount, Withheld};
use crate::plan::{Plan, Readers};
use crate::words::names::Names;
use teiten_model::domain_name::is_at_or_below;
use teiten_model::table::Value;

/// What stands for an identifier that a sender could have chosen.
const IDENTIFIER: &str = "0x0000";
/// What stands for the labels of a name below the registered domain.
const LABELS: &str = "xxxxxxxx";

/// The sheet whose rows are those of single sensors; its first column names them.
const SENSOR_PORTS: &str = "sensor-ports";

/// The facts as the plan's readers may know them.
pub(crate) fn disclosed(facts: &Facts, plan: &Plan) -> Facts {
    let mut facts = facts.clone();
    match plan.readers {
        Readers::Internal => {}
        Readers::Members => pseudonyms(&mut facts),
        Readers::Public => public(&mut facts, plan),
    }
    facts
}

/// Sensors by the order of their packets, the busiest first: the order says nothing of a place.
fn pseudonyms(facts: &mut Facts) {
    let sensors = &mut facts.provenance.sensors;
    sensors.sort_by(|a, b| (b.account.received, &a.name).cmp(&(a.account.received, &b.name)));
    let mut names = std::collections::BTreeMap::new();
    for (place, sensor) in sensors.iter_mut().filter(|sensor| sensor.name != "-").enumerate() {
        let name = format!("S{:02}", place + 1);
        names.insert(std::mem::replace(&mut sensor.name, name.clone()), name);
    }
    let pseudonym = |sensor: &str| names.get(sensor).cloned().unwrap_or_default();
    for burst in &mut facts.recurring.bursts {
        burst.sensor = pseudonym(&burst.sensor);
    }
    if let Some(sheet) = facts.recurring.sheets.get_mut(SENSOR_PORTS) {
        for cell in sheet.rows.iter_mut().filter_map(|row| row.first_mut()) {
            if let SheetCell::Plain(Value::Text(sensor)) = cell {
                *sensor = pseudonym(sensor);
            }
        }
    }
    let kinds = facts.phenomena.kinds.iter_mut().flat_map(|kind| &mut kind.rows);
    kinds.chain(&mut facts.phenomena.findings).for_each(without_sensor);
}

fn public(facts: &mut Facts, plan: &Plan) {
    facts.recurring.bursts.iter_mut().for_each(|burst| burst.sensor.clear());
    // One line of all: what was lost and why stays known, not where.
    let mut all = SensorAccount::default();
    for sensor in facts.provenance.sensors.drain(..) {
        all.account.merge(&sensor.account);
    }
    let mut withheld = Vec::new();
    if facts.packets.is_some() {
        facts.provenance.sensors.push(all);
    } else {
        // What was stored is the total, and what was received gives it away.
        let what =
            Names::new("全パケット数、センサー全体の収支", "number of all packets, balance of all sensors");
        withheld.push(Withheld { what, cells: 2, is_drawn: false });
    }
    let zones: Vec<String> =
        facts.phenomena.dns.iter().flat_map(|dns| dns.zones.iter().map(|zone| zone.zone.clone())).collect();
    let min = i64::from(plan.sensors_min);
    let is_exempt = |table: &str| plan.exempt.iter().any(|exempt| exempt == table);
    if let Some(dns) = &mut facts.phenomena.dns {
        few_of_dns(dns, min, &is_exempt, &mut withheld);
        for packets in [&mut dns.no_such_name, &mut dns.unreachable, &mut dns.server_failure] {
            mask(packets, &zones, &mut withheld);
        }
        if dns.zones.is_empty() {
            facts.phenomena.dns = None;
        }
    }
    let tools = &mut facts.phenomena.source_ports;
    few(
        tools,
        min,
        |tool| tool.sensors,
        &Names::new("固定された送信元ポートの検知", "findings of fixed source ports"),
        &mut withheld,
    );
    for tool in tools {
        mask(&mut tool.evidence, &[], &mut withheld);
    }
    if facts.phenomena.withheld > 0 && !facts.phenomena.is_empty() {
        let what = Names::new("注目された現象の一日ごとの値", "daily values of notable phenomena");
        withheld.push(Withheld { what, cells: facts.phenomena.withheld, is_drawn: true });
    }
    let subject = Names::new("検知結果", "findings");
    few(&mut facts.phenomena.findings, min, |finding| finding.sensors, &subject, &mut withheld);
    let subject = Names::new("現象ごとの検知結果", "findings of other phenomena");
    for kind in &mut facts.phenomena.kinds {
        few(&mut kind.rows, min, |finding| finding.sensors, &subject, &mut withheld);
        kind.rows.iter_mut().for_each(untold);
    }
    facts.phenomena.kinds.retain(|kind| !kind.rows.is_empty());
    let subject = Names::new("公開情報と照合したポート", "ports set beside what became known");
    few(&mut facts.phenomena.known.ports, min, |port| port.sensors, &subject, &mut withheld);
    facts.phenomena.findings.iter_mut().for_each(untold);
    facts.phenomena.is_withheld = !withheld.is_empty();
    facts.withheld.extend(withheld);
}

/// A finding about an address or a sensor says so, and not which.
fn untold(finding: &mut FindingRow) {
    if !finding.is_public {
        finding.subject.clear();
        finding.id = finding.id.split(':').next().unwrap_or_default().to_string();
        finding.filter.clear();
        finding.is_told = false;
    }
    without_sensor(finding);
}

/// A finding that names a sensor does not.
fn without_sensor(finding: &mut FindingRow) {
    if finding.is_sensor {
        finding.is_public = false;
        finding.is_sensor = false;
        untold(finding);
    }
    if finding.filter.contains("sensor") {
        finding.filter.clear();
    }
}

fn few_of_dns(
    dns: &mut DnsAftermath,
    min: i64,
    is_exempt: &dyn Fn(&str) -> bool,
    withheld: &mut Vec<Withheld>,
) {
    if !is_exempt("dns-zones") {
        few(&mut dns.zones, min, |zone| zone.sensors, &Names::new("ドメイン", "zones"), withheld);
    }
    if !is_exempt("dns-resolvers") {
        let subject = Names::new("オープンリゾルバーの地域", "regions of open resolvers");
        few(&mut dns.regions, min, |region| region.sensors, &subject, withheld);
    }
    if !is_exempt("dns-home-ases") {
        let subject = Names::new("オープンリゾルバーのAS", "networks (AS) of open resolvers");
        few(&mut dns.home_ases, min, |home| home.sensors, &subject, withheld);
    }
}

/// Takes out the rows that fewer sensors have seen.
fn few<T>(rows: &mut Vec<T>, min: i64, sensors: impl Fn(&T) -> i64, what: &Names, all: &mut Vec<Withheld>) {
    let before = rows.len();
    rows.retain(|row| sensors(row) >= min);
    let cells = (before - rows.len()) as i64;
    if cells > 0 {
        all.push(Withheld { what: what.clone(), cells, is_drawn: false });
    }
}

/// Evidence without its marks; a packet whose text cannot be made fit is withheld.
fn mask(packets: &mut Vec<EvidencePacket>, zones: &[String], withheld: &mut Vec<Withheld>) {
    let before = packets.len();
    let fit: Vec<EvidencePacket> = packets
        .drain(..)
        .filter_map(|packet| {
            let info = masked(&packet.info, zones)?;
            let hour = packet.time.get(..13).map(|hour| format!("{hour}:00"))?;
            Some(EvidencePacket { time: hour, source: String::new(), info, ..packet })
        })
        .collect();
    let cells = (before - fit.len()) as i64;
    if cells > 0 {
        let what = Names::new("証跡のパケット", "packets of the evidence");
        withheld.push(Withheld { what, cells, is_drawn: false });
    }
    *packets = fit;
}

/// A packet's text with fixed letters for what its sender could have chosen; `None` when a word of it
/// is of no known form.
fn masked(info: &str, zones: &[String]) -> Option<String> {
    let mut words = Vec::new();
    for word in info.split(' ') {
        words.push(masked_word(word, zones)?);
    }
    Some(words.join(" "))
}

fn masked_word(word: &str, zones: &[String]) -> Option<String> {
    let is_identifier =
        word.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if is_identifier {
        return Some(IDENTIFIER.to_string());
    }
    if let Some((name, value)) = word.split_once('=') {
        let is_chosen = matches!(name, "TSval" | "TSecr" | "Ack" | "Urg") || (name == "Seq" && value != "0");
        return Some(if is_chosen { format!("{name}=0") } else { word.to_string() });
    }
    let lower = word.to_ascii_lowercase();
    if !lower.contains('.') {
        return Some(word.to_string());
    }
    let zone = zones.iter().find(|zone| is_at_or_below(&lower, zone))?;
    Some(if lower == *zone { lower } else { format!("{LABELS}.{zone}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_sender_could_have_chosen_is_replaced() {
        let zones = vec!["victim.example".to_string()];
        for (info, expected) in [
            (
                "Standard query response 0x3fa2 No such name A qxkz.www.victim.example SOA ns1.victim.example",
                Some(
                    "Standard query response 0x0000 No such name A xxxxxxxx.victim.example SOA xxxxxxxx.victim.example",
                ),
            ),
            (
                "Standard query response 0x3fa2 Server failure A victim.example",
                Some("Standard query response 0x0000 Server failure A victim.example"),
            ),
            ("Standard query response 0x3fa2 A c0000201.survey.test", None),
            ("Standard query response 0x3fa2 A aa.notvictim.example", None),
            ("6000 → 22 [SYN] Seq=0 Win=16384 Len=0", Some("6000 → 22 [SYN] Seq=0 Win=16384 Len=0")),
            (
                "80 → 1 [SYN, ACK] Seq=3221225985 Ack=7 Win=1 TSval=9 TSecr=1",
                Some("80 → 1 [SYN, ACK] Seq=0 Ack=0 Win=1 TSval=0 TSecr=0"),
            ),
            (
                "Destination unreachable (Port unreachable)",
                Some("Destination unreachable (Port unreachable)"),
            ),
            ("who is 192.0.2.1", None),
        ] {
            assert_eq!(masked(info, &zones).as_deref(), expected, "{info}");
        }
    }
}
