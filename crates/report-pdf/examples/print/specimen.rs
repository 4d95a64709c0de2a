//! Documents with every kind of block, for tests and to look at: one as it would be written, one made
//! of a stranger's text.
//!
//! **Invariant:** nothing in them is an observation; the addresses are those kept for documentation.

use jiff::civil::date;
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::table::Value;
use teiten_report::chart::{Bar, BarChart, Chart};
use teiten_report::document::{
    Block, Column, Document, Figure, Form, Frame, PacketLine, PacketList, Reference, Section, Span,
    TableBlock,
};
use teiten_report::error::ReportError;
use teiten_report::words::{Language, Words};

/// Markup of the typesetter, of pages and of drawings; direction marks, a control character, a letter
/// that no text font has, a word without end.
pub(crate) const HOSTILE: &str = "#panic(\"x\") = h *b* _i_ `c` $m$ <to-totals> @totals \\ // /* ~ -- [ ] { } https://example.org/x \u{202E}rtl\u{0}\u{7} 𓀀 &amp; </svg> \"q\" 'q' ";

/// Every kind of block as it would be written, over several pages.
pub(crate) fn blocks(language: Language) -> Result<Document, ReportError> {
    let say = |ja: &str, en: &str| if language == Language::Ja { ja.to_string() } else { en.to_string() };
    let text = |ja: &str, en: &str| Span::text(say(ja, en));
    let blocks = vec![
        Block::Heading { id: "dns".into(), text: say("DNS応答パケットの増加", "More DNS answers") },
        Block::Paragraph(vec![
            text(
                "6月3日から、オープンリゾルバーからとみられるDNS応答を",
                "From 3 June answers of open resolvers arrived: ",
            ),
            Span::number("totals", 0, "packets"),
            text("個受信しました（", " packets ("),
            Span::to("answers"),
            text("、", ", "),
            Span::to("totals"),
            text("、", ", "),
            Span::to("shares"),
            text("）。手法は文献", "). The method is described in "),
            Span::cite("second"),
            text("に述べられています。再現するには ", ". To repeat it: "),
            Span::Code(
                "teiten query packets --filter 'dns.flags.rcode == 3 and udp.srcport == 53' --limit 6".into(),
            ),
            text(" を実行します。", "."),
        ]),
        packets(
            &say("オープンリゾルバーからの応答", "Answers of open resolvers"),
            &[say("宛先アドレスは伏せています。", "Destinations are hidden.")],
            |at| {
                format!(
                    "Standard query response 0x{:04x} No such name A {:08x}.www.example.net",
                    0x1a2b + at * 17,
                    at * 0x9e37
                )
            },
        ),
        Block::Notice(vec![text(
            "件数は抽出したものであり、全数ではありません。",
            "The packets are a selection, not all.",
        )]),
        Block::Table(totals(&say("日ごとの応答数", "Answers by day"), &say("宛先", "Destination"), 40)),
        Block::Heading { id: "advice".into(), text: say("対策", "Advice") },
        Block::List {
            is_ordered: true,
            items: vec![
                vec![text(
                    "再帰問い合わせを、組織内からのものに限ってください。",
                    "Allow recursion from inside alone.",
                )],
                vec![
                    text("設定の確認には、", "To check it, see "),
                    Span::Link { text: "example.org".into(), url: "https://example.org/check".into() },
                    text("を参照してください。", "."),
                ],
            ],
        },
        Block::List {
            is_ordered: false,
            items: vec![vec![text("番号のない項目です。", "An item without number.")]],
        },
        shares(
            &say("送信元ポートの割合", "Share of source ports"),
            &say("全パケットに占める割合", "share of all packets"),
        ),
        references(&say("オープンリゾルバーの調査", "A survey of open resolvers")),
    ];
    document(language, &say("ブロックの見本", "Specimen of blocks"), blocks)
}

/// Every text is a stranger's.
pub(crate) fn hostile(language: Language) -> Result<Document, ReportError> {
    let span = || Span::text(HOSTILE);
    let endless = "x".repeat(300);
    let blocks = vec![
        Block::Heading { id: "dns".into(), text: HOSTILE.into() },
        Block::Paragraph(vec![span(), Span::Code(HOSTILE.into()), Span::to("answers"), Span::cite("first")]),
        Block::Paragraph(vec![
            Span::text(endless.as_str()),
            Span::Code(endless.clone()),
            Span::Link { text: HOSTILE.into(), url: "javascript:alert(1)".into() },
            Span::Link { text: "x".into(), url: format!("https://example.org/{endless}") },
        ]),
        Block::Notice(vec![span()]),
        packets(HOSTILE, &[HOSTILE.into()], |_| format!("{HOSTILE}{endless}")),
        Block::Table(totals(HOSTILE, HOSTILE, 3)),
        Block::List { is_ordered: true, items: vec![vec![span()], vec![]] },
        shares(HOSTILE, HOSTILE),
        references(HOSTILE),
    ];
    document(language, HOSTILE, blocks)
}

fn document(language: Language, title: &str, blocks: Vec<Block>) -> Result<Document, ReportError> {
    let words = Words::new(language);
    let document = Document {
        kind: "specimen",
        readers: Default::default(),
        name: "2014Q2".into(),
        interval: Interval { start: Timestamp(0), end: Timestamp(1) },
        zone: "UTC".into(),
        language,
        title: title.into(),
        summary: title.into(),
        frame: Frame {
            institution: title.into(),
            contact: "report@example.org".into(),
            tlp: None,
            first_published: None,
            last_updated: Some(date(2014, 7, 17)),
            correction: None,
            warning: Some(words.say("synthetic", &[], &[("scenario", title)])),
            notices: vec![title.into()],
        },
        sections: vec![Section { id: "phenomena".into(), heading: title.into(), blocks }],
    };
    document.finish(&words)
}

fn packets(caption: &str, notes: &[String], info: impl Fn(i64) -> String) -> Block {
    let line = |at: i64| PacketLine {
        number: at * 811,
        time: format!("2014-06-03 04:05:{:02}.{:06} JST", at, at * 98_765),
        source: if at == 4 {
            "2001:db8:85a3:1234:5678:8a2e:370:7334".into()
        } else {
            format!("198.51.100.{}", at * 37)
        },
        destination: "jp-03".into(),
        protocol: "DNS".into(),
        length: 89 + at,
        info: info(at),
    };
    Block::PacketList(PacketList {
        id: "answers".into(),
        label: String::new(),
        caption: caption.into(),
        packets: (1..=6).map(line).collect(),
        notes: notes.to_vec(),
    })
}

fn totals(caption: &str, heading: &str, rows: i64) -> TableBlock {
    let columns = vec![
        Column::new("day", heading.into(), String::new(), Form::Text),
        Column::new("name", heading.into(), String::new(), Form::Text),
        Column::new("packets", heading.into(), heading.into(), Form::Count),
        Column::new("machine", "machine".into(), String::new(), Form::Machine),
    ];
    let mut table = TableBlock::new("totals", caption.into(), columns);
    table.is_numbered = true;
    table.origin = vec!["rollups".into()];
    table.footnotes = vec![vec![Span::text(heading), Span::to("totals")]];
    for row in 0..rows {
        let name = if row % 7 == 3 { format!("{heading} ").repeat(12) } else { heading.to_string() };
        table.push(vec![
            Value::from(format!("day-{row}").as_str()),
            Value::from(name.as_str()),
            Value::Int(58_421 + row),
            Value::from("not for readers"),
        ]);
    }
    table
}

fn shares(caption: &str, unit: &str) -> Block {
    let bars = [("6000/TCP", 0.42), (caption, 0.2), ("80/TCP", 0.05)];
    let bars = bars.map(|(label, share)| Bar { label: label.into(), share }).to_vec();
    let columns = vec![Column::new("share", caption.into(), String::new(), Form::Share)];
    Block::Figure(Box::new(Figure {
        id: "shares".into(),
        label: String::new(),
        caption: caption.into(),
        alt: caption.into(),
        chart: Chart::Bar(BarChart { unit: unit.into(), bars }),
        data: TableBlock::new("shares-data", caption.into(), columns),
        notes: vec![unit.into()],
    }))
}

fn references(title: &str) -> Block {
    let reference = |id: &str, author: &str, url: &str| Reference {
        id: id.into(),
        number: 0,
        author: author.into(),
        title: title.into(),
        url: url.into(),
    };
    Block::References(vec![
        reference("first", "A. Author", "https://example.org/a?b&c#d"),
        reference("second", "", "ftp://example.org/not-linked"),
    ])
}
