//! What packets of one source, of one kind and of one hour count together.
//!
//! A window of packets is one list of tallies: at first one for each packet, in no order; when room is
//! needed the list is sorted and what belongs together becomes one. All rollups are drawn from that list, so
//! that no packet is looked for in six maps.
//!
//! **Invariant:** packets and bytes of a list add up to the same, whatever is joined.

use super::radix;

/// Bits of the numbers in a key: kind, then hour; the rest is the source's.
const KIND_BITS: u32 = 21;
const HOUR_BITS: u32 = 20;

/// Most hours, kinds and sources of a window; half of that when no block is under way.
pub(super) const HOURS_MAX: usize = 1 << HOUR_BITS;
pub(super) const KINDS_MAX: usize = 1 << KIND_BITS;
pub(super) const SOURCES_MAX: usize = 1 << (63 - KIND_BITS - HOUR_BITS);

/// Counts of a source, a kind and an hour, by their numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Source, kind, hour; the lowest bit says that both counts are in units of 2^32.
    key: u64,
    packets: u32,
    bytes: u32,
}

impl Tally {
    pub(super) fn source(&self) -> u32 {
        (self.key >> (1 + HOUR_BITS + KIND_BITS)) as u32
    }
    pub(super) fn kind(&self) -> u32 {
        (self.key >> (1 + HOUR_BITS)) as u32 & (KINDS_MAX as u32 - 1)
    }
    pub(super) fn hour(&self) -> u32 {
        (self.key >> 1) as u32 & (HOURS_MAX as u32 - 1)
    }
    pub(super) fn packets(&self) -> i64 {
        i64::from(self.packets) << self.unit()
    }
    pub(super) fn bytes(&self) -> i64 {
        i64::from(self.bytes) << self.unit()
    }
    /// Packets and bytes as they stand here, and whether they are in units of 2^32.
    pub(super) fn counts(&self) -> (u32, u32, bool) {
        (self.packets, self.bytes, self.key & 1 == 1)
    }
    fn unit(&self) -> u32 {
        (self.key as u32 & 1) * 32
    }
}

fn key_of(source: u32, kind: u32, hour: u32) -> u64 {
    (u64::from(source) << KIND_BITS | u64::from(kind)) << (HOUR_BITS + 1) | u64::from(hour) << 1
}

/// Adds a packet to a list; a weight is never negative.
pub(super) fn push(list: &mut Vec<Tally>, (source, kind, hour): (u32, u32, u32), packets: u64, bytes: u32) {
    let key = key_of(source, kind, hour);
    list.push(Tally { key, packets: packets as u32, bytes });
    if packets >> 32 != 0 {
        list.push(Tally { key: key | 1, packets: (packets >> 32) as u32, bytes: 0 });
    }
}

/// Gives the sources other numbers, those of the list.
pub(super) fn renumber(list: &mut [Tally], numbers: &[u32]) {
    for tally in list {
        tally.key = key_of(numbers[tally.source() as usize], tally.kind(), tally.hour()) | tally.key & 1;
    }
}

/// Sorts a list by source, kind and hour, and joins what has the same.
pub(super) fn join(list: &mut Vec<Tally>) {
    radix::sort_shared(list, |tally| tally.key);
    join_sorted(list);
}

/// A sorted list without its hours.
pub(super) fn without_hours(list: &[Tally]) -> Vec<Tally> {
    let mut joined: Vec<Tally> = Vec::new();
    for together in list.chunk_by(|a, b| a.key >> (HOUR_BITS + 1) == b.key >> (HOUR_BITS + 1)) {
        let key = key_of(together[0].source(), together[0].kind(), 0);
        put(together, key, |tally| joined.push(tally));
    }
    joined
}

fn join_sorted(list: &mut Vec<Tally>) {
    let (mut read, mut written) = (0, 0);
    while read < list.len() {
        let key = list[read].key & !1;
        let n = list[read..].iter().take_while(|tally| tally.key & !1 == key).count();
        if n == 1 {
            list[written] = list[read];
            written += 1;
        } else {
            // Two take the place of two or more: what is written over was read.
            let mut joined = [Tally::default(); 2];
            let mut n_joined = 0;
            put(&list[read..read + n], key, |tally| {
                joined[n_joined] = tally;
                n_joined += 1;
            });
            list[written..written + n_joined].copy_from_slice(&joined[..n_joined]);
            written += n_joined;
        }
        read += n;
    }
    list.truncate(written);
}

/// Gives the sums of some tallies as one, or as two where they are beyond 32 bits.
fn put(tallies: &[Tally], key: u64, mut out: impl FnMut(Tally)) {
    let sum = |of: fn(&Tally) -> i64| tallies.iter().map(of).fold(0i64, i64::wrapping_add) as u64;
    let (packets, bytes) = (sum(Tally::packets), sum(Tally::bytes));
    out(Tally { key, packets: packets as u32, bytes: bytes as u32 });
    if packets >> 32 != 0 || bytes >> 32 != 0 {
        out(Tally { key: key | 1, packets: (packets >> 32) as u32, bytes: (bytes >> 32) as u32 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_beyond_32_bits_are_kept_and_joined() {
        let mut list = Vec::new();
        for (key, packets) in
            [((3, 2, 1), 5), ((3, 2, 1), 7 << 40), ((3, 2, 0), u64::from(u32::MAX)), ((3, 2, 1), 1)]
        {
            push(&mut list, key, packets, u32::MAX);
        }
        join(&mut list);
        let sums = |list: &[Tally], hour| {
            let of = list.iter().filter(|tally| (tally.source(), tally.kind(), tally.hour()) == (3, 2, hour));
            of.fold((0, 0), |sum, tally| (sum.0 + tally.packets(), sum.1 + tally.bytes()))
        };
        let most = i64::from(u32::MAX);
        assert_eq!(
            (list.len(), sums(&list, 0), sums(&list, 1)),
            (3, (most, most), ((7 << 40) + 6, 3 * most))
        );
        let daily = without_hours(&list);
        assert_eq!((daily.len(), sums(&daily, 0)), (2, ((7 << 40) + 6 + most, 4 * most)));
        renumber(&mut list, &[9, 9, 9, 8]);
        assert!(list.iter().all(|tally| tally.source() == 8));
    }
}
