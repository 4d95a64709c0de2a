//! The Atom feeds: what RFC 4287 asks of them, and that identifiers never change.

use expect_test::expect_file;
use teiten_report::archive::edition::Told;
use teiten_report::archive::publish;
use teiten_report::facts::Facts;

use super::{Place, corrected, first};
use crate::invented;

/// Path, attributes and text of an element.
type Element = (String, String, String);

/// The elements of a document as (path, attributes, text); panics where the document is not well formed.
fn elements(xml: &str) -> Vec<Element> {
    let mut rest = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n").expect("a declaration");
    let mut open: Vec<(String, usize)> = Vec::new();
    let mut found: Vec<Element> = Vec::new();
    while let Some((text, after)) = rest.split_once('<') {
        let (tag, after) = after.split_once('>').expect("a tag ends");
        check_text(text);
        match open.last() {
            Some((_, at)) => found[*at].2 += text,
            None => assert!(text.trim().is_empty(), "text outside: {text}"),
        }
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().map(|(name, _)| name).as_deref(), Some(name), "{xml}");
            continue;
        }
        let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(attributes.matches('"').count().is_multiple_of(2), "{tag}");
        check_text(attributes);
        let names = open.iter().map(|(name, _)| name.as_str()).chain([name]);
        found.push((names.collect::<Vec<_>>().join("/"), attributes.to_string(), String::new()));
        if !is_empty {
            open.push((name.to_string(), found.len() - 1));
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest}");
    found
}

/// Text holds no control character, and an ampersand only before an entity.
fn check_text(text: &str) {
    assert!(text.chars().all(|letter| letter == '\n' || !letter.is_control()), "{text:?}");
    for rest in text.split('&').skip(1) {
        let entity = rest.split(';').next().unwrap_or_default();
        assert!(entity.starts_with('#') || ["amp", "lt", "gt", "quot", "apos"].contains(&entity), "{text}");
    }
}

fn texts(feed: &str, path: &str) -> Vec<String> {
    elements(feed).into_iter().filter(|(at, ..)| at == path).map(|(_, _, text)| text).collect()
}

#[test]
fn a_correction_is_an_entry_of_its_own() {
    let place = Place::new("internal");
    place.publish(&place.report("r", &first()));
    let note = Told { ja: "訂正 & <追加>".into(), en: "Added \"one\" & more.".into() };
    publish::publish(&place.site, &place.report("c", &corrected()), &note).unwrap();
    expect_file!["../golden/feed.en.atom"].assert_eq(&place.text("en/feed.atom"));
    for code in ["ja", "en"] {
        let feed = place.text(&format!("{code}/feed.atom"));
        let required = ["feed/id", "feed/title", "feed/updated", "feed/author/name"];
        for path in required {
            assert_eq!(texts(&feed, path).len(), 1, "{path}");
        }
        for path in ["id", "title", "updated", "published", "summary"] {
            assert_eq!(texts(&feed, &format!("feed/entry/{path}")).len(), 2, "{path}");
        }
    }
}

#[test]
fn identifiers_stay_when_reports_are_corrected_and_the_site_moves() {
    let place = Place::new("internal");
    place.publish(&place.report("r", &first()));
    let before = texts(&place.text("ja/feed.atom"), "feed/entry/id");
    place.publish(&place.report("c", &corrected()));
    let mut site = place.site.clone();
    site.declaration.base_url = "https://elsewhere.example.net/".into();
    publish::refresh(&site).unwrap();
    let feed = place.text("ja/feed.atom");
    let after = texts(&feed, "feed/entry/id");
    assert_eq!(after.last(), before.last());
    assert_eq!(
        after,
        [
            "tag:www.example.org,2014-07-01:/reports/quarterly/2014Q2/2/ja",
            "tag:www.example.org,2014-07-01:/reports/quarterly/2014Q2/1/ja",
        ]
    );
    assert!(feed.contains("https://elsewhere.example.net/quarterly/2014Q2/ja/index.html"));
}

#[test]
fn hostile_titles_leave_the_feed_well_formed() {
    let place = Place::new("internal");
    let mut facts: Facts = invented::tiny();
    facts.period.label.ja = "<b>&amp;\u{0}\u{202e}]]>".into();
    facts.period.label.en = "\" onload='x' <!--".into();
    facts.first_published = None;
    place.publish(&place.report("r", &facts));
    for code in ["ja", "en"] {
        assert_eq!(texts(&place.text(&format!("{code}/feed.atom")), "feed/entry/title").len(), 1);
    }
}

#[test]
fn an_empty_site_has_feeds_too() {
    let feed = Place::new("public").text("en/feed.atom");
    assert_eq!(texts(&feed, "feed/updated"), ["2014-07-01T00:00:00Z"]);
    assert_eq!(texts(&feed, "feed/entry"), Vec::<String>::new());
}
