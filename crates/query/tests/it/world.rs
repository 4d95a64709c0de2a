//! A small store for the tests of questions: real captures, or the frames of a scenario.

use std::fs::File;
use std::path::{Path, PathBuf};

use teiten_detect::classifier::Classifier;
use teiten_model::account::Account;
use teiten_model::columns::PacketColumns;
use teiten_model::frame::FrameBlock;
use teiten_model::sensor::Telescope;
use teiten_store::intake::{Input, Intake};
use teiten_store::store::Store;
use teiten_wire::capture::Capture;
use teiten_wire::decode::Decoder;

/// The folder of real captures, which must be there: a missing oracle is a failure.
pub(crate) fn captures() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/pcap");
    assert!(folder.is_dir(), "the captures must lie at ../shared/data/pcap beside the repository");
    folder
}

/// All blocks of a capture, decoded and classified, with sensor and group set.
pub(crate) fn read(path: &Path, sensor: &str, group: &str) -> Vec<PacketColumns> {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut capture =
        Capture::open(Box::new(file)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut blocks = Vec::new();
    let mut block = FrameBlock::default();
    while capture.next_block(&mut block) {
        blocks.push(decode(&block, sensor, group, &path.display().to_string()));
    }
    blocks
}

/// One block, decoded and classified.
pub(crate) fn decode(block: &FrameBlock, sensor: &str, group: &str, input: &str) -> PacketColumns {
    let mut columns = PacketColumns::default();
    Decoder::new().decode(block, &mut columns);
    let (sensor, group, input) =
        (columns.sensor.code(sensor), columns.sensor_group.code(group), columns.input.code(input));
    columns.sensor.codes.fill(sensor);
    columns.sensor_group.codes.fill(group);
    columns.input.codes.fill(input);
    Classifier::builtin().expect("the built-in signatures").classify(&mut columns);
    columns
}

/// Takes blocks as one input.
pub(crate) fn take(intake: &mut Intake<'_>, id: &str, blocks: &[PacketColumns]) {
    let mut account = Account::default();
    for block in blocks {
        intake.append(block).expect("a block");
        account.store(block.rows() as u64);
    }
    let input = Input { id: id.to_string(), kind: "capture", whole: true, ..Input::default() };
    intake.end_input(input, account).expect("an input that is not stored");
}

/// A new store that holds these inputs, each given as (id, blocks).
pub(crate) fn store(
    folder: &Path,
    zone: &str,
    inputs: &[(String, Vec<PacketColumns>)],
    telescope: &Telescope,
) -> Store {
    let store = Store::open_or_make(&folder.join("store").display().to_string(), zone).expect("a store");
    let mut intake = store.begin().expect("the only writer");
    for (id, blocks) in inputs {
        take(&mut intake, id, blocks);
    }
    intake.commit(telescope, 0).expect("a commit");
    store
}
