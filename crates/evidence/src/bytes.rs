//! The bytes of a frame: offset, hexadecimal, ASCII; or the sentence why there are none.
//!
//! **Invariant:** sixteen bytes a line; what is not printable ASCII is a dot.

use std::fmt::Write;

/// Why a row has no bytes to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// The retention period of captured bytes is over.
    Expired,
    /// The reader may not see them.
    Withheld,
    /// The input was a flow export: it never had bytes.
    NeverCaptured,
    /// The capture file is no longer where it was imported from.
    InputGone,
}

impl Absence {
    /// The sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Absence::Expired => "The captured bytes are gone: the retention period for frames is over.",
            Absence::Withheld => "The captured bytes are withheld: they would betray the sensor's address.",
            Absence::NeverCaptured => "There are no captured bytes: the input gave flow records, not frames.",
            Absence::InputGone => {
                "The captured bytes are not here: the capture file is no longer where it was imported from."
            }
        }
    }
}

/// Appends a dump of the bytes, or the sentence.
pub fn draw(bytes: Result<&[u8], Absence>, out: &mut String) {
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(absence) => {
            out.push_str(absence.sentence());
            out.push('\n');
            return;
        }
    };
    for (line, chunk) in bytes.chunks(16).enumerate() {
        let _ = write!(out, "{:04x} ", line * 16);
        for place in 0..16 {
            match chunk.get(place) {
                Some(byte) => {
                    let _ = write!(out, " {byte:02x}");
                }
                None => out.push_str("   "),
            }
        }
        out.push_str("   ");
        out.extend(chunk.iter().map(|byte| match byte {
            0x20..=0x7e => char::from(*byte),
            _ => '.',
        }));
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_dump_has_sixteen_bytes_a_line() {
        let mut out = String::new();
        draw(Ok(b"M-SEARCH * HTTP/1.1\r\n"), &mut out);
        expect![[r#"
            0000  4d 2d 53 45 41 52 43 48 20 2a 20 48 54 54 50 2f   M-SEARCH * HTTP/
            0010  31 2e 31 0d 0a                                    1.1..
        "#]]
        .assert_eq(&out);
    }

    #[test]
    fn missing_bytes_are_explained() {
        let mut out = String::new();
        draw(Err(Absence::Expired), &mut out);
        assert_eq!(out, "The captured bytes are gone: the retention period for frames is over.\n");
    }
}
