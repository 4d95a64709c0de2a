//! From an actor as written to an actor: which keys each kind uses, and what all kinds have in common.
//!
//! **Invariant:** [`KINDS`] is the one list of kinds and of the keys each of them uses.

use std::collections::BTreeMap;

use crate::actor_kind;
use crate::address::Family;
use crate::aim::Site;
use crate::curve::{Burst, Curve, Rate};
use crate::error::SimulateError;
use crate::form::{ActorForm, Reader};
use crate::mark;
use crate::plan;
use crate::pool::Pool;
use crate::random::{Mix, key_of, key_of_name};
use crate::scenario::{Actor, Kind};

/// The highest rate of one actor, in packets per sensor and day.
const RATE_MAX: f64 = 10_000_000.0;
/// The most sources of one actor at a time.
const SOURCES_MAX: f64 = 10_000_000.0;

/// Kinds, with the keys they use beside those of every kind. Where both stand, `packets` is written instead
/// of `rate`.
const KINDS: [(&str, &[&str]); 20] = [
    ("scanner", &["rate", "packets", "tool", "ports", "tries", "second_phase", "organisation"]),
    ("survey", &["rate", "packets", "tool", "ports", "organisation"]),
    ("worm", &["rate", "packets", "tool", "ports", "tries"]),
    ("botnet", &["rate", "packets", "ports"]),
    ("burst", &["rate", "packets", "tool", "ports"]),
    ("os-probe", &["rate"]),
    ("source-port", &["rate", "ports", "every_days", "src_port", "window"]),
    ("random-subdomain", &["rate", "zones", "servfail", "refused", "unreachable", "forwarders"]),
    ("rsdos", &["rate", "attack", "ports", "episodes_per_day", "minutes", "routers"]),
    ("misconfiguration", &["rate", "client"]),
    ("storm", &["rate", "packets", "ports", "ttls", "icmp"]),
    ("reflection", &["rate", "packets", "service", "src_port", "addresses"]),
    ("repeated-answer", &["rate", "ports", "repeats"]),
    ("periodic", &["rate", "ports", "every_hours", "tool"]),
    ("family", &["rate", "packets", "ports", "header"]),
    ("dns-answers", &["rate", "packets", "names", "zone"]),
    ("udp-requests", &["rate", "packets", "requests", "tool", "dns_name", "organisation"]),
    ("icmp-echo", &["rate", "packets", "ping", "organisation"]),
    ("background", &["rate", "packets"]),
    ("gre", &["rate", "packets"]),
];

/// Kinds that IPv6 does not have: relations to IPv4 addresses, and sources from everywhere.
const ONLY_V4: [&str; 6] = ["botnet", "source-port", "storm", "gre", "os-probe", "family"];

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
    let kind = actor_kind::read(reader, &place, form)?;
    let family = family(reader, &place, form, &kind)?;
    let aim = aim(reader, &place, form, sites, family)?;
    if form.kind == "reflection" && aim.len() != 1 {
        return Err(reader.wrong(&place, "sensors", "a reflection has one sensor in `sensors`"));
    }
    if form.kind == "burst" && (aim.len() != 1 || form.from.is_none() || form.to.is_none()) {
        let message = "a burst has one sensor in `sensors`, a `from` and a `to`";
        return Err(reader.wrong(&place, "sensors", message));
    }
    let key = key_of(&[seed, key_of_name(&form.name)]);
    let curve = match (&form.rate, form.packets) {
        (Some(_), Some(_)) => {
            return Err(reader.wrong(&place, "packets", "write either `rate` or `packets`"));
        }
        (Some(rate), None) => reader.curve(&place, "rate", rate, RATE_MAX)?,
        (None, Some(_)) => Curve::constant(1.0),
        (None, None) => return Err(missing(reader, &place, "rate")),
    };
    let mut actor = Actor {
        name: form.name.clone(),
        key,
        kind,
        word: form.kind.clone(),
        family,
        packets: None,
        organisation: organisation(reader, &place, form)?,
        life,
        aim,
        rate: rate(reader, &place, form, curve, key)?,
        pool: pool(reader, &place, form)?,
        marks: mark::read_all(reader, &place, (&form.expect, &form.tolerate), life, true)?,
    };
    if let Some(packets) = form.packets {
        promise(reader, &place, &mut actor, packets, sites)?;
    }
    Ok(actor)
}

/// Makes an actor send exactly so many packets: its rate becomes the shape of their mean.
fn promise(
    reader: &Reader<'_>,
    place: &str,
    actor: &mut Actor,
    packets: f64,
    sites: &[Site],
) -> Result<(), SimulateError> {
    let packets = reader.number(place, "packets", packets, (1.0, plan::PACKETS_MAX as f64))?;
    if packets.fract() != 0.0 {
        return Err(reader.wrong(place, "packets", format!("{packets} is not a whole number")));
    }
    if let Kind::Syn(manner) = &actor.kind
        && manner.packets() != 1.0
    {
        let message = "it counts single packets: leave out `tries` and `second_phase`";
        return Err(reader.wrong(place, "packets", message));
    }
    let total = plan::total(actor, sites);
    if total <= 0.0 {
        return Err(reader.wrong(place, "packets", "no sensor captures while the actor is there"));
    }
    actor.rate = actor.rate.clone().scaled(packets / total);
    actor.packets = Some(packets as u64);
    Ok(())
}

fn family(reader: &Reader<'_>, place: &str, form: &ActorForm, kind: &Kind) -> Result<Family, SimulateError> {
    let has_ipv6 = match kind {
        Kind::IcmpEcho { ping } => ping.has_ipv6(),
        _ => !ONLY_V4.contains(&form.kind.as_str()),
    };
    match form.ip {
        None | Some(4) => Ok(Family::V4),
        Some(6) if has_ipv6 => Ok(Family::V6),
        Some(6) => {
            Err(reader.wrong(place, "ip", "there is no such thing over IPv6: write 4 or leave it out"))
        }
        Some(other) => Err(reader.wrong(place, "ip", format!("{other} is not 4 or 6"))),
    }
}

fn organisation(reader: &Reader<'_>, place: &str, form: &ActorForm) -> Result<String, SimulateError> {
    let name = form.organisation.clone().unwrap_or_default();
    // The name stands in a list of scanners, whose fields are parted by commas.
    if name.len() > 100 || name.contains([',', '"', '\n']) || name.trim() != name {
        let message = format!("`{name}` is not a name of up to 100 bytes without commas and quotes");
        return Err(reader.wrong(place, "organisation", message));
    }
    Ok(name)
}

/// The error for a key that is not there.
pub(crate) fn missing(reader: &Reader<'_>, place: &str, key: &str) -> SimulateError {
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
        ("second_phase", form.second_phase.is_some()),
        ("organisation", form.organisation.is_some()),
        ("packets", form.packets.is_some()),
        ("every_days", form.every_days.is_some()),
        ("src_port", form.src_port.is_some()),
        ("window", form.window.is_some()),
        ("zones", form.zones.is_some()),
        ("servfail", form.servfail.is_some()),
        ("refused", form.refused.is_some()),
        ("unreachable", form.unreachable.is_some()),
        ("forwarders", form.forwarders.is_some()),
        ("attack", form.attack.is_some()),
        ("episodes_per_day", form.episodes_per_day.is_some()),
        ("minutes", form.minutes.is_some()),
        ("routers", form.routers.is_some()),
        ("client", form.client.is_some()),
        ("requests", form.requests.is_some()),
        ("ping", form.ping.is_some()),
        ("dns_name", form.dns_name.is_some()),
        ("ttls", form.ttls.is_some()),
        ("icmp", form.icmp.is_some()),
        ("service", form.service.is_some()),
        ("addresses", form.addresses.is_some()),
        ("repeats", form.repeats.is_some()),
        ("every_hours", form.every_hours.is_some()),
        ("header", form.header.is_some()),
        ("names", form.names.is_some()),
        ("zone", form.zone.is_some()),
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
    family: Family,
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
    let is_meant = |site: &Site| everywhere || lists.iter().any(|(_, names, of)| names.contains(of(site)));
    let aim: Vec<usize> =
        (0..sites.len()).filter(|sensor| is_meant(&sites[*sensor]) && sites[*sensor].has(family)).collect();
    match (aim.is_empty(), family) {
        (false, _) => Ok(aim),
        (true, Family::V4) => Err(reader.wrong(place, "ip", "no sensor it aims at watches IPv4 addresses")),
        (true, Family::V6) => Err(reader.wrong(place, "ip", "no sensor it aims at watches IPv6 addresses")),
    }
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
    let countries = weights(reader, place, "countries", countries, &|code: &str| {
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

/// A mix of what is written with weights.
pub(crate) fn weights<T>(
    reader: &Reader<'_>,
    place: &str,
    key: &str,
    form: &BTreeMap<String, f64>,
    read: &dyn Fn(&str) -> Result<T, String>,
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
