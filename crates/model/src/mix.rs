//! A well-mixed number of a number: the same in every run, on every machine and in every version.
//!
//! SplitMix64 of Steele, Lea and Flood (2014), in the public domain. It is no protection against somebody who
//! chooses the numbers.

/// What SplitMix64 adds at each step: 2^64 over the golden ratio, odd.
pub const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// One step of SplitMix64 from a state: adds [`GAMMA`], then mixes.
pub fn splitmix64(state: u64) -> u64 {
    mixed(state.wrapping_add(GAMMA))
}

/// The finalizer alone: every bit depends on every bit.
pub fn mixed(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// First numbers of the reference program with seed 1234567 (prng.di.unimi.it/splitmix64.c).
    #[test]
    fn numbers_are_those_of_the_reference() {
        let mut state = 1_234_567u64;
        let numbers = [(); 3].map(|()| {
            let number = splitmix64(state);
            state = state.wrapping_add(GAMMA);
            number
        });
        assert_eq!(
            numbers,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }
}
