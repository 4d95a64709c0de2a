//! `teiten trend`: a series over time.

use anyhow::Result;
use teiten_ask::wanted;
use teiten_query::questions::trend::{Trend, trend};

use crate::args;
use crate::exit::Outcome;
use crate::world::{Asked, World};

pub(crate) fn run(world: &World, args: &args::Trend) -> Result<Outcome> {
    wanted::step(&args.step)?;
    let question = Trend {
        step: args.step.clone(),
        zone: world.zone_name.clone(),
        by: args.by.as_deref().map(wanted::dimension).transpose()?,
        lines: args.lines,
        without_sources: false,
    };
    let Asked { selection, session, notes: doubts } = world.asked(&args.selection)?;
    if args.explain {
        let session = session.explaining();
        trend(&session, &selection, &question)?;
        world.print_explained(&session)?;
        return Ok(Outcome { notes: doubts, ..Outcome::default() });
    }
    let mut table = trend(&session, &selection, &question)?;
    let marked = match &args.marks {
        Some(port) => super::intel::mark_series(world, &session, port, &mut table)?,
        None => Vec::new(),
    };
    world.print(&table)?;
    let mut notes = std::mem::take(&mut table.notes);
    notes.extend(doubts);
    notes.extend(marked);
    notes.push(format!("answered from {}, snapshot {}", table.origin.join(", "), session.snapshot().number));
    Ok(Outcome { notes, ..Outcome::default() })
}
