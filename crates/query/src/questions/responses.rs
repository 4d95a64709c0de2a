//! Which services answered questions that nobody at the watched addresses had asked?
//!
//! An answer of a service that can be used to amplify comes from a request that carried a watched address as
//! its forged source: whoever forges tries reflectors, or shoots at the watched address (rule D33i). What
//! counts is the class, so a scan that only uses such a source port does not.

use teiten_model::rollup::Grain;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};

use crate::error::QueryError;
use crate::ground;
use crate::label;
use crate::questions::cells::{self, Ask};
use crate::questions::{filter_of, top};
use crate::session::Session;

/// Source ports of UDP services that are used to reflect and amplify.
pub const REFLECTORS: [i64; 20] = [
    17, 19, 53, 69, 111, 123, 137, 161, 389, 427, 520, 1434, 1900, 3283, 3478, 3702, 5353, 5683, 10_001,
    11_211,
];

const UDP: i64 = 17;

/// Answers by service.
///
/// Columns: rank, port (of the service), packets, share (% of all answers over UDP), sources, sensors. Order:
/// packets, then port. Answers from other ports have the line `other`; where lines are withheld there are no shares.
pub fn services(session: &Session, selection: &Selection) -> Result<Table, QueryError> {
    let filter = filter_of(session, selection)?;
    let ground = ground::choose(session, selection, filter.as_ref(), &["frame"], Grain::Hour, true)?;
    let list = REFLECTORS.map(|port| port.to_string()).join(", ");
    let port = format!("CASE WHEN src_port IN ({list}) THEN src_port END");
    let answered = format!("ip_proto = {UDP} AND class = 'backscatter-udp'");
    let mut found = cells::ask(session, &Ask::of(&ground, vec![port], &answered))?;
    found.sort_by_key(|cell| std::cmp::Reverse(cell.packets()));
    let all: i64 = found.iter().map(cells::Cell::packets).sum();
    // All answers are told nowhere but through shares, so without these no other line must be withheld.
    let kept = cells::keep_each(session, found);
    let all = kept.hidden.is_empty().then_some(all);
    let mut table = Table::new(&[
        ("rank", ""),
        ("port", ""),
        ("packets", "packets"),
        ("share", "%"),
        ("sources", "sources"),
        ("sensors", "sensors"),
    ]);
    let (services, rest): (Vec<_>, Vec<_>) =
        kept.cells.iter().partition(|cell| matches!(cell.key.first(), Some(Value::Int(_))));
    for (rank, cell) in services.iter().enumerate() {
        let number = if let Some(Value::Int(port)) = cell.key.first() { Some(*port) } else { None };
        let (packets, sources) = (cell.packets(), Value::Int(cell.int(1)));
        let share = top::share(packets, all);
        let label = Value::Text(label::port(Some(UDP), number));
        table.push(vec![
            Value::Int(rank as i64 + 1),
            label,
            Value::Int(packets),
            share,
            sources,
            cell.sensors(),
        ]);
    }
    for cell in rest {
        let (name, packets) = (Value::from(label::OTHER), cell.packets());
        let sources = Value::Int(cell.int(1));
        table.push(vec![
            Value::Null,
            name,
            Value::Int(packets),
            top::share(packets, all),
            sources,
            cell.sensors(),
        ]);
    }
    table.notes.extend(kept.note);
    table.origin.push(ground.table.to_string());
    Ok(table)
}
