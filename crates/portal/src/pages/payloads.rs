//! Payload groups: the distinct payloads of a selection, and the packets behind each.
//!
//! **Invariant:** bytes of strangers are shown as hexadecimal and as text whose every other byte is a dot.

use askama::Template;
use sha2::{Digest, Sha256};
use teiten_model::hex::hex;
use teiten_model::table::{Table, Value};
use teiten_query::questions::payloads;
use teiten_report::words::number;

use crate::api::lists;
use crate::asking::Question;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::look::Look;
use crate::pages::drawn;
use crate::view::form::Form;
use crate::view::frame::Frame;
use crate::view::rows::Rows;
use crate::view::take::{Source, Take};
use crate::view::trust::Trust;

/// Days that are shown when nobody says how many.
const DAYS: i64 = 7;
/// Most groups of a page.
const GROUPS_MAX: usize = 500;
/// Bytes of a payload that are shown; the packets have all that were stored.
const SHOWN_BYTES_MAX: usize = 24;
/// Digits of a hash that are shown.
const HASH_DIGITS: usize = 12;

#[derive(Template)]
#[template(path = "payloads.html")]
struct Page {
    frame: Frame,
    form: String,
    packets: String,
    total: String,
    trust: String,
    rows: String,
    take: String,
}

/// The page.
pub(crate) fn page(desk: &Desk) -> Result<String, Fault> {
    let w = desk.words();
    let period = desk.period(DAYS)?;
    let (selection, doubts) = desk.selection(&period)?;
    let lines = desk.look.lines(lists::GROUPS).min(GROUPS_MAX);
    let answer = desk.answer(&selection, &Question::Payloads(lines))?;
    let extent = desk.once(&format!("payload extent {selection:?}"), |session| {
        let (groups, packets) = payloads::extent(session, &selection)?;
        let mut table = Table::new(&[("groups", ""), ("packets", "packets")]);
        table.push(vec![groups.into(), packets.into()]);
        Ok(table)
    })?;
    let count = |place: usize| match extent.rows[0][place] {
        Value::Int(number) => number::count(number),
        _ => String::new(),
    };
    let (groups, packets) = (count(0), count(1));
    let listed = number::count(answer.rows.len() as i64);
    let told: [(&str, &str); 3] = [("groups", groups.as_str()), ("packets", &packets), ("shown", &listed)];
    let look = desk.look.selection().with_period(period.short_text());
    let table = shown(&answer);
    let payload = |row: usize| match answer.value(row, "payload") {
        Some(Value::Bytes(bytes)) => bytes.as_slice(),
        _ => &[],
    };
    let rows = Rows::plain(desk, w.t("payloads-title"), &table).linked("sha256", |row| {
        let more = filter(payload(row));
        look.with_filter(teiten_ask::narrow::both(look.filter(), &more)).url("/packets")
    });
    let alive = desk.alive(&selection)?;
    let source = Source {
        page: "/payloads",
        command: format!("ask payloads --top {lines}"),
        command_look: None,
        api: "/api/v1/payloads",
        look: Look { top: Some(lines), ..look.clone() },
        drawing: "",
        has_packets: true,
    };
    drawn(&Page {
        form: drawn(&Form::new(desk, "/payloads", &period, None))?,
        packets: look.url("/packets"),
        total: w.say("payloads-total", &told),
        trust: drawn(&Trust::new(desk, &alive, &[&answer], &doubts)?)?,
        rows: drawn(&rows)?,
        take: drawn(&Take::new(desk, source))?,
        frame: Frame::new(desk, "packets", w.t("payloads-title"))?,
    })
}

/// The groups as a page shows them.
fn shown(answer: &Table) -> Table {
    let mut table = Table::new(&[
        ("sha256", ""),
        ("text", ""),
        ("hex", ""),
        ("bytes", "bytes"),
        ("packets", "packets"),
        ("sources", "sources"),
        ("sensors", "sensors"),
        ("ports", "ports"),
        ("first", ""),
    ]);
    let names = ["packets", "sources", "sensors", "ports", "first"];
    for row in 0..answer.rows.len() {
        let Some(Value::Bytes(payload)) = answer.value(row, "payload") else { continue };
        let mut cells = vec![
            Value::Text(hex(&Sha256::digest(payload))[..HASH_DIGITS].to_string()),
            Value::Text(text(payload)),
            Value::Text(bytes(payload)),
            Value::Int(payload.len() as i64),
        ];
        cells.extend(names.map(|name| answer.value(row, name).cloned().unwrap_or(Value::Null)));
        table.push(cells);
    }
    table
}

/// The first bytes as text: what is no printable letter of ASCII is a dot.
fn text(payload: &[u8]) -> String {
    let shown = payload.iter().take(SHOWN_BYTES_MAX);
    let letters = shown.map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' });
    let mut text: String = letters.collect();
    if payload.len() > SHOWN_BYTES_MAX {
        text.push('…');
    }
    text
}

/// The first bytes as hexadecimal.
fn bytes(payload: &[u8]) -> String {
    let shown = &payload[..payload.len().min(SHOWN_BYTES_MAX)];
    let pairs: Vec<String> = shown.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}{}", pairs.join(" "), if payload.len() > SHOWN_BYTES_MAX { "…" } else { "" })
}

/// The filter of the packets that carry a payload.
fn filter(payload: &[u8]) -> String {
    let pairs: Vec<String> = payload.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("payload == {}", pairs.join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_shown_as_bytes_and_leads_to_its_packets() {
        let mut answer = Table::new(&[("payload", ""), ("packets", ""), ("first", "")]);
        let hostile = b"<b>\x1b[2J\xff and a long rest of a payload".to_vec();
        answer.push(vec![Value::Bytes(hostile.clone()), Value::Int(3), Value::Time(7)]);
        let table = shown(&answer);
        let of = |name| table.value(0, name).cloned();
        assert_eq!(of("text"), Some("<b>.[2J. and a long rest…".into()));
        assert_eq!(of("bytes"), Some(Value::Int(hostile.len() as i64)));
        assert_eq!((of("packets"), of("sources")), (Some(Value::Int(3)), Some(Value::Null)));
        for payload in [hostile.as_slice(), b"G", &[0], &[0xff; 256]] {
            teiten_selection::parse(&filter(payload)).expect("it reads back as a filter");
        }
    }
}
