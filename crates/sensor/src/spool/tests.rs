//! The spool on a disk that is full, torn, or dies at any step.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::memory::MemoryDisk;
use super::*;

const EPOCH: u64 = 7;
const ROOMY: Limits = Limits { bytes_max: 1 << 30, policy: Policy::Oldest };

fn opened(disk: MemoryDisk, limits: Limits) -> Spool<MemoryDisk> {
    Spool::open(disk, "tokyo-01", limits, EPOCH, 1).expect("a spool")
}

/// A sealed batch of that many frames whose bytes do not compress.
fn sealed(place: i64, frames: u64, bytes: usize) -> Packed {
    let mut state = place as u64 + 1;
    let mut plain = Vec::with_capacity(bytes);
    while frames > 0 && plain.len() < bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        plain.push((state >> 56) as u8);
    }
    Sealed {
        opened_ns: place * 10,
        sealed_ns: place * 10 + 10,
        frames,
        lost: Vec::new(),
        watched: Vec::new(),
        clock_offset_ns: None,
        plain,
    }
    .pack()
}

/// A collector as far as the spool can tell: takes in order, each number once.
#[derive(Default)]
struct Taken {
    /// First and last number and sum of what was taken.
    batches: BTreeMap<u64, (u64, u32)>,
    frames: u64,
    lost: u64,
}

impl Taken {
    fn expected(&self) -> u64 {
        self.batches.last_key_value().map_or(1, |(last, _)| last + 1)
    }

    /// Takes a batch; false when it comes too early.
    fn take(&mut self, bytes: &[u8]) -> bool {
        let batch = batch::open(bytes).expect("what the spool gives is a batch");
        let (head, sum) = (batch.head.clone(), batch.sum);
        if let Some((first, known)) = self.batches.get(&head.sequence) {
            assert_eq!(
                (*first, *known),
                (head.first, sum),
                "batch {} changed after it was sent",
                head.sequence
            );
            return true;
        }
        assert!(head.first >= self.expected(), "{} to {} was answered for before", head.first, head.sequence);
        if head.first > self.expected() {
            return false;
        }
        self.frames += head.frames;
        self.lost += head.lost_total();
        self.batches.insert(head.sequence, (head.first, sum));
        true
    }
}

/// Delivers everything; `acknowledged` says whether the answers arrive.
fn deliver(spool: &mut Spool<MemoryDisk>, taken: &mut Taken, is_acknowledged: bool) {
    loop {
        let Some((sequence, _)) = spool.queue().next() else { return };
        let numbers: Vec<u64> = spool.queue().map(|(sequence, _)| sequence).collect();
        if spool.may_send(sequence).is_err() {
            return;
        }
        if !taken.take(&spool.bytes_of(sequence).expect("it is in the queue")) {
            assert!(spool.declare(taken.expected()), "{} is wanted of {numbers:?}", taken.expected());
            continue;
        }
        match is_acknowledged {
            true => spool.acknowledge(sequence),
            false => return,
        }
    }
}

#[test]
fn numbers_go_on_after_everything_was_deleted() {
    let mut spool = opened(MemoryDisk::default(), ROOMY);
    let mut taken = Taken::default();
    spool.push(sealed(0, 3, 100));
    spool.push(sealed(1, 0, 0));
    deliver(&mut spool, &mut taken, true);
    assert!(spool.is_empty());
    assert_eq!((spool.last(), spool.account().stored), (2, 3));
    let mut again = opened(spool.into_disk(), ROOMY);
    again.push(sealed(2, 1, 10));
    assert_eq!(again.queue().next().unwrap().0, 3);
    assert_eq!(again.epoch(), EPOCH);
    deliver(&mut again, &mut taken, true);
    assert_eq!(taken.frames, 4);
}

#[test]
fn when_full_the_oldest_that_was_never_sent_is_answered_for() {
    let mut spool = opened(MemoryDisk::default(), Limits { bytes_max: 128 << 10, policy: Policy::Oldest });
    let mut taken = Taken::default();
    for place in 0..40 {
        spool.push(sealed(place, 10, 7000));
        if place == 0 {
            // Sent, stored, and the answer was lost: numbers up to 8 may have been sent.
            deliver(&mut spool, &mut taken, false);
        }
    }
    let runs: Vec<(u64, u64, u64)> =
        spool.heads().map(|head| (head.first, head.sequence, head.lost_total())).collect();
    assert_eq!(runs[..3], [(1, 1, 0), (2, 2, 0), (3, 3, 0)]);
    let given_up = runs.iter().find(|run| run.2 > 0).expect("something was given up");
    assert_eq!((given_up.0, given_up.2), (9, (given_up.1 - 8) * 10));
    assert!(spool.place_bytes() <= 128 << 10);
    assert_eq!(spool.account().lost(Loss::SpoolFull), given_up.2);
    deliver(&mut spool, &mut taken, true);
    assert_eq!((taken.frames + taken.lost, spool.account().held), (400, 0));
}

#[test]
fn when_full_the_newest_is_given_up_by_that_policy() {
    let mut spool = opened(MemoryDisk::default(), Limits { bytes_max: 64 << 10, policy: Policy::Newest });
    let mut taken = Taken::default();
    for place in 0..20 {
        spool.push(sealed(place, 10, 7000));
    }
    assert_eq!(spool.queue().count(), 8);
    deliver(&mut spool, &mut taken, true);
    spool.push(sealed(20, 1, 10));
    deliver(&mut spool, &mut taken, true);
    assert_eq!((taken.frames, taken.lost), (81, 120));
}

#[test]
fn silence_for_long_takes_bounded_room() {
    let mut spool = opened(MemoryDisk::default(), Limits { bytes_max: 64 << 10, policy: Policy::Oldest });
    for place in 0..1000 {
        spool.push(sealed(place, 0, 0));
    }
    assert!(spool.place_bytes() <= 64 << 10);
    let first = spool.heads().next().unwrap();
    assert_eq!((first.first, first.opened_ns, first.lost_total()), (1, 0, 0));
    assert_eq!(spool.heads().last().unwrap().sequence, 1000);
}

#[test]
fn a_full_disk_loses_frames_with_their_count_and_recovers() {
    let mut disk = MemoryDisk::default();
    disk.bytes_max = Some(20_000);
    for policy in [Policy::Oldest, Policy::Newest] {
        let mut spool = opened(disk.clone(), Limits { policy, ..ROOMY });
        let mut taken = Taken::default();
        for place in 0..50 {
            spool.push(sealed(place, 10, 3000));
        }
        assert_eq!(spool.account().received, 500);
        assert!(spool.account().lost(Loss::SpoolFull) > 400);
        spool.disk.bytes_max = None;
        spool.push(sealed(50, 1, 10));
        deliver(&mut spool, &mut taken, true);
        assert_eq!(taken.frames + taken.lost, 501, "{policy:?}");
    }
}

#[test]
fn a_torn_batch_is_an_unobserved_interval_without_a_number() {
    for torn in 1..=3 {
        let mut spool = opened(MemoryDisk::default(), ROOMY);
        for place in 0..3 {
            spool.push(sealed(place, 10, 500));
        }
        let mut disk = spool.into_disk();
        disk.tear(&name(torn, BATCH));
        let mut spool = opened(disk, ROOMY);
        spool.push(sealed(9, 1, 10));
        let mut taken = Taken::default();
        deliver(&mut spool, &mut taken, true);
        assert_eq!((taken.frames, taken.lost, taken.expected()), (21, 0, 5), "{torn}");
    }
}

#[test]
fn a_refused_batch_is_answered_for_and_kept_aside() {
    let mut spool = opened(MemoryDisk::default(), ROOMY);
    spool.push(sealed(0, 10, 500));
    spool.may_send(1).unwrap();
    spool.give_up(1, Loss::Refused);
    assert_eq!(spool.account().lost(Loss::Refused), 10);
    let head = batch::open(&spool.bytes_of(1).unwrap()).unwrap().head;
    assert_eq!((head.frames, head.lost), (0, vec![(Loss::Refused, 10)]));
    assert!(spool.into_disk().list().unwrap().iter().any(|(file, _)| file.ends_with(REFUSED)));
}

#[test]
fn a_spool_of_another_sensor_is_refused() {
    let mut spool = opened(MemoryDisk::default(), ROOMY);
    spool.push(sealed(0, 1, 10));
    let other = Spool::open(spool.into_disk(), "osaka-01", ROOMY, 1, 1);
    assert!(matches!(other, Err(SensorError::SpoolForeign { .. })));
}

#[test]
fn a_lost_epoch_file_is_told_by_the_batches_or_begins_anew() {
    let mut spool = opened(MemoryDisk::default(), ROOMY);
    spool.push(sealed(0, 1, 10));
    let mut disk = spool.into_disk();
    disk.tear("epoch");
    let spool = Spool::open(disk, "tokyo-01", ROOMY, 99, 1).unwrap();
    assert_eq!((spool.epoch(), spool.last()), (EPOCH, 1));
    let mut disk = spool.into_disk();
    disk.tear("epoch");
    disk.tear(&name(1, BATCH));
    let spool = Spool::open(disk, "tokyo-01", ROOMY, 99, 1).unwrap();
    assert_eq!((spool.epoch(), spool.last(), spool.is_empty()), (99, 0, true));
}

/// One life of a sensor: seals, sends, sometimes without an answer; dies after so many steps of the disk.
fn life(disk: MemoryDisk, limits: Limits, taken: &mut Taken, script: &[u8], place: &mut i64) -> MemoryDisk {
    let mut spool = match Spool::open(disk.clone(), "tokyo-01", limits, EPOCH, *place as u64) {
        Ok(spool) => spool,
        Err(_) => return disk,
    };
    for act in script {
        match act % 4 {
            0 | 1 => {
                spool.push(sealed(*place, u64::from(*act), usize::from(*act) * 40));
                *place += 1;
            }
            2 => deliver(&mut spool, taken, true),
            _ => deliver(&mut spool, taken, false),
        }
        spool.account().check();
        assert_eq!(spool.place_bytes(), spool.entries.values().map(Entry::place).sum::<u64>());
    }
    spool.into_disk()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_step_a_sensor_dies_at_numbers_are_answered_once_and_nothing_sent_is_lost(
        scripts in prop::collection::vec((prop::collection::vec(any::<u8>(), 1..24), 0u64..120, 0usize..8), 1..6),
        is_bounded in any::<bool>(),
        is_newest in any::<bool>(),
    ) {
        let policy = if is_newest { Policy::Newest } else { Policy::Oldest };
        let limits = Limits { bytes_max: if is_bounded { 40 << 10 } else { 1 << 30 }, policy };
        let (mut disk, mut taken, mut place) = (MemoryDisk::default(), Taken::default(), 0);
        // The first start makes the epoch durable before anything is sent.
        for (script, steps, kept) in scripts {
            disk.steps_left = Some(steps);
            disk = life(disk, limits, &mut taken, &script, &mut place);
            disk.crash(kept, false);
            let held: Vec<u64> = opened(disk.clone(), limits).queue().map(|(n, _)| n).collect();
            let expected = taken.expected();
            prop_assert!(held.iter().all(|n| *n >= 1), "{held:?} {expected}");
        }
        let mut spool = opened(disk, limits);
        spool.push(sealed(place, 1, 10));
        deliver(&mut spool, &mut taken, true);
        prop_assert!(spool.is_empty());
        prop_assert_eq!(spool.last() + 1, taken.expected());
        prop_assert_eq!(spool.account().held, 0);
    }

    #[test]
    fn a_push_that_returned_survives_any_crash(frames in prop::collection::vec(1u64..50, 1..12)) {
        let mut spool = opened(MemoryDisk::default(), ROOMY);
        for (place, frames) in frames.iter().enumerate() {
            spool.push(sealed(place as i64, *frames, 200));
        }
        let mut disk = spool.into_disk();
        disk.crash(0, false);
        let mut taken = Taken::default();
        deliver(&mut opened(disk, ROOMY), &mut taken, true);
        prop_assert_eq!(taken.frames, frames.iter().sum::<u64>());
    }
}

#[test]
fn what_cannot_be_read_at_the_moment_is_kept() {
    let mut spool = opened(MemoryDisk::default(), ROOMY);
    spool.push(sealed(1, 5, 100));
    spool.push(sealed(2, 5, 100));
    for file in [name(1, BATCH), "epoch".to_string()] {
        spool.disk_mut().unreadable = Some(file.clone());
        assert_eq!(spool.bytes_of(1).is_none(), file != "epoch");
        let disk = spool.disk_mut().clone();
        let error = Spool::open(disk, "tokyo-01", ROOMY, 7, 7).unwrap_err().to_string();
        assert!(error.contains(&file), "{error}");
    }
    spool.disk_mut().unreadable = None;
    assert!(spool.bytes_of(1).is_some());
    assert_eq!((spool.account().held, spool.take_notes().len()), (10, 1));
    assert!(!spool.declare(0));
}
