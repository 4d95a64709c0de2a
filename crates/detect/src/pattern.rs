//! A byte pattern: hexadecimal text in which `..` stands for any byte.
//!
//! **Invariant:** `bytes` and `mask` are equally long, and a byte under an open mask is zero.

use serde::Deserialize;

use crate::hex::parse_hex;

/// The longest pattern, in bytes: no more of a payload is stored.
pub const PATTERN_BYTES_MAX: usize = 256;

/// Bytes to compare, some of them open.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct BytePattern {
    bytes: Vec<u8>,
    mask: Vec<u8>,
}

impl BytePattern {
    /// A pattern without open bytes.
    pub fn exactly(bytes: &[u8]) -> BytePattern {
        BytePattern { bytes: bytes.to_vec(), mask: vec![0xff; bytes.len()] }
    }

    /// The length, in bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is nothing to compare.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The first byte, unless it is open.
    pub fn first(&self) -> Option<u8> {
        (self.mask.first() == Some(&0xff)).then(|| self.bytes[0])
    }

    /// Whether `data` begins with the pattern.
    #[inline]
    pub fn begins(&self, data: &[u8]) -> bool {
        data.len() >= self.bytes.len()
            && self.bytes.iter().zip(&self.mask).zip(data).all(|((byte, mask), it)| it & mask == *byte)
    }

    /// Whether `data` is the pattern, no byte more.
    pub fn is(&self, data: &[u8]) -> bool {
        data.len() == self.bytes.len() && self.begins(data)
    }
}

impl TryFrom<String> for BytePattern {
    type Error = String;

    fn try_from(text: String) -> Result<BytePattern, String> {
        let refused = || {
            format!("`{text}` is not a byte pattern; write two hexadecimal digits a byte, `..` for any byte")
        };
        let letters: Vec<char> = text.chars().filter(|letter| *letter != ' ').collect();
        if letters.len() > 2 * PATTERN_BYTES_MAX {
            return Err(format!("a byte pattern is longer than {PATTERN_BYTES_MAX} bytes; shorten it"));
        }
        if !letters.len().is_multiple_of(2) {
            return Err(refused());
        }
        let mut pattern = BytePattern { bytes: Vec::new(), mask: Vec::new() };
        for pair in letters.chunks_exact(2) {
            if pair == ['.', '.'] {
                pattern.bytes.push(0);
                pattern.mask.push(0);
            } else {
                let byte = parse_hex(&pair.iter().collect::<String>()).ok_or_else(refused)?;
                pattern.bytes.extend(byte);
                pattern.mask.push(0xff);
            }
        }
        Ok(pattern)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_bytes_match_anything_and_short_data_nothing() {
        let pattern = BytePattern::try_from("17 .. 032a".to_string()).unwrap();
        for (data, begins) in [
            (b"\x17\x00\x03\x2a".as_slice(), true),
            (b"\x17\xff\x03\x2a\x00", true),
            (b"\x17\x00\x03", false),
            (b"\x17\x00\x03\x2b", false),
            (b"", false),
        ] {
            assert_eq!(pattern.begins(data), begins, "{data:?}");
        }
        assert!(pattern.is(b"\x17\x00\x03\x2a") && !pattern.is(b"\x17\x00\x03\x2a\x00"));
    }

    #[test]
    fn text_that_is_no_pattern_is_refused() {
        for text in ["1", "1.", "zz", ".a", "é0"] {
            assert!(BytePattern::try_from(text.to_string()).is_err(), "{text}");
        }
    }
}
