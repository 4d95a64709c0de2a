//! How many requests one person, or strangers from one address, may send: a bucket each, by `governor`.
//!
//! A token counts for its person, so that more tokens are no more requests. Of addresses of IPv6 the first 64 bits
//! are one bucket: whoever has one address has all of these.
//!
//! **Invariant:** at most [`ADDRESSES_MAX`] addresses are remembered; those beyond share one bucket.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

/// Addresses that are remembered.
const ADDRESSES_MAX: usize = 20_000;
/// Requests after which full buckets are forgotten.
const CLEANED_EVERY: u32 = 1_000;

/// How many requests may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests a minute of one person, at once or one after another; `None` for any number.
    pub person: Option<NonZeroU32>,
    /// Requests a minute of all strangers of one address.
    pub stranger: Option<NonZeroU32>,
}

/// Time that only goes on, which the shell gives.
#[derive(Debug, Clone, Copy)]
struct Steady(fn() -> Duration);

impl Clock for Steady {
    type Instant = Duration;

    fn now(&self) -> Duration {
        (self.0)()
    }
}

type Buckets<K> = RateLimiter<K, HashMapStateStore<K>, Steady, NoOpMiddleware<Duration>>;

/// The buckets of everybody.
pub(crate) struct Limiter {
    steady: Steady,
    people: Option<Buckets<String>>,
    strangers: Option<Buckets<Option<IpAddr>>>,
    asked: AtomicU32,
}

impl Limiter {
    /// Full buckets.
    pub(crate) fn new(limits: Limits, steady: fn() -> Duration) -> Limiter {
        let steady = Steady(steady);
        Limiter {
            people: limits
                .person
                .map(|most| RateLimiter::hashmap_with_clock(Quota::per_minute(most), steady)),
            strangers: limits
                .stranger
                .map(|most| RateLimiter::hashmap_with_clock(Quota::per_minute(most), steady)),
            steady,
            asked: AtomicU32::new(0),
        }
    }

    /// Takes a drop out of a person's bucket.
    ///
    /// # Errors
    /// When it is empty: in how many seconds to come again.
    pub(crate) fn person(&self, name: &str) -> Result<(), u64> {
        match &self.people {
            // There are no more names than users.
            Some(buckets) => self.take(buckets, &name.to_string()),
            None => Ok(()),
        }
    }

    /// Takes a drop out of the bucket of an address.
    ///
    /// # Errors
    /// When it is empty: in how many seconds to come again.
    pub(crate) fn stranger(&self, address: Option<IpAddr>) -> Result<(), u64> {
        let Some(buckets) = &self.strangers else { return Ok(()) };
        let is_full = buckets.len() >= ADDRESSES_MAX;
        self.take(buckets, &address.map(network).filter(|_| !is_full))
    }

    fn take<K: std::hash::Hash + Eq + Clone>(&self, buckets: &Buckets<K>, key: &K) -> Result<(), u64> {
        if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(CLEANED_EVERY) {
            buckets.retain_recent();
            buckets.shrink_to_fit();
        }
        buckets.check_key(key).map_err(|until| until.wait_time_from(self.steady.now()).as_secs() + 1)
    }
}

/// What one bucket is for.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::net::Ipv4Addr;

    use super::*;

    thread_local! {
        static NOW: Cell<u64> = const { Cell::new(0) };
    }

    fn limiter(most: u32) -> Limiter {
        let most = NonZeroU32::new(most);
        Limiter::new(Limits { person: most, stranger: most }, || Duration::from_secs(NOW.get()))
    }

    fn v4(number: u32) -> Option<IpAddr> {
        Some(IpAddr::V4(Ipv4Addr::from(number)))
    }

    #[test]
    fn a_bucket_is_emptied_by_its_owner_and_fills_again() {
        let limiter = limiter(6);
        for _ in 0..6 {
            assert_eq!((limiter.person("ann"), limiter.stranger(v4(1))), (Ok(()), Ok(())));
        }
        assert_eq!(
            (limiter.person("ann"), limiter.stranger(v4(1))),
            (Err(11), Err(11)),
            "one in ten seconds"
        );
        assert_eq!((limiter.person("ben"), limiter.stranger(v4(2))), (Ok(()), Ok(())));
        NOW.set(10);
        assert_eq!((limiter.person("ann"), limiter.person("ann")), (Ok(()), Err(11)));
    }

    #[test]
    fn whoever_has_a_network_of_v6_has_one_bucket() {
        let limiter = limiter(1);
        let address = |text: &str| Some(text.parse().expect("an address"));
        assert_eq!(limiter.stranger(address("2001:db8::1")), Ok(()));
        assert!(limiter.stranger(address("2001:db8::2")).is_err());
        assert_eq!(limiter.stranger(address("2001:db8:0:1::1")), Ok(()));
        assert_eq!(limiter.stranger(address("192.0.2.1")), Ok(()));
        assert!(limiter.stranger(address("::ffff:192.0.2.1")).is_err());
    }

    #[test]
    fn any_number_of_addresses_takes_bounded_room_and_full_buckets_are_forgotten() {
        let limiter = limiter(1);
        for number in 0..30_000 {
            let _ = limiter.stranger(v4(number));
        }
        let len = |limiter: &Limiter| limiter.strangers.as_ref().map_or(0, Buckets::len);
        assert_eq!(len(&limiter), ADDRESSES_MAX + 1, "and the one that is shared");
        assert!(limiter.stranger(v4(99_999)).is_err(), "the shared one is empty");
        NOW.set(120);
        for _ in 0..CLEANED_EVERY {
            let _ = limiter.stranger(v4(7));
        }
        assert!(len(&limiter) <= 2, "{}", len(&limiter));
        assert_eq!(limiter.stranger(v4(99_999)), Ok(()));
    }

    #[test]
    fn without_a_limit_everything_passes() {
        let limiter = Limiter::new(Limits { person: None, stranger: None }, || Duration::ZERO);
        assert!((0..10_000).all(|_| limiter.person("ann").is_ok() && limiter.stranger(None).is_ok()));
    }
}
