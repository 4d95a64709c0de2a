//! How many packets did one address get in a year, and how large a part came from open scanners, and to
//! 23/TCP?
//!
//! Addresses are the mean of the hours with packets, because their number changes within a year; packets per
//! address are all packets over that mean, which is what one address got in the hours that were observed.
//!
//! The part of open scanners is read from rows, because no rollup has organisations. Where the rows of a span
//! are not all there any more, or were read without a list of scanners, it is not known and has no number.

use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};

use crate::error::QueryError;
use crate::questions::books;
use crate::questions::series::{self, Drawn, Series};
use crate::questions::top;
use crate::session::Session;

/// The numbers of a span; `None` where withheld or not known.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    packets: Option<i64>,
    from_scanners: Option<i64>,
    to_telnet: Option<i64>,
}

/// Whether a row was read with a list of open scanners at hand.
const HAS_LIST: &str = "contains(coalesce(data, ''), 'scanner=')";

/// One number of a step.
fn packets(drawn: &Drawn, at: i64) -> Option<i64> {
    drawn.at(at).first().and_then(|point| point.packets)
}

/// Each year, or another step, and the whole of the selection.
///
/// Columns: at (none for the whole), packets, addresses (mean), per_address (packets/address in the span), rate
/// (packets/address/day), scanner_share (% of the packets), telnet_share (% of the packets, to 23/TCP), sensors.
pub fn per_step(
    session: &Session,
    selection: &Selection,
    step: &str,
    zone: &str,
) -> Result<Table, QueryError> {
    let one = |keys: &[&str], needs: &'static [&'static str]| {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_string()).collect();
        let lines = keys.iter().map(|_| vec![Value::Bool(true)]).collect();
        series::draw(session, selection, &Series { step, zone, needs, keys, lines, ..Series::default() })
    };
    let all = one(&[], &[])?;
    let telnet = one(&["coalesce(ip_proto = 6 AND dst_port = 23, false)"], &["ip_proto", "dst_port"])?;
    let scanners = one(&["actor IS NOT NULL"], &["actor"])?;
    let listed = one(&[HAS_LIST], &["data"])?;
    let spans: Vec<Span> = all
        .steps
        .iter()
        .map(|step| {
            let whole = packets(&all, step.at);
            let is_known = packets(&listed, step.at) == whole;
            Span {
                packets: whole,
                from_scanners: packets(&scanners, step.at).filter(|_| is_known),
                to_telnet: packets(&telnet, step.at),
            }
        })
        .collect();
    let mut table = Table::new(&[
        ("at", ""),
        ("packets", "packets"),
        ("addresses", "addresses"),
        ("per_address", "packets/address"),
        ("rate", "packets/address/day"),
        ("scanner_share", "%"),
        ("telnet_share", "%"),
        ("sensors", "sensors"),
    ]);
    for (step, span) in all.steps.iter().zip(&spans) {
        let hours = (step.address_hours, step.hours);
        table.push(row(Value::Time(step.at), *span, hours, step.sensors));
    }
    let sum = |of: fn(&Span) -> Option<i64>| spans.iter().map(of).sum::<Option<i64>>();
    let whole = Span {
        packets: sum(|span| span.packets),
        from_scanners: sum(|span| span.from_scanners),
        to_telnet: sum(|span| span.to_telnet),
    };
    let alive = books::alive(session, selection)?;
    if !spans.is_empty() {
        table.push(row(Value::Null, whole, (alive.address_hours, alive.hours), alive.sensors));
    }
    if spans.iter().any(|span| span.packets.is_some() && span.from_scanners.is_none()) {
        table.notes.push(
            "where packets are kept as counts only, the part of open scanners is not known".to_string(),
        );
    }
    table.notes.extend(all.notes.into_iter().filter(|note| !note.starts_with("sources above")));
    table.notes.extend(alive.notes_per_address());
    table.origin = vec![all.origin, telnet.origin, scanners.origin, "sensors".to_string()];
    table.origin.dedup();
    Ok(table)
}

fn row(at: Value, span: Span, (address_hours, hours): (Option<i64>, i64), sensors: i64) -> Vec<Value> {
    let float = |number: Option<f64>| number.map_or(Value::Null, Value::Float);
    let addresses = books::mean_addresses(address_hours, hours);
    let rate = span.packets.zip(address_hours).and_then(|(packets, hours)| top::rate(packets, hours));
    let per_address = span
        .packets
        .zip(addresses.filter(|addresses| *addresses > 0.0))
        .map(|(packets, addresses)| packets as f64 / addresses);
    let share = |part: Option<i64>| part.map_or(Value::Null, |part| top::share(part, span.packets));
    vec![
        at,
        span.packets.map_or(Value::Null, Value::Int),
        float(addresses),
        float(per_address),
        float(rate),
        share(span.from_scanners),
        share(span.to_telnet),
        Value::Int(sensors),
    ]
}
