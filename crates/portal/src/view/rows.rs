//! A table of a page: words, units, numbers, and on every value what can be done with it.

use askama::Template;
use teiten_ask::narrow;
use teiten_ask::output::drawn::{self, Head};
use teiten_ask::output::{Format, Style};
use teiten_model::table::{Table, Value};
use teiten_query::dimension::Dimension;
use teiten_query::label::OTHER;

use crate::desk::Desk;
use crate::links;
use crate::look::Look;
use crate::words::Words;

/// A table.
#[derive(Template)]
#[template(path = "parts/rows.html")]
pub(crate) struct Rows {
    w: &'static Words,
    /// What it is, for whoever cannot see it.
    caption: String,
    heads: Vec<Head>,
    rows: Vec<Vec<Cell>>,
    /// Whether the caption is read only by machines.
    is_titled: bool,
}

/// A cell.
#[derive(Default)]
pub(crate) struct Cell {
    /// The text; empty where there is no value.
    pub(crate) text: String,
    pub(crate) is_right: bool,
    pub(crate) is_head: bool,
    /// Where the value leads.
    pub(crate) href: String,
    /// Markup of ours beside the text.
    pub(crate) extra: String,
    pub(crate) menu: Option<Menu>,
}

/// What can be done with a value.
pub(crate) struct Menu {
    pub(crate) more: String,
    pub(crate) less: String,
    pub(crate) only: String,
    pub(crate) packets: String,
}

/// How cells are written.
pub(crate) fn style(desk: &Desk) -> Style {
    Style {
        format: Format::Table,
        zone: desk.reader.zone.rules().clone(),
        lang: desk.reader.lang(),
        color: false,
        header_comment: false,
        bom: false,
        width: None,
        meta: Vec::new(),
    }
}

impl Rows {
    /// Any answer as a table.
    pub(crate) fn plain(desk: &Desk, caption: String, table: &Table) -> Rows {
        let drawn = drawn::drawn(table, &style(desk));
        let rows = drawn.rows.into_iter().map(|row| {
            let cells = row.into_iter().zip(&drawn.heads).map(|(text, head)| Cell {
                text: text.unwrap_or_default(),
                is_right: head.is_right,
                ..Cell::default()
            });
            cells.collect()
        });
        Rows { w: desk.words(), caption, rows: rows.collect(), heads: drawn.heads, is_titled: false }
    }

    /// The same with its caption for everyone.
    pub(crate) fn titled(self) -> Rows {
        Rows { is_titled: true, ..self }
    }

    /// A ranking: its values lead to their pages and carry a menu. `path` is the page that a narrowed selection
    /// is shown on; columns in `hidden` are left out.
    pub(crate) fn ranking(
        desk: &Desk,
        caption: String,
        table: &Table,
        by: &Dimension,
        hidden: &[&str],
    ) -> Rows {
        let mut table = table.clone();
        for name in hidden {
            if let Some(place) = table.place(name) {
                table.columns.remove(place);
                table.rows.iter_mut().for_each(|row| drop(row.remove(place)));
            }
        }
        let mut rows = Rows::plain(desk, caption, &table);
        let Some(place) = table.place(by.name) else { return rows };
        rows.heads[place].is_right = false;
        for (cells, row) in rows.rows.iter_mut().zip(&table.rows) {
            let cell = &mut cells[place];
            cell.is_head = true;
            let value = &row[place];
            if *value == Value::from(OTHER) {
                cell.text = desk.words().t("other-lines");
            }
            cell.href = entity(&desk.look, by, value);
            cell.menu = narrow::of(by, value).map(|filter| menu(&desk.look, &filter));
        }
        rows
    }

    /// Lets a column lead somewhere: `href` makes the address from the row's place.
    pub(crate) fn linked(mut self, column: &str, href: impl Fn(usize) -> String) -> Rows {
        if let Some(place) = self.heads.iter().position(|head| head.name == column) {
            for (at, row) in self.rows.iter_mut().enumerate() {
                row[place].is_head = true;
                row[place].href = href(at);
            }
        }
        self
    }

    /// Adds a column of our own markup, before the column of that name.
    pub(crate) fn with_markup(
        mut self,
        before: &str,
        word: String,
        markup: impl Fn(usize) -> String,
    ) -> Rows {
        let Some(place) = self.heads.iter().position(|head| head.name == before) else { return self };
        let head = Head { name: String::new(), word, unit: String::new(), is_right: false };
        self.heads.insert(place, head);
        for (at, row) in self.rows.iter_mut().enumerate() {
            row.insert(place, Cell { extra: markup(at), ..Cell::default() });
        }
        self
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// What can be done with the packets of a filter, from what is shown now.
pub(crate) fn menu(look: &Look, filter: &str) -> Menu {
    let own = look.filter();
    let explore = |filter: String| look.with_filter(filter).url("/explore");
    Menu {
        more: explore(narrow::both(own, filter)),
        less: explore(narrow::without(own, filter)),
        only: explore(filter.to_string()),
        packets: look.selection().with_filter(narrow::both(own, filter)).url("/packets"),
    }
}

/// The page about a value; empty where there is none.
pub(crate) fn entity(look: &Look, by: &Dimension, value: &Value) -> String {
    let path = match (by.name, value) {
        (_, Value::Text(text)) if text == OTHER => return String::new(),
        ("port", Value::Text(label)) if label.contains('/') => {
            format!("/port/{}", label.to_ascii_lowercase().replace('/', "-"))
        }
        ("source", Value::Address(address)) => format!("/ip/{address}"),
        ("as", Value::Int(number)) => format!("/as/{number}"),
        ("country", Value::Text(code)) => format!("/country/{}", links::segment(code)),
        ("tag", Value::Text(tag)) => format!("/tag/{}", links::segment(tag)),
        ("dnsname", Value::Text(name)) if !name.is_empty() && !name.contains('/') => {
            format!("/dns/{}", links::segment(name))
        }
        ("sensor", Value::Text(name)) => links::sensor(name),
        _ => return String::new(),
    };
    // An entity is about all its packets; of the selection it keeps the time.
    let mut time = look.selection();
    (time.wanted.filter, time.wanted.scanners, time.vs) = (None, None, None);
    time.url(&path)
}
