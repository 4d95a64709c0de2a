//! The quarterly report: what reached the sensors in three months, ranked by port and by region.
//!
//! Sections: overview (Table 1, Figure 1, Table 2, Figure 2, what changed), notable phenomena, conditions
//! of observation and provenance, references.
//!
//! **Invariant:** no data, one sensor, one day and a missing previous quarter give a report that says so.

use super::{changes, phenomena, provenance, ranking};
use crate::document::{Block, Document, Frame, Reference, Section, Span};
use crate::error::ReportError;
use crate::facts::{DAYS_MAX, Facts, RANKING_ROWS_MAX, Ranking, SERIES_MAX};
use crate::words::{Language, Words, date};

use ranking::Subject;

/// Where IANA lists service names; cited under every table of ports.
const IANA_URL: &str =
    "https://www.iana.org/assignments/service-names-port-numbers/service-names-port-numbers.xhtml";

/// The quarterly report in one language.
///
/// # Errors
/// When the facts contradict themselves or the texts of the language are not complete.
pub fn quarterly(facts: &Facts, language: Language) -> Result<Document, ReportError> {
    check(facts)?;
    let words = Words::new(language);
    let period = facts.period.label.of(language);
    let document = Document {
        kind: "quarterly",
        name: facts.period.name.clone(),
        interval: facts.period.interval,
        zone: facts.zone.clone(),
        language,
        title: words.say("quarterly-title", &[], &[("period", period)]),
        summary: words.say("quarterly-summary", &[], &[("period", period)]),
        frame: frame(facts, &words),
        sections: vec![
            overview(facts, &words),
            phenomena::section(facts, &words),
            provenance::section(facts, &words),
            references(facts, &words),
        ],
    };
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

fn frame(facts: &Facts, words: &Words) -> Frame {
    let language = words.language;
    let publisher = &facts.publisher;
    Frame {
        institution: publisher.institution.of(language).to_string(),
        contact: publisher.contact.clone(),
        first_published: Some(facts.first_published.unwrap_or(facts.issued)),
        last_updated: Some(facts.issued),
        warning: facts
            .synthetic
            .as_ref()
            .map(|scenario| words.say("synthetic", &[], &[("scenario", scenario.of(language))])),
        notices: publisher.notices.iter().map(|notice| notice.of(language).to_string()).collect(),
    }
}

fn overview(facts: &Facts, words: &Words) -> Section {
    let is_empty = facts.packets == 0;
    let opening = introduction(facts, is_empty, words);
    let mut blocks = vec![if is_empty { Block::Notice(opening) } else { Block::Paragraph(opening) }];
    if facts.sensors == 1 {
        let sensors = vec![Span::number("coverage", provenance::SENSORS_ROW, "value")];
        blocks.push(Block::Notice(words.spans("one-sensor", &[], &[("sensors", sensors)])));
    }
    if !is_empty {
        blocks.extend(rankings(facts, words));
    }
    Section { id: "overview".to_string(), heading: words.text("overview"), blocks }
}

fn rankings(facts: &Facts, words: &Words) -> Vec<Block> {
    let both = [(Subject::Ports, &facts.ports), (Subject::Regions, &facts.regions)];
    let has_rows = |ranking: &Ranking| ranking.shown_rows().next().is_some();
    let mut blocks = Vec::new();
    for (subject, ranking) in both {
        if has_rows(ranking) {
            blocks.extend(ranking::blocks(subject, ranking, facts, words));
        } else {
            let key = subject.choose("ports-none", "regions-none");
            blocks.push(Block::Paragraph(words.spans(key, &[], &[])));
        }
    }
    if facts.previous.is_none() {
        blocks.push(Block::Paragraph(words.spans("no-previous", &[], &[])));
    }
    for (subject, ranking) in both {
        if has_rows(ranking) {
            blocks.push(Block::Paragraph(changes::paragraph(subject, ranking, facts, words)));
        }
    }
    blocks
}

fn introduction(facts: &Facts, is_empty: bool, words: &Words) -> Vec<Span> {
    let language = words.language;
    let number = |row: usize| vec![Span::number("coverage", row, "value")];
    let day = |day| vec![Span::text(date::long(day, language))];
    let is_one_day = facts.period.first == facts.period.last;
    let key = if is_one_day { "when-day" } else { "when-days" };
    let when =
        words.phrase(key, &[], &[("first", day(facts.period.first)), ("last", day(facts.period.last))]);
    let region = facts.region.as_ref().map(|region| region.of(language));
    let key = if region.is_some() { "sensors-region" } else { "sensors-all" };
    let place = words.phrase(
        key,
        &[("count", facts.sensors)],
        &[
            ("region", vec![Span::text(region.unwrap_or_default())]),
            ("sensors", number(provenance::SENSORS_ROW)),
            ("addresses", number(provenance::ADDRESSES_ROW)),
        ],
    );
    let runs = [("when", when), ("where", place), ("packets", number(provenance::PACKETS_ROW))];
    let mut spans = words.spans(if is_empty { "no-data" } else { "counted" }, &[], &runs);
    spans.push(words.sentence_gap());
    spans.extend(words.spans(
        "zone",
        &[],
        &[
            ("zone", vec![Span::text(facts.zone_name.of(language))]),
            ("name", vec![Span::text(facts.zone.as_str())]),
        ],
    ));
    spans
}

fn references(facts: &Facts, words: &Words) -> Section {
    let iana = Reference {
        id: "iana".to_string(),
        number: 0,
        author: "IANA".to_string(),
        title: "Service Name and Transport Protocol Port Number Registry".to_string(),
        url: IANA_URL.to_string(),
    };
    let mut all = vec![iana];
    all.extend(phenomena::references(facts, words.language));
    let blocks = vec![Block::References(all)];
    Section { id: "references".to_string(), heading: words.text("references"), blocks }
}
