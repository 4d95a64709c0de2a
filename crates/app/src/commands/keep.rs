//! `teiten store compact` and `teiten store retain`: the store is kept small, when somebody says so.

use anyhow::Result;
use teiten_model::interval::Timestamp;
use teiten_model::table::{Table, Value};
use teiten_store::compact::{self, Outcome as Became, Work};
use teiten_store::expiries::Expiry;
use teiten_store::keeper::Keeper;
use teiten_store::reserve;
use teiten_store::retain;

use crate::args::{Compact, Retain};
use crate::exit::{Outcome, Usage};
use crate::keep;
use crate::progress::Unit;
use crate::world::World;

/// A UTC day as it is written.
fn day(text: Option<&String>) -> Result<Option<&str>> {
    let Some(text) = text else { return Ok(None) };
    match text.parse::<jiff::civil::Date>() {
        Ok(_) if text.len() == 10 => Ok(Some(text)),
        _ => Err(Usage(format!("`{text}` is no day: write YYYY-MM-DD, a day of UTC")).into()),
    }
}

/// Whether a day of packets is asked for and closed.
fn is_wanted<'a>(world: &World, args: &'a Compact) -> Result<impl Fn(&str) -> bool + use<'a>> {
    let (only, from, to) = (day(args.day.as_ref())?, day(args.from.as_ref())?, day(args.to.as_ref())?);
    let open = keep::open_day(&world.config.keep, world.now());
    Ok(move |day: &str| {
        only.is_none_or(|only| day == only)
            && from.is_none_or(|from| from <= day)
            && to.is_none_or(|to| day < to)
            && day < open.as_str()
    })
}

/// Puts files together.
pub(super) fn compact(world: &World, args: &Compact) -> Result<Outcome> {
    let is_wanted = is_wanted(world, args)?;
    let store = world.store()?;
    let clock = || world.now().0;
    let keeper = if args.dry_run { None } else { Some(store.keep(&clock)?) };
    let is_of_days = args.day.is_some() || args.from.is_some() || args.to.is_some();
    let mut works = compact::plan(&store, &store.snapshot()?, is_wanted)?;
    // Who asks for days asks for packets.
    works.retain(|work| !is_of_days || work.day().is_some());
    let mut table = Table::new(&[
        ("table", ""),
        ("day", ""),
        ("files", "files"),
        ("rows", "rows"),
        ("size", "bytes"),
        ("files_after", "files"),
        ("rows_after", "rows"),
        ("size_after", "bytes"),
    ]);
    let mut outcome = Outcome::default();
    let progress = world.progress("compacting", works.iter().map(Work::size_bytes).sum(), Unit::Bytes);
    let (mut before, mut after) = (0, 0);
    for work in &works {
        let became = match &keeper {
            None => None,
            Some(keeper) => done(keeper, work, args.mib_per_second, world.now(), &mut outcome)?,
        };
        if let Some((_, _, size_bytes)) = became {
            (before, after) = (before + work.size_bytes(), after + size_bytes);
        }
        table.push(line(work, became));
        progress.add(work.size_bytes());
    }
    progress.finish();
    world.print(&table)?;
    if let Some(keeper) = &keeper {
        let swept = keep::sweep(keeper, &world.config.keep, world.now())?;
        reserve::hold(&store)?;
        outcome.notes.push(format!("{before} bytes became {after}"));
        outcome.notes.push(format!(
            "{} files of {} bytes were swept away that no kept snapshot needs",
            swept.files, swept.size_bytes
        ));
    }
    Ok(outcome)
}

fn line(work: &Work, became: Option<(usize, u64, u64)>) -> Vec<Value> {
    let int = |number: u64| Value::Int(number as i64);
    let mut cells = vec![
        Value::from(work.table()),
        work.day().map_or(Value::Null, Value::from),
        int(work.files() as u64),
        int(work.rows()),
        int(work.size_bytes()),
    ];
    cells.extend(match became {
        Some((files, rows, size_bytes)) => [int(files as u64), int(rows), int(size_bytes)],
        None => [Value::Null, Value::Null, Value::Null],
    });
    cells
}

/// Does a piece of work; gives files, rows and bytes that are left of it, when it was done.
fn done(
    keeper: &Keeper<'_>,
    work: &Work,
    mib_per_second: u64,
    now: Timestamp,
    outcome: &mut Outcome,
) -> Result<Option<(usize, u64, u64)>> {
    let named =
        || format!("{}{}", work.table(), work.day().map_or(String::new(), |day| format!(" of {day}")));
    Ok(match compact::work(keeper, work, keep::pace(mib_per_second), now.0)? {
        Became::Done { files, rows, size_bytes } => Some((files, rows, size_bytes)),
        Became::Changed => {
            outcome.notes.push(format!("{} changed meanwhile and stays as it is: do it again", named()));
            None
        }
        Became::NoRoom { needed, free } => {
            outcome.faults.push(format!(
                "{} stays as it is: {needed} bytes must be free beside it, {free} are",
                named()
            ));
            None
        }
    })
}

/// Lets go what is due.
pub(super) fn retain(world: &World, args: &Retain) -> Result<Outcome> {
    let policy = keep::policy(&world.config.keep);
    let store = world.store()?;
    let mut outcome = Outcome::default();
    if policy.is_none() {
        outcome.notes.push(
            "everything is kept for ever: no limit is set in `[keep]`, `teiten config keys` lists them"
                .to_string(),
        );
    }
    let expiries = if args.dry_run {
        let planned = retain::preview(&store, &policy, world.now().0)?;
        if planned.swept.files > 0 {
            outcome.notes.push(format!(
                "before that {} files of {} bytes would be swept away for want of room: only older snapshots need them",
                planned.swept.files, planned.swept.size_bytes
            ));
        }
        planned.expiries
    } else {
        let clock = || world.now().0;
        let keeper = store.keep(&clock)?;
        let retained = retain::retain(&keeper, &policy, world.now().0)?;
        let swept = retained.swept.and(keep::sweep(&keeper, &world.config.keep, world.now())?);
        outcome.notes.push(format!(
            "{} files of {} bytes were swept away that no kept snapshot needs",
            swept.files, swept.size_bytes
        ));
        retained.expiries
    };
    world.print(&table(&expiries))?;
    Ok(outcome)
}

fn table(expiries: &[Expiry]) -> Table {
    let mut table = Table::new(&[
        ("kind", ""),
        ("start", ""),
        ("end", ""),
        ("rows", "rows"),
        ("files", "files"),
        ("size", "bytes"),
        ("reason", ""),
    ]);
    for expiry in expiries {
        table.push(vec![
            Value::from(expiry.kind.name()),
            Value::Time(expiry.start),
            Value::Time(expiry.end),
            Value::Int(expiry.rows as i64),
            Value::Int(expiry.files as i64),
            Value::Int(expiry.size_bytes as i64),
            Value::from(expiry.reason.name()),
        ]);
    }
    table
}
