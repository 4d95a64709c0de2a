//! Sensors and a collector as they stand in the field: network namespaces, real scanners, cut lines, kills, a full
//! disk. Every packet is counted a second time by tcpdump, or carries a number of its own.
//!
//! It needs root, `ip`, `tcpdump`, the scanners and `teiten-sensor` built beside `teiten`. Where something is missing
//! its tests were not run, and say so: the lines have the form of the test runner's, so that whoever adds up outcomes
//! counts them as skipped.
//!
//! **Invariant:** counts are compared exactly; what is waited for is a state, and a wait has an end.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test with a runner of its own, and patience that ends"
)]

mod chaos;
mod packets;
mod scanners;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use world::World;

type Test = fn(&World);
const TESTS: [(&str, Test); 3] = [
    ("real_scanners_are_named_and_every_packet_is_accounted_for", scanners::are_named),
    ("a_cut_line_a_killed_collector_and_a_full_disk_lose_nothing", chaos::loses_nothing),
    ("a_killed_sensor_loses_what_it_had_not_sealed_alone", chaos::loses_what_was_open),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("send") => return packets::send(&arguments[1..]),
        Some("--list") => return ExitCode::SUCCESS,
        _ => {}
    }
    let only = arguments.iter().find(|argument| !argument.starts_with('-')).cloned().unwrap_or_default();
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for (name, test) in TESTS.iter().filter(|(name, _)| name.contains(&only)) {
        let outcome = match World::new() {
            Err(why) => {
                skipped += 1;
                format!("skipped: {why}")
            }
            Ok(world) => match catch_unwind(AssertUnwindSafe(|| test(&world))) {
                Ok(()) => {
                    passed += 1;
                    "ok".to_string()
                }
                Err(_) => {
                    failed += 1;
                    "FAILED".to_string()
                }
            },
        };
        println!("test {name} ... {outcome}");
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {word}. {passed} passed; {failed} failed; {skipped} ignored; 0 measured; 0 filtered out"
    );
    ExitCode::from(u8::from(failed > 0))
}
