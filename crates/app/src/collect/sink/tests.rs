//! Batches through the store, without a network: once, in order, as files are.

mod bucket;

use std::path::{Path, PathBuf};

use teiten_model::account::Loss;
use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::{Table, Value};
use teiten_model::values::Values;
use teiten_query::questions::top::{Top, top};
use teiten_query::questions::{books, live, packets};
use teiten_query::session::Session;
use teiten_store::intake::Input;
use teiten_wire::batch::{self, Head, seal};
use teiten_wire::write::pcapng::PcapngWriter;

use super::*;
use crate::collect::batch::bare;
use crate::reading::{Event, Ownership, Reading, Source};

const APRIL_NS: i64 = 1_396_310_400_000_000_000;
const MINUTE_NS: i64 = 60_000_000_000;
const SECOND_NS: i64 = 1_000_000_000;

/// A SYN over Ethernet from that host to a watched address.
fn frame(host: u8, port: u16) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    bytes.extend([0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 198, 51, 100, host, 192, 0, 2, 1]);
    bytes.extend([0x17, 0x70]);
    bytes.extend(port.to_be_bytes());
    bytes.extend([0, 0, 0, host, 0, 0, 0, 0, 0x50, 2, 4, 0, 0, 0, 0, 0]);
    bytes
}

/// The pcapng of the frames of a minute.
fn plain(minute: i64, frames: u64) -> Vec<u8> {
    let mut writer = PcapngWriter::new(Vec::new(), None).expect("a section");
    let interface = writer.interface("eth0", 1, None).expect("an interface");
    for number in 0..frames {
        let at_ns = APRIL_NS + minute * MINUTE_NS + number as i64 * SECOND_NS;
        let bytes = frame(number as u8 + 1, [22, 23, 445][number as usize % 3]);
        writer.packet(interface, at_ns, &bytes, bytes.len() as u32, None).expect("a frame");
    }
    writer.finish().expect("the bytes")
}

fn head(sensor: &str, sequence: u64, frames: u64) -> Head {
    let opened_ns = APRIL_NS + sequence as i64 * MINUTE_NS;
    Head {
        sensor: sensor.to_string(),
        epoch: 7,
        first: sequence,
        sequence,
        instance: 1,
        opened_ns,
        sealed_ns: opened_ns + MINUTE_NS,
        frames,
        lost: Vec::new(),
        watched: vec!["192.0.2.0/28".parse().expect("a prefix")],
        clock_offset_ns: Some(2_000_000),
        plain_bytes: 0,
    }
}

fn accepted(head: &Head, plain: &[u8]) -> Accepted {
    let bytes = seal(head, plain, 3).expect("a batch");
    let opened = batch::open(&bytes).expect("a batch");
    Accepted { head: opened.head.clone().into(), sum: opened.sum, bytes: bytes.clone().into() }
}

fn minute(sensor: &str, sequence: u64, frames: u64) -> Accepted {
    let plain = if frames == 0 { Vec::new() } else { plain(sequence as i64, frames) };
    accepted(&head(sensor, sequence, frames), &plain)
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        Place { folder: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    fn sink(&self) -> StoreSink {
        let store = Store::open_or_make(&self.path().display().to_string(), "UTC").expect("a store");
        let lore = Lore::load(self.folder.path().join("data"), None).expect("nothing to know");
        let enrolled = Box::new(|| BTreeMap::from([("a".to_string(), bare("a", "jp"))]));
        StoreSink::new(store, lore, enrolled).expect("a sink")
    }

    fn session(&self) -> Session {
        let store = Store::open(&self.path().display().to_string()).expect("the store");
        Session::open(&store, Viewer::All).expect("a session")
    }

    /// Packets by the rows, and by the rollups.
    fn counts(&self) -> (i64, i64) {
        let (session, all) = (self.session(), Selection::default());
        let rows = packets::count(&session, &all, false).expect("a number");
        (rows, books::total(&session, &all).expect("a number"))
    }
}

/// A cell of a table.
fn cell(table: &Table, row: usize, name: &str) -> Value {
    table.value(row, name).cloned().expect("a cell")
}

#[test]
fn a_batch_that_comes_twice_is_stored_once_and_its_frames_are_kept() {
    let place = Place::new();
    let mut sink = place.sink();
    let batches = [minute("a", 1, 6), minute("b", 1, 0), minute("a", 2, 3)];
    sink.store(&batches, 1).expect("stored");
    sink.store(&batches, 2).expect("known");
    sink.store(&[minute("a", 2, 3), minute("a", 3, 1)], 3).expect("the new one");
    assert_eq!(place.counts(), (10, 10));
    let sensors = books::sensors(&place.session(), &Selection::default()).expect("sensors");
    let of = |row| ["sensor", "group", "addresses", "hours", "packets"].map(|name| cell(&sensors, row, name));
    let told = |sensor: &str, group: &str, packets| {
        [Value::from(sensor), Value::from(group), Value::Int(16), Value::Int(1), Value::Int(packets)]
    };
    assert_eq!([of(0), of(1)], [told("a", "jp", 10), told("b", "b", 0)], "who is silent observes, too");
    let marks = sink.marks().expect("marks");
    assert_eq!(marks.get(&("a".to_string(), 7)).map(|mark| mark.sequence), Some(3));
    assert_eq!(marks.get(&("b".to_string(), 7)).map(|mark| mark.sum), Some(batches[1].sum));
    let kept = place.path().join("frames/a/2014-04-01/0000000000000007-0000000001.pcapng.zst");
    assert_eq!(std::fs::read(kept).expect("kept frames"), batches[0].bytes);
    // A collector that starts again knows what was stored.
    drop(sink);
    assert_eq!(place.sink().marks().expect("marks"), marks);
}

#[test]
fn rows_of_batches_are_those_of_the_same_frames_in_a_file() {
    let place = Place::new();
    let batches = [minute("a", 1, 6), minute("a", 2, 9)];
    place.sink().store(&batches, 1).expect("stored");
    let other = Place::new();
    let intake_of = |path: &Path, id: &str| {
        let store = Store::open_or_make(&other.path().display().to_string(), "UTC").expect("a store");
        let sources = vec![Source { path: path.to_path_buf(), id: id.to_string() }];
        let atlas = teiten_refdata::atlas::Atlas::load(&other.path().join("none")).expect("nothing");
        let reading =
            Reading::start(sources, Ownership::One("a".into(), "jp".into()), atlas).expect("a reading");
        let mut intake = store.begin().expect("a writer");
        while let Some(event) = reading.next() {
            match event {
                Event::Rows(columns) => intake.append(&columns).expect("rows"),
                Event::Ended(ended) => {
                    let input = Input { id: id.to_string(), kind: "capture", ..Input::default() };
                    intake.end_input(input, ended.account).expect("new");
                }
                Event::Failed(error) => panic!("{error:#}"),
            }
        }
        intake.commit(&Telescope::default(), 1).expect("a commit");
    };
    for batch in &batches {
        let id = crate::collect::batch::delivery(&batch.head, &batch.bytes, batch.sum).id();
        let path = frames::path_of(&place.path(), &id).expect("a place");
        intake_of(&path, &id);
    }
    let rows = |place: &Place| {
        let all = Selection::default();
        let found = packets::packets(&place.session(), &all, 1_000, false).expect("packets");
        assert_eq!(found.rows(), 15);
        let column = |values| match values {
            Values::Words(words) => format!("{:?}", (0..15).map(|row| words.get(row)).collect::<Vec<_>>()),
            other => format!("{other:?}"),
        };
        found.all().map(column)
    };
    assert_eq!(rows(&place), rows(&other));
    assert_eq!((place.counts(), other.counts()), ((15, 15), (15, 15)));
    for by in ["port", "source", "class"] {
        let by = teiten_query::dimension::find(by).expect("a dimension");
        let ask = Top::of(by, 100);
        let of = |place: &Place| top(&place.session(), &Selection::default(), &ask).expect("ranks").rows;
        assert_eq!(of(&place), of(&other), "{}", by.name);
    }
}

#[test]
fn the_account_balances_whatever_a_sensor_lost_or_spoilt() {
    let place = Place::new();
    let mut lossy = head("a", 1, 4);
    lossy.lost = vec![(Loss::Kernel, 5)];
    // It counts more frames than it holds, and one that holds no capture at all.
    let mut greedy = head("a", 2, 10);
    greedy.frames = 10;
    let spoilt = accepted(&head("a", 3, 7), b"these bytes are no capture");
    let mut given_up = head("a", 9, 0);
    given_up.first = 4;
    given_up.lost = vec![(Loss::SpoolFull, 100)];
    let batches =
        [accepted(&lossy, &plain(1, 4)), accepted(&greedy, &plain(2, 3)), spoilt, accepted(&given_up, b"")];
    place.sink().store(&batches, 1).expect("stored");
    let balance = live::balance(&place.session()).expect("the account");
    assert_eq!(balance.fault(), None);
    let (received, stored, lost) = (balance.received, balance.stored, balance.lost);
    assert_eq!((received, stored, lost), (4 + 5 + 10 + 7 + 100, 7, 5 + 7 + 7 + 100));
    let told = live::interruptions(&place.session(), &Selection::default()).expect("interruptions");
    assert_eq!(cell(&told, 0, "kind"), Value::from("unobserved"), "before the batches that were given up");
    let of = |name| cell(&told, 1, name);
    assert_eq!(told.rows.len(), 2, "{told:?}");
    assert_eq!(
        [of("kind"), of("first_batch"), of("lost")],
        [Value::from("given-up"), Value::Int(4), Value::Int(100)]
    );
}

#[test]
fn frames_that_cannot_be_kept_leave_nothing_behind_and_come_again() {
    let place = Place::new();
    let mut sink = place.sink();
    // A file stands where the folder of frames would.
    std::fs::write(place.path().join("frames"), b"in the way").expect("a file");
    let refused = sink.store(&[minute("a", 1, 2)], 1).expect_err("no room");
    assert!(refused.is_passing, "{refused}");
    assert!(sink.marks().expect("marks").is_empty());
    std::fs::remove_file(place.path().join("frames")).expect("out of the way");
    sink.store(&[minute("a", 1, 2)], 2).expect("stored");
    assert_eq!(place.counts(), (2, 2));
}
