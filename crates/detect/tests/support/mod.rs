//! Captures into classified blocks, for the tests on real bytes.

use std::fs::File;
use std::path::{Path, PathBuf};

use teiten_detect::classifier::Classifier;
use teiten_model::columns::PacketColumns;
use teiten_model::frame::FrameBlock;
use teiten_wire::capture::Capture;
use teiten_wire::decode::Decoder;

/// The folder of captures beside the repository; `None` where a copy of the repository stands alone.
#[allow(dead_code, reason = "each test binary uses its part of this file")]
pub(crate) fn data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    folder.is_dir().then_some(folder)
}

/// Decodes and classifies a capture and shows each block.
#[allow(dead_code, reason = "each test binary uses its part of this file")]
pub(crate) fn each_block(path: &Path, classifier: &mut Classifier, mut see: impl FnMut(&PacketColumns)) {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let Ok(mut capture) = Capture::open(Box::new(file)) else { return };
    let (mut block, mut packets) = (FrameBlock::default(), PacketColumns::default());
    let mut decoder = Decoder::new();
    while capture.next_block(&mut block) {
        decoder.decode(&block, &mut packets);
        classifier.classify(&mut packets);
        see(&packets);
    }
}

/// Decodes and classifies packets that begin with their IP header.
#[allow(dead_code, reason = "each test binary uses its part of this file")]
pub(crate) fn classified(frames: &[Vec<u8>], classifier: &mut Classifier) -> PacketColumns {
    let mut block = FrameBlock::default();
    for (place, bytes) in frames.iter().enumerate() {
        block.push(bytes, bytes.len() as u32, 0, 101, place as u64 + 1);
    }
    let mut packets = PacketColumns::default();
    Decoder::new().decode(&block, &mut packets);
    classifier.classify(&mut packets);
    packets
}
