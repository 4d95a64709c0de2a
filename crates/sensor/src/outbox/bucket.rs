//! A limit of bytes a second: what was sent is a debt that time pays back.
//!
//! A batch longer than a second's share is sent all the same, and waited for afterwards.
//!
//! **Invariant:** over any span, bytes sent are at most the share of the span plus one batch and one second.

/// Bytes that may be sent.
#[derive(Debug, Clone)]
pub struct Bucket {
    bytes_per_sec: Option<u64>,
    balance: i64,
    at_us: i64,
}

impl Bucket {
    /// A limit; `None` for none.
    pub fn new(bytes_per_sec: Option<u64>) -> Bucket {
        Bucket { bytes_per_sec: bytes_per_sec.map(|bytes| bytes.max(1)), balance: 0, at_us: 0 }
    }

    /// When something may be sent.
    pub fn ready_us(&mut self, now_us: i64) -> i64 {
        let Some(bytes_per_sec) = self.bytes_per_sec else { return now_us };
        self.fill(bytes_per_sec, now_us);
        match self.balance {
            balance if balance >= 0 => now_us,
            debt => {
                let wait = (i128::from(-debt) * 1_000_000).div_euclid(i128::from(bytes_per_sec)) + 1;
                now_us.saturating_add(i64::try_from(wait).unwrap_or(i64::MAX))
            }
        }
    }

    /// Takes so many bytes.
    pub fn take(&mut self, bytes: u64, now_us: i64) {
        if let Some(bytes_per_sec) = self.bytes_per_sec {
            self.fill(bytes_per_sec, now_us);
            self.balance = self.balance.saturating_sub_unsigned(bytes);
        }
    }

    /// Gives back bytes that were taken and not sent.
    pub fn give_back(&mut self, bytes: u64) {
        if let Some(bytes_per_sec) = self.bytes_per_sec {
            let balance = i128::from(self.balance) + i128::from(bytes);
            self.balance = balance.min(i128::from(bytes_per_sec)) as i64;
        }
    }

    fn fill(&mut self, bytes_per_sec: u64, now_us: i64) {
        let elapsed = i128::from(now_us - self.at_us).max(0);
        let earned = elapsed * i128::from(bytes_per_sec) / 1_000_000;
        if earned > 0 {
            let balance = i128::from(self.balance) + earned;
            self.balance = balance.min(i128::from(bytes_per_sec)) as i64;
            self.at_us = now_us;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debts_are_paid_by_time() {
        let mut bucket = Bucket::new(Some(1000));
        assert_eq!(bucket.ready_us(5), 5);
        bucket.take(3000, 5);
        assert_eq!(bucket.ready_us(5), 5 + 3_000_001);
        assert_eq!(bucket.ready_us(3_000_006), 3_000_006);
        assert_eq!(Bucket::new(None).ready_us(7), 7);
    }

    #[test]
    fn what_was_not_sent_is_no_debt_and_no_savings() {
        let mut bucket = Bucket::new(Some(1000));
        bucket.take(3000, 5);
        bucket.give_back(3000);
        assert_eq!(bucket.ready_us(5), 5);
        bucket.give_back(3000);
        bucket.take(3000, 5);
        assert_eq!(bucket.ready_us(5), 5 + 2_000_001, "a second's share at most is saved");
    }
}
