//! Writers that share a bucket whose server fails, forgets to answer and takes its time, drawn by seed.

mod dying;
mod failing;
mod keeping;

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use failing::Failing;
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};
use teiten_model::account::Account;
use teiten_model::sensor::Telescope;
use url::Url;

use super::*;
use crate::batches;
use crate::intake::Input;
use crate::intake::tests::{APRIL, batch, block};
use crate::store::Store;
use crate::table::PACKETS;

const SEEDS: u64 = 6;
/// Attempts of one writer; far fewer are needed.
const ATTEMPTS_MAX: usize = 4_000;

fn bucket() -> Arc<dyn ObjectStore> {
    Arc::new(InMemory::new())
}

/// The store of a bucket, as one more machine sees it.
fn store(bucket: &Arc<dyn ObjectStore>) -> Store {
    let url = Url::parse("memory:///bucket/").expect("a URL");
    Store::in_bucket(url, Arc::clone(bucket), "UTC").expect("a store")
}

fn rows(store: &Store, table: &str) -> u64 {
    let files = store.files(&store.snapshot().expect("a snapshot"), table).expect("files");
    files.iter().filter_map(|file| file.rows).sum()
}

/// The packets that a rollup counts.
fn counted(store: &Store, rollup: &str) -> i64 {
    let files = store.files(&store.snapshot().expect("a snapshot"), rollup).expect("files");
    let of_file = |path: &str| -> i64 {
        batches::of_file(store, path, Some(&["packets"]))
            .expect("a file")
            .map(|batch| {
                batch.expect("rows").column(0).as_primitive::<Int64Type>().values().iter().sum::<i64>()
            })
            .sum()
    };
    files.iter().map(|file| of_file(&file.path)).sum()
}

/// Takes inputs of five packets in one group, as an import does; whether all were stored before.
fn import(store: &Store, ids: &[&str]) -> Result<bool, StoreError> {
    let mut intake = store.begin()?;
    let new: Vec<&&str> = ids.iter().filter(|id| !intake.is_stored(id)).collect();
    for id in &new {
        intake.append(&block("a", id, 5, APRIL))?;
        let mut account = Account::default();
        account.store(5);
        intake.end_input(Input { id: id.to_string(), name: id.to_string(), ..Input::default() }, account)?;
    }
    intake.commit(&Telescope::default(), APRIL)?;
    Ok(new.is_empty())
}

/// Does something until it says that all is done; other writers and the server may be in its way.
fn until_done(mut what: impl FnMut() -> Result<bool, StoreError>) {
    for _ in 0..ATTEMPTS_MAX {
        match what() {
            Ok(true) => return,
            Ok(false)
            | Err(
                StoreError::Object(_)
                | StoreError::Table { .. }
                | StoreError::Overtaken { .. }
                | StoreError::AlreadyStored(_)
                | StoreError::Locked(_)
                | StoreError::Kept(_)
                | StoreError::NoSnapshot(_),
            ) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("it did not come to an end");
}

/// The store over a server that fails as that seed says; to open it may fail, too.
fn opened(calm: &Arc<dyn ObjectStore>, seed: u64) -> Store {
    let url = Url::parse("memory:///bucket/").expect("a URL");
    let failing: Arc<dyn ObjectStore> = Arc::new(Failing::new(calm, seed));
    let mut opened = None;
    until_done(|| {
        opened = Some(Store::in_bucket(url.clone(), Arc::clone(&failing), "UTC")?);
        Ok(true)
    });
    opened.expect("a store")
}

#[test]
fn imports_at_once_store_each_input_once() {
    for seed in 0..SEEDS {
        let calm = bucket();
        store(&calm);
        std::thread::scope(|scope| {
            for writer in 0..3 {
                let calm = &calm;
                scope.spawn(move || {
                    let store = opened(calm, seed * 3 + writer);
                    // Groups of one that it has alone and one that all have.
                    for round in 0..3 {
                        let (own, all) = (format!("own-{writer}-{round}"), format!("all-{round}"));
                        until_done(|| import(&store, &[&own, &all]));
                    }
                });
            }
        });
        let store = store(&calm);
        let snapshot = store.snapshot().expect("a snapshot");
        assert_eq!(crate::books::inputs(&store, &snapshot).expect("the book").len(), 12, "seed {seed}");
        assert_eq!((rows(&store, PACKETS), rows(&store, "inputs")), (60, 12), "seed {seed}");
        assert_eq!(counted(&store, "ports_hourly"), 60, "seed {seed}");
        let reports = crate::verify::verify(&store, &snapshot).expect("a report");
        assert!(reports.iter().all(|report| report.faults.is_empty()), "seed {seed}: {reports:?}");
        assert_eq!(
            store.runtime().block_on(recover(store.location())).expect("nothing"),
            None,
            "seed {seed}"
        );
    }
}

#[test]
fn collectors_at_once_store_each_batch_once_and_in_order() {
    const BATCHES: u64 = 4;
    for seed in 0..SEEDS {
        let calm = bucket();
        store(&calm);
        std::thread::scope(|scope| {
            for collector in 0..2 {
                let calm = &calm;
                scope.spawn(move || {
                    let store = opened(calm, seed * 2 + collector);
                    // Sensors that send to both, as after a timeout: `a` first here, `b` first there.
                    let sensors = if collector == 0 { ["a", "b"] } else { ["b", "a"] };
                    until_done(|| {
                        let mut intake = store.begin_batches()?;
                        let mut is_done = true;
                        for sensor in sensors {
                            let mark = intake.spools().mark(sensor, 9).map_or(0, |spool| spool.sequence);
                            if mark < BATCHES {
                                batch(&mut intake, sensor, mark + 1, 5);
                                is_done = false;
                                break;
                            }
                        }
                        intake.commit(&Telescope::default(), APRIL)?;
                        Ok(is_done)
                    });
                });
            }
        });
        let store = store(&calm);
        let marks: Vec<(String, u64)> = Spools::load(&store, &store.snapshot().expect("a snapshot"))
            .expect("the book")
            .0
            .all()
            .map(|spool| (spool.sensor.clone(), spool.sequence))
            .collect();
        assert_eq!(marks, [("a".to_string(), BATCHES), ("b".to_string(), BATCHES)], "seed {seed}");
        assert_eq!(rows(&store, PACKETS), 2 * BATCHES * 5, "seed {seed}");
        assert_eq!(counted(&store, "ports_hourly"), 2 * BATCHES as i64 * 5, "seed {seed}");
        assert_eq!(counted(&store, "sensors"), 2 * BATCHES as i64 * 5, "seed {seed}");
    }
}

#[test]
fn a_writer_that_dies_in_its_turn_holds_nobody_up() {
    let bucket = bucket();
    let tables = table::tables().len();
    for (round, commits) in [0, 1, 3, tables].into_iter().enumerate() {
        let (dead, next) = (store(&bucket), store(&bucket));
        let mut intake = dead.begin().expect("a writer");
        let id = format!("dead-{round}");
        intake.append(&block("a", &id, 5, APRIL)).expect("rows");
        let mut account = Account::default();
        account.store(5);
        intake.end_input(Input { id: id.clone(), ..Input::default() }, account).expect("an input");
        let intent = intake.intent_of(&Telescope::default(), APRIL);
        dead.runtime().block_on(async {
            assert!(take_turn(dead.location(), &intent).await.expect("a turn"));
            for def in table::tables().iter().filter(|def| intent.touches(def)).take(commits) {
                ledger::commit_table(dead.location(), def, &intent).await.expect("a commit");
            }
        });
        let before = rows(&next, PACKETS);
        assert!(!import(&next, &[&format!("next-{round}")]).expect("stored"), "{commits} commits");
        assert_eq!(rows(&next, PACKETS), before + 10, "both, after {commits} commits");
        // It wakes up and goes on where it was: nothing comes twice.
        let woken = dead.runtime().block_on(ledger::commit(dead.location(), &intent)).expect("done already");
        assert_eq!(woken.number, next.snapshot().expect("a snapshot").number);
        assert_eq!(rows(&next, PACKETS), before + 10, "after waking, {commits} commits");
    }
}

#[test]
fn an_intent_that_comes_late_is_never_completed() {
    let bucket = bucket();
    let store = store(&bucket);
    import(&store, &["first"]).expect("stored");
    let mut intake = store.begin().expect("a writer");
    intake.append(&block("a", "late", 5, APRIL)).expect("rows");
    let mut account = Account::default();
    account.store(5);
    intake.end_input(Input { id: "late".into(), ..Input::default() }, account).expect("an input");
    let mut intent = intake.intent_of(&Telescope::default(), APRIL);
    intent.snapshot = 1;
    let body = serde_json::to_vec(&intent).expect("plain data");
    store.runtime().block_on(store.location().objects.put(&place(1), body.into())).expect("put");
    import(&store, &["second"]).expect("stored");
    assert_eq!(rows(&store, PACKETS), 10);
}
