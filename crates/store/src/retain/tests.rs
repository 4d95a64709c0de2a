//! Days that go, and keepers that die on the way.

use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::*;
use crate::compact::tests::{APRIL, HOUR, filled, import};
use crate::expiries::Expired;
use crate::frames;
use crate::verify::verify;

const DAY: i64 = DAY_US;

fn packets_for(days: u64) -> Policy {
    Policy { packets: Limits { days_max: Some(days), ..Limits::default() }, ..Policy::default() }
}

fn rows(store: &Store, table: &str) -> u64 {
    let files = store.files(&store.snapshot().expect("a snapshot"), table).expect("files");
    files.iter().filter_map(|file| file.rows).sum()
}

fn expired(store: &Store) -> Expired {
    Expired::load(store, &store.snapshot().expect("a snapshot")).expect("the book")
}

fn is_whole(store: &Store) {
    for table in verify(store, &store.snapshot().expect("a snapshot")).expect("a check") {
        assert_eq!(table.faults, Vec::<String>::new(), "{}", table.table);
    }
}

/// Lets go what is due, as the keeper of that moment.
fn retain(store: &Store, policy: &Policy, now_us: i64) -> Result<Retained, StoreError> {
    super::retain(&store.keep(&|| now_us)?, policy, now_us)
}

fn planned(store: &Store, policy: &Policy, now_us: i64) -> Vec<Expiry> {
    preview(store, policy, now_us).expect("a plan").expiries
}

#[test]
fn a_day_of_packets_goes_when_it_is_old_and_the_book_tells() {
    let (_folder, store) = filled();
    let (all, cells) = (rows(&store, PACKETS), rows(&store, "cells_daily"));
    assert_eq!(planned(&store, &packets_for(10), APRIL + 11 * DAY - 1), []);
    let due = planned(&store, &packets_for(10), APRIL + 11 * DAY);
    assert_eq!(due.len(), 1);
    assert_eq!((due[0].start, due[0].end, due[0].reason), (APRIL, APRIL + DAY, Reason::Age));
    assert_eq!(rows(&store, PACKETS), all, "a plan changes nothing");
    let done = retain(&store, &packets_for(10), APRIL + 11 * DAY).expect("retention");
    assert_eq!(done.expiries, due);
    assert_eq!(rows(&store, PACKETS) + due[0].rows, all);
    let gone = expired(&store);
    assert_eq!(
        gone.packets,
        expiries::Gone { until: Some(APRIL + DAY), rows: due[0].rows, size_bytes: due[0].size_bytes }
    );
    assert_eq!((gone.frames, gone.rollups), Default::default());
    assert_eq!(rows(&store, "cells_daily"), cells, "rollups outlive the packets");
    is_whole(&store);
    assert_eq!(retain(&store, &packets_for(10), APRIL + 11 * DAY).expect("retention").expiries, []);
    // What comes later of a day that went goes again, and is told again.
    import(&store, "late", 4, APRIL + HOUR, APRIL + 12 * DAY);
    retain(&store, &packets_for(10), APRIL + 11 * DAY).expect("retention");
    assert_eq!(expired(&store).packets.rows, due[0].rows + 4);
    assert_eq!(rows(&store, PACKETS) + expired(&store).packets.rows, all + 4);
}

#[test]
fn the_oldest_days_go_until_the_rest_is_small_enough_and_never_the_day_under_way() {
    let (_folder, store) = filled();
    for day in 2..6 {
        import(&store, &format!("day-{day}"), 200, APRIL + day * DAY, APRIL + day * DAY);
    }
    let files = store.files(&store.snapshot().expect("a snapshot"), PACKETS).expect("files");
    let size: u64 = files.iter().map(|file| file.size_bytes).sum();
    let limits = |bytes| Policy {
        packets: Limits { bytes_max: Some(bytes), ..Limits::default() },
        ..Policy::default()
    };
    let now = APRIL + 5 * DAY + HOUR;
    assert_eq!(planned(&store, &limits(size), now), []);
    let due = planned(&store, &limits(size - 1), now);
    assert_eq!(due.iter().map(|day| (day.start, day.reason)).collect::<Vec<_>>(), [(APRIL, Reason::Size)]);
    let due = planned(&store, &limits(0), now);
    assert_eq!(
        due.iter().map(|day| day.start).collect::<Vec<_>>(),
        (0..5).map(|day| APRIL + day * DAY).collect::<Vec<_>>()
    );
    retain(&store, &limits(0), now).expect("retention");
    assert_eq!(rows(&store, PACKETS), 200, "the day under way stays");
    is_whole(&store);
}

#[test]
fn want_of_room_takes_days_and_their_files_at_once() {
    let (_folder, store) = filled();
    let policy = Policy {
        packets: Limits { free_bytes_min: Some(u64::MAX), ..Limits::default() },
        ..Policy::default()
    };
    let before = store.snapshot().expect("a snapshot");
    let files = store.files(&before, PACKETS).expect("files");
    let done = retain(&store, &policy, APRIL + 20 * DAY).expect("retention");
    assert_eq!(done.expiries.iter().map(|day| day.reason).collect::<Vec<_>>(), [Reason::Free; 2]);
    let folder = store.folder().expect("a folder");
    assert!(files.iter().all(|file| !folder.join(&file.path).is_file()), "their room is free");
    assert!(matches!(store.snapshot_number(before.number), Err(StoreError::NoSnapshot(_))));
    assert!(folder.join("reserve").is_file(), "room is set aside for the next time");
    is_whole(&store);
}

#[test]
fn frames_go_by_their_folders() {
    let (_folder, store) = filled();
    let batch = |sensor, day: i64| (frames::batch_id(sensor, APRIL + day * DAY, 1, 1), vec![7u8; 100]);
    let batches = [batch("a", 0), batch("b", 0), batch("a", 1)];
    let kept: Vec<(String, &[u8])> =
        batches.iter().map(|(id, bytes)| (id.clone(), bytes.as_slice())).collect();
    frames::keep(&store, &kept).expect("kept");
    let folder = store.folder().expect("a folder");
    std::fs::create_dir_all(folder.join("frames/a/not-a-day")).expect("a stranger's folder");
    let policy = Policy { frames: Limits { days_max: Some(1), ..Limits::default() }, ..Policy::default() };
    let done = retain(&store, &policy, APRIL + 2 * DAY).expect("retention");
    assert_eq!(done.expiries.len(), 1);
    assert_eq!((done.expiries[0].files, done.expiries[0].size_bytes), (2, 200));
    let lies = |id: &str| frames::path_of(&folder, id).expect("a place").is_file();
    assert_eq!(batches.each_ref().map(|(id, _)| lies(id)), [false, false, true]);
    assert!(folder.join("frames/a/not-a-day").is_dir());
    assert_eq!(expired(&store).frames.until, Some(APRIL + DAY));
    assert_eq!(expired(&store).packets.until, None);
}

#[test]
fn rollups_go_by_days_of_the_home_zone_and_a_file_is_cut_between_two() {
    let (_folder, store) = filled();
    let policy = Policy { rollups: Limits { days_max: Some(3), ..Limits::default() }, ..Policy::default() };
    // The home day of Tokyo ends at 15:00 UTC.
    let cut = APRIL + 15 * HOUR;
    let packets_before = rows(&store, PACKETS);
    let done = retain(&store, &policy, cut + 3 * DAY).expect("retention");
    assert_eq!(done.expiries.len(), 1);
    assert_eq!((done.expiries[0].kind, done.expiries[0].end), (Kind::Rollups, cut));
    assert_eq!(rows(&store, PACKETS), packets_before);
    is_whole(&store);
    let snapshot = store.snapshot().expect("a snapshot");
    for rollup in model::rollup::ROLLUPS {
        let (mut least, mut packets) = (i64::MAX, 0);
        for file in store.files(&snapshot, rollup.name).expect("files") {
            for batch in
                crate::batches::of_file(&store, &file.path, Some(&["at", "packets"])).expect("a file")
            {
                use arrow::array::AsArray;
                let batch = batch.expect("rows");
                let times = batch.column(0).as_primitive::<arrow::datatypes::TimestampMicrosecondType>();
                least = least.min(arrow::compute::min(times).unwrap_or(i64::MAX));
                let numbers = batch.column(1).as_primitive::<arrow::datatypes::Int64Type>();
                packets += arrow::compute::sum(numbers).unwrap_or(0);
            }
        }
        // Ten inputs of five hours, three hours apart: what lies at or after the cut.
        let kept: i64 = (0..10)
            .map(|input| (0..300).filter(|minute| input * 180 + minute >= 15 * 60).count() as i64)
            .sum();
        if rollup.name != "source_ports_daily" {
            assert_eq!((least, packets), (cut, kept), "{}", rollup.name);
        }
    }
}

#[test]
fn without_room_only_days_of_rollups_go_that_need_no_writing() {
    let (_folder, store) = filled();
    import(&store, "old", 30, APRIL - 40 * DAY, APRIL + 50);
    let snapshot = store.snapshot().expect("a snapshot");
    let limits = Limits { days_max: Some(3), ..Limits::default() };
    let now = APRIL + 15 * HOUR + 3 * DAY;
    let mut with_room = Plan::default();
    rollups::plan(&store, &snapshot, limits, now, &mut 0, None, &mut with_room).expect("a plan");
    assert!(!with_room.rewritten.is_empty());
    let mut without = Plan::default();
    rollups::plan(&store, &snapshot, limits, now, &mut 0, Some(0), &mut without).expect("a plan");
    assert!(without.rewritten.is_empty());
    assert!(without.files.values().all(|files| files.len() == 1), "the old input's: {:?}", without.files);
    assert!(without.expiries[0].end < with_room.expiries[0].end);
}

#[test]
fn a_keeper_that_dies_leaves_the_days_or_takes_them_and_tells() {
    let now = APRIL + 11 * DAY;
    let rollups = Limits { days_max: Some(10), ..Limits::default() };
    let policy = Policy { rollups, ..packets_for(10) };
    for commits_before_crash in 0.. {
        let (_folder, store) = filled();
        let all = there_is(&store);
        let before = store.snapshot().expect("a snapshot");
        let plan = plan(&store, &before, &policy, now, None).expect("a plan");
        let intent = intent(&store, &before, &plan, now).expect("an intent");
        let touched: Vec<_> = table::tables().into_iter().filter(|def| intent.touches(def)).collect();
        assert!(touched.len() >= 7, "packets, the book and rollups, of which files are written anew");
        if commits_before_crash > touched.len() {
            break;
        }
        store.runtime().block_on(async {
            let body = serde_json::to_vec(&intent).expect("plain data");
            store.location().objects.put(&Path::from("intent.json"), body.into()).await.expect("put");
            for def in &touched[..commits_before_crash] {
                ledger::commit_table(store.location(), def, &intent).await.expect("a commit");
            }
        });
        assert_eq!((there_is(&store), expired(&store).packets.rows), (all, 0), "not visible yet");
        drop(store.begin().expect("the next writer"));
        let (left, gone) = (there_is(&store), expired(&store));
        assert_eq!(left[1] + gone.packets.rows, all[1], "stored is kept and expired");
        assert_eq!(left[2] + gone.rollups.rows, all[2], "stored is kept and expired");
        assert_eq!(
            plan.expiries.iter().map(|gone| gone.rows).sum::<u64>(),
            gone.packets.rows + gone.rollups.rows
        );
        is_whole(&store);
        assert_eq!(planned(&store, &policy, now), []);
    }
}

/// A store with three days of frames beside its packets and rollups.
fn with_frames() -> (tempfile::TempDir, Store) {
    let (folder, store) = filled();
    let batch = |day: i64| (frames::batch_id("a", APRIL + day * DAY, 1, 1), vec![7u8; 100]);
    let batches: Vec<(String, Vec<u8>)> = (0..3).map(batch).collect();
    let kept: Vec<(String, &[u8])> =
        batches.iter().map(|(id, bytes)| (id.clone(), bytes.as_slice())).collect();
    frames::keep(&store, &kept).expect("kept");
    (folder, store)
}

/// What there is of each kind: files of frames, rows of packets, rows of rollups.
fn there_is(store: &Store) -> [u64; 3] {
    let all = Limits { bytes_max: Some(0), ..Limits::default() };
    let frames = held::frames(store, all, 0).expect("frames").iter().map(|day| day.files).sum();
    [frames, rows(store, PACKETS), model::rollup::ROLLUPS.iter().map(|rollup| rows(store, rollup.name)).sum()]
}

#[test]
fn each_kind_goes_by_each_limit_and_no_other_does_and_it_was_said_before() {
    let limits = [
        (Reason::Age, Limits { days_max: Some(0), ..Limits::default() }),
        (Reason::Size, Limits { bytes_max: Some(1), ..Limits::default() }),
        (Reason::Free, Limits { free_bytes_min: Some(u64::MAX), ..Limits::default() }),
    ];
    for (place, kind) in Kind::ALL.into_iter().enumerate() {
        for (reason, of_kind) in limits {
            let (_folder, store) = with_frames();
            let mut policy = Policy::default();
            match kind {
                Kind::Frames => policy.frames = of_kind,
                Kind::Packets => policy.packets = of_kind,
                Kind::Rollups => policy.rollups = of_kind,
            }
            let before = there_is(&store);
            let now = APRIL + DAY + 10 * HOUR;
            let said = planned(&store, &policy, now);
            assert_eq!(there_is(&store), before, "a plan changes nothing");
            let done = retain(&store, &policy, now).expect("retention").expiries;
            assert_eq!(done, said, "{kind:?} by {reason:?}");
            assert!(!done.is_empty() && done.iter().all(|gone| gone.kind == kind && gone.reason == reason));
            let after = there_is(&store);
            let gone: u64 = match kind {
                Kind::Frames => done.iter().map(|gone| gone.files).sum(),
                Kind::Packets | Kind::Rollups => done.iter().map(|gone| gone.rows).sum(),
            };
            for other in 0..before.len() {
                let of_it = if other == place { gone } else { 0 };
                assert_eq!(after[other] + of_it, before[other], "{kind:?} by {reason:?}");
            }
            assert!(after[place] > 0, "the day under way stays");
            is_whole(&store);
            assert_eq!(planned(&store, &policy, now), [], "{kind:?} by {reason:?}: once is enough");
        }
    }
}

#[test]
fn cells_that_are_old_go_however_far_apart_the_times_of_a_file_are() {
    let (_folder, store) = filled();
    let years = 365 * DAY;
    import(&store, "old", 30, APRIL - 30 * years, APRIL + 50);
    import(&store, "new", 30, APRIL + years, APRIL + 60);
    let keeper = store.keep(&|| 0).expect("a keeper");
    for work in
        crate::compact::plan(&store, &store.snapshot().expect("a snapshot"), |_| false).expect("a plan")
    {
        crate::compact::work(&keeper, &work, Default::default(), 0).expect("work");
    }
    drop(keeper);
    let policy = Policy { rollups: Limits { days_max: Some(3), ..Limits::default() }, ..Policy::default() };
    let now = APRIL + years + 2 * HOUR;
    let done = retain(&store, &policy, now).expect("retention").expiries;
    assert_eq!((done.len(), done[0].reason), (1, Reason::Age));
    assert_eq!(planned(&store, &policy, now), []);
    let left = |name: &str| rows(&store, name);
    assert!(left("cells_daily") > 0 && left("ports_hourly") > 0);
    for rollup in model::rollup::ROLLUPS {
        assert!(left(rollup.name) <= 60, "{} has rows of the last input alone", rollup.name);
    }
}
