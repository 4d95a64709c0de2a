//! What ranks and comparisons look like.

use expect_test::{Expect, expect};

use crate::scenario::ask;

fn check(question: &str, expected: Expect) {
    expected.assert_eq(&ask(question).well().whole());
}

#[test]
fn ranks_have_shares_rates_and_names() {
    check(
        "top ports --top 3",
        expect![[r#"
        status 0
        --- out
        rank  port       service       packets  share                rate  sources
                                                    %  packets/sensor/day
        ----  ---------  ------------  -------  -----  ------------------  -------
           1  22/TCP     ssh             3,558   15.1               301.7      537
           2  445/TCP    microsoft-ds    2,992   12.7               253.7      332
           3  13832/TCP  n/a             2,404   10.2               203.9      820
        --- err
        note: sources above 256 are estimates from sketches (standard error 1.6 %)
        note: 5 sensor-hours without a packet are left out of the rates (3 sensors, 283 sensor-hours with packets)
        note: answered from ports_hourly, snapshot 1
    "#]],
    );
    check(
        "top countries --top 3 --group overseas",
        expect![[r#"
        status 0
        --- out
        rank  country  name           packets  share                rate  sources
                                                   %  packets/sensor/day
        ----  -------  -------------  -------  -----  ------------------  -------
           1  CN       China            1,833   30.8               458.2      861
           2  US       United States    1,424   23.9               356.0      327
           3  NL       Netherlands        545    9.2               136.2       35
        --- err
        note: sources above 256 are estimates from sketches (standard error 1.6 %)
        note: answered from countries_hourly, snapshot 1
    "#]],
    );
    check(
        "top sources --top 2",
        expect![[r#"
        status 0
        --- out
        rank  source         packets  share                rate  sources
                                          %  packets/sensor/day
        ----  -------------  -------  -----  ------------------  -------
           1  88.76.175.190      384    1.6               32.57        1
           2  21.11.38.81        270    1.1               22.90        1
        --- err
        note: 5 sensor-hours without a packet are left out of the rates (3 sensors, 283 sensor-hours with packets)
        note: answered from sources_daily, snapshot 1
    "#]],
    );
    check(
        "top ases --top 2",
        expect![[r#"
        status 0
        --- out
        rank          as  packets  share                rate  sources
                                       %  packets/sensor/day
        ----  ----------  -------  -----  ------------------  -------
           1  4200000104      917    3.9               77.77      194
           2  4200000016      894    3.8               75.82       69
        --- err
        note: 5 sensor-hours without a packet are left out of the rates (3 sensors, 283 sensor-hours with packets)
        note: answered from sources_daily, snapshot 1
    "#]],
    );
    check(
        "top sensors --metric sources",
        expect![[r#"
        status 0
        --- out
        rank  sensor  packets  share                rate  sources  share_sources
                                   %  packets/sensor/day                       %
        ----  ------  -------  -----  ------------------  -------  -------------
           1  jp-02    10,365   44.0               879.0    3,347           71.5
           2  jp-01     7,247   30.8               614.6    2,246           48.0
           3  id-01     5,949   25.2               504.5    2,078           44.4
        --- err
        note: sources above 256 are estimates from sketches (standard error 1.6 %)
        note: 5 sensor-hours without a packet are left out of the rates (3 sensors, 283 sensor-hours with packets)
        note: answered from sensor_ports_daily, snapshot 1
    "#]],
    );
    check(
        "top icmps --top 3 --period 2014-06-30",
        expect![[r#"
            status 0
            --- out
            rank  icmp      packets  share                rate  sources  sensors  name
                                         %  packets/sensor/day
            ----  --------  -------  -----  ------------------  -------  -------  ------------------------------------------
               1  ICMP 8/0      175    3.8               62.69       54        3  Echo request
               2  ICMP 3/3       96    2.1               34.39       47        3  Destination unreachable (Port unreachable)
               3  ICMP 0/0       47    1.0               16.84        1        3  Echo reply
            --- err
            note: 5 sensor-hours without a packet are left out of the rates (3 sensors, 67 sensor-hours with packets)
            note: answered from packets, snapshot 1
        "#]],
    );
    check(
        "top quoteports --top 2",
        expect![[r#"
        status 0
        --- out
        rank  quoteport  packets  share                rate  sources  sensors
                                      %  packets/sensor/day
        ----  ---------  -------  -----  ------------------  -------  -------
           1  53/UDP         203    0.9               17.22      167        3
           2  27015/UDP      154    0.7               13.06        7        3
        --- err
        note: 5 sensor-hours without a packet are left out of the rates (3 sensors, 283 sensor-hours with packets)
        note: answered from packets, snapshot 1
    "#]],
    );
    check(
        "top tags --metric sensors --top 3 --period 2014-06-30",
        expect![[r#"
        status 0
        --- out
        rank  tag         packets  share                rate  sources  sensors
                                       %  packets/sensor/day
        ----  ----------  -------  -----  ------------------  -------  -------
           1  sport-6000      571   12.4               204.5      442        3
           2  masscan         451    9.8               161.6       25        3
           3  mirai           420    9.1               150.4      218        3
        --- err
        note: 5 sensor-hours without a packet are left out of the rates (3 sensors, 67 sensor-hours with packets)
        note: answered from packets, snapshot 1
    "#]],
    );
}

#[test]
fn a_period_is_compared_with_another() {
    check(
        "top ports --period 2014-07-01 --vs prev --top 3",
        expect![[r#"
        status 0
        --- out
        rank  port       service       packets  share                rate  sources              before  rank_before  change
                                                    %  packets/sensor/day           packets/sensor/day                    %
        ----  ---------  ------------  -------  -----  ------------------  -------  ------------------  -----------  ------
           1  13832/TCP  n/a             2,404   29.3               801.3      820                 0.0          n/a     n/a
           2  22/TCP     ssh               845   10.3               281.7      237               295.9            1    -4.8
           3  445/TCP    microsoft-ds      766    9.3               255.3      225               237.9            2    +7.4
        --- err
        note: sources above 256 are estimates from sketches (standard error 1.6 %)
        note: answered from ports_hourly, snapshot 1
    "#]],
    );
    check(
        "top ports --period 2014Q3 --vs 2014Q2 --top 2",
        expect![[r#"
        status 0
        --- out
        rank  port       service  packets  share                rate  sources              before  rank_before  change
                                               %  packets/sensor/day           packets/sensor/day                    %
        ----  ---------  -------  -------  -----  ------------------  -------  ------------------  -----------  ------
           1  13832/TCP  n/a        2,404   17.5               400.7      820                 0.0          n/a     n/a
           2  22/TCP     ssh        1,830   13.3               305.0      405               298.4            1    +2.2
        --- err
        note: sources above 256 are estimates from sketches (standard error 1.6 %)
        note: answered from ports_hourly, snapshot 1
    "#]],
    );
    check(
        "compare --period 2014-07-01 --by class --vs prev",
        expect![[r#"
        status 0
        --- out
        rank  class             packets  share                rate  sources              before  rank_before  change
                                             %  packets/sensor/day           packets/sensor/day                    %
        ----  ----------------  -------  -----  ------------------  -------  ------------------  -----------  ------
           1  scan-syn            6,788   82.7             2,262.7    2,613             1,200.7            1   +88.4
           3  scan-udp              328    4.0               109.3       50               120.4            2    -9.2
           2  backscatter-udp       388    4.7               129.3      256               118.9            3    +8.8
           4  scan-icmp             218    2.7                72.7       55                62.7            4   +15.9
           6  backscatter-tcp       156    1.9                52.0        2                44.1            6   +18.0
           7  udp-unknown           117    1.4                39.0       22                43.0            7    -9.3
           5  backscatter-icmp      160    1.9                53.3       50                51.2            5    +4.1
        --- err
        note: sources above 256 are estimates from sketches (standard error 1.6 %)
        note: answered from cells_daily, snapshot 1
    "#]],
    );
    check(
        "compare --period 2014-07-01 --by country --threshold 400 --top 3",
        expect![[r#"
        status 0
        --- out
        rank  country  name           packets  share                rate  sources              before  rank_before  change
                                                   %  packets/sensor/day           packets/sensor/day                    %
        ----  -------  -------------  -------  -----  ------------------  -------  ------------------  -----------  ------
           1  US       United States    2,159   26.3               719.7      684               367.2            2   +96.0
           3  BR       Brazil             865   10.5               288.3      348                74.9            6  +285.1
           4  RU       Russia             801    9.8               267.0      282                68.8            7  +288.2
        --- err
        note: sources above 256 are estimates from sketches (standard error 1.6 %)
        note: answered from countries_hourly, snapshot 1
    "#]],
    );
}

#[test]
fn a_filter_on_what_a_rollup_does_not_hold_is_answered_from_the_packets() {
    for (question, ground) in [
        ("top ports", "ports_hourly"),
        ("top ports -Y 'tcp.dstport == 23'", "packets"),
        ("top ports -Y 'ip.proto == 6'", "packets"),
        ("top classes -Y 'class == \"scan-syn\"'", "cells_daily"),
        ("top countries --from 2014-06-30T01:00 --to 2014-06-30T02:00", "countries_hourly"),
        ("top countries --from 2014-06-30T01:30 --to 2014-06-30T02:00", "packets"),
    ] {
        let said = ask(question).well().err;
        assert!(said.contains(&format!("answered from {ground}, snapshot 1")), "{question}: {said}");
    }
}

#[test]
fn an_empty_answer_is_no_failure_unless_asked_for() {
    check(
        "top ports --period 2013",
        expect![[r#"
            status 0
            --- out
            rank  port  service  packets  share                rate  sources
                                              %  packets/sensor/day
            ----  ----  -------  -------  -----  ------------------  -------
            --- err
            note: answered from ports_hourly, snapshot 1
        "#]],
    );
    check(
        "trend --period 2013",
        expect![[r#"
            status 0
            --- out
            at  packets                rate  sources
                         packets/sensor/day
            --  -------  ------------------  -------
            --- err
            note: sources above 256 are estimates from sketches (standard error 1.6 %)
            note: answered from countries_hourly, snapshot 1
        "#]],
    );
    check(
        "packets --period 2013 --only-count",
        expect![[r#"
        status 0
        --- out
        0
    "#]],
    );
    for question in [
        "top ports -Y 'tcp.dstport == 1'",
        "packets -Y 'tcp.dstport == 1'",
        "packets --only-count -Y 'tcp.dstport == 1'",
    ] {
        ask(question).well();
        ask(&format!("{question} --exit-status")).ends(4);
        ask(&format!("{} --exit-status", question.replace("== 1'", "== 23'"))).well();
    }
}
