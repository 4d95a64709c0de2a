//! `teiten query`: read-only SQL.

use anyhow::Result;

use crate::args::Query;
use crate::exit::Outcome;
use crate::world::World;

pub(crate) fn run(world: &World, args: &Query) -> Result<Outcome> {
    let session = world.session(&args.viewer)?;
    if args.explain {
        let session = session.explaining();
        session.sql(&args.sql)?;
        world.print_explained(&session)?;
        return Ok(Outcome::default());
    }
    let table = session.sql(&args.sql)?;
    world.print(&table)?;
    Ok(Outcome { notes: table.notes, ..Outcome::default() })
}
