//! Of what kinds are the sources of the home country, step by step?
//!
//! Each source of a step is of exactly one kind (rule D146), the first of these that one of its packets shows: the
//! trait of Mirai; GRE; a connection attempt to 445/TCP with one certain TCP window; other. That window is
//! not written down here: it is the one that most attempts to 445/TCP from the country have in the period.

use teiten_model::rollup::Grain;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};

use crate::error::QueryError;
use crate::ground::{self, Ground};
use crate::questions::cells::{self, Ask};
use crate::questions::mirai::MIRAI;
use crate::questions::series::{self, Series};
use crate::questions::{filter_of, top};
use crate::session::Session;
use crate::views::quoted;

/// The kinds, in the order in which they are tried.
pub const KINDS: [&str; 4] = ["mirai", "gre", "445-window", "other"];

/// A connection attempt to 445/TCP.
const ATTEMPT: &str = "ip_proto = 6 AND dst_port = 445 AND class = 'scan-syn' AND tcp_window IS NOT NULL";

/// The TCP window that most attempts to 445/TCP from a country have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommonWindow {
    /// The window, in bytes.
    pub window: i64,
    /// Attempts with it.
    pub packets: i64,
    /// All attempts.
    pub all: i64,
}

fn rows(session: &Session, selection: &Selection) -> Result<Ground, QueryError> {
    let filter = filter_of(session, selection)?;
    ground::choose(session, selection, filter.as_ref(), &["frame"], Grain::Hour, true)
}

/// The commonest window of attempts to 445/TCP, the smaller one of two that are equally common; `None` without
/// attempts, or where it is withheld.
pub fn common_window(
    session: &Session,
    selection: &Selection,
    country: &str,
) -> Result<Option<CommonWindow>, QueryError> {
    let ground = rows(session, selection)?;
    let condition = format!("{ATTEMPT} AND src_country = {}", quoted(country));
    let found = cells::ask(session, &Ask::of(&ground, vec!["tcp_window".to_string()], &condition))?;
    let all = found.iter().map(cells::Cell::packets).sum();
    let kept = cells::keep_each(session, found);
    let commonest = kept.cells.iter().rev().max_by_key(|cell| cell.packets());
    Ok(commonest.and_then(|cell| match cell.key.first() {
        Some(Value::Int(window)) => Some(CommonWindow { window: *window, packets: cell.packets(), all }),
        _ => None,
    }))
}

/// The sources of a country by kind.
///
/// Columns: at, kind (one of [`KINDS`]; none for all), sources, share (% of all sources of the step), packets,
/// window (bytes, of 445-window), sensors.
pub fn per_step(
    session: &Session,
    selection: &Selection,
    country: &str,
    step: &str,
    zone: &str,
) -> Result<Table, QueryError> {
    let common = common_window(session, selection, country)?;
    let ground = rows(session, selection)?;
    let at = series::step_of(ground.time, step, zone);
    let of_window =
        common.map_or("false".to_string(), |common| format!("{ATTEMPT} AND tcp_window = {}", common.window));
    let flag = |condition: &str| format!("CASE WHEN {condition} THEN 1 ELSE 0 END");
    let inner = format!(
        "SELECT {at} AS at, packets, src, src6, sensor, {} AS has_mirai, {} AS has_gre, {} AS has_window FROM {} \
         WHERE {}",
        flag(&Ground::has_tag(MIRAI)),
        flag("ip_proto = 47"),
        flag(&of_window),
        ground.base(),
        ground.and(&format!("src_country = {}", quoted(country))),
    );
    let over = "OVER (PARTITION BY at, src, src6)";
    let statement = format!(
        "(SELECT at, packets, src, src6, sensor, CASE WHEN max(has_mirai) {over} = 1 THEN '{}' \
         WHEN max(has_gre) {over} = 1 THEN '{}' WHEN max(has_window) {over} = 1 THEN '{}' ELSE '{}' END AS kind \
         FROM ({inner}))",
        KINDS[0], KINDS[1], KINDS[2], KINDS[3]
    );
    let series = Series {
        step,
        zone,
        needs: &["frame"],
        keys: vec!["kind".to_string()],
        lines: KINDS.iter().map(|kind| vec![Value::from(*kind)]).collect(),
        from: Some(statement),
        ..Series::default()
    };
    let (total, kinds) = series::draw_with_total(session, selection, &series)?;
    let mut table = Table::new(&[
        ("at", ""),
        ("kind", ""),
        ("sources", "sources"),
        ("share", "%"),
        ("packets", "packets"),
        ("window", "bytes"),
        ("sensors", "sensors"),
    ]);
    for all in &total.points {
        let at = total.steps[all.step].at;
        let of_step = kinds.at(at).iter().map(|point| (Value::from(KINDS[point.line]), point));
        for (kind, point) in std::iter::once((Value::Null, all)).chain(of_step) {
            let share = point.sources.map_or(Value::Null, |sources| top::share(sources, all.sources));
            let window = match (&kind, common) {
                (Value::Text(kind), Some(common)) if kind == KINDS[2] => Value::Int(common.window),
                _ => Value::Null,
            };
            let row =
                [Value::Time(at), kind, point.sources(), share, point.packets(), window, point.sensors()];
            table.push(row.to_vec());
        }
    }
    table.notes.extend(total.notes);
    let known = table.notes.clone();
    table.notes.extend(kinds.notes.into_iter().filter(|note| !known.contains(note)));
    table.origin.push(total.origin);
    Ok(table)
}
