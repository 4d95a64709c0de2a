//! `teiten sensor`: what each sensor stored, and when it was silent.

use anyhow::Result;
use teiten_model::interval::Timestamp;
use teiten_model::table::{Table, Value};
use teiten_query::questions::books;
use teiten_query::questions::trend::{Trend, trend};

use crate::args::Sensor;
use crate::exit::{Outcome, Usage};
use crate::world::{Asked, World};

pub(crate) fn run(world: &World, command: &Sensor) -> Result<Outcome> {
    match command {
        Sensor::List(args) => {
            let asked = world.asked(args)?;
            let table = books::sensors(&asked.session, &asked.selection)?;
            world.print(&table)?;
            Ok(Outcome { notes: asked.notes, ..Outcome::default() })
        }
        Sensor::Show { name, selection: args } => {
            let Asked { mut selection, session, notes: doubts } = world.asked(args)?;
            selection.sensors = vec![name.clone()];
            let known = books::sensors(&session, &selection)?;
            if known.rows.is_empty() {
                return Err(Usage(format!(
                    "no packets of a sensor `{name}` in that time: `teiten sensor list` names those there are"
                ))
                .into());
            }
            let question = Trend { step: "day".into(), zone: world.zone_name.clone(), by: None, lines: 1 };
            let days = trend(&session, &selection, &question)?;
            world.print(&days)?;
            let mut notes = vec![said(world, &known)];
            notes.extend(doubts);
            notes.extend(account(&books::accounts(&session)?, name));
            Ok(Outcome { notes, ..Outcome::default() })
        }
    }
}

fn text(world: &World, table: &Table, row: usize, name: &str) -> String {
    match table.value(row, name) {
        Some(Value::Text(text)) if !text.is_empty() => text.clone(),
        Some(Value::Int(number)) => number.to_string(),
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
