//! `teiten sensor`: what each sensor stored, and when it was silent.

use anyhow::Result;
use teiten_model::table::{Table, Value};
use teiten_query::questions::books;
use teiten_query::questions::trend::{Trend, trend};

use crate::args::Sensor;
use crate::exit::{Outcome, Usage};
use crate::world::World;

pub(crate) fn run(world: &World, command: &Sensor) -> Result<Outcome> {
    match command {
        Sensor::List(args) => {
            let selection = world.selection(args)?;
            let table = books::sensors(&world.session(&args.viewer)?, &selection)?;
            world.print(&table)?;
            Ok(Outcome::default())
        }
        Sensor::Show { name, selection: args } => {
            let mut selection = world.selection(args)?;
            selection.sensors = vec![name.clone()];
            let session = world.session(&args.viewer)?;
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
            let mut notes = vec![said(&known)];
            notes.extend(account(&books::accounts(&session)?, name));
            Ok(Outcome { notes, ..Outcome::default() })
        }
    }
}

fn text(table: &Table, row: usize, name: &str) -> String {
    match table.value(row, name) {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Int(number)) => number.to_string(),
        Some(Value::Time(us)) => teiten_model::interval::Timestamp(*us).to_string(),
        _ => "not said".to_string(),
    }
}

/// What is known of one sensor, in one sentence.
fn said(known: &Table) -> String {
    let of = |name| text(known, 0, name);
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
    (0..accounts.rows.len())
        .filter(|row| text(accounts, *row, "sensor") == sensor)
        .map(|row| {
            let of = |name| text(accounts, row, name);
            format!(
                "account: received {} = stored {} + lost {} + held {} {}",
                of("received"),
                of("stored"),
                of("lost"),
                of("held"),
                of("reason")
            )
            .trim_end()
            .to_string()
        })
        .collect()
}
