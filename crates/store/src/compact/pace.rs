//! How fast the store's files are rewritten: so that those who collect and ask hardly notice.
//!
//! No clock is read: after so many bytes it waits as long as they may take, so the rate is never exceeded and is
//! lower by what the work itself takes.

use std::time::Duration;

/// A rate of bytes read and written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    /// Bytes a second; `None` for as fast as it goes.
    pub bytes_per_second_max: Option<u64>,
}

impl Pace {
    /// How long so many bytes take at the least.
    fn time_of(self, bytes: u64) -> Duration {
        match self.bytes_per_second_max {
            Some(rate) => Duration::from_secs_f64(bytes as f64 / rate.max(1) as f64),
            None => Duration::ZERO,
        }
    }

    /// Waits as long as so many bytes take.
    pub(crate) fn wait(self, bytes: u64) {
        let time = self.time_of(bytes);
        if !time.is_zero() {
            std::thread::sleep(time);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_take_the_time_that_the_rate_says() {
        let slow = Pace { bytes_per_second_max: Some(4 << 20) };
        assert_eq!(slow.time_of(1 << 20), Duration::from_millis(250));
        assert_eq!(Pace::default().time_of(u64::MAX), Duration::ZERO);
    }
}
