//! `teiten sensor`: what each sensor stored, when it was silent, and of live ones when they were last heard.
//!
//! Columns about live sensors are there when there are any: a store of imported captures has nothing to say there.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use teiten_model::interval::Timestamp;
use teiten_model::selection::Viewer;
use teiten_model::table::{Table, Value};
use teiten_query::questions::trend::{Trend, trend};
use teiten_query::questions::{books, live};

use crate::args::Sensor;
use crate::collect::known::Known;
use crate::commands::{doctor, enrolment};
use crate::exit::{Outcome, Usage};
use crate::world::{Asked, World};

pub(crate) fn run(world: &World, command: &Sensor) -> Result<Outcome> {
    match command {
        Sensor::List(args) => {
            let asked = world.asked(args)?;
            let table = books::sensors(&asked.session, &asked.selection)?;
            let live = live::sensors(&asked.session, &asked.selection)?;
            let known = match asked.session.viewer() {
                Viewer::All => Known::of(world)?,
                Viewer::Member { .. } | Viewer::Public { .. } => Known::default(),
            };
            world.print(&listed(table, &live, &known))?;
            Ok(Outcome { notes: asked.notes, ..Outcome::default() })
        }
        Sensor::Enroll(args) => enrolment::enroll(world, args),
        Sensor::Test { name } => doctor::test(world, name),
        Sensor::Retire { name } => enrolment::retire(world, name),
        Sensor::Show { name, selection: args } => {
            let Asked { mut selection, session, notes: doubts } = world.asked(args)?;
            selection.sensors = vec![name.clone()];
            let known = books::sensors(&session, &selection)?;
            let live = live::sensors(&session, &selection)?;
            if known.rows.is_empty() {
                return Err(Usage(format!(
                    "no packets of a sensor `{name}` in that time: `teiten sensor list` names those there are"
                ))
                .into());
            }
            let question = Trend {
                step: "day".into(),
                zone: world.zone_name.clone(),
                by: None,
                lines: 1,
                without_sources: false,
            };
            let days = trend(&session, &selection, &question)?;
            world.print(&days)?;
            let mut notes = vec![said(world, &known)];
            notes.extend(doubts);
            notes.extend(said_live(world, &live));
            let broken = live::interruptions(&session, &selection)?;
            notes.extend((0..broken.rows.len().min(INTERRUPTIONS_SAID_MAX)).map(|row| {
                let of = |name| text(world, &broken, row, name);
                format!(
                    "{} ({}) from {} to {}, {} packets lost",
                    of("kind"),
                    of("cause"),
                    of("start"),
                    of("end"),
                    of("lost")
                )
            }));
            if broken.rows.len() > INTERRUPTIONS_SAID_MAX {
                notes.push(format!(
                    "{} interruptions more: `teiten store interruptions --sensor {name}` lists them",
                    broken.rows.len() - INTERRUPTIONS_SAID_MAX
                ));
            }
            notes.extend(account(&books::accounts(&session)?, name));
            Ok(Outcome { notes, ..Outcome::default() })
        }
    }
}

/// Interruptions that are told with a sensor.
const INTERRUPTIONS_SAID_MAX: usize = 10;

/// The list with what is known of live sensors beside it, and with those that never stored anything.
fn listed(mut table: Table, live: &Table, known: &Known) -> Table {
    if live.rows.is_empty() && known.is_empty() {
        return table;
    }
    let width = table.columns.len();
    let columns: [(&str, &str); 6] = [
        ("state", ""),
        ("contact", ""),
        ("observed", "hours"),
        ("unobserved", "hours"),
        ("lost", "packets"),
        ("clock_offset", "ms"),
    ];
    let more = Table::new(&columns);
    table.columns.extend(more.columns);
    let named = |row: &[Value]| match row.first() {
        Some(Value::Text(name)) => name.clone(),
        _ => String::new(),
    };
    let mut rows: BTreeMap<String, Vec<Value>> = table.rows.drain(..).map(|row| (named(&row), row)).collect();
    let places = live.rows.iter().map(|row| named(row)).chain(known.names());
    for name in places.collect::<BTreeSet<String>>() {
        rows.entry(name.clone()).or_insert_with(|| {
            let mut row = vec![Value::Null; width];
            row[0] = Value::Text(name.clone());
            row[1] = known.group(&name).map_or(Value::Null, Value::Text);
            row
        });
    }
    for (name, row) in &mut rows {
        let place = (0..live.rows.len()).find(|place| named(&live.rows[*place]) == *name);
        let of =
            |column: &str| place.and_then(|place| live.value(place, column)).cloned().unwrap_or(Value::Null);
        row.push(known.activity(name).map_or(Value::Null, |activity| Value::from(activity.name())));
        row.push(known.contact(name).map_or_else(|| of("stored"), Value::Time));
        row.extend(["observed", "unobserved", "lost", "clock_offset"].map(of));
    }
    table.rows = rows.into_values().collect();
    table
}

/// What is known of a live sensor, in one sentence; nothing of one that is not live.
fn said_live(world: &World, live: &Table) -> Option<String> {
    (!live.rows.is_empty()).then(|| {
        let of = |name| text(world, live, 0, name);
        let clock = match live.value(0, "clock_offset") {
            Some(Value::Null) | None => "clock not compared yet".to_string(),
            Some(_) => format!("clock {} ms ahead of the collector's", of("clock_offset")),
        };
        format!(
            "live: observed {} hours, {} not observed, {clock}, observed until {}, stored at {}",
            of("observed"),
            of("unobserved"),
            of("until"),
            of("stored")
        )
    })
}

fn text(world: &World, table: &Table, row: usize, name: &str) -> String {
    match table.value(row, name) {
        Some(Value::Text(text)) if !text.is_empty() => text.clone(),
        Some(Value::Int(number)) => number.to_string(),
        Some(Value::Float(number)) => format!("{number:.2}"),
        Some(Value::Time(us)) => world.zone.write_for_people(Timestamp(*us)),
        _ => "not said".to_string(),
    }
}

/// What is known of one sensor, in one sentence.
fn said(world: &World, known: &Table) -> String {
    let of = |name| text(world, known, 0, name);
    format!(
        "{}: group {}, region {}, country {}, {} addresses, first hour {}, last hour {}, {} hours with packets, {} silent between",
        of("sensor"),
        of("group"),
        of("region"),
        of("country"),
        of("addresses"),
        of("first"),
        of("last"),
        of("hours"),
        of("silent")
    )
}

/// The account of one sensor, a sentence for each reason.
fn account(accounts: &Table, sensor: &str) -> Vec<String> {
    let is_of = |row: &usize| accounts.value(*row, "sensor") == Some(&Value::from(sensor));
    let number = |row, name| match accounts.value(row, name) {
        Some(Value::Int(number)) => *number,
        _ => 0,
    };
    (0..accounts.rows.len())
        .filter(is_of)
        .map(|row| {
            let of = |name| number(row, name);
            format!(
                "account of all time: received {} = stored {} + lost {} + held {}",
                of("received"),
                of("stored"),
                of("lost"),
                of("held")
            )
        })
        .collect()
}
