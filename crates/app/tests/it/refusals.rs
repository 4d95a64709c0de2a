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
        error: --progress is auto or never, not `much`
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

#[test]
fn sql_that_cannot_be_answered_is_explained() {
    check(
        "query 'SELEC 1'",
        2,
        expect![[r#"
        error: the SQL cannot be answered: Expected: an SQL statement, found: SELEC at Line: 1, Column: 1
    "#]],
    );
    check(
        "query 'SELECT count(*) FRM packets'",
        2,
        expect![[r#"
        error: the SQL cannot be answered: Expected: end of statement, found: packets at Line: 1, Column: 21
    "#]],
    );
    check(
        "query 'SELECT nope FROM packets'",
        2,
        expect![[r#"
        error: the SQL cannot be answered: No field named nope; DESCRIBE followed by the view lists its columns
    "#]],
    );
    check(
        "query 'SELECT * FROM nope'",
        2,
        expect![[r#"
        error: the SQL cannot be answered: table 'nope' not found; SHOW TABLES lists the views
    "#]],
    );
    check(
        "query 'SELECT nope(src) FROM packets'",
        2,
        expect![[r#"
        error: the SQL cannot be answered: Invalid function 'nope'
    "#]],
    );
    check(
        "query 'DROP TABLE packets'",
        2,
        expect![[r#"
        error: the SQL cannot be answered: DDL not supported: DropTable; only one query that reads is answered, such as SELECT, SHOW TABLES or DESCRIBE packets
    "#]],
    );
    check(
        "query 'INSERT INTO packets SELECT * FROM packets'",
        2,
        expect![[r#"
        error: the SQL cannot be answered: DML not supported: Insert Into; only one query that reads is answered, such as SELECT, SHOW TABLES or DESCRIBE packets
    "#]],
    );
    check(
        "query 'SET x = 1'",
        2,
        expect![[r#"
        error: the SQL cannot be answered: Statement not supported: SetVariable; only one query that reads is answered, such as SELECT, SHOW TABLES or DESCRIBE packets
    "#]],
    );
    check(
        "query 'SELECT 1; SELECT 2'",
        2,
        expect![[r#"
        error: the SQL cannot be answered: The context currently only supports a single SQL statement; write one query
    "#]],
    );
    check(
        "query ''",
        2,
        expect![[r#"
        error: the SQL cannot be answered: No SQL statements were provided in the query string; write a query, such as SELECT count(*) FROM packets
    "#]],
    );
    check(
        "query 'SELECT * FROM base_packets'",
        2,
        expect![[r#"
        error: tables that begin with `base_` are not for questions: ask the views, `SHOW TABLES` lists them
    "#]],
    );
    check(
        "query 'COPY packets TO ''x.csv'''",
        2,
        expect![[r#"
        error: unexpected argument 'x.csv' found

        Usage: teiten query [OPTIONS] <SQL>

        For more information, try '--help'.
    "#]],
    );
}

#[test]
fn options_that_exclude_each_other_are_refused() {
    for question in [
        "packets -r sim/jp-01/2014-06-29.pcap.zst --sensor jp-01",
        "packets -r sim/jp-01/2014-06-29.pcap.zst --apart",
        "top ports -r sim/jp-01/2014-06-29.pcap.zst --group jp",
        "top ports -r sim/jp-01/2014-06-29.pcap.zst --as public",
        "top ports --period 2014 --from 2014",
        "packets --publish",
        "packets -V -w x.pcapng",
        "import sim --sensor a --sensors sim/sensors.toml",
        "import sim --group a",
        "top ports --bogus",
        "topp ports",
    ] {
        let ran = ask(question).ends(2);
        assert!(ran.out.is_empty() && ran.err.contains("For more information"), "{question}: {}", ran.err);
    }
    check(
        "packets -r - -V",
        2,
        expect![[r#"
        error: -V, -x and -w read a capture twice, which standard input cannot be: name a file
    "#]],
    );
    check(
        "top sensors -r sim/jp-01/2014-06-29.pcap.zst",
        2,
        expect![[r#"
        error: -r divides by port, country, source, as, class, tag, actor, srcport, protocol, icmp, flags, window, ttl, malformed and ranks by packets or sources, without --vs: import the files for the rest
    "#]],
    );
    check(
        "top ports -r sim/jp-01/2014-06-29.pcap.zst --period 2014-07-01 --vs prev",
        2,
        expect![[r#"
        error: -r divides by port, country, source, as, class, tag, actor, srcport, protocol, icmp, flags, window, ttl, malformed and ranks by packets or sources, without --vs: import the files for the rest
    "#]],
    );
    check(
        "packets -w x.pcap",
        2,
        expect![[r#"
        error: the packets come from 15 inputs, which a pcap file cannot tell apart: name the file .pcapng
    "#]],
    );
    let ran = ask("topp ports").ends(2);
    assert!(ran.err.contains("'top'"), "{}", ran.err);
}

#[test]
fn configuration_mistakes_name_file_and_line() {
    let cases: [(&str, Expect); 5] = [
        (
            "stroe = \"x\"\n",
            expect![[r#"
            error: teiten.toml:1: unknown key `stroe`: did you mean `store`?
        "#]],
        ),
        (
            "lang = \"ja\"\noutput = \"xml\"\n",
            expect![[r#"
            error: teiten.toml:2: output: `xml` is no output format: write one of table, csv, tsv, json, ndjson, md, parquet
        "#]],
        ),
        (
            "tz = \"Asia/Tokio\"\n",
            expect![[r#"
            error: `Asia/Tokio` is not a time zone: did you mean Asia/Tokyo?
        "#]],
        ),
        (
            "store = \n",
            expect![[r#"
            error: teiten.toml:1: string values must be quoted, expected literal string
        "#]],
        ),
        (
            "sensors = 3\n",
            expect![[r#"
            error: teiten.toml:1: sensors: a text is wanted, not integer
        "#]],
        ),
    ];
    for (text, expected) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("teiten.toml"), text).expect("a file");
        expected.assert_eq(&line(folder.path(), "top ports").ends(2).err);
    }
    let folder = tempfile::tempdir().expect("a folder");
    expect![[r#"
        error: cannot read none.toml: No such file or directory (os error 2)
    "#]]
    .assert_eq(&line(folder.path(), "--config none.toml config show").ends(2).err);
    captures::write(folder.path(), "a.pcap", &captures::pcap(1));
    std::fs::write(
        folder.path().join("sensors.toml"),
        "[[sensor]]\nname = \"A b\"\nprefix = \"192.0.2.0/29\"\n",
    )
    .expect("a file");
    let cases: [(&str, Expect); 5] = [
        (
            "import a.pcap --sensors sensors.toml",
            expect![[r#"
            error: sensors.toml:2: "A b" is no name of a sensor: begin with a to z or a digit, go on with those, `_`, `.` or `-`, at most 64
        "#]],
        ),
        (
            "import a.pcap --sensors none.toml",
            expect![[r#"
            error: cannot read none.toml: No such file or directory (os error 2)
        "#]],
        ),
        (
            "import a.pcap --sensor -",
            expect![[r#"
            error: "-" is no name of a sensor: begin with a to z or a digit, go on with those, `_`, `.` or `-`, at most 64
        "#]],
        ),
        (
            "import a.pcap --sensor Tokyo",
            expect![[r#"
            error: "Tokyo" is no name of a sensor: begin with a to z or a digit, go on with those, `_`, `.` or `-`, at most 64
        "#]],
        ),
        (
            "import a.pcap --store s3://bucket/x",
            expect![[r#"
            error: s3://bucket/x cannot be the place of a store: stores behind `s3:` are not supported yet; use a folder
        "#]],
        ),
    ];
    for (question, expected) in cases {
        expected.assert_eq(&line(folder.path(), question).ends(2).err);
    }
    assert!(!folder.path().join("teiten-store").try_exists().expect("a folder"), "nothing was half made");
}

#[test]
fn what_is_missing_or_broken_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("other")).expect("a folder");
    captures::write(folder.path(), "other/thing.txt", b"not a store");
    captures::write(folder.path(), "bad/store.json", b"{");
    captures::write(folder.path(), "new/store.json", b"{\"format\":99,\"home_zone\":\"UTC\"}");
    captures::write(folder.path(), "a.pcap", &captures::pcap(1));
    captures::write(folder.path(), "broken.csv", b"1.0.0.0,not an address,AU\n");
    captures::write(folder.path(), "broken.mmdb", b"\xab\xcd\xefMaxMind.com");
    let cases: [(&str, i32, Expect); 9] = [
        (
            "top ports",
            1,
            expect![[r#"
            error: no store at teiten-store: make one with `teiten import` or name another with --store
        "#]],
        ),
        (
            "--store other top ports",
            1,
            expect![[r#"
            error: no store at other: make one with `teiten import` or name another with --store
        "#]],
        ),
        (
            "--store other import a.pcap",
            2,
            expect![[r#"
            error: other cannot be the place of a store: it is not empty and not a store
        "#]],
        ),
        (
            "--store bad top ports",
            1,
            expect![[r#"
            error: store.json cannot be read: EOF while parsing an object at line 1 column 1; `teiten store verify` says what else is damaged
        "#]],
        ),
        (
            "--store new top ports",
            1,
            expect![[r#"
            error: the store at new has format 99, this program reads format 1: use the version that made it
        "#]],
        ),
        (
            "simulate none.toml --out x",
            1,
            expect![[r#"
            error: reading none.toml: No such file or directory (os error 2)
        "#]],
        ),
        (
            "data import none.csv",
            1,
            expect![[r#"
            error: cannot open none.csv: No such file or directory (os error 2): No such file or directory (os error 2)
        "#]],
        ),
        (
            "data import broken.csv --date 2014-01-01",
            1,
            expect![[r#"
            error: broken.csv, line 1: `AU` is not a day as YYYY-MM-DD; nothing was imported
        "#]],
        ),
        (
            "data import broken.mmdb",
            1,
            expect![[r#"
            error: broken.mmdb is broken: invalid database at offset 14: unexpected end of buffer; fetch it again
        "#]],
        ),
    ];
    for (question, status, expected) in cases {
        let ran = line(folder.path(), question).ends(status);
        assert_eq!(ran.text(), "", "{question}");
        expected.assert_eq(&ran.err);
    }
}
