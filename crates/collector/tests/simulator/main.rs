//! Sensors and a collector in one process without time: the real sealer, spool, outbox and inbox between a clock,
//! a network and disks that fail as a seed says.
//!
//! A world moves by seconds. Frames come; machines die, lose power in the middle of a write, find their disk
//! full, lose it, have their clock set; the network loses, doubles, delays, spoils and is cut; the collector
//! dies before, in and after a commit. After every second the account must balance. At the end everything
//! is left alone until all is delivered.
//!
//! `TEITEN_SEEDS=5000 cargo test -p teiten-collector --test simulator` plays more seeds,
//! `TEITEN_SEED=17` one of them.
//!
//! **Invariant:** a seed plays the same everywhere.

mod chance;
mod door;
mod network;
mod sensor;
mod sink;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use world::World;

/// Seeds of an ordinary run.
const SEEDS: u64 = 1_500;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn whatever_fails_the_account_balances_and_nothing_is_stored_twice() {
    let seeds = match number("TEITEN_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("TEITEN_SEEDS").unwrap_or(SEEDS),
    };
    let mut told = world::Told::default();
    for seed in seeds {
        match catch_unwind(AssertUnwindSafe(|| World::new(seed).play())) {
            Ok(of_seed) => told.add(of_seed),
            Err(panic) => {
                eprintln!(
                    "seed {seed} failed; to repeat: TEITEN_SEED={seed} cargo test -p teiten-collector --test simulator"
                );
                std::panic::resume_unwind(panic);
            }
        }
    }
    println!("{told:#?}");
    if number("TEITEN_SEED").is_none() {
        told.check_that_all_happened();
    }
}
