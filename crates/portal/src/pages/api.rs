//! The API, described from the list of its operations.

use askama::Template;

use crate::api::OPERATIONS;
use crate::api::notes::WRITES;
use crate::desk::Desk;
use crate::fault::{Fault, Kind};
use crate::look::PARAMETERS;
use crate::pages::drawn;
use crate::view::frame::Frame;

#[derive(Template)]
#[template(path = "api.html")]
struct Page {
    frame: Frame,
    operations: Vec<Described>,
    problems: Vec<(&'static str, u16, String)>,
}

struct Described {
    id: &'static str,
    method: String,
    path: &'static str,
    summary: &'static str,
    parameters: Vec<(&'static str, &'static str)>,
    posted: Option<(&'static str, &'static str)>,
    example: String,
}

/// The page.
pub(crate) fn page(desk: &Desk) -> Result<String, Fault> {
    let w = desk.words();
    let operations = OPERATIONS.iter().map(|operation| Described {
        id: operation.id,
        method: "GET".to_string(),
        path: operation.path,
        summary: operation.summary,
        parameters: PARAMETERS
            .iter()
            .filter(|(name, ..)| operation.parameters.contains(name))
            .map(|(name, _, text)| (*name, *text))
            .collect(),
        posted: operation.posted.as_ref().map(|posted| (posted.summary, posted.body)),
        example: operation.example.to_string(),
    });
    let writes = WRITES.iter().map(|write| Described {
        id: write.id,
        method: write.method.to_string(),
        path: write.path,
        summary: write.summary,
        parameters: write.fields.to_vec(),
        posted: None,
        example: String::new(),
    });
    let problems =
        Kind::ALL.map(|kind| (kind.word(), kind.status().as_u16(), w.t(&format!("fault-{}", kind.word()))));
    drawn(&Page {
        operations: operations.chain(writes).collect(),
        problems: problems.to_vec(),
        frame: Frame::new(desk, "api", w.t("nav-api"))?,
    })
}
