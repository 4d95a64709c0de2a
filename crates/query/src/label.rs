//! How a line of an answer is written: `445/TCP`, `ICMP 3/3`, an address, from the values it is counted by.
//!
//! Names of protocols come from [`teiten_model::protocols`].

use teiten_model::address::{ipv4_of, ipv6_of};
use teiten_model::icmp::{self, Family};
use teiten_model::protocols;
use teiten_model::table::Value;

use crate::dimension::Dimension;

/// Protocols whose packets are ranked as one line, without ports.
pub const WITHOUT_PORTS: [i64; 2] = [protocols::ICMP as i64, protocols::ICMPV6 as i64];

/// The line that gathers what has no line of its own.
pub const OTHER: &str = "other";

/// The label of a protocol and port; `None` stands for "no such field".
pub fn port(proto: Option<i64>, port: Option<i64>) -> String {
    protocols::port_label(proto, port)
}

/// The cell that a line is shown with; `key` has a value for each part of the dimension.
pub fn line(by: &Dimension, key: &[Value]) -> Value {
    let int = |place: usize| match key.get(place) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    };
    match by.name {
        "port" | "srcport" | "quoteport" => Value::Text(port(int(0), int(1))),
        "protocol" => Value::Text(port(int(0), None)),
        "icmp" => {
            let family = int(2).and_then(Family::of_protocol).unwrap_or(Family::V4);
            int(0).map_or(Value::Null, |kind| Value::Text(icmp::label(family, kind, int(1))))
        }
        "source" => match (int(0).and_then(ipv4_of), key.get(1)) {
            (Some(address), _) => Value::Address(address.into()),
            (None, Some(Value::Bytes(bytes))) => {
                ipv6_of(bytes).map_or(Value::Null, |address| Value::Address(address.into()))
            }
            (None, _) => Value::Null,
        },
        _ => key.first().cloned().unwrap_or(Value::Null),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dimension;

    #[test]
    fn lines_are_written_as_reports_print_them() {
        let text = |text: &str| Value::Text(text.to_string());
        let cases = [
            ("port", vec![Value::Int(6), Value::Int(445)], text("445/TCP")),
            ("port", vec![Value::Int(1), Value::Null], text("ICMP")),
            ("port", vec![Value::Null, Value::Null], text("not IP")),
            ("srcport", vec![Value::Int(17), Value::Int(53)], text("53/UDP")),
            ("protocol", vec![Value::Int(47)], text("GRE")),
            ("protocol", vec![Value::Null], text("not IP")),
            ("icmp", vec![Value::Int(3), Value::Int(3), Value::Int(1)], text("ICMP 3/3")),
            ("icmp", vec![Value::Int(3), Value::Int(0), Value::Int(58)], text("ICMPv6 3/0")),
            ("icmp", vec![Value::Int(8), Value::Null, Value::Int(1)], text("ICMP 8")),
            ("source", vec![Value::Int(0xc000_0201), Value::Null], Value::Address([192, 0, 2, 1].into())),
            ("source", vec![Value::Null, Value::Bytes(vec![0; 16])], Value::Address([0u16; 8].into())),
            ("source", vec![Value::Null, Value::Null], Value::Null),
            ("country", vec![text("JP")], text("JP")),
            ("ttl", vec![Value::Int(64)], Value::Int(64)),
        ];
        for (name, key, expected) in cases {
            let by = dimension::find(name).expect("a dimension");
            assert_eq!(key.len(), by.parts.len(), "{name}");
            assert_eq!(line(by, &key), expected, "{name} {key:?}");
        }
    }
}
