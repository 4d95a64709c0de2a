//! The period around the same middle, twice as long or half as long.
//!
//! **Invariant:** what is whole days stays whole days of the reader's zone; below a day it is whole hours.

use teiten_model::interval::{DAY_US, HOUR_US, Interval, Timestamp};
use teiten_selection::zone::Zone;

/// The longest period that is made, in days.
const DAYS_MAX: i64 = 36_525;

/// Twice as long; `None` where that is too long.
pub(crate) fn wider(interval: Interval, zone: &Zone) -> Option<String> {
    if interval.length_us() < DAY_US {
        let hours = whole_hours(interval);
        return Some(of_hours(interval.start.0 - hours / 2 * HOUR_US, 2 * hours, zone));
    }
    let (first, days) = whole_days(interval, zone)?;
    if 2 * days > DAYS_MAX {
        return None;
    }
    of_days(first.checked_sub(jiff::Span::new().days(days / 2)).ok()?, 2 * days)
}

/// Half as long; `None` where there is no shorter one.
pub(crate) fn closer(interval: Interval, zone: &Zone) -> Option<String> {
    if interval.length_us() <= DAY_US {
        let hours = whole_hours(interval);
        let half = hours / 2;
        return (half > 0).then(|| of_hours(interval.start.0 + (hours - half) / 2 * HOUR_US, half, zone));
    }
    let (first, days) = whole_days(interval, zone)?;
    let half = days / 2;
    of_days(first.checked_add(jiff::Span::new().days((days - half) / 2)).ok()?, half.max(1))
}

fn whole_hours(interval: Interval) -> i64 {
    (interval.length_us() / HOUR_US).max(1)
}

/// The first day, and how many days an interval touches.
fn whole_days(interval: Interval, zone: &Zone) -> Option<(jiff::civil::Date, i64)> {
    let day = |at: i64| {
        let moment = jiff::Timestamp::from_microsecond(at).ok()?;
        Some(moment.to_zoned(zone.rules().clone()).date())
    };
    let (first, last) = (day(interval.start.0)?, day(interval.end.0 - 1)?);
    Some((first, i64::from(first.until(last).ok()?.get_days()) + 1))
}

fn of_days(first: jiff::civil::Date, days: i64) -> Option<String> {
    let after = first.checked_add(jiff::Span::new().days(days)).ok()?;
    Some(if days == 1 { first.to_string() } else { format!("{first}..{after}") })
}

fn of_hours(start: i64, hours: i64, zone: &Zone) -> String {
    let write = |at: i64| zone.write_for_machines(Timestamp(at));
    // What the reader dragged may begin anywhere.
    let start = start.div_euclid(HOUR_US) * HOUR_US;
    format!("{}..{}", write(start), write(start + hours * HOUR_US))
}

#[cfg(test)]
mod tests {
    use teiten_selection::period::Period;

    use super::*;

    #[test]
    fn a_period_grows_and_shrinks_around_its_middle() {
        let zone = Zone::parse("Asia/Tokyo").expect("a zone");
        let zoomed = |text: &str| {
            let period = Period::parse(text, &zone, Timestamp(0)).expect("a period").interval();
            (wider(period, &zone).unwrap_or_default(), closer(period, &zone).unwrap_or_default())
        };
        for (period, wide, close) in [
            ("2014Q2", "2014-02-15..2014-08-16", "2014-04-24..2014-06-08"),
            ("2014-06-01..2014-06-08", "2014-05-29..2014-06-12", "2014-06-03..2014-06-06"),
            ("2014-06-01..2014-06-03", "2014-05-31..2014-06-04", "2014-06-01"),
            ("2014-06-01", "2014-06-01..2014-06-03", "2014-06-01T06:00:00+09:00..2014-06-01T18:00:00+09:00"),
            (
                "2014-06-01T06:30:00+09:00..2014-06-01T09:30:00+09:00",
                "2014-06-01T05:00:00+09:00..2014-06-01T11:00:00+09:00",
                "2014-06-01T07:00:00+09:00..2014-06-01T08:00:00+09:00",
            ),
            (
                "2014-06-01T06:00:00+09:00..2014-06-01T07:00:00+09:00",
                "2014-06-01T06:00:00+09:00..2014-06-01T08:00:00+09:00",
                "",
            ),
        ] {
            assert_eq!(zoomed(period), (wide.to_string(), close.to_string()), "{period}");
            for made in [wide, close].iter().filter(|made| !made.is_empty()) {
                Period::parse(made, &zone, Timestamp(0)).expect("a period that can be read");
            }
        }
    }
}
