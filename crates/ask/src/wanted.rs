//! What is asked about, in words: a filter, a period, sensors, groups; and who asks.
//!
//! **Invariant:** a wrong filter is found before a store is opened, and a word that no packet of the store
//! has before an empty answer misleads.

use std::collections::BTreeSet;

use teiten_model::interval::{Interval, Timestamp};
use teiten_model::selection::{SENSORS_MIN, Selection, Viewer};
use teiten_model::table::{Table, Value};
use teiten_query::dimension::{self, DIMENSIONS, Dimension};
use teiten_query::questions::books;
use teiten_query::questions::top::Metric;
use teiten_query::session::Session;
use teiten_selection::Filter;
use teiten_selection::period::Period;
use teiten_selection::zone::Zone;

use crate::doubt;
use crate::error::{AskError, Usage};

/// The steps of a series.
pub const STEPS: [&str; 5] = ["hour", "day", "week", "month", "year"];

/// The words for what lines are ranked by.
pub const METRICS: [(&str, Metric); 5] = [
    ("packets", Metric::Packets),
    ("sources", Metric::Sources),
    ("sensors", Metric::Sensors),
    ("rate", Metric::Rate),
    ("per-address", Metric::PerAddress),
];

/// Most names that a message lists.
const NAMES_SAID_MAX: usize = 12;

/// What is asked about, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The filter.
    pub filter: Option<String>,
    /// Organisations that scan openly: `with`, `without` or `only`; `None` for `with`.
    pub scanners: Option<String>,
    /// The period; it stands alone.
    pub period: Option<String>,
    /// The first moment.
    pub from: Option<String>,
    /// The first moment after.
    pub to: Option<String>,
    /// Names of sensors.
    pub sensors: Vec<String>,
    /// Names of groups.
    pub groups: Vec<String>,
}

impl Wanted {
    /// The period; `None` for all time.
    ///
    /// # Errors
    /// When the words are no period, or a period stands beside an end.
    pub fn period(&self, zone: &Zone, now: Timestamp) -> Result<Option<Period>, AskError> {
        Ok(match (&self.period, &self.from, &self.to) {
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
                return Err(Usage("write either a period, or from and to".to_string()).into());
            }
            (Some(period), None, None) => Some(Period::parse(period, zone, now)?),
            (None, None, None) => None,
            (None, from, to) => Some(Period::between(
                from.as_deref().unwrap_or("1970-01-01T00:00:00Z"),
                to.as_deref().unwrap_or("now"),
                zone,
                now,
            )?),
        })
    }

    /// The filter, read.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn filter(&self) -> Result<Option<Filter>, AskError> {
        self.filter_text()?.as_deref().map(doubt::read).transpose()
    }

    /// The text of the filter, with what is said of organisations that scan openly.
    ///
    /// # Errors
    /// When a part of it cannot be read.
    pub fn filter_text(&self) -> Result<Option<String>, AskError> {
        let Some(about) = scanners(self.scanners.as_deref())? else { return Ok(self.filter.clone()) };
        Ok(Some(match &self.filter {
            // The filter is read by itself first, so that an error in it is shown in its own words.
            Some(filter) => {
                doubt::read(filter)?;
                format!("({filter}) && {about}")
            }
            None => about.to_string(),
        }))
    }

    /// The selection.
    ///
    /// # Errors
    /// When filter or period cannot be read.
    pub fn selection(&self, zone: &Zone, now: Timestamp) -> Result<Selection, AskError> {
        self.filter()?;
        Ok(Selection {
            filter: self.filter_text()?,
            interval: self.period(zone, now)?.map(|period| period.interval()),
            sensors: self.sensors.clone(),
            groups: self.groups.clone(),
        })
    }

    /// The interval of the period to compare with; `None` when there is none to compare with.
    ///
    /// # Errors
    /// When there is no period of its own to compare, or the other one cannot be read.
    pub fn versus(
        &self,
        vs: Option<&str>,
        zone: &Zone,
        now: Timestamp,
    ) -> Result<Option<Interval>, AskError> {
        let Some(vs) = vs else { return Ok(None) };
        let period = self
            .period(zone, now)?
            .ok_or_else(|| Usage("a comparison needs a period, or from and to".to_string()))?;
        Ok(Some(period.compared(vs, now)?.interval()))
    }
}

/// Refuses names that the store does not have, and gives notes on words of the filter that no packet has.
///
/// # Errors
/// When a sensor, group, tag or country is not there.
pub fn check(session: &Session, selection: &Selection) -> Result<Vec<String>, AskError> {
    let own: &[String] = match session.viewer() {
        Viewer::Member { sensors, .. } => sensors,
        Viewer::All | Viewer::Public { .. } => &[],
    };
    if !(selection.sensors.is_empty() && selection.groups.is_empty() && own.is_empty()) {
        known(session, own, &[])?;
        // Which other sensors there are is not for every viewer to know: the question refuses them.
        let named: &[String] = if *session.viewer() == Viewer::All { &selection.sensors } else { &[] };
        known(session, named, &selection.groups)?;
    }
    doubt::stored(session, selection)
}

/// The viewer of a word: `all`, `public`, or names of own sensors parted by commas.
pub fn viewer(word: &str) -> Viewer {
    match word {
        "all" => Viewer::All,
        "public" => Viewer::Public { sensors_min: SENSORS_MIN },
        names => Viewer::Member {
            sensors: names.split(',').map(ToString::to_string).collect(),
            sensors_min: SENSORS_MIN,
        },
    }
}

/// The filter that takes organisations which scan openly out, or leaves them alone; `None` for everything.
///
/// # Errors
/// When the word is none of `with`, `without` and `only`.
pub fn scanners(which: Option<&str>) -> Result<Option<&'static str>, Usage> {
    match which {
        None | Some("with") => Ok(None),
        Some("without") => Ok(Some("!actor")),
        Some("only") => Ok(Some("actor")),
        Some(other) => Err(Usage(format!("--scanners is with, without or only, not `{other}`"))),
    }
}

/// The dimension of that name, or what could have been meant.
///
/// # Errors
/// When packets cannot be divided by it.
pub fn dimension(name: &str) -> Result<&'static Dimension, Usage> {
    dimension::find(name).ok_or_else(|| {
        let known: Vec<&str> = DIMENSIONS.iter().map(|dimension| dimension.plural).collect();
        Usage(format!("packets cannot be divided by `{name}`: write one of {}", known.join(", ")))
    })
}

/// The metric of that name.
///
/// # Errors
/// When there is none.
pub fn metric(name: &str) -> Result<Metric, Usage> {
    let found = METRICS.iter().find(|(word, _)| *word == name).map(|(_, metric)| *metric);
    found.ok_or_else(|| {
        Usage(format!("`{name}` is not a metric: write packets, sources, sensors, rate or per-address"))
    })
}

/// Refuses what is not a step.
///
/// # Errors
/// When there is no such step.
pub fn step(step: &str) -> Result<(), Usage> {
    if STEPS.contains(&step) {
        return Ok(());
    }
    Err(Usage(format!("`{step}` is not a step: write one of {}", STEPS.join(", "))))
}

/// Refuses sensors and groups that have no packet in the store.
///
/// # Errors
/// When a name is not there.
pub fn known(session: &Session, sensors: &[String], groups: &[String]) -> Result<(), AskError> {
    if sensors.is_empty() && groups.is_empty() {
        return Ok(());
    }
    let known = books::names(session)?;
    let is_shown = *session.viewer() == Viewer::All;
    missing(&known, "sensor", 0, sensors, is_shown)?;
    Ok(missing(&known, "group", 1, groups, is_shown)?)
}

/// Says which of the names the store does not know.
fn missing(known: &Table, what: &str, place: usize, names: &[String], is_shown: bool) -> Result<(), Usage> {
    let known: BTreeSet<&str> = known
        .rows
        .iter()
        .filter_map(|row| match &row[place] {
            Value::Text(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let Some(name) = names.iter().find(|name| !known.contains(name.as_str())) else { return Ok(()) };
    let there = match known.len() {
        0 if is_shown => "the store holds no packets of any".to_string(),
        1..=NAMES_SAID_MAX if is_shown => {
            format!("there are {}", known.into_iter().collect::<Vec<_>>().join(", "))
        }
        _ => "`teiten sensor list` names those there are".to_string(),
    };
    Err(Usage(format!("no packet of a {what} `{name}` is in the store: {there}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_stands_alone() {
        let wanted = |period: Option<&str>, from: Option<&str>, to: Option<&str>| Wanted {
            period: period.map(Into::into),
            from: from.map(Into::into),
            to: to.map(Into::into),
            ..Wanted::default()
        };
        let now = Timestamp(1_400_000_000_000_000);
        let read = |wanted: Wanted| wanted.period(&Zone::utc(), now).map(|found| found.map(|one| one.text()));
        assert_eq!(read(wanted(Some("2014Q2"), None, None)).expect("a period").as_deref(), Some("2014Q2"));
        assert!(read(wanted(None, None, None)).expect("all time").is_none());
        assert!(read(wanted(None, Some("2014-05-01"), None)).expect("until now").is_some());
        let both = read(wanted(Some("2014Q2"), Some("2014-05-01"), None));
        assert_eq!(both.unwrap_err().to_string(), "write either a period, or from and to");
    }

    #[test]
    fn open_scanners_are_taken_out_or_left_alone_whatever_the_filter_is() {
        let text = |filter: Option<&str>, scanners: Option<&str>| {
            let wanted = Wanted {
                filter: filter.map(Into::into),
                scanners: scanners.map(Into::into),
                ..Wanted::default()
            };
            wanted.filter().and_then(|_| wanted.filter_text())
        };
        let cases = [
            (None, None, None),
            (Some("tcp || udp"), Some("with"), Some("tcp || udp")),
            (Some("tcp || udp"), Some("without"), Some("(tcp || udp) && !actor")),
            (None, Some("only"), Some("actor")),
        ];
        for (filter, scanners, expected) in cases {
            assert_eq!(text(filter, scanners).expect("a filter").as_deref(), expected);
        }
        assert!(text(Some("tcp"), Some("no")).is_err() && text(Some("tcp ||"), Some("only")).is_err());
    }

    #[test]
    fn every_metric_and_step_is_found_by_its_word() {
        for (word, found) in METRICS {
            assert_eq!(metric(word).expect("a metric"), found);
        }
        for word in STEPS {
            step(word).expect("a step");
        }
        assert!(metric("hits").is_err() && step("decade").is_err() && dimension("colour").is_err());
    }

    #[test]
    fn a_viewer_is_everyone_the_public_or_own_sensors() {
        assert_eq!(viewer("all"), Viewer::All);
        assert_eq!(viewer("public"), Viewer::Public { sensors_min: SENSORS_MIN });
        let own = viewer("a,b");
        assert!(matches!(own, Viewer::Member { sensors, .. } if sensors == ["a", "b"]));
    }
}
