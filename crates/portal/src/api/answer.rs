//! A table as an answer: the format, the headers, the name of the file.

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use teiten_ask::output::{self, Format, Style};
use teiten_model::selection::Selection;
use teiten_model::table::Table;
use teiten_query::explain;
use teiten_query::session::Session;

use crate::asking::Question;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::look::Look;

/// The formats of tables, with their media types and the endings of files.
pub(crate) const FORMATS: [(Format, &str, &str); 6] = [
    (Format::Json, "application/json", "json"),
    (Format::Ndjson, "application/x-ndjson", "ndjson"),
    (Format::Csv, "text/csv; charset=utf-8", "csv"),
    (Format::Tsv, "text/tab-separated-values; charset=utf-8", "tsv"),
    (Format::Markdown, "text/markdown; charset=utf-8", "md"),
    (Format::Parquet, "application/vnd.apache.parquet", "parquet"),
];

/// The formats of captures.
pub(crate) const CAPTURES: [(&str, &str); 2] =
    [("application/x-pcapng", "pcapng"), ("application/vnd.tcpdump.pcap", "pcap")];

/// The word for what an answer would be asked with.
const SQL: &str = "sql";

/// What is wanted of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The answer in a format.
    Table(Format),
    /// The statements that would be asked.
    Statements,
    /// A capture file, as pcap rather than pcapng.
    Capture { is_pcap: bool },
}

/// The format that an address names; JSON when it names none. What a browser accepts was put into the address.
pub(crate) fn wanted(look: &Look) -> Result<Wanted, Fault> {
    let Some(word) = &look.format else { return Ok(Wanted::Table(Format::Json)) };
    match word.as_str() {
        SQL => return Ok(Wanted::Statements),
        "pcapng" => return Ok(Wanted::Capture { is_pcap: false }),
        "pcap" => return Ok(Wanted::Capture { is_pcap: true }),
        _ => {}
    }
    let found = FORMATS.iter().find(|(format, ..)| format.name() == word);
    found.map(|(format, ..)| Wanted::Table(*format)).ok_or_else(|| {
        let words: Vec<&str> = FORMATS.iter().map(|(format, ..)| format.name()).collect();
        Fault::parameter(
            "format",
            format!("`{word}` is no format of answers: write one of {}, {SQL}", words.join(", ")),
        )
    })
}

/// The format that a list of media types asks for; `None` when it names none of ours.
pub(crate) fn accepted(accept: &str) -> Option<&'static str> {
    let mut types = accept.split(',').map(|part| part.split(';').next().unwrap_or_default().trim());
    types.find_map(|kind| {
        if let Some((_, word)) = CAPTURES.iter().find(|(own, _)| *own == kind) {
            return Some(*word);
        }
        let found = FORMATS.iter().find(|(_, own, _)| own.split(';').next() == Some(kind));
        found.map(|(format, ..)| format.name())
    })
}

/// Answers with a table; `ask` is handed a session that may only plan when statements are wanted.
pub(crate) fn table(
    desk: &Desk,
    name: &str,
    meta: Vec<(String, String)>,
    ask: impl Fn(&Session) -> Result<Table, Fault>,
) -> Result<Response, Fault> {
    let format = match wanted(&desk.look)? {
        Wanted::Table(format) => format,
        Wanted::Statements => return statements(desk, ask),
        Wanted::Capture { .. } => {
            return Err(Fault::parameter("format", "a capture file has packets only: ask /api/v1/packets"));
        }
    };
    written(desk, name, meta, format, &ask(&desk.session)?, None)
}

/// Answers a question about a selection, which is asked only when its answer is wanted and not its statements.
pub(crate) fn question(
    desk: &Desk,
    name: &str,
    meta: Vec<(String, String)>,
    selection: &Selection,
    question: &Question,
) -> Result<Response, Fault> {
    if wanted(&desk.look)? == Wanted::Statements {
        return table(desk, name, meta, |session| question.ask(session, selection));
    }
    let found = desk.answer(selection, question)?;
    table(desk, name, meta, |_| Ok((*found).clone()))
}

/// Answers with a part of a table, and says where it goes on.
pub(crate) fn part(
    desk: &Desk,
    name: &str,
    meta: Vec<(String, String)>,
    (table, next): (Table, Option<String>),
) -> Result<Response, Fault> {
    match wanted(&desk.look)? {
        Wanted::Table(format) => written(desk, name, meta, format, &table, next),
        Wanted::Statements | Wanted::Capture { .. } => self::table(desk, name, meta, |_| Ok(table.clone())),
    }
}

/// Where an answer goes on: the cursor, which the route makes a link of.
#[derive(Debug, Clone)]
pub(crate) struct Next(pub(crate) String);

/// A table in a format.
pub(crate) fn written(
    desk: &Desk,
    name: &str,
    mut meta: Vec<(String, String)>,
    format: Format,
    table: &Table,
    next: Option<String>,
) -> Result<Response, Fault> {
    let (count, is_cut) = (table.rows.len().to_string(), next.is_some().to_string());
    meta.push(("count".to_string(), count.clone()));
    meta.push(("cut".to_string(), is_cut.clone()));
    meta.extend(next.iter().map(|next| ("next".to_string(), next.clone())));
    meta.push(("snapshot".to_string(), desk.session.snapshot().number.to_string()));
    let style = Style {
        format,
        zone: desk.reader.zone.rules().clone(),
        lang: desk.reader.lang(),
        color: false,
        header_comment: false,
        bom: desk.look.bom,
        width: None,
        meta,
    };
    let bytes = match format {
        Format::Parquet => teiten_store::export::parquet(table).map_err(|error| Fault::internal(&error))?,
        _ => {
            let mut bytes = Vec::new();
            output::write(table, &style, &mut bytes).map_err(|error| Fault::internal(&error))?;
            bytes
        }
    };
    let (_, kind, ending) = FORMATS
        .iter()
        .find(|(own, ..)| *own == format)
        .ok_or_else(|| Fault::internal(&"a format without a type"))?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    // Only JSON has a place for what an answer is; the others say it beside themselves.
    for (name, text) in [("teiten-rows", count), ("teiten-cut", is_cut)] {
        headers.insert(name, HeaderValue::try_from(text).map_err(|error| Fault::internal(&error))?);
    }
    if !matches!(format, Format::Json | Format::Ndjson) {
        let disposition = format!("attachment; filename=\"teiten-{name}.{ending}\"");
        headers.insert(
            CONTENT_DISPOSITION,
            HeaderValue::try_from(disposition).map_err(|error| Fault::internal(&error))?,
        );
    }
    if let Some(next) = next {
        response.extensions_mut().insert(Next(next));
    }
    Ok(response)
}

/// What a question would ask, as SQL, without asking it.
fn statements(desk: &Desk, ask: impl Fn(&Session) -> Result<Table, Fault>) -> Result<Response, Fault> {
    let settings = &desk.portal.settings;
    let session =
        Session::open_at(&settings.store, desk.session.snapshot().clone(), desk.session.viewer().clone())
            .map_err(Fault::from)?
            .explaining();
    ask(&session)?;
    let text = explain::text(&session.explained());
    Ok(([(CONTENT_TYPE, "application/sql; charset=utf-8")], text).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_that_of_the_address_or_of_the_browser() {
        for (accept, expected) in [
            ("text/csv", Some("csv")),
            ("text/html,application/json;q=0.9", Some("json")),
            ("application/vnd.apache.parquet", Some("parquet")),
            ("application/x-ndjson, */*", Some("ndjson")),
            ("application/x-pcapng", Some("pcapng")),
            ("application/vnd.tcpdump.pcap", Some("pcap")),
            ("text/html,*/*;q=0.8", None),
        ] {
            assert_eq!(accepted(accept), expected, "{accept}");
        }
        let asked = |format: &str| wanted(&Look { format: Some(format.into()), ..Look::default() });
        assert_eq!(asked("sql").expect("statements"), Wanted::Statements);
        assert!(asked("xml").unwrap_err().detail.contains("write one of json, ndjson, csv"));
    }
}
