//! Exports: the order of time over many inputs, and what of two directions may be published.

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use expect_test::expect;
use teiten_wire::write::pcap::PcapWriter;

use crate::captures::{self, NOON, syn};
use crate::program::line;
use crate::scenario::ask;

/// A pcap with nanoseconds of these packets: nanoseconds after noon, source, destination.
fn between(packets: &[(i64, [u8; 4], [u8; 4])]) -> Vec<u8> {
    let mut writer = PcapWriter::new(Vec::new(), 1, true, 65_535).expect("a header");
    for (after_ns, from, to) in packets {
        let mut frame = syn(1, 1, 23);
        frame[26..30].copy_from_slice(from);
        frame[30..34].copy_from_slice(to);
        writer.packet(NOON * 1_000_000_000 + after_ns, &frame, 60).expect("a packet");
    }
    writer.finish().expect("a capture")
}

fn tshark(file: &Path, field: &str) -> Vec<String> {
    let ran = Command::new("tshark")
        .args(["-n", "-T", "fields", "-e", field, "-r"])
        .arg(file)
        .output()
        .expect("tshark reads beside us: install the package tshark");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8_lossy(&ran.stdout).lines().map(ToString::to_string).collect()
}

const OUTSIDE: [u8; 4] = [198, 51, 100, 7];
const SENSOR: [u8; 4] = [192, 0, 2, 1];
const OTHER: [u8; 4] = [192, 0, 2, 2];

#[test]
fn all_inputs_of_a_store_come_in_the_order_of_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("all.pcapng");
    ask(&format!("packets -w {}", file.display())).well();
    let times = tshark(&file, "frame.time_epoch");
    assert_eq!(times.len(), 23_561);
    assert!(times.is_sorted(), "epochs of the same length are sorted as texts");
    let rows = ask("query 'SELECT ts FROM packets ORDER BY ts' -o csv --tz UTC").well().text();
    assert_eq!(rows.lines().count(), times.len() + 1);
    let names: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(names.len(), 1, "the frames put aside are gone: {names:?}");
}

#[test]
fn several_files_come_in_the_order_of_time_to_the_nanosecond() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    // The first is not in order itself.
    let a = [(5, OUTSIDE, SENSOR), (1, OUTSIDE, SENSOR), (2_000, OUTSIDE, SENSOR)];
    let b = [(2, OUTSIDE, OTHER), (4, OUTSIDE, OTHER), (1_000, OUTSIDE, OTHER)];
    captures::write(at, "a.pcap", &between(&a));
    captures::write(at, "b.pcap", &between(&b));
    line(at, "import a.pcap b.pcap").well();
    line(at, "packets -r a.pcap -r b.pcap -w read.pcapng").well();
    line(at, "packets -w stored.pcapng").well();
    let expected = ["1", "2", "4", "5", "1000", "2000"].map(|ns| format!("{NOON}.{ns:0>9}"));
    for file in ["read.pcapng", "stored.pcapng"] {
        assert_eq!(tshark(&at.join(file), "frame.time_epoch"), expected, "{file}");
    }
    line(at, "packets -r a.pcap -r b.pcap -c 3 -w first.pcapng").well();
    assert_eq!(tshark(&at.join("first.pcapng"), "frame.time_epoch"), expected[..3], "the earliest of both");
    let listed = line(at, "packets -r a.pcap -r b.pcap -c 4 -o csv -q").well().text();
    let destinations: Vec<&str> = listed.lines().skip(1).filter_map(|row| row.split(',').nth(3)).collect();
    assert_eq!(destinations, ["192.0.2.1", "192.0.2.2", "192.0.2.2", "192.0.2.1"], "lists too");
    let of_one = line(at, "packets -r a.pcap -c 2 -w one.pcap").well();
    expect![[r#"
        note: 2 packets written, 0 withheld, 0 not at hand
        note: the first 2 packets; -c asks for more
    "#]]
    .assert_eq(&of_one.err);
    assert_eq!(tshark(&at.join("one.pcap"), "frame.time_epoch"), [&*expected[0], &*expected[3]]);
}

#[test]
fn a_file_that_changed_since_it_was_imported_gives_no_frame_of_another_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    captures::write(at, "a.pcap", &between(&[(1, OUTSIDE, SENSOR), (2, OUTSIDE, SENSOR)]));
    line(at, "import a.pcap").well();
    captures::write(at, "a.pcap", &between(&[(1, OUTSIDE, SENSOR), (9, OUTSIDE, OTHER)]));
    let written = line(at, "packets -w x.pcapng").well();
    assert_eq!(written.err, "note: 1 packets written, 0 withheld, 1 not at hand\n");
}

/// A conversation: a scan, the sensor's answer, another scan, and one sensor that asks another.
fn both_directions() -> Vec<u8> {
    between(&[
        (1, OUTSIDE, SENSOR),
        (2, SENSOR, OUTSIDE),
        (3, [198, 51, 100, 9], SENSOR),
        (4, SENSOR, OTHER),
        (5, [198, 51, 100, 9], OTHER),
    ])
}

/// Sources of a published file; fails when one is a sensor's or when a sensor's address is anywhere in it.
fn published_sources(file: &Path) -> Vec<String> {
    let bytes = std::fs::read(file).expect("a capture");
    for address in [SENSOR, OTHER] {
        let text = Ipv4Addr::from(address).to_string();
        assert!(!bytes.windows(4).any(|window| window == address), "{text} stands in {}", file.display());
        assert!(!tshark(file, "ip.addr").concat().contains(&text), "{text} is shown");
    }
    let mut sources = tshark(file, "ip.src");
    sources.sort();
    sources
}

#[test]
fn what_described_sensors_sent_is_not_published() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    captures::write(at, "both.pcap", &both_directions());
    captures::write(at, "s.toml", b"[[sensor]]\nname = \"here\"\nprefix = \"192.0.2.0/28\"\n");
    line(at, "import both.pcap --sensors s.toml").well();
    // The store alone: its destinations are the sensors'.
    expect![[r#"
        note: 3 packets written, 1 withheld, 0 not at hand
        note: 1 of those withheld came from an address that was sent to, which may be a sensor's: where the sensors are described in the configuration, only what they sent is withheld
    "#]].assert_eq(&line(at, "packets --publish -w stored.pcapng").well().err);
    assert_eq!(
        published_sources(&at.join("stored.pcapng")),
        ["198.51.100.7", "198.51.100.9", "198.51.100.9"]
    );
    // With the description, from the store and from the file.
    captures::write(at, "teiten.toml", b"sensors = \"s.toml\"\n");
    expect![[r#"
        note: 3 packets written, 1 withheld, 0 not at hand
        note: 1 of those withheld were sent by a sensor's own address
    "#]]
    .assert_eq(&line(at, "packets --publish -w described.pcapng").well().err);
    expect![[r#"
        note: 3 packets written, 2 withheld, 0 not at hand
        note: 2 of those withheld were sent by a sensor's own address
    "#]]
    .assert_eq(&line(at, "packets -r both.pcap --publish -w read.pcapng").well().err);
    for file in ["described.pcapng", "read.pcapng"] {
        assert_eq!(
            published_sources(&at.join(file)),
            ["198.51.100.7", "198.51.100.9", "198.51.100.9"],
            "{file}"
        );
    }
    line(at, "packets --publish --apart -w x.pcapng").ends(2);
}

#[test]
fn without_a_description_nothing_that_answered_is_published() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    captures::write(at, "both.pcap", &both_directions());
    line(at, "import both.pcap --sensor here").well();
    expect![[r#"
        note: 2 packets written, 3 withheld, 0 not at hand
        note: 3 of those withheld came from an address that was sent to, which may be a sensor's: where the sensors are described in the configuration, only what they sent is withheld
    "#]].assert_eq(&line(at, "packets --publish -w stored.pcapng").well().err);
    expect![[r#"
        note: 2 packets written, 3 withheld, 0 not at hand
        note: 3 of those withheld came from an address that was sent to, which may be a sensor's: where the sensors are described in the configuration, only what they sent is withheld
    "#]].assert_eq(&line(at, "packets -r both.pcap --publish -w read.pcapng").well().err);
    // A count that stops early still looks at every destination.
    line(at, "packets -r both.pcap -c 3 --publish -w three.pcapng").well();
    for (file, expected) in [("stored.pcapng", 2), ("read.pcapng", 2), ("three.pcapng", 1)] {
        assert_eq!(published_sources(&at.join(file)), vec!["198.51.100.9"; expected], "{file}");
    }
}

#[test]
fn an_answer_to_what_was_asked_before_the_period_is_not_published() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let second = 1_000_000_000;
    captures::write(at, "a.pcap", &between(&[(0, OUTSIDE, SENSOR), (2 * second, SENSOR, OUTSIDE)]));
    line(at, "import a.pcap --sensor here").well();
    let period = "--from 2014-06-30T12:00:01 --to 2014-06-30T12:00:03";
    for question in ["packets", "packets -r a.pcap"] {
        let written = line(at, &format!("{question} {period} --publish -w x.pcapng")).well();
        assert!(
            written.err.starts_with("note: 0 packets written, 1 withheld"),
            "{question}: {}",
            written.err
        );
    }
}
