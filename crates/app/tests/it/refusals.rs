//! What is wrong is said in one message that says what to do, with the exit status of its kind.

use expect_test::{Expect, expect};

use crate::captures;
use crate::program::line;
use crate::scenario::ask;

fn check(question: &str, status: i32, expected: Expect) {
    let ran = ask(question).ends(status);
    assert_eq!(ran.text(), "", "{question} has no result");
    expected.assert_eq(&ran.err);
}

#[test]
fn a_wrong_filter_is_shown_with_a_caret_before_a_store_is_looked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    for question in [
        "top ports",
        "trend",
        "compare --period 2014",
        "packets",
        "packets --only-count",
        "sensor list",
        "top ports -r no.pcap",
        "packets -r no.pcap",
    ] {
        let ran = line(folder.path(), &format!("{question} -Y 'tcp.dstprt == 23'")).ends(2);
        assert_eq!(
            ran.err,
            "error: unknown field `tcp.dstprt`\n    tcp.dstprt == 23\n    ^~~~~~~~~~  did you mean tcp.dstport?\n",
            "{question}"
        );
    }
    check(
        "top ports -Y 'tcp.dstport == '",
        2,
        expect![[r#"
        error: expected a value, found the end
            tcp.dstport ==
                           ^
    "#]],
    );
    check(
        "top ports -Y 'tcp.dstport == 99999'",
        2,
        expect![[r#"
        error: 99999 is too large for tcp.dstport, which is at most 65535
            tcp.dstport == 99999
                           ^~~~~
    "#]],
    );
    check(
        "top ports -Y '(tcp'",
        2,
        expect![[r#"
        error: expected `)`, found the end
            (tcp
            ^  this bracket is not closed
    "#]],
    );
    check(
        "top ports -Y ''",
        2,
        expect![[r#"
        error: the filter is empty

            ^  write a test such as tcp.dstport == 23
    "#]],
    );
}

#[test]
fn wrong_words_are_answered_with_right_ones() {
    check(
        "top prts",
        2,
        expect![[r#"
        error: packets cannot be divided by `prts`: write one of ports, countries, sources, ases, classes, tags, actors, groups, sensors, srcports, protocols, icmps, flags, windows, ttls, rcodes, dnsnames, quoteports, malformed, inputs
    "#]],
    );
    check(
        "top ports --metric size",
        2,
        expect![[r#"
        error: `size` is not a metric: write packets, sources, sensors, rate or per-address
    "#]],
    );
    check(
        "top ports --period 2014Q5",
        2,
        expect![[r#"
        error: there is no 2014Q5: the quarters are Q1 to Q4
    "#]],
    );
    check(
        "top ports --period soon",
        2,
        expect![[r#"
        error: `soon` is not a period: write 2026Q3, 2026-08, 2026-08-20, 2026, FY2014, 2026-W33, now-7d, or two times such as 2026-08-20..now
    "#]],
    );
    check(
        "top ports --from 2014-07-02 --to 2014-07-01",
        2,
        expect![[r#"
        error: `2014-07-02..2014-07-01` ends before it starts: write the earlier time first; the end itself is not inside
    "#]],
    );
    check(
        "top ports --vs prev",
        2,
        expect![[r#"
        error: a comparison needs a period, or from and to
    "#]],
    );
    check(
        "compare --period 2014-07-01 --vs later",
        2,
        expect![[r#"
        error: `later` is not a period: write 2026Q3, 2026-08, 2026-08-20, 2026, FY2014, 2026-W33, now-7d, or two times such as 2026-08-20..now
    "#]],
    );
    check(
        "top ports --tz Asia/Tokio",
        2,
        expect![[r#"
        error: `Asia/Tokio` is not a time zone: did you mean Asia/Tokyo?
    "#]],
    );
    check(
        "top ports -o xml",
        2,
        expect![[r#"
        error: `xml` is no output format: write one of table, csv, tsv, json, ndjson, md, parquet
    "#]],
    );
    check(
        "top ports --lang fr",
        2,
        expect![[r#"
        error: `fr` is no language of ours: write ja or en
    "#]],
    );
    check(
        "top ports --color blue",
        2,
        expect![[r#"
        error: --color is auto, always or never, not `blue`
    "#]],
    );
    check(
        "top ports --progress much",
        2,
        expect![[r#"
            error: --progress is auto, never or json, not `much`
        "#]],
    );
    check(
        "trend --step fortnight",
        2,
        expect![[r#"
        error: `fortnight` is not a step: write one of hour, day, week, month, year
    "#]],
    );
    check(
        "trend --by tag",
        2,
        expect![[r#"
        error: a series by tag is not one question: ask one tag with -Y 'tag == "..."'
    "#]],
    );
    check(
        "tag show nothing",
        2,
        expect![[r#"
        error: there is no tag or signature `nothing`: `teiten tag list` names them
    "#]],
    );
    check(
        "data lookup nowhere",
        2,
        expect![[r#"
            error: `nowhere` is nothing that can be looked up: write 192.0.2.1, 445/tcp, 6000, gre, `proto 47`, `icmp 3/3`, `icmpv6 135`, JP or AS64496
        "#]],
    );
    check(
        "data lookup 192.0.2.1 --day yesterday",
        2,
        expect![[r#"
        error: `yesterday` is not a date: write YYYY-MM-DD
    "#]],
    );
    check(
        "report make hourly --period 2014",
        2,
        expect![[r#"
            error: `hourly` is not a kind of report: write weekly, monthly, quarterly or yearly
        "#]],
    );
    check(
        "report make quarterly --period 2014-06",
        2,
        expect![[r#"
            error: a quarterly report is of a quarter, such as 2014Q2 or FY2014Q1, not of 2014-06
        "#]],
    );
    check(
        "report make quarterly --period 2014Q2 --issued soon",
        2,
        expect![[r#"
        error: `soon` is not a date: write YYYY-MM-DD
    "#]],
    );
    check(
        "report make quarterly --period 2014Q2 --format html,docx",
        2,
        expect![[r#"
        error: `docx` is not a format of reports: write some of html, pdf, md, json, csv, png, parted by commas
    "#]],
    );
    check(
        "report make quarterly --period 2014Q2 --region EU",
        2,
        expect![[r#"
        error: no sensor is in region `EU`: the store knows AP, JP
    "#]],
    );
}

#[test]
fn sensors_and_groups_that_are_not_there_are_not_answered_with_nothing() {
    check(
        "top ports --sensor tokyo-01",
        2,
        expect![[r#"
        error: no packet of a sensor `tokyo-01` is in the store: there are id-01, jp-01, jp-02
    "#]],
    );
    check(
        "trend --group mars",
        2,
        expect![[r#"
        error: no packet of a group `mars` is in the store: there are jp, overseas
    "#]],
    );
    check(
        "packets --sensor jp-01 --sensor jp-99",
        2,
        expect![[r#"
        error: no packet of a sensor `jp-99` is in the store: there are id-01, jp-01, jp-02
    "#]],
    );
    check(
        "sensor show tokyo-01",
        2,
        expect![[r#"
        error: no packets of a sensor `tokyo-01` in that time: `teiten sensor list` names those there are
    "#]],
    );
    check(
        "sensor list --as tokyo-01",
        2,
        expect![[r#"
        error: no packet of a sensor `tokyo-01` is in the store: `teiten sensor list` names those there are
    "#]],
    );
}

#[test]
fn words_that_no_packet_can_have_are_refused() {
    let questions = [
        "top ports -Y 'tag == \"mirrai\"'",
        "packets --only-count -Y 'tag in {\"mirai\", \"nmap\"}'",
        "trend -Y 'tag == \"masscan-test\"'",
        "compare --period 2014-07-01 -Y 'tag == \"xyz\"'",
        "top ports -Y 'class == \"scam\"'",
        "top ports -Y 'src.country == \"Japan\"'",
        "top ports -Y 'ip.geoip.src_country_iso != \"日本\"'",
        "top ports -Y 'src.country in {\"JP\", \"kr\"}'",
        "top ports -Y 'src.country == \"Korea\"'",
        "top ports -Y '!(src.country == \"XX\")'",
        "packets -r sim/jp-01/2014-06-29.pcapng.zst -Y 'tag == \"mirrai\"'",
        "top ports -r sim/jp-01/2014-06-29.pcapng.zst -Y 'src.country == \"XX\"'",
    ];
    let said: String = questions
        .iter()
        .map(|question| {
            let ran = ask(question).ends(2);
            assert_eq!(ran.text(), "", "{question} has no result");
            ran.err
        })
        .collect();
    expect![[r#"
        error: tag is never "mirrai"
            tag == "mirrai"
                   ^~~~~~~~  did you mean "mirai"?
        error: tag is never "nmap"
            tag in {"mirai", "nmap"}
                             ^~~~~~  did you mean one of "nmap-ack", "nmap-os", "nmap-payload", "nmap-stealth", "nmap-syn"?
        error: tag is never "masscan-test"
            tag == "masscan-test"
                   ^~~~~~~~~~~~~~  did you mean "masscan"?
        error: tag is never "xyz"
            tag == "xyz"
                   ^~~~~  `teiten tag list` names them; contains finds a part of one
        error: class is never "scam"
            class == "scam"
                     ^~~~~~  it is one of unparsed, not-ip, spoofed, scan-syn, scan-ack, scan-stealth, scan-udp, scan-icmp, backscatter-tcp, backscatter-icmp, backscatter-udp, udp-unknown, tcp-other, ip-other
        error: src.country is never "Japan"
            src.country == "Japan"
                           ^~~~~~~  did you mean "JP"?
        error: ip.geoip.src_country_iso is never "日本"
            ip.geoip.src_country_iso != "日本"
                                        ^~~~~~  did you mean "JP"?
        error: src.country is never "kr"
            src.country in {"JP", "kr"}
                                  ^~~~  did you mean "KR"?
        error: src.country is never "Korea"
            src.country == "Korea"
                           ^~~~~~~  did you mean one of "KP", "KR"?
        error: src.country is never "XX"
            !(src.country == "XX")
                             ^~~~  write the two letters of ISO 3166-1, such as "JP"
        error: tag is never "mirrai"
            tag == "mirrai"
                   ^~~~~~~~  did you mean "mirai"?
        error: src.country is never "XX"
            src.country == "XX"
                           ^~~~  write the two letters of ISO 3166-1, such as "JP"
    "#]].assert_eq(&said);
    for allowed in ["tag contains \"mirrai\"", "src.country matches \"^X\"", "src.country < \"X\""] {
        ask(&format!("top ports --top 1 -Y '{allowed}'")).well();
    }
}

#[test]
fn a_code_that_only_the_database_of_countries_knows_is_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    captures::write(at, "a.pcap", &captures::pcap(3));
    let mut other = captures::syn(1, 1, 23);
    other[26..30].copy_from_slice(&[25, 0, 0, 1]);
    let mut writer =
        teiten_wire::write::pcap::PcapWriter::new(Vec::new(), 1, false, 65_535).expect("a header");
    writer.packet(captures::NOON * 1_000_000_000, &other, 60).expect("a packet");
    captures::write(at, "b.pcap", &writer.finish().expect("a capture"));
    captures::write(at, "uk.csv", b"25.0.0.0,25.255.255.255,UK\n");
    line(at, "data import uk.csv --kind country --date 2014-06-01").well();
    for question in ["packets --only-count -r b.pcap", "top ports -r b.pcap"] {
        line(at, &format!("{question} -Y 'src.country == \"UK\"'")).well();
        line(at, &format!("{question} -Y 'src.country == \"XX\"'")).ends(2);
    }
    line(at, "import a.pcap").well();
    line(at, "packets --only-count -Y 'src.country == \"UK\"'").ends(2);
    line(at, "import b.pcap").well();
    assert_eq!(line(at, "packets --only-count -Y 'src.country == \"UK\"'").well().text(), "1\n");
    line(at, "packets --only-count -Y 'src.country in {\"UK\", \"XX\"}'").ends(2);
}

#[test]
fn words_that_the_store_does_not_have_are_questioned() {
    // Inputs and rules change with the scenario and the signatures, so their names are taken from the store.
    let one = |column: &str| {
        let answer = ask(&format!("query 'SELECT min({column}) FROM inputs' -o csv")).well().text();
        answer.lines().last().expect("an input").to_string()
    };
    let (input, rules) = (one("input"), one("rules"));
    let cut = format!("input == \"{}\"", &input[..15]);
    let filters = [
        "sensor == \"jp-1\"",
        "sensor in {\"jp-01\", \"tokyo\", \"osaka\"}",
        "sensor.group != \"oversea\"",
        "actor == \"Somebody\"",
        &cut,
        "rules == \"r0\"",
        "sensor == \"-\"",
        "sensor contains \"jp-1\"",
        "sensor == \"jp-01\" && tag == \"mirai\"",
    ];
    let mut said = String::new();
    for filter in filters {
        let ran = ask(&format!("packets --only-count -Y '{filter}'")).well();
        let found = if ran.text() == "0\n" { "nothing" } else { "packets" };
        said += &format!("{filter}: {found}\n{}", ran.err);
    }
    let said = said.replace(&input, "INPUT").replace(&input[..15], "INPU").replace(&rules, "RULES");
    expect![[r#"
        sensor == "jp-1": nothing
        note: no packet of the store has sensor "jp-1": did you mean "jp-01"?
        sensor in {"jp-01", "tokyo", "osaka"}: packets
        note: no packet of the store has sensor "tokyo", "osaka": there are id-01, jp-01, jp-02
        sensor.group != "oversea": packets
        note: no packet of the store has sensor.group "oversea": did you mean "overseas"?
        actor == "Somebody": nothing
        note: no packet of the store has any actor
        input == "INPU": nothing
        note: no packet of the store has input "INPU": did you mean "INPUT"?
        rules == "r0": nothing
        note: no packet of the store has rules "r0": there are RULES
        sensor == "-": nothing
        sensor contains "jp-1": nothing
        sensor == "jp-01" && tag == "mirai": packets
    "#]]
    .assert_eq(&said);
    // The same note, whoever asks the same filter.
    let note = "note: no packet of the store has sensor \"jp-1\": did you mean \"jp-01\"?";
    for question in ["top ports", "trend", "packets", "sensor list", "compare --period 2014-07-01"] {
        let ran = ask(&format!("{question} -Y 'sensor == \"jp-1\"'")).well();
        assert!(ran.err.lines().any(|line| line == note), "{question}: {}", ran.err);
    }
    let quiet = ask("packets -q -Y 'sensor == \"jp-1\"'").well();
    assert_eq!(quiet.err, "");
    let folder = tempfile::tempdir().expect("a folder");
    captures::write(folder.path(), "a.pcap", &captures::pcap(3));
    let read = line(folder.path(), "packets -r a.pcap --only-count -Y 'sensor == \"jp-1\"'").well();
    expect![[r#"
        note: no packet of these captures has sensor "jp-1": there are unnamed
    "#]]
    .assert_eq(&read.err);
    // Whoever may not see the sensors is not told their names.
    let member = ask("top ports --as jp-01 -Y 'sensor.group == \"oversea\"'").well();
    assert!(!member.err.contains("overseas"), "{}", member.err);
}
