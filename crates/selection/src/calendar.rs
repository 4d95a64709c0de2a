//! Spans of the calendar: years, fiscal years, quarters, months, weeks, days.
//!
//! A fiscal year begins in April and is named after the year it begins in.
//!
//! **Invariant:** a span begins on a first day of its kind and ends where the next one begins.

use jiff::Span;
use jiff::civil::{Date, ISOWeekDate, Weekday};

use crate::period::PeriodKind;

/// A named span: its first date and the first date after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) kind: PeriodKind,
    pub(crate) first: Date,
    pub(crate) after: Date,
}

impl Named {
    /// The span of that kind that begins on that date.
    pub(crate) fn starting(kind: PeriodKind, first: Date) -> Option<Named> {
        let after = first.checked_add(length(kind)).ok()?;
        Some(Named { kind, first, after })
    }

    pub(crate) fn year(year: i16) -> Option<Named> {
        Named::starting(PeriodKind::Year, Date::new(year, 1, 1).ok()?)
    }

    pub(crate) fn fiscal_year(year: i16) -> Option<Named> {
        Named::starting(PeriodKind::FiscalYear, Date::new(year, 4, 1).ok()?)
    }

    pub(crate) fn quarter(year: i16, quarter: i8) -> Option<Named> {
        Named::starting(PeriodKind::Quarter, Date::new(year, (quarter - 1) * 3 + 1, 1).ok()?)
    }

    pub(crate) fn fiscal_quarter(year: i16, quarter: i8) -> Option<Named> {
        let april = Date::new(year, 4, 1).ok()?;
        let first = april.checked_add(Span::new().months(i64::from(quarter - 1) * 3)).ok()?;
        Named::starting(PeriodKind::FiscalQuarter, first)
    }

    pub(crate) fn month(year: i16, month: i8) -> Option<Named> {
        Named::starting(PeriodKind::Month, Date::new(year, month, 1).ok()?)
    }

    pub(crate) fn week(year: i16, week: i8) -> Option<Named> {
        let monday = ISOWeekDate::new(year, week, Weekday::Monday).ok()?.date();
        Named::starting(PeriodKind::Week, monday)
    }

    pub(crate) fn day(date: Date) -> Option<Named> {
        Named::starting(PeriodKind::Day, date)
    }

    /// The one before, of the same kind.
    pub(crate) fn previous(&self) -> Option<Named> {
        Named::starting(self.kind, self.first.checked_sub(length(self.kind)).ok()?)
    }

    /// The one after, of the same kind.
    pub(crate) fn next(&self) -> Option<Named> {
        Named::starting(self.kind, self.after)
    }

    /// The same a year earlier; a week is 52 weeks earlier, 29 February is 28 February.
    pub(crate) fn previous_year(&self) -> Option<Named> {
        let back = if self.kind == PeriodKind::Week { Span::new().weeks(52) } else { Span::new().years(1) };
        Named::starting(self.kind, self.first.checked_sub(back).ok()?)
    }

    /// The fiscal year and the quarter of it that begins on the first date.
    pub(crate) fn fiscal(&self) -> (i16, i8) {
        let (year, month) = (self.first.year(), self.first.month());
        if month >= 4 { (year, (month - 4) / 3 + 1) } else { (year - 1, 4) }
    }

    /// The last date inside.
    pub(crate) fn last(&self) -> Date {
        self.after.yesterday().unwrap_or(self.first)
    }

    /// How it is written in a filter of time: `2014Q2`, `FY2014`, `2026-W33`.
    pub(crate) fn text(&self) -> String {
        let (year, month) = (self.first.year(), self.first.month());
        match self.kind {
            PeriodKind::Year => format!("{year}"),
            PeriodKind::FiscalYear => format!("FY{year}"),
            PeriodKind::Quarter => format!("{year}Q{}", (month - 1) / 3 + 1),
            PeriodKind::FiscalQuarter => {
                let (year, quarter) = self.fiscal();
                format!("FY{year}Q{quarter}")
            }
            PeriodKind::Month => format!("{year}-{month:02}"),
            PeriodKind::Week => {
                let week = self.first.iso_week_date();
                format!("{}-W{:02}", week.year(), week.week())
            }
            PeriodKind::Day | PeriodKind::Span => self.first.to_string(),
        }
    }
}

fn length(kind: PeriodKind) -> Span {
    match kind {
        PeriodKind::Year | PeriodKind::FiscalYear => Span::new().years(1),
        PeriodKind::Quarter | PeriodKind::FiscalQuarter => Span::new().months(3),
        PeriodKind::Month => Span::new().months(1),
        PeriodKind::Week => Span::new().weeks(1),
        PeriodKind::Day | PeriodKind::Span => Span::new().days(1),
    }
}
