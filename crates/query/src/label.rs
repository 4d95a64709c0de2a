//! How a destination port is written: `445/TCP`, `0/ICMP`-style lines as `ICMP`, others by protocol.

/// Protocols whose packets are ranked as one line, without ports.
pub const WITHOUT_PORTS: [i64; 2] = [1, 58];

/// The line that gathers what has no line of its own.
pub const OTHER: &str = "other";

/// The short name of a protocol above IP, or its number.
pub fn protocol(number: i64) -> String {
    match number {
        1 => "ICMP".to_string(),
        2 => "IGMP".to_string(),
        4 => "IPIP".to_string(),
        6 => "TCP".to_string(),
        17 => "UDP".to_string(),
        41 => "IPv6".to_string(),
        47 => "GRE".to_string(),
        50 => "ESP".to_string(),
        58 => "ICMPv6".to_string(),
        132 => "SCTP".to_string(),
        other => format!("protocol {other}"),
    }
}

/// The label of a (protocol, port) line; `None` stands for "no such field".
pub fn port(proto: Option<i64>, port: Option<i64>) -> String {
    match (proto, port) {
        (None, _) => "not IP".to_string(),
        (Some(proto), None) => protocol(proto),
        (Some(proto), Some(port)) => format!("{port}/{}", protocol(proto)),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn ports_are_written_as_reports_print_them() {
        let cases = [
            (Some(6), Some(445), "445/TCP"),
            (Some(1), None, "ICMP"),
            (Some(17), None, "UDP"),
            (Some(253), None, "protocol 253"),
            (None, None, "not IP"),
        ];
        for (proto, port, label) in cases {
            assert_eq!(super::port(proto, port), label);
        }
    }
}
