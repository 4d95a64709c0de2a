//! A scenario: what was said in TOML, checked.
//!
//! **Invariant:** a [`Scenario`] that exists can be run: its times lie in order, its weights are positive,
//! its actors aim at sensors that exist. Only countries can still be missing, in the ranges given later.

use jiff::tz::TimeZone;
use teiten_model::interval::{Interval, Timestamp};

use crate::address::Family;
pub use crate::aim::Site;
use crate::curve::Rate;
use crate::error::SimulateError;
use crate::mark::Mark;
use crate::pool::Pool;
use crate::port_mix::PortMix;
use crate::random::Mix;
use crate::request::{Asker, Request};
use crate::tool::Tool;
use crate::{dns, dns_answers, family, form, icmp, misconfiguration, reflection, rsdos, syn};

/// Sensors and actors over a span of time.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// What it shows.
    pub title: String,
    /// The seed of every random draw.
    pub seed: u64,
    /// IANA name of the zone in which its dates are written and its quarters counted.
    pub zone: String,
    /// The whole span.
    pub during: Interval,
    /// Country of the home region, for the truth about packets from it; empty when not said.
    pub home: String,
    /// The sensors, in the order of the file.
    pub sensors: Vec<Site>,
    /// The period about which detectors are asked, when it is not all of it.
    pub judge: Interval,
    pub(crate) time_zone: TimeZone,
    pub(crate) actors: Vec<Actor>,
    /// What detectors must or may find, beside what is said of actors.
    pub(crate) marks: Vec<Mark>,
    /// The TOML text, as given.
    pub(crate) text: String,
}

/// Somebody who sends packets to sensors.
#[derive(Debug, Clone)]
pub(crate) struct Actor {
    pub(crate) name: String,
    pub(crate) key: u64,
    pub(crate) kind: Kind,
    /// Its kind, as the scenario writes it.
    pub(crate) word: String,
    /// Which Internet it sends through.
    pub(crate) family: Family,
    /// How many packets it sends in all, where the scenario says so instead of a rate.
    pub(crate) packets: Option<u64>,
    /// The organisation that says openly that it scans; empty for none.
    pub(crate) organisation: String,
    /// When it is there at all.
    pub(crate) life: Interval,
    /// Places of the sensors it aims at, ascending.
    pub(crate) aim: Vec<usize>,
    pub(crate) rate: Rate,
    pub(crate) pool: Pool,
    /// What detectors must or may find of it, as the scenario says.
    pub(crate) marks: Vec<Mark>,
}

/// What an actor does.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// Scanners, surveys, worms, botnets and bursts: probes with the headers of a tool.
    Syn(syn::Manner),
    /// Nmap's OS detection.
    OsProbe,
    /// The tool with source port 6000.
    SourcePort { ports: PortMix, every_days: u32, src_port: u16, window: u16 },
    /// The aftermath of random-subdomain attacks.
    RandomSubdomain { zones: Vec<Zone>, outcome: dns::Outcome },
    /// Backscatter of randomly spoofed attacks.
    Rsdos(rsdos::Assault),
    /// A client that was told the wrong address.
    Misconfiguration { client: misconfiguration::Client },
    /// SYNs from forged sources all over the address space.
    Storm { ports: PortMix, storm: syn::Storm },
    /// Answers that crowd in on one sensor.
    Reflection(reflection::Manner),
    /// Servers that repeat one answer.
    Balancer { ports: PortMix, repeats: u32 },
    /// Sources that come back in a slow rhythm.
    Periodic { ports: PortMix, every_hours: u32, tool: Tool },
    /// Header fields that all sources hold fixed.
    Family { ports: PortMix, header: family::Header },
    /// DNS answers that look like those about an attacked zone.
    DnsAnswers { names: dns_answers::Names, zone: String },
    /// UDP requests.
    UdpRequests { requests: Mix<Request>, asker: Asker, dns_name: Option<String> },
    /// Echo requests.
    IcmpEcho { ping: icmp::Ping },
    /// A mixture of what no one can explain.
    Background,
    /// GRE packets.
    Gre,
}

/// A zone under attack.
#[derive(Debug, Clone)]
pub(crate) struct Zone {
    pub(crate) name: String,
    pub(crate) weight: f64,
    pub(crate) during: Interval,
}

impl Actor {
    /// Whether the scenario calls it a burst at one sensor.
    pub(crate) fn is_burst(&self) -> bool {
        self.word == "burst"
    }
}

impl Kind {
    /// Whether it has anything to send at a time.
    pub(crate) fn is_active(&self, at: Timestamp) -> bool {
        match self {
            Kind::RandomSubdomain { zones, .. } => zones.iter().any(|zone| zone.during.contains(at)),
            _ => true,
        }
    }
}

impl Scenario {
    /// Reads a scenario; `origin` names it in errors (a path, for example).
    pub fn parse(text: &str, origin: &str) -> Result<Scenario, SimulateError> {
        form::read(text, origin)
    }

    /// The same scenario with other random draws; its text says so.
    pub fn with_seed(&self, seed: u64) -> Result<Scenario, SimulateError> {
        let own = format!("seed = {seed}");
        let is_seed = |line: &&str| line.split('=').next().is_some_and(|key| key.trim() == "seed");
        let mut lines: Vec<&str> = self.text.split('\n').collect();
        // The first such line is the scenario's own: tables follow the keys of the top.
        if let Some(place) = lines.iter().position(is_seed) {
            lines[place] = &own;
        }
        let text = lines.join("\n");
        Scenario::parse(&text, &self.title)
    }

    /// The names of the actors, in the order of the file.
    pub fn actors(&self) -> impl Iterator<Item = &str> {
        self.actors.iter().map(|actor| actor.name.as_str())
    }

    /// The quarters of the scenario's zone that it touches, cut at its ends: name (`2014Q2`) and span.
    pub fn quarters(&self) -> Vec<(String, Interval)> {
        self.spans(|date| {
            let first = (date.month() - 1) / 3 * 3 + 1;
            let start = jiff::civil::date(date.year(), first, 1);
            let next = match first {
                10 => jiff::civil::date(date.year() + 1, 1, 1),
                _ => jiff::civil::date(date.year(), first + 3, 1),
            };
            (format!("{}Q{}", start.year(), first / 3 + 1), next)
        })
    }

    /// The months of the scenario's zone that it touches, cut at its ends: name (`2014-04`) and span.
    pub fn months(&self) -> Vec<(String, Interval)> {
        self.spans(|date| {
            let next = match date.month() {
                12 => jiff::civil::date(date.year() + 1, 1, 1),
                month => jiff::civil::date(date.year(), month + 1, 1),
            };
            (date.to_string()[..7].to_owned(), next)
        })
    }

    /// The days of the scenario's zone that it touches, cut at its ends: name (`2014-04-01`) and span.
    pub fn zone_days(&self) -> Vec<(String, Interval)> {
        self.spans(|date| (date.to_string(), date.tomorrow().unwrap_or(jiff::civil::Date::MAX)))
    }

    fn spans(
        &self,
        of: impl Fn(jiff::civil::Date) -> (String, jiff::civil::Date),
    ) -> Vec<(String, Interval)> {
        let mut spans = Vec::new();
        let mut start = self.during.start;
        while start < self.during.end {
            let (name, next) = of(self.date_of(start));
            let end = form::moment(&next.to_datetime(jiff::civil::Time::midnight()), &self.time_zone)
                .unwrap_or(self.during.end)
                .min(self.during.end);
            if end <= start {
                break;
            }
            spans.push((name, Interval { start, end }));
            start = end;
        }
        spans
    }

    fn date_of(&self, at: Timestamp) -> jiff::civil::Date {
        let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        self.time_zone.to_datetime(at).date()
    }
}
