//! The document as Markdown, with the figures as links to the folder's drawings.
//!
//! **Invariant:** text from the document is escaped: it can start no heading, link, table cell or HTML.

use crate::document::{Block, Document, Form, PacketList, Span, TableBlock, is_linkable};
use crate::exits;
use crate::words::names::explained;
use crate::words::{Words, date};

/// The document; paths of figures are relative to the language's folder. `has_csv` says whether the folder has
/// its tables as CSV, which are then named where a table is cut.
pub fn write(document: &Document, has_csv: bool) -> String {
    let words = Words::new(document.language);
    let joint = words.text("label-joint");
    let mut out = format!("# {}\n\n", escape(&document.title));
    let frame = &document.frame;
    if let Some(warning) = &frame.warning {
        out.push_str(&format!("> **{}** {}\n\n", words.text("synthetic-word"), escape(warning)));
    }
    let mut lines = Vec::new();
    if !frame.institution.is_empty() {
        lines.push(escape(&frame.institution));
    }
    lines.extend(frame.tlp.map(|label| format!("TLP:{}", label.name())));
    for (key, day) in [("first-published", frame.first_published), ("last-updated", frame.last_updated)] {
        lines.extend(
            day.map(|day| format!("{}{joint}{}", words.text(key), date::long(day, document.language))),
        );
    }
    if !frame.contact.is_empty() {
        lines.push(format!("{}{joint}{}", words.text("contact"), escape(&frame.contact)));
    }
    if !lines.is_empty() {
        out.push_str(&format!("{}\n", lines.join("  \n")));
    }
    if let Some(correction) = &frame.correction {
        let texts = [&correction.said, &correction.note].into_iter().filter(|text| !text.is_empty());
        let told: Vec<String> = texts.map(|text| escape(text)).collect();
        out.push_str(&format!("\n> **{}** {}\n", words.text("corrected"), told.join("  \n> ")));
    }
    for (at, section) in document.sections.iter().enumerate() {
        out.push_str(&format!("\n## {} {}\n", at + 1, escape(&section.heading)));
        for block in &section.blocks {
            out.push('\n');
            write_block(&mut out, block, has_csv, &words, &joint);
        }
    }
    for notice in &frame.notices {
        out.push_str(&format!("\n{}\n", escape(notice)));
    }
    out
}

fn write_block(out: &mut String, block: &Block, has_csv: bool, words: &Words, joint: &str) {
    match block {
        Block::Heading { text, .. } => out.push_str(&format!("### {}\n", escape(text))),
        Block::Paragraph(spans) => out.push_str(&format!("{}\n", run(spans))),
        Block::Notice(spans) => out.push_str(&format!("> {}\n", run(spans))),
        Block::List { is_ordered, items } => {
            for (at, item) in items.iter().enumerate() {
                let mark = if *is_ordered { format!("{}.", at + 1) } else { "-".to_string() };
                out.push_str(&format!("{mark} {}\n", run(item)));
            }
        }
        Block::Table(table) => {
            out.push_str(&format!("**{}**\n\n", titled(&table.label, &table.caption, joint)));
            write_table(out, table, has_csv, words);
        }
        Block::Figure(figure) => {
            let file = format!("../{}", exits::svg(&figure.id, words.language));
            out.push_str(&format!("![{}]({file})\n\n", escape(&figure.alt)));
            out.push_str(&format!("**{}**\n", titled(&figure.label, &figure.caption, joint)));
            write_notes(out, &figure.notes);
        }
        Block::PacketList(list) => write_packets(out, list, words, joint),
        Block::References(list) => {
            for reference in list {
                let author = if reference.author.is_empty() {
                    String::new()
                } else {
                    format!("{}, ", escape(&reference.author))
                };
                out.push_str(&format!("{}. {author}{}", reference.number, escape(&reference.title)));
                if is_linkable(&reference.url) {
                    out.push_str(&format!("  \n   <{}>", link_target(&reference.url)));
                }
                out.push('\n');
            }
        }
    }
}

fn titled(label: &str, caption: &str, joint: &str) -> String {
    if label.is_empty() { escape(caption) } else { format!("{label}{joint}{}", escape(caption)) }
}

fn write_table(out: &mut String, table: &TableBlock, has_csv: bool, words: &Words) {
    let columns: Vec<_> = table.columns.iter().enumerate().filter(|(_, column)| column.is_shown()).collect();
    let heads = columns.iter().map(|(_, column)| match column.unit.as_str() {
        "" => escape(&column.heading),
        unit => explained(&escape(&column.heading), &escape(unit), words.language),
    });
    out.push_str(&format!("| {} |\n", heads.collect::<Vec<_>>().join(" | ")));
    let rules = columns.iter().map(|(_, column)| if column.form == Form::Text { "---" } else { "---:" });
    out.push_str(&format!("| {} |\n", rules.collect::<Vec<_>>().join(" | ")));
    for row in table.shown_rows() {
        let cells = columns.iter().map(|(at, _)| escape(&row[*at].text));
        out.push_str(&format!("| {} |\n", cells.collect::<Vec<_>>().join(" | ")));
    }
    if let Some(cut) = table.cut_note(words, has_csv) {
        out.push_str(&format!("\n{}", escape(&cut)));
        if has_csv {
            let file = exits::csv(&table.id, words.language);
            let name = file.rsplit('/').next().unwrap_or(&file);
            out.push_str(&format!("{}[{}](<../{file}>)", run(&[words.sentence_gap()]), escape(name)));
        }
        out.push('\n');
    }
    let notes: Vec<String> = table.footnotes.iter().map(|note| run(note)).collect();
    for note in notes {
        out.push_str(&format!("\n{note}\n"));
    }
}

fn write_packets(out: &mut String, list: &PacketList, words: &Words, joint: &str) {
    let keys = ["number", "time", "source", "destination", "protocol", "length", "info"];
    let heads: Vec<String> = keys.iter().map(|key| escape(&words.text(&format!("packet-{key}")))).collect();
    out.push_str(&format!("| {} |\n| ---: | --- | --- | --- | --- | ---: | --- |\n", heads.join(" | ")));
    for packet in &list.packets {
        let cells = [
            packet.number.to_string(),
            escape(&packet.time),
            escape(&packet.source),
            escape(&packet.destination),
            escape(&packet.protocol),
            packet.length.to_string(),
            escape(&packet.info),
        ];
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    out.push_str(&format!("\n**{}**\n", titled(&list.label, &list.caption, joint)));
    write_notes(out, &list.notes);
}

fn write_notes(out: &mut String, notes: &[String]) {
    for note in notes {
        out.push_str(&format!("\n{}\n", escape(note)));
    }
}

fn run(spans: &[Span]) -> String {
    spans
        .iter()
        .map(|span| match span {
            Span::Code(text) => code(text),
            Span::Link { text, url } if is_linkable(url) => {
                format!("[{}](<{}>)", escape(text), link_target(url))
            }
            other => escape(other.shown()),
        })
        .collect()
}

/// A code span whose fence is longer than any in the text.
fn code(text: &str) -> String {
    let mut fence = String::from("`");
    while text.contains(&fence) {
        fence.push('`');
    }
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

fn link_target(url: &str) -> String {
    url.replace('<', "%3C").replace('>', "%3E").replace(' ', "%20")
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, letter) in text.chars().enumerate() {
        let is_mark = matches!(
            letter,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '!' | '&' | '$'
        );
        if is_mark || (at == 0 && matches!(letter, '+' | '-' | '=')) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        assert_eq!(escape("<b>|[x](y)"), "\\<b\\>\\|\\[x\\](y)");
        assert_eq!(escape("- x"), "\\- x");
        assert_eq!(code("a`b"), "``a`b``");
        let link = Span::Link { text: "x".into(), url: "javascript:alert(1)".into() };
        assert_eq!(run(&[link]), "x");
    }
}
