//! Periods: spans of time as people name them, cut in a zone.
//!
//! Written are RFC 3339 times, `2026-08-20`, `2026-08`, `2026Q3`, `2026`, `2026-W33`, `FY2014`,
//! `FY2014Q1` (April to June 2014), `now-7d`, seconds since 1970, and `A..B` or `A/B` of these.
//!
//! **Invariant:** a period is an interval that contains its start and not its end; in `A..B` the named
//! `B` gives its first moment, so `2026-08-20..2026-08-22` is two days.

use jiff::Span;
use teiten_model::interval::{Interval, Timestamp};

use crate::calendar::Named;
use crate::error::PeriodError;
use crate::period_text::{self, Part};
use crate::zone::Zone;

/// First year a period may lie in.
pub const YEAR_MIN: i16 = 1970;
/// Last year a period may lie in.
pub const YEAR_MAX: i16 = 2199;
/// Longest text that is read as a period, in bytes.
pub const PERIOD_BYTES_MAX: usize = 128;

/// What kind of span a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PeriodKind {
    /// A calendar year.
    Year,
    /// April to March, named after the year it begins in.
    FiscalYear,
    /// January to March and so on.
    Quarter,
    /// A quarter counted from April: the first is April to June.
    FiscalQuarter,
    /// A month.
    Month,
    /// A week of ISO 8601: Monday to Sunday, the first has the year's first Thursday.
    Week,
    /// A day.
    Day,
    /// From here to there.
    Span,
}

/// A span of time in a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    pub(crate) named: Option<Named>,
    interval: Interval,
    zone: Zone,
}

impl Period {
    /// Reads a period; `now` is the moment that `now` and `now-7d` mean.
    ///
    /// # Errors
    /// When the text is no period, or one the calendar has not.
    pub fn parse(text: &str, zone: &Zone, now: Timestamp) -> Result<Period, PeriodError> {
        let text = text.trim();
        period_text::check(text)?;
        let range = text.split_once("..").or_else(|| {
            // `2026/08/20` and `2026/08` are dates of people who part them so.
            text.split_once('/').filter(|(_, end)| !end.contains('/') && end.len() > 2)
        });
        if let Some((start, end)) = range {
            return Period::between(start, end, zone, now);
        }
        match period_text::read(text, zone, now)? {
            Part::Named(named) => Period::of(named, zone),
            Part::Moment(start) if text.starts_with("now-") => {
                Period::free(Interval { start, end: now }, zone, text)
            }
            Part::Moment(_) if text == "now" => {
                let hint = "write now-7d for the last seven days".to_string();
                Err(PeriodError::Form { text: text.to_string(), hint })
            }
            Part::Moment(_) => Err(PeriodError::Moment { text: text.to_string() }),
        }
    }

    /// The period from the first moment of one text to the first moment of another.
    ///
    /// # Errors
    /// When a text gives no moment, or the end is not after the start.
    pub fn between(start: &str, end: &str, zone: &Zone, now: Timestamp) -> Result<Period, PeriodError> {
        let text = format!("{}..{}", start.trim(), end.trim());
        period_text::check(&text)?;
        if start.trim().is_empty() || end.trim().is_empty() {
            let hint = "write both ends, such as 2026-08-20..now".to_string();
            return Err(PeriodError::Form { text, hint });
        }
        let interval = Interval { start: moment(start, zone, now)?, end: moment(end, zone, now)? };
        Period::free(interval, zone, &text)
    }

    fn free(interval: Interval, zone: &Zone, text: &str) -> Result<Period, PeriodError> {
        if interval.start >= interval.end {
            return Err(PeriodError::Backwards { text: text.to_string() });
        }
        let years = [interval.start, interval.end].map(|at| zone.date(at).0);
        // The end may be the first moment after the last year.
        if years[0] < YEAR_MIN || years[1] > YEAR_MAX + 1 {
            return Err(out_of_years(text));
        }
        Ok(Period { named: None, interval, zone: zone.clone() })
    }

    fn of(named: Named, zone: &Zone) -> Result<Period, PeriodError> {
        let text = named.text();
        if named.first.year() < YEAR_MIN || named.last().year() > YEAR_MAX {
            return Err(out_of_years(&text));
        }
        let ends = zone.start(named.first).zip(zone.start(named.after));
        let Some((start, end)) = ends else { return Err(out_of_years(&text)) };
        if start >= end {
            let hint = format!("the zone {zone} skipped it");
            return Err(PeriodError::Calendar { text, hint });
        }
        Ok(Period { named: Some(named), interval: Interval { start, end }, zone: zone.clone() })
    }

    /// The interval of UTC.
    pub fn interval(&self) -> Interval {
        self.interval
    }

    /// The zone the period is cut in.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// What kind of span it is.
    pub fn kind(&self) -> PeriodKind {
        self.named.map_or(PeriodKind::Span, |named| named.kind)
    }

    /// The period in writing, which reads back to the same: `2014Q2`, or both ends as RFC 3339.
    pub fn text(&self) -> String {
        match self.named {
            Some(named) => named.text(),
            None => {
                let write = |at| self.zone.write_for_machines(at);
                format!("{}..{}", write(self.interval.start), write(self.interval.end))
            }
        }
    }

    /// The period before this one: the previous quarter, month, week; or as much time just before.
    ///
    /// # Errors
    /// When it would lie before the first year.
    pub fn previous(&self) -> Result<Period, PeriodError> {
        if let Some(named) = self.named {
            return named
                .previous()
                .map_or_else(|| Err(out_of_years(&named.text())), |named| self.moved(named));
        }
        let Interval { start, end } = self.interval;
        let shifted = match self.whole_days() {
            Some((first, after)) => first
                .until(after)
                .ok()
                .and_then(|days| first.checked_sub(days).ok())
                .and_then(|first| self.zone.start(first)),
            None => start.0.checked_sub(end.0 - start.0).map(Timestamp),
        };
        let Some(before) = shifted else { return Err(out_of_years(&self.text())) };
        Period::free(Interval { start: before, end: start }, &self.zone, &self.text())
    }

    /// The period after this one: the next quarter, month, week; or as much time just after.
    ///
    /// # Errors
    /// When it would lie after the last year.
    pub fn next(&self) -> Result<Period, PeriodError> {
        if let Some(named) = self.named {
            return named.next().map_or_else(|| Err(out_of_years(&named.text())), |named| self.moved(named));
        }
        let Interval { start, end } = self.interval;
        let shifted = match self.whole_days() {
            Some((first, after)) => first
                .until(after)
                .ok()
                .and_then(|days| after.checked_add(days).ok())
                .and_then(|after| self.zone.start(after)),
            None => end.0.checked_add(end.0 - start.0).map(Timestamp),
        };
        let Some(after) = shifted else { return Err(out_of_years(&self.text())) };
        Period::free(Interval { start: end, end: after }, &self.zone, &self.text())
    }

    /// Both ends as dates where it is made of whole days, `2014-06-24..2014-07-01`; else as [`Period::text`].
    pub fn short_text(&self) -> String {
        match (self.named, self.whole_days()) {
            (None, Some((first, after))) => format!("{first}..{after}"),
            _ => self.text(),
        }
    }

    /// The same period a year earlier: the same quarter, month or dates; a week is 52 weeks earlier.
    ///
    /// # Errors
    /// When it would lie before the first year.
    pub fn previous_year(&self) -> Result<Period, PeriodError> {
        if let Some(named) = self.named {
            let earlier = named.previous_year();
            return earlier.map_or_else(|| Err(out_of_years(&named.text())), |named| self.moved(named));
        }
        let earlier = |at: Timestamp| {
            let local = self.zone.civil(at).checked_sub(Span::new().years(1)).ok()?;
            self.zone.at(local)
        };
        match (earlier(self.interval.start), earlier(self.interval.end)) {
            (Some(start), Some(end)) => Period::free(Interval { start, end }, &self.zone, &self.text()),
            _ => Err(out_of_years(&self.text())),
        }
    }

    /// The period to compare with: `prev`, `prev-year`, or any period.
    ///
    /// # Errors
    /// When the text is none of these.
    pub fn compared(&self, with: &str, now: Timestamp) -> Result<Period, PeriodError> {
        match with {
            "prev" => self.previous(),
            "prev-year" => self.previous_year(),
            other => Period::parse(other, &self.zone, now),
        }
    }

    /// The first date and the first date after, when the period is made of whole days.
    pub(crate) fn whole_days(&self) -> Option<(jiff::civil::Date, jiff::civil::Date)> {
        let Interval { start, end } = self.interval;
        let (first, after) = (self.zone.civil(start).date(), self.zone.civil(end).date());
        (self.zone.start(first) == Some(start) && self.zone.start(after) == Some(end))
            .then_some((first, after))
    }

    fn moved(&self, named: Named) -> Result<Period, PeriodError> {
        Period::of(named, &self.zone)
    }
}

/// The moment a text gives: itself, or the first moment of the period it names.
///
/// # Errors
/// When the text is no time.
pub fn moment(text: &str, zone: &Zone, now: Timestamp) -> Result<Timestamp, PeriodError> {
    period_text::check(text.trim())?;
    match period_text::read(text.trim(), zone, now)? {
        Part::Named(named) => Ok(Period::of(named, zone)?.interval.start),
        Part::Moment(at) => Ok(at),
    }
}

pub(crate) fn out_of_years(text: &str) -> PeriodError {
    PeriodError::Years { text: text.to_string(), min: YEAR_MIN, max: YEAR_MAX }
}
