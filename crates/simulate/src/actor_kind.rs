//! What an actor's kind says: the keys of one kind, their bounds and defaults.

use std::collections::BTreeMap;

use crate::actor_form::{missing, weights};
use crate::curve::Curve;
use crate::dns::Outcome;
use crate::error::SimulateError;
use crate::form::{ActorForm, CurveForm, Reader};
use crate::icmp::Ping;
use crate::misconfiguration::Client;
use crate::port_mix::{PortChoice, PortMix};
use crate::request::{Asker, Request};
use crate::rsdos::{Assault, Attack};
use crate::scenario::{Kind, Zone};
use crate::syn::Manner;
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
        "storm" => Kind::Storm { ports: ports()? },
        "udp-requests" => {
            let requests = form.requests.as_ref().ok_or_else(|| missing(reader, place, "requests"))?;
            let requests = weights(reader, place, "requests", requests, &|name: &str| {
                let known = Request::ALL.iter().find(|(known, _)| *known == name);
                known.map(|(_, request)| *request).ok_or_else(|| not_one_of(name, Request::ALL))
            })?;
            let name = form.tool.as_deref().unwrap_or("plain");
            Kind::UdpRequests { requests, asker: one_of(reader, place, "tool", name, &Asker::ALL)? }
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
