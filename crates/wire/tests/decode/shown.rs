//! A decoded row as text: every field that is present, as `name=value`.
//!
//! Fields that every row has (frame, time, lengths, link, weight) are left out.

use std::net::{Ipv4Addr, Ipv6Addr};

use teiten_model::column::ColumnType;
use teiten_model::columns::{COLUMNS, PacketColumns};
use teiten_model::frame::FrameBlock;
use teiten_model::hex::hex;
use teiten_model::values::Values;
use teiten_wire::decode::Decoder;

pub(crate) const ETHERNET: u16 = 1;
pub(crate) const RAW: u16 = 101;

const IN_EVERY_ROW: [&str; 6] = ["frame", "ts", "frame_len", "cap_len", "link", "packets"];

/// The columns of a single frame of that wire length.
pub(crate) fn decode_cut(link: u16, bytes: &[u8], wire_len: usize) -> PacketColumns {
    let mut block = FrameBlock::default();
    block.push(bytes, wire_len as u32, 1_700_000_000_123_456_000, link, 1);
    let mut columns = PacketColumns::default();
    Decoder::new().decode(&block, &mut columns);
    columns
}

/// The row of a single frame, captured whole.
pub(crate) fn row_of(link: u16, bytes: &[u8]) -> String {
    row(&decode_cut(link, bytes, bytes.len()), 0)
}

/// The row of a single frame that the snap length cut.
pub(crate) fn row_of_cut(link: u16, bytes: &[u8], wire_len: usize) -> String {
    row(&decode_cut(link, bytes, wire_len), 0)
}

/// The fields that are named, of the row of a single frame.
pub(crate) fn fields_of(link: u16, bytes: &[u8], names: &[&str]) -> String {
    let row = row_of(link, bytes);
    let named = |field: &&str| field.split('=').next().is_some_and(|name| names.contains(&name));
    row.split(' ').filter(named).collect::<Vec<_>>().join(" ")
}

/// A row of a block.
pub(crate) fn row(columns: &PacketColumns, at: usize) -> String {
    let mut fields = Vec::new();
    for (column, values) in COLUMNS.iter().zip(columns.all()) {
        let value = match values {
            Values::Int16(numbers) => number(column.name, i64::from(numbers[at])),
            Values::Int32(numbers) => number(column.name, i64::from(numbers[at])),
            Values::Int64(numbers) => number(column.name, numbers[at]),
            Values::Bytes(bytes) if bytes.get(at).is_empty() => None,
            Values::Bytes(bytes) => Some(text(column.kind, bytes.get(at))),
            Values::Words(words) => words.get(at).map(str::to_string),
        };
        if let Some(value) = value
            && !IN_EVERY_ROW.contains(&column.name)
        {
            fields.push(format!("{}={value}", column.name));
        }
    }
    fields.join(" ")
}

fn number(name: &str, number: i64) -> Option<String> {
    match name {
        _ if number < 0 => None,
        "src" | "dst" | "quote_src" | "quote_dst" => Some(Ipv4Addr::from(number as u32).to_string()),
        "tcp_flags" | "dns_flags" => Some(format!("{number:#x}")),
        _ => Some(number.to_string()),
    }
}

fn text(kind: ColumnType, bytes: &[u8]) -> String {
    match kind {
        ColumnType::Address16 => {
            Ipv6Addr::from(<[u8; 16]>::try_from(bytes).expect("an address has 16 bytes")).to_string()
        }
        ColumnType::Text => {
            format!("\"{}\"", std::str::from_utf8(bytes).expect("a text is UTF-8").replace(' ', "_"))
        }
        _ => hex(bytes),
    }
}

/// Hexadecimal digits as bytes; blanks do not count.
pub(crate) fn bytes(digits: &str) -> Vec<u8> {
    let digits: Vec<char> = digits.chars().filter(|digit| !digit.is_whitespace()).collect();
    let byte =
        |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).expect("hexadecimal digits");
    digits.chunks(2).map(byte).collect()
}
