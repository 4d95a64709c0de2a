//! In which order the rows of a closed day lie, so that they take few bytes and a source is found quickly.
//!
//! [`Order::STORE`] is the one that is used. The others stand here to be measured beside it (`teiten-bench orders`):
//! which columns have most in common with their neighbours is a matter of the traffic.
//!
//! **Invariant:** of equal rows the one that lay first stays first: the same files give the same order.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{Int16Type, Int32Type, Int64Type, TimestampMicrosecondType};
use model::interval::{DAY_US, HOUR_US};
use teiten_model as model;

use crate::error::StoreError;

/// An order of rows: by what comes before the source, by the source, by what comes between source and time, by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// What it is called.
    pub name: &'static str,
    /// Columns that come before the source; four at the most. [`HOUR`] is that of the time.
    before: &'static [&'static str],
    is_by_source: bool,
    /// Columns between source and time; four at the most.
    between: &'static [&'static str],
}

/// The hour of the day, where a column could stand.
const HOUR: &str = "hour";

/// What rows are compared by, and the row's number. It is held for all rows of a run: 48 bytes each.
type Key = (u64, u128, u64, i64, u32);

const fn order(
    name: &'static str,
    before: &'static [&'static str],
    is_by_source: bool,
    between: &'static [&'static str],
) -> Order {
    Order { name, before, is_by_source, between }
}

impl Order {
    /// The order of compacted days: what a packet was taken for and its length tell tools apart, and packets of one
    /// tool have most in common; of a tool, those of one source.
    pub const STORE: Order = order("tool-source", &["ip_proto", "class", "tags", "frame_len"], true, &[]);

    /// All of them.
    pub const ALL: [Order; 10] = [
        Order::STORE,
        order("tool-time", &["ip_proto", "class", "tags", "frame_len"], false, &[]),
        order("tags-source", &["ip_proto", "class", "tags"], true, &[]),
        order("header-source", &["ip_proto", "tcp_flags", "tcp_window", "ttl"], true, &[]),
        order("protocol-source", &["ip_proto"], true, &[]),
        order("port-source", &["ip_proto", "dst_port"], true, &[]),
        order("source", &[], true, &[]),
        order("source-port", &[], true, &["ip_proto", "dst_port"]),
        order("hour-source", &[HOUR], true, &[]),
        order("time", &[], false, &[]),
    ];

    /// The numbers of so many rows in this order; `column` gives a column by its name.
    ///
    /// # Errors
    /// When a column cannot be given, or has another type than the table says.
    pub(crate) fn of(
        self,
        rows: usize,
        mut column: impl FnMut(&str) -> Result<ArrayRef, StoreError>,
    ) -> Result<Vec<u32>, StoreError> {
        let mut keys: Vec<Key> = (0..rows as u32).map(|row| (0, 0, 0, 0, row)).collect();
        let times = column("ts")?;
        let times = times.as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(|| wrong("ts"))?;
        for (key, ts) in keys.iter_mut().zip(times.values()) {
            key.3 = *ts;
        }
        if self.is_by_source {
            sources(&mut keys, &column("src")?, &column("src6")?)?;
        }
        for name in self.before {
            let values = match *name {
                HOUR => keys.iter().map(|key| key.3.rem_euclid(DAY_US).div_euclid(HOUR_US) as u16).collect(),
                name => small(&column(name)?, name)?,
            };
            keys.iter_mut().zip(values).for_each(|(key, value)| key.0 = key.0 << 16 | u64::from(value));
        }
        for name in self.between {
            let values = small(&column(name)?, name)?;
            keys.iter_mut().zip(values).for_each(|(key, value)| key.2 = key.2 << 16 | u64::from(value));
        }
        keys.sort_unstable();
        Ok(keys.into_iter().map(|key| key.4).collect())
    }
}

fn wrong(column: &str) -> StoreError {
    StoreError::Damaged {
        what: format!("column {column}"),
        why: "its type is not the declared one".to_string(),
    }
}

/// The sources: frames without an address first, then IPv4, then IPv6.
fn sources(keys: &mut [Key], v4: &ArrayRef, v6: &ArrayRef) -> Result<(), StoreError> {
    let v4 = v4.as_primitive_opt::<Int64Type>().ok_or_else(|| wrong("src"))?;
    let v6 = v6.as_binary_opt::<i32>().ok_or_else(|| wrong("src6"))?;
    for (row, key) in keys.iter_mut().enumerate() {
        key.1 = match (v4.is_valid(row), v6.is_valid(row)) {
            (true, _) => 1 + u128::from(v4.value(row) as u64),
            (_, true) => model::address::ipv6_of(v6.value(row)).map_or(0, u128::from),
            _ => 0,
        };
    }
    Ok(())
}

/// A column of small numbers or of words as numbers that are in the same order; absent ones come first, and those
/// that are too large or too many are the same.
fn small(array: &ArrayRef, name: &str) -> Result<Vec<u16>, StoreError> {
    let numbers: Vec<i64> = if let Some(numbers) = array.as_primitive_opt::<Int16Type>() {
        numbers.values().iter().map(|number| i64::from(*number)).collect()
    } else if let Some(numbers) = array.as_primitive_opt::<Int32Type>() {
        numbers.values().iter().map(|number| i64::from(*number)).collect()
    } else {
        let words = array.as_string_opt::<i32>().ok_or_else(|| wrong(name))?;
        let mut ranks: BTreeMap<&str, i64> = words.iter().flatten().map(|word| (word, 0)).collect();
        ranks.values_mut().enumerate().for_each(|(rank, known)| *known = rank as i64);
        words.iter().map(|word| word.map_or(0, |word| ranks[word])).collect()
    };
    let is_there = |row: usize| array.is_valid(row);
    Ok(numbers
        .into_iter()
        .enumerate()
        .map(
            |(row, number)| if is_there(row) { (number + 1).clamp(0, i64::from(u16::MAX)) as u16 } else { 0 },
        )
        .collect())
}
