//! Blocks that the quarterly report does not use yet, and what a document refuses.
//!
//! **Invariant:** a text that points nowhere stops the document.

use expect_test::expect;
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::table::Value;
use teiten_report::document::{
    Block, Column, Document, Form, Frame, PacketLine, PacketList, Reference, Section, Span, TableBlock,
};
use teiten_report::error::ReportError;
use teiten_report::words::{Language, Words};
use teiten_report::{html, markdown};

fn document(blocks: Vec<Block>) -> Result<Document, ReportError> {
    document_in(Language::En, blocks)
}

fn document_in(language: Language, blocks: Vec<Block>) -> Result<Document, ReportError> {
    let document = Document {
        kind: "test",
        readers: Default::default(),
        name: "2014Q2".into(),
        interval: Interval { start: Timestamp(0), end: Timestamp(1) },
        zone: "UTC".into(),
        language,
        title: "T".into(),
        summary: "S".into(),
        frame: Frame::default(),
        sections: vec![Section { id: "phenomena".into(), heading: "Phenomena".into(), blocks }],
    };
    document.finish(&Words::new(language))
}

fn packets() -> PacketList {
    let line = |number, info: &str| PacketLine {
        number,
        time: "2014-06-03 04:05:06.789 JST".into(),
        source: "198.51.100.7".into(),
        destination: "jp-03".into(),
        protocol: "DNS".into(),
        length: 89,
        info: info.into(),
    };
    PacketList {
        id: "answers".into(),
        label: String::new(),
        caption: "DNS answers".into(),
        packets: vec![line(1, "Standard query response 0x1a2b No such name A <img src=x>.example.net")],
        notes: vec!["Destinations are hidden.".into()],
    }
}

fn table(id: &str) -> TableBlock {
    let columns = vec![Column::new("packets", "Packets".into(), String::new(), Form::Count)];
    let mut table = TableBlock::new(id, "Totals".into(), columns);
    table.is_numbered = true;
    table.push(vec![Value::Int(58_421)]);
    table
}

fn reference(id: &str) -> Reference {
    let url = "https://example.org/a?b&c".into();
    Reference { id: id.into(), number: 0, author: "A".into(), title: "On <resolvers>".into(), url }
}

#[test]
fn evidence_advice_and_references_are_drawn() {
    let link = |url: &str| Span::Link { text: "here".into(), url: url.into() };
    let finished = document(vec![
        Block::Heading { id: "dns".into(), text: "DNS & more".into() },
        Block::Paragraph(vec![
            Span::number("totals", 0, "packets"),
            Span::text(" packets, see "),
            Span::to("answers"),
            Span::text(" and "),
            Span::to("totals"),
            Span::cite("second"),
            link("https://example.org/"),
            link("javascript:alert(1)"),
        ]),
        Block::PacketList(packets()),
        Block::Table(table("totals")),
        Block::List {
            is_ordered: true,
            items: vec![vec![Span::text("Close it.")], vec![Span::text("Check it.")]],
        },
        Block::References(vec![reference("first"), reference("second")]),
    ])
    .unwrap();
    expect![[r#"
        # T


        ## 1 Phenomena

        ### DNS \& more

        58,421 packets, see Figure 1 and Table 1\[2\][here](<https://example.org/>)here

        | No. | Time | Source | Destination | Protocol | Length | Info |
        | ---: | --- | --- | --- | --- | ---: | --- |
        | 1 | 2014-06-03 04:05:06.789 JST | 198.51.100.7 | jp-03 | DNS | 89 | Standard query response 0x1a2b No such name A \<img src=x\>.example.net |

        **Figure 1: DNS answers**

        Destinations are hidden.

        **Table 1: Totals**

        | Packets |
        | ---: |
        | 58,421 |

        1. Close it.
        2. Check it.

        1. A, On \<resolvers\>  
           <https://example.org/a?b&c>
        2. A, On \<resolvers\>  
           <https://example.org/a?b&c>
    "#]].assert_eq(&markdown::write(&finished, true));
    let page = String::from_utf8(html::render(&[finished]).unwrap()["en/index.html"].clone()).unwrap();
    let from = page.find("<h3").unwrap();
    expect![[r##"
        <h3 id="dns">DNS &#38; more</h3>
        <p><span class="number">58,421</span> packets, see <a class="to" href="#to-answers">Figure 1</a> and <a class="to" href="#to-totals">Table 1</a><a class="cite" href="#reference-second">[2]</a><a href="https://example.org/">here</a>here</p>
        <figure class="packets" id="to-answers">
        <div class="scroll" role="region" aria-labelledby="caption-answers" tabindex="0">
        <table>
        <thead><tr><th scope="col" class="n">No.</th><th scope="col">Time</th><th scope="col">Source</th><th scope="col">Destination</th><th scope="col">Protocol</th><th scope="col" class="n">Length</th><th scope="col">Info</th></tr></thead>
        <tbody>
        <tr><td class="n">1</td><td>2014-06-03 04:05:06.789 JST</td><td>198.51.100.7</td><td>jp-03</td><td>DNS</td><td class="n">89</td><td>Standard query response 0x1a2b No such name A &#60;img src=x&#62;.example.net</td></tr>
        </tbody>
        </table>
        </div>
        <figcaption id="caption-answers"><b>Figure 1</b>: DNS answers</figcaption>
        <p class="note">Destinations are hidden.</p>
        </figure>
        <figure class="table" id="to-totals">
        <figcaption id="caption-totals"><b>Table 1</b>: Totals</figcaption>
        <div class="scroll" role="region" aria-labelledby="caption-totals" tabindex="0">
        <table class="compact">
        <thead><tr><th scope="col" class="n">Packets</th></tr></thead>
        <tbody>
        <tr><th scope="row" class="n">58,421</th></tr>
        </tbody>
        </table>
        </div>
        <p class="tools"><a href="../tables/totals.en.csv">CSV</a></p>
        </figure>
        <ol>
        <li>Close it.</li>
        <li>Check it.</li>
        </ol>
        <ol class="references">
        <li id="reference-first">A<br>On &#60;resolvers&#62;<br><a href="https://example.org/a?b&#38;c">https://example.org/a?b&#38;c</a></li>
        <li id="reference-second">A<br>On &#60;resolvers&#62;<br><a href="https://example.org/a?b&#38;c">https://example.org/a?b&#38;c</a></li>
        </ol>
    "##]].assert_eq(&page[from..page.find("</section>").unwrap()]);
}

#[test]
fn a_text_that_points_nowhere_is_refused() {
    let says = |blocks| document(blocks).unwrap_err().to_string();
    let text = [
        says(vec![Block::Paragraph(vec![Span::to("answers")])]),
        says(vec![Block::Notice(vec![Span::cite("iana")])]),
        says(vec![
            Block::Table(table("totals")),
            Block::Paragraph(vec![Span::number("totals", 1, "packets")]),
        ]),
        says(vec![Block::Table(table("totals")), Block::Table(table("totals"))]),
        says(vec![Block::Table(table("../totals"))]),
    ];
    expect![[r#"
        report `2014Q2` refers to `answers`, which it does not contain; add it or remove the text
        report `2014Q2` refers to `iana`, which it does not contain; add it or remove the text
        report `2014Q2` takes a number from row 1 column `packets` of table `totals`, which is not there; bind the number to a cell that is
        report `2014Q2`: `totals` is not a unique identifier of lower-case letters, digits and hyphens; choose another
        report `2014Q2`: `../totals` is not a unique identifier of lower-case letters, digits and hyphens; choose another"#]].assert_eq(&text.join("\n"));
}

#[test]
fn a_table_that_is_cut_says_so_and_where_the_rest_is() {
    let cut = |language: Language, said_alone: &str| {
        let column = Column::new("packets", "Packets".into(), "n".into(), Form::Count);
        let mut table = TableBlock::new("totals", "Totals".into(), vec![column]);
        for packets in [3, 2, 1] {
            table.push(vec![Value::Int(packets)]);
        }
        table.shown = 2;
        let finished = document_in(language, vec![Block::Table(table)]).unwrap();
        let text = markdown::write(&finished, true);
        let alone = markdown::write(&finished, false);
        assert!(!alone.contains("CSV") && !alone.contains(".csv") && alone.ends_with(said_alone), "{alone}");
        let files = html::render(&[finished]).unwrap();
        let path = format!("tables/totals.{}.csv", language.code());
        assert!(text.contains(&format!("(<../{path}>)")), "{text}");
        assert_eq!(
            String::from_utf8(files[path.as_str()].clone()).unwrap().lines().count(),
            4,
            "head and all rows"
        );
        text.lines().skip(5).map(|line| format!("{line}\n")).collect::<String>()
    };
    expect![[r#"
        **Totals**

        | Packets (n) |
        | ---: |
        | 3 |
        | 2 |

        The first 2 rows are shown; the CSV has all 3. [totals.en.csv](<../tables/totals.en.csv>)
    "#]]
    .assert_eq(&cut(Language::En, "\nThe first 2 of 3 rows are shown.\n"));
    expect![[r#"
        **Totals**

        | Packets（n） |
        | ---: |
        | 3 |
        | 2 |

        先頭の2行を示しています。全3行はCSVにあります。[totals.ja.csv](<../tables/totals.ja.csv>)
    "#]]
    .assert_eq(&cut(Language::Ja, "\n全3行のうち先頭の2行を示しています。\n"));
}
