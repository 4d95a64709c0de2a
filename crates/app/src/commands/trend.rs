//! `teiten trend`: a series over time.

use anyhow::Result;
use teiten_query::questions::trend::{Trend, trend};

use crate::args;
use crate::exit::{Outcome, Usage};
use crate::world::{Asked, World};

/// The steps of a series.
const STEPS: [&str; 5] = ["hour", "day", "week", "month", "year"];

pub(crate) fn run(world: &World, args: &args::Trend) -> Result<Outcome> {
    if !STEPS.contains(&args.step.as_str()) {
        return Err(Usage(format!("`{}` is not a step: write one of {}", args.step, STEPS.join(", "))).into());
    }
    let question = Trend {
        step: args.step.clone(),
        zone: world.zone_name.clone(),
        by: args.by.as_deref().map(super::top::by).transpose()?,
        lines: args.lines,
    };
    let Asked { selection, session, notes: doubts } = world.asked(&args.selection)?;
    if args.explain {
        let session = session.explaining();
        trend(&session, &selection, &question)?;
        world.print_explained(&session)?;
        return Ok(Outcome { notes: doubts, ..Outcome::default() });
    }
    let mut table = trend(&session, &selection, &question)?;
    world.print(&table)?;
    let mut notes = std::mem::take(&mut table.notes);
    notes.extend(doubts);
    notes.push(format!("answered from {}, snapshot {}", table.origin.join(", "), session.snapshot().number));
    Ok(Outcome { notes, ..Outcome::default() })
}
