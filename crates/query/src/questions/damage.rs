//! How much backscatter of denial-of-service attacks arrived, from how many victims, from which ports?
//!
//! Backscatter are answers to packets that carried a watched address as their forged source (rules D2, D6,
//! D8). The aftermath of attacks on DNS zones is left out, because its senders are resolvers and not victims
//! (D71, D74): DNS answers, and errors that quote a packet to 53/UDP. So are errors about packets that no
//! watched address could have sent (D59).
//!
//! A victim is the source of a TCP answer, of an answer to ICMP, and the quoted destination of an ICMP error
//! (D57). Answers over UDP are counted as packets only: their senders may be mere reflectors.

use teiten_model::interval::Interval;
use teiten_model::rollup::Grain;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};

use crate::error::QueryError;
use crate::ground::{self, Ground};
use crate::label::{self, OTHER};
use crate::questions::cells::{self, Ask};
use crate::questions::figures::{self, Figure};
use crate::questions::series::{self, Series};
use crate::questions::{books, filter_of, top};
use crate::session::Session;
use crate::withhold::Rule;

/// Which packets are backscatter of attacks.
const DAMAGE: &str = "class LIKE 'backscatter-%' \
     AND NOT (class = 'backscatter-udp' AND (src_port = 53 OR coalesce(dns_flags, 0) >= 32768)) \
     AND NOT coalesce(quote_proto = 17 AND quote_dst_port = 53, false) \
     AND (quote_src IS NULL OR quote_src = dst OR quote_src = coalesce(dst_public, -1)) \
     AND (quote_src6 IS NULL OR quote_src6 = dst6)";

/// The kinds of backscatter, told apart by class.
const KINDS: [(&str, &str); 3] =
    [("backscatter-tcp", "tcp"), ("backscatter-icmp", "icmp"), ("backscatter-udp", "udp")];

/// Whether an ICMP message is an error, which is sent by whoever met the packet and quotes it.
const IS_ERROR: &str =
    "((ip_proto = 1 AND icmp_type IN (3, 4, 5, 11, 12)) OR (ip_proto = 58 AND icmp_type < 128))";

/// Distinct victims of a group of packets.
fn victims() -> String {
    let victim = |source: &str, quoted: &str| {
        format!(
            "count(DISTINCT CASE WHEN ip_proto = 17 THEN NULL WHEN {IS_ERROR} THEN {quoted} ELSE {source} END)"
        )
    };
    format!("{} + {}", victim("src", "quote_dst"), victim("src6", "quote_dst6"))
}

/// Protocol and port that were attacked: those the answer came from, or those an error quotes (D57, D58).
fn attacked() -> Vec<String> {
    vec![
        format!("CASE WHEN {IS_ERROR} THEN quote_proto ELSE ip_proto END"),
        format!(
            "CASE WHEN {IS_ERROR} THEN CASE WHEN quote_proto IN (1, 58) THEN NULL ELSE quote_dst_port END \
             WHEN ip_proto IN (1, 58) THEN NULL ELSE src_port END"
        ),
    ]
}

fn rows(session: &Session, selection: &Selection) -> Result<Ground, QueryError> {
    let filter = filter_of(session, selection)?;
    ground::choose(session, selection, filter.as_ref(), &["frame"], Grain::Hour, true)
}

fn figures_of(session: &Session, selection: &Selection, zone: &str) -> Result<Vec<Figure>, QueryError> {
    let ground = rows(session, selection)?;
    let numbers = vec!["sum(packets)".to_string(), victims()];
    let found = cells::ask(session, &Ask { numbers, ..Ask::of(&ground, Vec::new(), DAMAGE) })?;
    let is_small =
        |cell: &cells::Cell| Rule::of(session.viewer()).is_some_and(|rule| rule.is_small(&cell.strangers));
    let (packets, victims) = match found.first() {
        Some(cell) if is_small(cell) => (None, None),
        Some(cell) => (Some(cell.packets()), Some(cell.int(1) as f64)),
        None => (Some(0), Some(0.0)),
    };
    let alive = books::alive(session, selection)?;
    let days = books::watched_steps(session, selection, "day", zone)?.len();
    // What nobody watched has no number, not a zero.
    let packets = packets.filter(|_| days > 0);
    let victims = victims.filter(|_| days > 0);
    let per = |hours: Option<i64>| packets.zip(hours).and_then(|(packets, hours)| top::rate(packets, hours));
    let figure = |name, unit, now| Figure { name, unit, now, before: None };
    Ok(vec![
        figure("packets-per-day", "packets/day", packets.map(|packets| packets as f64 / days as f64)),
        figure("packets-per-address", "packets/address/day", per(alive.address_hours)),
        figure("packets", "packets", packets.map(|packets| packets as f64)),
        figure("victims", "victims", victims),
        figure("days", "days", (days > 0).then_some(days as f64)),
    ])
}

/// The head numbers of a period, beside those of another.
///
/// Rows: packets-per-day, packets-per-address, packets, victims (distinct in the period), days. Columns:
/// figure, unit, now; and with a period to compare with: before, difference, change (%).
pub fn figures(
    session: &Session,
    selection: &Selection,
    zone: &str,
    versus: Option<Interval>,
) -> Result<Table, QueryError> {
    let now = figures_of(session, selection, zone)?;
    let before = versus
        .map(|interval| {
            figures_of(session, &Selection { interval: Some(interval), ..selection.clone() }, zone)
        })
        .transpose()?;
    let mut table = figures::table(&figures::beside(now, before), versus.is_some());
    table.notes.extend(books::alive(session, selection)?.notes());
    table.origin = vec!["packets".to_string(), "sensors".to_string()];
    Ok(table)
}

/// Backscatter of each step: all of it, and by kind.
///
/// Columns: at, kind (tcp, icmp, udp; none for all), packets, rate (packets/sensor/day), victims, sensors.
pub fn per_step(
    session: &Session,
    selection: &Selection,
    step: &str,
    zone: &str,
) -> Result<Table, QueryError> {
    let victims = victims();
    let series = Series {
        step,
        zone,
        needs: &["frame"],
        condition: DAMAGE,
        keys: vec!["class".to_string()],
        lines: KINDS.iter().map(|(class, _)| vec![Value::from(*class)]).collect(),
        count: Some(&victims),
        ..Series::default()
    };
    let (total, kinds) = series::draw_with_total(session, selection, &series)?;
    let mut table = Table::new(&[
        ("at", ""),
        ("kind", ""),
        ("packets", "packets"),
        ("rate", "packets/sensor/day"),
        ("victims", "victims"),
        ("sensors", "sensors"),
    ]);
    for point in &total.points {
        let step = &total.steps[point.step];
        let of_step = kinds.at(step.at).iter().map(|kind| (Value::from(KINDS[kind.line].1), kind));
        let lines = std::iter::once((Value::Null, point)).chain(of_step);
        for (kind, point) in lines {
            let rate = point.packets.and_then(|packets| top::rate(packets, step.sensor_hours));
            let rate = rate.map_or(Value::Null, Value::Float);
            let at = Value::Time(step.at);
            table.push(vec![at, kind, point.packets(), rate, point.sources(), point.sensors()]);
        }
    }
    table.notes.extend(total.notes.into_iter().chain(kinds.notes));
    table.notes.extend(books::alive(session, selection)?.notes());
    table.origin.push(total.origin);
    Ok(table)
}

/// The ports from which victims answered most: what was attacked.
///
/// Columns: rank, port, packets, share (% of the backscatter), victims, sensors. Order: packets, then port.
pub fn ports(session: &Session, selection: &Selection, lines: usize) -> Result<Table, QueryError> {
    let ground = rows(session, selection)?;
    let numbers = vec!["sum(packets)".to_string(), victims()];
    let found = cells::ask(session, &Ask { numbers, ..Ask::of(&ground, attacked(), DAMAGE) })?;
    let all: i64 = found.iter().map(cells::Cell::packets).sum();
    let mut kept = cells::keep(session, found, &[]);
    // Where even the others together are too few, shares would tell the total.
    let all = (kept.hidden.is_empty() || kept.other.is_some()).then_some(all);
    kept.cells.sort_by_key(|cell| std::cmp::Reverse(cell.packets()));
    let mut table = Table::new(&[
        ("rank", ""),
        ("port", ""),
        ("packets", "packets"),
        ("share", "%"),
        ("victims", "victims"),
        ("sensors", "sensors"),
    ]);
    for (rank, cell) in kept.cells.iter().take(lines).enumerate() {
        let number = |value: &Value| if let Value::Int(number) = value { Some(*number) } else { None };
        let port = match (number(&cell.key[0]), number(&cell.key[1])) {
            // An error whose quote was cut before its protocol.
            (None, _) => Value::Null,
            (proto, port) => Value::Text(label::port(proto, port)),
        };
        let packets = cell.packets();
        let rank = Value::Int(rank as i64 + 1);
        table.push(vec![
            rank,
            port,
            Value::Int(packets),
            top::share(packets, all),
            Value::Int(cell.int(1)),
            cell.sensors(),
        ]);
    }
    if let Some(other) = &kept.other {
        let packets = other.packets();
        let share = top::share(packets, all);
        table.push(vec![
            Value::Null,
            Value::from(OTHER),
            Value::Int(packets),
            share,
            Value::Null,
            Value::Null,
        ]);
    }
    table.notes.extend(kept.note);
    table.origin.push(ground.table.to_string());
    Ok(table)
}
