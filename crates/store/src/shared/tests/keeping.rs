//! Keepers of a store in a bucket: several at once because their clocks differ, dead after any put, and what a sweep
//! leaves to those who are late.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use futures::TryStreamExt;
use teiten_model::interval::DAY_US;

use super::dying::Dying;
use super::*;
use crate::compact::pace::Pace;
use crate::compact::tests::{HOUR, import as fill, rows as packets_of};
use crate::compact::{self, Outcome};
use crate::expiries::Expired;
use crate::frames;
use crate::keeper::TERM_US;
use crate::retain::{self, Limits, Policy};
use crate::sweep;
use crate::verify::verify;

/// Seeds of keepers at once: a round of a keeper is many requests.
const KEEPER_SEEDS: u64 = 3;
/// A moment at which the first day of packets and of frames is too old.
const NOW: i64 = APRIL + 5 * DAY_US + HOUR;

/// One day of packets and one of frames are kept for four days.
fn policy() -> Policy {
    let limits = Limits { days_max: Some(4), ..Limits::default() };
    Policy { packets: limits, frames: limits, ..Policy::default() }
}

/// All that a keeper does, by a clock, with no time of grace; how much work was done.
fn round(store: &Store, policy: &Policy, now_us: i64) -> Result<usize, StoreError> {
    let clock = || now_us;
    let keeper = store.keep(&clock)?;
    let mut done = retain::retain(&keeper, policy, now_us)?.expiries.len();
    for work in compact::plan(store, &store.snapshot()?, |_| true)? {
        done += usize::from(compact::work(&keeper, &work, Pace::default(), now_us)? != Outcome::Changed);
    }
    sweep::sweep(&keeper, now_us)?;
    Ok(done)
}

/// The clock of one of two keepers: so far from the other's that neither waits for the other, and going on, so that
/// a term that could not be given back is over at some time.
fn clock(from_us: i64, keeper: u64) -> impl FnMut() -> i64 {
    let mut now_us = from_us + keeper as i64 * 40 * TERM_US;
    move || {
        now_us += TERM_US / 4;
        now_us
    }
}

fn is_whole(store: &Store, what: &str) {
    for table in verify(store, &store.snapshot().expect("a snapshot")).expect("a check") {
        assert_eq!(table.faults, Vec::<String>::new(), "{what}: {}", table.table);
    }
}

fn objects(bucket: &Arc<dyn ObjectStore>, below: &str) -> BTreeSet<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a thread");
    let root = Path::from(format!("bucket/{below}"));
    let found: Vec<_> = runtime.block_on(bucket.list(Some(&root)).try_collect()).expect("a list");
    found
        .into_iter()
        .filter_map(|object| Some(object.location.as_ref().strip_prefix("bucket/")?.to_string()))
        .collect()
}

/// Data files that lie in the bucket, and those that the newest snapshot names.
fn lies_and_named(bucket: &Arc<dyn ObjectStore>, store: &Store) -> [BTreeSet<String>; 2] {
    let is_data = |path: &String| path.ends_with(".parquet") && !path.contains("_delta_log");
    let snapshot = store.snapshot().expect("a snapshot");
    let named = table::tables().into_iter().flat_map(|def| store.files(&snapshot, def.name).expect("files"));
    [objects(bucket, "tables").into_iter().filter(is_data).collect(), named.map(|file| file.path).collect()]
}

/// Ten inputs over two days, of whose frames a day each is kept.
fn filled(store: &Store) {
    for number in 0..10 {
        fill(store, &format!("input-{number}"), 40, APRIL + number * 3 * HOUR, APRIL + number);
    }
    let batch = |day: i64| (frames::batch_id("a", APRIL + day * DAY_US, 1, 1), vec![7u8; 100]);
    let batches: Vec<(String, Vec<u8>)> = (0..2).map(batch).collect();
    let kept: Vec<(String, &[u8])> =
        batches.iter().map(|(id, bytes)| (id.clone(), bytes.as_slice())).collect();
    frames::keep(store, &kept).expect("kept");
}

#[test]
fn a_keeper_that_dies_after_any_put_harms_nothing_and_the_next_one_goes_on() {
    let full = Arc::new(InMemory::new());
    let whole: Arc<dyn ObjectStore> = full.clone();
    filled(&store(&whole));
    let before = packets_of(&store(&whole), &store(&whole).snapshot().expect("a snapshot"));
    let cells = counted(&store(&whole), "ports_hourly");
    let later = |packet: &(String, i64)| packet.0.as_str() >= "input-8";
    let kept: Vec<_> = before.iter().filter(|(packet, _)| later(packet)).collect();
    assert!(before.len() == 400 && kept.len() == 80);
    for puts in 1.. {
        let bucket: Arc<dyn ObjectStore> = Arc::new(full.fork());
        let url = Url::parse("memory:///bucket/").expect("a URL");
        let dying = Store::in_bucket(url, Arc::new(Dying::new(&bucket, puts)), "UTC").expect("a store");
        let is_done = round(&dying, &policy(), NOW).is_ok();
        drop(dying);
        let what = format!("dead after {puts} puts");
        let next = store(&bucket);
        is_whole(&next, &what);
        let gone = |store: &Store| {
            let snapshot = store.snapshot().expect("a snapshot");
            Expired::load(store, &snapshot).expect("the book").packets.rows
        };
        assert_eq!(rows(&next, PACKETS) + gone(&next), 400, "{what}: stored is kept and expired");
        assert_eq!(counted(&next, "ports_hourly"), cells, "{what}");
        // Nobody waits for the dead one longer than its term.
        round(&next, &policy(), NOW + TERM_US).expect("the next keeper");
        is_whole(&next, &what);
        assert_eq!((gone(&next), counted(&next, "ports_hourly")), (320, cells), "{what}: told once");
        let left = packets_of(&next, &next.snapshot().expect("a snapshot"));
        assert!(left.iter().eq(kept.iter().copied()), "{what}: the same packets are kept");
        assert_eq!(objects(&bucket, "frames").len(), 1, "{what}");
        let [lies, named] = lies_and_named(&bucket, &next);
        assert_eq!(lies, named, "{what}: nothing is left behind");
        assert_eq!((objects(&bucket, "intents").len(), objects(&bucket, "terms").len()), (0, 1), "{what}");
        let again = round(&next, &policy(), NOW + TERM_US).expect("a keeper");
        assert_eq!(again, 0, "{what}: what is done is done");
        if is_done {
            assert!(puts > 40, "{puts} puts of a round");
            break;
        }
    }
}

#[test]
fn keepers_at_once_and_writers_beside_them_lose_and_double_nothing() {
    const INPUTS: u64 = 6;
    for seed in 0..KEEPER_SEEDS {
        let calm = bucket();
        store(&calm);
        let at_work = AtomicUsize::new(2);
        // The latest moment of a keeper's clock: how often keepers look depends on how long writers take.
        let latest_us = AtomicI64::new(APRIL);
        std::thread::scope(|scope| {
            for writer in 0..2 {
                let (calm, at_work) = (&calm, &at_work);
                scope.spawn(move || {
                    let store = opened(calm, seed * 4 + writer);
                    for input in 0..INPUTS {
                        until_done(|| import(&store, &[&format!("{writer}-{input}")]));
                    }
                    at_work.fetch_sub(1, Ordering::SeqCst);
                });
            }
            for keeper in 0..2 {
                let (calm, at_work, latest_us) = (&calm, &at_work, &latest_us);
                scope.spawn(move || {
                    let store = opened(calm, seed * 4 + 2 + keeper);
                    let mut clock = clock(APRIL, keeper);
                    until_done(|| {
                        let is_last = at_work.load(Ordering::SeqCst) == 0;
                        let now_us = clock();
                        latest_us.fetch_max(now_us, Ordering::SeqCst);
                        round(&store, &Policy::default(), now_us).map(|_| is_last)
                    });
                });
            }
        });
        let store = store(&calm);
        let what = format!("seed {seed}");
        is_whole(&store, &what);
        let stored = 2 * INPUTS * 5;
        assert_eq!(
            (rows(&store, PACKETS), counted(&store, "ports_hourly")),
            (stored, stored as i64),
            "{what}"
        );
        assert_eq!(rows(&store, "inputs"), 2 * INPUTS, "{what}");
        let over_us = latest_us.into_inner() + TERM_US;
        round(&store, &Policy::default(), over_us).expect("every term is over");
        is_whole(&store, &what);
        assert_eq!(rows(&store, PACKETS), stored, "{what}");
        let [lies, named] = lies_and_named(&calm, &store);
        assert_eq!(lies, named, "{what}: nothing is left behind");
    }
}

#[test]
fn days_expire_once_and_are_told_once_by_keepers_at_once() {
    for seed in 0..KEEPER_SEEDS {
        let calm = bucket();
        filled(&store(&calm));
        std::thread::scope(|scope| {
            for keeper in 0..2 {
                let calm = &calm;
                scope.spawn(move || {
                    let store = opened(calm, seed * 2 + keeper);
                    let mut clock = clock(NOW, keeper);
                    until_done(|| round(&store, &policy(), clock()).map(|done| done == 0));
                });
            }
        });
        let (store, what) = (store(&calm), format!("seed {seed}"));
        is_whole(&store, &what);
        let gone = Expired::load(&store, &store.snapshot().expect("a snapshot")).expect("the book");
        assert_eq!((gone.packets.rows, rows(&store, PACKETS)), (320, 80), "{what}");
        assert_eq!(objects(&calm, "frames").len(), 1, "{what}");
    }
}

/// A group of one input that was begun and is not committed.
fn begun(store: &Store, id: &str) -> Intent {
    let mut intake = store.begin().expect("a writer");
    intake.append(&block("a", id, 5, APRIL)).expect("rows");
    let mut account = Account::default();
    account.store(5);
    intake.end_input(Input { id: id.into(), ..Input::default() }, account).expect("an input");
    intake.intent_of(&Telescope::default(), APRIL)
}

#[test]
fn a_group_that_is_late_has_other_names_or_is_made_again() {
    for is_swept in [false, true] {
        let bucket = bucket();
        let store = store(&bucket);
        import(&store, &["first"]).expect("stored");
        let late = begun(&store, "late");
        import(&store, &["second"]).expect("stored");
        import(&store, &["third"]).expect("stored");
        let keeper = store.keep(&|| APRIL).expect("a keeper");
        sweep::sweep(&keeper, if is_swept { i64::MAX } else { 0 }).expect("a sweep");
        let floor = store.snapshot().expect("a snapshot").floor;
        assert_eq!(floor, 3, "what was begun before may be swept away");
        let done = store.runtime().block_on(ledger::commit(store.location(), &late));
        if is_swept {
            assert!(matches!(done, Err(StoreError::Overtaken { .. })), "{done:?}");
            until_done(|| import(&store, &["late"]));
        } else {
            assert_eq!(done.expect("stored").number, 5);
        }
        is_whole(&store, "late");
        assert_eq!(rows(&store, PACKETS), 20);
        sweep::sweep(&keeper, i64::MAX).expect("a sweep");
        is_whole(&store, "swept after it");
        assert_eq!((rows(&store, PACKETS), counted(&store, "ports_hourly")), (20, 20));
    }
}

#[test]
fn what_comes_after_its_snapshot_was_swept_away_counts_for_nothing() {
    let bucket = bucket();
    let store = store(&bucket);
    let late = begun(&store, "late");
    for id in ["first", "second", "third"] {
        import(&store, &[id]).expect("stored");
    }
    let ghost = store.snapshot_number(2).expect("a snapshot");
    let keeper = store.keep(&|| APRIL).expect("a keeper");
    sweep::sweep(&keeper, i64::MAX).expect("a sweep");
    assert!(matches!(store.snapshot_number(2), Err(StoreError::NoSnapshot(_))));
    // A slow writer's intent of the first turn, a slow writer's snapshot, and its hint.
    store.runtime().block_on(async {
        let objects = &store.location().objects;
        let body = serde_json::to_vec(&late).expect("plain data");
        objects.put(&place(1), body.into()).await.expect("put");
        assert!(snapshot::publish(store.location(), &ghost).await.expect("put"), "nobody knows better");
    });
    assert_eq!(store.snapshot().expect("a snapshot").number, 4, "the newest is the newest");
    import(&store, &["fourth"]).expect("stored");
    assert_eq!((store.snapshot().expect("a snapshot").number, rows(&store, PACKETS)), (5, 20));
    sweep::sweep(&keeper, i64::MAX).expect("a sweep");
    assert_eq!((objects(&bucket, "intents").len(), objects(&bucket, "snapshots").len()), (0, 1));
    is_whole(&store, "swept");
}
