//! `teiten plan`: what a telescope of some size needs, before there is one.

use anyhow::Result;
use teiten_model::table::{Table, Value};

use crate::args::Plan as Args;
use crate::exit::Outcome;
use crate::plan::figures::{FIGURES, PACKETS_PER_ADDRESS_DAY};
use crate::plan::{Demand, grouped, plan};
use crate::world::World;

/// Up to so many addresses each is taken for a sensor of its own when nothing is said.
const OWN_SENSORS_MAX: u64 = 1_024;

pub(super) fn run(world: &World, args: &Args) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    if args.figures {
        let columns = [("figure", ""), ("value", ""), ("unit", ""), ("what", ""), ("source", "")];
        let mut table = Table::new(&columns);
        for figure in FIGURES {
            table.push(vec![
                Value::Text(figure.name.to_lowercase()),
                Value::Float(figure.value),
                figure.unit.into(),
                figure.doc.into(),
                figure.source.into(),
            ]);
        }
        world.print(&table)?;
        return Ok(outcome);
    }
    let own = if args.addresses <= OWN_SENSORS_MAX { args.addresses } else { 1 };
    let planned = plan(&Demand {
        addresses: args.addresses,
        sensors: args.sensors.unwrap_or(own),
        packets_per_address_day: args.packets.unwrap_or(PACKETS_PER_ADDRESS_DAY.value),
        years: args.years,
        frame_days: args.frame_days,
        readers: u64::from(args.readers),
    });
    let mut table = Table::new(&[("part", ""), ("item", ""), ("amount", ""), ("unit", ""), ("how", "")]);
    for line in planned.lines {
        table.push(vec![
            line.part.into(),
            line.item.into(),
            shown(line.amount),
            line.unit.into(),
            Value::Text(line.how),
        ]);
    }
    for limit in &planned.limits {
        table.push(vec![
            "limits".into(),
            limit.what.into(),
            shown(limit.share * 100.0),
            "% filled".into(),
            Value::Text(format!("breaks at {} addresses: {}", grouped(limit.breaks_at), limit.cure)),
        ]);
    }
    world.print(&table)?;
    outcome.notes.extend(planned.drivers);
    outcome.notes.push(
        "`teiten plan --figures` lists what this rests on, docs/guide/capacity.md what it leaves out".into(),
    );
    Ok(outcome)
}

/// A large amount without what stands behind its point.
fn shown(amount: f64) -> Value {
    if amount >= 100.0 { Value::Int(amount.round() as i64) } else { Value::Float(amount) }
}
