//! Look-up of an address in one structure, with one answer for everything known of it.
//!
//! The upper 16 bits of an address choose a bucket; inside it the beginnings of stretches are
//! searched. For IPv4 a stretch costs 6 bytes, so that a look-up stays in the processor's cache.
//!
//! **Invariant:** every address has an answer; stretches run from their beginning to the next one.

/// Buckets, and one end more.
const BUCKETS: usize = 1 << 16;

/// Addresses that are looked up together.
pub(crate) const TOGETHER: usize = 64;

/// Stretches of IPv4 addresses, each with a code.
#[derive(Debug, Default)]
pub(crate) struct Flat4 {
    buckets: Vec<u32>,
    lows: Vec<u16>,
    codes: Vec<u32>,
}

impl Flat4 {
    /// Begins a stretch; beginnings ascend, and the first is 0.
    pub(crate) fn push(&mut self, first: u32, code: u32) {
        let before = self.codes.last().copied().unwrap_or(0);
        self.open_until((first >> 16) as usize, before, first);
        if self.lows.is_empty() || before != code {
            self.lows.push(first as u16);
            self.codes.push(code);
        }
    }

    /// Opens every bucket up to that one; each begins with the code that holds there.
    fn open_until(&mut self, bucket: usize, code: u32, first: u32) {
        while self.buckets.len() <= bucket {
            let base = self.buckets.len() as u64 * (1 << 16);
            self.buckets.push(self.lows.len() as u32);
            if base < u64::from(first) || !self.lows.is_empty() {
                self.lows.push(0);
                self.codes.push(code);
            }
        }
    }

    /// Closes the structure.
    pub(crate) fn finish(&mut self) {
        let before = self.codes.last().copied().unwrap_or(0);
        self.open_until(BUCKETS - 1, before, u32::MAX);
        self.buckets.push(self.lows.len() as u32);
        self.drop_doubles();
        self.lows.shrink_to_fit();
        self.codes.shrink_to_fit();
    }

    /// A bucket whose first address begins a stretch has two entries for it: the later one counts.
    fn drop_doubles(&mut self) {
        let (mut kept, mut start) = (0usize, 0usize);
        for bucket in 0..BUCKETS {
            let end = self.buckets[bucket + 1] as usize;
            self.buckets[bucket] = kept as u32;
            for place in start..end {
                if place + 1 < end && self.lows[place] == self.lows[place + 1] {
                    continue;
                }
                self.lows[kept] = self.lows[place];
                self.codes[kept] = self.codes[place];
                kept += 1;
            }
            start = end;
        }
        self.buckets[BUCKETS] = kept as u32;
        self.lows.truncate(kept);
        self.codes.truncate(kept);
    }

    /// The code at an address.
    #[inline]
    pub(crate) fn code(&self, address: u32) -> u32 {
        let bucket = (address >> 16) as usize;
        let (start, end) = (self.buckets[bucket] as usize, self.buckets[bucket + 1] as usize);
        let low = address as u16;
        let place = start + self.lows[start..end].partition_point(|first| *first <= low);
        self.codes[place - 1]
    }

    /// The codes at many addresses: each step is done for all before the next, so that no read waits for another.
    pub(crate) fn codes(&self, addresses: &[u32], codes: &mut [u32]) {
        for (addresses, codes) in addresses.chunks(TOGETHER).zip(codes.chunks_mut(TOGETHER)) {
            let mut bounds = [(0u32, 0u32); TOGETHER];
            for (bounds, address) in bounds.iter_mut().zip(addresses) {
                let bucket = (address >> 16) as usize;
                *bounds = (self.buckets[bucket], self.buckets[bucket + 1]);
            }
            for ((place, address), (start, end)) in codes.iter_mut().zip(addresses).zip(bounds) {
                let low = *address as u16;
                let stretches = &self.lows[start as usize..end as usize];
                *place = start + stretches.partition_point(|first| *first <= low) as u32 - 1;
            }
            for code in codes {
                *code = self.codes[*code as usize];
            }
        }
    }

    /// Every stretch: first address, last address, code.
    pub(crate) fn stretches(&self) -> impl Iterator<Item = (u32, u32, u32)> {
        (0..BUCKETS).flat_map(move |bucket| {
            let (start, end) = (self.buckets[bucket] as usize, self.buckets[bucket + 1] as usize);
            let base = (bucket as u32) << 16;
            (start..end).map(move |place| {
                let last = if place + 1 < end { self.lows[place + 1] - 1 } else { u16::MAX };
                (base | u32::from(self.lows[place]), base | u32::from(last), self.codes[place])
            })
        })
    }

    /// The memory it takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.buckets.len() * 4 + self.lows.len() * 2 + self.codes.len() * 4
    }
}

/// Stretches of IPv6 addresses, each with a code.
#[derive(Debug, Default)]
pub(crate) struct Flat6 {
    buckets: Vec<u32>,
    firsts: Vec<u128>,
    codes: Vec<u32>,
}

impl Flat6 {
    /// Begins a stretch; beginnings ascend, and the first is 0.
    pub(crate) fn push(&mut self, first: u128, code: u32) {
        if self.codes.last() != Some(&code) {
            self.firsts.push(first);
            self.codes.push(code);
        }
    }

    /// Closes the structure.
    pub(crate) fn finish(&mut self) {
        let mut place = 0usize;
        for bucket in 0..=BUCKETS as u128 {
            // The place of the first stretch that begins in or after the bucket.
            while self.firsts.get(place).is_some_and(|first| first >> 112 < bucket) {
                place += 1;
            }
            self.buckets.push(place as u32);
        }
    }

    /// The code at an address.
    #[inline]
    pub(crate) fn code(&self, address: u128) -> u32 {
        let bucket = (address >> 112) as usize;
        let (start, end) = (self.buckets[bucket] as usize, self.buckets[bucket + 1] as usize);
        let place = start + self.firsts[start..end].partition_point(|first| *first <= address);
        // The stretch may have begun in an earlier bucket.
        place.checked_sub(1).map_or(0, |place| self.codes[place])
    }

    /// Every stretch: first address, last address, code.
    pub(crate) fn stretches(&self) -> impl Iterator<Item = (u128, u128, u32)> {
        self.firsts.iter().zip(&self.codes).enumerate().map(|(place, (first, code))| {
            let last = self.firsts.get(place + 1).map_or(u128::MAX, |next| next - 1);
            (*first, last, *code)
        })
    }

    /// The memory it takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.buckets.len() * 4 + self.firsts.len() * 16 + self.codes.len() * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// Beginnings near the edges of buckets, where mistakes live.
    fn beginnings() -> impl Strategy<Value = BTreeMap<u32, u32>> {
        let address = (0u32..5, 0u32..4).prop_map(|(bucket, low)| {
            let bucket = [0, 1, 2, 3, 0xffff][bucket as usize];
            (bucket << 16) | [0, 1, 0x8000, 0xffff][low as usize]
        });
        proptest::collection::btree_map(address, 0u32..3, 0..12)
    }

    proptest! {
        #[test]
        fn every_address_has_the_code_of_its_stretch(starts in beginnings()) {
            let (mut flat4, mut flat6) = (Flat4::default(), Flat6::default());
            flat4.push(0, 0);
            flat6.push(0, 0);
            for (first, code) in &starts {
                flat4.push(*first, *code);
                flat6.push(u128::from(*first) << 96, *code);
            }
            flat4.finish();
            flat6.finish();
            let probes = starts.keys().flat_map(|first| [first.saturating_sub(1), *first, first.saturating_add(1)]);
            for probe in probes.chain([0, 0x7_0000, u32::MAX]) {
                let expected = starts.range(..=probe).next_back().map_or(0, |(_, code)| *code);
                prop_assert_eq!(flat4.code(probe), expected, "IPv4 {:x}", probe);
                let mut codes = [0; 70];
                flat4.codes(&[probe; 70], &mut codes);
                prop_assert_eq!(codes, [expected; 70]);
                prop_assert_eq!(flat6.code(u128::from(probe) << 96), expected, "IPv6 {:x}", probe);
            }
            let mut next = 0u64;
            for (first, last, code) in flat4.stretches() {
                prop_assert_eq!(u64::from(first), next);
                prop_assert_eq!(flat4.code(first), code);
                prop_assert_eq!(flat4.code(last), code);
                next = u64::from(last) + 1;
            }
            prop_assert_eq!(next, 1 << 32);
        }
    }
}
