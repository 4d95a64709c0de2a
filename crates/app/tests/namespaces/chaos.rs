//! Kills, cut lines and a full disk: what is acknowledged stays, what is lost lies between two moments.

use std::fs::File;
use std::io::Write;

use crate::world::World;

/// Packets between two events.
const BLOCK: u64 = 1_500;
/// Where they go.
const TO: &str = "192.0.2.9";

/// Fills the collector's disk; gives the file that does.
fn fill(world: &World) -> std::path::PathBuf {
    let path = world.collector_home().join("ballast");
    let mut file = File::create(&path).expect("a file");
    let block = vec![7; 1 << 16];
    // Whole blocks until nothing fits, then the last bytes.
    while file.write_all(&block).is_ok() {}
    while file.write_all(&[7]).is_ok() {}
    path
}

/// The sensor is not killed: everything must arrive, once.
pub(crate) fn loses_nothing(world: &World) {
    let mut collector = world.collect();
    world.enrol(0);
    let sensor = world.listen(0);
    let mut sent = 0;
    let mut block = || {
        world.send(TO, sent, BLOCK);
        sent += BLOCK;
    };
    // Killed while batches are under way, at moments that differ.
    for _ in 0..4 {
        block();
        collector.kill();
        block();
        collector = world.collect();
    }
    // The line is cut for a while.
    world.link("s0", "mgmt", "down");
    block();
    world.until("a batch that waits", || world.status(0, "held") >= BLOCK);
    world.link("s0", "mgmt", "up");
    block();
    // The disk is full for a while.
    let ballast = fill(world);
    block();
    collector.says("No space left");
    std::fs::remove_file(ballast).expect("there is room again");
    block();
    world.wait(0, "acknowledged", sent);
    assert_eq!((world.status(0, "received"), world.status(0, "held")), (sent, 0));
    sensor.end("-TERM");
    collector.end("-TERM");
    world.teiten("store verify -q");
    assert_eq!(world.numbers(), (0..sent).collect::<Vec<u64>>());
}

/// A sensor that is killed: what it had sealed arrives; what is missing lies between a seal and the next start.
pub(crate) fn loses_what_was_open(world: &World) {
    let collector = world.collect();
    world.enrol(0);
    let mut sensor = world.listen(0);
    let (mut sent, mut lost) = (0, Vec::new());
    for round in 0..4 {
        world.until("an empty spool", || world.status(0, "held") == 0);
        let acknowledged = world.status(0, "acknowledged");
        // What is sealed before the kill may not be missing: in odd rounds it lies in the spool, unsent.
        let is_cut = round % 2 == 1;
        if is_cut {
            world.link("s0", "mgmt", "down");
        }
        world.send(TO, sent, BLOCK);
        sent += BLOCK;
        match is_cut {
            true => world.until("sealed batches", || world.spooled(0) >= BLOCK),
            false => world.wait(0, "acknowledged", acknowledged + BLOCK),
        }
        let from = sent;
        world.send(TO, sent, BLOCK);
        sent += BLOCK;
        sensor.kill();
        world.send(TO, sent, BLOCK);
        sent += BLOCK;
        world.link("s0", "mgmt", "up");
        sensor = world.listen(0);
        lost.push(from..sent);
    }
    world.until("an empty spool", || world.status(0, "held") == 0);
    let acknowledged = world.status(0, "acknowledged");
    world.send(TO, sent, BLOCK);
    sent += BLOCK;
    world.wait(0, "acknowledged", acknowledged + BLOCK);
    sensor.end("-TERM");
    collector.end("-TERM");
    world.teiten("store verify -q");
    let numbers = world.numbers();
    assert!(numbers.is_sorted_by(|one, other| one < other), "a packet is stored twice");
    let missing: Vec<u64> = (0..sent).filter(|number| numbers.binary_search(number).is_err()).collect();
    let is_allowed = |number: &u64| lost.iter().any(|range| range.contains(number));
    let wrong: Vec<&u64> = missing.iter().filter(|number| !is_allowed(number)).collect();
    assert!(
        wrong.is_empty(),
        "{} of {sent} are missing that were sealed, from {:?}",
        wrong.len(),
        wrong.first()
    );
    assert!(missing.len() as u64 >= 4 * BLOCK, "what came while it was dead cannot be there");
    // Each death left an interval with bounds and without a number; so does an address that comes or goes.
    let said = world.teiten("store interruptions -q -o csv");
    let unobserved: Vec<&str> = said.lines().filter(|line| line.contains("unobserved")).collect();
    assert!(unobserved.len() >= lost.len(), "{said}");
    assert!(unobserved.iter().all(|line| line.split(',').nth(6) == Some("0")), "{said}");
}
