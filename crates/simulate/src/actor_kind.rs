//! What an actor's kind says: the keys of one kind, their bounds and defaults.

use std::collections::BTreeMap;

use crate::actor_form::{missing, weights};
use crate::curve::Curve;
use crate::dns::Outcome;
use crate::dns_answers::Names;
use crate::error::SimulateError;
use crate::form::{ActorForm, CurveForm, Reader};
use crate::icmp::Ping;
use crate::misconfiguration::Client;
use crate::port_mix::{PortChoice, PortMix};
use crate::reflection;
use crate::request::{Asker, Request};
use crate::rsdos::{Assault, Attack};
use crate::scenario::{Kind, Zone};
use crate::syn::{Manner, Storm};
use crate::tool::Tool;

/// Reads the kind of an actor, whose keys have been checked.
pub(crate) fn read(reader: &Reader<'_>, place: &str, form: &ActorForm) -> Result<Kind, SimulateError> {
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
    let share = |key, value: Option<f64>| reader.number(place, key, value.unwrap_or(0.0), (0.0, 1.0));
    Ok(match form.kind.as_str() {
        "botnet" => Kind::Syn(Manner { tool: Tool::Mirai, ports: ports()?, tries: 1, second_phase: 0.0 }),
        "scanner" | "survey" | "worm" | "burst" => {
            let otherwise = if form.kind == "worm" { "windows-connect" } else { "plain-syn" };
            let name = form.tool.as_deref().unwrap_or(otherwise);
            let tool = one_of(reader, place, "tool", name, &Tool::ALL)?;
            Kind::Syn(Manner {
                tool,
                ports: ports()?,
                tries: whole("tries", form.tries, 1, 3)?,
                second_phase: share("second_phase", form.second_phase)?,
            })
        }
        "os-probe" => Kind::OsProbe,
        "source-port" => Kind::SourcePort {
            ports: ports()?,
            every_days: whole("every_days", form.every_days, 3, 60)?,
            src_port: form.src_port.unwrap_or(6_000),
            window: form.window.unwrap_or(16_384),
        },
        "random-subdomain" => Kind::RandomSubdomain {
            zones: zones(reader, place, form)?,
            outcome: Outcome {
                servfail: curve("servfail", &form.servfail, 0.1)?,
                refused: curve("refused", &form.refused, 0.02)?,
                unreachable: curve("unreachable", &form.unreachable, 0.1)?,
                forwarders: share("forwarders", form.forwarders)?,
            },
        },
        "rsdos" => {
            let name = form.attack.as_deref().unwrap_or("tcp");
            Kind::Rsdos(Assault {
                attack: one_of(reader, place, "attack", name, &Attack::ALL)?,
                ports: ports()?,
                episodes_per_day: whole("episodes_per_day", form.episodes_per_day, 6, 10_000)?,
                minutes: whole("minutes", form.minutes, 30, 1_440)?,
                routers: share("routers", form.routers)?,
            })
        }
        "misconfiguration" => {
            let name = form.client.as_deref().ok_or_else(|| missing(reader, place, "client"))?;
            Kind::Misconfiguration { client: one_of(reader, place, "client", name, &Client::ALL)? }
        }
        "storm" => Kind::Storm { ports: ports()?, storm: storm(reader, place, form)? },
        "reflection" => {
            let name = form.service.as_deref().unwrap_or("syn-ack");
            Kind::Reflection(reflection::Manner {
                service: one_of(reader, place, "service", name, &reflection::Service::ALL)?,
                src_port: form.src_port,
                addresses: whole("addresses", form.addresses, 1, 65_536)?,
            })
        }
        "repeated-answer" => {
            Kind::Balancer { ports: ports()?, repeats: whole("repeats", form.repeats, 40, 1_000)? }
        }
        "periodic" => {
            let name = form.tool.as_deref().unwrap_or("linux-connect");
            let tool = one_of(reader, place, "tool", name, &Tool::ALL)?;
            let every_hours = whole("every_hours", form.every_hours, 48, 1_440)?;
            Kind::Periodic { ports: ports()?, every_hours, tool }
        }
        "family" => {
            let header = form.header.ok_or_else(|| missing(reader, place, "header"))?;
            if header.ttl.is_some_and(|ttl| ttl < 32) {
                return Err(reader.wrong(place, "header", "a `ttl` below 32 does not reach the sensors"));
            }
            Kind::Family { ports: ports()?, header }
        }
        "dns-answers" => {
            let name = form.names.as_deref().ok_or_else(|| missing(reader, place, "names"))?;
            let zone = form.zone.as_deref().ok_or_else(|| missing(reader, place, "zone"))?;
            if !is_domain(zone) {
                return Err(reader.wrong(place, "zone", format!("`{zone}` is not a domain name")));
            }
            let names = one_of(reader, place, "names", name, &Names::ALL)?;
            Kind::DnsAnswers { names, zone: zone.to_owned() }
        }
        "udp-requests" => {
            let requests = form.requests.as_ref().ok_or_else(|| missing(reader, place, "requests"))?;
            let requests = weights(reader, place, "requests", requests, &|name: &str| {
                let known = Request::ALL.iter().find(|(known, _)| *known == name);
                known.map(|(_, request)| *request).ok_or_else(|| not_one_of(name, Request::ALL))
            })?;
            let name = form.tool.as_deref().unwrap_or("plain");
            if let Some(name) = form.dns_name.as_ref().filter(|name| !is_domain(name)) {
                return Err(reader.wrong(place, "dns_name", format!("`{name}` is not a domain name")));
            }
            let asker = one_of(reader, place, "tool", name, &Asker::ALL)?;
            Kind::UdpRequests { requests, asker, dns_name: form.dns_name.clone() }
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
    weights(reader, place, "ports", form, &choice).map(PortMix)
}

fn storm(reader: &Reader<'_>, place: &str, form: &ActorForm) -> Result<Storm, SimulateError> {
    if form.ttls.is_some_and(|[least, most]| least > most) {
        return Err(reader.wrong(place, "ttls", "the first is the least, the second the most"));
    }
    let icmp = reader.number(place, "icmp", form.icmp.unwrap_or(0.0), (0.0, 1.0))?;
    Ok(Storm { ttls: form.ttls.map(|[least, most]| (least, most)), icmp })
}

fn is_domain(name: &str) -> bool {
    let labels_fit = name.split('.').all(|label| (1..=63).contains(&label.len()));
    labels_fit && name.len() <= 200 && name.is_ascii()
}

fn zones(reader: &Reader<'_>, place: &str, form: &ActorForm) -> Result<Vec<Zone>, SimulateError> {
    let zones = form.zones.as_ref().ok_or_else(|| missing(reader, place, "zones"))?;
    if zones.is_empty() {
        return Err(reader.wrong(place, "zones", "there is none"));
    }
    let zone = |zone: &crate::form::ZoneForm| {
        if !is_domain(&zone.name) {
            return Err(reader.wrong(place, "zones", format!("`{}` is not a domain name", zone.name)));
        }
        let during = reader.span(place, zone.from.as_ref(), zone.to.as_ref())?;
        let weight = reader.number(place, "zones", zone.weight.unwrap_or(1.0), (1e-6, 1e9))?;
        Ok(Zone { name: zone.name.clone(), weight, during })
    };
    zones.iter().map(zone).collect()
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
