//! Reading one end of a period, and guessing what was meant when it is none.
//!
//! **Invariant:** a proposal that names a period is itself readable as one.

use jiff::Span;
use jiff::civil::{Date, DateTime};
use teiten_model::interval::Timestamp;

use crate::calendar::Named;
use crate::error::{PeriodError, plain};
use crate::period::{PERIOD_BYTES_MAX, YEAR_MAX, YEAR_MIN, out_of_years};
use crate::value::read_time;
use crate::zone::Zone;

/// One end of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Named(Named),
    Moment(Timestamp),
}

/// Every form, for a message that cannot guess.
const FORMS: &str =
    "write 2026Q3, 2026-08, 2026-08-20, 2026, FY2014, 2026-W33, now-7d, or two times such as 2026-08-20..now";

/// Refuses what no period is made of before anything quotes it.
pub(crate) fn check(text: &str) -> Result<(), PeriodError> {
    if text.len() <= PERIOD_BYTES_MAX && !text.chars().any(char::is_control) {
        return Ok(());
    }
    let shown: String = plain(text).chars().take(20).collect();
    Err(PeriodError::Form { text: format!("{shown}…"), hint: FORMS.into() })
}

/// Reads one end.
pub(crate) fn read(text: &str, zone: &Zone, now: Timestamp) -> Result<Part, PeriodError> {
    if let Some(rest) = text.strip_prefix("now") {
        return relative(text, rest, zone, now).map(Part::Moment);
    }
    let is_number = text.split_once('.').map_or(text, |(secs, _)| secs);
    if (9..=12).contains(&is_number.len())
        && is_number.chars().all(|c| c.is_ascii_digit())
        && let Some(at) = read_time(text)
    {
        return Ok(Part::Moment(at));
    }
    if let Some(named) = named(text)? {
        return Ok(Part::Named(named));
    }
    if text.contains(['T', 't', ' ']) && text.len() > 10 {
        if let Some(at) = read_time(text) {
            return Ok(Part::Moment(at));
        }
        if let Ok(local) = text.parse::<DateTime>()
            && let Some(at) = zone.at(local)
        {
            return Ok(Part::Moment(at));
        }
    }
    let hint = proposal(text).map_or_else(|| FORMS.to_string(), |near| format!("did you mean {near}?"));
    Err(PeriodError::Form { text: text.to_string(), hint })
}

/// A moment before now: `now`, `now-90m`, `now-7d`. Days and weeks are those of the zone's calendar.
fn relative(text: &str, rest: &str, zone: &Zone, now: Timestamp) -> Result<Timestamp, PeriodError> {
    if rest.is_empty() {
        return Ok(now);
    }
    let form = |hint: String| PeriodError::Form { text: text.to_string(), hint };
    let cleaned: String = rest.chars().filter(|c| !c.is_whitespace()).collect();
    let digits: String = cleaned.chars().skip(1).take_while(char::is_ascii_digit).collect();
    let unit = cleaned.get(1 + digits.len()..).unwrap_or("");
    let hint = "write now-7d; the units are s, m, h, d and w".to_string();
    if !cleaned.starts_with('-') || digits.is_empty() {
        return Err(form(hint));
    }
    if cleaned != rest || !matches!(unit, "s" | "m" | "h" | "d" | "w") {
        let letter = unit.chars().next().filter(|c| "smhdw".contains(*c) && !unit.starts_with("mo"));
        return Err(form(letter.map_or(hint, |letter| format!("did you mean now-{digits}{letter}?"))));
    }
    let count: i64 = digits.parse().map_err(|_| out_of_years(text))?;
    let secs = match unit {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        _ => None,
    };
    let at = match secs {
        Some(secs) => count.checked_mul(secs * 1_000_000).and_then(|us| now.0.checked_sub(us)).map(Timestamp),
        None => {
            let days = if unit == "w" { count.checked_mul(7) } else { Some(count) };
            days.and_then(|days| Span::new().try_days(days).ok())
                .and_then(|span| zone.civil(now).checked_sub(span).ok())
                .and_then(|local| zone.at(local))
        }
    };
    at.ok_or_else(|| out_of_years(text))
}

/// A named span; `None` when the text has no such form, an error when the calendar has not this one.
fn named(text: &str) -> Result<Option<Named>, PeriodError> {
    let none = |hint: String| PeriodError::Calendar { text: text.to_string(), hint };
    let number = |part: &str, length: usize| -> Option<i16> {
        (part.len() == length && part.chars().all(|c| c.is_ascii_digit()))
            .then(|| part.parse().ok())
            .flatten()
    };
    let (year_text, rest, is_fiscal) = match text.strip_prefix("FY") {
        Some(stem) => (stem.get(..4), stem.get(4..).unwrap_or(""), true),
        None => (text.get(..4), text.get(4..).unwrap_or(""), false),
    };
    let Some(year) = year_text.and_then(|year| number(year, 4)) else { return Ok(None) };
    let found = if rest.is_empty() {
        if is_fiscal { Named::fiscal_year(year) } else { Named::year(year) }
    } else if let Some(quarter) = rest.strip_prefix('Q').and_then(|quarter| number(quarter, 1)) {
        if !(1..=4).contains(&quarter) {
            return Err(none("the quarters are Q1 to Q4".into()));
        }
        if is_fiscal {
            Named::fiscal_quarter(year, quarter as i8)
        } else {
            Named::quarter(year, quarter as i8)
        }
    } else if is_fiscal {
        return Ok(None);
    } else if let Some(week) = rest.strip_prefix("-W").and_then(|week| number(week, 2)) {
        let week = Named::week(year, week as i8);
        let last = if Named::week(year, 53).is_some() { 53 } else { 52 };
        return week.map(Some).ok_or_else(|| none(format!("{year} has the weeks W01 to W{last}")));
    } else if let Some(month) = rest.strip_prefix('-').and_then(|month| number(month, 2)) {
        let month = Named::month(year, month as i8);
        return month.map(Some).ok_or_else(|| none("the months are 01 to 12".into()));
    } else if let Some((month, day)) = rest.strip_prefix('-').and_then(|rest| rest.split_once('-')) {
        let (Some(month), Some(day)) = (number(month, 2), number(day, 2)) else { return Ok(None) };
        match Date::new(year, month as i8, day as i8) {
            Ok(date) => Named::day(date),
            Err(_) => {
                let hint = match Date::new(year, month as i8, 1) {
                    Ok(first) => format!("{year}-{month:02} has {} days", first.days_in_month()),
                    Err(_) => "the months are 01 to 12".into(),
                };
                return Err(none(hint));
            }
        }
    } else {
        return Ok(None);
    };
    if !(YEAR_MIN..=YEAR_MAX).contains(&year) {
        return Err(out_of_years(text));
    }
    Ok(found)
}

/// What was probably meant.
fn proposal(text: &str) -> Option<String> {
    let upper = text.to_uppercase();
    let numbers: Vec<&str> =
        upper.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let is_fiscal = upper.starts_with("FY") || upper.contains("年度");
    let year = |part: &str| match part.len() {
        4 => Some(part.to_string()),
        2 => Some(format!("20{part}")),
        _ => None,
    };
    let four = |part: &&&str| part.len() == 4;
    let guess = match numbers.as_slice() {
        [only] if only.len() == 8 => format!("{}-{}-{}", &only[..4], &only[4..6], &only[6..]),
        [only] if only.len() == 6 && !is_fiscal => format!("{}-{}", &only[..4], &only[4..]),
        [only] if is_fiscal => format!("FY{}", year(only)?),
        [only] if only.len() == 4 && text != *only => (*only).to_string(),
        [count] if upper.ends_with(['D', 'H', 'W', 'M']) => {
            format!("now-{count}{}", upper.to_lowercase().chars().last()?)
        }
        [left, right] if upper.contains('Q') || upper.contains("四半期") => {
            let full = [left, right].into_iter().find(|part| four(part));
            let quarter = [left, right].into_iter().find(|part| part.len() == 1)?;
            let prefix = if is_fiscal { "FY" } else { "" };
            format!("{prefix}{}Q{quarter}", full.map_or_else(|| year(left), |full| year(full))?)
        }
        [full, week] if upper.contains('W') && full.len() == 4 => format!("{full}-W{week:0>2}"),
        [full, month] if full.len() == 4 && month.len() <= 2 => format!("{full}-{month:0>2}"),
        [full, month, day] if full.len() == 4 => format!("{full}-{month:0>2}-{day:0>2}"),
        _ => return None,
    };
    let is_readable = guess.starts_with("now-") || named(&guess).is_ok_and(|named| named.is_some());
    (is_readable && guess != text).then_some(guess)
}
