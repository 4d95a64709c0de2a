//! What we know of a sensor, and whose packet a packet is.
//!
//! A sensor has an address *history*: the prefix it saw, the public prefix if that is translated,
//! and from when to when. Rules that use the destination use the public address; rows keep both.
//!
//! **Invariant:** [`Telescope::owner_of`] depends on destination and time only, so that the same
//! frames always belong to the same sensors.

use std::net::{IpAddr, Ipv4Addr};

use crate::address::Prefix;
use crate::interval::{Interval, Timestamp};

/// The name that rows carry whose destination belongs to no described sensor.
pub const APART: &str = "-";

/// The most bytes of a sensor's name.
pub const NAME_BYTES_MAX: usize = 64;
/// What [`is_name`] asks for, to be told to whoever wrote something else.
pub const NAME_RULE: &str =
    "begin with a to z or a digit, go on with those, `_`, `.` or `-`, at most 64 in all";

/// Whether that can be the name of a sensor: 1 to [`NAME_BYTES_MAX`] of `a` to `z`, digits, `_`, `.` and `-`, the
/// first a letter or a digit.
///
/// One rule for all who read or give a name, from a description of sensors to a batch: what one of them takes,
/// the next must not refuse. It has no capital letters, so that names that look alike are alike; it begins with no
/// sign, so that it is no option of a program, no hidden file, and never [`APART`].
pub fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() <= NAME_BYTES_MAX
        && name.as_bytes().first().is_some_and(|first| is_letter(*first))
        && name.bytes().all(|byte| is_letter(byte) || matches!(byte, b'_' | b'.' | b'-'))
}

/// What one sensor watched over one span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// Prefix of the destinations as the sensor sees them.
    pub seen: Prefix,
    /// Public prefix behind which `seen` is translated, of the same length; `None` without translation.
    pub public: Option<Prefix>,
    /// When this was so.
    pub during: Interval,
}

/// The most networks of 64 bits that one watch counts for, as a power of 2: sums stay far from overflow.
const NETWORKS_BITS_MAX: u32 = 32;

impl Watch {
    /// The number of addresses of IPv4, of networks of 64 bits of IPv6.
    fn addresses(&self) -> u64 {
        match self.seen.first() {
            IpAddr::V4(_) => self.seen.size(),
            IpAddr::V6(_) => 1 << 64u32.saturating_sub(self.seen.length().into()).min(NETWORKS_BITS_MAX),
        }
    }
}

/// One place that captures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sensor {
    /// Unique name.
    pub name: String,
    /// Group it is reported in.
    pub group: String,
    /// Reporting region of the site.
    pub region: String,
    /// Country of the site: ISO 3166-1 alpha-2; empty when not said.
    pub country: String,
    /// AS of the site; `None` when not said.
    pub asn: Option<u32>,
    /// Kind of provider (access, hosting, university, exchange); empty when not said.
    pub provider: String,
    /// Member that owns it; empty when not said.
    pub owner: String,
    /// Address history.
    pub watches: Vec<Watch>,
}

impl Sensor {
    /// The number of addresses watched at a moment; of IPv6, the number of networks of 64 bits, because
    /// the addresses inside one are too many to be met by chance.
    pub fn addresses_at(&self, at: Timestamp) -> u64 {
        self.watches.iter().filter(|watch| watch.during.contains(at)).map(Watch::addresses).sum()
    }
}

/// All sensors, watched as one instrument.
#[derive(Debug, Clone, Default)]
pub struct Telescope {
    sensors: Vec<Sensor>,
    /// (length, watch) of every IPv4 and IPv6 watch, longest first.
    order: Vec<(usize, usize)>,
}

/// Whose packet it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// Place of the sensor in [`Telescope::sensors`].
    pub sensor: usize,
    /// The public destination where it differs from the one seen.
    pub public: Option<Ipv4Addr>,
}

impl Telescope {
    /// An instrument of these sensors.
    pub fn new(sensors: Vec<Sensor>) -> Telescope {
        let mut order: Vec<(usize, usize)> = sensors
            .iter()
            .enumerate()
            .flat_map(|(place, sensor)| (0..sensor.watches.len()).map(move |watch| (place, watch)))
            .collect();
        order.sort_by_key(|(place, watch)| {
            (std::cmp::Reverse(sensors[*place].watches[*watch].seen.length()), *place, *watch)
        });
        Telescope { sensors, order }
    }

    /// The sensors, in the order they were described.
    pub fn sensors(&self) -> &[Sensor] {
        &self.sensors
    }

    /// The sensor whose watched prefix holds the destination at that time; the most specific wins.
    pub fn owner_of(&self, destination: IpAddr, at: Timestamp) -> Option<Owner> {
        let (sensor, watch) = self.order.iter().find(|(sensor, watch)| {
            let watch = &self.sensors[*sensor].watches[*watch];
            watch.during.contains(at) && watch.seen.contains(destination)
        })?;
        let watch = &self.sensors[*sensor].watches[*watch];
        let public = match (destination, watch.seen.first(), watch.public.map(|public| public.first())) {
            (IpAddr::V4(seen), IpAddr::V4(first), Some(IpAddr::V4(public))) => {
                let offset = u32::from(seen) - u32::from(first);
                Some(Ipv4Addr::from(u32::from(public).wrapping_add(offset)))
            }
            _ => None,
        };
        Some(Owner { sensor: *sensor, public: public.filter(|public| IpAddr::V4(*public) != destination) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_plain_and_begins_with_a_letter_or_a_digit() {
        let longest = "a".repeat(NAME_BYTES_MAX);
        for name in ["a", "7", "jp-01", "tokyo.north_2", "a-", "0..0", &longest] {
            assert!(is_name(name), "{name}");
        }
        let long = "a".repeat(NAME_BYTES_MAX + 1);
        for name in
            ["", APART, "-a", ".", "..", "_a", "A", "jP", "a b", "a/b", "a\n", "a\0", "東京", "é", &long]
        {
            assert!(!is_name(name), "{name:?}");
        }
        assert!(NAME_RULE.contains(&NAME_BYTES_MAX.to_string()));
    }

    fn watch(seen: &str, public: Option<&str>, start: i64, end: i64) -> Watch {
        Watch {
            seen: seen.parse().expect("a prefix"),
            public: public.map(|text| text.parse().expect("a prefix")),
            during: Interval { start: Timestamp(start), end: Timestamp(end) },
        }
    }

    fn sensor(name: &str, watches: Vec<Watch>) -> Sensor {
        Sensor {
            name: name.into(),
            group: "jp".into(),
            region: "JP".into(),
            country: "JP".into(),
            asn: None,
            provider: String::new(),
            owner: String::new(),
            watches,
        }
    }

    #[test]
    fn the_owner_follows_the_address_history() {
        let telescope = Telescope::new(vec![
            sensor("a", vec![watch("192.0.2.0/28", None, 0, 100), watch("192.0.2.16/28", None, 100, 200)]),
            sensor("b", vec![watch("10.0.0.5", Some("198.51.100.9"), 0, 200)]),
        ]);
        let owner =
            |address: &str, at| telescope.owner_of(address.parse().expect("an address"), Timestamp(at));
        assert_eq!(owner("192.0.2.3", 99), Some(Owner { sensor: 0, public: None }));
        assert_eq!(owner("192.0.2.3", 100), None);
        assert_eq!(owner("192.0.2.17", 100), Some(Owner { sensor: 0, public: None }));
        let public = Some("198.51.100.9".parse().expect("an address"));
        assert_eq!(owner("10.0.0.5", 50), Some(Owner { sensor: 1, public }));
        assert_eq!(telescope.sensors()[0].addresses_at(Timestamp(10)), 16);
    }

    #[test]
    fn ipv6_counts_by_networks_and_never_overflows() {
        let six = ["2001:db8::/64", "2001:db8:1::7", "2001:db8:2::/60", "2001:db8:3::/64", "::/0"];
        let watches = six.map(|seen| watch(seen, None, 0, 100)).to_vec();
        let all = sensor("six", watches).addresses_at(Timestamp(1));
        assert_eq!(all, 1 + 1 + 16 + 1 + (1 << 32));
    }
}
