//! The forms by which editors make, change, check and publish drafts.
//!
//! **Invariant:** nothing of a form is read before it is known that whoever sends it may edit, and no form is taken
//! that another page sent or a token.
//! **Invariant:** a form that was made of another text than the one that is there changes nothing, and whoever sent
//! it sees both.
//! **Invariant:** whatever is changed here stands in the audit log, with who changed it.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{Extensions, HeaderMap, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use teiten_people::{Deed, Role, Scope};
use teiten_report::archive::edition::Told as Note;
use teiten_report::archive::publish::Outcome;
use teiten_report::draft::rewrite;
use teiten_report::plan::{Readers, Tlp};

use crate::cookies;
use crate::doors;
use crate::drafts::works::{What, Work, start};
use crate::drafts::{Draft, Drafts, texts};
use crate::fault::{Fault, Kind};
use crate::links;
use crate::look::Look;
use crate::pages::draft_section::{self, Unsaved};
use crate::pages::drafts::{self as pages, drafts};
use crate::pages::people::Told;
use crate::portal::Portal;
use crate::press::{PressFault, Wanted};
use crate::routes::{fault_page, go, read};
use crate::who::Who;

/// Largest form of a draft, in bytes: a section's texts in both languages, each letter of Japanese as nine.
pub(crate) const FORM_BYTES_MAX: usize = 2 << 20;
/// Fields of such a form.
const FIELDS_MAX: usize = 4_000;
/// Longest word that is asked for a new draft, in bytes.
const WORD_BYTES_MAX: usize = 100;

/// What a form does.
pub(crate) type Act = fn(&Form<'_>) -> Result<Done, Fault>;

/// Every form, by what it is sent to below the draft's address; the first makes a new one.
pub(crate) const FORMS: &[(&str, Act)] = &[
    ("/drafts", add),
    ("/drafts/{name}/save", save),
    ("/drafts/{name}/head", change_head),
    ("/drafts/{name}/check", check),
    ("/drafts/{name}/preview", preview),
    ("/drafts/{name}/publish", publish),
];

/// A form that was sent.
pub(crate) struct Form<'a> {
    told: Told<'a>,
    drafts: &'a Drafts,
    name: &'a str,
    pairs: &'a [(String, String)],
}

/// What comes of it.
pub(crate) enum Done {
    /// Another page.
    Go(String),
    /// The form again, because it was not saved.
    Again(String),
}

impl Form<'_> {
    fn text(&self, name: &str) -> &str {
        self.pairs.iter().find(|(own, _)| own == name).map_or("", |(_, text)| text)
    }

    fn word(&self, name: &str) -> Result<&str, Fault> {
        let text = self.text(name).trim();
        if text.len() > WORD_BYTES_MAX {
            return Err(Fault::parameter(name, format!("this has at most {WORD_BYTES_MAX} bytes")));
        }
        Ok(text)
    }

    fn note(&self, deed: Deed, about: &str) -> Result<(), Fault> {
        self.told.portal.note(&self.told.reader.who, deed, about)
    }

    fn work(&self, what: What, about: &str) -> Work {
        let by = self.told.reader.who.name().to_string();
        Work { what, about: about.to_string(), since: self.told.now.0, by }
    }

    fn page(&self) -> String {
        format!("/drafts/{}", links::segment(self.name))
    }

    /// The draft, when it is the one that the form was made of.
    fn same(&self) -> Result<Draft, Fault> {
        let draft = self.drafts.read(self.name)?;
        if draft.mark() == self.text("mark") {
            return Ok(draft);
        }
        Err(Fault::new(
            Kind::Conflict,
            format!(
                "`{}` was changed since you opened its page: open it again, look at it, and decide anew",
                self.name
            ),
        ))
    }
}

/// Takes a form.
pub(crate) async fn post(
    State(portal): State<Arc<Portal>>,
    name: String,
    uri: Uri,
    headers: HeaderMap,
    extensions: Extensions,
    body: Body,
    act: Act,
) -> Response {
    let (look, reader) = read(&portal, &uri, &headers, &extensions).await;
    let failed = |fault| fault_page(reader.clone(), &Look::default(), uri.path(), fault);
    let secret = cookies::get(&headers, portal.cookie()).unwrap_or_default().to_string();
    let admitted = look.and_then(|_| {
        reader.who.admit(Role::Editor, Scope::Read)?;
        doors::check_sender(&portal, &headers, &reader)
    });
    if let Err(fault) = admitted {
        return failed(fault);
    }
    let Ok(bytes) = to_bytes(body, FORM_BYTES_MAX).await else {
        let said =
            format!("a form of a draft has at most {FORM_BYTES_MAX} bytes: save fewer or shorter texts");
        let mut response = failed(Fault::new(Kind::TooLarge, said));
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return response;
    };
    let pairs = match doors::check_form(&reader, &secret, &bytes, FIELDS_MAX) {
        Ok(pairs) => pairs,
        Err(fault) => return failed(fault),
    };
    let (own, asked) = (reader.clone(), Arc::clone(&portal));
    let now = (portal.settings.clock)();
    let done = portal.at_the_door(move || {
        let drafts = drafts(&asked, &own)?;
        act(&Form { told: Told { portal: &asked, reader: &own, now }, drafts, name: &name, pairs: &pairs })
    });
    match done.await {
        Ok(Done::Go(path)) => go(&path),
        Ok(Done::Again(html)) => (StatusCode::CONFLICT, Html(html)).into_response(),
        Err(fault) => failed(fault),
    }
}

/// Makes a new draft from the data.
fn add(form: &Form<'_>) -> Result<Done, Fault> {
    let word = |name| form.word(name).map(|text| (!text.is_empty()).then(|| text.to_string()));
    let Some(period) = word("period")? else {
        return Err(Fault::parameter("period", "a report needs its period: write 2014Q2"));
    };
    let readers = form.word("form")?;
    let readers = Readers::parse(readers)
        .ok_or_else(|| Fault::parameter("form", "a form is internal, members or public"))?;
    let wanted = Wanted {
        period: period.clone(),
        kind: word("kind")?,
        form: readers.name().to_string(),
        region: word("region")?,
    };
    let who = form.told.reader.who.clone();
    start(form.told.portal, form.work(What::Draft, &period), move |portal| {
        let drafts = portal.drafts.as_ref().ok_or_else(Vec::new)?;
        let made = drafts.press.draft(&wanted).map_err(|fault| vec![fault.to_string()])?;
        let wrong = |fault: Fault| vec![fault.detail];
        let name = drafts.add(&made.name, &made.text).map_err(wrong)?;
        portal.note(&who, Deed::DraftAdded, &name).map_err(wrong)?;
        Ok((name, Vec::new()))
    })?;
    Ok(Done::Go("/reports#drafts".to_string()))
}

/// Saves the texts of a section.
fn save(form: &Form<'_>) -> Result<Done, Fault> {
    let w = crate::words::of(form.told.reader.language);
    let section = form.text("section");
    let again = |why: String| {
        let names = [form.name.to_string(), section.to_string()];
        let unsaved = Unsaved { pairs: form.pairs, why };
        draft_section::section(&form.told, &names, Some(&unsaved)).map(Done::Again)
    };
    let is_text = |name: &str| name.starts_with("ja/") || name.starts_with("en/");
    let long = form.pairs.iter().find(|(name, text)| is_text(name) && text.len() > texts::TEXT_BYTES_MAX);
    if let Some((name, _)) = long {
        let most = texts::TEXT_BYTES_MAX.to_string();
        return again(w.say("draft-long", &[("place", name), ("most", &most)]));
    }
    let _held = form.drafts.hold();
    let draft = form.drafts.read(form.name)?;
    let said = draft.definition()?;
    let Some((manuscript, _)) = form.told.portal.works.manuscript(form.name, said) else {
        // The server was started again, or the head of the draft was changed: the data are read first.
        let _ = pages::read_data(&form.told, form.name);
        return again(w.t("draft-unread-save"));
    };
    let edits = said.edits().map_err(|what| Fault::parameter("draft", what))?;
    let checked = pages::check_with(&manuscript, &edits)?;
    let slots = texts::slots(section, &checked.made, &edits);
    if texts::base(&slots) != form.text("base") {
        return again(w.t("draft-changed"));
    }
    let mut changed: Vec<_> = edits.into_iter().filter(|edit| !texts::is_of(&edit.place, section)).collect();
    changed.extend(texts::read(&slots, &|name| {
        form.pairs.iter().find(|(own, _)| own == name).map(|(_, text)| text.clone())
    }));
    // A mark that cannot be read would keep the whole report from being made.
    let own: Vec<_> = changed.iter().filter(|edit| texts::is_of(&edit.place, section)).cloned().collect();
    if let Err(fault) = manuscript.documents(&own, &teiten_report::words::Language::ALL)
        && slots.iter().all(|slot| !slot.is_lost)
    {
        return again(format!("{} {fault}", w.t("draft-unreadable")));
    }
    let [ja, en] = checked.made.as_slice() else {
        return Err(Fault::internal(&"a report is made in two languages"));
    };
    let written = match rewrite::rewrite(&draft.text, &changed, ja, en) {
        Ok(written) => written,
        Err(what) => return again(format!("{} {what}", w.t("draft-unreadable"))),
    };
    if written != draft.text {
        form.drafts.write(form.name, &written)?;
        form.note(Deed::DraftChanged, &format!("{} {section}", form.name))?;
    }
    Ok(Done::Go(pages::section_href(form.name, section)))
}

/// Sets the date of issue and the label.
fn change_head(form: &Form<'_>) -> Result<Done, Fault> {
    let (issued, label) = (form.word("issued")?, form.word("tlp")?);
    if issued.parse::<jiff::civil::Date>().is_err() {
        return Err(Fault::parameter("issued", "a date of issue is written YYYY-MM-DD"));
    }
    let label = Tlp::parse(label)
        .ok_or_else(|| Fault::parameter("tlp", "a label is clear, green, amber, amber+strict or red"))?;
    let label = label.name().to_ascii_lowercase();
    let _held = form.drafts.hold();
    let draft = form.same()?;
    draft.definition()?;
    let wrong = |what: String| Fault::parameter("draft", what);
    let written = rewrite::set(&draft.text, "issued", issued).map_err(wrong)?;
    let written = rewrite::set(&written, "tlp", &label).map_err(wrong)?;
    if written != draft.text {
        form.drafts.write(form.name, &written)?;
        form.note(Deed::DraftChanged, &format!("{} issued {issued} TLP:{label}", form.name))?;
    }
    Ok(Done::Go(form.page()))
}

/// Reads the data again and checks the draft.
fn check(form: &Form<'_>) -> Result<Done, Fault> {
    form.drafts.read(form.name)?.definition()?;
    pages::read_data(&form.told, form.name)?;
    form.note(Deed::DraftChecked, form.name)?;
    Ok(Done::Go(form.page()))
}

/// Sets the pages and the PDF as they would be published.
fn preview(form: &Form<'_>) -> Result<Done, Fault> {
    let draft = form.drafts.read(form.name)?;
    let said = draft.definition()?;
    let Some((manuscript, _)) = form.told.portal.works.manuscript(form.name, said) else {
        pages::read_data(&form.told, form.name)?;
        return Ok(Done::Go(form.page()));
    };
    let edits = said.edits().map_err(|what| Fault::parameter("draft", what))?;
    let (name, mark) = (form.name.to_string(), draft.mark());
    start(form.told.portal, form.work(What::Preview, form.name), move |portal| {
        let drafts = portal.drafts.as_ref().ok_or_else(Vec::new)?;
        let documents = manuscript.documents(&edits, &teiten_report::words::Language::ALL);
        let documents = documents.map_err(|fault| vec![fault.to_string()])?;
        let (files, notes) = drafts.press.print(&documents).map_err(|fault| vec![fault.to_string()])?;
        portal.works.keep_preview(&name, mark, files);
        Ok((name, notes))
    })?;
    form.note(Deed::DraftChecked, &format!("{} preview", form.name))?;
    Ok(Done::Go(form.page()))
}

/// Publishes the report, unless the check finds something.
fn publish(form: &Form<'_>) -> Result<Done, Fault> {
    let draft = form.same()?;
    let said = draft.definition()?;
    let Some(site) = form.told.portal.settings.site.clone() else {
        return Err(Fault::missing("there is nowhere to publish: start with `teiten serve --site DIR`"));
    };
    let Some((manuscript, _)) = form.told.portal.works.manuscript(form.name, said) else {
        pages::read_data(&form.told, form.name)?;
        return Ok(Done::Go(form.page()));
    };
    let note = Note { ja: texts::one_line(form.text("note-ja")), en: texts::one_line(form.text("note-en")) };
    let published = pages::site(form.told.portal)?
        .map(|site| site.editions_of(manuscript.plan.kind.name(), &manuscript.facts.period.name));
    let is_correction = published.transpose()?.is_some_and(|editions| !editions.is_empty());
    if is_correction && said.correction.is_none() && (note.ja.is_empty() || note.en.is_empty()) {
        let what = "an edition of this report is published: say in both languages why it is corrected";
        return Err(Fault::parameter("note", what));
    }
    let (name, mark, who) = (form.name.to_string(), draft.mark(), form.told.reader.who.clone());
    start(form.told.portal, form.work(What::Publish, form.name), move |portal| {
        published_by(portal, &who, (&name, &mark), &site, &note).map(|said| (name, said))
    })?;
    Ok(Done::Go(form.page()))
}

/// Publishes the text of this mark; what to say of it.
fn published_by(
    portal: &Portal,
    who: &Who,
    (name, mark): (&str, &str),
    site: &std::path::Path,
    note: &Note,
) -> Result<Vec<String>, Vec<String>> {
    let wrong = |fault: Fault| vec![fault.detail];
    let drafts = portal.drafts.as_ref().ok_or_else(Vec::new)?;
    let draft = drafts.read(name).map_err(wrong)?;
    if draft.mark() != mark {
        return Err(vec![format!("`{name}` was changed meanwhile: look at it again and publish it then")]);
    }
    // What was looked at is published, whoever saves meanwhile.
    let file = drafts.aside(name, &draft.text).map_err(wrong)?;
    match drafts.press.publish(&file, site, note) {
        Ok(Outcome::Published { edition, .. }) => {
            let about = format!("edition {} of {} {}", edition.number, edition.kind, edition.name);
            portal.note(who, Deed::Published, &format!("{name}: {about}")).map_err(wrong)?;
            Ok(vec![about])
        }
        Ok(Outcome::Same { edition, .. }) => {
            let about = format!("edition {} of {} {}", edition.number, edition.kind, edition.name);
            Ok(vec![format!("{about} says the same already; nothing was published")])
        }
        Err(fault) => {
            portal.note(who, Deed::PublishRefused, name).map_err(wrong)?;
            Err(match fault {
                PressFault::Refused(faults) => faults,
                other => vec![other.to_string()],
            })
        }
    }
}
