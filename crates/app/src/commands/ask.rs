//! `teiten ask`: the questions that recur in periodic reports, one by one.
//!
//! What a section of a report prints can be asked here for any selection, and its packets found with the
//! same filter.

use anyhow::Result;
use teiten_model::interval::Interval;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_query::error::QueryError;
use teiten_query::questions::hosts::By;
use teiten_query::questions::mirai::{self, MIRAI, Of};
use teiten_query::questions::sensors::{self, Place};
use teiten_query::questions::{
    accesses, damage, hosts, one_sensor, origin_kinds, payloads, per_address, responses, scanners, shares,
    signatures,
};
use teiten_query::session::Session;

use crate::args::Ask;
use crate::exit::{Outcome, Usage};
use crate::world::World;
use teiten_ask::{labels, wanted};

/// What a question is told.
struct Asked<'a> {
    session: &'a Session,
    selection: &'a Selection,
    versus: Option<Interval>,
    step: &'a str,
    zone: &'a str,
    lines: usize,
    home: Option<&'a str>,
}

impl Asked<'_> {
    fn home(&self) -> Result<&str, QueryError> {
        self.home.ok_or_else(|| {
            QueryError::Question("this question needs the home country: write --home JP".to_string())
        })
    }
}

/// A question: its name, what it answers, how it is asked.
struct Question {
    name: &'static str,
    doc: &'static str,
    ask: fn(&Asked<'_>) -> Result<Table, QueryError>,
}

/// Names of the questions, and what they answer.
pub(crate) fn questions() -> impl Iterator<Item = (&'static str, &'static str)> {
    QUESTIONS.iter().map(|question| (question.name, question.doc))
}

/// Every question.
const QUESTIONS: &[Question] = &[
    Question {
        name: "accesses",
        doc: "packets per address and day, sources a day; --vs",
        ask: |asked| accesses::figures(asked.session, asked.selection, asked.zone, asked.versus),
    },
    Question {
        name: "accesses-series",
        doc: "the same step by step; --step",
        ask: |asked| accesses::per_step(asked.session, asked.selection, asked.step, asked.zone),
    },
    Question {
        name: "hosts-tcp",
        doc: "TCP ports by distinct sources, with their share of all; --vs, --top",
        ask: |asked| hosts::hosts(asked.session, asked.selection, By::TcpPorts, asked.lines, asked.versus),
    },
    Question {
        name: "hosts-udp",
        doc: "UDP ports by distinct sources; --vs, --top",
        ask: |asked| hosts::hosts(asked.session, asked.selection, By::UdpPorts, asked.lines, asked.versus),
    },
    Question {
        name: "hosts-countries",
        doc: "countries by distinct sources; --vs, --top",
        ask: |asked| hosts::hosts(asked.session, asked.selection, By::Countries, asked.lines, asked.versus),
    },
    Question {
        name: "damage",
        doc: "backscatter of attacks: packets a day, victims; --vs",
        ask: |asked| damage::figures(asked.session, asked.selection, asked.zone, asked.versus),
    },
    Question {
        name: "damage-series",
        doc: "backscatter step by step and by kind; --step",
        ask: |asked| damage::per_step(asked.session, asked.selection, asked.step, asked.zone),
    },
    Question {
        name: "damage-ports",
        doc: "the ports that were attacked; --top",
        ask: |asked| damage::ports(asked.session, asked.selection, asked.lines),
    },
    Question {
        name: "responses",
        doc: "unsolicited answers of services that amplify",
        ask: |asked| responses::services(asked.session, asked.selection),
    },
    Question { name: "categories", doc: "detections by category of signature; --vs", ask: categories },
    Question {
        name: "home-ports",
        doc: "ports of all sources and of those of the home country; --home, --top",
        ask: |asked| shares::ports(asked.session, asked.selection, asked.home()?, asked.lines),
    },
    Question {
        name: "home-kinds",
        doc: "sources of the home country: Mirai, GRE, 445/TCP with one window, other; --home, --step",
        ask: |asked| {
            origin_kinds::per_step(asked.session, asked.selection, asked.home()?, asked.step, asked.zone)
        },
    },
    Question {
        name: "mirai",
        doc: "sources with and without the trait of Mirai; --step, -Y for a port or country",
        ask: |asked| {
            let of = Of { country: asked.home, port: None };
            mirai::per_step(asked.session, asked.selection, of, MIRAI, asked.step, asked.zone)
        },
    },
    Question {
        name: "mirai-ports",
        doc: "ports with the part of packets that have the trait; --home, --top",
        ask: |asked| mirai::ports(asked.session, asked.selection, asked.home, MIRAI, asked.lines),
    },
    Question {
        name: "mirai-countries",
        doc: "sources with the trait by country, and their sum; --step, --top",
        ask: |asked| {
            mirai::by_country(asked.session, asked.selection, MIRAI, asked.lines, asked.step, asked.zone)
        },
    },
    Question {
        name: "payloads",
        doc: "distinct payloads (their first 256 bytes), with packets, sources, sensors; --top",
        ask: |asked| payloads::payloads(asked.session, asked.selection, asked.lines),
    },
    Question {
        name: "places",
        doc: "packets per sensor and day, at home and overseas or by group; --home, --step",
        ask: |asked| {
            let place = asked.home.map_or(Place::Group, Place::Home);
            sensors::per_step(asked.session, asked.selection, place, asked.step, asked.zone)
        },
    },
    Question {
        name: "sensor-ports",
        doc: "the ports of each sensor; --top",
        ask: |asked| sensors::ports(asked.session, asked.selection, asked.lines),
    },
    Question {
        name: "scanners",
        doc: "sources that scan many ports in a day, by organisation; --top",
        ask: |asked| scanners::organisations(asked.session, asked.selection, asked.zone, asked.lines),
    },
    Question {
        name: "scanners-series",
        doc: "the same day by day; --top",
        ask: |asked| scanners::per_day(asked.session, asked.selection, asked.zone, asked.lines),
    },
    Question {
        name: "networks",
        doc: "sources and /24 networks behind the scan of each port; --top",
        ask: |asked| scanners::networks(asked.session, asked.selection, asked.lines),
    },
    Question {
        name: "networks-of",
        doc: "the /24 networks with most sources; --top, -Y for a port",
        ask: |asked| scanners::networks_of(asked.session, asked.selection, asked.lines),
    },
    Question {
        name: "bursts",
        doc: "bursts that reached one sensor only",
        ask: |asked| one_sensor::bursts(asked.session, asked.selection),
    },
    Question {
        name: "ranks-without-bursts",
        doc: "ports as they rank, and as they would without those bursts; --top",
        ask: |asked| {
            let port = teiten_query::dimension::find("port")
                .ok_or_else(|| QueryError::Question("packets cannot be divided by port".to_string()))?;
            one_sensor::ranks(asked.session, asked.selection, port, asked.lines)
        },
    },
    Question {
        name: "per-address",
        doc: "packets per address in each year, with the parts of open scanners and 23/TCP; --step year",
        ask: |asked| per_address::per_step(asked.session, asked.selection, asked.step, asked.zone),
    },
];

fn categories(asked: &Asked<'_>) -> Result<Table, QueryError> {
    let all = labels::categories().map_err(|error| QueryError::Question(format!("{error:#}")))?;
    let pairs: Vec<(&str, &str)> = all.iter().map(|(tag, category)| (tag.as_str(), *category)).collect();
    signatures::by_category(asked.session, asked.selection, &pairs, asked.versus)
}

pub(crate) fn run(world: &World, args: &Ask) -> Result<Outcome> {
    let Some(name) = &args.question else { return list(world) };
    let question = QUESTIONS
        .iter()
        .find(|question| question.name == name)
        .ok_or_else(|| Usage(format!("there is no question `{name}`: `teiten ask` lists them")))?;
    wanted::step(&args.step)?;
    world.selection(&args.selection)?;
    let versus = args.selection.wanted().versus(args.vs.as_deref(), &world.zone, world.now())?;
    let crate::world::Asked { selection, session, notes: doubts } = world.asked(&args.selection)?;
    let mut table = (question.ask)(&Asked {
        session: &session,
        selection: &selection,
        versus,
        step: &args.step,
        zone: &world.zone_name,
        lines: args.lines,
        home: args.home.as_deref(),
    })?;
    world.add_names(&mut table, selection.interval)?;
    world.print(&table)?;
    let mut notes = doubts;
    notes.append(&mut table.notes);
    notes.push(format!("answered from {}, snapshot {}", table.origin.join(", "), session.snapshot().number));
    Ok(Outcome { notes, is_nothing: false, ..Outcome::default() })
}

/// The questions there are.
fn list(world: &World) -> Result<Outcome> {
    let mut table = Table::new(&[("question", ""), ("answers", "")]);
    for question in QUESTIONS {
        table.push(vec![Value::from(question.name), Value::from(question.doc)]);
    }
    world.print(&table)?;
    Ok(Outcome::default())
}
