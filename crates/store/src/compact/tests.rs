//! Days that are put together, and keepers that die on the way.

mod exact;

use std::collections::{BTreeMap, BTreeSet};

use model::account::Account;
use model::columns::PacketColumns;
use model::sensor::Telescope;
use teiten_model as model;

use super::*;
use crate::distinct::{Distinct, hash};
use crate::intake::Input;
use crate::packets;
use crate::sweep;
use crate::verify::verify;

pub(crate) const APRIL: i64 = 1_396_310_400_000_000;
pub(crate) const HOUR: i64 = 3_600_000_000;

/// Packets of an input from a moment on, a minute apart: few sources, ports and tools.
pub(crate) fn block(input: &str, rows: usize, start_us: i64) -> PacketColumns {
    let mut columns = PacketColumns::default();
    columns.reset(rows);
    let (sensor, input) = (columns.sensor.code("tokyo-01"), columns.input.code(input));
    let (group, tag) = (columns.sensor_group.code("jp"), columns.tags.code("mirai"));
    let classes = ["scan-syn", "other-tcp"].map(|class| columns.class.code(class));
    for row in 0..rows {
        let number = hash(start_us as u64 ^ row as u64);
        columns.ts[row] = start_us + row as i64 * 60_000_000;
        columns.frame[row] = row as i64 + 1;
        if number.is_multiple_of(9) {
            columns.src6.set(row, &[32, 1, 13, 184, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (number % 5) as u8]);
        } else {
            columns.src[row] = 0xc633_6400 + (number % 23) as i64;
        }
        columns.ip_proto[row] = 6;
        columns.dst_port[row] = [23, 445, 8080][(number % 3) as usize];
        columns.tcp_seq[row] = (number >> 32) as i64;
        columns.frame_len[row] = 60 + (number % 3) as i32;
        columns.packets[row] = 1;
        if number.is_multiple_of(4) {
            columns.payload.set(row, &number.to_le_bytes());
        }
        columns.sensor.codes[row] = sensor;
        columns.input.codes[row] = input;
        columns.sensor_group.codes[row] = group;
        columns.class.codes[row] = classes[(number % 2) as usize];
        columns.tags.codes[row] = if number.is_multiple_of(5) { tag } else { 0 };
    }
    columns.finish();
    columns
}

pub(crate) fn import(store: &Store, id: &str, rows: usize, start_us: i64, now_us: i64) {
    let mut intake = store.begin().expect("a writer");
    intake.append(&block(id, rows, start_us)).expect("a block");
    let mut account = Account::default();
    account.store(rows as u64);
    let input = Input { id: id.to_string(), kind: "capture", ..Input::default() };
    intake.end_input(input, account).expect("a new input");
    intake.commit(&Telescope::default(), now_us).expect("a commit");
}

/// A store with ten inputs that overlap: 2014-04-01 and a part of the day after.
pub(crate) fn filled() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("store").display().to_string();
    let store = Store::open_or_make(&place, "Asia/Tokyo").expect("a store");
    for number in 0..10 {
        import(&store, &format!("input-{number}"), 300, APRIL + number * 3 * HOUR, APRIL + number);
    }
    (folder, store)
}

/// What each packet is, by input and frame.
pub(crate) fn rows(store: &Store, snapshot: &Snapshot) -> BTreeMap<(String, i64), String> {
    let names: Vec<&str> = model::columns::COLUMNS.iter().map(|column| column.name).collect();
    let mut all = BTreeMap::new();
    for file in store.files(snapshot, PACKETS).expect("files") {
        packets::read(store, &file.path, &names, |columns| {
            for row in 0..columns.rows() {
                let one = (
                    (file.day.clone(), columns.ts[row], columns.src[row], columns.src6.get(row).to_vec()),
                    (columns.dst_port[row], columns.tcp_seq[row], columns.payload.get(row).to_vec()),
                    (
                        columns.sensor.get(row),
                        columns.class.get(row),
                        columns.tags.get(row),
                        columns.ttl[row],
                    ),
                );
                let key = (columns.input.get(row).unwrap_or_default().to_string(), columns.frame[row]);
                assert_eq!(all.insert(key, format!("{one:?}")), None, "each packet once");
            }
        })
        .expect("rows");
    }
    all
}

/// What the cells of a table with sketches add up to: by all that is no number, what is added.
fn cells(store: &Store, snapshot: &Snapshot, name: &str) -> BTreeMap<String, (i64, i64, u64, bool)> {
    use arrow::array::AsArray;
    use arrow::datatypes::Int64Type;
    use arrow::util::display::array_value_to_string;
    let mut all: BTreeMap<String, (i64, i64, Distinct)> = BTreeMap::new();
    for file in store.files(snapshot, name).expect("files") {
        for batch in batches::of_file(store, &file.path, None).expect("a file") {
            let batch = batch.expect("rows");
            let column = |name: &str| batch.column_by_name(name).expect("a column");
            let sketch = if name == "sources_daily" { "ports" } else { "sources" };
            for row in 0..batch.num_rows() {
                let is_key = |name: &str| {
                    !["packets", "bytes", "sources", "sensors", "ports", "first", "last"].contains(&name)
                };
                let key: Vec<String> = batch
                    .schema()
                    .fields()
                    .iter()
                    .filter(|field| is_key(field.name()))
                    .map(|field| array_value_to_string(column(field.name()), row).expect("a text"))
                    .collect();
                let number = |name: &str| column(name).as_primitive::<Int64Type>().value(row);
                let cell = all.entry(key.join("|")).or_default();
                cell.0 += number("packets");
                cell.1 += number("bytes");
                cell.2
                    .merge(&Distinct::read(column(sketch).as_binary::<i32>().value(row)).expect("a sketch"));
            }
        }
    }
    all.into_iter()
        .map(|(key, (packets, bytes, sketch))| (key, (packets, bytes, sketch.count(), sketch.is_exact())))
        .collect()
}

/// Does a piece of work as the keeper of that moment.
fn work(store: &Store, work: &Work, pace: Pace, now_us: i64) -> Result<Outcome, StoreError> {
    super::work(&store.keep(&|| now_us)?, work, pace, now_us)
}

/// Writes the new files of a piece of work, and no more.
fn write(store: &Store, work: &Work, snapshot: u64) -> Vec<Sealed> {
    super::write(&store.keep(&|| 0).expect("a keeper"), work, snapshot, Pace::default()).expect("files")
}

/// Sweeps as a keeper.
fn sweep(store: &Store, kept_from_us: i64) -> sweep::Swept {
    sweep::sweep(&store.keep(&|| 0).expect("a keeper"), kept_from_us).expect("a sweep")
}

fn files(store: &Store, table: &str) -> Vec<DataFile> {
    store.files(&store.snapshot().expect("a snapshot"), table).expect("files")
}

fn first_day(store: &Store) -> Work {
    let snapshot = store.snapshot().expect("a snapshot");
    let mut days = plan(store, &snapshot, |day| day == "2014-04-01").expect("a plan");
    days.retain(|work| work.table() == PACKETS);
    assert_eq!(days.len(), 1);
    days.remove(0)
}

fn is_whole(store: &Store) {
    let snapshot = store.snapshot().expect("a snapshot");
    for table in verify(store, &snapshot).expect("a check") {
        assert_eq!(table.faults, Vec::<String>::new(), "{}", table.table);
    }
}

#[test]
fn a_closed_day_has_the_same_rows_in_one_file_and_an_old_snapshot_has_its_own() {
    let (_folder, store) = filled();
    let before = store.snapshot().expect("a snapshot");
    let expected = rows(&store, &before);
    assert_eq!(expected.len(), 3_000);
    let day = first_day(&store);
    let mark = file::marks(&day.files);
    let done = work(&store, &day, Pace::default(), APRIL + 100).expect("work");
    assert!(matches!(done, Outcome::Done { files: 1, rows, .. } if rows == day.rows()), "{done:?}");
    let after = store.snapshot().expect("a snapshot");
    assert_eq!(after.number, before.number + 1);
    assert_eq!(rows(&store, &after), expected);
    assert_eq!(rows(&store, &before), expected, "readers of the snapshot before are not disturbed");
    let packed = files(&store, PACKETS);
    let packed: Vec<&DataFile> = packed.iter().filter(|file| file.is_compacted()).collect();
    assert_eq!(packed.len(), 1);
    assert_eq!(file::marks(packed), mark, "what was counted of the day is still of the day");
    is_whole(&store);
    let again = plan(&store, &after, |day| day == "2014-04-01").expect("a plan");
    assert!(again.iter().all(|work| work.table() != PACKETS), "a compacted day is done");
}

#[test]
fn rows_lie_by_tool_then_by_source_and_then_by_time() {
    let (_folder, store) = filled();
    work(&store, &first_day(&store), Pace::default(), 0).expect("work");
    let all = files(&store, PACKETS);
    let file = all.iter().find(|file| file.is_compacted()).expect("a compacted file");
    let mut keys = Vec::new();
    let names = ["ts", "src", "src6", "ip_proto", "class", "tags", "frame_len"];
    packets::read(&store, &file.path, &names, |columns| {
        keys.extend((0..columns.rows()).map(|row| {
            let word = |words: &model::values::WordColumn| words.get(row).unwrap_or_default().to_string();
            let tool =
                (columns.ip_proto[row], word(&columns.class), word(&columns.tags), columns.frame_len[row]);
            let v6 = columns.src6.get(row).to_vec();
            (tool, !v6.is_empty(), columns.src[row], v6, columns.ts[row])
        }));
    })
    .expect("rows");
    assert!(keys.is_sorted(), "not in order");
}

#[test]
fn late_packets_make_a_day_due_again() {
    let (_folder, store) = filled();
    work(&store, &first_day(&store), Pace::default(), 0).expect("work");
    import(&store, "late", 5, APRIL + 3 * HOUR, APRIL + 200);
    let expected = rows(&store, &store.snapshot().expect("a snapshot"));
    assert_eq!(expected.len(), 3_005);
    let day = first_day(&store);
    assert_eq!(day.files(), 2, "the compacted one and the late one");
    work(&store, &day, Pace::default(), 0).expect("work");
    assert_eq!(rows(&store, &store.snapshot().expect("a snapshot")), expected);
    is_whole(&store);
}

#[test]
fn cells_of_rollups_add_up_to_what_they_were() {
    let (_folder, store) = filled();
    let before = store.snapshot().expect("a snapshot");
    let names: Vec<&str> = model::rollup::ROLLUPS.iter().map(|rollup| rollup.name).collect();
    let all = plan(&store, &before, |_| false).expect("a plan");
    let planned: BTreeSet<&str> = all.iter().map(Work::table).collect();
    assert!(
        ["accounts", "inputs", "cells_daily", "sensors"].iter().all(|name| planned.contains(name)),
        "{planned:?}"
    );
    for piece in &all {
        let done = work(&store, piece, Pace::default(), 0).expect("work");
        assert!(matches!(done, Outcome::Done { files: 1, .. }), "{done:?}");
    }
    let after = store.snapshot().expect("a snapshot");
    for name in names {
        assert_eq!(cells(&store, &after, name), cells(&store, &before, name), "{name}");
    }
    let count = |snapshot: &Snapshot, name| {
        store.files(snapshot, name).expect("files").iter().filter_map(|file| file.rows).sum::<u64>()
    };
    assert!(count(&after, "ports_hourly") < count(&before, "ports_hourly"), "rows of one key became one");
    assert_eq!(count(&after, "inputs"), count(&before, "inputs"), "a line of an input stays one");
    is_whole(&store);
    assert!(plan(&store, &after, |_| false).expect("a plan").is_empty());
}

#[test]
fn a_large_file_is_not_written_again_for_a_few_rows() {
    let file = |place: usize, rows| DataFile {
        path: format!("tables/inputs/{place:020}-000000.parquet"),
        size_bytes: rows,
        rows: Some(rows),
        day: None,
    };
    let small: Vec<DataFile> = (1..=9).map(|place| file(place, 10)).collect();
    let with = |rows| small.iter().cloned().chain([file(0, rows)]).collect::<Vec<_>>();
    assert_eq!(folds(with(100_000)).concat(), small);
    assert_eq!(folds(with(300))[0].len(), 10);
    assert!(folds(with(300)[..7].to_vec()).is_empty(), "too few");
    let many = (0..3 * run::FILES_MAX).map(|place| file(place, 1)).collect();
    assert!(folds(many).iter().all(|files| files.len() <= run::FILES_MAX));
}

/// A keeper that dies after any step: what is seen is the day before or after, and nothing in between.
#[test]
fn a_day_is_the_old_or_the_new_wherever_its_keeper_dies() {
    let steps = ["written", "renamed", "intent", "committed"];
    for (step, name) in steps.into_iter().enumerate() {
        let (_folder, store) = filled();
        let before = store.snapshot().expect("a snapshot");
        let expected = rows(&store, &before);
        let day = first_day(&store);
        let mut written = write(&store, &day, before.number);
        if step >= 1 {
            written = renumber(&store, PACKETS, written, before.number + 1).expect("renamed");
        }
        let intent = intent(&day, written, before.number + 1, APRIL);
        store.runtime().block_on(async {
            if step >= 2 {
                let body = serde_json::to_vec(&intent).expect("plain data");
                store.location().objects.put(&Path::from("intent.json"), body.into()).await.expect("put");
            }
            if step >= 3 {
                ledger::commit_table(store.location(), &day.table, &intent).await.expect("a commit");
            }
        });
        assert_eq!(rows(&store, &store.snapshot().expect("a snapshot")), expected, "{name}");
        drop(store.begin().expect("the next writer"));
        let after = store.snapshot().expect("a snapshot");
        assert_eq!(after.number, before.number + u64::from(step >= 2), "{name}");
        assert_eq!(rows(&store, &after), expected, "{name}");
        is_whole(&store);
        // The next keeper does what is left, and nothing twice.
        let left = plan(&store, &after, |day| day == "2014-04-01").expect("a plan");
        let left: Vec<&Work> = left.iter().filter(|work| work.table() == PACKETS).collect();
        assert_eq!(left.len(), usize::from(step < 2), "{name}");
        for day in left {
            assert!(matches!(work(&store, day, Pace::default(), 0), Ok(Outcome::Done { .. })));
        }
        assert_eq!(rows(&store, &store.snapshot().expect("a snapshot")), expected, "{name}");
        import(&store, "next", 1, APRIL + 30 * 24 * HOUR, APRIL + 500);
        import(&store, "after", 1, APRIL + 31 * 24 * HOUR, APRIL + 600);
        sweep(&store, APRIL + 700);
        assert_eq!(on_disk(&store), seen(&store), "{name}: nothing is left behind");
    }
}

/// Data files that lie on disk.
fn on_disk(store: &Store) -> BTreeSet<String> {
    fn walk(folder: &std::path::Path, all: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { walk(&path, all) } else { all.push(path) }
        }
    }
    let root = store.folder().expect("a folder");
    let mut all = Vec::new();
    walk(&root.join("tables"), &mut all);
    let relative =
        |path: &std::path::PathBuf| path.strip_prefix(&root).expect("below the store").display().to_string();
    let is_data = |path: &String| path.ends_with(".parquet") && !path.contains("_delta_log");
    all.iter().map(relative).filter(is_data).collect()
}

/// Data files that the newest snapshot names.
fn seen(store: &Store) -> BTreeSet<String> {
    let tables = table::tables();
    tables.iter().flat_map(|table| files(store, table.name)).map(|file| file.path).collect()
}

#[test]
fn work_on_files_that_were_changed_meanwhile_is_given_up() {
    let (_folder, store) = filled();
    let day = first_day(&store);
    let written = write(&store, &day, store.snapshot().expect("a snapshot").number);
    work(&store, &day, Pace::default(), 0).expect("another keeper was faster");
    let expected = rows(&store, &store.snapshot().expect("a snapshot"));
    assert_eq!(commit(&store, &day, written, 0).expect("an end"), Outcome::Changed);
    assert_eq!(work(&store, &day, Pace::default(), 0).expect("an end"), Outcome::Changed);
    assert_eq!(rows(&store, &store.snapshot().expect("a snapshot")), expected);
    is_whole(&store);
}

#[test]
fn a_damaged_file_stops_the_work_and_nothing_changes() {
    let (_folder, store) = filled();
    let day = first_day(&store);
    let path = store.folder().expect("a folder").join(&day.files[3].path);
    let mut bytes = std::fs::read(&path).expect("the file");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 64].fill(0xff);
    std::fs::write(&path, &bytes).expect("damaged");
    let before = store.snapshot().expect("a snapshot");
    let error = work(&store, &day, Pace::default(), 0).expect_err("a damaged file").to_string();
    assert!(error.contains(&day.files[3].path), "{error}");
    assert_eq!(store.snapshot().expect("a snapshot"), before);
}

#[test]
fn what_was_replaced_goes_after_its_time_and_its_snapshots_with_it() {
    let (_folder, store) = filled();
    let before = store.snapshot().expect("a snapshot");
    work(&store, &first_day(&store), Pace::default(), APRIL + 1_000).expect("work");
    let expected = rows(&store, &before);
    let all = on_disk(&store).len();
    // Whoever asked at that moment may still be asking.
    let swept = sweep(&store, APRIL + 999);
    assert_eq!((swept.files, swept.snapshots, swept.oldest), (0, before.number - 1, before.number));
    assert_eq!(rows(&store, &before), expected);
    let preview = sweep::preview(&store, APRIL + 1_000).expect("a preview");
    assert_eq!(on_disk(&store).len(), all, "a preview takes nothing away");
    let swept = sweep(&store, APRIL + 1_000);
    assert_eq!(swept, preview);
    assert!(swept.files >= 8 && swept.snapshots == 1 && swept.oldest == before.number + 1, "{swept:?}");
    assert_eq!(on_disk(&store), seen(&store));
    assert!(matches!(store.snapshot_number(before.number), Err(StoreError::NoSnapshot(_))));
    assert_eq!(rows(&store, &store.snapshot().expect("a snapshot")), expected);
    assert_eq!(sweep(&store, i64::MAX).files, 0);
    import(&store, "next", 3, APRIL + 40 * HOUR, APRIL + 2_000);
    is_whole(&store);
}

#[test]
fn a_run_is_cut_where_there_is_no_more_room_and_no_row_is_lost() {
    let (_folder, store) = filled();
    let files = files(&store, PACKETS);
    let mut sizes = Vec::new();
    let sources = || {
        files.iter().map(|file| {
            let bytes = store.runtime().block_on(store.location().read(&file.path))?;
            Source::new(&file.path, bytes)
        })
    };
    run::runs(sources(), |run| {
        sizes.push(run.rows());
        Ok(())
    })
    .expect("runs");
    assert_eq!(sizes, [3_000]);
    // A file again and again, until a run is full of files.
    let many = (0..run::FILES_MAX + 5).map(|_| sources().next().expect("a file"));
    let mut sizes = Vec::new();
    run::runs(many, |run| {
        sizes.push(run.rows());
        Ok(())
    })
    .expect("runs");
    let rows = files[0].rows.expect("a count") as usize;
    assert_eq!(sizes, [run::FILES_MAX * rows, 5 * rows]);
}
