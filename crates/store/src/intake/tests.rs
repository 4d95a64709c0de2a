//! Groups of batches, and writers that die on the way.

use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::*;
use crate::spools::Spools;
use crate::table::PACKETS;

pub(crate) const APRIL: i64 = 1_396_310_400_000_000;
const MINUTE: i64 = 60_000_000;

pub(crate) fn block(sensor: &str, input: &str, rows: usize, start_us: i64) -> PacketColumns {
    let mut columns = PacketColumns::default();
    columns.reset(rows);
    let (sensor, input) = (columns.sensor.code(sensor), columns.input.code(input));
    let (group, class) = (columns.sensor_group.code("jp"), columns.class.code("scan-syn"));
    for row in 0..rows {
        columns.ts[row] = start_us + row as i64;
        columns.frame[row] = row as i64 + 1;
        columns.src[row] = 0xc633_6400 + row as i64;
        columns.ip_proto[row] = 6;
        columns.dst_port[row] = 23;
        columns.frame_len[row] = 60;
        columns.packets[row] = 1;
        columns.sensor.codes[row] = sensor;
        columns.input.codes[row] = input;
        columns.sensor_group.codes[row] = group;
        columns.class.codes[row] = class;
    }
    columns.finish();
    columns
}

/// A batch of a minute with that many frames.
pub(crate) fn batch(intake: &mut Intake<'_>, sensor: &str, sequence: u64, rows: usize) {
    let opened_us = APRIL + sequence as i64 * MINUTE;
    let mut delivery = Delivery {
        sensor: sensor.to_string(),
        epoch: 9,
        first: sequence,
        sequence,
        sum: sequence as u32,
        opened_us,
        sealed_us: opened_us + MINUTE,
        addresses: 2,
        ..Delivery::default()
    };
    delivery.account.store(rows as u64);
    intake.append(&block(sensor, &delivery.id(), rows, opened_us)).expect("a block");
    intake.end_batch(&delivery);
}

fn fresh() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let store =
        Store::open_or_make(&folder.path().join("store").display().to_string(), "UTC").expect("a store");
    (folder, store)
}

fn rows(store: &Store, table: &str) -> u64 {
    let files = store.files(&store.snapshot().expect("a snapshot"), table).expect("files");
    files.iter().filter_map(|file| file.rows).sum()
}

/// The last number of each sensor's spool, as the newest snapshot has it.
fn marks(store: &Store) -> Vec<(String, u64)> {
    let (spools, _) = Spools::load(store, &store.snapshot().expect("a snapshot")).expect("the book");
    spools.all().map(|spool| (spool.sensor.clone(), spool.sequence)).collect()
}

#[test]
fn a_group_of_many_sensors_is_one_commit_and_a_silent_one_is_observed() {
    let (_folder, store) = fresh();
    let mut intake = store.begin_batches().expect("a writer");
    for sequence in 1..=3 {
        batch(&mut intake, "a", sequence, 5);
        batch(&mut intake, "b", sequence, 0);
    }
    let snapshot = intake.commit(&Telescope::default(), APRIL).expect("a commit").expect("a snapshot");
    assert_eq!((snapshot.number, rows(&store, "packets")), (1, 15));
    assert_eq!(marks(&store), [("a".to_string(), 3), ("b".to_string(), 3)]);
    assert_eq!((rows(&store, "sensors"), rows(&store, "sensor_hours")), (2, 2));
    assert_eq!((rows(&store, "inputs"), rows(&store, "accounts")), (2, 1));
    assert!(!snapshot.tables.contains_key("interruptions"), "no row, no commit");
}

#[test]
fn the_book_of_spools_is_folded_and_keeps_every_mark() {
    let (_folder, store) = fresh();
    for sequence in 1..=spools::FILES_MAX as u64 + 3 {
        let mut intake = store.begin_batches().expect("a writer");
        assert_eq!(intake.spools().mark("a", 9).map_or(0, |spool| spool.sequence), sequence - 1);
        if sequence == 2 {
            batch(&mut intake, "quiet", 1, 0);
        }
        batch(&mut intake, "a", sequence, 0);
        intake.commit(&Telescope::default(), APRIL + sequence as i64).expect("a commit");
    }
    let snapshot = store.snapshot().expect("a snapshot");
    assert_eq!(store.files(&snapshot, SPOOLS).expect("files").len(), 3);
    assert_eq!(marks(&store), [("a".to_string(), spools::FILES_MAX as u64 + 3), ("quiet".to_string(), 1)]);
}

/// A collector that dies after any number of commits: the next one completes the group, once.
#[test]
fn a_group_of_batches_that_was_cut_short_is_completed_once() {
    let touched = ["spools", "packets", "accounts", "inputs", "sensors", "sensor_hours"];
    for commits_before_crash in 0..=table::tables().len() {
        let (_folder, store) = fresh();
        let mut intake = store.begin_batches().expect("a writer");
        batch(&mut intake, "a", 1, 4);
        let intent = intake.seal_all(&Telescope::default(), APRIL).expect("sealed").expect("an intent");
        store.runtime().block_on(async {
            let body = serde_json::to_vec(&intent).expect("plain data");
            store.location().objects.put(&Path::from("intent.json"), body.into()).await.expect("put");
            let tables = table::tables().into_iter().filter(|def| intent.files.contains_key(def.name));
            for def in tables.take(commits_before_crash) {
                ledger::commit_table(store.location(), &def, &intent).await.expect("a commit");
            }
        });
        drop(intake);
        assert_eq!((rows(&store, "packets"), marks(&store).len()), (0, 0), "not visible yet");
        let intake = store.begin_batches().expect("the next writer");
        assert_eq!(intake.spools().mark("a", 9).map(|spool| (spool.sequence, spool.sum)), Some((1, 1)));
        drop(intake);
        assert_eq!(rows(&store, "packets"), 4);
        let snapshot = store.snapshot().expect("a snapshot");
        for table in touched {
            assert_eq!(snapshot.tables.get(table), Some(&1), "{table} was committed once");
        }
    }
}

/// A rebuilding that dies after any number of commits: the day is as it was until the next writer, and then new.
#[test]
fn a_day_that_was_half_made_again_is_made_again_by_the_next_writer() {
    let hour = model::interval::Interval { start: Timestamp(APRIL), end: Timestamp(APRIL + 24 * HOUR_US) };
    for commits_before_crash in 0..=table::tables().len() {
        let (_folder, store) = fresh();
        let mut intake = store.begin_batches().expect("a writer");
        batch(&mut intake, "a", 1, 4);
        batch(&mut intake, "b", 1, 6);
        intake.commit(&Telescope::default(), APRIL).expect("a commit");
        let books =
            |store: &Store| ["ports_hourly", "sensors", "inputs", "accounts"].map(|name| rows(store, name));
        let before = books(&store);
        let mut rebuild = store.rebuild(hour).expect("a writer");
        let id = crate::frames::batch_id("a", APRIL + MINUTE, 9, 1);
        rebuild.append(&block("a", &id, 4, APRIL + MINUTE)).expect("rows");
        rebuild.remake(&id, "r2", "d2");
        rebuild
            .keep(&block("b", &crate::frames::batch_id("b", APRIL + MINUTE, 9, 1), 6, APRIL + MINUTE))
            .expect("rows");
        let intent = rebuild.seal_all(&Telescope::default(), APRIL).expect("sealed").expect("an intent");
        store.runtime().block_on(async {
            let body = serde_json::to_vec(&intent).expect("plain data");
            store.location().objects.put(&Path::from("intent.json"), body.into()).await.expect("put");
            let tables = table::tables().into_iter().filter(|def| intent.replaced.contains_key(def.name));
            for def in tables.take(commits_before_crash) {
                ledger::commit_table(store.location(), &def, &intent).await.expect("a commit");
            }
        });
        drop(rebuild);
        assert_eq!((store.snapshot().expect("a snapshot").number, rows(&store, "packets")), (1, 10));
        assert_eq!(books(&store), before, "not visible yet");
        drop(store.begin_batches().expect("the next writer"));
        let snapshot = store.snapshot().expect("a snapshot");
        assert_eq!((snapshot.number, rows(&store, "packets")), (2, 10));
        assert_eq!(books(&store), before, "as many rows as before");
        assert_eq!(snapshot.tables.get(PACKETS), Some(&2), "committed once");
        drop(store.begin_batches().expect("a writer with nothing to complete"));
        assert_eq!(store.snapshot().expect("a snapshot").number, 2);
    }
}

#[test]
fn a_day_whose_frames_are_others_stays_as_it_is() {
    let (_folder, store) = fresh();
    let mut intake = store.begin_batches().expect("a writer");
    batch(&mut intake, "a", 1, 4);
    intake.commit(&Telescope::default(), APRIL).expect("a commit");
    let day = model::interval::Interval { start: Timestamp(APRIL), end: Timestamp(APRIL + 24 * HOUR_US) };
    let mut rebuild = store.rebuild(day).expect("a writer");
    let id = crate::frames::batch_id("a", APRIL + MINUTE, 9, 1);
    rebuild.append(&block("a", &id, 3, APRIL + MINUTE)).expect("rows");
    rebuild.remake(&id, "r2", "d2");
    let refused = rebuild.commit(&Telescope::default(), APRIL).expect_err("one frame is missing");
    assert!(refused.to_string().contains("3 rows came out of them, 4 are stored"), "{refused}");
    assert_eq!((store.snapshot().expect("a snapshot").number, rows(&store, "packets")), (1, 4));
}
