//! Each input is stored once, in every table, whatever is repeated or cut short.

use model::account::Account;
use model::columns::PacketColumns;
use model::sensor::Telescope;
use teiten_model as model;
use teiten_store::intake::Input;
use teiten_store::store::Store;
use teiten_store::table;
use teiten_store::verify::verify;

const APRIL: i64 = 1_396_310_400_000_000;

fn block(rows: usize, start_us: i64, step_us: i64) -> PacketColumns {
    let mut columns = PacketColumns::default();
    columns.reset(rows);
    let (sensor, group, class) =
        (columns.sensor.code("tokyo-01"), columns.sensor_group.code("jp"), columns.class.code("scan-syn"));
    for row in 0..rows {
        columns.ts[row] = start_us + row as i64 * step_us;
        columns.frame[row] = row as i64 + 1;
        columns.src[row] = 0xc633_6400 + (row as i64 % 200);
        columns.ip_proto[row] = 6;
        columns.dst_port[row] = [22, 23, 445][row % 3];
        columns.src_port[row] = 6000;
        columns.frame_len[row] = 60;
        columns.packets[row] = 1;
        columns.sensor.codes[row] = sensor;
        columns.sensor_group.codes[row] = group;
        columns.class.codes[row] = class;
    }
    columns.finish();
    columns
}

fn import(store: &Store, id: &str, blocks: &[PacketColumns]) {
    let mut intake = store.begin().expect("the only writer");
    let mut account = Account::default();
    for block in blocks {
        intake.append(block).expect("a block");
        account.store(block.rows() as u64);
    }
    let input = Input { id: id.to_string(), kind: "capture", whole: true, ..Input::default() };
    intake.end_input(input, account).expect("an input that is not stored");
    intake.commit(&Telescope::default(), APRIL).expect("a commit").expect("a snapshot");
}

fn rows(store: &Store, name: &str) -> u64 {
    let snapshot = store.snapshot().expect("a snapshot");
    store.files(&snapshot, name).expect("files").iter().map(|file| file.rows.expect("counted rows")).sum()
}

#[test]
fn rows_and_rollups_of_an_input_become_visible_together() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store").display().to_string();
    let store = Store::open_or_make(&path, "Asia/Tokyo").expect("a store");
    assert_eq!(store.snapshot().expect("a snapshot").number, 0);
    import(&store, "aaaa", &[block(5_000, APRIL, 60_000_000), block(10, APRIL, 1)]);
    let store = Store::open(&path).expect("the store again");
    let snapshot = store.snapshot().expect("a snapshot");
    assert_eq!((snapshot.number, rows(&store, "packets")), (1, 5_010));
    let inputs =
        teiten_store::books::inputs(&store, &store.snapshot().expect("a snapshot")).expect("the book");
    assert_eq!(inputs.into_iter().collect::<Vec<_>>(), ["aaaa"]);
    let days: Vec<Option<String>> =
        store.files(&snapshot, "packets").expect("files").into_iter().map(|file| file.day).collect();
    assert_eq!(days, ["2014-04-01", "2014-04-02", "2014-04-03", "2014-04-04"].map(|d| Some(d.to_string())));
    // Five thousand minutes are 83 hours and a third, each with three ports.
    assert_eq!(rows(&store, "ports_hourly"), 84 * 3);
    assert_eq!(rows(&store, "sensors"), 84);
    for report in verify(&store, &snapshot).expect("a check") {
        assert_eq!(report.faults, [""; 0], "{}", report.table);
    }
}

#[test]
fn an_old_snapshot_keeps_its_rows_while_new_ones_come() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store").display().to_string();
    let store = Store::open_or_make(&path, "UTC").expect("a store");
    import(&store, "aaaa", &[block(100, APRIL, 1)]);
    let old = store.snapshot().expect("a snapshot");
    import(&store, "bbbb", &[block(50, APRIL, 1)]);
    let count = |snapshot| {
        store.files(snapshot, table::PACKETS).expect("files").iter().filter_map(|file| file.rows).sum::<u64>()
    };
    assert_eq!(count(&old), 100);
    assert_eq!(count(&store.snapshot().expect("a snapshot")), 150);
}

#[test]
fn a_group_that_was_dropped_leaves_nothing_visible() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store").display().to_string();
    let store = Store::open_or_make(&path, "UTC").expect("a store");
    {
        let mut intake = store.begin().expect("the only writer");
        intake.append(&block(100, APRIL, 1)).expect("a block");
    }
    assert_eq!(store.snapshot().expect("a snapshot").number, 0);
    import(&store, "aaaa", &[block(7, APRIL, 1)]);
    assert_eq!(rows(&store, "packets"), 7);
}

#[test]
fn a_folder_with_other_things_in_it_is_no_place_for_a_store() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("holiday-pictures")).expect("a folder");
    let error = Store::open_or_make(&folder.path().display().to_string(), "UTC").expect_err("not a store");
    assert!(error.to_string().contains("not empty and not a store"), "{error}");
    let error = Store::open("/nonexistent/store").expect_err("nothing there");
    assert!(error.to_string().starts_with("no store at /nonexistent/store"), "{error}");
}

#[test]
fn an_input_that_is_stored_is_refused_and_nothing_of_its_group_becomes_visible() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store").display().to_string();
    let store = Store::open_or_make(&path, "UTC").expect("a store");
    import(&store, "aaaa", &[block(7, APRIL, 1)]);
    let mut intake = store.begin().expect("the only writer");
    assert!(intake.is_stored("aaaa") && !intake.is_stored("bbbb"));
    let mut account = Account::default();
    intake.append(&block(9, APRIL, 1)).expect("a block");
    account.store(9);
    let again = Input { id: "aaaa".to_string(), ..Input::default() };
    assert!(intake.end_input(again, account).is_err());
    drop(intake);
    assert_eq!(rows(&store, "packets"), 7);
}
