//! The periodic report: what reached the sensors in a week, a month, a quarter or a year.
//!
//! A plan says which sections it has and for whom; the sections are a list of their own.
//!
//! **Invariant:** no data, one sensor, one day and a missing period before give a report that says so.

use crate::disclosure::disclosed;
use crate::document::{Correction, Document, Frame};
use crate::draft;
use crate::error::ReportError;
use crate::facts::{DAYS_MAX, Facts, RANKING_ROWS_MAX, SERIES_MAX};
use crate::plan::Plan;
use crate::words::{Language, Words, date};

/// The report of a plan in one language.
///
/// # Errors
/// When the facts contradict themselves or the texts of the language are not complete.
pub fn periodic(facts: &Facts, plan: &Plan, language: Language) -> Result<Document, ReportError> {
    check(facts)?;
    let facts = &disclosed(facts, plan);
    let words = Words::of_kind(language, plan.kind);
    let period = facts.period.label.of(language);
    let mut document = Document {
        kind: plan.kind.name(),
        readers: plan.readers,
        name: facts.period.name.clone(),
        interval: facts.period.interval,
        zone: facts.zone.clone(),
        language,
        title: words.say("report-title", &[], &[("period", period)]),
        summary: words.say("report-summary", &[], &[("period", period)]),
        frame: frame(facts, plan, &words),
        sections: plan.sections.iter().filter_map(|def| (def.build)(facts, plan, &words)).collect(),
    };
    draft::apply(&mut document, &plan.edits)?;
    let finished = document.finish(&words)?;
    words.check()?;
    Ok(finished)
}

fn check(facts: &Facts) -> Result<(), ReportError> {
    let refuse = |what: String| Err(ReportError::Facts { report: facts.period.name.clone(), what });
    let days = facts.period.days();
    if days == 0 || days > DAYS_MAX {
        return refuse(format!("the period has {days} days, not 1 to {DAYS_MAX}"));
    }
    let is_fit = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    if facts.period.name.is_empty() || !facts.period.name.chars().all(is_fit) {
        return refuse("the period's name is not made of letters, digits and hyphens".to_string());
    }
    if facts.phenomena.lengths().any(|length| length != days) {
        return refuse(format!("a series of the phenomena has not {days} values"));
    }
    for (name, ranking) in [("ports", &facts.ports), ("regions", &facts.regions)] {
        if ranking.rows.len() > RANKING_ROWS_MAX || ranking.series.len() > SERIES_MAX {
            return refuse(format!("{name} has more than {RANKING_ROWS_MAX} rows or {SERIES_MAX} series"));
        }
        if let Some(series) = ranking.series.iter().find(|series| series.values.len() != days) {
            let found = series.values.len();
            return refuse(format!("series `{}` of {name} has {found} values for {days} days", series.key));
        }
    }
    Ok(())
}

fn frame(facts: &Facts, plan: &Plan, words: &Words) -> Frame {
    let language = words.language;
    let publisher = &facts.publisher;
    Frame {
        institution: publisher.institution.of(language).to_string(),
        contact: publisher.contact.clone(),
        tlp: Some(plan.tlp),
        first_published: Some(facts.first_published.unwrap_or(facts.issued)),
        last_updated: Some(facts.issued),
        correction: correction(facts, words),
        warning: facts
            .synthetic
            .as_ref()
            .map(|scenario| words.say("synthetic", &[], &[("scenario", scenario.of(language))])),
        notices: publisher.notices.iter().map(|notice| notice.of(language).to_string()).collect(),
    }
}

/// An edition is a corrected one when it was issued after the first; on the same day, when its publisher
/// says what was corrected.
fn correction(facts: &Facts, words: &Words) -> Option<Correction> {
    let language = words.language;
    let first = facts.first_published?;
    // A note typed over several lines is one paragraph, here as in the archive.
    let note = facts.correction.as_ref().map_or("", |note| note.of(language).trim());
    let note: String = note.chars().map(|letter| if letter.is_whitespace() { ' ' } else { letter }).collect();
    (first < facts.issued || !note.is_empty()).then(|| Correction {
        said: words.say(
            "corrected-said",
            &[],
            &[("first", &date::long(first, language)), ("last", &date::long(facts.issued, language))],
        ),
        note,
    })
}
