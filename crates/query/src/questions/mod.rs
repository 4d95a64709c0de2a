//! The named questions, one a file; each with its SQL and its order.

pub mod books;
pub mod destinations;
pub mod dns_window;
pub mod packets;
pub mod shapes;
pub mod source_port_window;
pub mod top;
pub mod trend;
pub mod window;

use teiten_model::selection::{Selection, Viewer};
use teiten_selection::Filter;

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

/// The condition that withholds small cells from a viewer, as what follows HAVING; empty for none.
pub(crate) fn withholding(session: &Session) -> String {
    match session.viewer() {
        Viewer::All => String::new(),
        Viewer::Member { sensors, sensors_min } if sensors.is_empty() => {
            format!(" HAVING count(DISTINCT sensor) >= {sensors_min}")
        }
        Viewer::Member { sensors, sensors_min } => format!(
            " HAVING count(DISTINCT sensor) >= {sensors_min} OR bool_and(sensor IN ({}))",
            crate::views::quoted_list(sensors)
        ),
        Viewer::Public { sensors_min } => format!(" HAVING count(DISTINCT sensor) >= {sensors_min}"),
    }
}
