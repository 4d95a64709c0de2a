//! Time zones: where a day begins, and how a moment is written there.
//!
//! The rules are the ones compiled in, not the machine's: a quarter is cut the same everywhere.
//!
//! **Invariant:** the pieces of an interval are not empty, touch, and together are the interval.

use std::fmt;
use std::sync::LazyLock;

use jiff::Timestamp as Moment;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use teiten_model::interval::{HOUR_US, Interval, Timestamp};

use crate::distance::nearest;
use crate::error::PeriodError;

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

impl Zone {
    /// UTC.
    pub fn utc() -> Zone {
        Zone { name: "UTC".to_string(), rules: TimeZone::UTC }
    }

    /// The zone of a name such as `Asia/Tokyo`, or of an offset such as `+09:00`.
    ///
    /// # Errors
    /// When there is no such zone.
    pub fn parse(text: &str) -> Result<Zone, PeriodError> {
        if matches!(text, "UTC" | "utc" | "Z" | "Etc/UTC") {
            return Ok(Zone::utc());
        }
        if let Some(offset) = read_offset(text) {
            return Ok(Zone { name: write_offset(offset), rules: TimeZone::fixed(offset) });
        }
        if let Ok(rules) = ZONES.get(text) {
            let name = rules.iana_name().unwrap_or(text).to_string();
            return Ok(Zone { name, rules });
        }
        let names: Vec<String> = ZONES.available().map(|name| name.to_string()).collect();
        let cities = |name: &String| name.rsplit('/').next() == Some(text);
        let hint = match text {
            "JST" => "write Asia/Tokyo".to_string(),
            _ => match names.iter().find(|name| cities(name)) {
                Some(name) => format!("did you mean {name}?"),
                None => match nearest(text, names.iter().map(String::as_str)) {
                    Some(name) => format!("did you mean {name}?"),
                    None => "write a name such as Asia/Tokyo, an offset such as +09:00, or UTC".to_string(),
                },
            },
        };
        Err(PeriodError::Zone { text: text.to_string(), hint })
    }

    /// The name: `Asia/Tokyo`, `+09:00`, `UTC`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its rules, for whoever cuts or writes moments with them.
    pub fn rules(&self) -> &TimeZone {
        &self.rules
    }

    /// What people call the zone at that moment: `JST`, `CEST`, `+03`.
    pub fn abbreviation(&self, at: Timestamp) -> String {
        self.rules.to_offset_info(moment(at)).abbreviation().to_string()
    }

    /// Distance from UTC at that moment, in seconds, positive in the east.
    pub fn offset_secs(&self, at: Timestamp) -> i32 {
        self.rules.to_offset(moment(at)).seconds()
    }

    /// The moment for people: `2014-04-01 09:00:00 JST`.
    pub fn write_for_people(&self, at: Timestamp) -> String {
        let local = self.civil(at);
        format!("{} {} {}", local.date(), local.strftime("%H:%M:%S"), self.abbreviation(at))
    }

    /// The moment for machines, RFC 3339 in this zone: `2014-04-01T09:00:00+09:00`, with microseconds
    /// only where there are some.
    pub fn write_for_machines(&self, at: Timestamp) -> String {
        let local = self.civil(at);
        let us = at.0.rem_euclid(1_000_000);
        let decimals = if us == 0 { String::new() } else { format!(".{us:06}") };
        let offset = self.rules.to_offset(moment(at));
        let offset = if self.name == "UTC" { "Z".to_string() } else { write_offset(offset) };
        format!("{}T{}{decimals}{offset}", local.date(), local.strftime("%H:%M:%S"))
    }

    /// Year, month and day in this zone.
    pub fn date(&self, at: Timestamp) -> (i16, i8, i8) {
        let date = self.civil(at).date();
        (date.year(), date.month(), date.day())
    }

    /// Day of the week in this zone, 0 for Monday to 6 for Sunday.
    pub fn weekday(&self, at: Timestamp) -> u8 {
        self.civil(at).weekday().to_monday_zero_offset().unsigned_abs()
    }

    /// Hour of the day in this zone.
    pub fn hour(&self, at: Timestamp) -> u8 {
        self.civil(at).hour().unsigned_abs()
    }

    /// The interval cut where hours begin in this zone; the first and last piece may be shorter.
    pub fn hours(&self, interval: Interval) -> Pieces {
        Pieces { zone: self.clone(), left: interval, step: Step::Hour }
    }

    /// The interval cut where days begin in this zone.
    pub fn days(&self, interval: Interval) -> Pieces {
        Pieces { zone: self.clone(), left: interval, step: Step::Day }
    }

    /// The interval cut where weeks begin in this zone: on Monday.
    pub fn weeks(&self, interval: Interval) -> Pieces {
        Pieces { zone: self.clone(), left: interval, step: Step::Week }
    }

    /// The interval cut where months begin in this zone.
    pub fn months(&self, interval: Interval) -> Pieces {
        Pieces { zone: self.clone(), left: interval, step: Step::Month }
    }

    pub(crate) fn civil(&self, at: Timestamp) -> DateTime {
        self.rules.to_datetime(moment(at))
    }

    /// The first moment of a date; where the zone skips the date, the first moment after it.
    pub(crate) fn start(&self, date: Date) -> Option<Timestamp> {
        self.at(date.to_datetime(jiff::civil::Time::midnight()))
    }

    /// The moment of a local time; of two the earlier, and in a gap the time after it.
    pub(crate) fn at(&self, local: DateTime) -> Option<Timestamp> {
        self.rules.to_timestamp(local).ok().map(|at| Timestamp(at.as_microsecond()))
    }

    /// The first local hour that begins after the moment.
    fn next_hour(&self, at: Timestamp) -> Timestamp {
        let offset_us = i64::from(self.offset_secs(at)) * 1_000_000;
        let local = at.0.saturating_add(offset_us);
        let next = (local.div_euclid(HOUR_US) + 1).saturating_mul(HOUR_US).saturating_sub(offset_us);
        Timestamp(next)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// The pieces of an interval in a zone.
#[derive(Debug, Clone)]
pub struct Pieces {
    zone: Zone,
    left: Interval,
    step: Step,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Hour,
    Day,
    Week,
    Month,
}

impl Iterator for Pieces {
    type Item = Interval;

    fn next(&mut self) -> Option<Interval> {
        let start = self.left.start;
        if start >= self.left.end {
            return None;
        }
        let cut = match self.step {
            Step::Hour => Some(self.zone.next_hour(start)),
            Step::Day | Step::Week | Step::Month => self.next_date(start),
        };
        // Where the calendar ends, the rest is one piece.
        let end = cut.filter(|cut| *cut > start).unwrap_or(self.left.end).min(self.left.end);
        self.left.start = end;
        Some(Interval { start, end })
    }
}

impl Pieces {
    fn next_date(&self, start: Timestamp) -> Option<Timestamp> {
        let mut date = self.zone.civil(start).date();
        loop {
            date = match self.step {
                Step::Hour | Step::Day => date.tomorrow().ok()?,
                Step::Week => {
                    let ahead = 7 - i64::from(date.weekday().to_monday_zero_offset());
                    date.checked_add(jiff::Span::new().days(ahead)).ok()?
                }
                Step::Month => date.last_of_month().tomorrow().ok()?,
            };
            // A date the zone skips begins where the next one does.
            let cut = self.zone.start(date)?;
            if cut > start {
                return Some(cut);
            }
        }
    }
}

/// The nearest moment the calendar can hold.
fn moment(at: Timestamp) -> Moment {
    match Moment::from_microsecond(at.0) {
        Ok(moment) => moment,
        Err(_) if at.0 < 0 => Moment::MIN,
        Err(_) => Moment::MAX,
    }
}

fn read_offset(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 || !rest.chars().all(|c| c.is_ascii_digit() || c == ':') {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

fn write_offset(offset: Offset) -> String {
    let secs = offset.seconds();
    let sign = if secs < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", secs.abs() / 3600, secs.abs() / 60 % 60)
}
