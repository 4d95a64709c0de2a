//! Series over time, and SQL.

use expect_test::{Expect, expect};

use crate::scenario::ask;

fn check(question: &str, expected: Expect) {
    expected.assert_eq(&ask(question).well().whole());
}

#[test]
fn series_have_steps_and_lines() {
    check(
        "trend",
        expect![[r#"
            status 0
            --- out
            at              packets                rate  sources
                                     packets/sensor/day
            --------------  -------  ------------------  -------
            2014-06-29 JST    5,178             1,726.0    1,621
            2014-06-30 JST    4,622             1,655.6    1,596
            2014-07-01 JST    8,212             2,737.3    3,058
            2014-07-02 JST    5,549             1,849.7    1,791
            --- err
            note: sources above 256 are estimates from sketches (standard error 1.6 %)
            note: 5 sensor-hours without a packet are left out of the rates (3 sensors, 283 sensor-hours with packets)
            note: answered from countries_hourly, snapshot 1
        "#]],
    );
    check(
        "trend --step month --tz UTC",
        expect![[r#"
            status 0
            --- out
            at              packets                rate  sources
                                     packets/sensor/day
            --------------  -------  ------------------  -------
            2014-06-01 UTC   14,719             2,128.0    3,977
            2014-07-01 UTC    8,842             1,813.7    2,317
            --- err
            note: sources above 256 are estimates from sketches (standard error 1.6 %)
            note: 5 sensor-hours without a packet are left out of the rates (3 sensors, 283 sensor-hours with packets)
            note: answered from countries_hourly, snapshot 1
        "#]],
    );
    check(
        "trend --step day --tz +05:30 --sensor jp-01 -o csv",
        expect![[r#"
        status 0
        --- out
        at,packets,rate,sources
        2014-06-28T00:00:00+05:30,235,1410.0,166
        2014-06-29T00:00:00+05:30,1869,1869.0,851
        2014-06-30T00:00:00+05:30,1336,1687.578947368421,723
        2014-07-01T00:00:00+05:30,2053,2053.0,1053
        2014-07-02T00:00:00+05:30,1754,2104.7999999999997,845
        --- err
        note: 5 sensor-hours without a packet are left out of the rates (1 sensors, 91 sensor-hours with packets)
        note: answered from packets, snapshot 1
    "#]],
    );
    check(
        "trend --by country --top 2 --period 2014-07-01",
        expect![[r#"
            status 0
            --- out
            at              country  packets                rate  sources
                                              packets/sensor/day
            --------------  -------  -------  ------------------  -------
            2014-07-01 JST  US         2,159               719.7      684
            2014-07-01 JST  CN         2,138               712.7      970
            --- err
            note: sources above 256 are estimates from sketches (standard error 1.6 %)
            note: answered from countries_hourly, snapshot 1
        "#]],
    );
    check(
        "trend --by source --top 2 --sensor jp-02 --period 2014-07-01",
        expect![[r#"
        status 0
        --- out
        at              source           packets                rate  sources
                                                  packets/sensor/day
        --------------  ---------------  -------  ------------------  -------
        2014-07-01 JST  88.76.175.190         96               96.00        1
        2014-07-01 JST  130.235.207.161       37               37.00        1
        --- err
        note: answered from packets, snapshot 1
    "#]],
    );
    check(
        "trend --by icmp --top 2 --period 2014-07-01",
        expect![[r#"
            status 0
            --- out
            at              icmp      packets                rate  sources
                                               packets/sensor/day
            --------------  --------  -------  ------------------  -------
            2014-07-01 JST  ICMP 8/0      218               72.67       55
            2014-07-01 JST  ICMP 3/3       89               29.67       48
            --- err
            note: answered from packets, snapshot 1
        "#]],
    );
    check(
        "trend --by sensor --step hour --from 2014-06-30T16:00 --to 2014-06-30T18:00",
        expect![[r#"
        status 0
        --- out
        at                       sensor  packets                rate  sources
                                                  packets/sensor/day
        -----------------------  ------  -------  ------------------  -------
        2014-06-30 16:00:00 JST  jp-02        91               728.0       61
        2014-06-30 16:00:00 JST  id-01        78               624.0       52
        2014-06-30 16:00:00 JST  jp-01        18               144.0       16
        2014-06-30 17:00:00 JST  jp-02        63               504.0       50
        2014-06-30 17:00:00 JST  id-01        51               408.0       44
        2014-06-30 17:00:00 JST  jp-01        86               688.0       66
        --- err
        note: answered from packets, snapshot 1
    "#]],
    );
    for by in [
        "port",
        "as",
        "class",
        "actor",
        "group",
        "srcport",
        "protocol",
        "flags",
        "window",
        "ttl",
        "rcode",
        "dnsname",
        "quoteport",
        "malformed",
        "input",
    ] {
        for step in ["hour", "week", "year"] {
            ask(&format!("trend --by {by} --step {step} --top 3")).well();
        }
    }
}

#[test]
fn sql_is_answered_over_the_views() {
    check(
        "query 'SHOW TABLES'",
        expect![[r#"
            status 0
            --- out
            table_name
            ------------------
            accounts
            apart_packets
            attempt_days
            cells_daily
            computed
            countries_hourly
            events
            expiries
            family_days
            findings
            group_days
            inputs
            interruptions
            packets
            port_days
            ports_hourly
            question_days
            reflection_days
            resolver_days
            sensor_days
            sensor_hours
            sensor_ports_daily
            sensors
            source_days
            source_port_days
            source_ports_daily
            sources_daily
            spools
            victim_days
            visit_days
            zone_days
        "#]],
    );
    check(
        "query 'SELECT sensor, min(ts) AS first, count(*) AS n FROM packets GROUP BY sensor ORDER BY sensor'",
        expect![[r#"
            status 0
            --- out
            sensor  first                               n
            ------  ------------------------------  -----
            id-01   2014-06-29 00:00:12.154425 JST   5949
            jp-01   2014-06-29 00:00:01.526651 JST   7247
            jp-02   2014-06-29 00:02:29.633672 JST  10365
        "#]],
    );
    check(
        "query 'SELECT src, tags FROM packets ORDER BY ts LIMIT 2' -o ndjson",
        expect![[r#"
        status 0
        --- out
        {"src":3508949626,"tags":null}
        {"src":3312633963,"tags":"sport-6000"}
    "#]],
    );
    ask("query 'EXPLAIN SELECT 1'").well();
    ask("query 'DESCRIBE packets'").well();
}
