//! Importing: files, folders, standard input, descriptions of sensors, damage, repetition.

use expect_test::expect;

use crate::captures::{self, pcap, pcapng};
use crate::program::{line, rows, run_fed, shared};
use crate::scenario::small;

fn count(folder: &std::path::Path) -> String {
    line(folder, "packets --only-count").well().text().trim().to_string()
}

#[test]
fn files_folders_and_standard_input_are_taken_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    captures::write(at, "in/one.pcap", &pcap(10));
    captures::write(at, "in/deep/er/two.pcapng", &pcapng(20));
    captures::write(at, "in/notes.txt", b"beside the captures");
    captures::write(at, "in/copy-of-one.cap", &pcap(10));
    let dry = line(at, "import in --dry-run -o csv").well();
    expect![[r#"
        status 0
        --- out
        input,size,name
        8a6b6bb225c61b48,784,in/copy-of-one.cap
        d8b3e01d52e10fc5,1924,in/deep/er/two.pcapng
        --- err
        note: 1 of 3 captures are stored already
        note: 1 file is no capture and was passed over (this looks like text): in/notes.txt
    "#]]
    .assert_eq(&dry.whole());
    assert!(!at.join("teiten-store").try_exists().expect("a folder"), "a dry run makes nothing");
    expect![[r#"
        status 0
        --- err
        note: 30 packets of 2 inputs stored, 0 lost, 0 belong to no described sensor
        note: 1 of 3 captures are stored already
        note: 1 file is no capture and was passed over (this looks like text): in/notes.txt
        note: teiten-store/data holds no reference data, so these rows have no country, AS or actor, and keep none: import it first with `teiten data import`
    "#]]
    .assert_eq(&line(at, "import in").well().whole());
    assert_eq!(count(at), "30");
    expect![[r#"
        status 0
        --- err
        note: 4 of 4 captures are stored already
        note: 1 file is no capture and was passed over (this looks like text): in/notes.txt
    "#]]
    .assert_eq(&line(at, "import in in/one.pcap").well().whole());
    expect![[r#"
        status 0
        --- err
        note: 5 packets of 1 inputs stored, 0 lost, 0 belong to no described sensor
        note: teiten-store/data holds no reference data, so these rows have no country, AS or actor, and keep none: import it first with `teiten data import`
    "#]]
    .assert_eq(&run_fed(at, &["import", "-"], &pcap(5)).well().whole());
    expect![[r#"
        status 0
        --- err
        note: 1 of 1 captures are stored already
    "#]]
    .assert_eq(&run_fed(at, &["import", "-"], &pcap(10)).well().whole());
    assert_eq!(count(at), "35");
    expect![[r#"
        status 2
        --- err
        error: --dry-run cannot look at standard input without taking it
    "#]]
    .assert_eq(&run_fed(at, &["import", "-", "--dry-run"], &pcap(3)).ends(2).whole());
    assert_eq!(
        line(at, "packets -x -c 100 -q").well().text().matches("0000  02").count(),
        35,
        "all frames are at hand"
    );
    std::fs::create_dir(at.join("empty")).expect("a folder");
    expect![[r#"
        status 0
        --- err
        note: empty is an empty folder: there was nothing to import
    "#]]
    .assert_eq(&line(at, "import empty").well().whole());
}

#[test]
fn packets_belong_to_the_sensor_that_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    captures::write(at, "a.pcap", &pcap(10));
    captures::write(at, "b.pcap", &pcap(11));
    captures::write(at, "c.pcap", &pcap(12));
    line(at, "import a.pcap --sensor tokyo-01 --group jp").well();
    line(at, "import b.pcap").well();
    let sensors = "[[sensor]]\nname = \"half\"\nprefix = \"192.0.2.2/31\"\n";
    std::fs::write(at.join("sensors.toml"), sensors).expect("a file");
    std::fs::write(at.join("teiten.toml"), "sensors = \"sensors.toml\"\n").expect("a file");
    expect![[r#"
        status 0
        --- err
        note: 12 packets of 1 inputs stored, 0 lost, 6 belong to no described sensor
        note: teiten-store/data holds no reference data, so these rows have no country, AS or actor, and keep none: import it first with `teiten data import`
    "#]]
    .assert_eq(&line(at, "import c.pcap").well().whole());
    expect![[r#"
        sensor,group,region,country,addresses,first,last,hours,silent,packets
        half,half,,,2,2014-06-30T12:00:00+09:00,2014-06-30T12:00:00+09:00,1,0,6
        tokyo-01,jp,,,0,2014-06-30T12:00:00+09:00,2014-06-30T12:00:00+09:00,1,0,10
        unnamed,unnamed,,,0,2014-06-30T12:00:00+09:00,2014-06-30T12:00:00+09:00,1,0,11
    "#]]
    .assert_eq(&line(at, "sensor list -o csv").well().text());
    expect![[r#"
        rank,group,packets,share,rate,sources
        1,unnamed,11,40.74074074074074,88.0,11
        2,jp,10,37.03703703703704,80.0,10
        3,half,6,22.22222222222222,48.0,6
    "#]]
    .assert_eq(&line(at, "top groups -o csv -q").well().text());
    assert_eq!(count(at), "27");
    assert_eq!(line(at, "packets --only-count --apart").well().text().trim(), "6");
    assert_eq!(line(at, "packets --apart -o csv").well().text().lines().count(), 7);
    assert_eq!(line(at, "query 'SELECT count(*) AS n FROM apart_packets' -o csv").well().text(), "n\n6\n");
    line(at, "store verify").well();
}

#[test]
fn a_store_whose_packets_all_lie_apart_answers_with_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    captures::write(at, "a.pcap", &pcap(10));
    std::fs::write(at.join("s.toml"), "[[sensor]]\nname = \"else\"\nprefix = \"203.0.113.0/28\"\n")
        .expect("a file");
    expect![[r#"
        status 0
        --- err
        note: 10 packets of 1 inputs stored, 0 lost, 10 belong to no described sensor
        note: teiten-store/data holds no reference data, so these rows have no country, AS or actor, and keep none: import it first with `teiten data import`
    "#]]
    .assert_eq(&line(at, "import a.pcap --sensors s.toml").well().whole());
    for question in [
        "top ports",
        "top countries",
        "trend",
        "trend --by port",
        "sensor list",
        "packets",
        "store account",
        "store verify",
        "compare --period 2014-07-01",
        "report make quarterly --period 2014Q2 -w r",
    ] {
        line(at, question).well();
    }
    assert_eq!(line(at, "packets --only-count --apart").well().text().trim(), "10");
}

#[test]
fn an_empty_capture_makes_a_store_that_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    captures::write(at, "none.pcap", &pcap(0));
    expect![[r#"
        status 0
        --- err
        note: 0 packets of 1 inputs stored, 0 lost, 0 belong to no described sensor
        note: teiten-store/data holds no reference data, so these rows have no country, AS or actor, and keep none: import it first with `teiten data import`
    "#]]
    .assert_eq(&line(at, "import none.pcap").well().whole());
    for question in [
        "top ports",
        "top sources --metric sources",
        "trend",
        "trend --by country",
        "sensor list",
        "packets",
        "packets --only-count",
        "packets -V",
        "packets -w x.pcapng",
        "store account",
        "store status",
        "store inputs",
        "store verify",
        "compare --period 2014-07-01",
        "query 'SELECT count(*) FROM packets'",
        "report make quarterly --period 2014Q2 -w r",
        "check",
    ] {
        line(at, question).well();
    }
    expect![[r#"
        error: no packet of a sensor `x` is in the store: the store holds no packets of any
    "#]]
    .assert_eq(&line(at, "top ports --sensor x").ends(2).err);
    expect![[r#"
        status 0
        --- err
        note: 1 of 1 captures are stored already
    "#]]
    .assert_eq(&line(at, "import none.pcap").well().whole());
}

#[test]
fn damage_is_named_and_what_was_read_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let whole = pcap(10);
    captures::write(at, "in/cut.pcap", &whole[..whole.len() - 30]);
    captures::write(at, "in/good.pcap", &pcap(4));
    captures::write(at, "in/noise.pcap", b"this is no capture at all");
    captures::write(at, "in/empty.pcap", b"");
    let gz = std::fs::read(shared().join("pcap/format/dnscap_dns.pcap.gz")).expect("a capture");
    captures::write(at, "in/cut.pcap.gz", &gz[..gz.len() / 2]);
    expect![[r#"
        status 3
        --- err
        note: 73 packets of 3 inputs stored, 2 lost, 0 belong to no described sensor
        note: 1 file is no capture and was passed over (it is empty): in/empty.pcap
        note: 1 file is no capture and was passed over (this looks like text): in/noise.pcap
        note: teiten-store/data holds no reference data, so these rows have no country, AS or actor, and keep none: import it first with `teiten data import`
        error: in/cut.pcap: offset 708: the input ends inside a packet record, 46 bytes after its beginning
        error: in/cut.pcap.gz: offset 8706: the compressed stream breaks here (gzip: incomplete deflate stream); what follows is lost
    "#]].assert_eq(&line(at, "import in").ends(3).whole());
    let kept = line(at, "query 'SELECT format, packets, whole FROM inputs ORDER BY packets' -o csv").well();
    expect![[r#"
        format,packets,whole
        "pcap, little-endian, microseconds",4,1
        "pcap, little-endian, microseconds",9,0
        "pcap, little-endian, microseconds, in gzip",60,0
    "#]]
    .assert_eq(&kept.text());
    line(at, "store verify").well();
    expect![[r#"
        status 1
        --- err
        error: in/none.pcap: No such file or directory (os error 2)
        error: reading in/noise.pcap: not a pcap or pcapng capture: this looks like text (first bytes 74 68 69 73 20 69 73 20 6e 6f 20 63); convert it to pcapng, for example with editcap
    "#]].assert_eq(&line(at, "import in/noise.pcap in/none.pcap --store other").ends(1).whole());
    assert!(!at.join("other").try_exists().expect("a folder"), "only bad files make no store");
    expect![[r#"
        status 1
        --- err
        error: standard input: not a pcap or pcapng capture: this looks like text (first bytes 6e 6f 69 73 65); convert it to pcapng, for example with editcap
    "#]].assert_eq(&run_fed(at, &["import", "-"], b"noise").ends(1).whole());
    expect![[r#"
        status 3
        --- out
        rank  port    service  packets  share  sources
                                            %
        ----  ------  -------  -------  -----  -------
           1  22/TCP  ssh            3   33.3        3
        --- err
        note: 9 packets counted, 3 lines, distinct sources exact
        error: in/cut.pcap: offset 708: the input ends inside a packet record, 46 bytes after its beginning
    "#]]
    .assert_eq(&line(at, "top ports -r in/cut.pcap --top 1").ends(3).whole());
    expect![[r#"
        status 3
        --- out
        9
        --- err
        error: in/cut.pcap: offset 708: the input ends inside a packet record, 46 bytes after its beginning
        error: reading in/noise.pcap: not a pcap or pcapng capture: this looks like text (first bytes 74 68 69 73 20 69 73 20 6e 6f 20 63); convert it to pcapng, for example with editcap
    "#]].assert_eq(&line(at, "packets -r in/cut.pcap -r in/noise.pcap --only-count").ends(3).whole());
    expect![[r#"
        status 1
        --- err
        error: reading in/noise.pcap: not a pcap or pcapng capture: this looks like text (first bytes 74 68 69 73 20 69 73 20 6e 6f 20 63); convert it to pcapng, for example with editcap
    "#]].assert_eq(&line(at, "packets -r in/noise.pcap").ends(1).whole());
}

#[test]
fn the_same_capture_in_five_compressions_gives_the_same_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let columns = line(&small().folder, "--store st query 'DESCRIBE packets' -o csv").well();
    let columns: Vec<String> = rows(&columns).into_iter().map(|row| row[0].clone()).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).filter(|name| *name != "input").collect();
    assert!(columns.len() > 70, "every column is compared");
    let mut answers = Vec::new();
    for (place, ending) in ["", ".gz", ".lz4", ".xz", ".zst"].into_iter().enumerate() {
        let file = shared().join(format!("pcap/format/dnscap_dns.pcap{ending}"));
        line(folder.path(), &format!("--store s{place} import {}", file.display())).well();
        let sql = format!("SELECT {} FROM packets ORDER BY frame", columns.join(", "));
        let asked = format!("--store s{place} query '{sql}' -o csv");
        answers.push(line(folder.path(), &asked).well().text());
    }
    assert_eq!(answers[0].lines().count(), 134, "133 packets and the head");
    assert!(answers.iter().all(|answer| *answer == answers[0]), "five times the same");
}
