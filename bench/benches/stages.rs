//! The stages of an import, one by one, each on the same packets again and again: `cargo bench -p teiten-bench`.
//!
//! The packets are those of one sensor of `scenarios/small.toml`, or of the capture that `TEITEN_CAPTURE` names.
//! `teiten-bench stages` tells what the stages of one whole import cost; here a stage is measured by itself, with its
//! spread, and compared with the run before. Times mean something only on a machine that does nothing else.

use std::hint::black_box;
use std::io::Cursor;
use std::path::Path;

use criterion::{Criterion, Throughput};
use teiten_detect::classifier::Classifier;
use teiten_evidence::census::{Census, Pair};
use teiten_model::columns::PacketColumns;
use teiten_model::frame::FrameBlock;
use teiten_simulate::{Scenario, made_up_countries, simulate};
use teiten_store::part::{Packer, PartWriter};
use teiten_store::record::Record;
use teiten_store::rollup::Rollups;
use teiten_store::table::{PACKETS, find};
use teiten_wire::capture::Capture;
use teiten_wire::decode::Decoder;
use teiten_wire::decode::outline::Outliner;

/// Most packets that are measured: enough for caches to be as full as in earnest.
const PACKETS_MAX: usize = 500_000;

/// The bytes of a capture without compression.
fn capture() -> Vec<u8> {
    if let Some(path) = std::env::var_os("TEITEN_CAPTURE") {
        return std::fs::read(path).expect("TEITEN_CAPTURE names a capture");
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/small.toml");
    let text = std::fs::read_to_string(file).expect("the scenario is there");
    let scenario = Scenario::parse(&text, "small.toml").expect("it is a scenario");
    let folder = tempfile::tempdir().expect("a folder");
    let made = folder.path().join("captures");
    simulate(&scenario, &made_up_countries(), &made, &mut |_, _| {}).expect("it can be simulated");
    let sensors = std::fs::read_dir(&made).expect("captures").map(|sensor| sensor.expect("an entry").path());
    let mut sensors: Vec<_> = sensors.filter(|sensor| sensor.is_dir()).collect();
    sensors.sort();
    let days = std::fs::read_dir(&sensors[0]).expect("days").map(|day| day.expect("an entry").path());
    let mut days: Vec<_> = days.collect();
    days.sort();
    let mut all = Vec::new();
    for day in days {
        zstd::stream::copy_decode(std::fs::File::open(day).expect("a capture"), &mut all).expect("zstd");
    }
    all
}

fn blocks(bytes: &[u8]) -> Vec<FrameBlock> {
    let mut capture = Capture::open(Box::new(Cursor::new(bytes.to_vec()))).expect("a capture");
    let (mut blocks, mut n) = (Vec::new(), 0);
    let mut block = FrameBlock::default();
    while n < PACKETS_MAX && capture.next_block(&mut block) {
        n += block.frames.len();
        blocks.push(std::mem::take(&mut block));
    }
    blocks
}

fn rows(blocks: &[FrameBlock]) -> Vec<PacketColumns> {
    let (mut decoder, mut classifier) = (Decoder::new(), Classifier::builtin().expect("the program's rules"));
    let row = |block: &FrameBlock| {
        let mut columns = PacketColumns::default();
        decoder.decode(block, &mut columns);
        let (sensor, group) = (columns.sensor.code("unnamed"), columns.sensor_group.code("unnamed"));
        columns.sensor.codes.fill(sensor);
        columns.sensor_group.codes.fill(group);
        classifier.classify(&mut columns);
        columns
    };
    blocks.iter().map(row).collect()
}

fn counted(rows: &[PacketColumns]) -> Rollups {
    let mut rollups = Rollups::new(jiff::tz::TimeZone::UTC);
    rows.iter().for_each(|columns| rollups.count(columns));
    rollups
}

fn encoded(record: &Record) -> usize {
    let table = find(record.table()).expect("a record belongs to a table");
    let (mut part, mut packer) = (PartWriter::new(&table).expect("a part"), Packer::default());
    part.append(&record.values(&table), &mut packer).expect("rows");
    part.finish(&mut packer).expect("a file").size_bytes()
}

fn main() {
    let bytes = capture();
    let blocks = blocks(&bytes);
    let mut rows = rows(&blocks);
    let n: usize = rows.iter().map(PacketColumns::rows).sum();
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("stages");
    group.throughput(Throughput::Elements(n as u64)).sample_size(10);
    group.bench_function("read", |bencher| {
        bencher.iter(|| {
            let mut capture = Capture::open(Box::new(Cursor::new(bytes.clone()))).expect("a capture");
            let (mut block, mut n) = (FrameBlock::default(), 0);
            while n < PACKETS_MAX && capture.next_block(&mut block) {
                n += black_box(&block).frames.len();
            }
        });
    });
    group.bench_function("outline and count (top -r)", |bencher| {
        bencher.iter(|| {
            let (mut outliner, mut census, mut pairs) = (Outliner::default(), Census::default(), Vec::new());
            for block in &blocks {
                pairs.clear();
                pairs.extend(block.frames.iter().map(|frame| {
                    let outline = outliner.of(block, frame);
                    Pair::new((outline.dst_port + 1) as u32, outline.src as u32)
                }));
                census.count(&pairs);
            }
            census
        });
    });
    group.bench_function("decode", |bencher| {
        let (mut decoder, mut columns) = (Decoder::new(), PacketColumns::default());
        bencher.iter(|| blocks.iter().for_each(|block| decoder.decode(black_box(block), &mut columns)));
    });
    group.bench_function("classify", |bencher| {
        let mut classifier = Classifier::builtin().expect("the program's rules");
        bencher.iter(|| rows.iter_mut().for_each(|columns| classifier.classify(black_box(columns))));
    });
    group.bench_function("rollups: count", |bencher| bencher.iter(|| counted(&rows)));
    group.bench_function("rollups: rows to parts", |bencher| {
        bencher.iter_batched(
            || counted(&rows),
            |mut rollups| rollups.take().map(|(_, record)| encoded(&record)).sum::<usize>(),
            criterion::BatchSize::PerIteration,
        );
    });
    group.bench_function("columns to Parquet", |bencher| {
        let table = find(PACKETS).expect("the table of packets");
        bencher.iter(|| {
            let (mut part, mut packer) = (PartWriter::new(&table).expect("a part"), Packer::default());
            rows.iter().for_each(|columns| part.append(&columns.all(), &mut packer).expect("rows"));
            part.finish(&mut packer).expect("a file").size_bytes()
        });
    });
    group.finish();
    criterion.final_summary();
}
