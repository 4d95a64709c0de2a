//! What is wrong is said in one message that says what to do, with the exit status of its kind.

use expect_test::{Expect, expect};

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
        error: `size` is not a metric: write packets, sources, sensors or rate
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
        error: a comparison needs a --period, or --from and --to
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
        error: `nowhere` is not an address: write one such as 192.0.2.1
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
        "report make yearly --period 2014",
        2,
        expect![[r#"
        error: `yearly` is not a kind of report: write quarterly
    "#]],
    );
    check(
        "report make quarterly --period 2014-06",
        2,
        expect![[r#"
        error: a quarterly report is of a quarter, such as 2014Q2, not of 2014-06
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
