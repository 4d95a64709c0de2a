//! The sources with the smallest hashes: a small, mergeable sample by which groups of sources are compared.
//!
//! Of two groups, the smallest hashes of both together are a fair sample of their union, so the part of it
//! that stands in both estimates their overlap (Broder's resemblance). With 64 hashes the standard error of
//! a share is at most 0.0625; groups of up to 64 are exact.
//!
//! **Invariant:** hashes ascend and are distinct, so equal groups give equal bytes.

use std::net::IpAddr;

use crate::mix::{GAMMA, mixed};

/// Most hashes kept.
pub const SMALLEST_MAX: usize = 64;

/// The hash of a source: the same on every machine and in every version.
pub fn hash_of(address: IpAddr) -> u64 {
    let number = match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    };
    mixed(number as u64 ^ mixed((number >> 64) as u64 ^ GAMMA))
}

/// The hash of a word, likewise.
pub fn hash_of_word(word: &str) -> u64 {
    let parts = word.as_bytes().chunks(8);
    let numbers = parts.map(|bytes| bytes.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte)));
    numbers.fold(mixed(word.len() as u64 ^ GAMMA), |hash, number| mixed(hash ^ mixed(number ^ GAMMA)))
}

/// The smallest hashes of a group of sources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Smallest {
    hashes: Vec<u64>,
}

impl Smallest {
    /// Of all these hashes, in any order and with repetitions.
    pub fn of(hashes: impl IntoIterator<Item = u64>) -> Smallest {
        let mut hashes: Vec<u64> = hashes.into_iter().collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes.truncate(SMALLEST_MAX);
        Smallest { hashes }
    }

    /// As it stands in a column; bytes that are none of ours give an empty group.
    pub fn read(bytes: &[u8]) -> Smallest {
        let hash = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_le_bytes);
        Smallest::of(bytes.chunks_exact(8).map(hash))
    }

    /// For a column.
    pub fn write(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect()
    }

    /// Of both groups together.
    pub fn merged(&self, other: &Smallest) -> Smallest {
        Smallest::of(self.hashes.iter().chain(&other.hashes).copied())
    }

    /// The number of sources: exact below [`SMALLEST_MAX`], an estimate from there on.
    pub fn sources(&self) -> f64 {
        match self.hashes.last() {
            Some(last) if self.hashes.len() == SMALLEST_MAX => {
                (SMALLEST_MAX - 1) as f64 / ((*last as f64 + 1.0) / 2f64.powi(64))
            }
            _ => self.hashes.len() as f64,
        }
    }

    /// The part of the sources of both groups together that is in both, 0 to 1 (Jaccard).
    pub fn resemblance(&self, other: &Smallest) -> f64 {
        let union = self.merged(other);
        let both = union.hashes.iter().filter(|hash| self.has(**hash) && other.has(**hash)).count();
        if union.hashes.is_empty() { 0.0 } else { both as f64 / union.hashes.len() as f64 }
    }

    /// The part of this group's sources that is in the other too, 0 to 1, when the numbers of sources are known.
    pub fn share_in(&self, other: &Smallest, own_sources: f64, other_sources: f64) -> f64 {
        let resemblance = self.resemblance(other);
        let both = resemblance / (1.0 + resemblance) * (own_sources + other_sources);
        if own_sources > 0.0 { (both / own_sources).min(1.0) } else { 0.0 }
    }

    /// How many of a fair sample of this group's sources are in the other, and how large the sample is:
    /// those whose hashes both groups reach. It shrinks as the other grows, so samples of days are added up.
    pub fn sample_in(&self, other: &Smallest) -> (i64, i64) {
        let reach = self.reach().min(other.reach());
        let sample = &self.hashes[..self.hashes.partition_point(|hash| *hash <= reach)];
        (sample.iter().filter(|hash| other.has(**hash)).count() as i64, sample.len() as i64)
    }

    /// The hash up to which every source of the group is kept.
    fn reach(&self) -> u64 {
        self.hashes.last().copied().filter(|_| self.hashes.len() == SMALLEST_MAX).unwrap_or(u64::MAX)
    }

    fn has(&self, hash: u64) -> bool {
        self.hashes.binary_search(&hash).is_ok()
    }
}

impl FromIterator<Smallest> for Smallest {
    /// Of all these groups together.
    fn from_iter<T: IntoIterator<Item = Smallest>>(groups: T) -> Smallest {
        Smallest::of(groups.into_iter().flat_map(|group| group.hashes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(range: std::ops::Range<u32>) -> Smallest {
        Smallest::of(range.map(|number| hash_of(IpAddr::V4(number.into()))))
    }

    #[test]
    fn small_groups_are_exact_and_survive_a_column() {
        let (a, b) = (group(0..30), group(15..45));
        assert_eq!(Smallest::read(&a.write()), a);
        assert!((a.sources() - 30.0).abs() < 1e-9);
        assert!((a.resemblance(&b) - 15.0 / 45.0).abs() < 1e-9);
        assert!((a.share_in(&b, 30.0, 30.0) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_sample_tells_which_part_of_a_small_group_is_in_a_large_one() {
        assert_eq!(group(0..30).sample_in(&group(15..45)), (15, 30));
        let (mut both, mut of) = (0, 0);
        for day in 0..50 {
            let small = group(day * 10_000..day * 10_000 + 100);
            let sample = small.sample_in(&group(day * 10_000 + 50..day * 10_000 + 4_000));
            (both, of) = (both + sample.0, of + sample.1);
        }
        assert!(
            (60..120).contains(&of) && (0.35..0.65).contains(&(both as f64 / of as f64)),
            "{both} of {of}"
        );
    }

    #[test]
    fn large_groups_are_estimated_within_three_standard_errors() {
        let (a, b) = (group(0..20_000), group(10_000..30_000));
        assert!((a.sources() / 20_000.0 - 1.0).abs() < 0.375, "{}", a.sources());
        assert!((a.resemblance(&b) - 1.0 / 3.0).abs() < 0.19, "{}", a.resemblance(&b));
        assert_eq!(a.merged(&b), group(0..30_000));
        assert_eq!(group(0..0).resemblance(&group(0..0)).to_bits(), 0.0f64.to_bits());
    }
}
