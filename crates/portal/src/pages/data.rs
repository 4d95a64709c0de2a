//! Data: of which date every reference table is, what was imported, and which snapshot answers.

use askama::Template;
use teiten_query::questions::books;
use teiten_report::words::number;

use crate::api::lists;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::look::Look;
use crate::pages::drawn;
use crate::view::frame::Frame;
use crate::view::rows::Rows;
use crate::view::take;

/// Inputs that a page lists.
const INPUTS_MAX: usize = 500;

#[derive(Template)]
#[template(path = "data.html")]
struct Page {
    frame: Frame,
    facts: Vec<(String, String)>,
    editions: String,
    editions_take: String,
    inputs: String,
    inputs_take: String,
}

/// The page.
pub(crate) fn page(desk: &Desk) -> Result<String, Fault> {
    let w = desk.words();
    let snapshot = desk.session.snapshot();
    let write = |at: i64| desk.reader.zone.write_for_people(teiten_model::interval::Timestamp(at));
    let mut facts = vec![(
        w.t("data-snapshot"),
        w.say(
            "trust-snapshot",
            &[("number", &snapshot.number.to_string()), ("published", &write(snapshot.published_us))],
        ),
    )];
    if let Some((first, last)) = desk.span()? {
        facts.push((w.t("data-span"), format!("{} – {}", write(first), write(last))));
    }
    facts.push((w.t("data-zone"), desk.portal.settings.store.home_zone_name().to_string()));
    let mut inputs = books::inputs(&desk.session)?;
    facts.push((w.t("data-input-count"), number::count(inputs.rows.len() as i64)));
    inputs.rows.truncate(INPUTS_MAX);
    let menu =
        |command: &str, api| drawn(&take::of_table(desk, "/data", command.to_string(), api, Look::default()));
    drawn(&Page {
        facts,
        editions: drawn(&Rows::plain(desk, w.t("data-editions"), &lists::editions_of(desk)?))?,
        editions_take: menu("data status", "/api/v1/editions")?,
        inputs: drawn(&Rows::plain(desk, w.t("data-inputs"), &inputs))?,
        inputs_take: menu("store inputs", "/api/v1/inputs")?,
        frame: Frame::new(desk, "data", w.t("nav-data"))?,
    })
}
