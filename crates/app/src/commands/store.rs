//! `teiten store`: what lies in the store, and whether it is whole.

use anyhow::Result;
use teiten_model::interval::{HOUR_US, Interval, Timestamp};
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_query::questions::{books, live, packets};
use teiten_query::session::Session;
use teiten_store::expiries::Kind;
use teiten_store::verify::verify;

use crate::args::StoreCommand;
use crate::commands::{keep, rebuild};
use crate::exit::Outcome;
use crate::world::World;

pub(crate) fn run(world: &World, command: &StoreCommand) -> Result<Outcome> {
    match command {
        StoreCommand::Status => status(world),
        StoreCommand::Verify => check(world),
        StoreCommand::Inputs => {
            let table = books::inputs(&world.session("all")?)?;
            world.print(&table)?;
            Ok(Outcome::default())
        }
        StoreCommand::Interruptions(args) => {
            let asked = world.asked(args)?;
            world.print(&live::interruptions(&asked.session, &asked.selection)?)?;
            Ok(Outcome { notes: asked.notes, ..Outcome::default() })
        }
        StoreCommand::Rebuild(args) => rebuild::run(world, args),
        StoreCommand::Compact(args) => keep::compact(world, args),
        StoreCommand::Retain(args) => keep::retain(world, args),
        StoreCommand::Account => {
            let session = world.session("all")?;
            world.print(&books::accounts(&session)?)?;
            Ok(Outcome { notes: balanced(&live::balance(&session)?), ..Outcome::default() })
        }
    }
}

fn status(world: &World) -> Result<Outcome> {
    let store = world.store()?;
    let snapshot = store.snapshot()?;
    let mut table = Table::new(&[
        ("table", ""),
        ("version", ""),
        ("files", "files"),
        ("rows", "rows"),
        ("size", "bytes"),
        ("per_row", "bytes"),
    ]);
    for def in teiten_store::table::tables() {
        let files = store.files(&snapshot, def.name)?;
        let rows: u64 = files.iter().filter_map(|file| file.rows).sum();
        let size: u64 = files.iter().map(|file| file.size_bytes).sum();
        table.push(vec![
            Value::from(def.name),
            snapshot.tables.get(def.name).map_or(Value::Null, |version| Value::Int(*version as i64)),
            Value::Int(files.len() as i64),
            Value::Int(rows as i64),
            Value::Int(size as i64),
            if rows > 0 { Value::Float(size as f64 / rows as f64) } else { Value::Null },
        ]);
    }
    world.print(&table)?;
    let session = world.session("all")?;
    let mut notes = vec![format!(
        "snapshot {} of {}, home zone {}",
        snapshot.number,
        Timestamp(snapshot.published_us),
        store.home_zone_name()
    )];
    if let Some((first, last)) = books::span(&session)? {
        notes.push(format!("packets from {} to {}", Timestamp(first), Timestamp(last)));
    }
    let expired = session.expired()?;
    for kind in Kind::ALL {
        let gone = expired.of(kind);
        if let Some(until) = gone.until {
            notes.push(format!(
                "{} before {} are no longer kept: {} rows, {} bytes expired",
                kind.name(),
                Timestamp(until),
                gone.rows,
                gone.size_bytes
            ));
        }
    }
    Ok(Outcome { notes, ..Outcome::default() })
}

/// What an account says of rows that expired; nothing when none did.
fn balanced(balance: &live::Balance) -> Vec<String> {
    match balance.expired {
        0 => Vec::new(),
        expired => vec![format!("stored {} = kept {} + expired {expired}", balance.stored, balance.rows)],
    }
}

/// The time of which packets and rollups are both kept; all time when nothing expired.
fn kept(session: &Session) -> Result<Selection> {
    let expired = session.expired()?;
    let until = expired.packets.until.max(expired.rollups.until);
    let interval = until.map(|until| Interval {
        start: Timestamp(-(-until).div_euclid(HOUR_US) * HOUR_US),
        end: Timestamp(i64::MAX.div_euclid(HOUR_US) * HOUR_US),
    });
    Ok(Selection { interval, ..Selection::default() })
}

fn check(world: &World) -> Result<Outcome> {
    let store = world.store()?;
    let snapshot = store.snapshot()?;
    let mut table =
        Table::new(&[("table", ""), ("files", "files"), ("rows", "rows"), ("size", "bytes"), ("faults", "")]);
    let mut outcome = Outcome::default();
    for report in verify(&store, &snapshot)? {
        table.push(vec![
            Value::Text(report.table),
            Value::Int(report.files as i64),
            Value::Int(report.rows as i64),
            Value::Int(report.size_bytes as i64),
            Value::Int(report.faults.len() as i64),
        ]);
        outcome.faults.extend(report.faults);
    }
    world.print(&table)?;
    if outcome.faults.is_empty() {
        let session = world.session("all")?;
        let kept = kept(&session)?;
        let (rolled, counted) = (books::total(&session, &kept)?, packets::count(&session, &kept, false)?);
        if rolled == counted {
            outcome.notes.push(format!("rollups and packets agree: {counted} packets"));
        } else {
            outcome.faults.push(format!("the rollups hold {rolled} packets, the table of packets {counted}"));
        }
        let balance = live::balance(&session)?;
        outcome.notes.extend(balanced(&balance));
        match balance.fault() {
            None => outcome.notes.push(format!(
                "the account balances: received {} = stored {} + lost {} + held {}",
                balance.received, balance.stored, balance.lost, balance.held
            )),
            Some(fault) => outcome.faults.push(fault),
        }
    }
    outcome.is_failure = !outcome.faults.is_empty();
    Ok(outcome)
}
