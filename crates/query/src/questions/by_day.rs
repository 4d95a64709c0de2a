//! Who was there on each day, who came and who went? For the packets of one finding, such as a campaign.
//!
//! A source is *new* on the first day of the selection on which it is seen, and *gone* on the first of these days
//! after its last one. So the new ones of all days are all sources, and those that are gone never come back in the
//! selection. Days without a packet have no row.
//!
//! **Invariant:** counts are of packets, not of rollups: exact, however many sources there are.

use teiten_model::rollup::Grain;
use teiten_model::selection::Selection;
use teiten_model::table::Table;

use crate::error::QueryError;
use crate::ground;
use crate::questions::{counted, filter_of};
use crate::session::Session;
use crate::views::quoted;

const UNITS: &[(&str, &str)] = &[
    ("packets", "packets"),
    ("sources", "sources"),
    ("new", "sources"),
    ("gone", "sources"),
    ("ports", "ports"),
    ("countries", "countries"),
    ("asns", "AS"),
    ("sensors", "sensors"),
];

/// Asks for the days of a selection, cut in the home zone, the first first.
///
/// # Errors
/// When the filter cannot be read, or the selection is not for the viewer.
pub fn days(session: &Session, selection: &Selection) -> Result<Table, QueryError> {
    let filter = filter_of(session, selection)?;
    let ground = ground::choose(session, selection, filter.as_ref(), &["frame"], Grain::Hour, true)?;
    let zone = quoted(session.store().home_zone_name());
    let sql = format!(
        "WITH own AS (SELECT span_start(ts, 'day', {zone}) AS day, src, src6, src_country, src_asn, ip_proto, \
         dst_port, sensor, packets FROM {} WHERE {}), \
         met AS (SELECT day, src, src6, min(day) OVER (PARTITION BY src, src6) AS first, \
         max(day) OVER (PARTITION BY src, src6) AS last FROM own GROUP BY day, src, src6), \
         moved AS (SELECT day, count(*) AS sources, sum(CASE WHEN day = first THEN 1 ELSE 0 END) AS new, \
         sum(CASE WHEN day = last THEN 1 ELSE 0 END) AS ended FROM met GROUP BY day), \
         left_over AS (SELECT day, sources, new, coalesce(lag(ended) OVER (ORDER BY day), 0) AS gone FROM moved), \
         counted AS (SELECT day, sum(packets) AS packets, \
         count(DISTINCT ip_proto * 65536 + coalesce(dst_port, 0)) AS ports, \
         distinct_count(src_country) AS countries, count(DISTINCT src_asn) AS asns, \
         distinct_count(sensor) AS sensors FROM own GROUP BY day) \
         SELECT counted.day AS day, packets, sources, new, gone, ports, countries, asns, sensors \
         FROM counted JOIN left_over ON counted.day = left_over.day ORDER BY 1",
        ground.base(),
        ground.condition
    );
    let mut table = session.ask(&sql)?;
    counted::units(&mut table, UNITS);
    table.origin = vec![ground.table.to_string()];
    Ok(table)
}
