//! Lines of a ranking that one sensor alone made high, with the rank without it (T9).
//!
//! **Invariant:** only lines among the known ranks are told; a burst far below matters to nobody.

use anyhow::{Context, Result};
use teiten_model::interval::Timestamp;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_query::dimension;
use teiten_query::questions::one_sensor;
use teiten_query::session::Session;
use teiten_report::facts::recurring::Burst;
use teiten_report::words::names::Names;

use super::date;
use super::ranking::KNOWN;
use crate::world::World;

/// The bursts among the known ranks of ports, the highest rank first.
pub(super) fn gather(
    world: &World,
    session: &Session,
    selection: &Selection,
    service: &dyn Fn(&str) -> Names,
) -> Result<Vec<Burst>> {
    let found = one_sensor::bursts(session, selection)?;
    if found.rows.is_empty() {
        return Ok(Vec::new());
    }
    let port = dimension::find("port").context("a dimension of the list")?;
    let ranks = one_sensor::ranks(session, selection, port, KNOWN)?;
    let text = |table: &Table, row: usize, name: &str| match table.value(row, name) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let int = |table: &Table, row: usize, name: &str| match table.value(row, name) {
        Some(Value::Int(number) | Value::Time(number)) => Some(*number),
        _ => None,
    };
    let place = |rank: Option<i64>| {
        rank.and_then(|rank| u32::try_from(rank).ok()).filter(|rank| *rank as usize <= KNOWN)
    };
    let mut bursts = Vec::new();
    for row in 0..found.rows.len() {
        let key = text(&found, row, "port");
        let Some(line) = (0..ranks.rows.len()).find(|line| text(&ranks, *line, "port") == key) else {
            continue;
        };
        let Some(rank) = place(int(&ranks, line, "rank")) else { continue };
        let day = |name: &str| date(world, Timestamp(int(&found, row, name).unwrap_or_default()));
        bursts.push(Burst {
            name: service(&key),
            sensor: text(&found, row, "sensor"),
            first: day("first")?,
            last: day("last")?,
            packets: int(&ranks, line, "packets").unwrap_or_default(),
            burst_packets: int(&found, row, "packets").unwrap_or_default(),
            rank: Some(rank),
            rank_without: place(int(&ranks, line, "rank_without")),
            key,
        });
    }
    bursts.sort_by_key(|burst| (burst.rank, burst.first));
    Ok(bursts)
}
