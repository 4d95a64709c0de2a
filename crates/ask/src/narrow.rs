//! From a value in an answer to the filter that asks for its packets: what stands behind `+`, `-` and `only`.
//!
//! **Invariant:** what is written here reads back as a filter; a test goes through every dimension.

use teiten_model::icmp;
use teiten_model::protocols;
use teiten_model::table::Value;
use teiten_query::dimension::Dimension;
use teiten_query::label::OTHER;

/// The filter of the packets that a line of a ranking counts; `None` for a line that is no value, or for what
/// the filter language has no word.
pub fn of(by: &Dimension, value: &Value) -> Option<String> {
    let quoted = |word: &str| format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""));
    let word = |field: &str, value: &Value| match value {
        Value::Text(word) if word != OTHER => Some(format!("{field} == {}", quoted(word))),
        _ => None,
    };
    let number = |field: &str, value: &Value| match value {
        Value::Int(number) => Some(format!("{field} == {number}")),
        _ => None,
    };
    match (by.name, value) {
        ("port", Value::Text(label)) => port(label, "dst.port", "dstport"),
        ("srcport", Value::Text(label)) => port(label, "src.port", "srcport"),
        ("protocol", Value::Text(label)) => protocol(label),
        ("icmp", Value::Text(label)) => message(label),
        ("source", Value::Address(address)) => {
            Some(format!("{} == {address}", if address.is_ipv4() { "ip.src" } else { "ipv6.src" }))
        }
        ("as", Value::Int(number)) => Some(format!("src.asn == AS{number}")),
        ("country", value) => word("src.country", value),
        ("class", value) => word("class", value),
        ("tag", value) => word("tag", value),
        ("actor", value) => word("actor", value),
        ("group", value) => word("sensor.group", value),
        ("sensor", value) => word("sensor", value),
        ("malformed", value) => word("malformed", value),
        ("input", value) => word("input", value),
        ("dnsname", value) => word("dns.qry.name", value),
        ("flags", value) => number("tcp.flags", value),
        ("window", value) => number("tcp.window_size_value", value),
        ("ttl", Value::Int(number)) => Some(format!("(ip.ttl == {number} || ipv6.hlim == {number})")),
        ("rcode", value) => number("dns.flags.rcode", value),
        _ => None,
    }
}

/// A port such as `445/TCP`; ICMP is one line, and so is a protocol without ports.
///
/// A line counts the port of the packet itself; Wireshark's fields also find the port of a packet that an ICMP
/// error quotes, so those are left out by name.
fn port(label: &str, both: &str, own: &str) -> Option<String> {
    let Some((proto, port)) = protocols::read_port_label(label) else { return protocol(label) };
    Some(match proto {
        protocols::TCP => format!("tcp.{own} == {port} && !icmp"),
        protocols::UDP => format!("udp.{own} == {port} && !icmp"),
        proto => format!("proto == {proto} && {both} == {port}"),
    })
}

fn protocol(label: &str) -> Option<String> {
    let number = match protocols::find_word(label) {
        Some(row) => row.number,
        None => label.strip_prefix("protocol ")?.parse().ok()?,
    };
    Some(format!("proto == {number}"))
}

fn message(label: &str) -> Option<String> {
    let (family, kind, code) = icmp::read_label(label)?;
    let word = match family {
        icmp::Family::V4 => "icmp",
        icmp::Family::V6 => "icmpv6",
    };
    let code = code.map_or(String::new(), |code| format!(" && {word}.code == {code}"));
    Some(format!("{word}.type == {kind}{code}"))
}

/// Both filters at once; either may be empty.
pub fn both(filter: &str, more: &str) -> String {
    match (filter.is_empty(), more.is_empty()) {
        (true, _) => more.to_string(),
        (_, true) => filter.to_string(),
        _ => format!("{} && {}", bracketed(filter), bracketed(more)),
    }
}

/// The filter without the packets of the other.
pub fn without(filter: &str, less: &str) -> String {
    both(filter, &format!("!({less})"))
}

/// In brackets where `&&` would take it apart; only `or` binds less.
fn bracketed(filter: &str) -> String {
    let is_apart = filter.contains("||") || filter.contains(" or ") || filter.contains('"');
    let is_whole = is_in_brackets(filter);
    if is_apart && !is_whole { format!("({filter})") } else { filter.to_string() }
}

/// Whether the first bracket, which may stand after `!`, is closed by the last.
fn is_in_brackets(filter: &str) -> bool {
    let filter = filter.strip_prefix('!').unwrap_or(filter);
    // A bracket inside a text is none; then the filter is put in brackets once more, which changes nothing.
    if !filter.starts_with('(') || filter.contains('"') {
        return false;
    }
    let mut depth = 0;
    for (at, letter) in filter.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1 == filter.len();
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use teiten_query::dimension::{self, DIMENSIONS};

    use super::*;

    #[test]
    fn a_value_becomes_a_filter_that_can_be_read() {
        let text = |word: &str| Value::Text(word.to_string());
        let cases = [
            ("port", text("445/TCP"), "tcp.dstport == 445 && !icmp"),
            ("port", text("53/UDP"), "udp.dstport == 53 && !icmp"),
            ("port", text("ICMP"), "proto == 1"),
            ("port", text("GRE"), "proto == 47"),
            ("srcport", text("6000/TCP"), "tcp.srcport == 6000 && !icmp"),
            ("protocol", text("TCP"), "proto == 6"),
            ("protocol", text("protocol 253"), "proto == 253"),
            ("icmp", text("ICMP 3/3"), "icmp.type == 3 && icmp.code == 3"),
            ("icmp", text("ICMPv6 128"), "icmpv6.type == 128"),
            ("source", Value::Address([192, 0, 2, 1].into()), "ip.src == 192.0.2.1"),
            (
                "source",
                Value::Address([0x2001u16, 0xdb8, 0, 0, 0, 0, 0, 1].into()),
                "ipv6.src == 2001:db8::1",
            ),
            ("as", Value::Int(64_496), "src.asn == AS64496"),
            ("country", text("CN"), "src.country == \"CN\""),
            ("class", text("scan-syn"), "class == \"scan-syn\""),
            ("tag", text("mirai-syn"), "tag == \"mirai-syn\""),
            ("actor", text("a \"b\" \\c"), "actor == \"a \\\"b\\\" \\\\c\""),
            ("group", text("jp"), "sensor.group == \"jp\""),
            ("sensor", text("jp-01"), "sensor == \"jp-01\""),
            ("malformed", text("ip-short"), "malformed == \"ip-short\""),
            ("input", text("00ff"), "input == \"00ff\""),
            ("dnsname", text("a.example"), "dns.qry.name == \"a.example\""),
            ("flags", Value::Int(2), "tcp.flags == 2"),
            ("window", Value::Int(1024), "tcp.window_size_value == 1024"),
            ("ttl", Value::Int(64), "(ip.ttl == 64 || ipv6.hlim == 64)"),
            ("rcode", Value::Int(3), "dns.flags.rcode == 3"),
        ];
        let told: std::collections::BTreeSet<&str> = cases.iter().map(|(name, ..)| *name).collect();
        for (name, value, expected) in cases {
            let found = of(dimension::find(name).expect("a dimension"), &value).expect("a filter");
            assert_eq!(found, expected, "{name}");
            teiten_selection::parse(&found).expect("it can be read");
            for more in [both("udp || tcp", &found), without("udp || tcp", &found)] {
                teiten_selection::parse(&more).expect("it can be read");
            }
        }
        for dimension in DIMENSIONS.iter().filter(|one| one.name != "quoteport") {
            assert!(told.contains(dimension.name), "{} has a case", dimension.name);
        }
    }

    #[test]
    fn what_is_no_value_has_no_filter() {
        let country = dimension::find("country").expect("a dimension");
        for value in [Value::Null, Value::from(OTHER)] {
            assert_eq!(of(country, &value), None);
        }
    }

    #[test]
    fn filters_are_put_together_as_they_are_meant() {
        let cases = [
            ("", "tcp", "tcp"),
            ("udp", "", "udp"),
            ("udp", "frame.len == 1", "udp && frame.len == 1"),
            ("tcp || udp", "frame.len == 1", "(tcp || udp) && frame.len == 1"),
            ("(tcp || udp)", "(ip || arp)", "(tcp || udp) && (ip || arp)"),
            ("(tcp) || (udp)", "ip", "((tcp) || (udp)) && ip"),
            ("tag == \"a\"", "frame.len == 1", "(tag == \"a\") && frame.len == 1"),
        ];
        for (filter, more, expected) in cases {
            assert_eq!(both(filter, more), expected);
        }
        assert_eq!(without("tcp or udp", "frame.len == 1"), "(tcp or udp) && !(frame.len == 1)");
        assert_eq!(without("", "frame.len == 1"), "!(frame.len == 1)");
    }
}
