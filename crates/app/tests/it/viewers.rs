//! Who asks decides what is answered: the operator, a member with own sensors, the public.

use expect_test::{Expect, expect};

use crate::scenario::ask;

fn check(question: &str, status: i32, expected: Expect) {
    expected.assert_eq(&ask(question).ends(status).whole());
}

#[test]
fn a_member_sees_packets_of_own_sensors_only() {
    assert_eq!(ask("packets --only-count --as jp-01").well().text(), "7247\n");
    assert_eq!(ask("query 'SELECT count(*) AS n FROM packets' --as jp-01 -o csv").well().text(), "n\n7247\n");
    let listed = ask("packets --as jp-01 -l -c 100000 -o csv").well();
    assert_eq!(listed.text().lines().count(), 7_248);
    assert!(!listed.text().contains(",jp-02,"));
    check(
        "sensor list --as jp-01,jp-02 -o csv",
        0,
        expect![[r#"
        status 0
        --- out
        sensor,group,region,country,addresses,first,last,hours,silent,packets
        jp-01,jp,JP,JP,8,2014-06-29T00:00:00+09:00,2014-07-02T23:00:00+09:00,91,5,7247
        jp-02,jp,JP,JP,4,2014-06-29T00:00:00+09:00,2014-07-02T23:00:00+09:00,96,0,10365
    "#]],
    );
    check(
        "sensor show id-01 --as jp-01",
        2,
        expect![[r#"
        status 2
        --- err
        error: you may not choose the sensor `id-01`: choose own sensors, or a group
    "#]],
    );
    check(
        "packets --as jp-01 --apart",
        2,
        expect![[r#"
        status 2
        --- err
        error: you may see packets of your own sensors only: ask `top` or `trend`
    "#]],
    );
    check(
        "top sensors --as jp-01",
        2,
        expect![[r#"
        status 2
        --- err
        error: you may not divide packets by sensor
    "#]],
    );
    check(
        "query 'SELECT * FROM inputs' --as jp-01",
        2,
        expect![[r#"
        status 2
        --- err
        error: the SQL cannot be answered: table 'inputs' not found; SHOW TABLES lists the views
    "#]],
    );
}

#[test]
fn the_public_sees_counts_of_enough_sensors() {
    for question in [
        "packets",
        "packets --only-count",
        "packets -w x.pcapng",
        "sensor list",
        "sensor show jp-01",
        "top sources",
        "top sensors",
        "top inputs",
    ] {
        let ran = ask(&format!("{question} --as public")).ends(2);
        assert!(ran.text().is_empty() && ran.err.starts_with("error: you may"), "{question}: {}", ran.err);
    }
    check(
        "top ports --as public -q",
        0,
        expect![[r#"
        status 0
        --- out
        rank  port  service  packets  share                rate  sources
                                          %  packets/sensor/day
        ----  ----  -------  -------  -----  ------------------  -------
    "#]],
    );
    check(
        "top ports -Y 'ip.dst == 192.0.2.1' --as public",
        2,
        expect![[r#"
        status 2
        --- err
        error: the filter uses `dst`, which you may not see: take it out
    "#]],
    );
    check(
        "query 'SHOW TABLES' --as public",
        0,
        expect![[r#"
        status 0
        --- out
        table_name
        ----------
    "#]],
    );
    check(
        "query 'SELECT count(*) FROM packets' --as public",
        2,
        expect![[r#"
        status 2
        --- err
        error: the SQL cannot be answered: table 'packets' not found; SHOW TABLES lists the views
    "#]],
    );
}
