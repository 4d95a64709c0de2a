//! Sensors and a collector as they stand in the field: network namespaces, real scanners, cut lines, kills, a full
//! disk. Every packet is counted a second time by tcpdump, or carries a number of its own.
//!
//! It needs root, `ip`, `tcpdump`, the scanners and `teiten-sensor` built beside `teiten`. Where something is missing
//! its tests were not run, and say so.
//!
//! **Invariant:** counts are compared exactly; what is waited for is a state, and a wait has an end.
#![allow(clippy::disallowed_methods, reason = "patience that ends")]

mod chaos;
mod full_disk;
mod packets;
mod scanners;
mod world;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Trial};
use world::World;

type Test = fn(&World);
const TESTS: [(&str, Test); 3] = [
    ("real_scanners_are_named_and_every_packet_is_accounted_for", scanners::are_named),
    ("a_cut_line_a_killed_collector_and_a_full_disk_lose_nothing", chaos::loses_nothing),
    ("a_killed_sensor_loses_what_it_had_not_sealed_alone", chaos::loses_what_was_open),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "as:send") {
        return packets::send(&arguments[1..]);
    }
    let mut arguments = Arguments::from_args();
    // One world at a time: what is waited for should not wait for another's.
    arguments.test_threads = Some(1);
    let trial = |(name, test): (&str, Test)| {
        Trial::ignorable_test(name, move || match World::new() {
            Err(why) => Ok(Completion::ignored_with(why)),
            Ok(world) => {
                test(&world);
                Ok(Completion::Completed)
            }
        })
    };
    let mut trials: Vec<Trial> = TESTS.map(trial).into();
    trials.push(Trial::ignorable_test(
        "a_disk_without_a_byte_left_loses_days_and_the_store_is_whole",
        || match full_disk::loses_days_alone() {
            Err(why) => Ok(Completion::ignored_with(why)),
            Ok(()) => Ok(Completion::Completed),
        },
    ));
    libtest_mimic::run(&arguments, trials).exit_code()
}
