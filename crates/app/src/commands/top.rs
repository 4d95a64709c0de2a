//! `teiten top` and `teiten compare`: ranks from the store.

use anyhow::Result;
use teiten_ask::wanted;
use teiten_query::questions::top::{Top, top};

use crate::args::{self, SelectionArgs};
use crate::exit::Outcome;
use crate::world::{Asked, World};

fn ask(
    world: &World,
    selection: &SelectionArgs,
    vs: Option<&str>,
    mut question: Top,
    is_explained: bool,
) -> Result<Outcome> {
    // The filter comes first: it is what is most often wrong.
    world.selection(selection)?;
    question.versus = selection.wanted().versus(vs, &world.zone, world.now())?;
    let Asked { selection, session, notes: doubts } = world.asked(selection)?;
    if is_explained {
        let session = session.explaining();
        top(&session, &selection, &question)?;
        world.print_explained(&session)?;
        return Ok(Outcome { notes: doubts, ..Outcome::default() });
    }
    let mut table = top(&session, &selection, &question)?;
    world.add_names(&mut table, selection.interval)?;
    world.print(&table)?;
    let mut notes = std::mem::take(&mut table.notes);
    notes.extend(doubts);
    notes.push(format!("answered from {}, snapshot {}", table.origin.join(", "), session.snapshot().number));
    Ok(Outcome { notes, is_nothing: table.rows.is_empty(), ..Outcome::default() })
}

pub(crate) fn run(world: &World, args: &args::Top) -> Result<Outcome> {
    let question =
        Top { metric: wanted::metric(&args.metric)?, ..Top::of(wanted::dimension(&args.by)?, args.lines) };
    let mut outcome = if args.read.is_empty() {
        ask(world, &args.selection, args.vs.as_deref(), question, args.explain)?
    } else {
        super::stream::top(world, args, &question)?
    };
    outcome.is_nothing &= args.exit_status;
    Ok(outcome)
}

pub(crate) fn compare(world: &World, args: &args::Compare) -> Result<Outcome> {
    let question = Top {
        by_change: true,
        threshold: args.threshold,
        ..Top::of(wanted::dimension(&args.by)?, args.lines)
    };
    let mut outcome = ask(world, &args.selection, Some(&args.vs), question, args.explain)?;
    outcome.is_nothing = false;
    Ok(outcome)
}
