//! Lists that a page shows below its chart, as answers: payload groups, open resolvers, victims, the days of a
//! selection, inputs, editions of reference data.
//!
//! **Invariant:** a list here and on its page is one question, asked once for both.

use axum::response::Response;
use teiten_model::table::{Table, Value};
use teiten_query::questions::{books, payloads, resolvers};

use crate::api::answer;
use crate::api::questions::{About, about, limit};
use crate::asking::Question;
use crate::desk::Desk;
use crate::fault::Fault;

/// Lines of an inventory when nobody says how many.
pub(crate) const LINES: usize = 20;
/// Most lines of an inventory.
pub(crate) const LINES_MAX: usize = 10_000;
/// Groups of payloads when nobody says how many.
pub(crate) const GROUPS: usize = 50;
/// Most groups of payloads.
pub(crate) const GROUPS_MAX: usize = payloads::GROUPS_MAX;
/// Fewest packets of a victim that is listed; as on the command line.
const PACKETS_MIN: i64 = 3;
/// By what resolvers are summed up when nobody says.
const BY: &str = "resolver";

/// The question for the open resolvers that a page lists.
pub(crate) const RESOLVERS: Question = Question::Resolvers(BY, LINES);
/// The question for the victims that a page lists.
pub(crate) const VICTIMS: Question = Question::Victims(PACKETS_MIN, LINES);

/// The editions of reference data that are in use.
pub(crate) fn editions_of(desk: &Desk) -> Result<Table, Fault> {
    let atlas = desk.portal.atlas()?;
    let mut editions = Table::new(&[("kind", ""), ("date", ""), ("name", "")]);
    for edition in atlas.editions() {
        editions.push(vec![
            Value::Text(edition.kind.to_string()),
            Value::Text(edition.date.to_string()),
            Value::Text(edition.name.clone()),
        ]);
    }
    Ok(editions)
}

pub(crate) fn groups(desk: &Desk) -> Result<Response, Fault> {
    let About { selection, meta } = about(desk)?;
    let lines = limit(&desk.look, GROUPS, GROUPS_MAX)?;
    answer::question(desk, "payloads", meta, &selection, &Question::Payloads(lines))
}

pub(crate) fn open_resolvers(desk: &Desk) -> Result<Response, Fault> {
    let About { selection, meta } = about(desk)?;
    let lines = limit(&desk.look, LINES, LINES_MAX)?;
    let by = desk.look.by.as_deref().unwrap_or(BY);
    let by = resolvers::BY.into_iter().find(|own| *own == by).ok_or_else(|| {
        let said = format!("resolvers cannot be summed up by `{by}`: write {}", resolvers::BY.join(", "));
        Fault::parameter("by", said)
    })?;
    answer::question(desk, "resolvers", meta, &selection, &Question::Resolvers(by, lines))
}

pub(crate) fn attacked(desk: &Desk) -> Result<Response, Fault> {
    let About { selection, meta } = about(desk)?;
    let lines = limit(&desk.look, LINES, LINES_MAX)?;
    answer::question(desk, "victims", meta, &selection, &Question::Victims(PACKETS_MIN, lines))
}

pub(crate) fn days(desk: &Desk) -> Result<Response, Fault> {
    let About { selection, meta } = about(desk)?;
    answer::question(desk, "days", meta, &selection, &Question::Days)
}

pub(crate) fn inputs(desk: &Desk) -> Result<Response, Fault> {
    answer::table(desk, "inputs", Vec::new(), |session| Ok(books::inputs(session)?))
}

pub(crate) fn editions(desk: &Desk) -> Result<Response, Fault> {
    let editions = editions_of(desk)?;
    answer::table(desk, "editions", Vec::new(), |_| Ok(editions.clone()))
}
