//! The page of tags: every tag, and the rule, sources and cautions of each signature that gives it.
//!
//! **Invariant:** a rule is shown as its file says it, so that what is read is what runs.

use teiten_detect::signature::{Confidence, Signature};
use teiten_detect::tags::tags_of;

use crate::codegen::page;

/// Where the files of the signatures lie, from this page.
const FILES: &str = "../../crates/detect/signatures/";

pub(super) fn draw(signatures: &[Signature]) -> String {
    let mut text = page::begin(
        "Tags",
        &[
            "A tag names a tool, a family or a request that a packet looks like; a packet has any number of them.",
            "`exact`: the rule follows from the tool's own code and is seldom met by chance. `weak`: others may share the shape.",
            "Sources that begin with a letter and a number are rows of [the catalogue of rules](../rules.md).",
            "The examples of each signature, which are its tests, stand in its file and in `teiten tag show NAME`.",
        ],
    );
    page::section(&mut text, "Every tag", &[]);
    let rows = tags_of(signatures).into_iter().map(|tag| {
        let links: Vec<String> = tag.signatures.iter().map(|id| format!("[{id}](#{id})")).collect();
        let category = tag.category.name().to_string();
        vec![page::code(&tag.name), category, tag.title, tag.title_ja, links.join(", ")]
    });
    page::table(&mut text, &["tag", "category", "title", "日本語", "signatures"], rows);
    for signature in signatures {
        draw_signature(&mut text, signature);
    }
    text
}

fn draw_signature(text: &mut String, signature: &Signature) {
    let confidence = match signature.confidence {
        Confidence::Exact => "exact",
        Confidence::Weak => "weak",
    };
    let seen = match (&signature.since, &signature.until) {
        (None, None) => String::new(),
        (since, until) => {
            format!(", {} to {}", since.as_deref().unwrap_or("?"), until.as_deref().unwrap_or("today"))
        }
    };
    let head = format!(
        "{} ([{confidence}]({FILES}{}.toml){seen}); tag `{}`.",
        signature.title, signature.id, signature.tag
    );
    let mut sentences = vec![head];
    if let Some(caution) = &signature.caution {
        sentences.push(format!("Caution: {caution}."));
    }
    sentences.push(format!("Sources: {}.", signature.sources.join("; ")));
    page::section(text, &signature.id, &sentences.iter().map(String::as_str).collect::<Vec<_>>());
    let rule = signature.text.split_once("[when]").map_or("", |(_, rule)| rule.trim());
    text.push_str(&format!("\n```toml\n[when]\n{rule}\n```\n"));
}
