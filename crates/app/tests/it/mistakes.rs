//! SQL that cannot be answered and options that do not fit each other.

use expect_test::{Expect, expect};

use crate::scenario::ask;

fn check(question: &str, status: i32, expected: Expect) {
    let ran = ask(question).ends(status);
    assert_eq!(ran.text(), "", "{question} has no result");
    expected.assert_eq(&ran.err);
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
}

#[test]
fn options_that_exclude_each_other_are_refused() {
    for question in [
        "packets -r sim/jp-01/2014-06-29.pcapng.zst --sensor jp-01",
        "packets -r sim/jp-01/2014-06-29.pcapng.zst --apart",
        "top ports -r sim/jp-01/2014-06-29.pcapng.zst --group jp",
        "top ports -r sim/jp-01/2014-06-29.pcapng.zst --as public",
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
        "top sensors -r sim/jp-01/2014-06-29.pcapng.zst",
        2,
        expect![[r#"
        error: -r divides by port, country, source, as, class, tag, actor, srcport, protocol, icmp, flags, window, ttl, malformed and ranks by packets or sources, without --vs: import the files for the rest
    "#]],
    );
    check(
        "top ports -r sim/jp-01/2014-06-29.pcapng.zst --period 2014-07-01 --vs prev",
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
