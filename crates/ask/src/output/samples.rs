//! Answers that the tests of all formats draw.

use jiff::tz::TimeZone;
use teiten_model::table::{Table, Value};

use crate::output::{Format, Lang, Style, write};

/// A style as tests want it: JST, English, nothing more.
pub(super) fn style(format: Format) -> Style {
    Style {
        format,
        zone: TimeZone::posix("JST-9").expect("a zone"),
        lang: Lang::En,
        color: false,
        header_comment: false,
        bom: false,
        width: None,
        meta: vec![("filter".into(), "tcp.flags.syn == 1".into()), ("range".into(), "2014Q2".into())],
    }
}

/// The text that the table is in that style.
pub(super) fn written(table: &Table, style: &Style) -> String {
    let mut out = Vec::new();
    write(table, style, &mut out).expect("a Vec takes what is written");
    String::from_utf8(out).expect("UTF-8")
}

/// Ranks of countries.
pub(super) fn top() -> Table {
    let mut table = Table::new(&[
        ("rank", ""),
        ("country", ""),
        ("packets", "packets"),
        ("share", "%"),
        ("rate", "packets/sensor/day"),
        ("change", "%"),
    ]);
    let rows = [
        ("中国", 1_234_567, 61.25, Some(1_130.5), Some(12.5)),
        ("United States", 98_765, 4.9, Some(90.25), Some(-3.0)),
        ("-", 7, 0.000_35, None, None),
    ];
    let float = |number: Option<f64>| number.map_or(Value::Null, Value::Float);
    for (place, (name, packets, share, rate, change)) in rows.into_iter().enumerate() {
        let rank = Value::Int(place as i64 + 1);
        table.push(vec![rank, name.into(), packets.into(), Value::Float(share), float(rate), float(change)]);
    }
    table.notes.push("2 sensors were silent\nfor a day".into());
    table.origin.push("rollups".into());
    table
}

/// Every kind of value, and texts that mean harm.
pub(super) fn every_kind() -> Table {
    let mut table = Table::new(&[
        ("at", ""),
        ("src", ""),
        ("asn", ""),
        ("name", ""),
        ("payload", ""),
        ("is_exact", ""),
        ("score", ""),
    ]);
    let texts = ["a.example", "evil\x1b[2J\r\n\"x\",\ty|z", "国.example\\", ""];
    for (place, text) in texts.into_iter().enumerate() {
        let place = place as i64;
        let address = if place % 2 == 0 { "192.0.2.7" } else { "2001:db8::1" };
        table.push(vec![
            Value::Time(1_396_310_400_000_000 + place * 3_600_000_000 + place % 2),
            Value::Address(address.parse().expect("an address")),
            Value::Int(64_496 + place),
            Value::Text(text.into()),
            Value::Bytes(vec![0xde, 0xad, place as u8]),
            Value::Bool(place % 2 == 0),
            if place == 3 { Value::Float(f64::NAN) } else { Value::Float(0.5 * place as f64) },
        ]);
    }
    table.push(vec![Value::Null; 7]);
    table
}
