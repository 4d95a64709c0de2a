//! Evidence: the packets of a selection as Wireshark shows them, one opened as tree and bytes.

use std::fmt::Write;

use askama::Template;
use teiten_ask::frames;
use teiten_ask::narrow;
use teiten_ask::output::drawn::{self as texts, Head};
use teiten_ask::output::tame;
use teiten_evidence::bytes::{self, Absence};
use teiten_evidence::list::{self, Listing};
use teiten_evidence::tree::{self, Node};
use teiten_model::columns::PacketColumns;
use teiten_model::interval::Timestamp;
use teiten_model::table::{Table, Value};
use teiten_query::dimension;
use teiten_query::questions::packets::{self, Hour};
use teiten_report::words::number;
use teiten_selection::period::Period;

use crate::desk::Desk;
use crate::fault::Fault;
use crate::look::Look;
use crate::pages::drawn;
use crate::view::chart::{Axes, Drawing, Measure};
use crate::view::form::Form;
use crate::view::frame::Frame;
use crate::view::grid::{Grid, Line, usual_step};
use crate::view::rows::style;
use crate::view::saved;
use crate::view::take::{Source, Take};
use crate::view::trust::Trust;

/// Days that are shown when nobody says how many.
const DAYS: i64 = 7;
/// Packets of a page.
const LISTED: usize = 100;
/// Most packets of a page.
const LISTED_MAX: usize = 500;

#[derive(Template)]
#[template(path = "packets.html")]
struct Page {
    frame: Frame,
    form: String,
    payloads: String,
    saved: String,
    total: String,
    chart: String,
    trust: String,
    heads: Vec<Head>,
    lines: Vec<Listed>,
    shown: String,
    earlier: String,
    later: String,
    open: Option<Open>,
    take: String,
}

struct Listed {
    cells: Vec<String>,
    href: String,
    is_open: bool,
    /// The colour of the protocol; it is written in a column too.
    colour: &'static str,
}

struct Open {
    tree: String,
    bytes: String,
    like: Vec<(String, String)>,
}

/// The page.
pub(crate) fn page(desk: &Desk) -> Result<String, Fault> {
    let w = desk.words();
    let period = desk.period(DAYS)?;
    let (selection, doubts) = desk.selection(&period)?;
    let hours = hours(desk, &selection)?;
    let (rows_all, packets_all) =
        hours.iter().fold((0, 0), |(rows, packets), hour| (rows + hour.rows, packets + hour.packets));
    let count = desk.look.top.unwrap_or(LISTED).min(LISTED_MAX);
    let skip = desk.look.skip;
    let columns = packets::page(&desk.session, &selection, &hours, skip, count)?;
    let look = desk.look.with_period(period.short_text());
    let look = Look { skip, row: desk.look.row, ..look };
    let at = Timestamp(columns.ts.first().copied().unwrap_or(0));
    let offset = Some(desk.reader.zone.offset_secs(at)).filter(|secs| *secs != 0);
    let mut listing = Table::default();
    if columns.rows() > 0 {
        let list = Listing { zone_offset_secs: offset, with_notes: true };
        listing = list.table();
        list.push(&columns, &mut listing);
    }
    let told = texts::drawn(&listing, &style(desk));
    let opened = desk.look.row.and_then(|row| row.checked_sub(skip + 1)).filter(|row| *row < columns.rows());
    let lines = told.rows.into_iter().enumerate().map(|(row, cells)| {
        let mut cells: Vec<String> = cells.into_iter().map(Option::unwrap_or_default).collect();
        // The number in the list is where a packet stands in the selection.
        cells[0] = (skip + row + 1).to_string();
        let colour = colour(cells.get(4).map_or("", String::as_str));
        let href = format!("{}#opened", Look { row: Some(skip + row + 1), ..look.clone() }.url("/packets"));
        Listed { cells, href, is_open: opened == Some(row), colour }
    });
    let page = |skip: usize| Look { skip, row: None, ..look.clone() }.url("/packets");
    let end = skip + columns.rows();
    let is_more = end < usize::try_from(rows_all).unwrap_or(0) && columns.rows() > 0;
    let alive = desk.alive(&selection)?;
    let mut notes = doubts;
    let open = opened.map(|row| open(desk, &look, &columns, row, offset, &mut notes)).transpose()?;
    let source = Source {
        page: "/packets",
        command: format!("packets -c {count}"),
        command_look: None,
        api: "/api/v1/packets",
        look: Look { row: None, ..look.clone() },
        drawing: "hours",
        has_packets: true,
    };
    let range = [number::count(skip as i64 + 1), number::count(end as i64), number::count(rows_all)];
    drawn(&Page {
        saved: saved::menu(desk, "/packets")?,
        form: drawn(&Form::new(desk, "/packets", &period, None))?,
        payloads: look.selection().url("/payloads"),
        total: w.say("total-packets", &[("packets", &number::count(packets_all))]),
        chart: drawn(&histogram(desk, &period, &hours)?.in_menu())?,
        trust: drawn(&Trust::new(desk, &alive, &[], &notes)?)?,
        heads: told.heads,
        lines: lines.collect(),
        shown: if columns.rows() == 0 {
            String::new()
        } else {
            w.say("packets-shown", &[("first", &range[0]), ("last", &range[1]), ("all", &range[2])])
        },
        earlier: if skip > 0 { page(skip.saturating_sub(count)) } else { String::new() },
        later: if is_more { page(end) } else { String::new() },
        open,
        take: drawn(&Take::new(desk, source))?,
        frame: Frame::new(desk, "packets", w.t("nav-packets"))?,
    })
}

/// The hours of the selection, asked once a snapshot.
pub(crate) fn hours(desk: &Desk, selection: &teiten_model::selection::Selection) -> Result<Vec<Hour>, Fault> {
    let table = desk.once(&format!("hours {selection:?}"), |session| {
        let mut table = Table::new(&[("at", ""), ("rows", "rows"), ("packets", "packets")]);
        for hour in packets::hours(session, selection)? {
            table.push(vec![Value::Time(hour.at), hour.rows.into(), hour.packets.into()]);
        }
        Ok(table)
    })?;
    Ok(table
        .rows
        .iter()
        .filter_map(|row| match row.as_slice() {
            [Value::Time(at), Value::Int(rows), Value::Int(packets)] => {
                Some(Hour { at: *at, rows: *rows, packets: *packets })
            }
            _ => None,
        })
        .collect())
}

/// Packets over time, above the list.
fn histogram(desk: &Desk, period: &Period, hours: &[Hour]) -> Result<Drawing, Fault> {
    let w = desk.words();
    let step = usual_step(&period.interval());
    let grid = Grid::new(&period.interval(), step, &desk.reader.zone)?;
    let mut values = vec![None; grid.count];
    for hour in hours {
        if let Some(slot) = grid.place(hour.at) {
            values[slot] = Some(values[slot].unwrap_or(0.0) + hour.packets as f64);
        }
    }
    // A slot in which the filter matched nothing is a zero where sensors watched; who watched is in the strip.
    let whole = Line { value: Value::Null, values: values.iter().map(|value| value.or(Some(0.0))).collect() };
    let caption = w.say("packets-caption", &[("period", &period.short_text())]);
    let axes =
        Axes { id: "hours", caption, grid: &grid, by: None, measure: Measure::Packets, marks: Vec::new() };
    Ok(Drawing::stacked(desk, axes, std::slice::from_ref(&whole), &whole))
}

/// One packet: its layers, its bytes, and what is like it.
fn open(
    desk: &Desk,
    look: &Look,
    columns: &PacketColumns,
    row: usize,
    offset: Option<i32>,
    notes: &mut Vec<String>,
) -> Result<Open, Fault> {
    let paths = frames::stored_paths(&desk.session)?;
    let frame = frames::frame(columns, row, &paths, notes);
    let mut html = String::from("<ul>");
    for node in tree::tree(columns, row, frame.as_deref(), offset) {
        draw_node(&node, &mut html);
    }
    html.push_str("</ul>");
    let mut dump = String::new();
    bytes::draw(frame.as_deref().ok_or(Absence::InputGone), &mut dump);
    Ok(Open { tree: html, bytes: dump, like: like(look, columns, row) })
}

fn draw_node(node: &Node, html: &mut String) {
    let text = escape(&node.text);
    if node.children.is_empty() {
        let _ = write!(html, "<li>{text}</li>");
        return;
    }
    let _ = write!(html, "<li><details open><summary>{text}</summary><ul>");
    for child in &node.children {
        draw_node(child, html);
    }
    html.push_str("</ul></details></li>");
}

/// Text of strangers as text of a page, with what steers instead of shows as escapes.
fn escape(text: &str) -> String {
    teiten_report::text::escape(&tame(text))
}

/// Selections of packets that share something with this one.
fn like(look: &Look, columns: &PacketColumns, row: usize) -> Vec<(String, String)> {
    let word = |column: &teiten_model::values::WordColumn| column.get(row).map_or(Value::Null, Value::from);
    let number = |number: i64| if number < 0 { Value::Null } else { Value::Int(number) };
    let proto = i64::from(columns.ip_proto[row]);
    let port = teiten_model::protocols::port_label(Some(proto), Some(i64::from(columns.dst_port[row])));
    let source = list::source(columns, row).map_or(Value::Null, Value::Address);
    let mut values = vec![
        ("source", source),
        ("as", number(columns.src_asn[row])),
        ("country", word(&columns.src_country)),
        ("port", Value::Text(port)),
        ("class", word(&columns.class)),
        ("window", number(columns.tcp_window[row].into())),
    ];
    let tags = columns.tags.get(row).unwrap_or_default();
    values.extend(tags.split_ascii_whitespace().map(|tag| ("tag", Value::from(tag))));
    values
        .into_iter()
        .filter_map(|(name, value)| {
            let filter = narrow::of(dimension::find(name)?, &value)?;
            let mut wide = look.selection();
            wide.wanted.filter = Some(filter.clone());
            Some((filter, wide.url("/explore")))
        })
        .collect()
}

/// The colour of a protocol's line, after Wireshark's own.
fn colour(protocol: &str) -> &'static str {
    match protocol {
        "TCP" => "tcp",
        "UDP" => "udp",
        "DNS" => "dns",
        "ICMP" | "ICMPv6" => "icmp",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_strangers_are_only_text() {
        assert_eq!(
            escape("<script>alert('x')</script>\x1b[2J & \"y\""),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;\\x1b[2J &amp; &quot;y&quot;"
        );
    }
}
