//! Who tries many ports, and how many networks stand behind the scan of one port?
//!
//! A source of scans that touches more than [`PORTS`] destination ports within one day of the zone counts as
//! a scanner of that day (rule D145). Answers do not count: a victim answers to whatever ports were forged. Scanners
//! that a known list names have an organisation (rule D53); what is not named is not thereby hostile.

use teiten_model::rollup::Grain;
use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::{Table, Value};

use crate::error::QueryError;
use crate::ground::{self, Ground};
use crate::label;
use crate::questions::cells::{self, Ask};
use crate::questions::series::{self, Series};
use crate::questions::{books, filter_of, named, top};
use crate::session::Session;

/// A scanner touches more destination ports than these within a day.
pub const PORTS: i64 = 10;

/// What may be a scan: requests, and UDP that no rule understands.
const SCAN: &str = "(class LIKE 'scan-%' OR class = 'udp-unknown')";

fn rows(session: &Session, selection: &Selection) -> Result<Ground, QueryError> {
    let filter = filter_of(session, selection)?;
    ground::choose(session, selection, filter.as_ref(), &["frame"], Grain::Hour, true)
}

/// What a scanner is, and whether organisations can be known.
fn notes(session: &Session, selection: &Selection) -> Result<Vec<String>, QueryError> {
    let mut notes = vec![format!("a scanner is a source of scans to more than {PORTS} ports in one day")];
    if !books::have_scanner_lists(session, selection)? {
        notes.push(
            "some packets were read without a list of open scanners, so their organisation is not known"
                .to_string(),
        );
    }
    Ok(notes)
}

/// Packets of scanners, day by day, as a statement in brackets.
fn scanners(ground: &Ground, zone: &str) -> String {
    let day = series::step_of(ground.time, "day", zone);
    let scans = format!(
        "SELECT {day} AS at, packets, src, src6, sensor, actor, ip_proto, dst_port FROM {} WHERE {}",
        ground.base(),
        ground.and(&format!("{SCAN} AND dst_port IS NOT NULL"))
    );
    format!(
        "(SELECT scan.at, scan.packets, scan.src, scan.src6, scan.sensor, scan.actor FROM ({scans}) scan JOIN \
         (SELECT at, coalesce(src, -1) AS four, coalesce(src6, X'') AS six FROM ({scans}) GROUP BY 1, 2, 3 \
         HAVING count(DISTINCT ip_proto * 65536 + dst_port) > {PORTS}) busy ON scan.at = busy.at AND \
         coalesce(scan.src, -1) = busy.four AND coalesce(scan.src6, X'') = busy.six)"
    )
}

/// The organisations of scanners, by the number of their addresses.
///
/// Columns: rank, actor (none for unknown), sources, share (% of all scanners), days (on which any of them was
/// a scanner), packets, sensors. Order: sources, packets, actor.
pub fn organisations(
    session: &Session,
    selection: &Selection,
    zone: &str,
    lines: usize,
) -> Result<Table, QueryError> {
    let ground = rows(session, selection)?;
    let ask = Ask {
        from: scanners(&ground, zone),
        keys: vec!["actor".to_string()],
        numbers: vec![
            "sum(packets)".to_string(),
            ground.sources.to_string(),
            "count(DISTINCT at)".to_string(),
        ],
        has_sensor: true,
        ..Ask::default()
    };
    let all = cells::ask(session, &Ask { keys: Vec::new(), ..ask.clone() })?;
    let mut kept = cells::keep(session, cells::ask(session, &ask)?, &[]);
    let all = all.first().map(|cell| cell.int(1)).filter(|_| kept.hidden.is_empty() || kept.other.is_some());
    kept.cells.sort_by_key(|cell| std::cmp::Reverse((cell.int(1), cell.packets())));
    let mut table = Table::new(&[
        ("rank", ""),
        ("actor", ""),
        ("sources", "sources"),
        ("share", "%"),
        ("days", "days"),
        ("packets", "packets"),
        ("sensors", "sensors"),
    ]);
    for (rank, cell) in kept.cells.iter().take(lines).enumerate() {
        table.push(vec![
            Value::Int(rank as i64 + 1),
            cell.key[0].clone(),
            Value::Int(cell.int(1)),
            top::share(cell.int(1), all),
            Value::Int(cell.int(2)),
            Value::Int(cell.packets()),
            cell.sensors(),
        ]);
    }
    table.notes.extend(notes(session, selection)?);
    table.notes.extend(kept.note);
    table.origin.push(ground.table.to_string());
    Ok(table)
}

/// Scanners by day and organisation: all of them, and those of the organisations with most addresses.
///
/// Columns: at, actor (an organisation's name, `unknown`, or none for all), sources, packets, sensors.
pub fn per_day(
    session: &Session,
    selection: &Selection,
    zone: &str,
    lines: usize,
) -> Result<Table, QueryError> {
    let ground = rows(session, selection)?;
    let organisations = organisations(session, selection, zone, lines)?;
    let lines: Vec<Vec<Value>> = organisations.rows.into_iter().map(|row| vec![row[1].clone()]).collect();
    let series = Series {
        step: "day",
        zone,
        needs: &["frame"],
        keys: vec!["actor".to_string()],
        lines: lines.clone(),
        from: Some(scanners(&ground, zone)),
        ..Series::default()
    };
    let (total, parts) = series::draw_with_total(session, selection, &series)?;
    let mut table = Table::new(&[
        ("at", ""),
        ("actor", ""),
        ("sources", "sources"),
        ("packets", "packets"),
        ("sensors", "sensors"),
    ]);
    for all in &total.points {
        let at = total.steps[all.step].at;
        let name = |line: usize| match &lines[line][0] {
            Value::Null => Value::from(UNKNOWN),
            name => name.clone(),
        };
        let of_day = parts.at(at).iter().map(|point| (name(point.line), point));
        for (name, point) in std::iter::once((Value::Null, all)).chain(of_day) {
            table.push(vec![Value::Time(at), name, point.sources(), point.packets(), point.sensors()]);
        }
    }
    table.notes.extend(notes(session, selection)?);
    table.notes.extend(total.notes.into_iter().chain(parts.notes));
    table.origin.push(total.origin);
    Ok(table)
}

/// The name of a line of scanners that no list names.
pub const UNKNOWN: &str = "unknown";

/// How many networks and sources stand behind the scan of each port.
///
/// Columns: rank, port, packets, sources, networks (distinct /24 of IPv4 sources), sources_per_network, sensors.
/// Order: packets, then port. For one port, filter by it.
pub fn networks(session: &Session, selection: &Selection, lines: usize) -> Result<Table, QueryError> {
    let ground = rows(session, selection)?;
    let keys = named("port")?.parts.iter().map(|(_, part)| (*part).to_string()).collect();
    let mut ask = Ask::of(&ground, keys, &format!("{SCAN} AND dst_port IS NOT NULL"));
    ask.numbers.extend(["count(DISTINCT src >> 8)".to_string(), "count(DISTINCT src)".to_string()]);
    let mut kept = cells::keep(session, cells::ask(session, &ask)?, &[]);
    kept.cells.sort_by_key(|cell| std::cmp::Reverse(cell.packets()));
    let mut table = Table::new(&[
        ("rank", ""),
        ("port", ""),
        ("packets", "packets"),
        ("sources", "sources"),
        ("networks", "networks"),
        ("sources_per_network", "sources"),
        ("sensors", "sensors"),
    ]);
    for (rank, cell) in kept.cells.iter().take(lines).enumerate() {
        let (networks, of_networks) = (cell.int(2), cell.int(3));
        let density =
            if networks > 0 { Value::Float(of_networks as f64 / networks as f64) } else { Value::Null };
        table.push(vec![
            Value::Int(rank as i64 + 1),
            label::line(named("port")?, &cell.key),
            Value::Int(cell.packets()),
            Value::Int(cell.int(1)),
            Value::Int(networks),
            density,
            cell.sensors(),
        ]);
    }
    table.notes.extend(kept.note);
    table.origin.push(ground.table.to_string());
    Ok(table)
}

/// The /24 networks with most sources of scans; a filter says of which port.
///
/// Columns: rank, network, sources, packets, sensors. Order: sources, packets, network.
///
/// # Errors
/// When the viewer may not see sources.
pub fn networks_of(session: &Session, selection: &Selection, lines: usize) -> Result<Table, QueryError> {
    if matches!(session.viewer(), Viewer::Public { .. }) {
        return Err(QueryError::Forbidden(
            "you may not see networks of sources: ask for their number".to_string(),
        ));
    }
    let ground = rows(session, selection)?;
    let ask = Ask::of(&ground, vec!["src >> 8".to_string()], &format!("{SCAN} AND src IS NOT NULL"));
    let mut kept = cells::keep(session, cells::ask(session, &ask)?, &[]);
    kept.cells.sort_by_key(|cell| std::cmp::Reverse((cell.int(1), cell.packets())));
    let mut table = Table::new(&[
        ("rank", ""),
        ("network", ""),
        ("sources", "sources"),
        ("packets", "packets"),
        ("sensors", "sensors"),
    ]);
    for (rank, cell) in kept.cells.iter().take(lines).enumerate() {
        let network = match cell.key[0] {
            Value::Int(prefix) => teiten_model::address::ipv4_of(prefix << 8)
                .map_or(Value::Null, |first| Value::Text(format!("{first}/24"))),
            _ => Value::Null,
        };
        let rank = Value::Int(rank as i64 + 1);
        let (sources, packets) = (Value::Int(cell.int(1)), Value::Int(cell.packets()));
        table.push(vec![rank, network, sources, packets, cell.sensors()]);
    }
    table.notes.extend(kept.note);
    table.origin.push(ground.table.to_string());
    Ok(table)
}
