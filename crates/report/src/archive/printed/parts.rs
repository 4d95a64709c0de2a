//! The parts of a report as JSON: tables wherever they stand, sentences, where it came from.
//!
//! **Invariant:** a table is known by its shape, so a new kind of block that holds one is not passed over.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{Datum, Entry, Head, Sheet};

/// Options of the command that say when and how it was written, or what the report itself shows.
const OPTIONS_OF_WRITING: [&str; 7] =
    ["--issued", "--first-published", "--site", "--lang", "--write", "--period", "--sections"];

/// Letters of a SHA-256 in hexadecimal.
const HASH_LETTERS: usize = 64;

/// What the paragraphs on the making of the report name.
#[derive(Default)]
pub(super) struct Origin {
    /// Name and version of the software.
    pub(super) software: String,
    /// The command that makes the report again.
    pub(super) command: String,
    /// Hash over all inputs.
    pub(super) inputs_digest: String,
}

impl Origin {
    /// Takes them from a block that has them.
    pub(super) fn read(&mut self, block: &Json) {
        let spans = || block["spans"].as_array().into_iter().flatten();
        let codes = spans().filter(|span| span["span"] == "code").filter_map(|span| span["text"].as_str());
        let is_hash =
            |text: &&str| text.len() == HASH_LETTERS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if let Some(hash) = codes.into_iter().find(is_hash) {
            self.inputs_digest = hash.to_string();
        }
        let Some(command) = spans().find_map(command) else { return };
        self.command = command.to_string();
        let texts = spans().filter(|span| span["span"] == "text").filter_map(|span| span["text"].as_str());
        let software = texts.map(str::trim).find(|text| text.starts_with("teiten "));
        self.software = software.unwrap_or_default().to_string();
    }
}

/// The command that makes the report again, when this span holds it.
fn command(span: &Json) -> Option<&str> {
    let text = span["text"].as_str().filter(|_| span["span"] == "code")?;
    text.starts_with("teiten report ").then_some(text)
}

/// Options of the command with their values, without those that concern the writing alone.
pub(super) fn options(command: &str) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut name = None;
    for word in command.split_whitespace() {
        if word.starts_with("--") {
            found.insert(word.to_string(), String::new());
            name = Some(word);
        } else if let Some(value) = name.and_then(|name| found.get_mut(name)) {
            *value = if value.is_empty() { word.to_string() } else { format!("{value} {word}") };
        }
    }
    found.retain(|name, _| !OPTIONS_OF_WRITING.contains(&name.as_str()));
    found
}

/// A plain value as text; `None` for what has parts of its own.
pub(super) fn plain(value: &Json) -> Option<String> {
    match value {
        Json::Bool(truth) => Some(truth.to_string()),
        Json::Number(number) => Some(number.to_string()),
        Json::String(text) => Some(text.clone()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// Tables, packet lists and figures, wherever they stand.
pub(super) fn gather(json: &Json, tables: &mut Vec<Sheet>, figures: &mut Vec<String>) {
    match json {
        Json::Array(items) => items.iter().for_each(|item| gather(item, tables, figures)),
        Json::Object(fields) => {
            if fields.contains_key("columns")
                && let Ok(sheet) = serde_json::from_value::<Sheet>(json.clone())
            {
                tables.push(sheet);
                return;
            }
            tables.extend(packet_list(json));
            if json["block"] == "figure" {
                figures.extend(json["id"].as_str().map(ToString::to_string));
            }
            fields.values().for_each(|field| gather(field, tables, figures));
        }
        _ => {}
    }
}

/// A packet list as a table of one column: packets enter it or leave it.
fn packet_list(json: &Json) -> Option<Sheet> {
    let packets = json["packets"].as_array()?;
    let text = |json: &Json, name: &str| json[name].as_str().unwrap_or_default().to_string();
    let rows = packets.iter().map(|packet| {
        let part = |name| text(packet, name);
        let said = format!("{} {} → {} {}", part("time"), part("source"), part("destination"), part("info"));
        vec![Entry { value: Datum::Text(said.clone()), text: said }]
    });
    Some(Sheet {
        id: format!("packets-{}", json["id"].as_str()?),
        label: text(json, "label"),
        caption: text(json, "caption"),
        columns: vec![Head { name: "packet".to_string(), heading: String::new(), unit: String::new() }],
        rows: rows.collect(),
    })
}

/// The sentences of a block; the one that names software and command is told as a reason.
pub(super) fn sentences_of(block: &Json) -> Vec<String> {
    let is_command = |span: &Json| command(span).is_some();
    let is_origin = block["spans"].as_array().into_iter().flatten().any(is_command);
    if is_origin { Vec::new() } else { texts_of(block, shown) }
}

/// The texts of a block as they were printed.
pub(super) fn prose_of(block: &Json) -> Vec<String> {
    texts_of(block, |span| span["text"].as_str().unwrap_or_default())
}

fn texts_of(block: &Json, of: impl Fn(&Json) -> &str + Copy) -> Vec<String> {
    let run = |spans: &Json| spans.as_array().map(|spans| spans.iter().map(of).collect::<String>());
    match block["block"].as_str() {
        Some("paragraph" | "notice") => run(&block["spans"]).into_iter().collect(),
        Some("heading") => block["text"].as_str().map(ToString::to_string).into_iter().collect(),
        Some("list") => block["items"].as_array().into_iter().flatten().filter_map(run).collect(),
        _ => Vec::new(),
    }
}

/// A span without what a table or the list of inputs already says, and without the numbers of tables and
/// references: they move when another one is added.
fn shown(span: &Json) -> &str {
    match span["span"].as_str() {
        Some("number" | "code") => "#",
        Some("to" | "cite") => span["target"].as_str().unwrap_or_default(),
        _ => span["text"].as_str().unwrap_or_default(),
    }
}

/// Takes the dates of issue out of a report.
pub(super) fn without_dates(json: &mut Json) {
    match json {
        Json::Object(fields) => {
            fields.remove("first_published");
            fields.remove("last_updated");
            fields.remove("is_corrected");
            fields.values_mut().for_each(without_dates);
        }
        Json::Array(items) => items.iter_mut().for_each(without_dates),
        Json::String(text) if text.starts_with("teiten report ") => {
            let words: Vec<&str> = text.split_whitespace().collect();
            let is_date = |at: usize| {
                let is_option = |at: usize| {
                    words.get(at).is_some_and(|word| matches!(*word, "--issued" | "--first-published"))
                };
                is_option(at) || (at > 0 && is_option(at - 1))
            };
            let kept = words.iter().enumerate().filter(|(at, _)| !is_date(*at)).map(|(_, word)| *word);
            *text = kept.collect::<Vec<_>>().join(" ");
        }
        _ => {}
    }
}
