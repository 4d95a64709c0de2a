//! Which packets show it best? The earliest of each distinct shape: few, and chosen the same way every time.

use teiten_model::columns::PacketColumns;
use teiten_model::rollup::Grain;
use teiten_model::selection::{Selection, Viewer};

use crate::error::QueryError;
use crate::ground;
use crate::questions::filter_of;
use crate::questions::packets::{ORDER, columns_of};
use crate::session::{BASE, Session};

/// Most packets that are chosen.
const PACKETS_MAX: usize = 100;

/// By what packets count as alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The registered domain that is asked about.
    DnsZone,
    /// The country of the source.
    Country,
}

impl Shape {
    fn expression(self) -> &'static str {
        match self {
            Shape::DnsZone => "registered_domain(coalesce(dns_name, quote_dns_name))",
            Shape::Country => "src_country",
        }
    }
}

/// The earliest packet of each shape, at most `count`, in the order of time, input and frame.
///
/// # Errors
/// When the viewer is not the operator: chosen packets name sources.
pub fn first_of_each(
    session: &Session,
    selection: &Selection,
    shape: Shape,
    count: usize,
) -> Result<PacketColumns, QueryError> {
    if *session.viewer() != Viewer::All {
        return Err(QueryError::Forbidden("packets are not chosen for you: ask for counts".to_string()));
    }
    let filter = filter_of(session, selection)?;
    let ground = ground::choose(session, selection, filter.as_ref(), &["frame"], Grain::Hour, true)?;
    let (condition, shape) = (ground.condition, shape.expression());
    let count = count.min(PACKETS_MAX);
    let sql = format!(
        "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY {shape} ORDER BY {ORDER}) AS place \
         FROM {BASE}packets WHERE {condition}) WHERE place = 1 ORDER BY {ORDER} LIMIT {count}"
    );
    columns_of(session, &sql)
}
