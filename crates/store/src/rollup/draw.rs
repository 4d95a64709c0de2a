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
use super::tally::{self, SOURCES_MAX, Tally};

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
struct Line<C> {
    /// Number of the cell: hour, fragment of the source, fragment of the kind.
    cell: C,
    source: u32,
    packets: u32,
    bytes: u32,
}

/// The number of a cell: of 32 bits where they are enough, because there are many lines.
trait CellNumber: Copy + Default + Eq + Into<u64> + TryFrom<u64> + Send {}
impl CellNumber for u32 {}
impl CellNumber for u64 {}

/// Said of a line's source when its counts are in units of 2^32; sources have fewer bits.
const IN_UNITS: u32 = 1 << 31;
const _: () = assert!(SOURCES_MAX <= IN_UNITS as usize);

impl<C> Line<C> {
    fn source(&self) -> u32 {
        self.source & !IN_UNITS
    }
    /// Packets and bytes.
    fn counts(&self) -> (i64, i64) {
        let unit = if self.source & IN_UNITS == 0 { 0 } else { 32 };
        (i64::from(self.packets) << unit, i64::from(self.bytes) << unit)
    }
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
        let keys = Keys { n_sources: of_sources.values.len() as u64, n_kinds: of_kinds.values.len() as u64 };
        let key_of = |cell: u64| {
            let (hour, source, kind) = keys.parts(cell);
            let time = if is_hourly { layout.of_time(self.hours[hour]) } else { 0 };
            time | of_sources.values[source] | of_kinds.values[kind]
        };
        let cell_of = |tally: &Tally| {
            let kind = of_kinds.of[tally.kind() as usize];
            let source = of_sources.of[tally.source() as usize];
            (kind != UNWANTED).then(|| keys.cell(tally.hour(), source, kind))
        };
        let n_hours = if is_hourly { self.hours.len() as u32 } else { 1 };
        let n_cells = keys.cell(n_hours, 0, 0);
        let mut drawn = match u32::try_from(n_cells) {
            Ok(_) => gather::<u32>(tallies, n_cells, cell_of, key_of),
            Err(_) => gather::<u64>(tallies, n_cells, cell_of, key_of),
        };
        if rollup.name == "sensor_ports_daily" {
            gather_rest(&mut drawn, layout);
        }
        drawn.cells.sort_unstable_by_key(|cell| cell.key);
        drawn
    }
}

/// How the parts of a cell's number are put together.
#[derive(Clone, Copy)]
struct Keys {
    n_sources: u64,
    n_kinds: u64,
}

impl Keys {
    /// The number of a cell; all three parts have fewer than 64 bits together (see `tally`).
    fn cell(self, hour: u32, source: u32, kind: u32) -> u64 {
        (u64::from(hour) * self.n_sources + u64::from(source)) * self.n_kinds + u64::from(kind)
    }
    fn parts(self, cell: u64) -> (usize, usize, usize) {
        let above = cell / self.n_kinds;
        ((above / self.n_sources) as usize, (above % self.n_sources) as usize, (cell % self.n_kinds) as usize)
    }
}

/// Bits of numbers below that one.
fn bits_of(end: u64) -> u32 {
    u64::BITS - end.saturating_sub(1).leading_zeros()
}

/// Sorts tallies by their cells, and adds up each cell.
fn gather<C: CellNumber>(
    tallies: &[Tally],
    n_cells: u64,
    cell_of: impl Fn(&Tally) -> Option<u64>,
    key_of: impl Fn(u64) -> u128,
) -> Cells {
    let lines = || {
        tallies.iter().filter_map(|tally| {
            let cell = C::try_from(cell_of(tally)?).ok()?;
            let (packets, bytes, is_in_units) = tally.counts();
            let source = tally.source() | if is_in_units { IN_UNITS } else { 0 };
            Some(Line { cell, source, packets, bytes })
        })
    };
    let lines = radix::sorted(lines, bits_of(n_cells), |line: &Line<C>| line.cell.into());
    let mut drawn = Cells { cells: Vec::new(), members: Vec::new() };
    for together in lines.chunk_by(|a, b| a.cell == b.cell) {
        let first = drawn.members.len();
        let mut last = None;
        let (mut packets, mut bytes) = (0, 0);
        for line in together {
            let counts = line.counts();
            packets += counts.0;
            bytes += counts.1;
            if last != Some(line.source()) {
                drawn.members.push(line.source());
                last = Some(line.source());
            }
        }
        let key = key_of(together[0].cell.into());
        drawn.cells.push(Cell { key, packets, bytes, members: first..drawn.members.len() });
    }
    drawn
}

fn is_wanted(layout: &Layout, kind: Kind) -> bool {
    !layout.is_of_watched_ports() || kind.has_watched_port()
}

/// Keeps the busiest ports of each day and sensor; the others become one cell.
fn gather_rest(drawn: &mut Cells, layout: &Layout) {
    let Cells { cells, members } = drawn;
    let proto_ends = layout.proto_ends();
    let sensor_of = |cell: &Cell| cell.key >> proto_ends;
    cells.sort_unstable_by_key(|cell| (sensor_of(cell), Reverse(cell.packets), cell.key));
    let mut kept: Vec<Cell> = Vec::new();
    for of_sensor in cells.chunk_by(|a, b| sensor_of(a) == sensor_of(b)) {
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
