//! Section 2 with findings: what it tells in both languages, and that it stands or falls with findings.
//!
//! **Invariant:** the facts are invented; no number is an observation.

use expect_test::expect_file;
use jiff::civil::date;
use teiten_report::document::{Block, Document};
use teiten_report::facts::Facts;
use teiten_report::facts::known::{Known, KnownMark, KnownPort, KnownThing};
use teiten_report::facts::phenomena::{
    DnsAftermath, DnsLine, DnsMonth, DnsSeries, EvidencePacket, FindingRow, FixedSourcePort, HomeNetwork,
    PartRow, Phenomena, ResolverRegion, VictimZone,
};
use teiten_report::html;
use teiten_report::words::names::Names;

use crate::{both, invented, told};

fn packet(destination: usize, protocol: &str, info: &str) -> EvidencePacket {
    EvidencePacket {
        time: "2014-06-03 04:05:06".into(),
        source: "198.51.100.7".into(),
        country: Names::new("日本", "Japan"),
        destination,
        protocol: protocol.into(),
        length: 89,
        info: info.into(),
    }
}

fn dns() -> DnsAftermath {
    let days = |value: f64| (0..91).map(|day| Some(value + f64::from(day))).collect();
    let month = |month, answers, server_failure| DnsMonth {
        first: date(2014, month, 1),
        answers,
        no_such_name: 0.9 - server_failure,
        server_failure,
        refused: 0.1,
        errors: answers / 10,
    };
    DnsAftermath {
        series: vec![
            DnsSeries { line: DnsLine::Answers, values: days(100.0) },
            DnsSeries { line: DnsLine::Errors, values: days(10.0) },
        ],
        months: vec![month(4, 3_000, 0.1), month(5, 3_100, 0.2), month(6, 3_200, 0.3)],
        zones: vec![VictimZone {
            zone: "news.example".into(),
            kind: Some(Names::new("報道機関", "news")),
            first: date(2014, 4, 1),
            last: date(2014, 6, 30),
            answers: 9_000,
            unique: 0.998,
            no_such_name: 0.7,
            server_failure: 0.2,
            responders: 4_000,
            sensors: 8,
        }],
        regions: vec![ResolverRegion {
            key: "JP".into(),
            name: Names::new("日本", "Japan"),
            resolvers: 3_900,
            share: 1.0,
            answers: 9_000,
            sensors: 8,
        }],
        answers: 9_300,
        zone_answers: 9_000,
        responders: 4_000,
        resolvers: 3_900,
        errors: 930,
        error_sources: 700,
        errors_named: 460,
        errors_of_zones: 455,
        home_ases: vec![HomeNetwork { asn: "AS64496".into(), resolvers: 3_900, sensors: 8 }],
        home_resolvers: 3_900,
        home_zones: 0,
        no_such_name: vec![packet(
            0,
            "DNS",
            "Standard query response 0x1a2b No such name A kqzvbnxw.news.example",
        )],
        unreachable: vec![packet(1, "ICMP", "Destination unreachable (Port unreachable)")],
        server_failure: vec![packet(
            0,
            "DNS",
            "Standard query response 0x1a2c Server failure A xw.news.example",
        )],
        origin: vec!["packets".into()],
    }
}

fn tool() -> FixedSourcePort {
    let part = |key: &str, ja: &str, en: &str, packets, share| PartRow {
        key: key.into(),
        name: Names::new(ja, en),
        packets,
        share,
    };
    FixedSourcePort {
        port: "6000/TCP".into(),
        packets: 20_000,
        share: 0.2,
        place: 1,
        neighbour_packets: 12,
        sources: 600,
        sensors: 8,
        first: date(2013, 7, 1),
        values: (0..365).map(|day| Some(f64::from(day))).collect(),
        onset: Some(date(2014, 1, 20)),
        ports: vec![
            part("22/TCP", "ssh", "ssh", 12_000, 0.6),
            part("1433/TCP", "ms-sql-s", "ms-sql-s", 8_000, 0.4),
        ],
        regions: vec![part("CN", "中国", "China", 20_000, 1.0)],
        window_bytes: 16_384,
        sources_repeated: 580,
        one_window: 1.0,
        pairs: 400,
        steady: 0.99,
        pause_days: 3.0,
        bare: 1.0,
        evidence: vec![packet(0, "TCP", "6000 → 22 [SYN] Seq=0 Win=16384 Len=0")],
        origin: vec!["packets".into()],
    }
}

fn known() -> Known {
    let thing = |id: &str, level, kind: Names, name: Names, reason: Names| KnownThing {
        kind,
        id: id.into(),
        name,
        level,
        reason,
        dates: Names::new("2014-05-08 公開", "2014-05-08 published"),
        url: if id.starts_with("CVE-") { format!("https://example.org/{id}") } else { String::new() },
        told_by: "kev 2014-07-01".into(),
    };
    let things = vec![
        thing(
            "CVE-2014-0001",
            "window",
            Names::new("脆弱性", "vulnerability"),
            Names::new("録画機の認証回避の脆弱性", "Recorder lets everyone in"),
            Names::new("該当製品のポート", "its port, and near in time"),
        ),
        thing(
            "example.worm",
            "port",
            Names::new("マルウエア", "malware"),
            Names::same("Example Worm"),
            Names::new("ポート番号のみ", "the port alone"),
        ),
    ];
    Known {
        ports: vec![KnownPort {
            port: "37777/TCP".into(),
            service: Names::same(""),
            detector: Names::new("新しいポート", "New port"),
            onset: date(2014, 5, 10),
            sensors: 8,
            values: (0..91).map(|day| Some(if day < 39 { 0.0 } else { 20.0 })).collect(),
            marks: vec![
                KnownMark {
                    day: date(2014, 5, 8),
                    label: Names::new("公開 CVE-2014-0001", "published CVE-2014-0001"),
                },
                KnownMark {
                    day: date(2014, 5, 10),
                    label: Names::new("最初のパケット", "first packet here"),
                },
            ],
            things,
            against: vec![Names::new("調査目的の組織が30 %", "30 % are of organisations that scan openly")],
            origin: vec!["packets".into(), "findings".into()],
        }],
        window_days: (14, 30),
        catalogues: vec!["kev 2014-07-01".into()],
    }
}

pub(crate) fn quarter() -> Facts {
    let row = |subject: &str, packets| FindingRow {
        id: format!("detector:{subject}:2014-04-01"),
        detector: Names::new("検知規則", "Detector"),
        rule: 1,
        subject: subject.into(),
        kind: None,
        first: date(2014, 4, 1),
        last: date(2014, 6, 30),
        confidence: "high",
        packets,
        sources: -1,
        sensors: 8,
        filter: "ip".into(),
        is_public: true,
        is_sensor: false,
        is_told: true,
    };
    Facts {
        phenomena: Phenomena {
            withheld: 0,
            dns: Some(dns()),
            source_ports: vec![tool()],
            kinds: Vec::new(),
            known: known(),
            is_withheld: false,
            is_scoped: false,
            findings: vec![row("news.example", 9_000), row("6000/TCP", 20_000)],
            home: Some((Names::new("日本", "Japan"), "jp".into())),
        },
        ..invented::quarter()
    }
}

/// What section 2 tells, by the text between its heading and the next.
fn section(document: &Document) -> String {
    let told = told(document);
    let from = told.find(&format!("# {}", document.sections[1].heading)).expect("the heading of a section");
    let to = told.find(&format!("# {}", document.sections[2].heading)).expect("the heading of a section");
    told[from..to].to_string()
}

#[test]
fn findings_are_told_in_both_languages() {
    let [ja, en] = both(&quarter());
    expect_file!["golden/phenomena.ja.txt"].assert_eq(&section(&ja));
    expect_file!["golden/phenomena.en.txt"].assert_eq(&section(&en));
}

#[test]
fn tables_and_figures_are_numbered_as_readers_know_them() {
    for document in both(&quarter()) {
        let blocks = &document.sections[1].blocks;
        let of = |wanted: &str| {
            blocks.iter().find_map(|block| match block {
                Block::Table(table) if table.id == wanted => Some(table.label.clone()),
                Block::Figure(figure) if figure.id == wanted => Some(figure.label.clone()),
                Block::PacketList(list) if list.id == wanted => Some(list.label.clone()),
                _ => None,
            })
        };
        for (id, number) in [
            ("dns-by-day", "3"),
            ("dns-no-such-name", "4"),
            ("dns-unreachable", "5"),
            ("dns-server-failure", "6"),
            ("source-port-6000-by-day", "7"),
            ("source-port-6000-share", "8"),
            ("source-port-6000-ports", "3"),
        ] {
            assert!(of(id).is_some_and(|label| label.ends_with(number)), "{id} is {:?}", of(id));
        }
    }
}

#[test]
fn without_findings_nothing_is_claimed() {
    for document in both(&invented::quarter()) {
        assert_eq!(document.sections[1].blocks.len(), 1);
        let told = told(&document);
        assert!(!told.contains("6000") && !told.contains("RFC"), "{told}");
    }
}

#[test]
fn sparse_findings_make_a_report_too() {
    let mut facts = quarter();
    facts.phenomena.home = None;
    if let Some(dns) = &mut facts.phenomena.dns {
        dns.errors = 0;
        dns.months.truncate(1);
        dns.regions.clear();
        for list in [&mut dns.no_such_name, &mut dns.unreachable, &mut dns.server_failure] {
            list.clear();
        }
    }
    let tool = &mut facts.phenomena.source_ports[0];
    (tool.onset, tool.pairs, tool.place) = (None, 0, 2);
    tool.ports.clear();
    tool.regions.clear();
    tool.evidence.clear();
    tool.values.clear();
    assert!(html::render(&both(&facts)).is_ok());
}
