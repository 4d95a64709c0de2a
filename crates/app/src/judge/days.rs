//! Which days of the home zone have to be counted, and their counting.
//!
//! A day is told by the sealed files that can hold its packets: when one is added, the day is counted again.
//!
//! **Invariant:** only one day's facts are in memory at a time.

use std::collections::BTreeMap;

use anyhow::Result;
use sha2::{Digest, Sha256};
use teiten_detect::observe::{DayBuilder, EDITION};
use teiten_model::day::{Computed, DayFacts};
use teiten_model::hex::hex;
use teiten_model::interval::{DAY_US, Day, Interval};
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

/// The kind of a day's facts.
pub(crate) const DAY: &str = "day";

/// Days that are committed together.
const DAYS_TOGETHER: usize = 32;

/// Days that may have to be counted, with the sealed files that they would be counted from.
pub(crate) struct Due {
    days: BTreeMap<i64, (Interval, Vec<String>)>,
}

impl Due {
    /// The days of an interval that a snapshot has packets of.
    pub(crate) fn of(store: &Store, snapshot: &Snapshot, interval: Interval) -> Result<Due> {
        let mut cut = DayCut::new(store.home_zone());
        let mut days: BTreeMap<i64, (Interval, Vec<String>)> = BTreeMap::new();
        for file in store.files(snapshot, PACKETS)? {
            let Some(first) = file.day.as_deref().and_then(start_of_utc_day) else { continue };
            for day in [cut.day_of(first), cut.day_of(first + DAY_US - 1)] {
                if day.end <= interval.start || day.start >= interval.end {
                    continue;
                }
                let (_, files) = days.entry(day.start.0).or_insert_with(|| (day, Vec::new()));
                if files.last() != Some(&file.path) {
                    files.push(file.path.clone());
                }
            }
        }
        Ok(Due { days })
    }

    /// Those of them that were not computed, or from something else, with the fingerprint of what they are
    /// counted from.
    pub(crate) fn days(self, computed: &[Computed]) -> Vec<(Interval, String)> {
        let known: BTreeMap<i64, &str> = computed
            .iter()
            .filter(|kept| kept.kind == DAY)
            .map(|day| (day.start, day.fingerprint.as_str()))
            .collect();
        self.days
            .into_values()
            .map(|(day, files)| (day, digest(files.iter().map(String::as_str).chain([EDITION]))))
            .filter(|(day, fingerprint)| known.get(&day.start.0) != Some(&fingerprint.as_str()))
            .collect()
    }

    /// Counts what has to be counted.
    pub(crate) fn count(self, world: &World, store: &Store, counting: &mut Counting<'_>) -> Result<()> {
        let session = Session::open_at(store, counting.before().clone(), Viewer::All)?;
        let days = self.days(&facts::computed(&session)?);
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
                kind: DAY.to_string(),
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
pub(crate) fn start_of_utc_day(day: &str) -> Option<i64> {
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

/// Sixteen hexadecimal digits by which a change of any of these texts is seen.
pub(crate) fn digest(texts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let add = |hash: Sha256, text| Digest::chain_update(hash, text).chain_update([0]);
    hex(&texts.into_iter().fold(Sha256::new(), add).finalize()[..8])
}
