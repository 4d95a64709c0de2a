//! From an actor as written to an actor: which keys each kind uses, and their bounds and defaults.
//!
//! **Invariant:** [`KINDS`] is the one list of kinds and of the keys each of them uses.

use std::collections::BTreeMap;

use crate::aim::Site;
use crate::curve::{Burst, Curve, Rate};
use crate::error::SimulateError;
use crate::form::{ActorForm, CurveForm, Reader};
use crate::icmp::Ping;
use crate::misconfiguration::Client;
use crate::pool::Pool;
use crate::port_mix::{PortChoice, PortMix};
use crate::random::{Mix, key_of, key_of_name};
use crate::rsdos::Attack;
use crate::scenario::{Actor, Kind, Zone};
use crate::syn::Tool;
use crate::udp::Request;
use teiten_model::interval::DAY_US;

/// The highest rate of one actor, in packets per sensor and day.
const RATE_MAX: f64 = 10_000_000.0;
/// The most sources of one actor at a time.
const SOURCES_MAX: f64 = 10_000_000.0;

/// Kinds, with the keys they use beside those of every kind.
const KINDS: [(&str, &[&str]); 14] = [
    ("scanner", &["rate", "tool", "ports", "tries"]),
    ("survey", &["rate", "tool", "ports"]),
    ("worm", &["rate", "tool", "ports", "tries"]),
    ("botnet", &["rate", "ports"]),
    ("burst", &["packets", "tool", "ports"]),
    ("source-port", &["rate", "ports", "every_days", "src_port", "window"]),
    ("random-subdomain", &["rate", "zones", "servfail", "refused", "unreachable"]),
    ("rsdos", &["rate", "attack", "ports", "episodes_per_day", "minutes"]),
    ("misconfiguration", &["rate", "client"]),
    ("storm", &["rate", "ports"]),
    ("udp-requests", &["rate", "requests"]),
    ("icmp-echo", &["rate", "ping"]),
    ("background", &["rate"]),
    ("gre", &["rate"]),
];

/// Checks an actor and makes it ready.
pub(crate) fn read(
    reader: &Reader<'_>,
    form: &ActorForm,
    sites: &[Site],
    seed: u64,
) -> Result<Actor, SimulateError> {
    let place = format!("actor `{}`", form.name);
    check_keys(reader, &place, form)?;
    let life = reader.span(&place, form.from.as_ref(), form.to.as_ref())?;
    let aim = aim(reader, &place, form, sites)?;
    let key = key_of(&[seed, key_of_name(&form.name)]);
    let curve = match (form.kind.as_str(), &form.rate, form.packets) {
        ("burst", _, Some(packets)) => {
            if aim.len() != 1 || form.from.is_none() || form.to.is_none() {
                let message = "a burst has one sensor in `sensors`, a `from` and a `to`";
                return Err(reader.wrong(&place, "sensors", message));
            }
            let days = life.length_us() as f64 / DAY_US as f64;
            Curve::constant(reader.number(&place, "packets", packets, (0.0, RATE_MAX))? / days)
        }
        ("burst", _, None) => return Err(missing(reader, &place, "packets")),
        (_, Some(rate), _) => reader.curve(&place, "rate", rate, RATE_MAX)?,
        (_, None, _) => return Err(missing(reader, &place, "rate")),
    };
    let rate = rate(reader, &place, form, curve, key)?;
    let pool = pool(reader, &place, form)?;
    let kind = kind(reader, &place, form)?;
    let is_burst = form.kind == "burst";
    Ok(Actor { name: form.name.clone(), key, kind, is_burst, life, aim, rate, pool })
}

fn missing(reader: &Reader<'_>, place: &str, key: &str) -> SimulateError {
    reader.wrong(place, key, "it is missing")
}

fn check_keys(reader: &Reader<'_>, place: &str, form: &ActorForm) -> Result<(), SimulateError> {
    let Some((_, used)) = KINDS.iter().find(|(kind, _)| *kind == form.kind) else {
        let known = KINDS.map(|(kind, _)| kind).join(", ");
        return Err(reader.wrong(place, "kind", format!("`{}` is not one of {known}", form.kind)));
    };
    let written = [
        ("rate", form.rate.is_some()),
        ("tool", form.tool.is_some()),
        ("ports", form.ports.is_some()),
        ("tries", form.tries.is_some()),
        ("packets", form.packets.is_some()),
        ("every_days", form.every_days.is_some()),
        ("src_port", form.src_port.is_some()),
        ("window", form.window.is_some()),
        ("zones", form.zones.is_some()),
        ("servfail", form.servfail.is_some()),
        ("refused", form.refused.is_some()),
        ("unreachable", form.unreachable.is_some()),
        ("attack", form.attack.is_some()),
        ("episodes_per_day", form.episodes_per_day.is_some()),
        ("minutes", form.minutes.is_some()),
        ("client", form.client.is_some()),
        ("requests", form.requests.is_some()),
        ("ping", form.ping.is_some()),
    ];
    match written.iter().find(|(key, is_written)| *is_written && !used.contains(key)) {
        Some((key, _)) => {
            let message = format!("kind `{}` does not use it, only {}", form.kind, used.join(", "));
            Err(reader.wrong(place, key, message))
        }
        None => Ok(()),
    }
}

/// One of a sensor's names: its own, its group's, its region's.
type NameOf = fn(&Site) -> &String;

fn aim(
    reader: &Reader<'_>,
    place: &str,
    form: &ActorForm,
    sites: &[Site],
) -> Result<Vec<usize>, SimulateError> {
    let known = |name: &String, of: NameOf| sites.iter().any(|site| of(site) == name);
    let lists: [(&str, &Vec<String>, NameOf); 3] = [
        ("sensors", &form.sensors, |site| &site.sensor.name),
        ("groups", &form.groups, |site| &site.sensor.group),
        ("regions", &form.regions, |site| &site.sensor.region),
    ];
    for (key, names, of) in lists {
        if let Some(name) = names.iter().find(|name| !known(name, of)) {
            return Err(reader.wrong(place, key, format!("no sensor has `{name}`")));
        }
    }
    let everywhere = lists.iter().all(|(_, names, _)| names.is_empty());
    let is_meant = |site: &Site| lists.iter().any(|(_, names, of)| names.contains(of(site)));
    Ok((0..sites.len()).filter(|sensor| everywhere || is_meant(&sites[*sensor])).collect())
}

fn rate(
    reader: &Reader<'_>,
    place: &str,
    form: &ActorForm,
    curve: Curve,
    key: u64,
) -> Result<Rate, SimulateError> {
    let share = |key, value: Option<f64>| reader.number(place, key, value.unwrap_or(0.0), (0.0, 1.0));
    let bursts = form
        .bursts
        .iter()
        .map(|burst| {
            let during = reader.span(place, Some(&burst.from), Some(&burst.to))?;
            let factor = reader.number(place, "bursts", burst.factor, (0.0, 10_000.0))?;
            Ok(Burst { during, factor })
        })
        .collect::<Result<Vec<_>, SimulateError>>()?;
    let start = jiff::Timestamp::from_microsecond(reader.during.start.0).unwrap_or_default();
    Ok(Rate {
        curve,
        weekly: share("weekly", form.weekly)?,
        daily: share("daily", form.daily)?,
        peak_hour: reader.number(place, "peak_hour", form.peak_hour.unwrap_or(14.0), (0.0, 24.0))?,
        jitter: share("jitter", form.jitter)?,
        bursts,
        offset_us: i64::from(reader.zone.to_offset(start).seconds()) * 1_000_000,
        key,
    })
}

fn pool(reader: &Reader<'_>, place: &str, form: &ActorForm) -> Result<Pool, SimulateError> {
    let countries = form.countries.as_ref().ok_or_else(|| missing(reader, place, "countries"))?;
    let countries = weights(reader, place, "countries", countries, |code| {
        let is_code = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        is_code.then(|| code.to_owned()).ok_or_else(|| format!("`{code}` is not a country code such as `JP`"))
    })?;
    let sources = match &form.sources {
        Some(sources) => reader.curve(place, "sources", sources, SOURCES_MAX)?,
        None => Curve::constant(100.0),
    };
    if form.life_days == Some(0) {
        return Err(reader.wrong(place, "life_days", "0 is not between 1 and 36500"));
    }
    let skew = reader.number(place, "skew", form.skew.unwrap_or(1.5), (0.1, 10.0))?;
    Ok(Pool { countries, sources, life_days: form.life_days, skew, together: form.kind == "survey" })
}

fn kind(reader: &Reader<'_>, place: &str, form: &ActorForm) -> Result<Kind, SimulateError> {
    let ports = || ports(reader, place, form.ports.as_ref());
    let curve = |key, form: &Option<CurveForm>, otherwise| match form {
        Some(form) => reader.curve(place, key, form, 1.0),
        None => Ok(Curve::constant(otherwise)),
    };
    let whole = |key, value: Option<u32>, otherwise: u32, highest: u32| {
        let value = value.unwrap_or(otherwise);
        let message = format!("{value} is not between 1 and {highest}");
        if (1..=highest).contains(&value) { Ok(value) } else { Err(reader.wrong(place, key, message)) }
    };
    Ok(match form.kind.as_str() {
        "botnet" => Kind::Syn { tool: Tool::Mirai, ports: ports()?, tries: 1 },
        "scanner" | "survey" | "worm" | "burst" => {
            let otherwise = if form.kind == "worm" { "windows-connect" } else { "plain-syn" };
            let name = form.tool.as_deref().unwrap_or(otherwise);
            let tool = one_of(reader, place, "tool", name, &Tool::ALL)?;
            Kind::Syn { tool, ports: ports()?, tries: whole("tries", form.tries, 1, 3)? }
        }
        "source-port" => Kind::SourcePort {
            ports: ports()?,
            every_days: whole("every_days", form.every_days, 3, 60)?,
            src_port: form.src_port.unwrap_or(6_000),
            window: form.window.unwrap_or(16_384),
        },
        "random-subdomain" => Kind::RandomSubdomain {
            zones: zones(reader, place, form)?,
            servfail: curve("servfail", &form.servfail, 0.1)?,
            refused: curve("refused", &form.refused, 0.02)?,
            unreachable: curve("unreachable", &form.unreachable, 0.1)?,
        },
        "rsdos" => {
            let name = form.attack.as_deref().unwrap_or("tcp");
            Kind::Rsdos {
                attack: one_of(reader, place, "attack", name, &Attack::ALL)?,
                ports: ports()?,
                episodes_per_day: whole("episodes_per_day", form.episodes_per_day, 6, 10_000)?,
                minutes: whole("minutes", form.minutes, 30, 1_440)?,
            }
        }
        "misconfiguration" => {
            let name = form.client.as_deref().ok_or_else(|| missing(reader, place, "client"))?;
            Kind::Misconfiguration { client: one_of(reader, place, "client", name, &Client::ALL)? }
        }
        "storm" => Kind::Storm { ports: ports()? },
        "udp-requests" => {
            let requests = form.requests.as_ref().ok_or_else(|| missing(reader, place, "requests"))?;
            let requests = weights(reader, place, "requests", requests, |name| {
                let known = Request::ALL.iter().find(|(known, _)| *known == name);
                known.map(|(_, request)| *request).ok_or_else(|| not_one_of(name, &Request::ALL))
            })?;
            Kind::UdpRequests { requests }
        }
        "icmp-echo" => {
            let name = form.ping.as_deref().unwrap_or("linux");
            Kind::IcmpEcho { ping: one_of(reader, place, "ping", name, &Ping::ALL)? }
        }
        "gre" => Kind::Gre,
        _ => Kind::Background,
    })
}

fn ports(
    reader: &Reader<'_>,
    place: &str,
    form: Option<&BTreeMap<String, f64>>,
) -> Result<PortMix, SimulateError> {
    let form = form.ok_or_else(|| missing(reader, place, "ports"))?;
    let choice = |text: &str| match (text, text.parse::<u16>()) {
        ("random", _) => Ok(PortChoice::Random),
        (_, Ok(port)) => Ok(PortChoice::Fixed(port)),
        (_, Err(_)) => Err(format!("`{text}` is not a port: write 0 to 65535 or `random`")),
    };
    weights(reader, place, "ports", form, choice).map(PortMix)
}

fn zones(reader: &Reader<'_>, place: &str, form: &ActorForm) -> Result<Vec<Zone>, SimulateError> {
    let zones = form.zones.as_ref().ok_or_else(|| missing(reader, place, "zones"))?;
    if zones.is_empty() {
        return Err(reader.wrong(place, "zones", "there is none"));
    }
    let zone = |zone: &crate::form::ZoneForm| {
        let labels_fit = zone.name.split('.').all(|label| (1..=63).contains(&label.len()));
        if !labels_fit || zone.name.len() > 200 || !zone.name.is_ascii() {
            return Err(reader.wrong(place, "zones", format!("`{}` is not a domain name", zone.name)));
        }
        let during = reader.span(place, zone.from.as_ref(), zone.to.as_ref())?;
        let weight = reader.number(place, "zones", zone.weight.unwrap_or(1.0), (1e-6, 1e9))?;
        Ok(Zone { name: zone.name.clone(), weight, during })
    };
    zones.iter().map(zone).collect()
}

fn weights<T>(
    reader: &Reader<'_>,
    place: &str,
    key: &str,
    form: &BTreeMap<String, f64>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Mix<T>, SimulateError> {
    if form.is_empty() {
        return Err(reader.wrong(place, key, "there is none"));
    }
    let mut items = Vec::with_capacity(form.len());
    for (name, weight) in form {
        let item = read(name).map_err(|message| reader.wrong(place, key, message))?;
        items.push((item, reader.number(place, key, *weight, (1e-9, 1e9))?));
    }
    Ok(Mix::new(items))
}

fn one_of<T: Copy>(
    reader: &Reader<'_>,
    place: &str,
    key: &str,
    name: &str,
    all: &[(&str, T)],
) -> Result<T, SimulateError> {
    let found = all.iter().find(|(known, _)| *known == name).map(|(_, item)| *item);
    found.ok_or_else(|| reader.wrong(place, key, not_one_of(name, all)))
}

fn not_one_of<T>(name: &str, all: &[(&str, T)]) -> String {
    let known: Vec<&str> = all.iter().map(|(known, _)| *known).collect();
    format!("`{name}` is not one of {}", known.join(", "))
}
