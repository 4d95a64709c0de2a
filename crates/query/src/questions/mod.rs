//! The named questions, one a file; each with its SQL and its order.

pub mod accesses;
pub mod books;
pub mod by_day;
pub(crate) mod cells;
pub(crate) mod counted;
pub(crate) mod counted_source_ports;
pub(crate) mod counted_zones;
pub mod damage;
pub mod destinations;
pub mod dns_window;
pub mod events;
pub mod facts;
pub(crate) mod figures;
pub mod first_day;
pub mod health;
pub mod hosts;
pub mod infected;
pub mod live;
pub mod mirai;
pub mod one_sensor;
pub mod origin_kinds;
pub mod packets;
pub mod payloads;
pub mod per_address;
pub(crate) mod pieces;
pub mod resolvers;
pub mod responses;
pub mod scanners;
pub mod sensors;
pub(crate) mod series;
pub mod shapes;
pub mod shares;
pub mod signatures;
pub mod source_port_window;
pub(crate) mod steady;
pub mod stored;
pub mod top;
pub mod trend;
pub mod victims;
pub mod window;
pub mod words;

use teiten_model::selection::{Selection, Viewer};
use teiten_selection::Filter;

use crate::dimension::{self, Dimension};
use crate::error::QueryError;
use crate::session::Session;

/// The filter of a selection, read.
///
/// # Errors
/// When it cannot be read, or uses a field the viewer may not see.
pub(crate) fn filter_of(session: &Session, selection: &Selection) -> Result<Option<Filter>, QueryError> {
    use teiten_model::column::Privacy;
    let Some(text) = &selection.filter else { return Ok(None) };
    let filter = teiten_selection::parse(text)?;
    let hidden = |privacy| match session.viewer() {
        Viewer::All => false,
        Viewer::Member { .. } => privacy == Privacy::Sensor,
        Viewer::Public { .. } => privacy != Privacy::Open,
    };
    for name in filter.columns() {
        if teiten_model::columns::find(name).is_some_and(|column| hidden(column.privacy)) {
            return Err(QueryError::Forbidden(format!(
                "the filter uses `{name}`, which you may not see: take it out"
            )));
        }
    }
    Ok(Some(filter))
}

/// The dimension of a name that we write ourselves.
pub(crate) fn named(name: &str) -> Result<&'static Dimension, QueryError> {
    dimension::find(name)
        .ok_or_else(|| QueryError::Question(format!("packets cannot be divided by `{name}`")))
}
