//! One section of a draft: its texts in both languages side by side, its figures and tables as they will be printed,
//! and the same section of the issue before.
//!
//! **Invariant:** what somebody typed is shown again whenever it was not saved, beside what is there now.

use askama::Template;
use teiten_report::archive::printed::Printed;
use teiten_report::archive::sealed::read_printed;
use teiten_report::document::{Block, Document, Section, Span};
use teiten_report::draft;
use teiten_report::html;
use teiten_report::words::Language;
use teiten_report::words::names::Names;

use crate::drafts::texts::{self, Slot};
use crate::fault::Fault;
use crate::links;
use crate::look::Look;
use crate::pages::drafts::{check, drafts, section_href, site};
use crate::pages::drawn;
use crate::pages::people::Told;
use crate::view::frame::Frame;

/// Paragraphs of the issue before that are shown.
const BEFORE_MAX: usize = 200;

/// A form that was not saved.
pub(crate) struct Unsaved<'a> {
    /// What it says.
    pub(crate) pairs: &'a [(String, String)],
    /// Why it was not saved.
    pub(crate) why: String,
}

impl Unsaved<'_> {
    fn said(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(own, _)| own == name).map(|(_, text)| text.as_str())
    }

    /// Every text of the form, where nothing can be laid beside it.
    fn texts(&self) -> Vec<Text> {
        let fields = self.pairs.iter().filter_map(|(name, _)| name.strip_prefix("ja/"));
        let slot = |field: &str| Slot {
            field: field.to_string(),
            place: field.split(['+', '!']).next().unwrap_or_default().to_string(),
            made: None,
            edit: None,
            replaces: true,
            is_lost: false,
        };
        fields.map(|field| text(slot(field), Some(self), Vec::new())).collect()
    }
}

/// A piece of the section.
enum Piece {
    Heading(String, String),
    /// A table, a figure, a list, as it will be printed.
    Drawn(String),
    Text(Box<Text>),
}

/// A text in both languages.
struct Text {
    slot: Slot,
    label: String,
    /// What stands in the boxes.
    shown: Names,
    rows: (usize, usize),
    /// How it will be printed.
    printed: Vec<(&'static str, Vec<Span>)>,
    /// What is there now, when the boxes hold something that was not saved.
    now: Option<Names>,
}

impl Text {
    /// Whether it is the empty place for a new paragraph.
    fn is_new(&self) -> bool {
        self.slot.made.is_none() && self.slot.edit.is_none() && !self.slot.replaces
    }
}

#[derive(Template)]
#[template(path = "draft_section.html")]
struct SectionPage {
    frame: Frame,
    name: String,
    section: String,
    draft: String,
    base: String,
    why: String,
    faults: Vec<String>,
    pieces: Vec<Piece>,
    before: Option<Before>,
    turns: Vec<(String, String)>,
}

/// The section in the issue before.
struct Before {
    title: String,
    href: String,
    texts: Vec<String>,
}

/// The page of a section.
pub(crate) fn page(told: &Told<'_>, names: &[String]) -> Result<String, Fault> {
    section(told, names, None)
}

/// The page, with a form that was not saved.
pub(crate) fn section(
    told: &Told<'_>,
    names: &[String],
    unsaved: Option<&Unsaved<'_>>,
) -> Result<String, Fault> {
    let [name, id] = names else { return Err(Fault::missing("a draft has sections: open it from /reports")) };
    let drafts = drafts(told.portal, told.reader)?;
    let w = crate::words::of(told.reader.language);
    let draft = drafts.read(name)?;
    let said = draft.definition()?;
    let edits = said.edits().map_err(|what| Fault::parameter("draft", what))?;
    let frame = |title: String| Frame {
        place: "reports",
        ..Frame::bare(told.reader.clone(), Look::default(), title)
    };
    let href = format!("/drafts/{}", links::segment(name));
    let Some((manuscript, _)) = told.portal.works.manuscript(name, said) else {
        // Without the data nothing can be laid beside the texts; what somebody typed is shown all the same.
        let texts = unsaved.map(Unsaved::texts).unwrap_or_default().into_iter();
        return drawn(&SectionPage {
            frame: frame(w.say("draft-title", &[("name", name)])),
            draft: href,
            why: unsaved.map_or_else(|| w.t("draft-unread"), |unsaved| unsaved.why.clone()),
            base: unsaved.and_then(|unsaved| unsaved.said("base")).unwrap_or_default().to_string(),
            pieces: texts.map(|text| Piece::Text(Box::new(text))).collect(),
            ..SectionPage::of(told, name, id)
        });
    };
    let checked = check(&manuscript, said)?;
    let slots = texts::slots(id, &checked.made, &edits);
    let find = |documents: &[Document], language| {
        documents.iter().find(|document| document.language == language).cloned()
    };
    let own = told.reader.language;
    let (Some(ja), Some(en)) = (find(&checked.made, Language::Ja), find(&checked.made, Language::En)) else {
        return Err(Fault::internal(&"a report is made in two languages"));
    };
    let of = |document: &Document| document.sections.iter().find(|section| section.id == *id).cloned();
    let (section_ja, section_en) = (of(&ja), of(&en));
    if section_ja.is_none() && slots.is_empty() {
        return Err(Fault::missing(format!(
            "the draft `{name}` has no section `{id}`: open it from its outline"
        )));
    }
    let printed: Vec<(&'static str, texts::Printed)> = match &checked.edited {
        Some(edited) => {
            let of = |made: &Document| {
                let edited = edited.iter().find(|document| document.language == made.language)?;
                Some((made.language.code(), texts::printed(&slots, made, edited, id)))
            };
            [&ja, &en].into_iter().filter_map(of).collect()
        }
        None => Vec::new(),
    };
    let printed_of = |field: &str| {
        printed.iter().filter_map(|(code, all)| Some((*code, all.get(field)?.clone()))).collect::<Vec<_>>()
    };
    let mut pieces = Vec::new();
    let drawing = checked.edited.as_deref().and_then(|edited| find(edited, own));
    let drawing = drawing.unwrap_or_else(|| if own == Language::Ja { ja.clone() } else { en.clone() });
    if let (Some(section_ja), Some(section_en)) = (&section_ja, &section_en) {
        let (mut heads, mut draws) = (headings(section_en).into_iter(), drawings(&drawing, id)?.into_iter());
        for (block, place) in section_ja.blocks.iter().zip(draft::places(section_ja)) {
            match (block, place) {
                (Block::Heading { text, .. }, _) => {
                    pieces.push(Piece::Heading(text.clone(), heads.next().unwrap_or_default()));
                }
                (_, Some(place)) => {
                    let own = slots.iter().filter(|slot| slot.place == place && !slot.is_lost);
                    let own = own.map(|slot| text(slot.clone(), unsaved, printed_of(&slot.field)));
                    pieces.extend(own.map(|text| Piece::Text(Box::new(text))));
                }
                _ => pieces.extend(draws.next().map(Piece::Drawn)),
            }
        }
    }
    let lost = slots.iter().filter(|slot| slot.is_lost).cloned();
    pieces.extend(lost.map(|slot| Piece::Text(Box::new(text(slot, unsaved, Vec::new())))));
    let heading = match own {
        Language::Ja => &section_ja,
        Language::En => &section_en,
    };
    let title = heading.as_ref().map_or_else(|| id.clone(), |section| section.heading.clone());
    let faults = checked.faults.into_iter().filter(|fault| fault.contains(&format!("{id}/")));
    let place = ja.sections.iter().position(|section| section.id == *id);
    let turn = |to: Option<usize>| {
        let section = (if own == Language::Ja { &ja } else { &en }).sections.get(to?)?;
        Some((section.heading.clone(), section_href(name, &section.id)))
    };
    let turns = [place.and_then(|at| at.checked_sub(1)), place.map(|at| at + 1)].into_iter().filter_map(turn);
    drawn(&SectionPage {
        frame: frame(title),
        draft: href,
        base: texts::base(&slots),
        why: unsaved.map(|unsaved| unsaved.why.clone()).unwrap_or_default(),
        faults: faults.collect(),
        pieces,
        before: before(told, &manuscript.facts.period, manuscript.plan.kind.name(), id)?,
        turns: turns.collect(),
        ..SectionPage::of(told, name, id)
    })
}

impl SectionPage {
    /// A page that shows nothing yet.
    fn of(told: &Told<'_>, name: &str, section: &str) -> SectionPage {
        SectionPage {
            frame: Frame::bare(told.reader.clone(), Look::default(), String::new()),
            name: name.to_string(),
            section: section.to_string(),
            draft: String::new(),
            base: String::new(),
            why: String::new(),
            faults: Vec::new(),
            pieces: Vec::new(),
            before: None,
            turns: Vec::new(),
        }
    }
}

fn headings(section: &Section) -> Vec<String> {
    let texts = section.blocks.iter().filter_map(|block| match block {
        Block::Heading { text, .. } => Some(text.clone()),
        _ => None,
    });
    texts.collect()
}

/// What is neither text nor heading, as it will be printed.
fn drawings(document: &Document, id: &str) -> Result<Vec<String>, Fault> {
    let section = document.sections.iter().find(|section| section.id == id);
    let blocks = section
        .into_iter()
        .flat_map(|section| &section.blocks)
        .filter(|block| !matches!(block, Block::Heading { .. } | Block::Paragraph(_) | Block::Notice(_)));
    Ok(blocks.map(|block| html::block(document, block)).collect::<Result<_, _>>()?)
}

fn text(slot: Slot, unsaved: Option<&Unsaved<'_>>, printed: Vec<(&'static str, Vec<Span>)>) -> Text {
    let now = slot.text();
    let typed = |code: &str, now: &str| {
        let said = unsaved.and_then(|unsaved| unsaved.said(&format!("{code}/{}", slot.field)));
        said.unwrap_or(now).to_string()
    };
    let shown = Names::new(typed("ja", &now.ja), typed("en", &now.en));
    let is_other = texts::one_line(&shown.ja) != now.ja || texts::one_line(&shown.en) != now.en;
    // Letters of a line in a box of half a page.
    let rows = |text: &str, letters: usize| (text.chars().count() / letters + 2).clamp(2, 14);
    Text {
        label: slot.place.clone(),
        rows: (rows(&shown.ja, 34), rows(&shown.en, 60)),
        now: (unsaved.is_some() && is_other).then_some(now),
        shown,
        printed,
        slot,
    }
}

/// The section in the newest issue of this kind before the period.
fn before(
    told: &Told<'_>,
    period: &teiten_report::facts::Period,
    kind: &str,
    section: &str,
) -> Result<Option<Before>, Fault> {
    let Some(site) = site(told.portal)? else { return Ok(None) };
    let start = period.interval.start.to_string();
    let editions = site.editions()?;
    let earlier = editions.iter().filter(|edition| edition.kind == kind && edition.start < start);
    let Some(edition) = earlier.max_by_key(|edition| (&edition.start, edition.number)) else {
        return Ok(None);
    };
    let own = told.reader.language;
    let printed = read_printed(&site.edition_folder(edition))?;
    let of_language = |printed: &&Printed| printed.language == own;
    let Some(printed) = printed.iter().find(of_language).or(printed.first()) else { return Ok(None) };
    let mut texts = printed.prose(section);
    texts.truncate(BEFORE_MAX);
    let href = format!(
        "/reports/{}/{}/{}/index.html#{section}",
        edition.kind,
        edition.name,
        printed.language.code()
    );
    Ok((!texts.is_empty()).then(|| Before { title: printed.title.clone(), href, texts }))
}
