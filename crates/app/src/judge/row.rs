//! A finding as the row that is kept of it.

use serde_json::json;
use teiten_detect::detector::is_experimental;
use teiten_model::day::columns;
use teiten_model::finding::{Finding, FindingRow, Subject};
use teiten_model::interval::Interval;
use teiten_model::protocols::TCP;

/// Most decimals of a number that was seen.
const DECIMALS: f64 = 1e6;

/// The row of a finding of that period, at that place of importance.
pub(crate) fn row(finding: &Finding, period: Interval, place: i64) -> FindingRow {
    let round = |number: f64| (number * DECIMALS).round() / DECIMALS;
    let measures: Vec<serde_json::Value> = finding
        .measures
        .iter()
        .map(|measure| {
            json!({
                "name": measure.name,
                "unit": measure.unit,
                "seen": round(measure.seen),
                "expected": measure.expected.map(round),
            })
        })
        .collect();
    let count = |names: &[&str]| {
        names.iter().find_map(|name| finding.seen(name)).map_or(-1, |number| number.round() as i64)
    };
    let mut row = FindingRow {
        start: period.start.0,
        end: period.end.0,
        id: finding.id.clone(),
        detector: finding.detector.to_string(),
        rule: i64::from(finding.rule),
        place,
        subject: finding.subject.to_string(),
        first: finding.interval.start.0,
        last: finding.interval.end.0,
        confidence: finding.confidence.name().to_string(),
        sensors: finding.sensors,
        packets: count(&["packets", "answers"]),
        sources: count(&["sources", "responders"]),
        src: -1,
        ip_proto: -1,
        src_port: -1,
        dst_port: -1,
        measures: serde_json::Value::Array(measures).to_string(),
        filter: finding.evidence.filter.clone().unwrap_or_default(),
        experimental: i64::from(is_experimental(finding.detector)),
        ..FindingRow::default()
    };
    about(&mut row, &finding.subject);
    row
}

/// Puts what the finding is about into columns by which it can be asked for.
fn about(row: &mut FindingRow, subject: &Subject) {
    match subject {
        Subject::TcpSourcePort(port) => (row.ip_proto, row.src_port) = (i64::from(TCP), *port),
        Subject::Port(proto, port) => (row.ip_proto, row.dst_port) = (*proto, *port),
        Subject::Ports([proto, port], _) => (row.ip_proto, row.dst_port) = (*proto, *port),
        Subject::Service(proto, port) => (row.ip_proto, row.src_port) = (*proto, *port),
        Subject::Victim(address, proto) => {
            (row.src, row.src6) = columns(*address);
            row.ip_proto = *proto;
        }
        Subject::Source(address) => (row.src, row.src6) = columns(*address),
        Subject::Sensor(name) => row.sensor.clone_from(name),
        Subject::Country(code, _) => row.src_country.clone_from(code),
        Subject::Zone(_)
        | Subject::Family(_)
        | Subject::Group(_)
        | Subject::Question(_)
        | Subject::Everything => {}
    }
}
