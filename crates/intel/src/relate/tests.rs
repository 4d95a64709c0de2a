//! Levels and reasons on ports of every kind, with what speaks against them.
//!
//! **Invariant:** no case depends on catalogues of other people: the vulnerabilities are written here.

use super::*;
use crate::knowledge::own;
use crate::record::Kind;

fn day(text: &str) -> Day {
    teiten_refdata::edition::parse_day(text).expect("a day")
}

fn told(id: &str, product: &str, published: &str, kev: Option<&str>) -> Told {
    let record = Record {
        products: vec![product.to_string()],
        published: Some(day(published)),
        kev: kev.map(day),
        ..Record::of(Kind::Vulnerability, id)
    };
    Told { record, told_by: vec!["kev=2026-01-01".to_string()] }
}

fn seen(proto: u8, port: u16, onset: Option<&str>) -> Seen {
    Seen {
        proto,
        port,
        onset: onset.map(day),
        last: Some(day("2026-03-31")),
        packets: 1000,
        ..Seen::default()
    }
}

fn said(seen: &Seen, vulnerabilities: &[Told]) -> String {
    let relations = relate(seen, own(), vulnerabilities);
    let mut lines: Vec<String> = relations
        .related
        .iter()
        .map(|one| format!("{} {} {} {:?}", one.level.word(), one.thing.word(), one.id, one.reason))
        .collect();
    lines.extend(relations.against.iter().map(|against| format!("against {against:?}")));
    lines.push(format!("cause {}", relations.cause().map_or("none", |one| &one.id)));
    lines.join("\n")
}

#[test]
fn a_rise_near_a_date_of_the_ports_product_is_near_it_and_nothing_else() {
    let recorder = told("CVE-2026-0001", "dahua:dvr", "2026-02-01", Some("2026-02-10"));
    let text = said(&seen(6, 37777, Some("2026-02-12")), std::slice::from_ref(&recorder));
    expect_test::expect![[r#"
        window vulnerability CVE-2026-0001 Near { date: Kev, days: 2, chance: 0.1232876712328767 }
        port product dahua-recorder Port
        cause CVE-2026-0001"#]]
    .assert_eq(&text);
    let before = said(&seen(6, 37777, Some("2026-01-05")), std::slice::from_ref(&recorder));
    assert!(before.starts_with("port "), "27 days before is too early: {before}");
    let edge = said(&seen(6, 37777, Some("2026-01-27")), std::slice::from_ref(&recorder));
    assert!(edge.starts_with("window "), "14 days before is not: {edge}");
    let late = said(&seen(6, 37777, Some("2026-03-12")), std::slice::from_ref(&recorder));
    assert!(late.starts_with("window "), "30 days after is not: {late}");
    let later = said(&seen(6, 37777, Some("2026-03-13")), std::slice::from_ref(&recorder));
    assert!(later.starts_with("port "), "31 days after is too late: {later}");
}

#[test]
fn what_organisations_that_scan_openly_ask_for_is_no_cause() {
    let recorder = told("CVE-2026-0001", "dahua:dvr", "2026-02-01", Some("2026-02-10"));
    let mut surveyed = seen(6, 37777, Some("2026-02-12"));
    surveyed.scanner_share = 0.9;
    let text = said(&surveyed, &[recorder]);
    assert!(text.contains("Surveyed") && text.contains("against Scanners(0.9)"), "{text}");
    assert!(text.ends_with("cause none"), "{text}");
}

#[test]
fn a_port_without_a_rise_names_services_only() {
    let recorder = told("CVE-2026-0001", "dahua:dvr", "2026-02-01", Some("2026-02-10"));
    expect_test::expect![[r#"
        port vulnerability CVE-2026-0001 Port
        port product dahua-recorder Port
        against PortOnly
        cause none"#]]
    .assert_eq(&said(&seen(6, 37777, None), &[recorder]));
}

#[test]
fn a_port_that_nobody_knows_gets_no_cause() {
    let recorder = told("CVE-2026-0001", "dahua:dvr", "2026-02-01", Some("2026-02-10"));
    assert_eq!(said(&seen(6, 41_234, Some("2026-02-12")), &[]), "cause none");
    // Even a vulnerability that came in by mistake is of another port.
    let text = said(&seen(6, 41_234, Some("2026-02-12")), &[recorder]);
    assert!(text.starts_with("port ") && text.ends_with("cause none"), "{text}");
}

#[test]
fn where_any_day_would_fit_nearness_says_nothing() {
    let monthly: Vec<Told> = (1..=12)
        .map(|month| {
            told(&format!("CVE-2026-{month:04}"), "fortinet:fortios", &format!("2026-{month:02}-01"), None)
        })
        .collect();
    let text = said(&seen(6, 8443, Some("2026-02-12")), &monthly);
    assert!(text.contains("Often") && text.ends_with("cause none"), "{text}");
    // One that is exploited is rare, and so still says something.
    let mut with_kev = monthly;
    with_kev[1].record.kev = Some(day("2026-02-10"));
    let text = said(&seen(6, 8443, Some("2026-02-12")), &with_kev);
    assert!(text.starts_with("window vulnerability CVE-2026-0002") && text.contains("Kev"), "{text}");
}

#[test]
fn payloads_and_forms_name_what_they_are() {
    let mut realtek = seen(17, 9034, Some("2026-02-12"));
    realtek.tags = BTreeMap::from([("realtek-udpserver".to_string(), 900)]);
    realtek.scanner_share = 0.25;
    expect_test::expect![[r#"
        pattern vulnerability CVE-2021-35394 Pattern { tag: "realtek-udpserver", packets: 900 }
        pattern product realtek-sdk Pattern { tag: "realtek-udpserver", packets: 900 }
        against Scanners(0.25)
        cause CVE-2021-35394"#]]
    .assert_eq(&said(&realtek, &[]));
    let mut mirai = seen(6, 37215, Some("2026-02-12"));
    mirai.tags = BTreeMap::from([("mirai".to_string(), 990), ("zmap".to_string(), 10)]);
    mirai.mirai_share = 0.99;
    let huawei = told("CVE-2017-17215", "huawei:hg532_firmware", "2018-03-20", None);
    expect_test::expect![[r#"
        protocol malware mirai Form { tag: "mirai", packets: 990 }
        port vulnerability CVE-2017-17215 Port
        port malware satori Port
        port product huawei-hg532 Port
        cause mirai"#]]
    .assert_eq(&said(&mirai, &[huawei]));
}

#[test]
fn a_tool_is_no_cause() {
    let mut tool = seen(6, 41_234, Some("2026-02-12"));
    tool.tags = BTreeMap::from([("zmap".to_string(), 1000)]);
    let text = said(&tool, &[]);
    assert!(text.starts_with("protocol tool zmap") && text.ends_with("cause none"), "{text}");
}
