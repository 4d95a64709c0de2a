//! The form of results: every `-o`, both languages, wide characters, colours, many rows.

use expect_test::{Expect, expect};

use crate::program::{command, line, words};
use crate::scenario::{ask, small};

fn check(question: &str, expected: Expect) {
    expected.assert_eq(&ask(question).well().text());
}

#[test]
fn every_format_has_the_same_rows() {
    check(
        "top ports --top 2 -o table",
        expect![[r#"
        rank  port     service       packets  share                rate  sources
                                                  %  packets/sensor/day
        ----  -------  ------------  -------  -----  ------------------  -------
           1  22/TCP   ssh             3,558   15.1               301.7      537
           2  445/TCP  microsoft-ds    2,992   12.7               253.7      332
    "#]],
    );
    check(
        "top ports --top 2 -o csv",
        expect![[r#"
            rank,port,service,packets,share,rate,sources,used_for
            1,22/TCP,ssh,3558,15.10122660328509,301.7385159010601,537,
            2,445/TCP,microsoft-ds,2992,12.69895165739994,253.73851590106008,332,
        "#]],
    );
    check(
        "top ports --top 2 -o tsv",
        expect![[r#"
            rank	port	service	packets	share	rate	sources	used_for
            1	22/TCP	ssh	3558	15.10122660328509	301.7385159010601	537	
            2	445/TCP	microsoft-ds	2992	12.69895165739994	253.73851590106008	332	
        "#]],
    );
    check(
        "top ports --top 2 -o md",
        expect![[r#"
        | rank | port | service | packets | share (%) | rate (packets/sensor/day) | sources |
        | ---: | --- | --- | ---: | ---: | ---: | ---: |
        | 1 | 22/TCP | ssh | 3,558 | 15.1 | 301.7 | 537 |
        | 2 | 445/TCP | microsoft-ds | 2,992 | 12.7 | 253.7 | 332 |
    "#]],
    );
    check(
        "top ports --top 2 -o json",
        expect![[r#"
            {
            "meta":{"columns":[{"name":"rank","unit":""},{"name":"port","unit":""},{"name":"service","unit":""},{"name":"packets","unit":"packets"},{"name":"share","unit":"%"},{"name":"rate","unit":"packets/sensor/day"},{"name":"sources","unit":"sources"},{"name":"used_for","unit":""}],"notes":["sources above 256 are estimates from sketches (standard error 1.6 %)","5 sensor-hours without a packet are left out of the rates (3 sensors, 283 sensor-hours with packets)"],"origin":["ports_hourly"]},
            "rows":[
            {"rank":1,"port":"22/TCP","service":"ssh","packets":3558,"share":15.10122660328509,"rate":301.7385159010601,"sources":537,"used_for":null},
            {"rank":2,"port":"445/TCP","service":"microsoft-ds","packets":2992,"share":12.69895165739994,"rate":253.73851590106008,"sources":332,"used_for":null}
            ]
            }
        "#]],
    );
    check(
        "top ports --top 2 -o ndjson",
        expect![[r#"
            {"rank":1,"port":"22/TCP","service":"ssh","packets":3558,"share":15.10122660328509,"rate":301.7385159010601,"sources":537,"used_for":null}
            {"rank":2,"port":"445/TCP","service":"microsoft-ds","packets":2992,"share":12.69895165739994,"rate":253.73851590106008,"sources":332,"used_for":null}
        "#]],
    );
    let csv = ask("top ports --top 2 -o csv --bom").well();
    assert_eq!(&csv.out[..3], b"\xef\xbb\xbf");
    for question in [
        "sensor list",
        "trend",
        "packets -c 2",
        "store inputs",
        "data status",
        "tag list",
        "top countries",
        "store verify",
        "query 'SELECT * FROM packets LIMIT 3'",
    ] {
        for format in ["table", "csv", "tsv", "md", "json", "ndjson", "parquet"] {
            let out = ask(&format!("{question} -o {format}")).well().out;
            assert!(!out.is_empty(), "{question} -o {format}");
            if format == "json" {
                let read: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
                assert!(read["rows"].is_array(), "{question}");
            }
            if format == "parquet" {
                assert!(out.starts_with(b"PAR1") && out.ends_with(b"PAR1"), "{question}");
            }
        }
    }
}

#[test]
fn an_unknown_country_is_nothing_for_machines_and_is_said_to_people() {
    let folder = tempfile::tempdir().expect("a folder");
    crate::captures::write(folder.path(), "a.pcap", &crate::captures::pcap(9));
    line(folder.path(), "--store st import a.pcap").well();
    let ask = |question: &str| line(folder.path(), &format!("--store st {question}")).well().text();
    expect![[r#"
        rank  country  name  packets  share                rate  sources
                                          %  packets/sensor/day
        ----  -------  ----  -------  -----  ------------------  -------
           1  n/a      n/a         9  100.0               216.0        9
    "#]]
    .assert_eq(&ask("top countries"));
    expect![[r#"
        rank,country,name,packets,share,rate,sources
        1,,,9,100.0,216.0,9
    "#]]
    .assert_eq(&ask("top countries -o csv"));
    expect![[r#"
        {"at":"2014-06-30T00:00:00+09:00","country":null,"packets":9,"rate":216.0,"sources":9}
    "#]]
    .assert_eq(&ask("trend --by country -o ndjson"));
    expect![[r#"
        順位  国・地域  名称  パケット数   割合             平均  送信元数
                                      個      %  個/センサー・日        個
        ----  --------  ----  ----------  -----  ---------------  --------
           1  なし      なし           9  100.0            216.0         9
    "#]]
    .assert_eq(&ask("top countries --lang ja"));
}

#[test]
fn heads_are_japanese_where_people_read_japanese() {
    check(
        "top countries --top 2 --period 2014-07-01 --vs prev --lang ja",
        expect![[r#"
        順位  国・地域  名称  パケット数  割合             平均  送信元数             前期  前期順位   増減
                                      個     %  個/センサー・日        個  個/センサー・日                %
        ----  --------  ----  ----------  ----  ---------------  --------  ---------------  --------  -----
           1  US        米国       2,159  26.3            719.7       684            367.2         2  +96.0
           2  CN        中国       2,138  26.0            712.7       970            520.8         1  +36.8
    "#]],
    );
    check(
        "top ports --top 2 --lang ja -o md",
        expect![[r#"
            | 順位 | 宛先ポート | サービス | パケット数（個） | 割合（%） | 平均（個/センサー・日） | 送信元数（個） |
            | ---: | --- | --- | ---: | ---: | ---: | ---: |
            | 1 | 22/TCP | ssh | 3,558 | 15.1 | 301.7 | 537 |
            | 2 | 445/TCP | microsoft-ds | 2,992 | 12.7 | 253.7 | 332 |
        "#]],
    );
    check(
        "sensor list --lang ja",
        expect![[r#"
            センサー  グループ  地域  国・地域  アドレス数  最初            最後                     観測時間  無受信時間  パケット数
                                                  アドレス                                               時間        時間          個
            --------  --------  ----  --------  ----------  --------------  -----------------------  --------  ----------  ----------
            id-01     overseas  AP    ID                 2  2014-06-29 JST  2014-07-02 23:00:00 JST        96           0       5,949
            jp-01     jp        JP    JP                 8  2014-06-29 JST  2014-07-02 23:00:00 JST        91           5       7,247
            jp-02     jp        JP    JP                 4  2014-06-29 JST  2014-07-02 23:00:00 JST        96           0      10,365
        "#]],
    );
    let [ja, en] = ["ja", "en"].map(|lang| ask(&format!("top ports --lang {lang} -o csv")).well().text());
    assert_eq!(ja.lines().next(), en.lines().next(), "heads for machines are the same in both");
    let last = |text: &str| text.lines().last().unwrap_or_default().to_string();
    assert!(last(&ja).ends_with(",Webの別ポート、カメラ"), "{ja}");
    assert_eq!(last(&ja).replace("Webの別ポート、カメラ", "Web moved; cameras"), last(&en));
    let by_locale = command(&small().folder)
        .args(words("--store st top ports --top 1"))
        .env("LANG", "ja_JP.UTF-8")
        .output()
        .expect("the program starts");
    assert!(String::from_utf8_lossy(&by_locale.stdout).contains("宛先ポート"));
}

#[test]
fn colours_are_only_where_they_are_wanted() {
    assert!(!ask("top ports --top 1").well().text().contains('\x1b'));
    assert!(ask("top ports --top 1 --color always").well().text().contains('\x1b'));
    assert!(!ask("top ports --top 1 --color never").well().text().contains('\x1b'));
    let plain = command(&small().folder)
        .args(words("--store st top ports --top 1"))
        .env("NO_COLOR", "1")
        .env("LANG", "C")
        .output()
        .expect("the program starts");
    assert!(plain.status.success() && !plain.stdout.contains(&0x1b));
}

#[test]
fn long_answers_are_whole() {
    let all = ask("query 'SELECT frame, ts, src FROM packets' -o csv").well();
    assert_eq!(all.out.iter().filter(|byte| **byte == b'\n').count(), 23_562);
    let table = ask("query 'SELECT frame, ts, src FROM packets'").well();
    assert_eq!(table.out.iter().filter(|byte| **byte == b'\n').count(), 23_563);
    let sources = ask("top sources --top 100000 -o csv").well();
    assert!(sources.text().lines().count() > 4_000);
}

#[test]
fn times_are_in_the_zone_that_was_asked_for() {
    check(
        "query 'SELECT min(ts) AS first FROM packets' -o csv",
        expect![[r#"
        first
        2014-06-29T00:00:01.526651+09:00
    "#]],
    );
    check(
        "query 'SELECT min(ts) AS first FROM packets' -o csv --tz +05:30",
        expect![[r#"
        first
        2014-06-28T20:30:01.526651+05:30
    "#]],
    );
    check(
        "query 'SELECT min(ts) AS first FROM packets' -o csv --tz UTC",
        expect![[r#"
        first
        2014-06-28T15:00:01.526651Z
    "#]],
    );
    check(
        "query 'SELECT min(ts) AS first FROM packets' --tz Europe/Berlin",
        expect![[r#"
        first
        -------------------------------
        2014-06-28 17:00:01.526651 CEST
    "#]],
    );
    check(
        "packets -c 1 --tz Europe/Berlin",
        expect![[r#"
        No.  Time                              Source         Destination  Protocol  Length  Info
                                                                                      bytes
        ---  --------------------------------  -------------  -----------  --------  ------  ------------------------------------------
          1  2014-06-28 17:00:01.526651+02:00  209.38.82.122  192.0.2.6    ICMP         125  Destination unreachable (Port unreachable)
    "#]],
    );
}
