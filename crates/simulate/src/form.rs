//! The form of a scenario in TOML: its keys, and the scenario made of them.
//!
//! **Invariant:** an unknown key, or a key that the actor's kind does not use, is refused by name.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use teiten_model::address::Prefix;
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::sensor::{NAME_RULE, Sensor, Watch, is_name};

use crate::aim::{SPANS_MAX, Site};
use crate::curve::Curve;
use crate::error::SimulateError;
use crate::family::Header;
use crate::mark::{self, MarkForm};
use crate::scenario::Scenario;

/// The most sensors, actors or other entries of one list.
const ENTRIES_MAX: usize = 1_000;
/// The longest scenario, in days.
const DAYS_MAX: i64 = 3_700;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScenarioForm {
    title: String,
    seed: u64,
    zone: String,
    from: String,
    to: String,
    home: Option<String>,
    judge: Option<[String; 2]>,
    #[serde(default)]
    expect: Vec<MarkForm>,
    #[serde(default)]
    tolerate: Vec<MarkForm>,
    #[serde(default)]
    sensor: Vec<SensorForm>,
    #[serde(default)]
    actor: Vec<ActorForm>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SensorForm {
    name: String,
    group: String,
    region: String,
    #[serde(default)]
    country: String,
    asn: Option<u32>,
    #[serde(default)]
    provider: String,
    #[serde(default)]
    owner: String,
    exposure: Option<f64>,
    watch: Vec<WatchForm>,
    #[serde(default)]
    outages: Vec<SpanForm>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WatchForm {
    seen: String,
    public: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

/// A span of time as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SpanForm {
    pub(crate) from: String,
    pub(crate) to: String,
}

/// A burst as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BurstForm {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) factor: f64,
}

/// A zone under attack as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ZoneForm {
    pub(crate) name: String,
    pub(crate) weight: Option<f64>,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
}

/// A value over time as written.
#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a number, or points such as [[\"2014-01-01\", 12.5], [\"2014-04-01\", 30]]"
)]
pub(crate) enum CurveForm {
    Number(f64),
    Points(Vec<(String, f64)>),
}

/// An actor as written: the keys of all kinds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActorForm {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) ip: Option<u8>,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    #[serde(default)]
    pub(crate) sensors: Vec<String>,
    #[serde(default)]
    pub(crate) groups: Vec<String>,
    #[serde(default)]
    pub(crate) regions: Vec<String>,
    pub(crate) rate: Option<CurveForm>,
    pub(crate) weekly: Option<f64>,
    pub(crate) daily: Option<f64>,
    pub(crate) peak_hour: Option<f64>,
    pub(crate) jitter: Option<f64>,
    #[serde(default)]
    pub(crate) bursts: Vec<BurstForm>,
    pub(crate) countries: Option<BTreeMap<String, f64>>,
    pub(crate) sources: Option<CurveForm>,
    pub(crate) life_days: Option<u32>,
    pub(crate) skew: Option<f64>,
    pub(crate) organisation: Option<String>,
    pub(crate) tool: Option<String>,
    pub(crate) ports: Option<BTreeMap<String, f64>>,
    pub(crate) tries: Option<u32>,
    pub(crate) second_phase: Option<f64>,
    pub(crate) packets: Option<f64>,
    pub(crate) every_days: Option<u32>,
    pub(crate) src_port: Option<u16>,
    pub(crate) window: Option<u16>,
    pub(crate) zones: Option<Vec<ZoneForm>>,
    pub(crate) servfail: Option<CurveForm>,
    pub(crate) refused: Option<CurveForm>,
    pub(crate) unreachable: Option<CurveForm>,
    pub(crate) forwarders: Option<f64>,
    pub(crate) attack: Option<String>,
    pub(crate) episodes_per_day: Option<u32>,
    pub(crate) minutes: Option<u32>,
    pub(crate) routers: Option<f64>,
    pub(crate) client: Option<String>,
    pub(crate) requests: Option<BTreeMap<String, f64>>,
    pub(crate) ping: Option<String>,
    pub(crate) dns_name: Option<String>,
    pub(crate) ttls: Option<[u8; 2]>,
    pub(crate) icmp: Option<f64>,
    pub(crate) service: Option<String>,
    pub(crate) addresses: Option<u32>,
    pub(crate) repeats: Option<u32>,
    pub(crate) every_hours: Option<u32>,
    pub(crate) header: Option<Header>,
    pub(crate) names: Option<String>,
    pub(crate) zone: Option<String>,
    #[serde(default)]
    pub(crate) expect: Vec<MarkForm>,
    #[serde(default)]
    pub(crate) tolerate: Vec<MarkForm>,
}

/// What every check of one scenario needs: its name in errors, its zone and its span.
pub(crate) struct Reader<'a> {
    pub(crate) origin: &'a str,
    pub(crate) zone: TimeZone,
    pub(crate) during: Interval,
}

/// Reads and checks a scenario.
pub(crate) fn read(text: &str, origin: &str) -> Result<Scenario, SimulateError> {
    let form: ScenarioForm = toml::from_str(text).map_err(|error| not_read(text, origin, &error))?;
    let zone = TimeZone::get(&form.zone).map_err(|_| SimulateError::Value {
        origin: origin.to_owned(),
        place: "scenario".to_owned(),
        key: "zone".to_owned(),
        message: format!("`{}` is not a time zone: write an IANA name such as `Asia/Tokyo`", form.zone),
    })?;
    let all = Interval { start: Timestamp(i64::MIN), end: Timestamp(i64::MAX) };
    let mut reader = Reader { origin, zone, during: all };
    let place = "scenario";
    reader.during = reader.span(place, Some(&form.from), Some(&form.to))?;
    if reader.during.length_us() > DAYS_MAX * teiten_model::interval::DAY_US {
        return Err(reader.wrong(place, "to", format!("more than {DAYS_MAX} days after `from`")));
    }
    for (key, length) in [("sensor", form.sensor.len()), ("actor", form.actor.len())] {
        if length == 0 || length > ENTRIES_MAX {
            return Err(reader.wrong(place, key, format!("{length} entries: write 1 to {ENTRIES_MAX}")));
        }
    }
    let sensors = form.sensor.iter().map(|sensor| reader.site(sensor)).collect::<Result<Vec<_>, _>>()?;
    reader.all_different("sensor", sensors.iter().map(|site| site.sensor.name.as_str()))?;
    reader.all_apart(&sensors)?;
    let actors = form
        .actor
        .iter()
        .map(|actor| crate::actor_form::read(&reader, actor, &sensors, form.seed))
        .collect::<Result<Vec<_>, _>>()?;
    reader.all_different("actor", actors.iter().map(|actor| actor.name.as_str()))?;
    let judge = match &form.judge {
        Some([from, to]) => {
            let judge = reader.span(place, Some(from), Some(to))?;
            if judge.start < reader.during.start || judge.end > reader.during.end {
                return Err(reader.wrong(place, "judge", "not within `from` and `to`"));
            }
            judge
        }
        None => reader.during,
    };
    let marks = mark::read_all(&reader, place, (&form.expect, &form.tolerate), judge, false)?;
    Ok(Scenario {
        title: form.title,
        seed: form.seed,
        zone: form.zone,
        during: reader.during,
        home: form.home.unwrap_or_default(),
        sensors,
        judge,
        marks,
        time_zone: reader.zone,
        actors,
        text: text.to_owned(),
    })
}

fn not_read(text: &str, origin: &str, error: &toml::de::Error) -> SimulateError {
    let before = error.span().map_or(0, |span| span.start.min(text.len()));
    let line = text[..before].matches('\n').count();
    let written: String = text.lines().nth(line).unwrap_or_default().trim().chars().take(60).collect();
    let message = format!("`{written}`: {}", error.message().replace('\n', " "));
    SimulateError::Form { origin: origin.to_owned(), line: line + 1, message }
}

/// The moment of a civil time in a zone; `None` outside the years that can be counted.
pub(crate) fn moment(civil: &DateTime, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_timestamp(*civil).ok().map(|at| Timestamp(at.as_microsecond()))
}

impl Reader<'_> {
    /// The error for a value.
    pub(crate) fn wrong(&self, place: &str, key: &str, message: impl Into<String>) -> SimulateError {
        SimulateError::Value {
            origin: self.origin.to_owned(),
            place: place.to_owned(),
            key: key.to_owned(),
            message: message.into(),
        }
    }

    /// A moment written as a date or a date and time of the zone.
    pub(crate) fn moment(&self, place: &str, key: &str, text: &str) -> Result<Timestamp, SimulateError> {
        let civil = text.parse::<DateTime>().ok();
        civil.and_then(|civil| moment(&civil, &self.zone)).ok_or_else(|| {
            let message = format!("`{text}` is not a date: write `2014-04-01` or `2014-04-01T09:30`");
            self.wrong(place, key, message)
        })
    }

    /// A span written with `from` and `to`; what is not written is the scenario's.
    pub(crate) fn span(
        &self,
        place: &str,
        from: Option<&String>,
        to: Option<&String>,
    ) -> Result<Interval, SimulateError> {
        let start = from.map_or(Ok(self.during.start), |text| self.moment(place, "from", text))?;
        let end = to.map_or(Ok(self.during.end), |text| self.moment(place, "to", text))?;
        if start >= end {
            return Err(self.wrong(place, "to", "not after `from`"));
        }
        Ok(Interval { start, end })
    }

    /// A curve written as a number or points, its values between 0 and `highest`.
    pub(crate) fn curve(
        &self,
        place: &str,
        key: &str,
        form: &CurveForm,
        highest: f64,
    ) -> Result<Curve, SimulateError> {
        let points = match form {
            CurveForm::Number(value) => vec![(self.during.start, *value)],
            CurveForm::Points(points) => points
                .iter()
                .map(|(text, value)| Ok((self.moment(place, key, text)?, *value)))
                .collect::<Result<Vec<_>, SimulateError>>()?,
        };
        if points.is_empty() || points.len() > ENTRIES_MAX {
            return Err(self.wrong(place, key, format!("{} points: write 1 to {ENTRIES_MAX}", points.len())));
        }
        if !points.windows(2).all(|pair| pair[0].0 < pair[1].0) {
            return Err(self.wrong(place, key, "the dates are not in ascending order"));
        }
        if let Some((_, value)) = points.iter().find(|(_, value)| !(0.0..=highest).contains(value)) {
            return Err(self.wrong(place, key, format!("{value} is not between 0 and {highest}")));
        }
        Ok(Curve::new(points))
    }

    /// A number between two bounds.
    pub(crate) fn number(
        &self,
        place: &str,
        key: &str,
        value: f64,
        (lowest, highest): (f64, f64),
    ) -> Result<f64, SimulateError> {
        if (lowest..=highest).contains(&value) {
            return Ok(value);
        }
        Err(self.wrong(place, key, format!("{value} is not between {lowest} and {highest}")))
    }

    fn site(&self, form: &SensorForm) -> Result<Site, SimulateError> {
        let place = format!("sensor `{}`", form.name);
        if !is_name(&form.name) {
            return Err(self.wrong(&place, "name", format!("it is no name of a sensor: {NAME_RULE}")));
        }
        if form.watch.is_empty() || form.watch.len() > SPANS_MAX || form.outages.len() > SPANS_MAX {
            return Err(self.wrong(&place, "watch", format!("write 1 to {SPANS_MAX} prefixes and outages")));
        }
        let watches =
            form.watch.iter().map(|watch| self.watch(&place, watch)).collect::<Result<Vec<_>, _>>()?;
        let outages = form
            .outages
            .iter()
            .map(|span| self.span(&place, Some(&span.from), Some(&span.to)))
            .collect::<Result<Vec<_>, _>>()?;
        if !outages.windows(2).all(|pair| pair[0].end <= pair[1].start) {
            return Err(self.wrong(&place, "outages", "they overlap or are not in ascending order"));
        }
        let exposure = self.number(&place, "exposure", form.exposure.unwrap_or(1.0), (0.0, 1000.0))?;
        let sensor = Sensor {
            name: form.name.clone(),
            group: form.group.clone(),
            region: form.region.clone(),
            country: form.country.clone(),
            asn: form.asn,
            provider: form.provider.clone(),
            owner: form.owner.clone(),
            watches,
        };
        Ok(Site::new(sensor, outages, exposure))
    }

    fn watch(&self, place: &str, form: &WatchForm) -> Result<Watch, SimulateError> {
        let prefix = |key: &str, text: &str| {
            let prefix: Prefix = text.parse().map_err(|message: String| self.wrong(place, key, message))?;
            let length_min = if prefix.first().is_ipv4() { 8 } else { 32 };
            if prefix.length() >= length_min {
                return Ok(prefix);
            }
            let message =
                format!("`{text}` is too wide: write an IPv4 prefix from /8 or an IPv6 one from /32 on");
            Err(self.wrong(place, key, message))
        };
        let seen = prefix("seen", &form.seen)?;
        let public = form.public.as_deref().map(|text| prefix("public", text)).transpose()?;
        if public.is_some_and(|public| public.length() != seen.length() || !public.first().is_ipv4()) {
            return Err(self.wrong(place, "public", "not an IPv4 prefix of the same length as `seen`"));
        }
        let during = self.span(place, form.from.as_ref(), form.to.as_ref())?;
        Ok(Watch { seen, public, during })
    }

    fn all_different<'n>(
        &self,
        what: &str,
        names: impl Iterator<Item = &'n str>,
    ) -> Result<(), SimulateError> {
        let mut known = BTreeSet::new();
        for name in names {
            if !known.insert(name) {
                return Err(self.wrong(&format!("{what} `{name}`"), "name", "another has this name too"));
            }
        }
        Ok(())
    }

    /// Two sensors must not watch one address at one time: its packets would belong to either.
    fn all_apart(&self, sites: &[Site]) -> Result<(), SimulateError> {
        for (place, site) in sites.iter().enumerate() {
            for other in &sites[..place] {
                for one in &site.watches {
                    let both = other.watches.iter().any(|two| {
                        one.overlaps(two)
                            && one.during.start < two.during.end
                            && two.during.start < one.during.end
                    });
                    if both {
                        let message = format!("sensor `{}` watches it at the same time", other.sensor.name);
                        return Err(self.wrong(&format!("sensor `{}`", site.sensor.name), "seen", message));
                    }
                }
            }
        }
        Ok(())
    }
}
