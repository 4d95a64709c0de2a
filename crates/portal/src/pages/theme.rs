//! The pages of two themes: DNS, and backscatter. Each is a filter over time, as the page of an entity is, with
//! what was counted day by day beside it.

use teiten_model::selection::Selection;

use crate::about::About;
use crate::api::lists;
use crate::asking::Question;
use crate::desk::Desk;
use crate::fault::{Fault, Kind};
use crate::look::Look;
use crate::pages::drawn;
use crate::pages::entity::{self, Entity, Section};
use crate::view::rows::Rows;
use crate::view::take;

/// Days that are shown when nobody says how many; as many as on the page of an entity.
const DAYS: i64 = 90;

/// An inventory: its title, its question, its command, its path in the API.
struct Inventory {
    title: String,
    question: Question,
    page: &'static str,
    command: &'static str,
    api: &'static str,
}

/// Names asked for, answers, open resolvers.
pub(crate) fn dns(desk: &Desk) -> Result<String, Fault> {
    let w = desk.words();
    let about = Inventory {
        title: w.t("dns-resolvers"),
        question: lists::RESOLVERS,
        page: "/dns",
        command: "resolver list",
        api: "/api/v1/resolvers",
    };
    let entity = Entity {
        path: "/dns".to_string(),
        title: w.t("nav-dns"),
        filter: "dns".to_string(),
        facts: Vec::new(),
        disclaimer: w.t("dns-disclaimer"),
        tables: &["dnsname", "rcode", "source", "as", "country", "tag"],
        subject: String::new(),
        about: About::time(),
        coming: vec![(all(desk)?, lists::RESOLVERS)],
        more: Box::new(|desk| inventory(desk, about)),
        period: None,
    };
    entity::draw(desk, entity, "dns")
}

/// Whose answers arrived: those that were attacked with our addresses as forged sources.
pub(crate) fn backscatter(desk: &Desk) -> Result<String, Fault> {
    let w = desk.words();
    let about = Inventory {
        title: w.t("backscatter-victims"),
        question: lists::VICTIMS,
        page: "/backscatter",
        command: "backscatter list",
        api: "/api/v1/victims",
    };
    let entity = Entity {
        path: "/backscatter".to_string(),
        title: w.t("nav-backscatter"),
        filter: "class contains \"backscatter\"".to_string(),
        facts: Vec::new(),
        disclaimer: w.t("backscatter-disclaimer"),
        tables: &["source", "srcport", "as", "country", "class", "quoteport"],
        subject: String::new(),
        about: About::time(),
        coming: vec![(all(desk)?, lists::VICTIMS)],
        more: Box::new(|desk| inventory(desk, about)),
        period: None,
    };
    entity::draw(desk, entity, "backscatter")
}

/// All packets of the period.
fn all(desk: &Desk) -> Result<Selection, Fault> {
    let interval = Some(desk.period(DAYS)?.interval());
    Ok(Selection { interval, ..Selection::default() })
}

/// What was counted of the period's days; nothing for viewers who may not see it, nor where nothing was counted.
fn inventory(desk: &Desk, about: Inventory) -> Result<Vec<Section>, Fault> {
    let selection = all(desk)?;
    let table = match desk.answer(&selection, &about.question) {
        Ok(table) => desk.named(&table, selection.interval, true)?,
        Err(fault) if fault.kind == Kind::Forbidden => return Ok(Vec::new()),
        Err(fault) => return Err(fault),
    };
    if table.rows.is_empty() {
        return Ok(Vec::new());
    }
    let rows = drawn(&Rows::plain(desk, about.title.clone(), &table))?;
    // What was counted is about all packets: of the page's selection the list keeps the time.
    let period = desk.period(DAYS)?.short_text();
    let look = Look { top: Some(lists::LINES), ..Look::default().with_period(period) };
    let command = format!("{} --top {}", about.command, lists::LINES);
    let menu = drawn(&take::of_table(desk, about.page, command, about.api, look))?;
    Ok(vec![(about.title, String::new(), rows + &menu)])
}
