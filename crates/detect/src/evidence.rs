//! Filters that open the packets behind a finding.
//!
//! **Invariant:** every filter is one of the filter language; the test `evidence` reads them all.

use std::collections::BTreeMap;
use std::net::IpAddr;

use teiten_model::interval::Interval;
use teiten_model::protocols::{ICMP, ICMPV6, TCP, UDP};
use teiten_model::selection::Selection;

/// The packets of a filter in a span of time.
pub(crate) fn evidence(filter: String, interval: Interval) -> Selection {
    Selection { filter: Some(filter), interval: Some(interval), ..Selection::default() }
}

/// A text as a value of the filter language.
pub(crate) fn text(value: &str) -> String {
    let mut written = String::with_capacity(value.len() + 2);
    written.push('"');
    for letter in value.chars() {
        if letter == '"' || letter == '\\' {
            written.push('\\');
        }
        written.push(letter);
    }
    written.push('"');
    written
}

/// A text as a regular expression that means just it.
pub(crate) fn exactly(value: &str) -> String {
    value
        .chars()
        .flat_map(|letter| {
            // An escaped angle bracket is an edge of a word.
            let is_plain = letter.is_ascii_alphanumeric()
                || !letter.is_ascii()
                || matches!(letter, '-' | '_' | '<' | '>');
            (!is_plain).then_some('\\').into_iter().chain([letter])
        })
        .collect()
}

/// A comparison of a field with one number, or with several.
pub(crate) fn one_of(field: &str, numbers: &[i64]) -> String {
    match numbers {
        [number] => format!("{field} == {number}"),
        _ => {
            let all: Vec<String> = numbers.iter().map(i64::to_string).collect();
            format!("{field} in {{{}}}", all.join(", "))
        }
    }
}

/// Requests to ports, by protocol; of ICMP the types.
pub(crate) fn requests(ports: &BTreeMap<i64, Vec<i64>>) -> String {
    let of = |(proto, ports): (&i64, &Vec<i64>)| match u8::try_from(*proto) {
        Ok(ICMP) => one_of("icmp.type", ports),
        Ok(ICMPV6) => one_of("icmpv6.type", ports),
        Ok(TCP) => format!("{} && class == \"scan-syn\"", one_of("tcp.dstport", ports)),
        Ok(UDP) => {
            format!("{} && (class == \"scan-udp\" || class == \"udp-unknown\")", one_of("udp.dstport", ports))
        }
        _ if ports.iter().all(|port| *port >= 0) => {
            format!("proto == {proto} && {}", one_of("dst.port", ports))
        }
        _ => format!("proto == {proto}"),
    };
    let all: Vec<String> = ports.iter().map(of).collect();
    match &all[..] {
        [one] => one.clone(),
        _ => all.iter().map(|part| format!("({part})")).collect::<Vec<_>>().join(" || "),
    }
}

/// Requests to one port; of ICMP, of one type.
pub(crate) fn request(proto: i64, port: i64) -> String {
    requests(&BTreeMap::from([(proto, vec![port])]))
}

/// Answers of a victim over the protocol that it is attacked by, and errors that quote the attack.
pub(crate) fn answers(victim: IpAddr, proto: i64) -> String {
    let own = match u8::try_from(proto) {
        Ok(TCP) => Some("class == \"backscatter-tcp\""),
        Ok(ICMP) if victim.is_ipv4() => Some("icmp.type in {0, 14, 16, 18}"),
        Ok(ICMP | ICMPV6) => Some("icmpv6.type == 129"),
        _ => None,
    };
    // Of IPv6 the filter has no field for the quoted destination alone.
    let quoted = match victim {
        IpAddr::V4(address) => format!("quote.dst == {address} && quote.proto == {proto}"),
        IpAddr::V6(address) => format!("icmpv6 && ipv6.dst == {address}"),
    };
    own.map_or_else(|| quoted.clone(), |own| format!("(src.net == {victim} && {own}) || ({quoted})"))
}
