//! The page of detectors: each with its rule, why it matters, when it is wrong, and its bounds.
//!
//! **Invariant:** detectors stand in the order of the program's list.

use teiten_detect::detector::{About, DETECTORS, EXPERIMENTAL};

use crate::codegen::page;

pub(super) fn draw() -> String {
    let mut text = page::begin(
        "Detectors",
        &[
            "A detector is a rule over a period; what it says is a finding. How findings are asked for: [findings](../guide/findings.md).",
            "Rules are cited by the ids of [rules](../rules.md). A bound is changed in the configuration: `[bounds.rsdos]` with `packets_min = 50`; a value outside its range is refused.",
        ],
    );
    let row = |about: &&About| {
        let state = if EXPERIMENTAL.contains(&about.id) { "experimental" } else { "" };
        vec![page::code(about.id), about.title.to_string(), about.title_ja.to_string(), state.to_string()]
    };
    let all: Vec<&About> = DETECTORS.iter().map(|detector| detector.about()).collect();
    page::table(&mut text, &["detector", "title", "in Japanese", "state"], all.iter().map(row));
    for about in all {
        let wrong = format!("When it is wrong: {}", about.wrong);
        let sources = format!("Version {}; from {}.", about.version, about.sources.join("; "));
        page::section(&mut text, &page::code(about.id), &[about.rule, about.why, &wrong, &sources]);
        let bound = |bound: &teiten_detect::detector::Tunable| {
            vec![
                page::code(bound.name),
                bound.value.to_string(),
                bound.unit.to_string(),
                bound.range(),
                bound.doc.to_string(),
            ]
        };
        page::table(
            &mut text,
            &["bound", "value", "unit", "range", "what it does"],
            about.tunables.iter().map(bound),
        );
    }
    text
}
