//! Names that carry the address they were sent to (rule D84).
//!
//! Surveys of resolvers write the address they ask into the name, to tell afterwards who answered for whom. Such
//! a name betrays a sensor, so it is counted and not kept.
//!
//! **Invariant:** a name is rather taken for one of these than kept by mistake: hexadecimal digits are found
//! anywhere in it, and the address may stand in either direction.

use std::net::IpAddr;

/// Whether a name, in lower case, carries the address.
pub(super) fn is_encoded(name: &str, address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            let hex = |[a, b, c, d]: [u8; 4]| format!("{a:02x}{b:02x}{c:02x}{d:02x}");
            let number = u32::from_be_bytes([a, b, c, d]).to_string();
            has_octets(name, [a, b, c, d])
                || has_octets(name, [d, c, b, a])
                || name.contains(&hex([a, b, c, d]))
                || name.contains(&hex([d, c, b, a]))
                || runs(name).any(|run| run == number)
        }
        IpAddr::V6(address) => {
            let hex: String = address.octets().iter().map(|byte| format!("{byte:02x}")).collect();
            let nibbles: Vec<String> = hex.chars().rev().map(String::from).collect();
            let groups = address.segments().map(|segment| format!("{segment:x}")).join("-");
            let short = address.to_string().replace(':', "-");
            [hex, nibbles.join("."), groups, short].iter().any(|form| name.contains(form.as_str()))
        }
    }
}

/// Whether four runs of digits that follow each other, parted by one character, are these octets; zeros may
/// stand before them.
fn has_octets(name: &str, octets: [u8; 4]) -> bool {
    let bytes = name.as_bytes();
    (0..bytes.len()).any(|start| {
        let begins = bytes[start].is_ascii_digit() && (start == 0 || !bytes[start - 1].is_ascii_digit());
        begins && starts_with_octets(&bytes[start..], octets)
    })
}

fn starts_with_octets(mut bytes: &[u8], octets: [u8; 4]) -> bool {
    for (place, octet) in octets.into_iter().enumerate() {
        if place > 0 {
            match bytes {
                [b'.' | b'-' | b'_' | b'x', rest @ ..] => bytes = rest,
                _ => return false,
            }
        }
        let length = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let value = std::str::from_utf8(&bytes[..length]).ok().and_then(|digits| digits.parse::<u8>().ok());
        if length > 3 || value != Some(octet) {
            return false;
        }
        bytes = &bytes[length..];
    }
    true
}

/// The runs of digits of a name.
fn runs(name: &str) -> impl Iterator<Item = &str> {
    name.split(|byte: char| !byte.is_ascii_digit()).filter(|run| !run.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_their_usual_forms() {
        let cases = [
            ("203.0.113.9.scan.example.com", true),
            ("203-0-113-9.scan.example.com", true),
            ("203-000-113-009.scan.example.com", true),
            ("9.113.0.203.in-addr.arpa", true),
            ("ip203x0x113x9.example.com", true),
            ("cb007109.scan.example.com", true),
            ("a1cb00710942.scan.example.com", true),
            ("097100cb.scan.example.com", true),
            ("3405803785.scan.example.com", true),
            ("13405803785.scan.example.com", false),
            ("203.0.113.90.example.com", false),
            ("1203.0.113.9.example.com", false),
            ("version.bind", false),
            ("", false),
        ];
        for (name, expected) in cases {
            assert_eq!(is_encoded(name, "203.0.113.9".parse().unwrap()), expected, "{name}");
        }
    }

    #[test]
    fn addresses_of_ipv6_are_found_too() {
        let cases = [
            ("20010db8000000000000000000000009.example.com", true),
            ("2001-db8-0-0-0-0-0-9.example.com", true),
            ("2001-db8--9.example.com", true),
            ("9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", true),
            ("2001-db8-0-0-0-0-0-a.example.com", false),
        ];
        for (name, expected) in cases {
            assert_eq!(is_encoded(name, "2001:db8::9".parse().unwrap()), expected, "{name}");
        }
    }
}
