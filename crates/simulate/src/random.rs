//! Random numbers that are the same on every run: splitmix64 to mix keys, xoshiro256** to draw.
//!
//! Own code, so that no release of a library changes the packets of a scenario. Both are public domain
//! algorithms (Blackman and Vigna, prng.di.unimi.it).
//!
//! **Invariant:** a stream depends on its key only; drawing from one never moves another.

use teiten_model::mix::{GAMMA, splitmix64};

/// Mixes words into one key; the order counts.
pub(crate) fn key_of(words: &[u64]) -> u64 {
    words
        .iter()
        .fold(0x7465_6974_656e_2131, |state, word| splitmix64(state.rotate_left(23) ^ splitmix64(*word)))
}

/// The key of a name (FNV-1a, finished by splitmix64).
pub(crate) fn key_of_name(name: &str) -> u64 {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    splitmix64(hash)
}

/// One stream of random numbers (xoshiro256**).
#[derive(Debug, Clone)]
pub(crate) struct Stream([u64; 4]);

impl Stream {
    /// The stream of a key.
    pub(crate) fn new(key: u64) -> Stream {
        Stream([1u64, 2, 3, 4].map(|part| splitmix64(key.wrapping_add(part.wrapping_mul(GAMMA)))))
    }

    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        let s = &mut self.0;
        let drawn = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= shifted;
        s[3] = s[3].rotate_left(45);
        drawn
    }

    /// The next 32 bits.
    pub(crate) fn word(&mut self) -> u32 {
        (self.bits() >> 32) as u32
    }

    /// The next 16 bits.
    pub(crate) fn half(&mut self) -> u16 {
        (self.bits() >> 48) as u16
    }

    /// A number below `limit`; 0 when the limit is 0.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(limit)) >> 64) as u64
    }

    /// A port of the span `first..=last`.
    pub(crate) fn port(&mut self, first: u16, last: u16) -> u16 {
        first + self.below(u64::from(last - first) + 1) as u16
    }

    /// A number in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A draw from the standard normal distribution (Box and Muller).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// A draw from the Poisson distribution; above a mean of 64 its normal approximation.
    pub(crate) fn poisson(&mut self, mean: f64) -> u64 {
        if mean <= 0.0 {
            return 0;
        }
        if mean > 64.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u64;
        }
        let floor = (-mean).exp();
        let (mut product, mut count) = (self.unit(), 0);
        while product > floor {
            product *= self.unit();
            count += 1;
        }
        count
    }
}

/// Things with weights, drawn in proportion.
#[derive(Debug, Clone)]
pub(crate) struct Mix<T> {
    items: Vec<(T, f64)>,
    sums: Vec<f64>,
}

impl<T> Mix<T> {
    /// A mix of positive weights; the caller has checked that there is one.
    pub(crate) fn new(items: Vec<(T, f64)>) -> Mix<T> {
        let mut sum = 0.0;
        let sums = items
            .iter()
            .map(|(_, weight)| {
                sum += weight;
                sum
            })
            .collect();
        Mix { items, sums }
    }

    /// The place of a drawn thing.
    pub(crate) fn draw_place(&self, stream: &mut Stream) -> usize {
        let point = stream.unit() * self.sums.last().copied().unwrap_or(0.0);
        self.sums.partition_point(|sum| *sum <= point).min(self.items.len().saturating_sub(1))
    }

    /// A drawn thing.
    pub(crate) fn draw(&self, stream: &mut Stream) -> &T {
        &self.items[self.draw_place(stream)].0
    }

    /// The things with their shares of the whole, which sum up to 1.
    pub(crate) fn shares(&self) -> impl Iterator<Item = (&T, f64)> {
        let total = self.sums.last().copied().unwrap_or(1.0);
        self.items.iter().map(move |(item, weight)| (item, weight / total))
    }

    /// The share of the thing at a place.
    pub(crate) fn share(&self, place: usize) -> f64 {
        self.items[place].1 / self.sums.last().copied().unwrap_or(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_the_same_on_every_run() {
        let mut stream = Stream::new(key_of(&[1, key_of_name("jp-01"), 16_161]));
        let drawn: Vec<u64> = (0..3).map(|_| stream.bits()).collect();
        let mut again = Stream::new(key_of(&[1, key_of_name("jp-01"), 16_161]));
        assert_eq!(drawn, (0..3).map(|_| again.bits()).collect::<Vec<_>>());
        assert_ne!(drawn[0], Stream::new(key_of(&[1, key_of_name("jp-01"), 16_162])).bits());
    }

    #[test]
    fn draws_have_the_mean_they_should() {
        let mut stream = Stream::new(7);
        for mean in [0.02, 0.7, 9.0, 63.0, 65.0, 4_000.0] {
            let sum: u64 = (0..20_000).map(|_| stream.poisson(mean)).sum();
            let error = (sum as f64 / 20_000.0 - mean).abs();
            assert!(error < 5.0 * (mean / 20_000.0f64).sqrt(), "mean {mean}: off by {error}");
        }
    }

    #[test]
    fn a_mix_is_drawn_in_proportion() {
        let mix = Mix::new(vec![('a', 3.0), ('b', 0.0), ('c', 1.0)]);
        let mut stream = Stream::new(1);
        let drawn: String = (0..40_000).map(|_| *mix.draw(&mut stream)).collect();
        let count = |wanted| drawn.chars().filter(|found| *found == wanted).count();
        assert!((count('a') as i64 - 30_000).abs() < 500, "{}", count('a'));
        assert_eq!(count('b'), 0);
    }
}
