//! In which order the rows of a closed day lie, so that they take few bytes and a source is found quickly.
//!
//! [`Order::STORE`] is the one that is used. The others stand here to be measured beside it (`teiten-bench orders`):
//! which columns have most in common with their neighbours is a matter of the traffic.
//!
//! **Invariant:** of equal rows the one that lay first stays first: the same files give the same order.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{Int16Type, Int32Type, Int64Type, TimestampMicrosecondType};
use model::interval::HOUR_US;
use teiten_model as model;

use crate::error::StoreError;

/// An order of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Source, then time.
    Source,
    /// Time.
    Time,
    /// Hour, source, time.
    HourSource,
    /// Protocol, destination port, source, time.
    PortSource,
    /// What tells tools apart (protocol, flags, window, time to live), source, time.
    ToolSource,
    /// Source, protocol, destination port, time.
    SourcePort,
}

/// What rows are compared by: what comes before the source, the source, what comes before the time, the time,
/// and the row's number.
type Key = (u64, u128, u32, i64, u32);

impl Order {
    /// The order of compacted days.
    pub const STORE: Order = Order::Source;

    /// All of them.
    pub const ALL: [Order; 6] = [
        Order::Source,
        Order::Time,
        Order::HourSource,
        Order::PortSource,
        Order::ToolSource,
        Order::SourcePort,
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
        if self != Order::Time {
            sources(&mut keys, &column("src")?, &column("src6")?)?;
        }
        match self {
            Order::Source | Order::Time => {}
            Order::HourSource => keys.iter_mut().for_each(|key| key.0 = key.3.div_euclid(HOUR_US) as u64),
            Order::PortSource => {
                for (key, port) in keys.iter_mut().zip(ports(&mut column)?) {
                    key.0 = u64::from(port);
                }
            }
            Order::SourcePort => {
                for (key, port) in keys.iter_mut().zip(ports(&mut column)?) {
                    key.2 = port;
                }
            }
            Order::ToolSource => {
                for name in ["ip_proto", "tcp_flags", "tcp_window", "ttl"] {
                    for (key, value) in keys.iter_mut().zip(small(&column(name)?, name)?) {
                        key.0 = key.0 << 16 | u64::from(value as u16);
                    }
                }
            }
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

/// Protocol and destination port as one number.
fn ports(
    column: &mut impl FnMut(&str) -> Result<ArrayRef, StoreError>,
) -> Result<impl Iterator<Item = u32>, StoreError> {
    let protos = small(&column("ip_proto")?, "ip_proto")?;
    let ports = small(&column("dst_port")?, "dst_port")?;
    Ok(protos.into_iter().zip(ports).map(|(proto, port)| (proto as u32) << 16 | (port as u32 & 0xffff)))
}

/// A column of small numbers.
fn small(array: &ArrayRef, name: &str) -> Result<Vec<i32>, StoreError> {
    if let Some(numbers) = array.as_primitive_opt::<Int16Type>() {
        return Ok(numbers.values().iter().map(|number| i32::from(*number)).collect());
    }
    let numbers = array.as_primitive_opt::<Int32Type>().ok_or_else(|| wrong(name))?;
    Ok(numbers.values().to_vec())
}
