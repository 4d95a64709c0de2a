//! On which day did the first packet arrive that asked for a port?
//!
//! Answers and noise do not count: what matters is when somebody first asked. The day is that of the home zone in which
//! the store cuts its days.

use teiten_model::rollup::Grain;
use teiten_model::selection::Selection;
use teiten_model::table::Value;

use crate::error::QueryError;
use crate::ground;
use crate::session::Session;

/// What asks (as facts of ports have it): attempts of connections, requests, UDP that no rule understands.
const ASKS: &str = "(class LIKE 'scan-%' OR class = 'udp-unknown')";

/// The start of the day on which a port was first asked for in all of the store; `None` when it never was.
///
/// # Errors
/// When the store cannot be read, or the viewer may not ask about all of it.
pub fn first_day(session: &Session, proto: u8, port: u16) -> Result<Option<i64>, QueryError> {
    let needs = ["ip_proto", "dst_port", "class"];
    let ground = ground::choose(session, &Selection::default(), None, &needs, Grain::Day, false)?;
    let condition = ground.and(&format!("ip_proto = {proto} AND dst_port = {port} AND {ASKS}"));
    let found =
        session.ask(&format!("SELECT min({}) FROM {} WHERE {condition}", ground.time, ground.base()))?;
    Ok(match found.rows.first().map(Vec::as_slice) {
        Some([Value::Time(first)]) => Some(*first),
        _ => None,
    })
}
