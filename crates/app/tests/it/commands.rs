//! Every command answers, and its help can be read.

use expect_test::{Expect, expect};

use crate::program::{line, run};
use crate::scenario::ask;

fn check(question: &str, expected: Expect) {
    expected.assert_eq(&ask(question).well().whole());
}

#[test]
fn help_names_every_command_and_the_exit_status() {
    let folder = tempfile::tempdir().expect("a folder");
    let help = line(folder.path(), "--help").well();
    expect![[r#"
        定点観測: from unsolicited packets to ranks, series, evidence and the periodic report

        Usage: teiten [OPTIONS] <COMMAND>

        Commands:
          import    Take capture files into the store: pcap, pcapng, plain or compressed, folders, `-` for
                    standard input
          top       Ranks: ports, countries, sources, ases, classes, tags, sensors, ...
          trend     A series over time
          compare   This period against that one, by what changed most
          packets   The packets themselves: list, tree (-V), bytes (-x), capture file (-w)
          query     Read-only SQL over named views (`SHOW TABLES`)
          sensor    Sensors, as they are described and as they are stored
          data      Reference data: country, AS, scanners, service names
          store     The store
          report    The periodic report
          simulate  Make captures of a scenario, with the truth beside them
          tag       Signatures: tools and families that packets betray
          check     Read configuration, sensors, reference data and store, and say what is wrong
          config    The configuration
          help      Print this message or the help of the given subcommand(s)

        Options:
              --config <FILE>       Configuration file (else $TEITEN_CONFIG, ./teiten.toml,
                                    /etc/teiten/teiten.toml)
              --store <DIR>         Store: a folder [default: from the configuration, else ./teiten-store]
                                    [env: TEITEN_STORE=]
              --data <DIR>          Folder of reference data: country, AS, scanners, services [default:
                                    STORE/data]
              --tz <ZONE>           Zone in which times are read and shown [default: Asia/Tokyo]
              --lang <ja|en|ja,en>  Language of texts
          -o, --output <FORMAT>     Form of the result: table, csv, tsv, json, ndjson, md, parquet [env:
                                    TEITEN_OUTPUT=]
              --bom                 UTF-8 mark and formula guard in CSV, for spreadsheets
              --color <WHEN>        auto, always or never [default: auto]
              --progress <WHEN>     auto or never [default: auto]
          -q, --quiet               No notes
          -h, --help                Print help
          -V, --version             Print version

        Exit status: 0 done, also when empty; 1 failed; 2 wrong usage, filter or configuration; 3 done in
        part, each failed input is named; 4 with --exit-status: nothing matched.
    "#]]
    .assert_eq(&help.text());
    let short = line(folder.path(), "-h").well();
    assert!(short.text().lines().count() < 60, "the short help is one screen");
    for command in [
        "import",
        "top",
        "trend",
        "compare",
        "packets",
        "query",
        "sensor list",
        "sensor show",
        "data status",
        "data import",
        "data lookup",
        "store status",
        "store verify",
        "store inputs",
        "store account",
        "report make",
        "simulate",
        "tag list",
        "tag show",
        "check",
        "config show",
        "config keys",
    ] {
        let help = line(folder.path(), &format!("{command} --help")).well();
        assert!(help.text().contains("Usage: teiten "), "{command}");
        assert_eq!(help.err, "", "{command}");
        assert!(
            help.text().lines().all(|line| line.chars().count() <= 100),
            "{command} fits into 100 columns"
        );
    }
}

#[test]
fn sensors_are_listed_and_shown() {
    check(
        "sensor list",
        expect![[r#"
        status 0
        --- out
        sensor  group     region  country  addresses  first           last                     hours  silent  packets
        ------  --------  ------  -------  ---------  --------------  -----------------------  -----  ------  -------
        id-01   overseas  AP      ID               2  2014-06-29 JST  2014-07-02 23:00:00 JST     96       0     5949
        jp-01   jp        JP      JP               8  2014-06-29 JST  2014-07-02 23:00:00 JST     91       5     7247
        jp-02   jp        JP      JP               4  2014-06-29 JST  2014-07-02 23:00:00 JST     96       0    10365
    "#]],
    );
    check(
        "sensor show id-01 --period 2014-06-30",
        expect![[r#"
        status 0
        --- out
        at              packets                rate  sources
                                 packets/sensor/day
        --------------  -------  ------------------  -------
        2014-06-30 JST    1,454             1,454.0      730
        --- err
        note: id-01: group overseas, region AP, country ID, 1 addresses, first hour 2014-06-30 00:00:00 JST, last hour 2014-06-30 23:00:00 JST, 24 hours with packets, 0 silent between
        note: account of all time: received 5949 = stored 5949 + lost 0 + held 0
    "#]],
    );
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
        2014-06-29 JST    5,178             1,726.0    1,590
        2014-06-30 JST    4,622             1,655.6    1,596
        2014-07-01 JST    8,212             2,737.3    3,114
        2014-07-02 JST    5,549             1,849.7    1,776
        --- err
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
        2014-06-01 UTC   14,719             2,128.0    3,997
        2014-07-01 UTC    8,842             1,813.7    2,309
        --- err
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
        2014-07-01 JST  US         2,159               719.7      675
        2014-07-01 JST  CN         2,138               712.7      970
        --- err
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
        at              icmp  packets                rate  sources
                                       packets/sensor/day
        --------------  ----  -------  ------------------  -------
        2014-07-01 JST  8/0       218               72.67       55
        2014-07-01 JST  3/3        89               29.67       48
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
        for step in ["hour", "day", "week", "month", "year"] {
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
        cells_daily
        countries_hourly
        inputs
        packets
        ports_hourly
        sensor_ports_daily
        sensors
        source_ports_daily
        sources_daily
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

#[test]
fn reference_data_is_imported_and_looked_up() {
    check(
        "data status -o csv",
        expect![[r#"
        status 0
        --- out
        kind,name,date,rows,records,skipped,licence,source,digest
        country,countries,2014-06-01,11432,14131,0,not stated,countries.csv,763cdeb8ac344c4c
        as,as,2014-06-01,13963,14131,0,not stated,as.csv,812d5de1235f6b30
    "#]],
    );
    check(
        "data lookup 8.8.8.8 192.0.2.1 ::1 --day 2014-07-01",
        expect![[r#"
        status 0
        --- out
        address    country  name                  asn  organisation            actor  special                     data
        ---------  -------  -------------  ----------  ----------------------  -----  --------------------------  --------------------------------
        8.8.8.8    US       United States  4200000005  Synthetic Network US-6  n/a    n/a                         country=2014-06-01 as=2014-06-01
        192.0.2.1  n/a      n/a                   n/a  n/a                     n/a    documentation (TEST-NET-1)  country=2014-06-01 as=2014-06-01
        ::1        n/a      n/a                   n/a  n/a                     n/a    loopback                    country=2014-06-01 as=2014-06-01
    "#]],
    );
    let folder = tempfile::tempdir().expect("a folder");
    expect![[r#"
        status 0
        --- out
        kind  name  date  rows  records  skipped  licence  source  digest
                                         records
        ----  ----  ----  ----  -------  -------  -------  ------  ------
        --- err
        note: teiten-store/data holds no edition: `teiten data import FILE` adds one
    "#]]
    .assert_eq(&line(folder.path(), "data status").well().whole());
    std::fs::write(folder.path().join("geo.csv"), "1.0.0.0,1.0.0.255,AU\n1.0.1.0,1.0.3.255,CN\n")
        .expect("a file");
    let made = line(folder.path(), "data import geo.csv --date 2014-01-02 --name mine --licence CC0");
    expect![[r#"
        status 0
        --- err
        note: country edition mine of 2014-01-02: 2 rows from 2 records, 0 passed over, licence CC0
    "#]]
    .assert_eq(&made.well().whole());
    let found = line(folder.path(), "data lookup 1.0.1.9 --day 2014-02-01 -o csv");
    expect![[r#"
        status 0
        --- out
        address,country,name,asn,organisation,actor,special,data
        1.0.1.9,CN,China,,,,,country=2014-01-02
    "#]]
    .assert_eq(&found.well().whole());
    // An import of packets comes after, into the same folder.
    crate::captures::write(folder.path(), "a.pcap", &crate::captures::pcap(3));
    line(folder.path(), "import a.pcap").well();
}

#[test]
fn tags_say_what_gives_them() {
    let list = ask("tag list -o csv").well();
    assert!(list.text().lines().any(|line| line.starts_with("masscan,")), "{}", list.text());
    let ja = ask("tag list --lang ja").well();
    assert!(ja.text().contains("宛先アドレス"), "{}", ja.text());
    check(
        "tag show zmap-4",
        expect![[r#"
        status 0
        --- out
        # zmap-4.toml
        # The options of --probe-args windows (the default), smallest-probes, linux and bsd, in this order.
        id = "zmap-4"
        title = "ZMap 4.1 and later"
        title_ja = "ZMap 4.1以降"
        confidence = "weak"
        since = "2024-05"
        caution = "options, window and a clear DF bit together; a Windows host sets DF"
        sources = ["D35: zmap/zmap src/probe_modules, src/send.c"]
        matches = [
          "tcp 198.51.100.7:45000 > 203.0.113.9:443 S seq=2654435769 win=65535 ttl=50 ipid=31249 opts=020405b40103030801010402",
          "tcp 198.51.100.7:45000 > 203.0.113.9:443 S seq=2654435769 win=65535 ttl=50 ipid=31249 opts=020405b4",
          "tcp 198.51.100.7:45000 > 203.0.113.9:443 S seq=2654435769 win=65535 ttl=50 ipid=31249 opts=020405b40402080a010203040000000001030307",
          "tcp 198.51.100.7:45000 > 203.0.113.9:443 S seq=2654435769 win=65535 ttl=50 ipid=31249 opts=020405b4010303060101080a010203040000000004020000",
        ]
        misses = [
          "tcp 198.51.100.7:45000 > 203.0.113.9:443 S win=65535 ttl=113 df ipid=31249 opts=020405b40103030801010402",
          "tcp 198.51.100.7:45000 > 203.0.113.9:443 S win=64240 ttl=50 ipid=31249 opts=020405b40103030801010402",
          "tcp 198.51.100.7:5000 > 203.0.113.9:443 S win=65535 ttl=50 ipid=31249 opts=020405b40103030801010402",
          "tcp 198.51.100.7:45000 > 203.0.113.9:443 S win=65535 ttl=50 ipid=54321 opts=020405b4",
        ]

        [when]
        proto = "tcp"
        tcp_flags = "S"
        tcp_window = 65535
        tcp_ack = 0
        src_port = "32768-61000"
        dont_fragment = false
        ip_id = ["0-54320", "54322-65535"]

        [[when.any_of]]
        tcp_options = "020405b4 01030308 0101 0402"

        [[when.any_of]]
        tcp_options = "020405b4"

        [[when.any_of]]
        tcp_options = "020405b4 0402 080a................ 01 030307"

        [[when.any_of]]
        tcp_options = "020405b4 01 030306 0101 080a................ 0402 0000"
        # zmap-4-icmp.toml
        id = "zmap-4-icmp"
        tag = "zmap-4"
        title = "ICMP echo with 20 zero bytes, as ZMap 4.1 and later sends"
        title_ja = "ZMap 4.1以降(ICMP)"
        confidence = "weak"
        since = "2024-05"
        caution = "twenty zero bytes are easily sent by others"
        sources = ["D35b: zmap/zmap src/probe_modules, src/send.c"]
        matches = [
          "icmp 198.51.100.7 > 203.0.113.9 8/0 id=19003 seq=39965 ttl=50 ipid=777 payload=0000000000000000000000000000000000000000",
        ]
        misses = [
          "icmp 198.51.100.7 > 203.0.113.9 8/0 id=19003 seq=39965 ttl=50 ipid=777 payload=0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
          "icmp 198.51.100.7 > 203.0.113.9 8/0 id=19003 seq=39965 ttl=50 df ipid=777 payload=0000000000000000000000000000000000000000",
          "icmp 198.51.100.7 > 203.0.113.9 8/0 id=1 seq=1 ipid=54321 payload=0000000000000000000000000000000000000000",
        ]

        [when]
        proto = "icmp"
        icmp_type = 8
        icmp_code = 0
        payload_len = 20
        dont_fragment = false
        payload_prefix = "0000000000000000000000000000000000000000"
        ip_id = ["0-54320", "54322-65535"]
    "#]],
    );
}

#[test]
fn the_configuration_is_shown_with_its_origins() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = "lang = \"ja\"\n[report]\ncontact = \"info@example.org\"\n";
    std::fs::write(folder.path().join("teiten.toml"), file).expect("a file");
    expect![[r#"
        status 0
        --- out
        store = "teiten-store"  # default
        home_zone = "Asia/Tokyo"  # default
        lang = "ja"  # teiten.toml:1
        # tz is not set: the home zone
        # data is not set: the folder `data` in the store
        # sensors is not set: no sensors are described
        output = "table"  # default

        [report]
        institution_ja = ""  # default
        institution_en = ""  # default
        contact = "info@example.org"  # teiten.toml:3
        notices_ja = []  # default
        notices_en = []  # default
        --- err
        note: read teiten.toml
    "#]]
    .assert_eq(&line(folder.path(), "config show").well().whole());
    assert!(line(folder.path(), "config keys").well().text().contains("`TEITEN__REPORT__CONTACT`"));
    expect![[r#"
        status 1
        --- out
        ok      configuration: 1 files
        ok      signatures: 79 signatures, edition r1-00605633
        ok      reference data: 0 editions in teiten-store/data
        failed  store: no store at teiten-store: make one with `teiten import` or name another with --store
    "#]]
    .assert_eq(&line(folder.path(), "check").ends(1).whole());
    crate::captures::write(folder.path(), "a.pcap", &crate::captures::pcap(3));
    line(folder.path(), "import a.pcap").well();
    expect![[r#"
        status 0
        --- out
        ok      configuration: 1 files
        ok      signatures: 79 signatures, edition r1-00605633
        ok      reference data: 0 editions in teiten-store/data
        ok      store: snapshot 1 in teiten-store
    "#]]
    .assert_eq(&line(folder.path(), "check").well().whole());
}

#[test]
fn the_store_says_what_it_holds() {
    let status = ask("store status -o csv").well();
    assert!(status.text().lines().any(|line| line.starts_with("packets,1,") && line.contains(",23561,")));
    check(
        "store account",
        expect![[r#"
        status 0
        --- out
        sensor  reason  received  stored  held  lost
        ------  ------  --------  ------  ----  ----
        id-01               5949    5949     0     0
        jp-01               7247    7247     0     0
        jp-02              10365   10365     0     0
    "#]],
    );
    let inputs = ask("store inputs -o csv").well();
    assert_eq!(inputs.text().lines().count(), 16, "fifteen captures and the head");
    let verified = ask("store verify -o csv").well();
    assert!(verified.text().lines().skip(1).all(|line| line.ends_with(",0")), "{}", verified.text());
    expect![[r#"
        note: rollups and packets agree: 23561 packets
    "#]]
    .assert_eq(&verified.err);
}

#[test]
fn every_dimension_and_metric_ranks() {
    for by in [
        "ports",
        "countries",
        "sources",
        "ases",
        "classes",
        "tags",
        "actors",
        "groups",
        "sensors",
        "srcports",
        "protocols",
        "icmps",
        "flags",
        "windows",
        "ttls",
        "rcodes",
        "dnsnames",
        "quoteports",
        "malformed",
        "inputs",
    ] {
        for metric in ["packets", "sources", "sensors", "rate"] {
            for rest in ["", "-Y 'ip.ttl > 60'", "--period 2014-07-01 --vs prev"] {
                ask(&format!("top {by} --metric {metric} {rest} --top 3")).well();
            }
        }
    }
}

#[test]
fn results_alone_go_to_standard_output() {
    let quiet = ask("top ports --top 1 -q").well();
    assert_eq!(quiet.err, "");
    let loud = ask("top ports --top 1").well();
    assert_eq!(quiet.out, loud.out);
    assert!(loud.err.lines().all(|line| line.starts_with("note: ")), "{}", loud.err);
    let none: [&str; 0] = [];
    let bare = run(std::path::Path::new("/"), &none);
    assert_eq!((bare.status, bare.out.len()), (2, 0), "without a command the help goes to standard error");
}
