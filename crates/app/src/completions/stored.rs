//! Words that are proposed from what there is: sensors and groups, and the periods that the store has packets of.
//!
//! The file of sensors and the list of enrolled ones are read at once; the store is asked beside them, and whatever it
//! has not said after [`PATIENCE`] is not proposed: nobody waits for a proposal.
//!
//! **Invariant:** nothing is written and nothing is said; what cannot be read is empty.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::{Date, date};
use teiten_ask::doubt;
use teiten_model::selection::Viewer;
use teiten_model::table::{Table, Value};
use teiten_query::questions::books;
use teiten_query::session::Session;
use teiten_refdata::countries;
use teiten_store::location::local_folder;
use teiten_store::store::Store;

use super::{Word, words};
use crate::collect::registry::Registry;
use crate::config::Config;
use crate::telescope;

/// How long the store is waited for, in milliseconds, unless [`PATIENCE`] says otherwise.
const PATIENCE_MS: u64 = 80;
/// Longest time that can be said, in milliseconds.
const PATIENCE_MS_MAX: u64 = 60_000;
/// The variable that says how long the store is waited for, in milliseconds: for slow disks.
const PATIENCE: &str = "TEITEN_COMPLETE_MS";
/// Most years whose parts are proposed; of a longer time the last ones.
const YEARS_MAX: i16 = 20;
/// Periods that end now.
const LATELY: [(&str, &str); 3] =
    [("now-1d", "the last day"), ("now-7d", "the last seven days"), ("now-30d", "the last thirty days")];

/// Who watches, as far as it is known.
#[derive(Default)]
struct Watching {
    /// Sensors with their groups.
    sensors: BTreeMap<String, String>,
    /// Groups.
    groups: BTreeSet<String>,
}

pub(crate) fn sensors(_: &str) -> Vec<Word> {
    watching().sensors.into_iter().collect()
}

pub(crate) fn groups(_: &str) -> Vec<Word> {
    watching().groups.into_iter().map(|group| (group, String::new())).collect()
}

/// Whose eyes; own sensors may be listed, parted by commas, and the last one is proposed.
pub(crate) fn viewers(typed: &str) -> Vec<Word> {
    let said = [("all", "the operator"), ("public", "what anyone may see")];
    let said = said.map(|(word, means)| (word.to_string(), means.to_string()));
    let before = typed.rsplit_once(',').map_or(String::new(), |(before, _)| format!("{before},"));
    let own = sensors(typed).into_iter().map(|(sensor, group)| (format!("{before}{sensor}"), group));
    said.into_iter().chain(own).collect()
}

/// Periods: those that end now, and years, quarters, months and days of the store's time.
pub(crate) fn periods(typed: &str) -> Vec<Word> {
    let lately = LATELY.map(|(word, means)| (word.to_string(), means.to_string()));
    let Some((first, last)) = asked(|session| books::span(session).ok().flatten()).flatten() else {
        return lately.to_vec();
    };
    let day = |us: i64| {
        jiff::Timestamp::from_microsecond(us).ok().map(|at| at.to_zoned(jiff::tz::TimeZone::UTC).date())
    };
    let (Some(first), Some(last)) = (day(first), day(last)) else { return lately.to_vec() };
    between(first, last, typed).into_iter().map(|word| (word, String::new())).chain(lately).collect()
}

/// What a period is compared with.
pub(crate) fn compared(typed: &str) -> Vec<Word> {
    let said = [("prev", "the period before"), ("prev-year", "the same period a year before")];
    said.map(|(word, means)| (word.to_string(), means.to_string()))
        .into_iter()
        .chain(periods(typed))
        .collect()
}

/// The words that fields of a filter can have; only those are read that the filter asks for.
pub(crate) fn vocabulary(filter: &str) -> BTreeMap<String, Vec<String>> {
    let only = |words: Vec<Word>| words.into_iter().map(|(word, _)| word).collect::<Vec<String>>();
    let mut known = BTreeMap::new();
    if filter.contains("tag") {
        known.insert(doubt::TAGS.to_string(), only(words::tags("")));
    }
    if filter.contains("country") {
        let codes = countries::all().iter().map(|entry| entry.country.code().to_string());
        known.insert(doubt::COUNTRY.to_string(), codes.collect());
    }
    if filter.contains("sensor") {
        let watching = watching();
        known.insert("sensor".to_string(), watching.sensors.into_keys().collect());
        known.insert("sensor_group".to_string(), watching.groups.into_iter().collect());
    }
    known
}

/// Years, quarters and months between two days, the latest first; single days once their month is typed.
fn between(first: Date, last: Date, typed: &str) -> Vec<String> {
    let mut found = Vec::new();
    for year in (first.year().max(last.year() - YEARS_MAX)..=last.year()).rev() {
        let has = |from: Date, to: Date| from <= last && to >= first;
        let end = |month: i8| date(year, month, 1).last_of_month();
        found.push(format!("{year}"));
        for quarter in (1..=4_i8).rev() {
            if has(date(year, quarter * 3 - 2, 1), end(quarter * 3)) {
                found.push(format!("{year}Q{quarter}"));
            }
        }
        for month in (1..=12_i8).rev() {
            if has(date(year, month, 1), end(month)) {
                found.push(format!("{year}-{month:02}"));
                if typed.starts_with(&format!("{year}-{month:02}-")) {
                    let days = (1..=end(month).day()).map(|day| date(year, month, day));
                    found.extend(days.filter(|day| has(*day, *day)).map(|day| day.to_string()));
                }
            }
        }
    }
    found
}

/// Everyone who watches or watched.
fn watching() -> Watching {
    let mut watching = Watching::default();
    let mut add = |sensor: String, group: String| {
        watching.groups.insert(group.clone());
        watching.sensors.insert(sensor, group);
    };
    let place = place();
    if let Some(telescope) = place.sensors.and_then(|path| telescope::read(&path).ok()) {
        telescope.sensors().iter().for_each(|sensor| add(sensor.name.clone(), sensor.group.clone()));
    }
    let enrolled = Registry::read(&place.authority).unwrap_or_default();
    enrolled.sensors.into_iter().for_each(|(name, entry)| add(name, entry.group));
    let names = asked(|session| books::names(session).ok()).flatten();
    for row in names.iter().flat_map(|Table { rows, .. }| rows) {
        if let [Value::Text(sensor), Value::Text(group)] = row.as_slice() {
            add(sensor.clone(), group.clone());
        }
    }
    watching
}

/// What the store says to a question; `None` when there is no store, or it takes too long.
fn asked<T: Send + 'static>(question: impl FnOnce(&Session) -> T + Send + 'static) -> Option<T> {
    let place = place().store;
    let is_bucket = place.contains("://");
    if !is_bucket && !Path::new(&place).join("store.json").try_exists().unwrap_or(false) {
        return None;
    }
    let (answer, waiting) = std::sync::mpsc::sync_channel(1);
    // It ends with the program.
    std::thread::spawn(move || {
        let store = Store::open(&place).ok();
        let session = store.and_then(|store| Session::open(&store, Viewer::All).ok());
        // Whoever asked may have given up.
        let _ = session.map(|session| answer.send(question(&session)));
    });
    let patience = std::env::var(PATIENCE).ok().and_then(|text| text.parse().ok()).unwrap_or(PATIENCE_MS);
    waiting.recv_timeout(Duration::from_millis(patience.min(PATIENCE_MS_MAX))).ok()
}

/// Where what is proposed is read.
struct Place {
    store: String,
    sensors: Option<PathBuf>,
    authority: PathBuf,
}

/// The store and what lies beside it, as the line so far means them.
fn place() -> Place {
    let typed: Vec<OsString> = std::env::args_os().skip_while(|word| word != "--").skip(1).collect();
    let typed: Vec<String> = typed.into_iter().filter_map(|word| word.into_string().ok()).collect();
    let config = option(&typed, "--config").map(PathBuf::from);
    let config = Config::load(config.as_deref(), &|name| std::env::var(name).ok());
    let config = config.map(|(config, _)| config).unwrap_or_default();
    let named = option(&typed, "--store").or_else(|| std::env::var("TEITEN_STORE").ok());
    let store = named.unwrap_or(config.store);
    let authority = config.collect.authority.unwrap_or_else(|| local_folder(&store).join("authority"));
    Place { store, sensors: config.sensors, authority }
}

/// The value of an option in a line as shells cut it: `--store X`, `--store=X`, and bash's `--store`, `=`, `X`.
fn option(line: &[String], name: &str) -> Option<String> {
    let at = line.iter().position(|word| word == name || word.starts_with(&format!("{name}=")))?;
    let value = match line[at].split_once('=') {
        Some((_, value)) => value,
        None => match line.get(at + 1)?.as_str() {
            "=" => line.get(at + 2)?,
            value => value,
        },
    };
    let value = value.trim_matches(['\'', '"']);
    match (value.strip_prefix("~/"), std::env::var("HOME")) {
        (Some(rest), Ok(home)) => Some(format!("{home}/{rest}")),
        _ => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_those_that_have_packets() {
        let words = |typed| between(date(2013, 11, 30), date(2014, 2, 2), typed).join(" ");
        assert_eq!(words(""), "2014 2014Q1 2014-02 2014-01 2013 2013Q4 2013-12 2013-11");
        assert!(words("2014-02-").contains("2014-02 2014-02-01 2014-02-02 2014-01 "));
    }

    #[test]
    fn an_option_is_found_however_the_shell_cuts_the_line() {
        for line in [
            "teiten --store /a top",
            "teiten --store=/a top",
            "teiten --store = /a top",
            "teiten top --store '/a'",
        ] {
            let words: Vec<String> = line.split(' ').map(ToString::to_string).collect();
            assert_eq!(option(&words, "--store").as_deref(), Some("/a"), "{line}");
        }
        assert_eq!(option(&["teiten".to_string(), "--store".to_string()], "--store"), None);
    }
}
