//! SQL: a statement that only reads, over the views of the viewer.

use askama::Template;
use teiten_people::Deed;
use teiten_query::session;

use crate::desk::Desk;
use crate::fault::Fault;
use crate::links;
use crate::pages::drawn;
use crate::view::frame::Frame;
use crate::view::rows::Rows;

/// Rows that a page shows; files have all.
const ROWS_SHOWN_MAX: usize = 500;
#[derive(Template)]
#[template(path = "sql.html")]
struct Page {
    frame: Frame,
    statement: String,
    rows: String,
    note: String,
    csv: String,
    parquet: String,
    json: String,
    tables: String,
}

/// The page.
pub(crate) fn page(desk: &Desk) -> Result<String, Fault> {
    let w = desk.words();
    let (mut rows, mut note) = (String::new(), String::new());
    let (mut csv, mut parquet, mut json) = Default::default();
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
        let address = |format: &str| {
            links::with("/api/v1/sql", &[("q", statement.clone()), ("format", format.to_string())])
        };
        (csv, parquet, json) = (address("csv"), address("parquet"), address("json"));
    }
    let tables = desk.once("sql tables", |session| Ok(session.sql("SHOW TABLES")?))?;
    drawn(&Page {
        statement: desk.look.q.clone().unwrap_or_else(|| session::EXAMPLE.to_string()),
        rows,
        note,
        csv,
        parquet,
        json,
        tables: drawn(&Rows::plain(desk, w.t("sql-tables"), &tables))?,
        frame: Frame::new(desk, "sql", w.t("nav-sql"))?,
    })
}
