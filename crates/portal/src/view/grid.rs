//! A series put into slots of equal width, as charts need it.
//!
//! **Invariant:** a slot without a row in the answer has no value: what nobody observed is no zero.

use jiff::civil::Date;
use teiten_model::interval::{DAY_US, HOUR_US, Interval, Timestamp};
use teiten_model::table::{Table, Value};
use teiten_report::chart::Step;
use teiten_selection::zone::Zone;

use crate::fault::Fault;

/// Most slots of a chart.
const SLOTS_MAX: usize = 4_000;

/// Time in slots.
#[derive(Debug, Clone)]
pub(crate) struct Grid {
    /// First day of the first slot.
    pub(crate) first: Date,
    /// How wide a slot is.
    pub(crate) step: Step,
    /// How many there are.
    pub(crate) count: usize,
    zone: Zone,
}

/// One line of a series.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    /// The value that tells it apart; `Null` for the only line.
    pub(crate) value: Value,
    /// A value a slot.
    pub(crate) values: Vec<Option<f64>>,
}

/// The step that shows an interval with neither too few slots nor too many.
pub(crate) fn usual_step(interval: &Interval) -> &'static str {
    match interval.length_us() / DAY_US {
        0..=8 => "hour",
        9..=186 => "day",
        187..=1_100 => "week",
        _ => "month",
    }
}

impl Grid {
    /// The slots of an interval.
    pub(crate) fn new(interval: &Interval, step: &str, zone: &Zone) -> Result<Grid, Fault> {
        let first = date(interval.start.0, zone)?.0;
        let last = date(interval.end.0 - 1, zone)?;
        let (step, first) = match step {
            "hour" => (Step::Hour, first),
            "day" => (Step::Day, first),
            "week" => {
                let back = i64::from(first.weekday().to_monday_zero_offset());
                (Step::Week, first.checked_sub(jiff::Span::new().days(back)).unwrap_or(first))
            }
            _ => (Step::Month, first.first_of_month()),
        };
        let mut grid = Grid { first, step, count: 0, zone: zone.clone() };
        grid.count = grid.slot(last).unwrap_or(0) + 1;
        if grid.step == Step::Hour {
            // Whole days, so that a chart begins and ends at midnight.
            grid.count = grid.count.div_ceil(24) * 24;
        }
        if grid.count > SLOTS_MAX {
            return Err(Fault::parameter(
                "step",
                format!(
                    "{} steps are more than a chart shows ({SLOTS_MAX}): take a longer step or less time",
                    grid.count
                ),
            ));
        }
        Ok(grid)
    }

    /// The slot of a local day and hour.
    fn slot(&self, (day, hour): (Date, i8)) -> Option<usize> {
        let days = || self.first.until(day).ok().map(|span| i64::from(span.get_days()));
        let at = match self.step {
            Step::Hour => days()? * 24 + i64::from(hour),
            Step::Day => days()?,
            Step::Week => days()?.div_euclid(7),
            Step::Month => {
                let months = |day: Date| i64::from(day.year()) * 12 + i64::from(day.month());
                months(day) - months(self.first)
            }
        };
        usize::try_from(at).ok()
    }

    /// The slot of a moment.
    pub(crate) fn place(&self, at: i64) -> Option<usize> {
        self.slot(date(at, &self.zone).ok()?).filter(|slot| *slot < self.count)
    }

    /// The lines of an answer, in the order in which they come; `by` names the column that tells them apart.
    pub(crate) fn lines(&self, table: &Table, by: Option<&str>, value: &str) -> Vec<Line> {
        let (Some(at), Some(number)) = (table.place("at"), table.place(value)) else { return Vec::new() };
        let by = by.and_then(|by| table.place(by));
        let mut lines: Vec<Line> = Vec::new();
        for row in &table.rows {
            let key = by.map_or(Value::Null, |by| row[by].clone());
            let place = lines.iter().position(|line| line.value == key).unwrap_or_else(|| {
                lines.push(Line { value: key, values: vec![None; self.count] });
                lines.len() - 1
            });
            let found = match &row[number] {
                Value::Int(number) => Some(*number as f64),
                Value::Float(number) => Some(*number),
                _ => None,
            };
            if let (Value::Time(at), Some(found)) = (&row[at], found)
                && let Some(slot) = self.place(*at)
            {
                // Where clocks are put back, two hours share a slot.
                let own = &mut lines[place].values[slot];
                *own = Some(own.unwrap_or(0.0) + found);
            }
        }
        lines
    }

    /// When a slot begins.
    pub(crate) fn start(&self, slot: usize) -> Option<Timestamp> {
        let slots = i64::try_from(slot).ok()?;
        let (span, hour) = match self.step {
            Step::Hour => (jiff::Span::new().days(slots / 24), slots % 24),
            Step::Day => (jiff::Span::new().days(slots), 0),
            Step::Week => (jiff::Span::new().weeks(slots), 0),
            Step::Month => (jiff::Span::new().months(slots), 0),
        };
        let start = self.first.checked_add(span).ok()?.at(i8::try_from(hour).ok()?, 0, 0, 0);
        Some(Timestamp(self.zone.rules().to_timestamp(start).ok()?.as_microsecond()))
    }

    /// The period of a slot, as an address writes it.
    pub(crate) fn period(&self, slot: usize) -> Option<String> {
        let slots = i64::try_from(slot).ok()?;
        let on = |span: jiff::Span| self.first.checked_add(span).ok();
        match self.step {
            Step::Hour => {
                let start = self.start(slot)?.0;
                let write = |at: i64| self.zone.write_for_machines(Timestamp(at));
                Some(format!("{}..{}", write(start), write(start + HOUR_US)))
            }
            Step::Day => Some(on(jiff::Span::new().days(slots))?.to_string()),
            Step::Week => {
                let (first, after) =
                    (on(jiff::Span::new().weeks(slots))?, on(jiff::Span::new().weeks(slots + 1))?);
                Some(format!("{first}..{after}"))
            }
            Step::Month => Some(on(jiff::Span::new().months(slots))?.strftime("%Y-%m").to_string()),
        }
    }
}

/// Day and hour of a moment in a zone.
fn date(at: i64, zone: &Zone) -> Result<(Date, i8), Fault> {
    let moment = jiff::Timestamp::from_microsecond(at).map_err(|error| Fault::internal(&error))?;
    let local = moment.to_zoned(zone.rules().clone());
    Ok((local.date(), local.hour()))
}

#[cfg(test)]
mod tests {
    use teiten_selection::period::Period;

    use super::*;

    fn grid(period: &str, step: &str) -> Grid {
        let zone = Zone::parse("Asia/Tokyo").expect("a zone");
        let period = Period::parse(period, &zone, Timestamp(0)).expect("a period");
        Grid::new(&period.interval(), step, &zone).expect("a grid")
    }

    #[test]
    fn slots_are_cut_in_the_zone() {
        for (period, step, first, count, second) in [
            ("2014-06-01", "hour", "2014-06-01", 24, "2014-06-01T01:00:00+09:00..2014-06-01T02:00:00+09:00"),
            ("2014Q2", "day", "2014-04-01", 91, "2014-04-02"),
            ("2014Q2", "week", "2014-03-31", 14, "2014-04-07..2014-04-14"),
            ("2014Q2", "month", "2014-04-01", 3, "2014-05"),
        ] {
            let grid = grid(period, step);
            assert_eq!((grid.first.to_string().as_str(), grid.count), (first, count), "{period} {step}");
            assert_eq!(grid.period(1).as_deref(), Some(second));
            // What stands in a slot is found in it again.
            for slot in 0..count {
                let start = grid.start(slot).expect("a moment");
                assert_eq!(grid.place(start.0), Some(slot), "{period} {step}");
            }
        }
    }

    #[test]
    fn what_has_no_row_has_no_value() {
        let grid = grid("2014-04-01..2014-04-04", "day");
        let mut table = Table::new(&[("at", ""), ("country", ""), ("packets", "packets")]);
        let day = |number: i64| Value::Time(1_396_278_000_000_000 + number * DAY_US);
        table.push(vec![day(0), "CN".into(), 3.into()]);
        table.push(vec![day(0), "US".into(), 0.into()]);
        table.push(vec![day(2), "CN".into(), Value::Null]);
        let lines = grid.lines(&table, Some("country"), "packets");
        let values: Vec<&[Option<f64>]> = lines.iter().map(|line| line.values.as_slice()).collect();
        assert_eq!(values, [&[Some(3.0), None, None], &[Some(0.0), None, None]]);
    }

    #[test]
    fn a_chart_of_too_many_steps_is_refused() {
        let zone = Zone::utc();
        let interval = Interval { start: Timestamp(0), end: Timestamp(400 * DAY_US) };
        assert!(Grid::new(&interval, "hour", &zone).is_err());
        assert_eq!(usual_step(&interval), "week");
    }
}
