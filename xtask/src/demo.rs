//! The report of the demo against the report it retells, and against the truth that was planted.
//!
//! JPCERT/CC's report of 2014 Q2 states the order of its tables; the scenario was arranged to give it. Here
//! stands what was stated, and whether the report, made from packets alone, says the same; and whether
//! its numbers are those that the simulator counted while it made the packets.
//!
//! **Invariant:** a number that the truth holds exactly is compared exactly.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Table 1: destination ports with their rank in the quarter before.
const PORTS: [(&str, u64); 5] = [("445/TCP", 1), ("22/TCP", 3), ("23/TCP", 2), ("ICMP", 4), ("1433/TCP", 5)];
/// Table 2: regions of sources with their rank in the quarter before.
const REGIONS: [(&str, u64); 5] = [("CN", 1), ("US", 2), ("NL", 4), ("TW", 6), ("JP", 3)];
/// Table 3: destination ports of packets from 6000/TCP.
const FROM_6000: [&str; 10] = [
    "22/TCP", "1433/TCP", "3306/TCP", "3389/TCP", "8080/TCP", "135/TCP", "1080/TCP", "8088/TCP", "2222/TCP",
    "4899/TCP",
];
const QUARTER: &str = "2014Q2";

/// Compares the report of a demo's folder; `false` when something differs.
pub(crate) fn run(demo: &Path, out: &mut dyn Write) -> Result<bool> {
    let truth = read(&demo.join("captures/truth.json"))?;
    let report = read(&demo.join("report/en/report.json"))?;
    let faults = faults(&report, &truth)?;
    for fault in &faults {
        writeln!(out, "demo: {fault}")?;
    }
    if faults.is_empty() {
        writeln!(
            out,
            "demo: Tables 1 to 3 have the order of the report of {QUARTER}, and every number the planted truth"
        )?;
    }
    Ok(faults.is_empty())
}

fn read(path: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))
}

/// A table of the report, by its identifier.
struct Sheet<'r>(&'r Value);

impl<'r> Sheet<'r> {
    fn find(report: &'r Value, id: &str) -> Result<Sheet<'r>> {
        let blocks = list(&report["sections"]).iter().flat_map(|section| list(&section["blocks"]));
        let sheet = blocks.flat_map(|block| [block, &block["data"]]).find(|sheet| sheet["id"] == id);
        match sheet {
            Some(sheet) if sheet["rows"].is_array() => Ok(Sheet(sheet)),
            _ => bail!("the report has no table `{id}`"),
        }
    }

    fn rows(&self) -> usize {
        list(&self.0["rows"]).len()
    }

    fn at(&self, row: usize, column: &str) -> Result<&'r Value> {
        let place = list(&self.0["columns"]).iter().position(|head| head["name"] == column);
        let place = place.with_context(|| format!("{} has no column `{column}`", self.0["id"]))?;
        Ok(&self.0["rows"][row][place]["value"])
    }

    fn words(&self, column: &str) -> Result<Vec<&'r str>> {
        (0..self.rows()).map(|row| Ok(self.at(row, column)?.as_str().unwrap_or_default())).collect()
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn faults(report: &Value, truth: &Value) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let planted = &truth["regions"]["JP"];
    let quarter = &planted["quarters"][QUARTER];
    let mut check = |is_right: bool, what: String| {
        if !is_right {
            faults.push(what);
        }
    };
    for (id, column, stated, of, key) in
        [("ports", "port", PORTS, "ports", "port"), ("regions", "region", REGIONS, "countries", "country")]
    {
        let sheet = Sheet::find(report, id)?;
        for (row, (name, before)) in stated.into_iter().enumerate() {
            let found = (sheet.at(row, column)?, sheet.at(row, "rank")?, sheet.at(row, "previous_rank")?);
            let is_stated = found.0 == name && found.1 == row + 1 && found.2 == before;
            check(is_stated, format!("{id} rank {}: {found:?} instead of {name}, {before} before", row + 1));
        }
        for (row, name) in sheet.words(column)?.into_iter().enumerate() {
            let own = list(&quarter[of]).iter().find(|line| line[key] == name).map(|line| &line["count"]);
            let found = sheet.at(row, "packets")?;
            let is_planted = own.map_or(found == 0, |own| own == found);
            check(is_planted, format!("{id} {name}: {found} packets, planted {own:?}"));
        }
    }
    let table_3 = Sheet::find(report, "source-port-6000-ports")?;
    let found = table_3.words("key")?;
    check(found.starts_with(&FROM_6000), format!("Table 3 is {found:?}"));
    let of_6000 = &quarter["source_ports"]["6000/TCP"];
    for (row, name) in found.iter().enumerate() {
        let own = list(&of_6000["ports"]).iter().find(|line| line["port"] == *name);
        let count = table_3.at(row, "packets")?;
        check(own.is_some_and(|own| own["count"] == *count), format!("{name} from 6000/TCP: {count}"));
    }
    let share = of_6000["share"].as_f64().unwrap_or(0.0);
    check((0.18..0.22).contains(&share), format!("6000/TCP has {share} of the packets, not a fifth"));
    let from_china = &of_6000["countries"][0];
    check(from_china["country"] == "CN", format!("most of it comes from {from_china}"));
    dns(report, quarter, &mut check)?;
    sensors(report, truth, &mut check)?;
    Ok(faults)
}

/// Zones, resolvers and errors of the aftermath; no zone of the home country, but resolvers of it.
fn dns(report: &Value, quarter: &Value, check: &mut dyn FnMut(bool, String)) -> Result<()> {
    let planted = &quarter["dns"];
    let zones = Sheet::find(report, "dns-zones")?;
    let names = zones.words("zone")?;
    check(names.len() >= list(&planted["zones"]).len(), format!("zones found: {names:?}"));
    for zone in list(&planted["zones"]) {
        let name = zone["zone"].as_str().unwrap_or_default();
        let rows = (0..names.len()).filter(|row| names[*row] == name);
        let answers: i64 =
            rows.map(|row| zones.at(row, "answers").ok().and_then(Value::as_i64).unwrap_or(0)).sum();
        check(zone["answers"] == answers, format!("{name}: {answers} answers, planted {}", zone["answers"]));
    }
    let totals = Sheet::find(report, "dns-totals")?;
    let items = totals.words("item")?;
    let total = |item: &str| -> Result<&Value> {
        let row = items.iter().position(|known| *known == item);
        totals.at(row.with_context(|| format!("the totals have no `{item}`"))?, "value")
    };
    for (item, own) in [
        ("responders", "responders"),
        ("resolvers", "resolvers"),
        ("errors", "errors"),
        ("error_sources", "error_sources"),
        ("errors_named", "errors_named"),
    ] {
        let found = total(item)?;
        check(found == &planted[own], format!("{item}: {found}, planted {}", planted[own]));
    }
    check(total("home_zones")? == 0, "a zone of the home country is among the victims".to_string());
    check(total("home_resolvers")?.as_i64() > Some(0), "no resolver of the home country".to_string());
    let months = Sheet::find(report, "dns-months")?;
    let failing = (0..months.rows())
        .map(|row| Ok(months.at(row, "server_failure")?.as_f64().unwrap_or(0.0)))
        .collect::<Result<Vec<f64>>>()?;
    let rises = failing.len() == 3 && failing.windows(2).all(|pair| pair[0] < pair[1]);
    check(rises, format!("server failures by month: {failing:?}"));
    Ok(())
}

/// What each sensor stored.
fn sensors(report: &Value, truth: &Value, check: &mut dyn FnMut(bool, String)) -> Result<()> {
    let sheet = Sheet::find(report, "sensors")?;
    for (row, name) in sheet.words("sensor")?.into_iter().enumerate() {
        let (stored, lost) = (sheet.at(row, "stored")?, sheet.at(row, "lost")?);
        let planted = &truth["sensors"][name]["quarters"][QUARTER]["packets"];
        check(stored == planted && *lost == 0, format!("{name}: {stored} stored, planted {planted}"));
    }
    check(sheet.rows() == 8, format!("{} sensors in Japan, not 8", sheet.rows()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sheet(id: &str, columns: &[&str], rows: Vec<Vec<Value>>) -> Value {
        let cell = |value: Value| json!({"value": value, "text": ""});
        let rows: Vec<Vec<Value>> = rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect();
        let columns: Vec<Value> = columns.iter().map(|name| json!({"name": name})).collect();
        json!({"block": "table", "id": id, "columns": columns, "rows": rows})
    }

    fn ranking(id: &str, column: &str, stated: [(&str, u64); 5]) -> Value {
        let rows = stated.iter().enumerate();
        let rows =
            rows.map(|(row, (name, before))| vec![json!(name), json!(row + 1), json!(before), json!(10)]);
        sheet(id, &[column, "rank", "previous_rank", "packets"], rows.collect())
    }

    fn right() -> (Value, Value) {
        let counted = |key: &str, names: &[&str]| -> Vec<Value> {
            names.iter().map(|name| json!({key: name, "count": 10})).collect()
        };
        let totals = ["responders", "resolvers", "errors", "error_sources", "errors_named"];
        let totals = totals.iter().map(|item| vec![json!(item), json!(7)]);
        let totals =
            totals.chain([vec![json!("home_zones"), json!(0)], vec![json!("home_resolvers"), json!(3)]]);
        let of_sensor = |place: usize| vec![json!(format!("jp-{place}")), json!(5), json!(0)];
        let blocks = vec![
            ranking("ports", "port", PORTS),
            ranking("regions", "region", REGIONS),
            sheet(
                "source-port-6000-ports",
                &["key", "packets"],
                FROM_6000.iter().map(|name| vec![json!(name), json!(10)]).collect(),
            ),
            sheet("dns-zones", &["zone", "answers"], vec![vec![json!("a.example"), json!(4)]]),
            sheet("dns-totals", &["item", "value"], totals.collect()),
            sheet("dns-months", &["server_failure"], [0.1, 0.2, 0.3].map(|part| vec![json!(part)]).to_vec()),
            sheet("sensors", &["sensor", "stored", "lost"], (1..=8).map(of_sensor).collect()),
        ];
        let sensors: serde_json::Map<String, Value> = (1..=8)
            .map(|place| (format!("jp-{place}"), json!({"quarters": {QUARTER: {"packets": 5}}})))
            .collect();
        let quarter = json!({
            "ports": counted("port", &PORTS.map(|port| port.0)),
            "countries": counted("country", &REGIONS.map(|region| region.0)),
            "source_ports": {"6000/TCP": {
                "share": 0.2, "ports": counted("port", &FROM_6000), "countries": [{"country": "CN", "count": 9}],
            }},
            "dns": {
                "zones": [{"zone": "a.example", "answers": 4}],
                "responders": 7, "resolvers": 7, "errors": 7, "error_sources": 7, "errors_named": 7,
            },
        });
        let truth = json!({"regions": {"JP": {"quarters": {QUARTER: quarter}}}, "sensors": sensors});
        (json!({"sections": [{"blocks": blocks}]}), truth)
    }

    #[test]
    fn a_report_as_it_was_stated_has_no_fault() {
        let (report, truth) = right();
        assert_eq!(faults(&report, &truth).expect("a comparison"), Vec::<String>::new());
    }

    #[test]
    fn whatever_differs_is_named() {
        let changes: [(&str, &str, &str); 5] = [
            ("/sections/0/blocks/0/rows/1/2/value", "2", "ports rank 2"),
            ("/sections/0/blocks/1/rows/4/3/value", "11", "regions JP"),
            ("/sections/0/blocks/2/rows/0/0/value", "\"23/TCP\"", "Table 3"),
            ("/sections/0/blocks/5/rows/2/0/value", "0.15", "server failures"),
            ("/sections/0/blocks/6/rows/3/1/value", "6", "jp-4"),
        ];
        for (place, value, named) in changes {
            let (mut report, truth) = right();
            let cell = report.pointer_mut(place).expect("a cell");
            *cell = serde_json::from_str(value).expect("a value");
            let found = faults(&report, &truth).expect("a comparison");
            assert!(found.iter().any(|fault| fault.starts_with(named)), "{named}: {found:?}");
        }
        let (_, truth) = right();
        assert!(faults(&json!({"sections": []}), &truth).is_err(), "a table that is missing is an error");
    }
}
