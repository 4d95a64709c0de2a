//! Who took over a finding, and the form that says so or takes it back.
//!
//! **Invariant:** whoever has no session sees who acknowledged it, where findings are theirs to see, and no form.

use askama::Template;
use teiten_model::interval::Timestamp;
use teiten_people::{Acknowledged, Role};

use crate::desk::Desk;
use crate::fault::Fault;
use crate::pages::drawn;
use crate::words::Words;

#[derive(Template)]
#[template(path = "parts/acknowledged.html")]
struct Section<'a> {
    w: &'static Words,
    /// Who acknowledged it, in words; empty when nobody did.
    said: String,
    /// The key of forms; empty for whoever may send none.
    key: &'a str,
    id: &'a str,
    /// The period that was judged.
    period: &'a str,
    back: &'a str,
}

/// Who acknowledged it, in words.
pub(crate) fn said(desk: &Desk, found: &Acknowledged) -> String {
    let at = desk.reader.zone.write_for_people(Timestamp(found.at));
    desk.words().say("acknowledged-by", &[("name", &found.by), ("at", &at)])
}

/// Who acknowledged these findings; nothing where nobody can.
pub(crate) fn of<'a>(
    desk: &Desk,
    findings: impl IntoIterator<Item = &'a str>,
) -> Result<std::collections::BTreeMap<String, Acknowledged>, Fault> {
    match &desk.portal.settings.people {
        Some(people) => Ok(people.acknowledged(findings)?),
        None => Ok(Default::default()),
    }
}

/// The section of one finding.
pub(crate) fn section(desk: &Desk, id: &str, period: &str) -> Result<String, Fault> {
    let found = of(desk, [id])?;
    let who = &desk.reader.who;
    let may = who.person.is_some() && who.role >= Role::Analyst;
    drawn(&Section {
        w: desk.words(),
        said: found.get(id).map_or(String::new(), |found| said(desk, found)),
        key: if may { &who.form_key } else { "" },
        id,
        period,
        back: &desk.reader.here,
    })
}
