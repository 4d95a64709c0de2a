//! The same answer elsewhere: as a link, a command, a call, a statement, a file.
//!
//! One menu, in one order, below every chart and table.

use askama::Template;
use teiten_query::dimension::Dimension;

use crate::api::OPERATIONS;
use crate::desk::Desk;
use crate::links;
use crate::look::{Look, PARAMETERS};
use crate::view::picture;
use crate::words::Words;

/// The operation that gives packets.
const PACKETS: &str = "/api/v1/packets";

/// What is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    Link,
    Command,
    Call,
    Sql,
    Csv,
    CsvBom,
    Ndjson,
    Parquet,
    Svg,
    Png,
    Packets,
    Published,
}

impl Task {
    /// Every task, in the order of the menu.
    #[cfg(test)]
    pub(crate) const ALL: [Task; 12] = [
        Task::Link,
        Task::Command,
        Task::Call,
        Task::Sql,
        Task::Csv,
        Task::CsvBom,
        Task::Ndjson,
        Task::Parquet,
        Task::Svg,
        Task::Png,
        Task::Packets,
        Task::Published,
    ];

    /// The word in keys of texts.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Task::Link => "link",
            Task::Command => "command",
            Task::Call => "call",
            Task::Sql => "sql",
            Task::Csv => "csv",
            Task::CsvBom => "csv-bom",
            Task::Ndjson => "ndjson",
            Task::Parquet => "parquet",
            Task::Svg => "svg",
            Task::Png => "png",
            Task::Packets => "packets",
            Task::Published => "published",
        }
    }
}

/// The menu.
#[derive(Template)]
#[template(path = "parts/take.html")]
pub(crate) struct Take {
    w: &'static Words,
    items: Vec<Item>,
}

struct Item {
    label: String,
    /// Where it is; empty for a text to copy.
    href: String,
    /// What is copied.
    text: String,
}

/// What an answer is called on the command line and in the API.
pub(crate) struct Source<'a> {
    /// The page it stands on.
    pub(crate) page: &'a str,
    /// The command with what only it takes: `top ports --top 10`.
    pub(crate) command: String,
    /// What the command is asked, where that is something else than the page and the call are.
    pub(crate) command_look: Option<Look>,
    /// The path of the API, such as `/api/v1/top`.
    pub(crate) api: &'a str,
    /// What is asked, with everything said that the page takes for granted.
    pub(crate) look: Look,
    /// The drawing of it on the page; empty for none.
    pub(crate) drawing: &'static str,
    /// Whether its packets may be had.
    pub(crate) has_packets: bool,
}

impl Take {
    /// The menu of an answer.
    pub(crate) fn new(desk: &Desk, source: Source<'_>) -> Take {
        let w = desk.words();
        let api = |format: &str| {
            let mut pairs = taken(source.api, &source.look);
            pairs.push(("format", format.to_string()));
            links::with(source.api, &pairs)
        };
        let item = |task: Task, href: String, text: String| Item {
            label: w.t(&format!("take-{}", task.word())),
            href,
            text,
        };
        let link = |task: Task, href: String| item(task, href, String::new());
        let mut bom = taken(source.api, &source.look);
        bom.extend([("format", "csv".to_string()), ("bom", "1".to_string())]);
        let may = |path: &str| {
            let operation = OPERATIONS.iter().find(|operation| operation.path == path);
            operation.is_some_and(|operation| desk.reader.who.role >= operation.least)
        };
        let mut items = vec![link(Task::Link, source.look.url(source.page))];
        // Whoever may not ask is not led to a refusal.
        if may(source.api) {
            items.extend([
                item(Task::Command, String::new(), command(desk, &source)),
                link(Task::Call, api("json")),
                link(Task::Sql, api("sql")),
                link(Task::Csv, api("csv")),
                link(Task::CsvBom, links::with(source.api, &bom)),
                link(Task::Ndjson, api("ndjson")),
                link(Task::Parquet, api("parquet")),
            ]);
        }
        if !source.drawing.is_empty() {
            for (task, format) in [(Task::Svg, "svg"), (Task::Png, "png")] {
                items.push(link(task, picture::address(desk, source.drawing, format)));
            }
        }
        if source.has_packets && may(PACKETS) {
            let mut pairs = taken(PACKETS, &source.look.selection());
            pairs.push(("format", "pcapng".to_string()));
            items.push(link(Task::Packets, links::with(PACKETS, &pairs)));
            pairs.push(("publish", "1".to_string()));
            items.push(link(Task::Published, links::with(PACKETS, &pairs)));
        }
        Take { w, items }
    }
}

/// The menu of a table that stands for itself.
pub(crate) fn of_table(desk: &Desk, page: &str, command: String, api: &str, look: Look) -> Take {
    Take::new(desk, Source { page, command, command_look: None, api, look, drawing: "", has_packets: false })
}

/// The menu of a ranking that stands beside others on a page.
pub(crate) fn of_ranking(desk: &Desk, look: &Look, by: &Dimension, lines: usize) -> Take {
    let look = Look { by: Some(by.name.to_string()), top: Some(lines), ..look.clone() };
    let command = format!("top {} --top {lines}", by.plural);
    Take::new(
        desk,
        Source {
            page: "/explore",
            command,
            command_look: None,
            api: "/api/v1/top",
            look,
            drawing: "",
            has_packets: true,
        },
    )
}

/// The parameters that an operation takes; how a page draws is none of them.
fn taken(api: &str, look: &Look) -> Vec<(&'static str, String)> {
    let operation = OPERATIONS.iter().find(|operation| operation.path == api);
    let takes = |short: &str| {
        let long = PARAMETERS.iter().find(|(_, own, _)| *own == short).map_or("", |(long, ..)| *long);
        operation.is_some_and(|operation| operation.parameters.contains(&long))
    };
    look.pairs().into_iter().filter(|(name, _)| takes(name)).collect()
}

/// The command that gives the same.
fn command(desk: &Desk, source: &Source<'_>) -> String {
    let look = source.command_look.as_ref().unwrap_or(&source.look);
    let mut command = format!("teiten {}", source.command);
    let mut add = |option: &str, value: Option<&str>| {
        if let Some(value) = value {
            command.push_str(&format!(" {option} {}", links::quoted(value)));
        }
    };
    add("-Y", look.wanted.filter.as_deref());
    add("--scanners", look.wanted.scanners.as_deref());
    add("--period", look.wanted.period.as_deref());
    add("--from", look.wanted.from.as_deref());
    add("--to", look.wanted.to.as_deref());
    look.wanted.sensors.iter().for_each(|sensor| add("--sensor", Some(sensor)));
    look.wanted.groups.iter().for_each(|group| add("--group", Some(group)));
    if source.api == "/api/v1/top" {
        add("--vs", look.vs.as_deref());
    }
    add("--tz", Some(&desk.reader.zone.to_string()));
    let viewer = &desk.portal.settings.viewer_word;
    add("--as", Some(viewer.as_str()).filter(|word| *word != "all"));
    command
}
