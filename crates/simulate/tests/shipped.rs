//! The shipped scenarios: their expected counts, from the rate model alone, against what they promise.
//!
//! **Invariant:** packets are made only of the scenario that promises exact numbers of them, so that arranging
//! the others needs no patience.

use std::collections::BTreeMap;
use std::path::Path;

use expect_test::{Expect, expect};
use teiten_model::interval::Interval;
use teiten_simulate::{Expected, Scenario, expected, made_up_countries, simulate};

fn shipped(name: &str) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(name);
    let text = std::fs::read_to_string(&path).expect("a shipped scenario");
    Scenario::parse(&text, name).expect("a right scenario")
}

fn of_quarter(scenario: &Scenario, quarter: &str) -> Expected {
    let spans = scenario.quarters();
    let (_, during) = spans.iter().find(|(name, _)| name == quarter).expect("a quarter of the scenario");
    expected(scenario, "jp", *during)
}

fn ranking(counts: &BTreeMap<String, f64>) -> Vec<(String, f64)> {
    let mut rows: Vec<(String, f64)> = counts.iter().map(|(name, count)| (name.clone(), *count)).collect();
    rows.retain(|(name, _)| name != "other");
    rows.sort_by(|one, two| two.1.total_cmp(&one.1));
    rows
}

fn first(counts: &BTreeMap<String, f64>, many: usize) -> String {
    ranking(counts).iter().take(many).map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" ")
}

/// Each place of the ranking must lead the next by so much that chance cannot turn them.
fn leads(counts: &BTreeMap<String, f64>, many: usize) -> bool {
    let rows = ranking(counts);
    rows.windows(2).take(many).all(|pair| pair[0].1 - pair[1].1 > 8.0 * pair[0].1.sqrt())
}

#[test]
fn the_second_quarter_of_2014_has_the_order_of_its_report() {
    let scenario = shipped("2014Q2.toml");
    let (before, quarter) = (of_quarter(&scenario, "2014Q1"), of_quarter(&scenario, "2014Q2"));
    let check = |expect: Expect, found: &str| expect.assert_eq(found);
    check(expect!["445/TCP 22/TCP 23/TCP ICMP 1433/TCP"], &first(&quarter.ports, 5));
    check(expect!["445/TCP 23/TCP 22/TCP ICMP 1433/TCP"], &first(&before.ports, 5));
    check(expect!["CN US NL TW JP"], &first(&quarter.countries, 5));
    check(expect!["CN US JP NL KR TW"], &first(&before.countries, 6));
    for expected in [&before, &quarter] {
        assert!(leads(&expected.ports, 5), "{:?}", ranking(&expected.ports));
        assert!(leads(&expected.countries, 5), "{:?}", ranking(&expected.countries));
    }
    let share = quarter.actors["source-port-6000"] / quarter.packets;
    assert!((0.185..0.215).contains(&share), "6000/TCP has {share} of the quarter");
}

#[test]
fn port_22_rises_over_the_quarter_and_source_port_6000_since_january() {
    let scenario = shipped("2014Q2.toml");
    let days = scenario.zone_days();
    let month = |month: &str| {
        let mut of_month = days.iter().filter(|(day, _)| day.starts_with(month)).map(|(_, span)| *span);
        let start = of_month.next().expect("a month of the scenario").start;
        let end = of_month.next_back().expect("a month has two days").end;
        let found = expected(&scenario, "jp", Interval { start, end });
        let days = (end.0 - start.0) as f64 / teiten_model::interval::DAY_US as f64;
        (found.ports["22/TCP"] / days, found.actors["source-port-6000"] / days)
    };
    let months = ["2013-12", "2014-01", "2014-02", "2014-03", "2014-04", "2014-05", "2014-06"].map(month);
    assert!(months[4..].windows(2).all(|pair| pair[0].0 * 1.04 < pair[1].0), "{months:?}");
    assert!(months.windows(2).all(|pair| pair[0].1 * 1.1 < pair[1].1), "{months:?}");
}

#[test]
fn the_second_quarter_of_2022_has_the_counts_of_its_report() {
    let scenario = shipped("2022Q2.toml");
    let folder = tempfile::tempdir().expect("a folder");
    simulate(&scenario, &made_up_countries(), folder.path(), &mut |_, _| {}).expect("a simulation");
    let text = std::fs::read_to_string(folder.path().join("truth.json")).expect("the truth");
    let truth: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    // Packets from Japan by port, all and with the Mirai trait (JPCERT/CC, overflow of 2022 Q2).
    let published = [
        ("23/TCP", 54_555, 51_468),
        ("37215/TCP", 6_554, 6_551),
        ("22/TCP", 5_351, 1_906),
        ("2323/TCP", 3_180, 2_679),
        ("5501/TCP", 1_285, 1_285),
    ];
    let rows = &truth["regions"]["JP"]["quarters"]["2022Q2"]["home_ports"];
    for (port, all, with_trait) in published {
        let row = rows.as_array().expect("rows").iter().find(|row| row["port"] == port).expect("the port");
        assert_eq!((row["packets"].as_u64(), row["mirai"].as_u64()), (Some(all), Some(with_trait)), "{port}");
    }
}

#[test]
fn every_shipped_scenario_is_right() {
    for name in ["small.toml", "tools.toml", "year.toml", "2014Q2.toml", "2022Q2.toml"] {
        let scenario = shipped(name);
        assert!(scenario.actors().count() > 5, "{name}");
        assert_eq!(scenario.home, "JP", "{name}");
    }
}

#[test]
fn the_scenarios_of_the_evaluation_leave_six_weeks_to_learn_from() {
    for name in ["quiet", "change", "backscatter", "dns", "families", "exploit"] {
        let scenario = shipped(&format!("eval/{name}.toml"));
        let before = scenario.judge.start.0 - scenario.during.start.0;
        assert!(before >= 42 * teiten_model::interval::DAY_US, "{name}");
        assert!(scenario.judge.end <= scenario.during.end, "{name}");
        let other = scenario.with_seed(4_711).expect("the same scenario");
        assert_eq!((other.seed, other.judge), (4_711, scenario.judge), "{name}");
    }
}
