//! Reports of both languages as PDF: complete, marked, tagged, the same twice, and only text.
//!
//! What stands on the pages is read from the typesetter's frames, so that no other program is needed.

use expect_test::expect;
use teiten_report::document::{Block, Document, Span};
use teiten_report::facts::Facts;
use teiten_report::kinds::periodic::periodic;
use teiten_report::plan::Plan;
use teiten_report::words::names::Names;
use teiten_report::words::{Language, Words};
use typst::layout::{Frame, FrameItem};

use super::*;

#[path = "../../report/tests/report/gallery.rs"]
mod gallery;
#[path = "../../report/tests/report/invented.rs"]
mod invented;
#[path = "../examples/print/specimen.rs"]
mod specimen;

fn fonts() -> Fonts {
    Fonts::find(None).expect("scripts/setup.sh installs a Japanese font")
}

/// The pages' texts without spaces; fails when the typesetter warns of anything.
fn pages(document: &Document, fonts: &Fonts) -> Vec<String> {
    pages_beside(document, fonts, true)
}

/// The same, with tables as CSV beside it or without.
fn pages_beside(document: &Document, fonts: &Fonts, has_csv: bool) -> Vec<String> {
    let press = Press::new(fonts, json(document, fonts, &Letters::new(fonts), has_csv).unwrap());
    let (pages, warnings) = press.set().unwrap();
    assert_eq!(warnings, "");
    pages.pages().iter().map(|page| squeezed(&read(&page.frame))).collect()
}

fn read(frame: &Frame) -> String {
    let read_item = |item: &FrameItem| match item {
        FrameItem::Group(group) => read(&group.frame),
        FrameItem::Text(text) => text.text.to_string(),
        _ => String::new(),
    };
    frame.items().map(|(_, item)| read_item(item)).collect()
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

/// Every text that a reader of the document must find.
fn told(document: &Document) -> Vec<String> {
    let run = |spans: &[Span]| spans.iter().map(Span::shown).collect::<String>();
    let mut told = vec![document.title.clone(), document.frame.contact.clone()];
    told.extend(document.frame.notices.iter().chain(&document.frame.warning).cloned());
    told.extend(document.frame.correction.iter().flat_map(|own| [own.said.clone(), own.note.clone()]));
    for section in &document.sections {
        told.push(section.heading.clone());
        for block in &section.blocks {
            match block {
                Block::Heading { text, .. } => told.push(text.clone()),
                Block::Paragraph(spans) | Block::Notice(spans) => told.push(run(spans)),
                Block::List { items, .. } => told.extend(items.iter().map(|item| run(item))),
                Block::Table(table) => {
                    told.extend([table.label.clone(), table.caption.clone()]);
                    let shown = |at: &usize| table.columns[*at].is_shown();
                    for row in table.shown_rows() {
                        told.extend((0..row.len()).filter(shown).map(|at| row[at].text.clone()));
                    }
                    told.extend(table.footnotes.iter().map(|note| run(note)));
                }
                Block::Figure(figure) => {
                    told.extend([figure.label.clone(), figure.caption.clone()]);
                    told.extend(figure.notes.iter().cloned());
                }
                Block::PacketList(list) => {
                    told.extend([list.label.clone(), list.caption.clone()]);
                    told.extend(list.packets.iter().flat_map(|packet| {
                        [packet.time.clone(), packet.source.clone(), packet.info.clone()]
                    }));
                }
                Block::References(list) => {
                    told.extend(list.iter().flat_map(|source| [source.title.clone(), source.url.clone()]));
                }
            }
        }
    }
    told
}

/// Texts of the document that the pages do not have; a text may go over the end of a page.
fn lost(document: &Document, fonts: &Fonts, pages: &[String]) -> Vec<String> {
    let letters = Letters::new(fonts);
    let goes_over = |text: &str, pages: &[String]| {
        let part = |(at, _): (usize, char)| pages[0].contains(&text[..at]) && pages[1].contains(&text[at..]);
        text.char_indices().any(part)
    };
    let is_there = |text: &str| {
        pages.iter().any(|page| page.contains(text)) || pages.windows(2).any(|two| goes_over(text, two))
    };
    told(document).into_iter().filter(|text| !is_there(&squeezed(&letters.text(text)))).collect()
}

fn every_document() -> Vec<(String, Document)> {
    let mut nothing = Facts { packets: Some(0), ..invented::quarter() };
    for ranking in [&mut nothing.ports, &mut nothing.regions] {
        ranking.rows.clear();
        ranking.series.clear();
    }
    let all = |language: Language| {
        [
            ("quarter", periodic(&invented::quarter(), &Plan::default(), language)),
            ("tiny", periodic(&invented::tiny(), &Plan::default(), language)),
            ("nothing", periodic(&nothing, &Plan::default(), language)),
            ("blocks", specimen::blocks(language)),
            ("gallery", Ok(gallery::gallery(language))),
        ]
        .map(|(name, document)| (format!("{name}.{}", language.code()), document.unwrap()))
    };
    Language::ALL.into_iter().flat_map(all).collect()
}

#[test]
fn all_that_is_told_stands_on_the_pages_and_every_page_is_marked_synthetic() {
    let fonts = fonts();
    for (name, document) in every_document() {
        let pages = pages(&document, &fonts);
        assert_eq!(lost(&document, &fonts, &pages), Vec::<String>::new(), "{name}");
        let mark = squeezed(&Words::new(document.language).text("synthetic-word"));
        for (at, page) in pages.iter().enumerate() {
            assert!(page.contains(&mark), "page {} of {name} is not marked", at + 1);
            if let Some(label) = document.frame.tlp {
                assert!(page.contains(&format!("TLP:{}", label.name())), "page {} of {name}", at + 1);
            }
            assert!(page.contains(&format!("{}/{}", at + 1, pages.len())), "page {} of {name}", at + 1);
        }
        assert!(pages.len() <= 5, "{name} has {} pages", pages.len());
    }
}

#[test]
fn a_report_that_is_not_synthetic_has_no_mark() {
    let facts = Facts { synthetic: None, ..invented::tiny() };
    let document = periodic(&facts, &Plan::default(), Language::Ja).unwrap();
    assert!(!pages(&document, &fonts()).concat().contains("合成データ"));
}

#[test]
fn a_corrected_edition_says_so_on_its_first_page_and_a_first_one_does_not() {
    let fonts = fonts();
    let note = Names::new("一日分を追加しました。", "One day was added.");
    let facts = Facts { correction: Some(note.clone()), ..invented::tiny() };
    for language in Language::ALL {
        let words = Words::new(language);
        let first_page =
            |facts: &Facts| pages(&periodic(facts, &Plan::default(), language).unwrap(), &fonts).remove(0);
        let corrected = first_page(&facts);
        for text in [words.text("corrected"), note.of(language).to_string()] {
            assert!(corrected.contains(&squeezed(&text)), "{text}: {corrected}");
        }
        let first = Facts { first_published: None, ..facts.clone() };
        assert!(!first_page(&first).contains(&squeezed(&words.text("corrected"))));
    }
}

#[test]
fn a_table_that_is_cut_names_the_csv_only_where_there_is_one() {
    let fonts = fonts();
    let document = periodic(&invented::quarter(), &Plan::default(), Language::En).unwrap();
    let told = |has_csv| pages_beside(&document, &fonts, has_csv).concat();
    let (with, without) = (told(true), told(false));
    assert!(with.contains("Thefirst5rowsareshown;theCSVhasall1,092."), "{with}");
    assert!(without.contains("Thefirst5of1,092rowsareshown.") && !without.contains("CSV"), "{without}");
}

#[test]
fn the_file_is_tagged_meets_the_standard_and_names_its_maker_and_day() {
    let document = periodic(&invented::tiny(), &Plan::default(), Language::Ja).unwrap();
    let bytes = pdf(&document, &fonts(), true).unwrap();
    assert!(bytes.starts_with(b"%PDF-1.7"));
    let text = String::from_utf8_lossy(&bytes);
    let metadata: Vec<&str> = [
        ("<pdfuaid:part>", "</pdfuaid:part>"),
        ("<dc:title>", "</dc:title>"),
        ("<dc:creator>", "</dc:creator>"),
        ("<dc:language>", "</dc:language>"),
        ("<xmp:CreateDate>", "</xmp:CreateDate>"),
        ("<xmp:CreatorTool>", "</xmp:CreatorTool>"),
    ]
    .into_iter()
    .map(|(open, close)| {
        text.split_once(open).and_then(|(_, rest)| rest.split_once(close)).map_or("none", |(inner, _)| inner)
    })
    .collect();
    expect![[r#"
        1
        <rdf:Alt><rdf:li xml:lang="x-default">インターネット定点観測レポート（2014年4〜6月）</rdf:li></rdf:Alt>
        <rdf:Seq><rdf:li>定点観測センター（例）</rdf:li></rdf:Seq>
        <rdf:Bag><rdf:li>ja</rdf:li></rdf:Bag>
        2014-07-17T00:00:00Z
        teiten"#]]
    .assert_eq(&metadata.join("\n"));
}

#[test]
fn two_runs_give_the_same_bytes() {
    let document = periodic(&invented::quarter(), &Plan::default(), Language::En).unwrap();
    let once = pdf(&document, &fonts(), true).unwrap();
    assert!(once == pdf(&document, &Fonts::find(None).unwrap(), true).unwrap());
}

#[test]
fn hostile_text_is_only_text() {
    let fonts = fonts();
    for language in Language::ALL {
        let document = specimen::hostile(language).unwrap();
        let pages = pages(&document, &fonts);
        assert_eq!(lost(&document, &fonts, &pages), Vec::<String>::new());
        pdf(&document, &fonts, true).unwrap();
    }
}

#[test]
fn a_letter_without_a_glyph_is_written_as_its_code_point_and_reported() {
    let fonts = fonts();
    let document = specimen::hostile(Language::En).unwrap();
    assert_eq!(missing(&document, &fonts).unwrap(), BTreeSet::from(['𓀀']));
    assert!(pages(&document, &fonts).concat().contains("[U+13000]"));
    assert_eq!(
        Letters::new(&fonts).text("観測\u{0}𓀀\u{202E}").replace('\u{FFFD}', "〓"),
        "観測〓[U+13000]〓"
    );
}

#[test]
fn a_document_that_was_not_finished_is_refused() {
    let mut document = periodic(&invented::tiny(), &Plan::default(), Language::En).unwrap();
    document.sections[0].blocks.insert(0, Block::Paragraph(vec![Span::to("nowhere")]));
    expect!["report `2014Q2` in `en` cannot be set on pages: label `<to-nowhere>` does not exist in the document at line 52 of report.typ; mend the document or report.typ"].assert_eq(&pdf(&document, &fonts(), true).unwrap_err().to_string());
}

#[test]
fn every_figure_is_a_picture_of_paper_in_both_languages() {
    let fonts = fonts();
    for (name, document) in every_document() {
        for figure in exits::figures(&document) {
            let bytes = png(&document, figure, &fonts).unwrap();
            let picture = resvg::tiny_skia::Pixmap::decode_png(&bytes).unwrap();
            assert_eq!(picture.width(), 2 * (760 + 28), "{name} {}", figure.id);
            let corner = picture.pixel(1, 1).unwrap();
            assert_eq!((corner.red(), corner.green(), corner.blue(), corner.alpha()), (255, 255, 255, 255));
            let is_ink = |dot: &resvg::tiny_skia::PremultipliedColorU8| dot.red() < 60 && dot.blue() < 60;
            assert!(
                picture.pixels().iter().filter(|dot| is_ink(dot)).count() > 2_000,
                "{name} {}",
                figure.id
            );
        }
    }
}

#[test]
fn a_figure_painted_twice_gives_the_same_bytes() {
    let document = periodic(&invented::tiny(), &Plan::default(), Language::Ja).unwrap();
    for figure in exits::figures(&document) {
        let again = png(&document, figure, &Fonts::find(None).unwrap()).unwrap();
        assert!(png(&document, figure, &fonts()).unwrap() == again, "{}", figure.id);
    }
}

#[test]
fn a_picture_of_hostile_text_is_painted() {
    let document = specimen::hostile(Language::Ja).unwrap();
    for figure in exits::figures(&document) {
        png(&document, figure, &fonts()).unwrap();
    }
}
