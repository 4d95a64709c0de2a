//! `span_start(moment, step, zone)`: the start of the hour, day, week or month that holds a moment.
//!
//! Days, weeks (from Monday) and months are cut in a zone, so that a day of 23 or 25 hours is one day.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{ScalarValue, exec_err};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use teiten_selection::zone::Zone;

#[derive(Debug, PartialEq, Eq, Hash)]
struct SpanStart {
    signature: Signature,
}

fn moment_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// `span_start(timestamp, text, text) -> timestamp`.
pub(crate) fn span_start() -> ScalarUDF {
    let arguments = vec![moment_type(), DataType::Utf8, DataType::Utf8];
    ScalarUDF::from(SpanStart { signature: Signature::exact(arguments, Volatility::Immutable) })
}

/// First day of the span that holds a day; `None` for an unknown step.
fn first_day(step: &str, date: Date) -> Option<Date> {
    match step {
        "day" => Some(date),
        "week" => date.checked_sub(i64::from(date.weekday().to_monday_zero_offset()).days()).ok(),
        "month" => Some(date.first_of_month()),
        "year" => Some(date.first_of_year()),
        _ => None,
    }
}

/// Start of the span that holds a moment, and of the next one, in microseconds.
fn span(moment: i64, step: &str, zone: &TimeZone) -> Option<(i64, i64)> {
    const HOUR: i64 = teiten_model::interval::HOUR_US;
    if step == "hour" {
        let start = moment.div_euclid(HOUR) * HOUR;
        return Some((start, start + HOUR));
    }
    let date = jiff::Timestamp::from_microsecond(moment).ok()?.to_zoned(zone.clone()).date();
    let start = first_day(step, date)?;
    let next = match step {
        "day" => start.checked_add(1.day()).ok()?,
        "week" => start.checked_add(7.days()).ok()?,
        "month" => start.checked_add(1.month()).ok()?,
        _ => start.checked_add(1.year()).ok()?,
    };
    let at = |date: Date| Some(date.to_zoned(zone.clone()).ok()?.timestamp().as_microsecond());
    Some((at(start)?, at(next)?))
}

impl ScalarUDFImpl for SpanStart {
    fn name(&self) -> &str {
        "span_start"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(moment_type())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let (
            ColumnarValue::Scalar(ScalarValue::Utf8(Some(step))),
            ColumnarValue::Scalar(ScalarValue::Utf8(Some(zone))),
        ) = (&args.args[1], &args.args[2])
        else {
            return exec_err!("step and zone of span_start must be constants");
        };
        let Ok(zone) = Zone::parse(zone) else { return exec_err!("`{zone}` is not a time zone") };
        let moments = args.args[0].to_array(args.number_rows)?;
        let moments = moments.as_primitive::<TimestampMicrosecondType>();
        let mut known: Option<(i64, i64)> = None;
        let starts: TimestampMicrosecondArray = moments
            .iter()
            .map(|moment| {
                let moment = moment?;
                if known.is_none_or(|(start, next)| moment < start || moment >= next) {
                    known = span(moment, step, zone.rules());
                }
                known.map(|(start, _)| start)
            })
            .collect();
        if starts.null_count() > moments.null_count() {
            return exec_err!(
                "`{step}` is not a step (hour, day, week, month, year) or a time lies beyond the calendar"
            );
        }
        Ok(ColumnarValue::Array(Arc::new(starts.with_timezone("UTC")) as ArrayRef))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_cut_in_the_zone_even_where_clocks_change() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().expect("a time").as_microsecond();
        let cases = [
            ("2014-04-01T03:00:00Z", "day", "Asia/Tokyo", "2014-03-31T15:00:00Z", "2014-04-01T15:00:00Z"),
            ("2014-03-30T12:00:00Z", "day", "Europe/Berlin", "2014-03-29T23:00:00Z", "2014-03-30T22:00:00Z"),
            ("2014-04-06T23:00:00Z", "week", "UTC", "2014-03-31T00:00:00Z", "2014-04-07T00:00:00Z"),
            ("2014-06-30T15:00:00Z", "month", "Asia/Tokyo", "2014-06-30T15:00:00Z", "2014-07-31T15:00:00Z"),
            ("2014-06-30T15:59:59Z", "hour", "Asia/Tokyo", "2014-06-30T15:00:00Z", "2014-06-30T16:00:00Z"),
        ];
        for (moment, step, zone, start, next) in cases {
            let zone = TimeZone::get(zone).expect("a zone");
            assert_eq!(span(at(moment), step, &zone), Some((at(start), at(next))), "{moment} {step}");
        }
        assert_eq!(span(0, "fortnight", &TimeZone::UTC), None);
    }
}
