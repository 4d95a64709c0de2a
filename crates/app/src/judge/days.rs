//! Which days of the home zone have to be counted, and their counting.
//!
//! A day is told by the sealed files that can hold its packets: when one is added, the day is counted again.
//!
//! **Invariant:** only one day's facts are in memory at a time.

use std::collections::BTreeMap;

use anyhow::Result;
use teiten_detect::observe::{DayBuilder, EDITION};
use teiten_model::day::{Computed, DayFacts};
use teiten_model::interval::{DAY_US, Day, Interval, Timestamp};
use teiten_model::selection::Viewer;
use teiten_query::questions::facts;
use teiten_query::session::Session;
use teiten_store::counted::Counting;
use teiten_store::rollup::DayCut;
use teiten_store::snapshot::Snapshot;
use teiten_store::store::Store;
use teiten_store::table::PACKETS;

use crate::progress::Unit;
use crate::world::World;

/// Days that are committed together.
const DAYS_TOGETHER: usize = 32;

/// Days that may have to be counted, with the fingerprint of what they would be counted from.
pub(crate) struct Due {
    days: BTreeMap<i64, (Interval, Hash)>,
}

impl Due {
    /// The days of an interval that a snapshot has packets of.
    pub(crate) fn of(store: &Store, snapshot: &Snapshot, interval: Interval) -> Result<Due> {
        let mut cut = DayCut::new(store.home_zone());
        let mut days: BTreeMap<i64, (Interval, Hash)> = BTreeMap::new();
        for file in store.files(snapshot, PACKETS)? {
            let Some(first) = file.day.as_deref().and_then(start_of_utc_day) else { continue };
            let last = first + DAY_US - 1;
            for start in [cut.start_of(first), cut.start_of(last)] {
                // A day of the home zone has 23 to 25 hours, so its middle is in it.
                let end = cut.start_of(start + DAY_US + DAY_US / 2);
                let day = Interval { start: Timestamp(start), end: Timestamp(end) };
                if end <= interval.start.0 || start >= interval.end.0 {
                    continue;
                }
                let (_, hash) = days.entry(start).or_insert_with(|| (day, Hash::default()));
                hash.add_once(&file.path);
            }
        }
        Ok(Due { days })
    }

    /// Those of them that are not counted, or were counted from something else.
    pub(crate) fn days(self, session: &Session) -> Result<Vec<(Interval, String)>> {
        let known: BTreeMap<i64, String> =
            facts::computed(session, "day")?.into_iter().map(|day| (day.start, day.fingerprint)).collect();
        Ok(self
            .days
            .into_iter()
            .map(|(start, (day, hash))| (start, day, hash.with(EDITION).text()))
            .filter(|(start, _, text)| known.get(start) != Some(text))
            .map(|(_, day, text)| (day, text))
            .collect())
    }

    /// Counts what has to be counted.
    pub(crate) fn count(self, world: &World, store: &Store, counting: &mut Counting<'_>) -> Result<()> {
        let session = Session::open_at(store, counting.before().clone(), Viewer::All)?;
        let days = self.days(&session)?;
        if days.is_empty() {
            return Ok(());
        }
        let progress = world.progress("counting", days.len() as u64, Unit::Days);
        let now = world.now().0;
        for (place, (day, fingerprint)) in days.into_iter().enumerate() {
            let mut builder = DayBuilder::new(day);
            let mut packets = 0;
            facts::packets_of(&session, day, DayBuilder::COLUMNS, |columns| {
                packets += columns.rows() as i64;
                builder.add(columns);
            })?;
            let facts = builder.finish();
            let computed = Computed {
                start: day.start.0,
                end: day.end.0,
                kind: "day".to_string(),
                fingerprint,
                packets,
                dropped: facts.dropped,
                computed: now,
            };
            put(counting, store, day, &facts, computed)?;
            if (place + 1) % DAYS_TOGETHER == 0 {
                counting.commit(now)?;
            }
            progress.add(1);
        }
        counting.commit(now)?;
        progress.finish();
        Ok(())
    }
}

fn put(
    counting: &mut Counting<'_>,
    store: &Store,
    day: Interval,
    facts: &DayFacts,
    computed: Computed,
) -> Result<()> {
    let label = name(store, day);
    counting.put(&label, &facts.events)?;
    counting.put(&label, &facts.ports)?;
    counting.put(&label, &facts.victims)?;
    counting.put(&label, &facts.reflections)?;
    counting.put(&label, &facts.resolvers)?;
    counting.put(&label, &facts.families)?;
    counting.put(&label, &facts.groups)?;
    counting.put(&label, &facts.sources)?;
    counting.put(&label, &facts.questions)?;
    counting.put(&label, &facts.sensors)?;
    counting.put(&label, &[computed])?;
    Ok(())
}

/// The first moment of a UTC day written as `YYYY-MM-DD`.
fn start_of_utc_day(day: &str) -> Option<i64> {
    let date: jiff::civil::Date = day.parse().ok()?;
    Some(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_microsecond())
}

/// The day's date in the home zone.
fn name(store: &Store, day: Interval) -> String {
    jiff::Timestamp::from_microsecond(day.start.0).map_or_else(
        |_| Day::of(day.start).to_string(),
        |at| at.to_zoned(store.home_zone()).date().to_string(),
    )
}

/// A hash of texts: FNV-1a of 64 bits, enough to see a change.
#[derive(Debug, Clone)]
pub(crate) struct Hash {
    state: u64,
    last: String,
}

impl Default for Hash {
    fn default() -> Hash {
        Hash { state: 0xcbf2_9ce4_8422_2325, last: String::new() }
    }
}

impl Hash {
    /// Adds a text.
    pub(crate) fn add(&mut self, text: &str) {
        for byte in text.bytes().chain([0]) {
            self.state = (self.state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    /// Adds a text unless it is the one added last.
    fn add_once(&mut self, text: &str) {
        if self.last != text {
            self.add(text);
            self.last = text.to_string();
        }
    }

    fn with(mut self, text: &str) -> Hash {
        self.add(text);
        self
    }

    /// As hexadecimal digits.
    pub(crate) fn text(&self) -> String {
        format!("{:016x}", self.state)
    }
}
