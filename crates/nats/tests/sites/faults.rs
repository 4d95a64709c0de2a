//! What should not be: messages that the stream lost, what is no batch, a sensor that the collector does not know of.

use std::path::Path;

use teiten_wire::batch::{Head, open, seal};

use crate::running::Running;
use crate::world::{FRAMES, World};

const BATCHES: u64 = 4;

pub(crate) fn are_named(server: &Path) {
    let world = World::new(server, &["osaka"]);
    let _hub = world.hub();
    let _leaf = world.leaf(0);
    let relay = world.relay(0);
    let collector = world.collect();
    world.enrol(0, "osaka-1");
    // Connected to its site, and unknown to the collector.
    world.connect(0, "osaka-9");
    let sending = ["osaka-1", "osaka-9"].map(|sensor| world.send(sensor, 0, BATCHES));
    sending.into_iter().for_each(Running::ends);
    spoil(&world);
    let bridge = world.bridge();
    bridge.says("osaka-9 of site osaka sends, and the collector has not said");
    bridge.says("is no batch of this sensor");
    bridge.says("are not in the stream: they are declared missing");
    world.until_empty(&["osaka-1"]);
    assert_eq!(world.number("SELECT count(*) FROM packets"), (BATCHES - 1) * FRAMES);
    let said = world.teiten(&["store", "interruptions", "-o", "csv", "-q"]);
    // The second batch, of which nobody knows how much it had.
    let is_second =
        |line: &str| line.starts_with("osaka-1,unobserved,") && line.trim_end().ends_with(",0,2,2");
    assert_eq!(said.lines().filter(|line| is_second(line)).count(), 1, "{said}");
    // Whom the collector knows now is fetched now.
    world.allow(0, "osaka-9");
    world.until_empty(&["osaka-1", "osaka-9"]);
    assert_eq!(world.number("SELECT count(*) FROM packets"), (2 * BATCHES - 1) * FRAMES);
    // What the collector will not take is laid aside, and its frames are counted.
    strange(&world);
    bridge.says("is not taken (HTTP status 409");
    bridge.says("is not taken (HTTP status 422");
    world.until_empty(&["osaka-1", "osaka-9"]);
    let aside = |sensor: &str| world.home().join(format!("bridge/state/sites/osaka/{sensor}/aside"));
    let count = |sensor: &str| std::fs::read_dir(aside(sensor)).expect("a folder").count();
    assert_eq!((count("osaka-1"), count("osaka-9")), (1, 2));
    let said = world.teiten(&["store", "account", "-o", "csv", "-q"]);
    let lost = said.lines().filter(|line| line.contains("osaka-9") && line.contains("refused"));
    assert_eq!(lost.count(), 1, "{said}");
    let metrics = std::fs::read_to_string(world.home().join("bridge/state/metrics/osaka.prom"));
    let metrics = metrics.expect("the file");
    assert!(metrics.contains("teiten_bridge_stream_reached{site=\"osaka\"} 1\n"), "{metrics}");
    // A relay that starts knows from the stream how far its sensors were.
    relay.kill();
    let relay = world.relay(0);
    world.send("osaka-1", 1, 1).ends();
    world.until_empty(&["osaka-1", "osaka-9"]);
    assert_eq!(world.number("SELECT count(*) FROM packets"), 2 * BATCHES * FRAMES);
    // Taken back, it sends no more, and its batches wait.
    world.teiten(&["sensor", "retire", "osaka-1", "-q"]);
    world.send("osaka-1", 2, 1).ends();
    bridge.says("HTTP status 403");
    assert_eq!(world.number("SELECT count(*) FROM packets"), 2 * BATCHES * FRAMES);
    // Enrolled again, it goes on where it was.
    world.allow(0, "osaka-1");
    world.until_empty(&["osaka-1", "osaka-9"]);
    for one in [relay, bridge, collector] {
        one.end();
    }
    assert_eq!(world.number("SELECT count(*) FROM packets"), (2 * BATCHES + 1) * FRAMES);
    world.teiten(&["store", "verify", "-q"]);
}

/// Takes the second batch of a sensor out of the stream, and puts in what is no batch.
fn spoil(world: &World) {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(async {
        let context = world.stream(0).await;
        let stream = context.get_stream("teiten-osaka").await.expect("the stream");
        let subject = "teiten.batches.osaka.osaka-1";
        let first = stream.get_first_raw_message_by_subject(subject, 1).await.expect("the first");
        let second = stream.get_first_raw_message_by_subject(subject, first.sequence + 1).await;
        stream.delete_message(second.expect("the second").sequence).await.expect("it goes");
        let sent = context.publish(subject, "no batch".into()).await.expect("it goes");
        sent.await.expect("it is there");
    });
}

/// Puts two batches of a sensor into the stream that it never sealed: other bytes under its last number, and a next one
/// that has not as many frames as it says.
fn strange(world: &World) {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(async {
        let context = world.stream(0).await;
        let stream = context.get_stream("teiten-osaka").await.expect("the stream");
        let subject = "teiten.batches.osaka.osaka-9";
        let last = stream.get_last_raw_message_by_subject(subject).await.expect("the last");
        let batch = open(&last.payload).expect("a batch");
        let plain = batch.plain().expect("frames");
        let other = Head { instance: batch.head.instance + 1, ..batch.head.clone() };
        let (first, sequence) = (batch.head.first + 1, batch.head.sequence + 1);
        let wrong = Head { first, sequence, frames: batch.head.frames + 1, ..batch.head.clone() };
        for head in [other, wrong] {
            let bytes = seal(&head, &plain, 3).expect("a batch");
            context.publish(subject, bytes.into()).await.expect("it goes").await.expect("it is there");
        }
    });
}
