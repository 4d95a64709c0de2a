//! Ranks of what lies at fixed places of a frame: ports, protocols, sources, and what their addresses tell.
//!
//! Frames are not decoded into rows: the reading thread takes their outlines, the other counts pairs of line and source.
//! Countries and AS are asked once for each source of a day, after all packets were counted.
//!
//! **Invariant:** the lines are those that whole rows would give.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;

use anyhow::Result;
use teiten_evidence::census::{Census, Pair};
use teiten_model::frame::FrameBlock;
use teiten_model::interval::{Day, Interval, Timestamp};
use teiten_query::label;
use teiten_refdata::atlas::Atlas;
use teiten_wire::decode::outline::{Outline, Outliner};

use super::{Key, Ranked, each, ownership, sources_of};
use crate::reading::{Fill, Reading};
use crate::world::World;

/// Bits of a port and one, below those of the protocol in the number of a line.
const PORT_BITS: u32 = 17;

/// Added to a day, so that its number is a line: capture times have 64 bits of nanoseconds, and no day is further back.
const DAYS_BEFORE: i32 = 200_000;

/// By what packets are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Division {
    Port,
    SrcPort,
    Protocol,
    Source,
    Country,
    Asn,
}

impl Division {
    /// The division of a dimension, where outlines have what it needs.
    pub(super) fn of(dimension: &str) -> Option<Division> {
        Some(match dimension {
            "port" => Division::Port,
            "srcport" => Division::SrcPort,
            "protocol" => Division::Protocol,
            "source" => Division::Source,
            "country" => Division::Country,
            "as" => Division::Asn,
            _ => return None,
        })
    }

    /// The number of the line that a packet counts for; days where its source decides.
    fn line(self, outline: &Outline) -> u32 {
        let proto = (outline.ip_proto + 1) as u32;
        let ports = |port: i32| proto << PORT_BITS | (port + 1) as u32;
        match self {
            Division::Port if label::WITHOUT_PORTS.contains(&i64::from(outline.ip_proto)) => ports(-1),
            Division::Port => ports(outline.dst_port),
            Division::SrcPort => ports(outline.src_port),
            Division::Protocol => proto,
            Division::Source => 0,
            Division::Country | Division::Asn => (Day::of(Timestamp(outline.ts)).0 + DAYS_BEFORE) as u32,
        }
    }
}

/// What a block counts for.
#[derive(Default)]
struct Counted {
    pairs: Vec<Pair>,
    /// Lines of packets without an IPv4 source.
    others: Vec<(u32, Option<Ipv6Addr>)>,
}

struct Outlines {
    outliner: Outliner,
    division: Division,
    interval: Option<Interval>,
}

impl Fill for Outlines {
    type Rows = Counted;

    fn fill(&mut self, block: &FrameBlock, _input: &str, counted: &mut Counted) -> Result<()> {
        counted.pairs.clear();
        counted.others.clear();
        for frame in &block.frames {
            let outline = self.outliner.of(block, frame);
            if self.interval.is_some_and(|interval| !interval.contains(Timestamp(outline.ts))) {
                continue;
            }
            let line = self.division.line(&outline);
            match u32::try_from(outline.src) {
                Ok(source) => counted.pairs.push(Pair::new(line, source)),
                Err(_) => counted.others.push((line, outline.src6)),
            }
        }
        Ok(())
    }
}

/// Packets counted, and the lines that they make.
pub(super) fn lines(
    world: &World,
    paths: &[PathBuf],
    division: Division,
    interval: Option<Interval>,
    faults: &mut Vec<String>,
) -> Result<(i64, Vec<Ranked>)> {
    // A broken description of sensors is refused, whether it is needed or not.
    ownership(world)?;
    let atlas = Atlas::load(&world.data_folder())?;
    let reading =
        Reading::of(sources_of(paths), Outlines { outliner: Outliner::default(), division, interval })?;
    let mut census = Census::default();
    each(world, &reading, paths, faults, |counted: &Counted| {
        census.count(&counted.pairs);
        counted.others.iter().for_each(|(line, source)| census.count_other(*line, *source));
        true
    })?;
    let total = census.pairs().map(|(_, _, packets)| packets as i64).sum();
    let lines = match division {
        Division::Country | Division::Asn => by_day(&census, division, &atlas)?,
        _ => by_line(&census, division),
    };
    Ok((total, lines))
}

/// Pairs that differ in their line or, where sources are ranked, in their source.
fn by_line(census: &Census, division: Division) -> Vec<Ranked> {
    if division == Division::Source {
        let line = |(_, source, packets): (u32, Option<IpAddr>, u64)| {
            source.map(|source| Ranked {
                key: Key::Source(Some(source)),
                packets: packets as i64,
                sources: 1,
            })
        };
        return census.pairs().filter_map(line).collect();
    }
    let mut sums: HashMap<u32, (i64, i64)> = HashMap::new();
    for (line, source, packets) in census.pairs() {
        let (sum, sources) = sums.entry(line).or_default();
        *sum += packets as i64;
        *sources += i64::from(source.is_some());
    }
    let ranked = |(line, (packets, sources)): (u32, (i64, i64))| {
        let proto = |number: u32| i64::from(number) - 1;
        let key = match division {
            Division::Protocol => super::number(proto(line)),
            _ => {
                let port = i64::from(line & ((1 << PORT_BITS) - 1)) - 1;
                Some(Key::Numbers([proto(line >> PORT_BITS), port, -1]))
            }
        };
        key.map(|key| Ranked { key, packets, sources })
    };
    sums.into_iter().filter_map(ranked).collect()
}

/// What sources are on the day of their packets; a source may have several days.
fn by_day(census: &Census, division: Division, atlas: &Atlas) -> Result<Vec<Ranked>> {
    let mut pairs: Vec<(u32, Option<IpAddr>, u64)> = census.pairs().collect();
    pairs.sort_unstable();
    let mut places: HashMap<Key, usize> = HashMap::new();
    let mut ranked: Vec<Ranked> = Vec::new();
    let mut members: Vec<(usize, IpAddr)> = Vec::new();
    for of_day in pairs.chunk_by(|a, b| a.0 == b.0) {
        let known = atlas.at(Day(of_day[0].0 as i32 - DAYS_BEFORE))?;
        for (_, source, packets) in of_day {
            let key = match division {
                Division::Asn => {
                    source.and_then(|source| known.as_of(source)).and_then(|(asn, _)| super::number(asn))
                }
                _ => Some(
                    source
                        .and_then(|source| known.country_of(source))
                        .map_or(Key::Numbers([-1; 3]), |country| Key::Word(country.code().to_string())),
                ),
            };
            let Some(key) = key else { continue };
            let place = *places.entry(key.clone()).or_insert(ranked.len());
            if place == ranked.len() {
                ranked.push(Ranked { key, packets: 0, sources: 0 });
            }
            ranked[place].packets += *packets as i64;
            members.extend(source.map(|source| (place, source)));
        }
    }
    members.sort_unstable();
    members.dedup();
    for (place, _) in members {
        ranked[place].sources += 1;
    }
    Ok(ranked)
}
