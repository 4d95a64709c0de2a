//! `teiten top` and `teiten compare`: ranks from the store.

use anyhow::Result;
use teiten_query::dimension::{self, DIMENSIONS, Dimension};
use teiten_query::questions::top::{Metric, Top, top};

use crate::args::{self, SelectionArgs};
use crate::exit::{Outcome, Usage};
use crate::labels;
use crate::world::{Asked, World};

/// The dimension of that name, or what could have been meant.
pub(crate) fn by(name: &str) -> Result<&'static Dimension> {
    Ok(dimension::find(name).ok_or_else(|| {
        let known: Vec<&str> = DIMENSIONS.iter().map(|dimension| dimension.plural).collect();
        Usage(format!("packets cannot be divided by `{name}`: write one of {}", known.join(", ")))
    })?)
}

/// The metric of that name.
pub(crate) fn metric(name: &str) -> Result<Metric> {
    Ok(match name {
        "packets" => Metric::Packets,
        "sources" => Metric::Sources,
        "sensors" => Metric::Sensors,
        "rate" => Metric::Rate,
        "per-address" => Metric::PerAddress,
        other => {
            return Err(Usage(format!(
                "`{other}` is not a metric: write packets, sources, sensors, rate or per-address"
            ))
            .into());
        }
    })
}

fn ask(
    world: &World,
    selection: &SelectionArgs,
    vs: Option<&str>,
    mut question: Top,
    is_explained: bool,
) -> Result<Outcome> {
    // The filter comes first: it is what is most often wrong.
    world.selection(selection)?;
    if let Some(vs) = vs {
        let period = world
            .period(selection)?
            .ok_or_else(|| Usage("a comparison needs a --period, or --from and --to".to_string()))?;
        question.versus = Some(period.compared(vs, world.now())?.interval());
    }
    let Asked { selection, session, notes: doubts } = world.asked(selection)?;
    if is_explained {
        let session = session.explaining();
        top(&session, &selection, &question)?;
        world.print_explained(&session)?;
        return Ok(Outcome { notes: doubts, ..Outcome::default() });
    }
    let mut table = top(&session, &selection, &question)?;
    labels::add(world, &mut table, selection.interval)?;
    world.print(&table)?;
    let mut notes = std::mem::take(&mut table.notes);
    notes.extend(doubts);
    notes.push(format!("answered from {}, snapshot {}", table.origin.join(", "), session.snapshot().number));
    Ok(Outcome { notes, is_nothing: table.rows.is_empty(), ..Outcome::default() })
}

pub(crate) fn run(world: &World, args: &args::Top) -> Result<Outcome> {
    let question = Top {
        by: by(&args.by)?,
        metric: metric(&args.metric)?,
        lines: args.lines,
        versus: None,
        by_change: false,
        threshold: 0,
    };
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
        by: by(&args.by)?,
        metric: Metric::Packets,
        lines: args.lines,
        versus: None,
        by_change: true,
        threshold: args.threshold,
    };
    let mut outcome = ask(world, &args.selection, Some(&args.vs), question, args.explain)?;
    outcome.is_nothing = false;
    Ok(outcome)
}
