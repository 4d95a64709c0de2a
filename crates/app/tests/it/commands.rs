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
          import       Take capture files into the store: pcap, pcapng, plain or compressed, folders, `-`
                       for standard input
          collect      Collect from live sensors, until told to end
          top          Ranks: ports, countries, sources, ases, classes, tags, sensors, ...
          trend        A series over time
          compare      This period against that one, by what changed most
          ask          What periodic reports ask (`ask` lists it): accesses per address, damage, hosts
          packets      The packets themselves: list, tree (-V), bytes (-x), capture file (-w)
          query        Read-only SQL over named views (`SHOW TABLES`)
          serve        The portal and the API, on this machine
          user         People who may log in to the portal
          sensor       Sensors, as they are described, enrolled and stored
          doctor       From the configuration to the newest rows: names the first step that is broken
          data         Reference data: country, AS, scanners, service names
          intel        Vulnerabilities, malware and tools: what became known when, and its tie to packets
          store        The store
          finding      Findings: what detectors say about a period
          campaign     Campaigns: sources that do the same, followed over days
          event        Events: who tried what, from when to when
          resolver     Open resolvers: who resolves names for strangers
          backscatter  Backscatter: whose answers arrived
          infected     Hosts at home that look infected, for the notification of their networks
          detect       Count and judge a period; questions about findings do so by themselves
          report       The periodic report
          simulate     Make captures of a scenario, with the truth beside them
          tag          Signatures: tools and families that packets betray
          plan         Disks, cores, network and machines that a telescope of some size needs
          check        Read configuration, sensors, reference data and store, and say what is wrong
          config       The configuration
          completions  What a shell reads to complete command lines: options, fields, sensors, periods
          man          Manual pages: one for every command into a folder, else the first on standard output
          help         Print this message or the help of the given subcommand(s)

        Options:
              --config <FILE>       Configuration file (else $TEITEN_CONFIG, ./teiten.toml,
                                    /etc/teiten/teiten.toml)
              --store <DIR|URL>     Store: a folder, or s3://BUCKET/PREFIX [default: from the configuration,
                                    else ./teiten-store] [env: TEITEN_STORE=]
              --cluster <URLS>      Workers that answer questions: https://HOST:PORT, parted by commas
              --data <DIR>          Reference data: country, AS, scanners, services [default: STORE/data]
              --tz <ZONE>           Zone in which times are read and shown [default: Asia/Tokyo]
              --lang <ja|en|ja,en>  Language of texts
          -o, --output <FORMAT>     Form of the result: table, csv, tsv, json, ndjson, md, parquet [env:
                                    TEITEN_OUTPUT=]
              --bom                 UTF-8 mark and formula guard in CSV, for spreadsheets
              --color <WHEN>        auto, always or never [default: auto]
              --progress <WHEN>     auto, never or json (an object a line on standard error: stage, done,
                                    total, unit) [default: auto]
          -q, --quiet               No notes
          -h, --help                Print help
          -V, --version             Print version

        Exit status: 0 done, also when empty; 1 failed; 2 wrong usage, filter or configuration; 3 done in
        part, each failed input is named; 4 with --exit-status: nothing matched, or the reports differ.
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
        "store compact",
        "store retain",
        "finding list",
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
                                                                                                           hours
            ------  --------  ------  -------  ---------  --------------  -----------------------  -----  ------  -------
            id-01   overseas  AP      ID               2  2014-06-29 JST  2014-07-02 23:00:00 JST     96       0    5,949
            jp-01   jp        JP      JP               8  2014-06-29 JST  2014-07-02 23:00:00 JST     91       5    7,247
            jp-02   jp        JP      JP               4  2014-06-29 JST  2014-07-02 23:00:00 JST     96       0   10,365
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
        2014-06-30 JST    1,454             1,454.0      732
        --- err
        note: id-01: group overseas, region AP, country ID, 1 addresses, first hour 2014-06-30 00:00:00 JST, last hour 2014-06-30 23:00:00 JST, 24 hours with packets, 0 silent between
        note: account of all time: received 5949 = stored 5949 + lost 0 + held 0
    "#]],
    );
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
        category = "tool"
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
        title_ja = "ZMap 4.1以降（ICMP）"
        category = "tool"
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
        for rest in [
            "--metric sources",
            "--metric sensors",
            "--metric rate -Y 'ip.ttl > 60'",
            "--period 2014-07-01 --vs prev",
        ] {
            ask(&format!("top {by} {rest} --top 3")).well();
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
