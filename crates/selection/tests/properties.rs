//! What holds for every filter and every text.
//!
//! **Invariant:** no text makes reading, drawing or completing panic.

mod notation;

use proptest::prelude::*;
use proptest::sample::select;
use teiten_selection::complete::complete;
use teiten_selection::fields::{Field, Kind, fields};
use teiten_selection::parse;
use teiten_selection::period::Period;
use teiten_selection::zone::Zone;

/// A value that goes with the field.
fn value(field: &'static Field) -> BoxedStrategy<String> {
    match field.kind {
        Kind::Number { .. } => (0..=field.kind.max().min(70_000)).prop_map(|n| n.to_string()).boxed(),
        Kind::AsNumber => (0u32..100_000).prop_map(|n| format!("AS{n}")).boxed(),
        Kind::Boolean => select(vec!["0", "1", "true"]).prop_map(str::to_string).boxed(),
        Kind::Ipv4 | Kind::Address => {
            (any::<u32>(), 0u8..=32).prop_map(|(a, l)| format!("{}/{l}", std::net::Ipv4Addr::from(a))).boxed()
        }
        Kind::Ipv6 => (any::<u128>(), 0u8..=128)
            .prop_map(|(a, l)| format!("{}/{l}", std::net::Ipv6Addr::from(a)))
            .boxed(),
        Kind::Word if field.name == "class" => {
            select(vec!["\"scan-syn\"", "\"not-ip\""]).prop_map(str::to_string).boxed()
        }
        Kind::Word if field.name == "malformed" => Just("\"ip-short\"".to_string()).boxed(),
        Kind::Text | Kind::Word | Kind::Words => {
            "[a-zé定\\-]{1,6}".prop_map(|text| format!("\"{text}\"")).boxed()
        }
        Kind::Bytes => proptest::collection::vec(any::<u8>(), 1..5)
            .prop_map(|bytes| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join("-"))
            .boxed(),
        Kind::Time => (0i64..2_000_000_000).prop_map(|secs| format!("{secs}.25")).boxed(),
        Kind::Condition => Just(String::new()).boxed(),
    }
}

fn test() -> impl Strategy<Value = String> {
    select(fields().collect::<Vec<_>>()).prop_flat_map(|field| {
        let name = field.name;
        let equals = (select(vec!["==", "!=", "eq", "ne"]), value(field))
            .prop_map(move |(sign, value)| format!("{name} {sign} {value}"));
        let set = proptest::collection::vec(value(field), 1..4)
            .prop_map(move |values| format!("{name} in {{{}}}", values.join(", ")));
        if field.kind == Kind::Condition {
            Just(name.to_string()).boxed()
        } else {
            prop_oneof![Just(name.to_string()), equals, set].boxed()
        }
    })
}

fn filter() -> impl Strategy<Value = String> {
    test().prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| format!("!({inner})")),
            inner.clone().prop_map(|inner| format!("not {inner}")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("{left} && {right}")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left}) or ({right})")),
            (inner.clone(), inner).prop_map(|(left, right)| format!("{left} || {right}")),
        ]
    })
}

/// Text made of the pieces that filters are made of.
fn soup() -> impl Strategy<Value = String> {
    let pieces = vec![
        "tcp",
        "tcp.dstport",
        "ip.src",
        "tag",
        "payload",
        "frame.time",
        "class",
        "==",
        "!=",
        "<",
        "&",
        "in",
        "{",
        "}",
        "(",
        ")",
        "!",
        "not",
        "and",
        "||",
        "..",
        ",",
        "23",
        "10.0.0.0/8",
        "\"a\"",
        "\"",
        "\\",
        "de:ad",
        "matches",
        "contains",
        "AS1",
        "2026-08-20T03:12+09:00",
        "dst",
        "port",
        "host",
        "=",
        "'x'",
        "定",
        "[",
        "r\"",
        " ",
        "\n",
    ];
    proptest::collection::vec(select(pieces), 0..12).prop_map(|pieces| pieces.join(" "))
}

fn read_and_draw(text: &str, cursor: usize) {
    match parse(text) {
        Ok(filter) => {
            let again = parse(&filter.to_string()).expect("the canonical form is a filter");
            assert_eq!(again.expr(), filter.expr(), "{text}");
        }
        Err(error) => {
            assert_eq!(error.drawn().lines().count(), 3, "{text:?}");
            assert!(error.span().end <= text.len(), "{text:?}");
        }
    }
    for offer in complete(text, cursor) {
        assert!(text.get(offer.replaced).is_some(), "{text:?}");
    }
}

proptest! {
    #[test]
    fn the_canonical_form_of_any_filter_reads_back(text in filter()) {
        let filter = parse(&text).map_err(|error| TestCaseError::fail(error.drawn()))?;
        let shown = filter.to_string();
        let again = parse(&shown).map_err(|error| TestCaseError::fail(error.drawn()))?;
        prop_assert_eq!(again.expr(), filter.expr());
        prop_assert_eq!(again.to_string(), shown);
    }

    #[test]
    fn a_negated_filter_answers_the_opposite(text in filter()) {
        let block = notation::block(notation::PACKETS);
        let filter = parse(&text).map_err(|error| TestCaseError::fail(error.drawn()))?;
        let negated = parse(&format!("!({text})")).map_err(|error| TestCaseError::fail(error.drawn()))?;
        let (filter, negated) = (filter.bind(&block), negated.bind(&block));
        for row in 0..block.rows() {
            prop_assert_ne!(filter.matches(row), negated.matches(row));
        }
    }

    #[test]
    fn no_text_makes_reading_a_filter_panic(text in any::<String>(), cursor in 0usize..50) {
        read_and_draw(&text, cursor);
    }

    #[test]
    fn no_mixture_of_its_parts_makes_reading_a_filter_panic(text in soup(), cursor in 0usize..50) {
        read_and_draw(&text, cursor);
    }

    #[test]
    fn quotes_in_values_do_not_leave_their_literal(text in "[a-z'\";\\-\\\\ ]{1,12}") {
        let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
        let filter = parse(&format!("sensor == \"{quoted}\"")).map_err(|e| TestCaseError::fail(e.drawn()))?;
        let expected = format!("(sensor IS NOT NULL AND sensor = '{}')", text.replace('\'', "''"));
        prop_assert_eq!(filter.sql(), expected);
    }

    #[test]
    fn no_text_makes_reading_a_period_panic(text in "[0-9QWFYnowTZ:./+ -]{0,16}|\\PC{0,12}", now in any::<i64>()) {
        let now = teiten_model::interval::Timestamp(now);
        let zone = Zone::parse("Asia/Tokyo").expect("a zone");
        if let Ok(period) = Period::parse(&text, &zone, now) {
            let again = Period::parse(&period.text(), &zone, now);
            prop_assert_eq!(again.map(|again| again.interval()), Ok(period.interval()));
            let _ = (period.previous(), period.previous_year(), period.label_en(), period.label_ja());
        }
    }
}
