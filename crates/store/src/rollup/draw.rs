//! Draws the cells of a rollup from the tallies of a window.
//!
//! Every tally is given the number of its cell, and the tallies are sorted by it. Sources are numbered in the
//! order of their rows and tallies come in the order of their sources, so that a cell's sources come sorted:
//! they are a set without being looked up, and rows of sources are written as they lie in memory.
//!
//! **Invariant:** a cell's members ascend, and none stands twice.

use std::cmp::Reverse;
use std::ops::Range;

use model::rollup::{Grain, Rollup, SENSOR_PORTS_MAX};
use teiten_model as model;

use super::key::{Kind, Layout};
use super::leave::Window;
use super::numbered::Numbered;
use super::radix;
use super::source::Source;
use super::tally::{self, KINDS_MAX, SOURCES_MAX, Tally};

/// A cell: its key, what is counted, and its part of the list of members.
pub(super) struct Cell {
    pub(super) key: u128,
    pub(super) packets: i64,
    pub(super) bytes: i64,
    members: Range<usize>,
}

/// The cells of a rollup in the order of their keys, and their sources by number.
pub(super) struct Cells {
    pub(super) cells: Vec<Cell>,
    members: Vec<u32>,
}

impl Cells {
    pub(super) fn members(&self, cell: &Cell) -> &[u32] {
        &self.members[cell.members.clone()]
    }
}

/// A window in the order in which rollups are drawn from it.
pub(super) struct Sorted {
    /// In the order of their rows.
    pub(super) sources: Vec<Source>,
    /// By which sources are counted; `None` of frames that are not IP.
    pub(super) hashes: Vec<Option<u64>>,
    pub(super) kinds: Vec<Kind>,
    /// By source and kind; and by hour.
    pub(super) daily: Vec<Tally>,
    hourly: Vec<Tally>,
    /// Ranks of hours and days by their numbers.
    hours: Vec<u32>,
    pub(super) days: Vec<u32>,
}

/// A tally on its way into a cell.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    cell: u64,
    source: u32,
    tally: u32,
}

/// Fragments of keys by small numbers, and the number of each source or kind.
struct Fragments {
    of: Vec<u32>,
    values: Vec<u128>,
}

/// The number of a kind that a rollup does not count.
const UNWANTED: u32 = u32::MAX;

impl Fragments {
    fn new(fragments: impl Iterator<Item = Option<u128>>) -> Fragments {
        let mut table: Numbered<u128> = Numbered::default();
        let mut last = None;
        let of = fragments
            .map(|fragment| match (fragment, last) {
                (None, _) => UNWANTED,
                (Some(fragment), Some((known, number))) if known == fragment => number,
                (Some(fragment), _) => {
                    let number = table.number(&fragment);
                    last = Some((fragment, number));
                    number
                }
            })
            .collect();
        Fragments { of, values: table.entries }
    }
}

/// Ranks of values, by their places; the values must differ.
pub(super) fn ranks(values: &[i64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_unstable_by_key(|place| values[*place as usize]);
    let mut ranks = vec![0; values.len()];
    for (rank, place) in order.into_iter().enumerate() {
        ranks[place as usize] = rank as u32;
    }
    ranks
}

/// The places of sources in the order of their keys: time, group, addresses, country, AS.
fn order(sources: &[Source], days: &[u32]) -> Vec<u32> {
    let place_of = |source: &Source| (days[source.key.day as usize], source.key.group);
    let mut places: Vec<(u32, u16)> = sources.iter().map(place_of).collect();
    places.sort_unstable();
    places.dedup();
    let mut last = (0, (u32::MAX, 0));
    let mut order: Vec<(u64, u32)> = (0..)
        .zip(sources)
        .map(|(at, source)| {
            let place = place_of(source);
            if last.1 != place {
                last = (places.partition_point(|known| *known < place) as u64, place);
            }
            // An address or -1 has 33 bits.
            (last.0 << 33 | (source.key.src() + 1) as u64, at)
        })
        .collect();
    radix::sort(&mut order, |(key, _)| *key);
    let rest = |at: u32| {
        let key = &sources[at as usize].key;
        (key.src6(), key.country, key.asn())
    };
    for same in order.chunk_by_mut(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
        same.sort_unstable_by_key(|(_, at)| rest(*at));
    }
    order.into_iter().map(|(_, at)| at).collect()
}

impl Sorted {
    pub(super) fn new(window: &mut Window) -> Sorted {
        let days = ranks(&window.days);
        let order = order(&window.sources, &days);
        let mut numbers = vec![0; order.len()];
        for (number, place) in order.iter().enumerate() {
            numbers[*place as usize] = number as u32;
        }
        let sources: Vec<Source> = order.iter().map(|place| window.sources[*place as usize]).collect();
        window.sources = Vec::new();
        let hashes = sources.iter().map(|source| source.key.hash()).collect();
        let mut hourly = std::mem::take(&mut window.tallies);
        tally::renumber(&mut hourly, &numbers);
        tally::join(&mut hourly);
        Sorted {
            sources,
            hashes,
            kinds: std::mem::take(&mut window.kinds).into_iter().map(Kind).collect(),
            daily: tally::without_hours(&hourly),
            hourly,
            hours: ranks(&window.hours),
            days,
        }
    }

    /// The cells of a rollup that is not keyed by sources.
    pub(super) fn cells(&self, rollup: &Rollup, layout: &Layout) -> Cells {
        let is_hourly = rollup.grain == Grain::Hour;
        let tallies = if is_hourly { &self.hourly } else { &self.daily };
        let of_sources = Fragments::new(self.sources.iter().map(|source| {
            let day = if is_hourly { 0 } else { layout.of_time(self.days[source.key.day as usize]) };
            Some(day | layout.of_source(source.key.group, source.key.country))
        }));
        let of_kinds = Fragments::new(
            self.kinds.iter().map(|kind| is_wanted(layout, *kind).then(|| layout.of_kind(*kind))),
        );
        let mut lines: Vec<Line> = Vec::with_capacity(tallies.len());
        for (place, tally) in tallies.iter().enumerate() {
            let kind = of_kinds.of[tally.kind() as usize];
            if kind == UNWANTED {
                continue;
            }
            // Numbers of tallies, so that one of 64 bits holds all three; the day stands with the source.
            let cell = u64::from(tally.hour()) * SOURCES_MAX as u64
                + u64::from(of_sources.of[tally.source() as usize]);
            let cell = cell * KINDS_MAX as u64 + u64::from(kind);
            lines.push(Line { cell, source: tally.source(), tally: place as u32 });
        }
        radix::sort(&mut lines, |line| line.cell);
        let mut drawn = Cells { cells: Vec::new(), members: Vec::new() };
        for together in lines.chunk_by(|a, b| a.cell == b.cell) {
            let first = drawn.members.len();
            let mut last = None;
            let (mut packets, mut bytes) = (0, 0);
            for line in together {
                let tally = &tallies[line.tally as usize];
                packets += tally.packets();
                bytes += tally.bytes();
                if last != Some(line.source) {
                    drawn.members.push(line.source);
                    last = Some(line.source);
                }
            }
            let (of_source, of_kind) =
                ((together[0].cell / KINDS_MAX as u64) as usize, together[0].cell as usize % KINDS_MAX);
            let hour = of_source / SOURCES_MAX;
            let time = if is_hourly { layout.of_time(self.hours[hour]) } else { 0 };
            let key = time | of_sources.values[of_source % SOURCES_MAX] | of_kinds.values[of_kind];
            drawn.cells.push(Cell { key, packets, bytes, members: first..drawn.members.len() });
        }
        if rollup.name == "sensor_ports_daily" {
            gather_rest(&mut drawn, layout);
        }
        drawn.cells.sort_unstable_by_key(|cell| cell.key);
        drawn
    }
}

fn is_wanted(layout: &Layout, kind: Kind) -> bool {
    !layout.is_of_watched_ports() || kind.has_watched_port()
}

/// Keeps the busiest ports of each day and sensor; the others become one cell.
fn gather_rest(drawn: &mut Cells, layout: &Layout) {
    let Cells { cells, members } = drawn;
    cells.sort_unstable_by_key(|cell| (layout.above_proto(cell.key), Reverse(cell.packets), cell.key));
    let mut kept: Vec<Cell> = Vec::new();
    for of_sensor in cells.chunk_by(|a, b| layout.above_proto(a.key) == layout.above_proto(b.key)) {
        let (busiest, rest) = of_sensor.split_at(of_sensor.len().min(SENSOR_PORTS_MAX));
        kept.extend(busiest.iter().map(Cell::again));
        let Some(one) = rest.first() else { continue };
        let mut together: Vec<u32> =
            rest.iter().flat_map(|cell| members[cell.members.clone()].iter().copied()).collect();
        together.sort_unstable();
        together.dedup();
        let first = members.len();
        members.extend(together);
        kept.push(Cell {
            key: layout.rest(one.key),
            packets: rest.iter().map(|cell| cell.packets).sum(),
            bytes: rest.iter().map(|cell| cell.bytes).sum(),
            members: first..members.len(),
        });
    }
    *cells = kept;
}

impl Cell {
    fn again(&self) -> Cell {
        Cell { members: self.members.clone(), ..*self }
    }
}
