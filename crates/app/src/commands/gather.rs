//! `packets -r`: the packets of a selection straight from capture files, with bounded memory.
//!
//! Of one file the first packets are taken as they lie in it, and reading stops there; of several files the
//! earliest of all. Either way they come in the order of time.
//!
//! **Invariant:** at most twice as many packets are held as are wanted.

use std::collections::HashSet;
use std::net::IpAddr;

use anyhow::Result;
use teiten_evidence::list;
use teiten_model::address::ipv4_of;
use teiten_model::columns::PacketColumns;
use teiten_model::interval::Timestamp;
use teiten_model::picks::{Picks, time_ns};

use crate::args::Packets;
use crate::exit::{Outcome, Usage};
use crate::unstored;
use crate::world::World;

/// Fewest packets that are held before the later ones are let go.
const HELD_MIN: usize = 100_000;
/// Most addresses that captures without described sensors may have as destinations, to be published.
const DESTINATIONS_MAX: usize = 1_000_000;

/// The number of packets.
pub(super) fn count(world: &World, args: &Packets, outcome: &mut Outcome) -> Result<usize> {
    let mut count = 0;
    each_match(world, args, outcome, |_, rows| {
        count += rows.len();
        Ok(true)
    })?;
    Ok(count)
}

/// The rows of the packets, at most `limit`.
pub(super) fn rows(
    world: &World,
    args: &Packets,
    limit: usize,
    outcome: &mut Outcome,
) -> Result<PacketColumns> {
    let is_one = args.read.len() == 1;
    let mut kept: Vec<PacketColumns> = Vec::new();
    let mut n_kept = 0;
    each_match(world, args, outcome, |columns, mut rows| {
        if is_one {
            rows.truncate(limit - n_kept);
        }
        if !rows.is_empty() {
            let mut copy = PacketColumns::default();
            copy.take_rows(columns, &rows);
            kept.push(copy);
            n_kept += rows.len();
        }
        if n_kept > held_max(limit) {
            kept = vec![earliest(&kept, limit)];
            n_kept = kept[0].rows();
        }
        Ok(!(is_one && n_kept >= limit))
    })?;
    Ok(earliest(&kept, limit))
}

/// Where the frames of the packets lie, at most `limit`; with `destinations` every destination of the
/// captures, whatever the selection, goes there.
pub(super) fn picks(
    world: &World,
    args: &Packets,
    limit: usize,
    mut destinations: Option<&mut HashSet<IpAddr>>,
    outcome: &mut Outcome,
) -> Result<Picks> {
    let is_one = args.read.len() == 1;
    let mut picks = Picks::default();
    each_match(world, args, outcome, |columns, mut rows| {
        if is_one {
            rows.truncate(limit - picks.picks.len());
        }
        picks.extend(columns, rows.into_iter().map(|row| row as usize));
        if picks.picks.len() > held_max(limit) {
            picks.earliest(limit);
        }
        if let Some(destinations) = destinations.as_deref_mut() {
            add_destinations(columns, destinations)?;
        }
        Ok(destinations.is_some() || !(is_one && picks.picks.len() >= limit))
    })?;
    picks.earliest(limit);
    Ok(picks)
}

fn held_max(limit: usize) -> usize {
    limit.saturating_mul(2).max(HELD_MIN)
}

fn add_destinations(columns: &PacketColumns, destinations: &mut HashSet<IpAddr>) -> Result<()> {
    for row in 0..columns.rows() {
        destinations.extend(list::destination(columns, row));
        destinations.extend(ipv4_of(columns.dst_public[row]).map(IpAddr::V4));
    }
    if destinations.len() > DESTINATIONS_MAX {
        return Err(Usage(format!(
            "the captures have more than {DESTINATIONS_MAX} destinations, so it is not clear which are sensors: \
             describe the sensors in the configuration (`sensors = \"sensors.toml\"`)"
        ))
        .into());
    }
    Ok(())
}

/// Hands over each block with the rows that the options ask for, until `take` gives `false`.
fn each_match(
    world: &World,
    args: &Packets,
    outcome: &mut Outcome,
    mut take: impl FnMut(&PacketColumns, Vec<u32>) -> Result<bool>,
) -> Result<()> {
    let filter = world.filter(&args.selection)?;
    if let Some(filter) = &filter {
        outcome.notes.extend(unstored::doubts(world, filter)?);
    }
    let interval = world.period(&args.selection)?.map(|period| period.interval());
    let mut failed = None;
    super::stream::each_block(world, &args.read, &mut outcome.faults, |columns| {
        let bound = filter.as_ref().map(|filter| filter.bind(columns));
        let rows = (0..columns.rows())
            .filter(|row| {
                interval.is_none_or(|interval| interval.contains(Timestamp(columns.ts[*row])))
                    && bound.as_ref().is_none_or(|bound| bound.matches(*row))
            })
            .map(|row| row as u32)
            .collect();
        take(columns, rows).unwrap_or_else(|error| {
            failed = Some(error);
            false
        })
    })?;
    failed.map_or(Ok(()), Err)
}

/// The earliest rows of some blocks, at most `limit`, in the order of time, input and frame.
fn earliest(blocks: &[PacketColumns], limit: usize) -> PacketColumns {
    let mut all = PacketColumns::default();
    all.join(blocks.iter());
    let mut order: Vec<u32> = (0..all.rows() as u32).collect();
    order.sort_by_key(|row| {
        let row = *row as usize;
        (time_ns(&all, row), all.input.codes[row], all.frame[row])
    });
    order.truncate(limit);
    let mut first = PacketColumns::default();
    first.take_rows(&all, &order);
    first
}
