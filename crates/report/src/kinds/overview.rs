//! The overview: what was observed, ranks of ports and regions, and what changed.
//!
//! **Invariant:** without a packet there is no table and no figure, and the section says so.

use super::ranking::Subject;
use super::{bursts, changes, provenance, ranking};
use crate::document::{Block, Section, Span};
use crate::facts::{Facts, Ranking};
use crate::plan::Plan;
use crate::words::{Words, date};

pub(super) fn section(facts: &Facts, _plan: &Plan, words: &Words) -> Section {
    let is_empty = facts.packets == Some(0);
    let opening = introduction(facts, is_empty, words);
    let mut blocks = vec![if is_empty { Block::Notice(opening) } else { Block::Paragraph(opening) }];
    if facts.sensors == 1 {
        let sensors = vec![Span::number("coverage", provenance::SENSORS_ROW, "value")];
        blocks.push(Block::Notice(words.spans("one-sensor", &[], &[("sensors", sensors)])));
    }
    if !is_empty {
        blocks.extend(rankings(facts, words));
        blocks.extend(bursts::blocks(facts, words));
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
    let key = match facts.packets {
        _ if is_empty => "no-data",
        Some(_) => "counted",
        None => "counted-withheld",
    };
    let mut spans = words.spans(key, &[], &runs);
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
