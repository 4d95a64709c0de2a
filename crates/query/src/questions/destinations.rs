//! Which addresses did packets arrive at?
//!
//! For checks that nothing published names one of them; nobody else is told.

use teiten_model::address::{ipv4_of, ipv6_of};
use teiten_model::rollup::Grain;
use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::Value;

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::error::QueryError;
use crate::ground;
use crate::session::Session;

/// Addresses that one answer may hold.
pub const DESTINATIONS_MAX: usize = 65_536;

/// The destinations of a selection, as seen and as public; the busiest when there are too many.
///
/// # Errors
/// When the viewer is not the operator.
pub fn destinations(session: &Session, selection: &Selection) -> Result<BTreeSet<IpAddr>, QueryError> {
    if *session.viewer() != Viewer::All {
        return Err(QueryError::Forbidden("the addresses of sensors are the operator's to see".to_string()));
    }
    let ground = ground::choose(session, selection, None, &["dst"], Grain::Hour, true)?;
    let found = session.ask(&format!(
        "SELECT dst, dst6, dst_public FROM {} WHERE {} GROUP BY 1, 2, 3 ORDER BY sum(packets) DESC, 1, 2, 3 \
         LIMIT {DESTINATIONS_MAX}",
        ground.base(),
        ground.condition
    ))?;
    let address = |value: &Value| match value {
        Value::Int(number) => ipv4_of(*number).map(IpAddr::V4),
        Value::Bytes(bytes) => ipv6_of(bytes).map(IpAddr::V6),
        Value::Address(address) => Some(*address),
        _ => None,
    };
    Ok(found.rows.iter().flatten().filter_map(address).collect())
}
