//! Drafts: their list among the reports, and the page of one with its outline, check, preview and publication.
//!
//! **Invariant:** what the check says here is what `teiten report check` says of the same file and data.

use std::sync::Arc;

use askama::Template;
use teiten_model::interval::DAY_US;
use teiten_people::Role;
use teiten_report::archive::edition::Edition;
use teiten_report::archive::site::Site;
use teiten_report::definition::Definition;
use teiten_report::document::Document;
use teiten_report::draft::Edit;
use teiten_report::manuscript::Manuscript;
use teiten_report::plan::{Readers, Tlp};
use teiten_report::words::Language;
use teiten_report::words::names::Names;

use crate::drafts::works::{Ended, Preview, What, Work, start};
use crate::drafts::{Draft, Drafts, texts};
use crate::fault::Fault;
use crate::links;
use crate::look::Look;
use crate::pages::drawn;
use crate::pages::people::Told;
use crate::portal::Portal;
use crate::reader::Reader;
use crate::view::frame::Frame;

/// Kinds that can be asked for by name.
const KINDS: [&str; 4] = ["weekly", "monthly", "quarterly", "yearly"];

/// A draft in the list.
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) href: String,
    pub(crate) period: String,
    pub(crate) edition: String,
    pub(crate) form: String,
    pub(crate) tlp: String,
    pub(crate) age: String,
    pub(crate) state: String,
    /// What is wrong with the file.
    pub(crate) fault: String,
}

/// What editors see among the reports.
pub(crate) struct Desk {
    pub(crate) lines: Vec<Line>,
    /// Drafts that are not listed.
    pub(crate) more: usize,
    pub(crate) works: WorkLines,
    pub(crate) kinds: [&'static str; 4],
    pub(crate) forms: Vec<(&'static str, bool)>,
}

/// What runs, and what ended.
pub(crate) struct WorkLines {
    pub(crate) running: String,
    pub(crate) ended: Vec<EndedLine>,
}

/// A work that ended.
pub(crate) struct EndedLine {
    pub(crate) text: String,
    pub(crate) href: String,
    pub(crate) about: String,
    pub(crate) said: Vec<String>,
    pub(crate) is_done: bool,
}

/// The folder of drafts, for whoever may change them.
pub(crate) fn drafts<'a>(portal: &'a Portal, reader: &Reader) -> Result<&'a Drafts, Fault> {
    reader.who.admit(Role::Editor, teiten_people::Scope::Read)?;
    portal.drafts.as_ref().ok_or_else(|| {
        Fault::missing("no folder of drafts is served: start with `teiten serve --drafts DIR --people FILE`")
    })
}

/// What editors see among the reports; `None` for others, and where there are no drafts.
pub(crate) fn desk(portal: &Portal, reader: &Reader, now: i64) -> Result<Option<Desk>, Fault> {
    if reader.who.role < Role::Editor || portal.drafts.is_none() {
        return Ok(None);
    }
    let drafts = drafts(portal, reader)?;
    let w = crate::words::of(reader.language);
    // Before what they make, as on the page of a draft.
    let works = works(portal, reader, None);
    let (found, more) = drafts.list()?;
    let site = site(portal)?;
    let editions = site.as_ref().map(Site::editions).transpose()?;
    let mut lines = Vec::new();
    for draft in found {
        let said = draft.said.as_ref().cloned().unwrap_or_default();
        let state = match (&draft.said, portal.works.manuscript(&draft.name, &said)) {
            (Err(_), _) => w.t("drafts-damaged"),
            (Ok(_), None) => w.t("drafts-unread"),
            (Ok(_), Some((manuscript, _))) => match check(&manuscript, &said)? {
                Checked { faults, .. } if faults.is_empty() => w.t("drafts-good"),
                Checked { faults, .. } => w.say("drafts-faults", &[("count", &faults.len().to_string())]),
            },
        };
        let days = (now - draft.changed).max(0) / DAY_US;
        lines.push(Line {
            href: format!("/drafts/{}", links::segment(&draft.name)),
            period: [said.kind.clone(), said.period.clone()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" "),
            edition: edition(editions.as_deref(), &said, None)
                .map_or_else(String::new, |number| number.to_string()),
            form: form(&said).to_string(),
            tlp: tlp(&said),
            age: w.say("drafts-days", &[("days", &days.to_string())]),
            state,
            fault: draft.said.as_ref().err().cloned().unwrap_or_default(),
            name: draft.name,
        });
    }
    let carried = site.map(|site| site.declaration.form);
    let forms = Readers::ALL.map(|readers| (readers.name(), carried.as_deref() == Some(readers.name())));
    Ok(Some(Desk { lines, more, works, kinds: KINDS, forms: forms.to_vec() }))
}

/// The site, when one is served.
pub(crate) fn site(portal: &Portal) -> Result<Option<Site>, Fault> {
    Ok(portal.settings.site.as_deref().map(Site::open).transpose()?)
}

/// The number that the next edition of this report would have; `None` where nothing is published.
fn edition(
    editions: Option<&[Edition]>,
    said: &Definition,
    manuscript: Option<&Manuscript>,
) -> Option<usize> {
    let told = manuscript
        .map(|manuscript| (manuscript.plan.kind.name().to_string(), manuscript.facts.period.name.clone()));
    let (kind, period) = told.or(said.kind.clone().zip(said.period.clone()))?;
    Some(editions?.iter().filter(|edition| edition.is_of(&kind, &period)).count() + 1)
}

fn form(said: &Definition) -> &str {
    said.form.as_deref().unwrap_or_else(|| Readers::Internal.name())
}

fn tlp(said: &Definition) -> String {
    let usual = || Readers::parse(form(said)).map(|readers| Tlp::of(readers).name().to_ascii_lowercase());
    said.tlp.clone().or_else(usual).unwrap_or_default()
}

/// What runs, and what ended, of one draft or of all.
pub(crate) fn works(portal: &Portal, reader: &Reader, draft: Option<&str>) -> WorkLines {
    let w = crate::words::of(reader.language);
    let time = |at: i64| reader.zone.write_for_people(teiten_model::interval::Timestamp(at));
    let told = |work: &Work| {
        let what = w.t(&format!("work-{}", work.what.word()));
        format!("{what}: {} ({})", work.about, work.by)
    };
    let running = portal.works.running().map(|work| {
        w.say("work-running", &[("work", told(&work).as_str()), ("since", time(work.since).as_str())])
    });
    let ended =
        portal.works.ended().into_iter().filter(|ended| draft.is_none_or(|own| ended.work.about == own));
    let line = |ended: Ended| EndedLine {
        text: format!(
            "{} {}: {}",
            time(ended.at),
            if ended.is_done { w.t("work-done") } else { w.t("work-failed") },
            told(&ended.work)
        ),
        href: format!("/drafts/{}", links::segment(&ended.work.about)),
        about: if ended.is_done { ended.work.about.clone() } else { String::new() },
        said: ended.said,
        is_done: ended.is_done,
    };
    let shown = if draft.is_some() { 1 } else { 4 };
    WorkLines { running: running.unwrap_or_default(), ended: ended.take(shown).map(line).collect() }
}

/// A draft with its data.
pub(crate) struct Checked {
    /// Japanese and English without anybody's texts.
    pub(crate) made: Vec<Document>,
    /// With them; `None` when a text cannot be read.
    pub(crate) edited: Option<Vec<Document>>,
    /// What keeps it from its readers.
    pub(crate) faults: Vec<String>,
}

/// Makes the documents of a draft and checks them.
pub(crate) fn check(manuscript: &Manuscript, said: &Definition) -> Result<Checked, Fault> {
    let edits = said.edits().map_err(|what| Fault::parameter("draft", what))?;
    check_with(manuscript, &edits)
}

/// The same with these texts.
pub(crate) fn check_with(manuscript: &Manuscript, edits: &[Edit]) -> Result<Checked, Fault> {
    let made = manuscript.documents(&[], &Language::ALL)?;
    Ok(match manuscript.documents(edits, &Language::ALL) {
        Ok(edited) => {
            let faults = manuscript.faults(edits, &edited)?;
            Checked { made, edited: Some(edited), faults }
        }
        Err(fault) => Checked { made, edited: None, faults: vec![fault.to_string()] },
    })
}

#[derive(Template)]
#[template(path = "draft.html")]
struct DraftPage {
    frame: Frame,
    name: String,
    /// What is wrong with the file.
    fault: String,
    facts: Vec<(String, String)>,
    works: WorkLines,
    mark: String,
    /// When the data were read; empty before.
    read_at: String,
    faults: Vec<String>,
    outline: Vec<Outline>,
    issued: String,
    labels: Vec<(String, bool)>,
    /// Names and addresses of the pages of the preview.
    preview: Vec<(String, String)>,
    is_preview_old: bool,
    has_site: bool,
    /// Whether an edition is published already, so that a reason must be given.
    is_correction: bool,
    correction: Names,
}

/// A section in the outline.
struct Outline {
    ja: String,
    en: String,
    href: String,
    texts: usize,
}

/// The page of a draft. What was not read yet is read now, when nothing else runs.
pub(crate) fn page(told: &Told<'_>, names: &[String]) -> Result<String, Fault> {
    let drafts = drafts(told.portal, told.reader)?;
    let name = names.first().map_or("", String::as_str);
    let draft = drafts.read(name)?;
    let w = crate::words::of(told.reader.language);
    let said = draft.said.as_ref().cloned().unwrap_or_default();
    let is_unread = told.portal.works.manuscript(name, &said).is_none();
    if is_unread && draft.said.is_ok() && !has_failed(told.portal, &draft) {
        // Somebody else's work may run; then this page says so and is opened again.
        let _ = read_data(told, name);
    }
    // Before what they make: where nothing runs any more, all that was made is shown.
    let works = works(told.portal, told.reader, Some(name));
    let known = told.portal.works.manuscript(name, &said);
    let manuscript = known.as_ref().map(|(manuscript, _)| manuscript.as_ref());
    let checked = manuscript.map(|manuscript| check(manuscript, &said)).transpose()?;
    let time = |at: i64| told.reader.zone.write_for_people(teiten_model::interval::Timestamp(at));
    let editions = site(told.portal)?.map(|site| site.editions()).transpose()?;
    let number = edition(editions.as_deref(), &said, manuscript);
    let or = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut facts = vec![
        (w.t("drafts-period"), [or(&said.kind), or(&said.period)].join(" ")),
        (w.t("drafts-form"), form(&said).to_string()),
        (w.t("drafts-tlp"), format!("TLP:{}", tlp(&said).to_ascii_uppercase())),
        (w.t("reports-published"), or(&said.issued)),
        (w.t("reports-edition"), number.map_or_else(String::new, |number| number.to_string())),
        (w.t("drafts-changed"), time(draft.changed)),
    ];
    facts.retain(|(_, text)| !text.trim().is_empty());
    let preview = told.portal.works.preview(name);
    let own = tlp(&said);
    let page = DraftPage {
        frame: Frame {
            place: "reports",
            ..Frame::bare(told.reader.clone(), Look::default(), w.say("draft-title", &[("name", name)]))
        },
        name: name.to_string(),
        fault: draft.said.as_ref().err().cloned().unwrap_or_default(),
        facts,
        works,
        mark: draft.mark(),
        read_at: known.as_ref().map_or_else(String::new, |(_, at)| time(*at)),
        faults: checked.as_ref().map(|checked| checked.faults.clone()).unwrap_or_default(),
        outline: checked.as_ref().map(|checked| outline(name, checked, &said)).unwrap_or_default(),
        issued: or(&said.issued),
        labels: Tlp::ALL
            .map(|label| label.name().to_ascii_lowercase())
            .map(|label| (label.clone(), label == own))
            .to_vec(),
        is_preview_old: preview.as_ref().is_some_and(|preview| preview.mark != draft.mark()),
        preview: preview.map(|preview| pages_of(name, &preview)).unwrap_or_default(),
        has_site: told.portal.settings.site.is_some(),
        is_correction: number.is_some_and(|number| number > 1),
        correction: said
            .correction
            .as_ref()
            .map_or_else(|| Names::new("", ""), |note| Names::new(&*note.ja, &*note.en)),
    };
    drawn(&page)
}

/// Whether the data of this very file were read in vain last time: then somebody has to ask again.
fn has_failed(portal: &Portal, draft: &Draft) -> bool {
    portal
        .works
        .ended()
        .iter()
        .find(|ended| ended.work.about == draft.name)
        .is_some_and(|ended| !ended.is_done && ended.work.what == What::Read && ended.at >= draft.changed)
}

/// Begins to read the data of a draft.
pub(crate) fn read_data(told: &Told<'_>, name: &str) -> Result<(), Fault> {
    let work = Work {
        what: What::Read,
        about: name.to_string(),
        since: told.now.0,
        by: told.reader.who.name().to_string(),
    };
    let name = name.to_string();
    start(told.portal, work, move |portal| {
        let drafts = portal.drafts.as_ref().ok_or_else(Vec::new)?;
        let wrong = |fault: Fault| vec![fault.detail];
        let draft = drafts.read(&name).map_err(wrong)?;
        let said = draft.definition().map_err(wrong)?;
        let file = drafts.file(&name).map_err(wrong)?;
        let read = drafts.press.read(&file, portal.settings.site.as_deref());
        let manuscript = read.map_err(|fault| vec![fault.to_string()])?;
        portal.works.keep(&name, said, manuscript, (portal.settings.clock)().0);
        Ok((name, Vec::new()))
    })
}

fn outline(name: &str, checked: &Checked, said: &Definition) -> Vec<Outline> {
    let edits = said.edits().unwrap_or_default();
    let count = |id: &str| edits.iter().filter(|edit| texts::is_of(&edit.place, id)).count();
    let [ja, en] = [Language::Ja, Language::En]
        .map(|language| checked.made.iter().find(|document| document.language == language));
    let mut found: Vec<Outline> = Vec::new();
    for section in ja.into_iter().flat_map(|document| &document.sections) {
        let english = en.into_iter().flat_map(|document| &document.sections).find(|own| own.id == section.id);
        found.push(Outline {
            ja: section.heading.clone(),
            en: english.map_or_else(String::new, |own| own.heading.clone()),
            href: section_href(name, &section.id),
            texts: count(&section.id),
        });
    }
    // Texts of a section that the report has no more must be found, to be taken out.
    let known = |id: &str| ja.is_some_and(|document| document.sections.iter().any(|own| own.id == id));
    let mut lost: Vec<&str> = edits.iter().filter_map(|edit| edit.place.split('/').next()).collect();
    lost.retain(|id| !known(id));
    lost.sort_unstable();
    lost.dedup();
    found.extend(lost.into_iter().map(|id| Outline {
        ja: id.to_string(),
        en: String::new(),
        href: section_href(name, id),
        texts: count(id),
    }));
    found
}

/// The address of a section's page.
pub(crate) fn section_href(name: &str, section: &str) -> String {
    format!("/drafts/{}/{}", links::segment(name), links::segment(section))
}

/// The pages of a preview: each language, and its PDF where there is one.
fn pages_of(name: &str, preview: &Preview) -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for language in Language::ALL {
        for (file, form) in [("index.html", "HTML"), ("report.pdf", "PDF")] {
            let path = format!("{}/{file}", language.code());
            if preview.files.contains_key(&path) {
                let text = format!("{} ({form})", language.own_name());
                pages.push((text, format!("/drafts/{}/preview/{path}", links::segment(name))));
            }
        }
    }
    pages
}

/// A file of a preview.
pub(crate) fn preview(
    portal: &Arc<Portal>,
    reader: &Reader,
    name: &str,
    path: &str,
) -> Result<Vec<u8>, Fault> {
    drafts(portal, reader)?;
    let missing = || Fault::missing(format!("the preview of `{name}` has no file `{path}`: set it again"));
    let preview = portal.works.preview(name).ok_or_else(missing)?;
    preview.files.get(path).cloned().ok_or_else(missing)
}
