//! An address in every form in which bytes can hold it, and how it is blanked.
//!
//! Binary in either byte order, dotted, hyphenated and reversed text, DNS labels, hexadecimal and decimal
//! text (rules D84, D115).
//!
//! **Invariant:** blanking never changes the length of anything.

use std::net::IpAddr;

/// The addresses to be hidden, with the forms they can take.
#[derive(Debug, Default)]
pub(super) struct Traces {
    hidden: Vec<(IpAddr, IpAddr)>,
    binary: Vec<(Vec<u8>, Vec<u8>)>,
    texts: Vec<Vec<u8>>,
}

impl Traces {
    /// Adds an address and the identifier that stands for it.
    pub(super) fn add(&mut self, address: IpAddr, identifier: IpAddr) {
        if self.hidden.iter().any(|(known, _)| *known == address) {
            return;
        }
        self.hidden.push((address, identifier));
        let (real, shown) = (octets(address), octets(identifier));
        self.binary.push((reversed(&real), reversed(&shown)));
        match address {
            IpAddr::V4(v4) => self.add_texts_v4(v4.octets()),
            IpAddr::V6(v6) => {
                let groups = v6.segments().map(|group| format!("{group:04x}"));
                self.texts.push(v6.to_string().into_bytes());
                self.texts.push(groups.join(":").into_bytes());
                self.texts.push(groups.concat().into_bytes());
                let digits: Vec<char> = groups.concat().chars().rev().collect();
                let dotted: Vec<String> = digits.iter().map(char::to_string).collect();
                self.texts.push(dotted.join(".").into_bytes());
                self.texts.push(digits.iter().flat_map(|digit| [1, *digit as u8]).collect());
            }
        }
        self.binary.push((real, shown));
    }

    fn add_texts_v4(&mut self, octets: [u8; 4]) {
        let decimal = octets.map(|octet| octet.to_string());
        let padded = octets.map(|octet| format!("{octet:03}"));
        let hexadecimal = octets.map(|octet| format!("{octet:02x}"));
        for mut parts in [decimal, padded, hexadecimal] {
            for _ in 0..2 {
                for separator in [".", "-", "_", ":"] {
                    self.texts.push(parts.join(separator).into_bytes());
                }
                self.texts.push(parts.iter().flat_map(|part| label(part)).collect());
                // Decimal digits without a separator are too short to be told from other numbers.
                if parts.iter().map(String::len).sum::<usize>() >= 8 {
                    self.texts.push(parts.concat().into_bytes());
                }
                parts.reverse();
            }
        }
        self.texts.push(u32::from_be_bytes(octets).to_string().into_bytes());
        self.texts.push(u32::from_le_bytes(octets).to_string().into_bytes());
        // Longer forms first, so that a short one never leaves half of a long one.
        self.texts.retain(|text| text.len() >= 7);
        self.texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        self.texts.dedup();
    }

    /// The addresses that are hidden, each with its identifier.
    pub(super) fn hidden(&self) -> &[(IpAddr, IpAddr)] {
        &self.hidden
    }

    /// The identifier of an address, when it is one that is hidden.
    pub(super) fn identifier_of(&self, address: IpAddr) -> Option<IpAddr> {
        self.hidden.iter().find(|(known, _)| *known == address).map(|(_, identifier)| *identifier)
    }

    /// Replaces what holds an address, from an offset on: binary by the identifier, text by `x`.
    pub(super) fn blank(&self, bytes: &mut [u8], from: usize) {
        let Some(bytes) = bytes.get_mut(from..) else { return };
        for (real, shown) in &self.binary {
            let mut at = 0;
            while let Some(found) = find(&bytes[at..], real) {
                bytes[at + found..at + found + shown.len()].copy_from_slice(shown);
                at += found + shown.len();
            }
        }
        for text in &self.texts {
            let mut at = 0;
            while let Some(found) = find(&bytes[at..], text) {
                for byte in &mut bytes[at + found..at + found + text.len()] {
                    // Lengths of DNS labels and separators stay, so that a name stays readable.
                    if byte.is_ascii_alphanumeric() {
                        *byte = b'x';
                    }
                }
                at += found + text.len();
            }
        }
    }

    /// Whether any form of any address is left.
    pub(super) fn is_in(&self, bytes: &[u8]) -> bool {
        let binary = self.binary.iter().map(|(real, _)| real);
        binary.chain(&self.texts).any(|form| find(bytes, form).is_some())
    }
}

/// The octets of an address.
pub(super) fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}

fn reversed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().rev().copied().collect()
}

fn label(text: &str) -> Vec<u8> {
    std::iter::once(text.len() as u8).chain(text.bytes()).collect()
}

/// The first place of a form, letters of either case.
fn find(bytes: &[u8], form: &[u8]) -> Option<usize> {
    bytes.windows(form.len()).position(|window| window.eq_ignore_ascii_case(form))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_blanked_and_keeps_its_length() {
        let cases: [&[u8]; 14] = [
            b"\xc0\x00\x02\x01",
            b"\x01\x02\x00\xc0",
            b"192.0.2.1",
            b"192-0-2-1",
            b"192.000.002.001",
            b"1.2.0.192.in-addr.arpa",
            b"\x03192\x010\x012\x011\x03foo",
            b"\x011\x012\x010\x03192\x07in-addr",
            b"c0000201",
            b"C0000201",
            b"010200c0",
            b"c0:00:02:01",
            b"3221225985",
            b"OPTIONS sip:100@192.0.2.1 SIP/2.0",
        ];
        let mut traces = Traces::default();
        traces.add(IpAddr::from([192, 0, 2, 1]), IpAddr::from([203, 0, 113, 9]));
        for case in cases {
            let mut bytes = case.to_vec();
            assert!(traces.is_in(&bytes), "{case:?}");
            traces.blank(&mut bytes, 0);
            assert_eq!(bytes.len(), case.len());
            assert!(!traces.is_in(&bytes), "{case:?}");
        }
    }

    #[test]
    fn ipv6_text_is_blanked() {
        let mut traces = Traces::default();
        let address: IpAddr = "2001:db8::1".parse().expect("an address");
        traces.add(address, "2001:db8::ffff".parse().expect("an address"));
        for text in
            ["2001:db8::1", "2001:0DB8:0000:0000:0000:0000:0000:0001", "20010db8000000000000000000000001"]
        {
            let mut bytes = text.as_bytes().to_vec();
            traces.blank(&mut bytes, 0);
            assert!(!traces.is_in(&bytes), "{text}");
        }
    }
}
