//! A tool that always sends from one source port: its growth, what it looks for, from where, and the proof.
//!
//! **Invariant:** every number of the prose is a cell of a table here.

use teiten_model::table::Value;

use super::{evidence, reference};
use crate::chart::{Bar, BarChart, Chart, LineChart, LineSeries, Step, Unit};
use crate::document::{Block, Cell, Column, Figure, Form, Reference, Span, TableBlock};
use crate::facts::Facts;
use crate::facts::phenomena::{FixedSourcePort, PartRow, ROWS_MAX};
use crate::words::names::{country_in_prose, explained};
use crate::words::{Language, Words, date, number};

/// Lines of the ranking and bars of the chart.
const SHOWN: usize = 10;
/// Regions that readers are shown.
const REGIONS_SHOWN: usize = 5;

/// Rows of the table of proof.
#[derive(Clone, Copy)]
enum Proof {
    Packets,
    Share,
    Neighbours,
    Sources,
    Window,
    OneWindow,
    Repeated,
    Pairs,
    Steady,
    Pause,
    Bare,
    Onset,
}

struct Ids {
    heading: String,
    year: String,
    chart: String,
    ports: String,
    regions: String,
    proof: String,
    packets: String,
}

impl Ids {
    fn of(tool: &FixedSourcePort) -> Ids {
        let number: String = tool.port.chars().take_while(char::is_ascii_digit).collect();
        let id = |part: &str| format!("source-port-{number}{part}");
        Ids {
            heading: id(""),
            year: id("-by-day"),
            chart: id("-share"),
            ports: id("-ports"),
            regions: id("-regions"),
            proof: id("-proof"),
            packets: id("-packets"),
        }
    }
}

/// The blocks.
pub(super) fn blocks(tool: &FixedSourcePort, facts: &Facts, words: &Words) -> Vec<Block> {
    let ids = Ids::of(tool);
    let proof = |row: Proof| vec![Span::number(&ids.proof, row as usize, "value")];
    let to = |target: &str| vec![Span::to(target)];
    let port = || ("port", vec![Span::text(tool.port.as_str())]);
    let paragraph = |key: &str, runs: &[(&str, Vec<Span>)]| Block::Paragraph(words.spans(key, &[], runs));
    let heading = words.say("source-port-heading", &[], &[("port", &tool.port)]);
    let key = if tool.place == 1 { "source-port-seen-most" } else { "source-port-seen" };
    let runs = [
        port(),
        ("packets", proof(Proof::Packets)),
        ("share", proof(Proof::Share)),
        ("neighbours", proof(Proof::Neighbours)),
    ];
    let mut seen = words.spans(key, &[], &runs);
    seen.push(words.sentence_gap());
    // Without growth the table has no row for its beginning, and the sentence no number from there.
    let key = if tool.onset.is_some() { "source-port-grew" } else { "source-port-level" };
    seen.extend(words.spans(key, &[], &[("onset", proof(Proof::Onset)), ("figure", to(&ids.year))]));
    let mut blocks = vec![
        Block::Heading { id: ids.heading.clone(), text: heading },
        Block::Paragraph(seen),
        Block::Figure(Box::new(year(tool, &ids, facts, words))),
    ];
    if !tool.ports.is_empty() {
        let runs = [port(), ("figure", to(&ids.chart)), ("table", to(&ids.ports))];
        let mut spans = words.spans("source-port-ports", &[], &runs);
        let services = services(tool, words);
        if !services.is_empty() {
            spans.push(words.sentence_gap());
            spans.extend(words.spans("source-port-services", &[], &[("services", words.list(services))]));
        }
        blocks.push(Block::Paragraph(spans));
        blocks.push(Block::Figure(Box::new(shares(tool, &ids, facts, words))));
        blocks.push(Block::Table(ports(tool, &ids, words)));
    }
    if let Some(first) = tool.regions.first() {
        let runs = [
            ("region", vec![Span::text(country_in_prose(&first.name, words.language))]),
            ("share", vec![Span::number(&ids.regions, 0, "share")]),
            ("sources", proof(Proof::Sources)),
        ];
        blocks.push(paragraph("source-port-regions", &runs));
        blocks.push(Block::Table(regions(tool, &ids, words)));
    }
    blocks.push(Block::Paragraph(reasons(tool, &ids, words)));
    blocks.push(Block::Table(proof_table(tool, &ids, words)));
    if !tool.evidence.is_empty() {
        let caption = words.say("source-port-packets-caption", &[], &[("port", &tool.port)]);
        let chosen = words.text("source-port-chosen");
        blocks.push(Block::PacketList(evidence::list(
            &ids.packets,
            caption,
            chosen,
            &tool.evidence,
            facts,
            words,
        )));
    }
    blocks
}

/// Kinds of services and the ports by which they are known.
const SERVICES: [(&str, &[&str]); 3] = [
    ("service-remote", &["22/TCP", "23/TCP", "2222/TCP", "3389/TCP", "4899/TCP", "5900/TCP"]),
    ("service-database", &["1433/TCP", "1521/TCP", "3306/TCP", "5432/TCP"]),
    ("service-proxy", &["1080/TCP", "3128/TCP", "8080/TCP", "8118/TCP"]),
];

/// The kinds of services among the ports that a reader is shown.
fn services(tool: &FixedSourcePort, words: &Words) -> Vec<Vec<Span>> {
    let shown = || tool.ports.iter().take(SHOWN);
    SERVICES
        .iter()
        .filter(|(_, ports)| shown().any(|row| ports.contains(&row.key.as_str())))
        .map(|(key, _)| vec![Span::text(words.text(key))])
        .collect()
}

/// Why one tool is thought to be behind it.
fn reasons(tool: &FixedSourcePort, ids: &Ids, words: &Words) -> Vec<Span> {
    let proof = |row: Proof| vec![Span::number(&ids.proof, row as usize, "value")];
    let mut spans = words.spans(
        "source-port-window",
        &[],
        &[
            ("part", proof(Proof::OneWindow)),
            ("repeated", proof(Proof::Repeated)),
            ("window", proof(Proof::Window)),
        ],
    );
    let mut add = |key: &str, runs: &[(&str, Vec<Span>)]| {
        spans.push(words.sentence_gap());
        spans.extend(words.spans(key, &[], runs));
    };
    if tool.pairs > 0 && tool.steady > 0.5 {
        add(
            "source-port-rhythm",
            &[
                ("pause", proof(Proof::Pause)),
                ("pairs", proof(Proof::Pairs)),
                ("steady", proof(Proof::Steady)),
            ],
        );
    }
    let cites = vec![Span::cite("npa-year"), Span::cite("npa-month")];
    add("source-port-tool", &[("references", cites)]);
    if !tool.evidence.is_empty() {
        add("source-port-shown", &[("figure", vec![Span::to(&ids.packets)])]);
    }
    spans
}

/// What is cited here.
pub(super) fn references(language: Language) -> Vec<Reference> {
    let choose = |ja: &'static str, en: &'static str| if language == Language::Ja { ja } else { en };
    let author = choose("警察庁 @police", "National Police Agency of Japan, @police");
    vec![
        reference(
            "npa-year",
            author,
            choose(
                "情報技術解析平成25年報 別冊資料 インターネット観測結果等について",
                "Annual report on information technology analysis, Heisei 25, annex on Internet observation (in Japanese)",
            ),
            "http://www.npa.go.jp/cyberpolice/detect/pdf/H25_betsu.pdf",
        ),
        reference(
            "npa-month",
            author,
            choose(
                "インターネット観測結果等（平成25年11月期）",
                "Internet observation results, Heisei 25, November (in Japanese)",
            ),
            "http://www.npa.go.jp/cyberpolice/detect/pdf/20140206_2.pdf",
        ),
    ]
}

fn year(tool: &FixedSourcePort, ids: &Ids, facts: &Facts, words: &Words) -> Figure {
    let last = facts.period.last;
    let series = tool.series();
    let line = LineSeries { key: series.key, label: tool.port.clone(), values: series.values };
    let chart = LineChart::new(tool.first, Step::Day, Unit::rate(words), vec![line], words);
    let (from, to) = (date::month_long(tool.first, words.language), date::month_long(last, words.language));
    let texts = [("first", from.as_str()), ("last", to.as_str()), ("port", tool.port.as_str())];
    let caption = words.say("source-port-year-figure", &[], &texts);
    Figure::new(&ids.year, caption, Chart::Line(chart), &tool.origin, words)
}

fn label(row: &PartRow, words: &Words) -> String {
    explained(&row.key, row.name.of(words.language), words.language)
}

fn parts_table(id: &str, caption: &str, heading: &'static str, words: &Words) -> TableBlock {
    TableBlock::new(
        id,
        caption.to_string(),
        vec![
            Column::new("rank", words.text("column-place"), String::new(), Form::Text),
            Column::new("key", words.text(heading), String::new(), Form::Text),
            Column::new("packets", words.text("column-packets"), words.text("unit-packets"), Form::Count),
            Column::new("share", words.text("column-share"), String::new(), Form::Share),
        ],
    )
}

fn push(table: &mut TableBlock, place: usize, row: &PartRow, label: String) {
    table.push_cells(vec![
        Cell::new(Value::Int(place as i64 + 1), Form::Text),
        Cell::worded(Value::Text(row.key.clone()), label),
        Cell::new(Value::Int(row.packets), Form::Count),
        Cell::new(Value::Float(row.share), Form::Share),
    ]);
}

fn shares(tool: &FixedSourcePort, ids: &Ids, facts: &Facts, words: &Words) -> Figure {
    let mut bars: Vec<Bar> =
        tool.ports.iter().take(SHOWN).map(|row| Bar { label: label(row, words), share: row.share }).collect();
    let others: f64 = tool.ports.iter().skip(SHOWN).map(|row| row.share).sum();
    if others > 0.0 {
        bars.push(Bar { label: words.text("others"), share: others });
    }
    let unit = words.say("source-port-unit", &[], &[("port", &tool.port)]);
    let chart = BarChart { unit, bars };
    let period = facts.period.label.of(words.language);
    let texts = [("period", period), ("port", tool.port.as_str())];
    let caption = words.say("source-port-share-figure", &[], &texts);
    let mut data = parts_table(&ids.chart, &caption, "column-port", words);
    for (place, row) in tool.ports.iter().take(ROWS_MAX).enumerate() {
        push(&mut data, place, row, label(row, words));
    }
    data.origin = tool.origin.clone();
    Figure { data, ..Figure::new(&ids.chart, caption, Chart::Bar(chart), &tool.origin, words) }
}

fn ports(tool: &FixedSourcePort, ids: &Ids, words: &Words) -> TableBlock {
    let shown = number::count(tool.ports.len().min(SHOWN) as i64);
    let texts = [("shown", shown.as_str()), ("port", tool.port.as_str())];
    let caption = words.say("source-port-ports-caption", &[], &texts);
    let mut table = parts_table(&ids.ports, &caption, "column-port", words);
    for (place, row) in tool.ports.iter().take(SHOWN).enumerate() {
        push(&mut table, place, row, label(row, words));
    }
    table.is_numbered = true;
    table.footnotes = vec![words.spans("iana-note", &[], &[("reference", vec![Span::cite("iana")])])];
    table.origin = tool.origin.clone();
    table
}

fn regions(tool: &FixedSourcePort, ids: &Ids, words: &Words) -> TableBlock {
    let caption = words.say("source-port-regions-caption", &[], &[("port", &tool.port)]);
    let mut table = parts_table(&ids.regions, &caption, "column-region", words);
    for (place, row) in tool.regions.iter().take(ROWS_MAX).enumerate() {
        let name = if row.key.is_empty() {
            words.text("region-unknown")
        } else {
            row.name.of(words.language).to_string()
        };
        push(&mut table, place, row, name);
    }
    table.shown = REGIONS_SHOWN;
    table.origin = tool.origin.clone();
    table
}

fn proof_table(tool: &FixedSourcePort, ids: &Ids, words: &Words) -> TableBlock {
    let mut table = TableBlock::new(
        &ids.proof,
        words.say("source-port-proof-caption", &[], &[("port", &tool.port)]),
        vec![
            Column::new("item", words.text("coverage-item"), String::new(), Form::Text),
            Column::new("value", words.text("coverage-value"), String::new(), Form::Count),
        ],
    );
    let count = |number: i64| Cell::new(Value::Int(number), Form::Count);
    let share = |part: f64| Cell::new(Value::Float(part), Form::Share);
    let mut row = |label: &str, cell: Cell| {
        table.push_cells(vec![Cell::text(words.say(label, &[], &[("port", &tool.port)])), cell]);
    };
    // In the order of `Proof`.
    row("proof-packets", count(tool.packets));
    row("proof-share", share(tool.share));
    row("proof-neighbours", count(tool.neighbour_packets));
    row("proof-sources", count(tool.sources));
    row("proof-window", count(tool.window_bytes));
    row("proof-one-window", share(tool.one_window));
    row("proof-repeated", count(tool.sources_repeated));
    row("proof-pairs", count(tool.pairs));
    row("proof-steady", share(tool.steady));
    row("proof-pause", Cell::new(Value::Float(tool.pause_days), Form::Rate));
    row("proof-bare", share(tool.bare));
    if let Some(onset) = tool.onset {
        let text = date::month_long(onset, words.language);
        row("proof-onset", Cell::worded(Value::Text(onset.to_string()), text));
    }
    debug_assert!(
        Proof::Bare as usize + 1 == Proof::Onset as usize,
        "rows stand in the order of their names"
    );
    table.origin = tool.origin.clone();
    table
}
