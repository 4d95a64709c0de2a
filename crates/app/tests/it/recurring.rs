//! The recurring questions of periodic reports, asked one by one.

use expect_test::{Expect, expect};

use crate::scenario::ask;

fn check(question: &str, expected: Expect) {
    expected.assert_eq(&ask(question).well().whole());
}

/// The questions that the program lists.
fn listed() -> Vec<String> {
    let list = ask("ask -o csv").well();
    list.text().lines().skip(1).filter_map(|line| line.split(',').next()).map(str::to_string).collect()
}

#[test]
fn every_question_is_answered_in_every_form() {
    let questions = listed();
    assert!(questions.len() >= 20, "{questions:?}");
    for question in questions {
        for options in
            ["", "--period 2014-07-01 --vs prev", "--step month -Y 'ip.proto == 6' -o json", "-o parquet"]
        {
            ask(&format!("ask {question} --home JP {options}")).well();
        }
    }
}

#[test]
fn accesses_and_bursts_are_told_with_their_conditions() {
    check(
        "ask accesses --period 2014-07-01 --vs prev",
        expect![[r#"
        status 0
        --- out
        figure               unit                    now  before  difference  change
                                                                                   %
        -------------------  -------------------  ------  ------  ----------  ------
        packets-per-address  packets/address/day   608.3   407.8       200.5   +49.2
        packets-per-sensor   packets/sensor/day   2737.3  1655.6      1081.7   +65.3
        sources-per-day      sources/day          3053.0  1582.0      1471.0   +93.0
        packets              packets              8212.0  4622.0      3590.0   +77.7
        addresses            addresses              13.5    11.3         2.2   +19.1
        sensors              sensors                 3.0     3.0         0.0     0.0
        days                 days                    1.0     1.0         0.0     0.0
        --- err
        note: answered from sources_daily, sensors, snapshot 1
    "#]],
    );
    check(
        "ask bursts",
        expect![[r#"
        status 0
        --- out
        sensor  port       service  first           last            days  packets  share        usual  sources  of_all
                                                                                       %  packets/day                %
        ------  ---------  -------  --------------  --------------  ----  -------  -----  -----------  -------  ------
        jp-02   13832/TCP  n/a      2014-07-01 JST  2014-07-01 JST     1    2,404  100.0            0      820    10.2
        --- err
        note: a burst is a day and port of which one sensor has 80 % of the packets, 10 times its usual day and 2 % of the day's packets beyond it
        note: answered from sensor_ports_daily, snapshot 1
    "#]],
    );
    check(
        "ask ranks-without-bursts --top 3",
        expect![[r#"
            status 0
            --- out
            rank  port       service       packets                rate  rank_without  packets_without        rate_without
                                                    packets/sensor/day                        packets  packets/sensor/day
            ----  ---------  ------------  -------  ------------------  ------------  ---------------  ------------------
               1  22/TCP     ssh             3,558               301.7             1            3,558               301.7
               2  445/TCP    microsoft-ds    2,992               253.7             2            2,992               253.7
               3  13832/TCP  n/a             2,404               203.9           n/a                0                 0.0
               4  23/TCP     telnet          1,837               155.8             3            1,837               155.8
            --- err
            note: bursts at one sensor that are left out of the second rank: 1
            note: 5 sensor-hours without a packet are left out of the rates (3 sensors, 283 sensor-hours with packets)
            note: answered from ports_hourly, packets, snapshot 1
        "#]],
    );
    check(
        "ask damage-ports --top 3 --lang ja",
        expect![[r#"
            status 0
            --- out
            順位  宛先ポート  サービス  パケット数  割合  被害アドレス数  センサー数  実際の用途
                                                個     %              個          個
            ----  ----------  --------  ----------  ----  --------------  ----------  -----------------
               1  80/TCP      http             827  65.5              13           3  なし
               2  ICMP        なし             156  12.4               5           3  なし
               3  27015/UDP   なし             154  12.2               7           3  Steamゲーム、増幅
            --- err
            note: answered from packets, snapshot 1
        "#]],
    );
    check(
        "top ports --metric per-address --top 3",
        expect![[r#"
        status 0
        --- out
        rank  port       service       packets  share                 rate  sources
                                                    %  packets/address/day
        ----  ---------  ------------  -------  -----  -------------------  -------
           1  22/TCP     ssh             3,558   15.1                68.64      537
           2  445/TCP    microsoft-ds    2,992   12.7                57.72      332
           3  13832/TCP  n/a             2,404   10.2                46.38      820
        --- err
        note: sources above 256 are estimates from sketches (standard error 1.6 %)
        note: 5 sensor-hours without a packet are left out of the rates (3 sensors, 283 sensor-hours with packets)
        note: answered from ports_hourly, snapshot 1
    "#]],
    );
    check(
        "top countries --metric sources --top 3 -Y tcp",
        expect![[r#"
        status 0
        --- out
        rank  country  name           packets  share                rate  sources  share_sources  sensors
                                                   %  packets/sensor/day                       %
        ----  -------  -------------  -------  -----  ------------------  -------  -------------  -------
           1  CN       China            6,299   33.5               534.2    1,448           37.6        3
           2  US       United States    4,025   21.4               341.3      762           19.8        3
           3  BR       Brazil           1,319    7.0               111.9      367            9.5        3
        --- err
        note: 5 sensor-hours without a packet are left out of the rates (3 sensors, 283 sensor-hours with packets)
        note: answered from packets, snapshot 1
    "#]],
    );
}

#[test]
fn what_cannot_be_asked_is_said() {
    for (question, said) in [
        ("ask nothing", "error: there is no question `nothing`: `teiten ask` lists them\n"),
        ("ask home-ports", "error: this question needs the home country: write --home JP\n"),
        ("ask accesses --vs prev", "error: a comparison needs a period, or from and to\n"),
        (
            "ask mirai --step moment",
            "error: `moment` is not a step: write one of hour, day, week, month, year\n",
        ),
        (
            "ask bursts --as public",
            "error: you may not be told of bursts at one sensor: whoever sent one would learn what it watches\n",
        ),
        ("ask sensor-ports --as public", "error: you may see your own sensors only\n"),
        (
            "ask accesses --as public --sensor jp-01",
            "error: you may not choose the sensor `jp-01`: choose own sensors, or a group\n",
        ),
        (
            "ask accesses --as public --from 2014-07-01T00:30 --to 2014-07-02",
            "error: you may ask about whole hours only: let the range begin and end on the hour\n",
        ),
    ] {
        assert_eq!(ask(question).ends(2).err, said, "{question}");
    }
}
