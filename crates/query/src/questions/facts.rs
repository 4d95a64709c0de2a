//! What was counted of days, and what was found: rows of the counted tables as they were put there.
//!
//! Facts wait in memory until detectors have seen them, so their bytes are counted as they come: a window takes
//! [`BYTES_MAX`] at most, whatever its days held.
//!
//! **Invariant:** facts come by the start of their day, then by their keys: the columns without a unit.

use std::collections::BTreeMap;

use teiten_model::column::{Column, ColumnType};
use teiten_model::day::{Computed, PortDay};
use teiten_model::fact::{Cell, Fact};
use teiten_model::finding::FindingRow;
use teiten_model::interval::Interval;
use teiten_model::quiet_ports::{QUIET_BYTES, QUIET_PACKETS_MAX, QUIET_SOURCES_MAX, QuietPorts};
use teiten_model::selection::{Selection, Viewer};

use crate::answer;
use crate::error::QueryError;
use crate::ground::moment;
use crate::questions::counted;
use crate::session::Session;

/// Bytes of all facts that are handed out for one window. A telescope that is asked on every port of two protocols,
/// each day of four months and a half, has 17 million packed facts of ports: 420 MB.
const BYTES_MAX: usize = 1 << 30;

/// How much room is left for facts.
pub(crate) struct Room {
    bytes: usize,
}

impl Default for Room {
    fn default() -> Room {
        Room { bytes: BYTES_MAX }
    }
}

impl Room {
    /// Takes that much of it.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), QueryError> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or(QueryError::TooMuch(BYTES_MAX >> 20))?;
        Ok(())
    }
}

/// Bytes that a fact takes in memory.
fn bytes_of<F: Fact>(fact: &F) -> usize {
    let heap = |column| match fact.cell(column) {
        Cell::Int(_) => 0,
        Cell::Text(text) => text.len(),
        Cell::Bytes(bytes) => bytes.len(),
    };
    size_of::<F>() + (0..F::COLUMNS.len()).map(heap).sum::<usize>()
}

/// Columns that tell one fact of a table from another.
fn keys(columns: &[Column]) -> Vec<&'static str> {
    let is_key = |column: &&Column| {
        column.unit.is_empty() && !matches!(column.kind, ColumnType::Bytes | ColumnType::Timestamp)
    };
    columns.iter().filter(is_key).map(|column| column.name).collect()
}

/// Hands over the rows of a table, by these columns, that fulfil a condition; other fields stay absent or as they
/// were.
pub(crate) fn each<F: Fact>(
    session: &Session,
    is_read: impl Fn(&Column) -> bool,
    condition: &str,
    mut take: impl FnMut(&mut F) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    if *session.viewer() != Viewer::All {
        return Err(QueryError::Forbidden(
            "what detectors count and say is the operator's: leave --as out".to_string(),
        ));
    }
    let places: Vec<usize> = (0..F::COLUMNS.len()).filter(|place| is_read(&F::COLUMNS[*place])).collect();
    let names: Vec<&str> = places.iter().map(|place| F::COLUMNS[*place].name).collect();
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let sql = format!("SELECT {} FROM {} WHERE {condition}", quoted.join(", "), counted::rows::<F>());
    let mut fact = F::default();
    session.each(&sql, |batch| {
        let table = answer::table(&[batch], names.iter().map(ToString::to_string).collect())?;
        for row in table.rows {
            for (place, value) in places.iter().zip(row) {
                fact.set(*place, value);
            }
            take(&mut fact)?;
        }
        Ok(())
    })
}

/// Reads the rows of a table that fulfil a condition.
pub(crate) fn read<F: Fact>(
    session: &Session,
    condition: &str,
    order: &str,
    room: &mut Room,
) -> Result<Vec<F>, QueryError> {
    let mut facts = Vec::new();
    each(
        session,
        |_| true,
        &format!("{condition} ORDER BY {order}"),
        |fact: &mut F| {
            room.take(bytes_of(fact))?;
            facts.push(std::mem::take(fact));
            Ok(())
        },
    )?;
    Ok(facts)
}

/// Facts of the days that begin in an interval and that fulfil a condition.
pub(crate) fn of_days<F: Fact>(
    session: &Session,
    interval: &Interval,
    condition: &str,
    room: &mut Room,
) -> Result<Vec<F>, QueryError> {
    let keys: String = keys(F::COLUMNS).iter().map(|key| format!(", \"{key}\"")).collect();
    read(session, &format!("{} AND ({condition})", inside(interval)), &format!("at{keys}"), room)
}

/// The condition that a fact is of a day that begins in an interval.
pub(crate) fn inside(interval: &Interval) -> String {
    format!("at >= {} AND at < {}", moment(interval.start.0), moment(interval.end.0))
}

/// Facts of ports of the days of an interval: those of quiet days packed, the others whole.
pub(crate) fn ports(
    session: &Session,
    interval: &Interval,
    room: &mut Room,
) -> Result<(Vec<PortDay>, QuietPorts), QueryError> {
    let quiet = format!("packets <= {QUIET_PACKETS_MAX} AND sources <= {QUIET_SOURCES_MAX}");
    let mut loud: Vec<PortDay> = of_days(session, interval, &format!("NOT ({quiet})"), room)?;
    let mut ports = QuietPorts::default();
    // Hours and the sample of sources are bytes, and not of quiet days.
    let is_read = |column: &Column| column.kind != ColumnType::Bytes;
    each(session, is_read, &format!("{} AND {quiet}", inside(interval)), |fact: &mut PortDay| {
        if ports.push(fact) {
            return room.take(QUIET_BYTES);
        }
        room.take(bytes_of(fact))?;
        loud.push(std::mem::take(fact));
        Ok(())
    })?;
    ports.settle();
    loud.sort_by_key(|fact| (fact.at, fact.ip_proto, fact.dst_port));
    Ok((loud, ports))
}

/// Facts of a protocol and port, of the days that an interval touches.
pub fn port_days(
    session: &Session,
    interval: &Interval,
    (proto, port): (u8, u16),
) -> Result<Vec<PortDay>, QueryError> {
    let days = counted::within(session, interval);
    let condition = format!("{days} AND ip_proto = {proto} AND dst_port = {port}");
    read(session, &condition, "at", &mut Room::default())
}

/// Packets of each protocol and port on the days that an interval touches.
pub fn port_packets(session: &Session, interval: &Interval) -> Result<BTreeMap<(u8, u16), i64>, QueryError> {
    let mut packets: BTreeMap<(u8, u16), i64> = BTreeMap::new();
    let is_read = |column: &Column| matches!(column.name, "ip_proto" | "dst_port" | "packets");
    each(session, is_read, &counted::within(session, interval), |fact: &mut PortDay| {
        if let (Ok(proto), Ok(port)) = (u8::try_from(fact.ip_proto), u16::try_from(fact.dst_port)) {
            *packets.entry((proto, port)).or_default() += fact.packets.max(0);
        }
        Ok(())
    })?;
    Ok(packets)
}

/// What was computed: days and findings of periods, in the order of time.
pub fn computed(session: &Session) -> Result<Vec<Computed>, QueryError> {
    read(session, "true", "start, \"end\"", &mut Room::default())
}

/// The findings kept of the selection's period that pass its filter, in the order of importance.
///
/// # Errors
/// When the selection has no interval, or its filter asks for what a finding does not have.
pub fn findings(session: &Session, selection: &Selection) -> Result<Vec<FindingRow>, QueryError> {
    let Some(interval) = selection.interval else {
        return Err(QueryError::Question("findings are about a period: write --period".to_string()));
    };
    let filter = counted::filtered::<FindingRow>(session, selection)?;
    let (start, end) = (moment(interval.start.0), moment(interval.end.0));
    read(
        session,
        &format!("start = {start} AND \"end\" = {end} AND {filter}"),
        "place, id",
        &mut Room::default(),
    )
}
