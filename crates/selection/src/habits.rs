//! The ways of other tools, recognised and answered.
//!
//! They are not accepted: one language stays one language. The answer is the same test in ours.

use std::ops::Range;

use teiten_model::columns::COLUMNS;

use crate::distance::nearest;
use crate::error::{FilterError, Reason};
use crate::fields::{fields, find};
use crate::lexer::{Lexeme, Token};
use crate::value::{read_number, read_prefix};

/// Beginnings of names that Wireshark has and the table of packets has not.
const WIRESHARK_ONLY: &[&str] = &[
    "tls.",
    "ssl.",
    "http.",
    "http2.",
    "quic.",
    "ssh.",
    "sip.",
    "snmp.",
    "eth.",
    "arp.",
    "ntp.",
    "smb.",
    "tcp.stream",
    "tcp.analysis",
    "udp.stream",
    "_ws.",
    "frame.time_delta",
    "frame.time_relative",
    "communityid",
    "bootp.",
    "dhcp.",
];

/// Answers for a word that stands where a field should and is none.
pub(crate) fn answer(text: &str, lexemes: &[Lexeme], at: usize) -> FilterError {
    let word = |ahead: usize| match lexemes.get(at + ahead) {
        Some(Lexeme { token: Token::Word, span }) => &text[span.clone()],
        _ => "",
    };
    let name = word(0);
    let span = lexemes[at].span.clone();
    let up_to = |ahead: usize| span.start..lexemes.get(at + ahead).map_or(span.end, |lexeme| lexeme.span.end);
    let words = [name, word(1), word(2), word(3)];
    if let Some((count, hint)) = tcpdump(&words) {
        return foreign(text, up_to(count - 1), "tcpdump", hint);
    }
    let brackets = matches!(lexemes.get(at + 1), Some(Lexeme { token: Token::Symbol("["), .. }));
    if brackets {
        return foreign(text, up_to(1), "tcpdump", "write a field such as tcp.flags & 0x02".into());
    }
    if let Some((key, value)) = name.split_once(':')
        && (find(key).is_some() || (key.contains('.') && !key.starts_with(|c: char| c.is_ascii_digit())))
    {
        let value = if value.is_empty() { word(1) } else { value };
        let field = if find(key).is_some() { key } else { proposal(key).unwrap_or(key) };
        let value = if value.is_empty() { "VALUE" } else { value };
        return foreign(text, up_to(0), "KQL", format!("write {field} == {value}"));
    }
    if matches!(name, "AND" | "OR" | "NOT" | "IN") {
        return foreign(text, span, "SQL", format!("write {}", name.to_lowercase()));
    }
    if let Some(column) = COLUMNS.iter().find(|column| column.name == name)
        && !column.fields.is_empty()
    {
        let hint = format!("`{name}` is a column; its field is {}", column.fields.join(" or "));
        return FilterError::new(text, span, Reason::UnknownField(name.into()), hint);
    }
    if read_number(name).is_some() || read_prefix(name).is_some() {
        return bare_value(text, span, name);
    }
    let hint = match proposal(name) {
        Some(near) => format!("did you mean {near}?"),
        None if WIRESHARK_ONLY.iter().any(|start| name.starts_with(start)) => {
            "Wireshark has it, the table of packets has not".into()
        }
        None => String::new(),
    };
    FilterError::new(text, span, Reason::UnknownField(name.into()), hint)
}

fn foreign(text: &str, span: Range<usize>, tool: &'static str, hint: String) -> FilterError {
    let found = text[span.clone()].to_string();
    FilterError::new(text, span, Reason::Foreign { tool, found }, hint)
}

fn bare_value(text: &str, span: Range<usize>, value: &str) -> FilterError {
    let hint = match read_prefix(value) {
        Some(prefix) if prefix.first().is_ipv4() => format!("write ip.addr == {value}"),
        Some(_) => format!("write ipv6.addr == {value}"),
        None => format!(
            "write a test such as tcp.port == {value}; several values go in a set: tcp.port in {{22, 23}}"
        ),
    };
    let reason = Reason::Expected { wanted: "a field".into(), found: format!("`{value}`") };
    FilterError::new(text, span, reason, hint)
}

/// The field that was most likely meant.
pub(crate) fn proposal(name: &str) -> Option<&'static str> {
    nearest(name, fields().map(|field| field.name))
}

/// The test in our words for a primitive of tcpdump, and how many words it takes.
fn tcpdump(words: &[&str; 4]) -> Option<(usize, String)> {
    let (proto, rest) = match words[0] {
        "tcp" | "udp" | "sctp" => (Some(words[0]), &words[1..]),
        "ip" | "ip6" | "icmp" | "icmp6" => (None, &words[1..]),
        _ => (None, &words[..]),
    };
    let skipped = words.len() - rest.len();
    let (side, rest) = match rest[0] {
        "src" | "dst" => (Some(rest[0]), &rest[1..]),
        _ => (None, rest),
    };
    let taken = words.len() - rest.len();
    let (word, value) = (rest[0], *rest.get(1).unwrap_or(&""));
    let shown = |value: &str, stand_in: &str| {
        if value.is_empty() { stand_in.to_string() } else { value.to_string() }
    };
    let count = |used: usize| used + usize::from(!value.is_empty());
    match word {
        "port" | "portrange" => {
            let field = format!("{}.{}port", proto.unwrap_or("tcp"), side.unwrap_or(""));
            let hint = match value.split_once('-') {
                Some((low, high)) => format!("write {field} in {{{low}..{high}}}"),
                None => format!("write {field} == {}", shown(value, "PORT")),
            };
            Some((count(taken + 1), hint))
        }
        "host" | "net" => Some((count(taken + 1), address_hint(side, value))),
        "proto" if words[0] != "proto" || !value.is_empty() => {
            Some((count(taken + 1), format!("write ip.proto == {}", shown(value, "NUMBER"))))
        }
        "greater" => Some((count(taken + 1), format!("write frame.len >= {}", shown(value, "BYTES")))),
        "less" => Some((count(taken + 1), format!("write frame.len <= {}", shown(value, "BYTES")))),
        _ if side.is_some() && read_prefix(word).is_some() => Some((taken + 1, address_hint(side, word))),
        _ if side.is_some() && word.is_empty() && skipped == 0 => Some((taken, address_hint(side, ""))),
        _ if words[0] == "ip6" => Some((1, "write ipv6".into())),
        _ if words[0] == "icmp6" => Some((1, "write icmpv6".into())),
        _ => None,
    }
}

fn address_hint(side: Option<&str>, value: &str) -> String {
    let layer = match read_prefix(value) {
        Some(prefix) if !prefix.first().is_ipv4() => "ipv6",
        _ => "ip",
    };
    let value = if value.is_empty() { "ADDRESS" } else { value };
    format!("write {layer}.{} == {value}", side.unwrap_or("addr"))
}
