//! Where packets go: which address a sensor has at a time, and whether it is up.
//!
//! **Invariant:** no packet goes to a sensor outside its address history or during an outage.

use std::net::IpAddr;

use teiten_model::interval::{Interval, Timestamp};
use teiten_model::sensor::Sensor;

use crate::curve::overlap;
use crate::random::Stream;

/// The most watches or outages one sensor may have.
pub(crate) const SPANS_MAX: usize = 1_000;

/// A destination as the sensor sees it, and as the rest of the world does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Destination {
    /// The address in the captured packet.
    pub(crate) seen: u32,
    /// The address the sender wrote; equal to `seen` where nothing translates.
    pub(crate) public: u32,
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
    pub(crate) seen: u32,
    pub(crate) public: u32,
    pub(crate) size: u64,
    pub(crate) during: Interval,
}

impl Site {
    pub(crate) fn new(sensor: Sensor, outages: Vec<Interval>, exposure: f64) -> Site {
        let number = |address: IpAddr| match address {
            IpAddr::V4(v4) => u32::from(v4),
            IpAddr::V6(_) => 0,
        };
        let watches = sensor
            .watches
            .iter()
            .map(|watch| SiteWatch {
                seen: number(watch.seen.first()),
                public: number(watch.public.unwrap_or(watch.seen).first()),
                size: watch.seen.size(),
                during: watch.during,
            })
            .collect();
        let key = crate::random::key_of_name(&sensor.name);
        Site { sensor, outages, exposure, key, watches }
    }

    /// A destination at a time; the key says which address of those watched. `None` when there is none.
    pub(crate) fn destination(&self, at: Timestamp, key: u64) -> Option<Destination> {
        if self.outages.iter().any(|outage| outage.contains(at)) {
            return None;
        }
        let current = || self.watches.iter().filter(|watch| watch.during.contains(at));
        let size: u64 = current().map(|watch| watch.size).sum();
        let mut offset = Stream::new(key).below(size);
        for watch in current() {
            if offset < watch.size {
                let [seen, public] = [watch.seen, watch.public].map(|first| first + offset as u32);
                return Some(Destination { seen, public });
            }
            offset -= watch.size;
        }
        None
    }

    /// How much of an interval the sensor captured, 0 to 1. Histories of one address after the other and
    /// histories of several prefixes at once both give 1.
    pub(crate) fn share_up(&self, during: Interval) -> f64 {
        let mut spans: Vec<Interval> =
            self.watches.iter().map(|watch| overlap(watch.during, during)).collect();
        spans.sort_by_key(|span| span.start);
        let mut up = 0;
        let mut reached = during.start;
        for span in spans.into_iter().filter(|span| span.length_us() > 0) {
            let span = Interval { start: span.start.max(reached), end: span.end.max(reached) };
            let down: i64 = self.outages.iter().map(|outage| overlap(*outage, span).length_us()).sum();
            up += span.length_us() - down;
            reached = span.end;
        }
        up as f64 / during.length_us().max(1) as f64
    }

    /// The addresses it ever watched: (first, last), seen and public.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = (u32, u32)> {
        self.watches.iter().flat_map(|watch| {
            [watch.seen, watch.public].map(|first| (first, first + (watch.size - 1) as u32))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use teiten_model::sensor::Watch;

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
            ],
        };
        let site = Site::new(sensor, vec![interval(40, 60)], 1.0);
        for key in 0..50 {
            let found = site.destination(Timestamp(10), key).expect("an address");
            assert_eq!(found.seen & 7, found.public & 7);
            assert_eq!((found.seen >> 3, found.public >> 3), (0x0a00_0008 >> 3, 0xc000_0208 >> 3));
        }
        assert_eq!(site.destination(Timestamp(50), 1), None);
        assert_eq!(site.destination(Timestamp(150), 1), None);
        let alone = Destination { seen: 0xc000_02c8, public: 0xc000_02c8 };
        assert_eq!(site.destination(Timestamp(250), 1), Some(alone));
        assert!((site.share_up(interval(0, 100)) - 0.8).abs() < 1e-9);
        assert!((site.share_up(interval(0, 400)) - 0.45).abs() < 1e-9);
    }
}
