//! The pages of two themes: DNS, and backscatter. Each is a filter over time, as the page of an entity is, with
//! what was counted day by day beside it.

use teiten_model::selection::Selection;
use teiten_model::table::Table;
use teiten_query::questions::{resolvers, victims};
use teiten_query::session::Session;

use crate::about::About;
use crate::desk::Desk;
use crate::fault::{Fault, Kind};
use crate::pages::drawn;
use crate::pages::entity::{self, Entity};
use crate::view::rows::Rows;

/// Days that are shown when nobody says how many; as many as on the page of an entity.
const DAYS: i64 = 90;
/// Lines of an inventory.
const LINES_MAX: usize = 20;
/// Fewest packets of a victim that is listed.
const PACKETS_MIN: i64 = 3;

/// Names asked for, answers, open resolvers.
pub(crate) fn dns(desk: &Desk) -> Result<String, Fault> {
    let w = desk.words();
    let open = inventory(desk, w.t("dns-resolvers"), "resolvers", |session, selection| {
        Ok(resolvers::resolvers(session, selection, "resolver", LINES_MAX)?)
    })?;
    let entity = Entity {
        path: "/dns".to_string(),
        title: w.t("nav-dns"),
        filter: "dns".to_string(),
        facts: Vec::new(),
        disclaimer: w.t("dns-disclaimer"),
        tables: &["dnsname", "rcode", "source", "as", "country", "tag"],
        subject: String::new(),
        about: About::time(),
        more: open,
        period: None,
    };
    entity::draw(desk, entity, "dns")
}

/// Whose answers arrived: those that were attacked with our addresses as forged sources.
pub(crate) fn backscatter(desk: &Desk) -> Result<String, Fault> {
    let w = desk.words();
    let attacked = inventory(desk, w.t("backscatter-victims"), "victims", |session, selection| {
        Ok(victims::victims(session, selection, PACKETS_MIN, LINES_MAX)?)
    })?;
    let entity = Entity {
        path: "/backscatter".to_string(),
        title: w.t("nav-backscatter"),
        filter: "class contains \"backscatter\"".to_string(),
        facts: Vec::new(),
        disclaimer: w.t("backscatter-disclaimer"),
        tables: &["source", "srcport", "as", "country", "class", "quoteport"],
        subject: String::new(),
        about: About::time(),
        more: attacked,
        period: None,
    };
    entity::draw(desk, entity, "backscatter")
}

/// What was counted of the period's days; nothing for viewers who may not see it, nor where nothing was counted.
fn inventory(
    desk: &Desk,
    title: String,
    question: &str,
    ask: impl FnOnce(&Session, &Selection) -> Result<Table, Fault>,
) -> Result<Vec<(String, String, String)>, Fault> {
    let interval = Some(desk.period(DAYS)?.interval());
    let selection = Selection { interval, ..Selection::default() };
    let answer = desk.once(&format!("{question} {selection:?}"), |session| ask(session, &selection));
    let table = match answer {
        Ok(table) => desk.named(&table, interval, true)?,
        Err(fault) if fault.kind == Kind::Forbidden => return Ok(Vec::new()),
        Err(fault) => return Err(fault),
    };
    if table.rows.is_empty() {
        return Ok(Vec::new());
    }
    let rows = drawn(&Rows::plain(desk, title.clone(), &table))?;
    Ok(vec![(title, String::new(), rows)])
}
