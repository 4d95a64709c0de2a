//! Drafts: paragraphs as text and back, edits in both languages, and what keeps a report from publication.
//!
//! **Invariant:** a draft that nobody changed changes nothing.

use std::collections::BTreeSet;

use teiten_report::check;
use teiten_report::definition::Definition;
use teiten_report::document::Document;
use teiten_report::draft::{self, Edit, file, rewrite};
use teiten_report::html;
use teiten_report::kinds::periodic::periodic;
use teiten_report::plan::{Kind, Plan, Readers, Tlp};
use teiten_report::words::Language;
use teiten_report::words::names::Names;

use crate::{phenomena, told};

fn documents(plan: &Plan) -> Vec<Document> {
    let facts = phenomena::quarter();
    Language::ALL.map(|language| periodic(&facts, plan, language).expect("a report")).into()
}

fn edit(place: &str, ja: &str, en: &str) -> Edit {
    Edit { place: place.into(), replaces: true, text: Names::new(ja, en), was: String::new() }
}

/// The faults of a report whose text was written by hand.
fn faults(plan: &Plan, bursts: &[&str]) -> Vec<String> {
    let unedited = Plan { edits: Vec::new(), ..plan.clone() };
    let secrets = BTreeSet::from(["jp-01".to_string(), "192.0.2.1".to_string()]);
    let bursts: Vec<String> = bursts.iter().map(ToString::to_string).collect();
    check::faults(&documents(plan), &documents(&unedited), plan, &secrets, &bursts)
}

#[test]
fn every_paragraph_written_back_gives_the_same_report() {
    let plan = Plan::default();
    let plain = documents(&plan);
    let english = draft::paragraphs(&plain[1]);
    let edits = draft::paragraphs(&plain[0])
        .into_iter()
        .map(|ja| {
            let en =
                english.iter().find(|en| en.place == ja.place).expect("both languages have the same places");
            Edit { was: draft::mark(&ja.text), ..edit(&ja.place, &ja.text, &en.text) }
        })
        .collect();
    let edited = Plan { edits, ..plan };
    for (before, after) in plain.iter().zip(documents(&edited)) {
        assert_eq!(told(before), told(&after), "{}", before.language.code());
    }
    assert!(
        faults(&edited, &[]).iter().all(|fault| !fault.contains("another one")),
        "{:?}",
        faults(&edited, &[])
    );
}

#[test]
fn a_draft_reads_back_as_a_definition_that_changes_nothing() {
    let plan = Plan::default();
    let [ja, en] = <[Document; 2]>::try_from(documents(&plan)).expect("two languages");
    let proposals = [file::Proposal { id: "dns-aftermath".into(), why: "a \"reason\"".into() }];
    let keys = [("kind", toml::Value::from("quarterly"))];
    let text = file::file(&plan, &keys, &proposals, &ja, &en);
    let read = Definition::parse(&text).expect("a draft is a definition");
    assert_eq!((read.kind.as_deref(), read.text.len()), (Some("quarterly"), 0));
    assert_eq!(read.phenomenon[0].why, "a \"reason\"");
    // With the comment marks off, every paragraph is there in both languages.
    let body = text.split_once("# The paragraphs.").expect("the paragraphs").1;
    let (_, body) = body.split_once("\n\n").expect("the first paragraph");
    let freed: String = body.lines().map(|line| format!("{}\n", line.trim_start_matches("# "))).collect();
    let freed = Definition::parse(&freed).expect("the comments are entries");
    assert_eq!(freed.text.len(), draft::paragraphs(&ja).len());
    let edited = Plan { edits: freed.edits().expect("edits"), ..plan };
    assert_eq!(told(&documents(&edited)[1]), told(&en));
}

#[test]
fn a_draft_is_written_anew_and_only_its_texts_change() {
    let plan = Plan::default();
    let [ja, en] = <[Document; 2]>::try_from(documents(&plan)).expect("two languages");
    let keys = [("kind", toml::Value::from("quarterly"))];
    let text = file::file(&plan, &keys, &[], &ja, &en).replace("kind =", "# by a person\nkind =");
    assert_eq!(rewrite::rewrite(&text, &[], &ja, &en).expect("the same"), text);
    let hostile = "\"\"\"\n[[text]]\n# '''{ports:22/TCP:packets}\u{7}<b>";
    let edits = [
        edit("overview/1", "文", hostile),
        Edit { replaces: false, was: "00".into(), ..edit("overview/1", "後", "after") },
        edit("overview/2", "", ""),
        edit("nowhere/9", "失", "lost"),
    ];
    let written = rewrite::rewrite(&text, &edits, &ja, &en).expect("a draft");
    assert_eq!(Definition::parse(&written).expect("it reads").edits().expect("edits"), edits);
    assert!(written.contains("\n# by a person\nkind = \"quarterly\"\n"), "{written}");
    assert_eq!(rewrite::rewrite(&written, &edits, &ja, &en).expect("again"), written);
    assert_eq!(rewrite::rewrite(&written, &[], &ja, &en).expect("taken back"), text);
    // What the lines cannot tell apart is refused, never guessed.
    let strange = format!("text = [{{ at = \"overview/1\", ja = \"文\", en = \"text\" }}]\n{text}");
    let fault = rewrite::rewrite(&strange, &[], &ja, &en).expect_err("by hand");
    assert!(fault.contains("only a person can change"), "{fault}");
}

#[test]
fn a_block_alone_looks_as_on_the_page_and_links_no_file() {
    let document = documents(&Plan::default()).remove(1);
    let blocks = document.sections.iter().flat_map(|section| &section.blocks);
    let drawn: String = blocks.map(|block| html::block(&document, block).expect("a block")).collect();
    assert!(drawn.contains("<svg") && drawn.contains("id=\"to-ports\"") && drawn.contains("<table"));
    assert!(!drawn.contains("../") && !drawn.contains("<img"), "{drawn}");
}

#[test]
fn phenomena_are_chosen_and_ordered() {
    let anchors = |phenomena: &[(&str, bool)]| {
        let phenomena = phenomena.iter().map(|(id, show)| (id.to_string(), *show)).collect();
        let text = told(&documents(&Plan { phenomena, ..Plan::default() })[1]);
        let at = |part: &str| text.find(part);
        (at("## DNS answers"), at("## Packets from source port"))
    };
    let (dns, tool) = anchors(&[]);
    assert!(dns < tool && dns.is_some(), "{dns:?} {tool:?}");
    let (dns, tool) = anchors(&[("source-port-6000", true), ("dns-aftermath", true)]);
    assert!(tool < dns && tool.is_some());
    assert_eq!(anchors(&[("dns-aftermath", false)]).0, None);
}

#[test]
fn numbers_stay_bound_and_what_is_wrong_is_named() {
    let write = |ja: &str, en: &str| {
        let plan = Plan { edits: vec![edit("overview/1", ja, en)], ..Plan::default() };
        let facts = phenomena::quarter();
        periodic(&facts, &plan, Language::En)
            .map(|document| told(&document))
            .map_err(|fault| fault.to_string())
    };
    let text = write("文", "Port 22 had {ports:22/TCP:packets} packets, {abs ports:22/TCP:change} more: {to ports} {cite iana} {{x}}").unwrap();
    assert!(text.contains("Port 22 had ") && text.contains("more: Table 1 [1] {x}"), "{text}");
    for (mark, part) in [
        ("{port:22/TCP:packets}", "names no table: there are"),
        ("{ports:99/TCP:packets}", "names no row of `ports`"),
        ("{ports:22/TCP:pakets}", "names no column of `ports`: there are port, name, rank"),
        ("{ports", "is not closed"),
        ("}", "closes nothing"),
        ("{x}", "is no mark"),
    ] {
        let fault = write("文", mark).unwrap_err();
        assert!(fault.contains(part) && fault.contains("overview/1"), "{mark}: {fault}");
    }
    let plan = Plan { edits: vec![edit("overview/99", "文", "x")], ..Plan::default() };
    let fault = periodic(&phenomena::quarter(), &plan, Language::En).unwrap_err().to_string();
    assert!(fault.contains("no such paragraph"), "{fault}");
}

#[test]
fn the_check_refuses_what_may_not_go_out() {
    let public = Plan::new(Kind::Quarterly, Readers::Public);
    assert_eq!(faults(&public, &[]), Vec::<String>::new());
    for (edits, tlp, bursts, part) in [
        (vec![edit("overview/1", "文だけ", "")], Tlp::Clear, &[][..], "has no `en`"),
        (vec![edit("overview/1", "58,000個", "58,000 packets")], Tlp::Clear, &[], "says `58,000` by hand"),
        (vec![edit("overview/1", "jp-01で", "at jp-01")], Tlp::Clear, &[], "`jp-01`, which betrays a sensor"),
        (vec![], Tlp::Amber, &[], "TLP:AMBER does not allow a public form"),
        (vec![], Tlp::Clear, &["21318/TCP"], "21318/TCP at a single sensor is named nowhere"),
        (
            vec![Edit { was: "0000000000000000".into(), ..edit("overview/1", "文", "text") }],
            Tlp::Clear,
            &[],
            "another one than the program writes now",
        ),
    ] {
        let plan = Plan { edits, tlp, ..public.clone() };
        let found = faults(&plan, bursts);
        assert!(found.iter().any(|fault| fault.contains(part)), "{part}: {found:?}");
    }
    let one = check::faults(&documents(&public)[..1], &documents(&public), &public, &BTreeSet::new(), &[]);
    assert!(one.iter().any(|fault| fault.contains("no en version")), "{one:?}");
}
