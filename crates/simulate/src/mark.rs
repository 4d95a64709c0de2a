//! What detectors must find in a scenario, and what they may find without being right or wrong.
//!
//! The generator knows some of it by itself: whom it made victims, which zones were attacked, which sensor was
//! down ([`automatic`]). The rest is said in the scenario, on an actor or at its top, by `expect` and `tolerate`.
//!
//! **Invariant:** a mark names a detector and says how its subject is told; its interval lies in order.

use serde::Deserialize;
use teiten_model::interval::{HOUR_US, Interval};
use teiten_model::protocols;

use crate::aim::Site;
use crate::error::SimulateError;
use crate::family::Header;
use crate::form::Reader;
use crate::reflection;
use crate::rsdos::Attack;
use crate::scenario::{Actor, Kind, Scenario};
use crate::tool::Tool;
use crate::truth_cell::label;

/// Detectors of changes of a port.
const CHANGES: [&str; 5] = ["surge", "new-port", "level-shift", "slow-drift", "drop"];
/// From how many sources on an actor can change what is usual at a port.
const CHANGE_SOURCES_MIN: f64 = 3.0;
/// The most marks of one actor, and words of one mark.
const MARKS_MAX: usize = 200;
/// From how many hours on an outage must be found; a shorter one may be.
const OUTAGE_HOURS_MIN: i64 = 12;

/// A mark as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MarkForm {
    detector: String,
    subject: Option<String>,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    holds: Vec<String>,
    #[serde(default)]
    within: Vec<String>,
    each: Option<String>,
    from: Option<String>,
    to: Option<String>,
    #[serde(default)]
    weak: bool,
}

/// What a detector must or may find.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    /// Identifier of the detector; `*` for any.
    pub(crate) detector: String,
    /// How the subject may be written; the first names it.
    pub(crate) subjects: Vec<String>,
    /// Words that the subject holds, instead of being one of these.
    pub(crate) holds: Vec<String>,
    /// Ports that hold every port of the subject, likewise.
    pub(crate) within: Vec<String>,
    pub(crate) each: Each,
    /// When it is there; packets at other times are not its own.
    pub(crate) during: Interval,
    /// Whether the interval was said, and not only the actor's life.
    pub(crate) is_stated: bool,
    /// Whether it must be found.
    pub(crate) is_expected: bool,
    /// Whether it is near the bound from which it can be found.
    pub(crate) is_weak: bool,
}

/// Of what there is a phenomenon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Each {
    /// Of the actor as a whole.
    Whole,
    /// Of each of its sources.
    Source,
    /// Of each victim.
    Victim,
    /// Of each zone.
    Zone,
}

impl Mark {
    fn new(detector: &str, subject: &str, during: Interval) -> Mark {
        Mark {
            detector: detector.to_owned(),
            subjects: Some(subject)
                .filter(|subject| !subject.is_empty())
                .map(str::to_owned)
                .into_iter()
                .collect(),
            holds: Vec::new(),
            within: Vec::new(),
            each: Each::Whole,
            during,
            is_stated: false,
            is_expected: true,
            is_weak: false,
        }
    }

    fn tolerated(self) -> Mark {
        Mark { is_expected: false, ..self }
    }

    fn also(mut self, subject: impl Into<String>) -> Mark {
        self.subjects.push(subject.into());
        self
    }
}

/// Reads a mark; what it leaves open is the actor's, or the scenario's.
pub(crate) fn read(
    reader: &Reader<'_>,
    place: &str,
    key: &str,
    form: &MarkForm,
    life: Interval,
    has_packets: bool,
) -> Result<Mark, SimulateError> {
    let is_expected = key == "expect";
    let is_word = form.detector.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    if (!is_word && (is_expected || form.detector != "*")) || form.detector.is_empty() {
        let message =
            format!("`{}` is not the identifier of a detector, such as `level-shift`", form.detector);
        return Err(reader.wrong(place, key, message));
    }
    let each = match form.each.as_deref() {
        None => Each::Whole,
        Some("source") if has_packets => Each::Source,
        Some(other) => return Err(reader.wrong(place, key, format!("`each = \"{other}\"` is not `source`"))),
    };
    let words = form.also.len() + form.holds.len() + form.within.len();
    if words > MARKS_MAX {
        return Err(reader.wrong(place, key, format!("{words} words: write up to {MARKS_MAX}")));
    }
    if is_expected && each == Each::Whole && form.subject.is_none() {
        return Err(reader.wrong(place, key, "`subject` is missing: write it as findings name it"));
    }
    let start = form.from.as_ref().map_or(Ok(life.start), |text| reader.moment(place, key, text))?;
    let end = form.to.as_ref().map_or(Ok(life.end), |text| reader.moment(place, key, text))?;
    if start >= end {
        return Err(reader.wrong(place, key, "`to` is not after `from`"));
    }
    Ok(Mark {
        detector: form.detector.clone(),
        subjects: form.subject.iter().chain(&form.also).cloned().collect(),
        holds: form.holds.clone(),
        within: form.within.clone(),
        each,
        during: Interval { start, end },
        is_stated: true,
        is_expected,
        is_weak: form.weak,
    })
}

/// Reads the marks of one place.
pub(crate) fn read_all(
    reader: &Reader<'_>,
    place: &str,
    (expect, tolerate): (&[MarkForm], &[MarkForm]),
    life: Interval,
    has_packets: bool,
) -> Result<Vec<Mark>, SimulateError> {
    if expect.len() + tolerate.len() > MARKS_MAX {
        return Err(reader.wrong(place, "expect", format!("more than {MARKS_MAX} entries")));
    }
    let expect = expect.iter().map(|form| ("expect", form));
    let all = expect.chain(tolerate.iter().map(|form| ("tolerate", form)));
    let mut marks = Vec::new();
    for (key, form) in all {
        let mark = read(reader, place, key, form, life, has_packets)?;
        marks.extend(neighbours(&mark, reader.during));
        marks.push(mark);
    }
    Ok(marks)
}

/// A change that is planted may be named otherwise too, until the end: a surge by the day, a new level by the
/// week, and what ends, a fall.
fn neighbours(mark: &Mark, during: Interval) -> Vec<Mark> {
    if !mark.is_expected || !CHANGES.contains(&mark.detector.as_str()) {
        return Vec::new();
    }
    let during = Interval { start: mark.during.start, end: during.end };
    let others = CHANGES.iter().filter(|detector| **detector != mark.detector);
    let other = |detector: &&str| {
        let detector = (*detector).to_owned();
        Mark { detector, during, is_expected: false, ..mark.clone() }
    };
    others.map(other).collect()
}

/// What an actor that comes, goes, grows or shrinks changes at its ports: right, whoever says it. Too few
/// sources, and those of an organisation, are no change (rules D101, D110).
fn changes(actor: &Actor, ports: &[String], during: Interval) -> Vec<Mark> {
    let is_steady = actor.life == during
        && actor.rate.bursts.is_empty()
        && actor.rate.curve.is_constant()
        && actor.pool.sources.is_constant();
    let is_many = actor.pool.sources.highest() >= CHANGE_SOURCES_MIN;
    let is_forged = matches!(actor.kind, Kind::Storm { .. });
    if is_steady || !is_many || is_forged || actor.is_burst() || !actor.organisation.is_empty() {
        return Vec::new();
    }
    let during = Interval { start: actor.life.start, end: during.end };
    let of_port = |port: &String| CHANGES.map(|detector| Mark::new(detector, port, during).tolerated());
    ports.iter().flat_map(of_port).collect()
}

/// What the generator knows of an actor without being told.
pub(crate) fn automatic(actor: &Actor, scenario: &Scenario) -> Vec<Mark> {
    let (sites, home, life) = (&scenario.sensors, &scenario.home, actor.life);
    let sensor = || sites[actor.aim[0]].sensor.name.clone();
    let mut marks = Vec::new();
    if !actor.organisation.is_empty() {
        marks.push(Mark::new("survey-scanner", &actor.organisation, life));
    }
    let own_ports = ports(actor);
    marks.extend(changes(actor, &own_ports, scenario.during));
    match &actor.kind {
        Kind::Rsdos(_) => marks.push(Mark { each: Each::Victim, ..Mark::new("rsdos", "", life) }),
        Kind::RandomSubdomain { .. } => {
            marks.push(Mark { each: Each::Zone, ..Mark::new("dns-aftermath", "", life) });
        }
        Kind::Reflection(manner) => {
            let service = label((manner.service.protocol(), manner.port()));
            let detector = match manner.service {
                reflection::Service::SynAck => "syn-reflection",
                _ => "udp-reflection",
            };
            let both = format!("{service} {}", sensor());
            marks.push(Mark::new(detector, &service, life).also(sensor()).also(both));
        }
        Kind::SourcePort { src_port, .. } => {
            let port = label((protocols::TCP, *src_port));
            marks.push(Mark::new("fixed-source-port", &port, life));
            let holds = vec![src_port.to_string()];
            marks.push(Mark { holds, ..Mark::new("header-family", "", life).tolerated() });
            let within = own_ports.clone();
            marks.push(Mark { within, ..Mark::new("slow-periodic", "", life).tolerated() });
            marks.extend(groups(&own_ports, life));
        }
        Kind::Family { header, .. } => {
            let fixed = header.src_port.or(header.ip_id).or(header.window).unwrap_or_default();
            let holds = vec![fixed.to_string()];
            let subject = header_text(header);
            marks.push(Mark { holds, ..Mark::new("header-family", &subject, life) });
            if let Some(port) = header.src_port {
                let port = label((protocols::TCP, port));
                marks.push(Mark::new("fixed-source-port", &port, life).tolerated());
            }
            marks.extend(groups(&own_ports, life));
        }
        Kind::Periodic { .. } => {
            for port in &own_ports {
                marks.push(Mark::new("slow-periodic", port, life));
            }
            marks.extend(groups(&own_ports, life));
        }
        Kind::Storm { storm, .. } => {
            for port in &own_ports {
                marks.push(Mark::new("noise-storm", port, life).also("all"));
            }
            if storm.icmp > 0.0 {
                marks.push(Mark::new("noise-storm", "8/ICMP", life).tolerated());
            }
        }
        Kind::Syn(_) if actor.is_burst() => {
            for port in &own_ports {
                let both = format!("{port} {}", sensor());
                marks.push(Mark::new("local-burst", port, life).also(sensor()).also(both));
            }
        }
        Kind::Syn(manner) => {
            marks.extend(groups(&own_ports, life));
            let holds = match manner.tool {
                Tool::Zmap { .. } => "54321",
                Tool::Scapy => "20",
                _ => "",
            };
            if !holds.is_empty() {
                let holds = vec![holds.to_owned()];
                marks.push(Mark { holds, ..Mark::new("header-family", "", life).tolerated() });
            }
        }
        Kind::UdpRequests { .. } => {
            marks.push(Mark::new("resolver-scan", "", life).tolerated());
            marks.extend(groups(&own_ports, life));
        }
        _ => {}
    }
    let has_home = actor.pool.countries.shares().any(|(code, _)| code == home);
    let infected = match &actor.kind {
        Kind::Syn(manner) if manner.tool == Tool::Mirai => Some("mirai"),
        Kind::Syn(_) if own_ports.iter().any(|port| port == "445/TCP") => Some("smb"),
        Kind::Gre => Some("gre"),
        _ => None,
    };
    if let (true, Some(kind)) = (has_home, infected) {
        marks.push(Mark::new("infected-at-home", &format!("{home} {kind}"), life).tolerated());
    }
    marks
}

/// Sources that share ports do so because their actor does: right, but nothing that was planted to be found.
fn groups(ports: &[String], life: Interval) -> Vec<Mark> {
    let group = |detector| Mark { within: ports.to_vec(), ..Mark::new(detector, "", life).tolerated() };
    if ports.is_empty() { Vec::new() } else { ["campaign", "port-overlap"].map(group).into() }
}

/// Fixed header fields as a subject.
fn header_text(header: &Header) -> String {
    let fields = [
        ("sport", header.src_port),
        ("ipid", header.ip_id),
        ("window", header.window),
        ("ttl", header.ttl.map(u16::from)),
    ];
    let fixed: Vec<String> =
        fields.iter().filter_map(|(name, value)| Some(format!("{name}={}", (*value)?))).collect();
    fixed.join(" ")
}

/// What is known of a sensor that is down.
pub(crate) fn outages(site: &Site) -> impl Iterator<Item = Mark> {
    site.outages.iter().map(|outage| {
        let is_expected = outage.length_us() >= OUTAGE_HOURS_MIN * HOUR_US;
        let name = &site.sensor.name;
        Mark { is_expected, is_stated: true, ..Mark::new("sensor-outage", name, *outage).also("all") }
    })
}

/// The destination ports that an actor names, as findings name them.
fn ports(actor: &Actor) -> Vec<String> {
    let of_mix = |mix: &crate::port_mix::PortMix| -> Vec<String> {
        mix.fixed().map(|(port, _)| label((protocols::TCP, port))).collect()
    };
    match &actor.kind {
        Kind::Syn(manner) => of_mix(&manner.ports),
        Kind::SourcePort { ports, .. }
        | Kind::Storm { ports, .. }
        | Kind::Periodic { ports, .. }
        | Kind::Family { ports, .. } => of_mix(ports),
        Kind::UdpRequests { requests, .. } => {
            let mut ports: Vec<String> =
                requests.shares().map(|(request, _)| label((protocols::UDP, request.port()))).collect();
            ports.dedup();
            ports
        }
        _ => Vec::new(),
    }
}

/// A victim as findings name it.
pub(crate) fn victim(address: crate::address::Address, attack: Attack) -> String {
    let protocol = Attack::ALL.iter().find(|(_, known)| *known == attack).map_or("", |(name, _)| *name);
    format!("{address} {protocol}")
}
