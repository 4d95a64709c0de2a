//! Periods in words, in English and Japanese.
//!
//! **Invariant:** a label of whole days names the last day inside, not the first after.

use jiff::civil::Date;

use crate::period::{Period, PeriodKind};

/// From one to another, in Japanese.
const TO_JA: &str = "〜";

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn month_en(date: Date) -> &'static str {
    MONTHS[usize::from(date.month().unsigned_abs()) - 1]
}

fn date_en(date: Date) -> String {
    format!("{} {} {}", date.day(), month_en(date), date.year())
}

fn date_ja(date: Date) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

impl Period {
    /// The period in English: `April to June 2014`.
    pub fn label_en(&self) -> String {
        let Some(named) = self.named else {
            return match self.days() {
                Some((first, last)) if first == last => date_en(first),
                Some((first, last)) => format!("{} to {}", date_en(first), date_en(last)),
                None => format!("{} to {}", self.times().0, self.times().1),
            };
        };
        let (first, last) = (named.first, named.last());
        let year = first.year();
        match named.kind {
            PeriodKind::Year => year.to_string(),
            PeriodKind::FiscalYear => format!("fiscal year {year} (April {year} to March {})", last.year()),
            PeriodKind::Quarter | PeriodKind::FiscalQuarter => {
                format!("{} to {} {year}", month_en(first), month_en(last))
            }
            PeriodKind::Month => format!("{} {year}", month_en(first)),
            PeriodKind::Week => {
                let week = first.iso_week_date();
                format!("week {} of {} ({} to {})", week.week(), week.year(), date_en(first), date_en(last))
            }
            PeriodKind::Day | PeriodKind::Span => date_en(first),
        }
    }

    /// The period in Japanese: `2014年4〜6月`.
    pub fn label_ja(&self) -> String {
        let Some(named) = self.named else {
            return match self.days() {
                Some((first, last)) if first == last => date_ja(first),
                Some((first, last)) => format!("{}{TO_JA}{}", date_ja(first), date_ja(last)),
                None => format!("{}{TO_JA}{}", self.times().0, self.times().1),
            };
        };
        let (first, last) = (named.first, named.last());
        let year = first.year();
        match named.kind {
            PeriodKind::Year => format!("{year}年"),
            PeriodKind::FiscalYear => format!("{year}年度"),
            PeriodKind::Quarter | PeriodKind::FiscalQuarter => {
                format!("{year}年{}{TO_JA}{}月", first.month(), last.month())
            }
            PeriodKind::Month => format!("{year}年{}月", first.month()),
            PeriodKind::Week => {
                let week = first.iso_week_date();
                let (from, to) = (date_ja(first), date_ja(last));
                format!("{}年第{}週（{from}{TO_JA}{to}）", week.year(), week.week())
            }
            PeriodKind::Day | PeriodKind::Span => date_ja(first),
        }
    }

    /// First and last day of a period of whole days.
    fn days(&self) -> Option<(Date, Date)> {
        let (first, after) = self.whole_days()?;
        Some((first, after.yesterday().ok()?))
    }

    /// Both ends, to the minute or, where that loses something, to the second.
    fn times(&self) -> (String, String) {
        let interval = self.interval();
        let is_minute = interval.start.0 % 60_000_000 == 0 && interval.end.0 % 60_000_000 == 0;
        let form = if is_minute { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
        let write = |at| self.zone().civil(at).strftime(form).to_string();
        let zones = (self.zone().abbreviation(interval.start), self.zone().abbreviation(interval.end));
        let start = if zones.0 == zones.1 {
            write(interval.start)
        } else {
            format!("{} {}", write(interval.start), zones.0)
        };
        (start, format!("{} {}", write(interval.end), zones.1))
    }
}
