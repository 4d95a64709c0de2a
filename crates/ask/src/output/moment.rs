//! How a moment is written, for machines and for people.
//!
//! **Invariant:** a moment never stands without its zone (rule R2).

use jiff::Timestamp;
use jiff::tz::TimeZone;
use teiten_model::interval::Timestamp as Moment;
use teiten_model::table::Value;

/// Microseconds in a second.
const SECOND_US: i64 = 1_000_000;

/// RFC 3339 in the zone, `2014-04-01T09:00:00+09:00`, with six decimals where there are microseconds.
///
/// A moment outside the years -9999 to 9999 is written in UTC by the model; so is one at which the zone's
/// offset has seconds, as zones had before they were zones, since RFC 3339 knows none.
pub(super) fn for_machines(us: i64, zone: &TimeZone) -> String {
    let Ok(at) = Timestamp::from_microsecond(us) else { return Moment(us).to_string() };
    let offset = zone.to_offset(at);
    let zoned = at.to_zoned(zone.clone());
    if offset.seconds() % 60 != 0 {
        return Moment(us).to_string();
    }
    let decimals = if us.rem_euclid(SECOND_US) == 0 { "" } else { "%.6f" };
    let suffix = if *zone == TimeZone::UTC { "Z" } else { "%:z" };
    zoned.strftime(&format!("%Y-%m-%dT%H:%M:%S{decimals}{suffix}")).to_string()
}

/// How finely the times of a column are written for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Precision {
    /// Every moment is a midnight of the zone: the date says it.
    Day,
    /// To the second.
    Second,
    /// To the microsecond.
    Micro,
}

impl Precision {
    /// The coarsest that loses nothing of these values.
    pub(super) fn of<'a>(values: impl Iterator<Item = &'a Value>, zone: &TimeZone) -> Precision {
        values.map(|value| Precision::of_one(value, zone)).max().unwrap_or(Precision::Second)
    }

    fn of_one(value: &Value, zone: &TimeZone) -> Precision {
        let Value::Time(us) = value else { return Precision::Day };
        if us.rem_euclid(SECOND_US) != 0 {
            return Precision::Micro;
        }
        let is_midnight = Timestamp::from_microsecond(*us)
            .is_ok_and(|at| zone.to_datetime(at).time() == jiff::civil::Time::midnight());
        if is_midnight { Precision::Day } else { Precision::Second }
    }
}

/// `2014-04-01 09:00:00 JST`; the zone's short name, or its offset where it has none.
pub(super) fn for_people(us: i64, zone: &TimeZone, precision: Precision) -> String {
    let Ok(at) = Timestamp::from_microsecond(us) else { return Moment(us).to_string() };
    let form = match precision {
        Precision::Day => "%Y-%m-%d %Z",
        Precision::Second => "%Y-%m-%d %H:%M:%S %Z",
        Precision::Micro => "%Y-%m-%d %H:%M:%S%.6f %Z",
    };
    at.to_zoned(zone.clone()).strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use jiff::tz::{Offset, TimeZone};

    use super::*;

    fn jst() -> TimeZone {
        TimeZone::posix("JST-9").expect("a zone")
    }

    #[test]
    fn machines_read_rfc_3339_with_the_offset() {
        let fixed = TimeZone::fixed(Offset::from_seconds(-34_200).expect("an offset"));
        let old = TimeZone::fixed(Offset::from_seconds(33_539).expect("an offset"));
        let cases = [
            (1_396_310_400_000_000, jst(), "2014-04-01T09:00:00+09:00"),
            (1_396_310_400_000_001, jst(), "2014-04-01T09:00:00.000001+09:00"),
            (1_396_310_400_000_000, TimeZone::UTC, "2014-04-01T00:00:00Z"),
            (1_396_310_400_000_000, fixed, "2014-03-31T14:30:00-09:30"),
            (1_396_310_400_000_000, old, "2014-04-01T00:00:00.000000Z"),
            (-1, jst(), "1970-01-01T08:59:59.999999+09:00"),
        ];
        for (us, zone, expected) in cases {
            assert_eq!(for_machines(us, &zone), expected);
        }
    }

    #[test]
    fn people_read_the_zone_beside_the_time() {
        let cases = [
            (Precision::Day, "2014-04-01 JST"),
            (Precision::Second, "2014-04-01 09:00:00 JST"),
            (Precision::Micro, "2014-04-01 09:00:00.000000 JST"),
        ];
        for (precision, expected) in cases {
            assert_eq!(for_people(1_396_310_400_000_000, &jst(), precision), expected);
        }
    }

    #[test]
    fn a_moment_beyond_the_calendar_is_written_all_the_same() {
        for us in [i64::MIN, i64::MAX] {
            assert!(for_machines(us, &jst()).ends_with('Z'));
            assert!(for_people(us, &jst(), Precision::Second).ends_with('Z'));
        }
    }

    #[test]
    fn the_precision_of_a_column_loses_nothing() {
        let midnight = Value::Time(1_396_278_000_000_000);
        let cases = [
            (vec![midnight.clone(), Value::Null], Precision::Day),
            (vec![midnight.clone(), Value::Time(1_396_310_400_000_000)], Precision::Second),
            (vec![midnight, Value::Time(1)], Precision::Micro),
        ];
        for (values, expected) in cases {
            assert_eq!(Precision::of(values.iter(), &jst()), expected);
        }
    }
}
