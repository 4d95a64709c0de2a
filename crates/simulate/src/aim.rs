//! Where packets go: which address a sensor has at a time, and whether it is up.
//!
//! **Invariant:** no packet goes to a sensor outside its address history or during an outage.

use teiten_model::interval::{Interval, Timestamp};
use teiten_model::sensor::Sensor;

use crate::address::{Address, Family};
use crate::countries::Range;
use crate::curve::overlap;
use crate::random::Stream;

/// The most watches or outages one sensor may have.
pub(crate) const SPANS_MAX: usize = 1_000;
/// How many addresses of an IPv6 prefix are asked, from its first on: whoever scans guesses small numbers.
const ASKED_V6_MAX: u64 = 1 << 16;

/// A destination as the sensor sees it, and as the rest of the world does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Destination {
    /// The address in the captured packet.
    pub(crate) seen: Address,
    /// The address the sender wrote; equal to `seen` where nothing translates.
    pub(crate) public: Address,
}

/// A sensor of a scenario.
#[derive(Debug, Clone)]
pub struct Site {
    /// What an import has to know of it.
    pub sensor: Sensor,
    /// When it captured nothing; ascending, apart from each other.
    pub outages: Vec<Interval>,
    /// How much of the actors' rates it gets; 1 for an ordinary sensor.
    pub exposure: f64,
    pub(crate) key: u64,
    pub(crate) watches: Vec<SiteWatch>,
}

/// One entry of the address history, as numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SiteWatch {
    pub(crate) seen: Address,
    pub(crate) public: Address,
    /// How many of the addresses packets go to.
    pub(crate) asked: u64,
    /// Last address of the prefix less its first.
    pub(crate) reach: u128,
    pub(crate) during: Interval,
}

impl SiteWatch {
    /// Whether both see an address in common, at whatever times.
    pub(crate) fn overlaps(&self, other: &SiteWatch) -> bool {
        let [one, two] = [self, other].map(|watch| (watch.seen.number(), watch.seen.number() + watch.reach));
        self.seen.family() == other.seen.family() && one.0 <= two.1 && two.0 <= one.1
    }
}

impl Site {
    pub(crate) fn new(sensor: Sensor, outages: Vec<Interval>, exposure: f64) -> Site {
        let watches = sensor
            .watches
            .iter()
            .map(|watch| {
                let seen = Address::from(watch.seen.first());
                let (bits, most) = match seen.family() {
                    Family::V4 => (32, u64::MAX),
                    Family::V6 => (128, ASKED_V6_MAX),
                };
                SiteWatch {
                    seen,
                    public: Address::from(watch.public.unwrap_or(watch.seen).first()),
                    asked: watch.seen.size().min(most),
                    reach: u128::MAX.checked_shr(128 - bits + u32::from(watch.seen.length())).unwrap_or(0),
                    during: watch.during,
                }
            })
            .collect();
        let key = crate::random::key_of_name(&sensor.name);
        Site { sensor, outages, exposure, key, watches }
    }

    /// Whether it ever watches addresses of a family.
    pub(crate) fn has(&self, family: Family) -> bool {
        self.of(family).next().is_some()
    }

    fn of(&self, family: Family) -> impl Iterator<Item = &SiteWatch> {
        self.watches.iter().filter(move |watch| watch.seen.family() == family)
    }

    /// A destination at a time; the key says which address of those watched. `None` when there is none.
    pub(crate) fn destination(&self, family: Family, at: Timestamp, key: u64) -> Option<Destination> {
        if self.outages.iter().any(|outage| outage.contains(at)) {
            return None;
        }
        let current = || self.of(family).filter(|watch| watch.during.contains(at));
        let size: u64 = current().map(|watch| watch.asked).sum();
        let mut offset = Stream::new(key).below(size);
        for watch in current() {
            if offset < watch.asked {
                let [seen, public] = [watch.seen, watch.public].map(|first| first.plus(offset));
                return Some(Destination { seen, public });
            }
            offset -= watch.asked;
        }
        None
    }

    /// When, within an interval, it captured packets of a family: ascending spans, apart from each other.
    /// Histories of one address after the other and of several prefixes at once both count once.
    pub(crate) fn up(&self, family: Family, during: Interval) -> Vec<Interval> {
        let mut spans: Vec<Interval> = self.of(family).map(|watch| overlap(watch.during, during)).collect();
        spans.sort_by_key(|span| span.start);
        let mut up = Vec::new();
        let mut reached = during.start;
        for span in spans {
            let mut start = span.start.max(reached);
            reached = span.end.max(reached);
            for outage in &self.outages {
                let down = overlap(*outage, Interval { start, end: reached });
                if start < reached && down.length_us() > 0 {
                    up.push(Interval { start, end: down.start });
                    start = down.end;
                }
            }
            if start < reached {
                up.push(Interval { start, end: reached });
            }
        }
        up.retain(|span| span.length_us() > 0);
        up
    }

    /// How much of an interval the sensor captured, 0 to 1.
    pub(crate) fn share_up(&self, family: Family, during: Interval) -> f64 {
        let up: i64 = self.up(family, during).iter().map(Interval::length_us).sum();
        up as f64 / during.length_us().max(1) as f64
    }

    /// The addresses it ever watched, seen and public.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = (Family, Range)> {
        self.watches.iter().flat_map(|watch| {
            [watch.seen, watch.public]
                .map(|first| (first.family(), (first.number(), first.number() + watch.reach)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use teiten_model::sensor::Watch;

    const V4: Family = Family::V4;

    #[test]
    fn a_site_has_the_addresses_of_its_history_and_none_in_an_outage() {
        let interval = |start, end| Interval { start: Timestamp(start), end: Timestamp(end) };
        let watch = |seen: &str, public: Option<&str>, during| Watch {
            seen: seen.parse().expect("a prefix"),
            public: public.map(|text| text.parse().expect("a prefix")),
            during,
        };
        let sensor = Sensor {
            name: "a".into(),
            group: "jp".into(),
            region: "JP".into(),
            country: "JP".into(),
            asn: None,
            provider: String::new(),
            owner: String::new(),
            watches: vec![
                watch("10.0.0.8/29", Some("192.0.2.8/29"), interval(0, 100)),
                watch("192.0.2.200", None, interval(200, 300)),
                watch("2001:db8:7::/64", None, interval(0, 100)),
            ],
        };
        let site = Site::new(sensor, vec![interval(40, 60)], 1.0);
        for key in 0..50 {
            let found = site.destination(V4, Timestamp(10), key).expect("an address");
            let (seen, public) = (found.seen.low(), found.public.low());
            assert_eq!(seen & 7, public & 7);
            assert_eq!((seen >> 3, public >> 3), (0x0a00_0008 >> 3, 0xc000_0208 >> 3));
            let six = site.destination(Family::V6, Timestamp(10), key).expect("an address");
            assert_eq!((six.seen.number() >> 64, six.seen), (0x2001_0db8_0007_0000, six.public));
        }
        assert_eq!(site.destination(V4, Timestamp(50), 1), None);
        assert_eq!(site.destination(V4, Timestamp(150), 1), None);
        let alone = Destination { seen: Address::v4(0xc000_02c8), public: Address::v4(0xc000_02c8) };
        assert_eq!(site.destination(V4, Timestamp(250), 1), Some(alone));
        assert!((site.share_up(V4, interval(0, 100)) - 0.8).abs() < 1e-9);
        assert!((site.share_up(V4, interval(0, 400)) - 0.45).abs() < 1e-9);
        assert_eq!(site.up(V4, interval(30, 250)), [interval(30, 40), interval(60, 100), interval(200, 250)]);
        assert_eq!(site.up(Family::V6, interval(0, 400)), [interval(0, 40), interval(60, 100)]);
    }
}
