//! SQL: a statement that only reads, over the views of the viewer.

use askama::Template;
use teiten_people::Deed;
use teiten_query::session;

use crate::desk::Desk;
use crate::fault::Fault;
use crate::links;
use crate::look::Look;
use crate::pages::drawn;
use crate::view::frame::Frame;
use crate::view::rows::Rows;
use crate::view::take::{Source, Take};

/// Rows that a page shows; files have all.
const ROWS_SHOWN_MAX: usize = 500;
#[derive(Template)]
#[template(path = "sql.html")]
struct Page {
    frame: Frame,
    statement: String,
    rows: String,
    note: String,
    take: String,
    tables: String,
}

/// The page.
pub(crate) fn page(desk: &Desk) -> Result<String, Fault> {
    let w = desk.words();
    let (mut rows, mut note, mut take) = (String::new(), String::new(), String::new());
    if let Some(statement) = &desk.look.q {
        desk.portal.note(&desk.reader.who, Deed::Asked, statement)?;
        let mut table = desk.session.sql(statement)?;
        let count = table.rows.len();
        table.rows.truncate(ROWS_SHOWN_MAX);
        if count > ROWS_SHOWN_MAX {
            let shown = (ROWS_SHOWN_MAX.to_string(), count.to_string());
            note = w.say("sql-cut", &[("shown", &shown.0), ("all", &shown.1)]);
        }
        rows = drawn(&Rows::plain(desk, w.t("nav-sql"), &table))?;
        let source = Source {
            page: "/sql",
            command: format!("query {}", links::quoted(statement)),
            command_look: None,
            api: "/api/v1/sql",
            look: Look { q: Some(statement.clone()), ..Look::default() },
            drawing: "",
            has_packets: false,
        };
        take = drawn(&Take::new(desk, source))?;
    }
    let tables = desk.once("sql tables", |session| Ok(session.sql("SHOW TABLES")?))?;
    drawn(&Page {
        statement: desk.look.q.clone().unwrap_or_else(|| session::EXAMPLE.to_string()),
        rows,
        note,
        take,
        tables: drawn(&Rows::plain(desk, w.t("sql-tables"), &tables))?,
        frame: Frame::new(desk, "sql", w.t("nav-sql"))?,
    })
}
