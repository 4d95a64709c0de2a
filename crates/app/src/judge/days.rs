//! Which days of the home zone have to be counted, and their counting.
//!
//! A day is told by the sealed files that can hold its packets: when one is added, the day is counted again; when
//! they are compacted, it is not, because they stand for the same packets. A day of which packets expired keeps
//! what was counted.
//!
//! **Invariant:** at most three days are in memory: the facts of one are made, two share the file that is read.

use std::collections::BTreeMap;
use std::thread::{self, ScopedJoinHandle};

use anyhow::Result;
use sha2::{Digest, Sha256};
use teiten_detect::observe::{DayBuilder, EDITION, NameRules};
use teiten_model::day::{Computed, DayFacts};
use teiten_model::hex::hex;
use teiten_model::interval::{self, DAY_US, Interval, Timestamp};
use teiten_model::selection::Viewer;
use teiten_query::functions::dns_zone;
use teiten_query::questions::facts;
use teiten_query::session::Session;
use teiten_store::counted::Counting;
use teiten_store::expiries::Expired;
use teiten_store::file::{DataFile, marks, start_of_utc_day};
use teiten_store::packets;
use teiten_store::rollup::DayCut;
use teiten_store::snapshot::Snapshot;
use teiten_store::store::Store;
use teiten_store::table::PACKETS;

use crate::progress::Unit;
use crate::world::World;

/// The kind of a day's facts.
pub(crate) const DAY: &str = "day";

/// The names of the DNS as questions tell them too.
const RULES: NameRules = NameRules { domain: dns_zone::domain, is_random: dns_zone::is_random };

/// Days that are committed together.
const DAYS_TOGETHER: usize = 32;

/// Days that may have to be counted, with the sealed files that they would be counted from.
pub(crate) struct Due {
    days: BTreeMap<i64, (Interval, Vec<DataFile>)>,
}

impl Due {
    /// The days of an interval that a snapshot has packets of.
    pub(crate) fn of(store: &Store, snapshot: &Snapshot, interval: Interval) -> Result<Due> {
        let mut cut = DayCut::new(store.home_zone());
        let mut days: BTreeMap<i64, (Interval, Vec<DataFile>)> = BTreeMap::new();
        // A day of which packets expired would be counted from a part of them: what was counted stays.
        let kept_from = Expired::load(store, snapshot)?.packets.until.unwrap_or(i64::MIN);
        for file in store.files(snapshot, PACKETS)? {
            let Some(first) = file.day.as_deref().and_then(start_of_utc_day) else { continue };
            for day in [cut.day_of(first), cut.day_of(first + DAY_US - 1)] {
                if day.end <= interval.start || day.start >= interval.end || day.start.0 < kept_from {
                    continue;
                }
                let (_, files) = days.entry(day.start.0).or_insert_with(|| (day, Vec::new()));
                if files.last() != Some(&file) {
                    files.push(file.clone());
                }
            }
        }
        Ok(Due { days })
    }

    /// Those of them that were not computed, or from something else.
    pub(crate) fn days(self, computed: &[Computed]) -> Vec<Day> {
        let known: BTreeMap<i64, &str> = computed
            .iter()
            .filter(|kept| kept.kind == DAY)
            .map(|day| (day.start, day.fingerprint.as_str()))
            .collect();
        // By the marks of the files, which compaction leaves as they are (see `store::file`).
        let fingerprint = |files: &[DataFile]| digest([format!("{:016x}", marks(files)).as_str(), EDITION]);
        self.days
            .into_values()
            .map(|(interval, files)| Day { fingerprint: fingerprint(&files), interval, files })
            .filter(|day| known.get(&day.interval.start.0) != Some(&day.fingerprint.as_str()))
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
        thread::scope(|scope| -> Result<()> {
            let mut reading = Reading::default();
            let mut under_way = None;
            let mut n_put = 0;
            let mut keep = |(mut computed, facts): Gathered<'_>| -> Result<()> {
                let facts = facts.join().expect("counting a day does not panic");
                computed.dropped = facts.dropped;
                put(counting, store, &facts, computed)?;
                n_put += 1;
                if n_put % DAYS_TOGETHER == 0 {
                    counting.commit(now)?;
                }
                progress.add(1);
                Ok(())
            };
            for place in 0..days.len() {
                let (builder, packets) = reading.day(store, &days, place)?;
                // The day before is kept while this one is counted on, and the next is read.
                if let Some(before) = under_way.take() {
                    keep(before)?;
                }
                let Day { interval, fingerprint, .. } = &days[place];
                let computed = Computed {
                    start: interval.start.0,
                    end: interval.end.0,
                    kind: DAY.to_string(),
                    fingerprint: fingerprint.clone(),
                    packets,
                    dropped: 0,
                    computed: now,
                };
                under_way = Some((computed, scope.spawn(move || builder.finish())));
            }
            under_way.map_or(Ok(()), keep)
        })?;
        counting.commit(now)?;
        progress.finish();
        Ok(())
    }
}

/// A day of the home zone that has to be counted.
pub(crate) struct Day {
    interval: Interval,
    /// By which it is seen that the day was counted from other files or by other rules.
    fingerprint: String,
    /// Sealed files that can hold its packets.
    files: Vec<DataFile>,
}

/// Days whose files are being read. A file is of a UTC day and holds packets of two days of the home zone: it is
/// read once, for both, with the first of them.
#[derive(Default)]
struct Reading {
    open: BTreeMap<usize, (DayBuilder, i64)>,
}

impl Reading {
    /// Reads what is not read yet of a day; the days come in their order.
    fn day(&mut self, store: &Store, days: &[Day], place: usize) -> Result<(DayBuilder, i64)> {
        let open = |place: usize| (DayBuilder::new(days[place].interval, RULES), 0);
        self.open.entry(place).or_insert_with(|| open(place));
        let has = |place: Option<usize>, file: &DataFile| {
            place.and_then(|place| days.get(place)).is_some_and(|day| day.files.contains(file))
        };
        for file in days[place].files.iter().filter(|file| !has(place.checked_sub(1), file)) {
            if has(Some(place + 1), file) {
                self.open.entry(place + 1).or_insert_with(|| open(place + 1));
            }
            packets::read(store, &file.path, DayBuilder::COLUMNS, |columns| {
                for (place, (builder, packets)) in &mut self.open {
                    let interval = &days[*place].interval;
                    *packets +=
                        columns.ts.iter().filter(|ts| interval.contains(Timestamp(**ts))).count() as i64;
                    builder.add(columns);
                }
            })?;
        }
        Ok(self.open.remove(&place).expect("the day was opened above"))
    }
}

/// A day whose packets are read, and its facts, which a thread is making.
type Gathered<'s> = (Computed, ScopedJoinHandle<'s, DayFacts>);

fn put(counting: &mut Counting<'_>, store: &Store, facts: &DayFacts, computed: Computed) -> Result<()> {
    let label = name(store, Timestamp(computed.start));
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
    counting.put(&label, &facts.zones)?;
    counting.put(&label, &facts.visits)?;
    counting.put(&label, &facts.attempts)?;
    counting.put(&label, &facts.source_ports)?;
    counting.put(&label, &[computed])?;
    Ok(())
}

/// The date in the home zone of the day that begins then.
fn name(store: &Store, start: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(start.0).map_or_else(
        |_| interval::Day::of(start).to_string(),
        |at| at.to_zoned(store.home_zone()).date().to_string(),
    )
}

/// Sixteen hexadecimal digits by which a change of any of these texts is seen.
pub(crate) fn digest(texts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let add = |hash: Sha256, text| Digest::chain_update(hash, text).chain_update([0]);
    hex(&texts.into_iter().fold(Sha256::new(), add).finalize()[..8])
}
