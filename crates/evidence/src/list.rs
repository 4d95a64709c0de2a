//! Rows as a packet list: Wireshark's columns, and ours beside them on request (rules D133, D134).
//!
//! **Invariant:** a row of the table for each row of the block, in its order.

use crate::info;
use std::net::IpAddr;
use teiten_model::address::{ipv4_of, ipv6_of};
use teiten_model::columns::PacketColumns;
use teiten_model::table::{Table, Value};
use teiten_model::values::WordColumn;

/// What a list shows, and in which zone its times are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listing {
    /// Offset of the zone of the times from UTC, in seconds, east positive; `None` writes UTC with a `Z`.
    pub zone_offset_secs: Option<i32>,
    /// Whether sensor, country, AS, class and tags follow Wireshark's columns.
    pub with_notes: bool,
}

/// Offsets beyond a day are no zone.
const ZONE_OFFSET_SECS_MAX: i64 = 86_400;

impl Listing {
    /// An empty table with the columns of this list.
    pub fn table(&self) -> Table {
        let mut columns = vec![
            ("No.", ""),
            ("Time", ""),
            ("Source", ""),
            ("Destination", ""),
            ("Protocol", ""),
            ("Length", "bytes"),
            ("Info", ""),
        ];
        if self.with_notes {
            columns.extend([("Sensor", ""), ("Country", ""), ("AS", ""), ("Class", ""), ("Tags", "")]);
        }
        Table::new(&columns)
    }

    /// Adds every row of a block to a table made by [`Listing::table`].
    pub fn push(&self, columns: &PacketColumns, table: &mut Table) {
        for row in 0..columns.rows() {
            self.push_row(columns, row, table);
        }
    }

    /// Adds one row of a block.
    pub fn push_row(&self, columns: &PacketColumns, row: usize, table: &mut Table) {
        let mut text = String::new();
        let protocol = info::draw(columns, row, &mut text);
        let mut values = vec![
            Value::Int(columns.frame[row]),
            Value::Text(time(columns.ts[row], self.zone_offset_secs)),
            address(source(columns, row)),
            address(destination(columns, row)),
            Value::from(protocol),
            number(columns.frame_len[row].into()),
            Value::Text(text),
        ];
        if self.with_notes {
            values.extend([
                word(&columns.sensor, row),
                word(&columns.src_country, row),
                number(columns.src_asn[row]),
                word(&columns.class, row),
                word(&columns.tags, row),
            ]);
        }
        table.push(values);
    }
}

/// The source of a row, when it has one.
pub fn source(columns: &PacketColumns, row: usize) -> Option<IpAddr> {
    let v4 = ipv4_of(columns.src[row]).map(IpAddr::V4);
    v4.or_else(|| ipv6_of(columns.src6.get(row)).map(IpAddr::V6))
}

/// The destination of a row as the sensor saw it, when it has one.
pub fn destination(columns: &PacketColumns, row: usize) -> Option<IpAddr> {
    let v4 = ipv4_of(columns.dst[row]).map(IpAddr::V4);
    v4.or_else(|| ipv6_of(columns.dst6.get(row)).map(IpAddr::V6))
}

fn address(address: Option<IpAddr>) -> Value {
    address.map_or(Value::Null, Value::Address)
}

fn number(number: i64) -> Value {
    if number < 0 { Value::Null } else { Value::Int(number) }
}

fn word(column: &WordColumn, row: usize) -> Value {
    column.get(row).map_or(Value::Null, Value::from)
}

/// A moment as `2014-05-01 12:34:56.123456` with `Z` or its zone, whatever the number.
pub fn time(us: i64, zone_offset_secs: Option<i32>) -> String {
    let offset = i64::from(zone_offset_secs.unwrap_or(0)).clamp(-ZONE_OFFSET_SECS_MAX, ZONE_OFFSET_SECS_MAX);
    let shifted = us.saturating_add(offset * 1_000_000);
    let (secs, fraction) = (shifted.div_euclid(1_000_000), shifted.rem_euclid(1_000_000));
    let (days, second) = (secs.div_euclid(86_400), secs.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let zone = match zone_offset_secs {
        None => "Z".to_string(),
        Some(_) => {
            let sign = if offset < 0 { '-' } else { '+' };
            format!("{sign}{:02}:{:02}", offset.abs() / 3600, offset.abs() / 60 % 60)
        }
    };
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{fraction:06}{zone}")
}

/// Year, month and day of a number of days since 1970-01-01, by the proleptic Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    // Years counted from March, so that a leap day ends its year; 146,097 days are 400 years.
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_their_zone() {
        let cases = [
            (0, None, "1970-01-01 00:00:00.000000Z"),
            (1_398_902_400_123_456, None, "2014-05-01 00:00:00.123456Z"),
            (1_398_902_400_123_456, Some(32_400), "2014-05-01 09:00:00.123456+09:00"),
            (1_709_164_800_000_000, Some(-12_600), "2024-02-28 20:30:00.000000-03:30"),
            (1_709_251_199_999_999, Some(0), "2024-02-29 23:59:59.999999+00:00"),
            (-1, None, "1969-12-31 23:59:59.999999Z"),
        ];
        for (us, zone, expected) in cases {
            assert_eq!(time(us, zone), expected);
        }
        time(i64::MAX, Some(i32::MAX));
        time(i64::MIN, Some(i32::MIN));
    }

    #[test]
    fn a_list_has_a_row_for_each_packet() {
        let mut columns = PacketColumns::default();
        columns.reset(2);
        columns.ip_version[1] = 4;
        columns.src[1] = 0xc633_6407;
        columns.finish();
        let listing = Listing { zone_offset_secs: None, with_notes: true };
        let mut table = listing.table();
        listing.push(&columns, &mut table);
        assert_eq!(table.rows.len(), 2);
        assert_eq!(
            table.value(1, "Source"),
            Some(&Value::Address("198.51.100.7".parse().expect("an address")))
        );
        assert_eq!(table.value(0, "Source"), Some(&Value::Null));
    }
}
