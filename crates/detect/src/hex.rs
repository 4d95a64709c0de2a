//! Bytes as hexadecimal text, both ways; blanks are allowed between bytes.
//!
//! **Invariant:** `parse_hex(&draw_hex(bytes))` gives `bytes`.

use std::fmt::Write;

/// The bytes behind hexadecimal text; `None` when it is not that.
pub(crate) fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

/// The value of one hexadecimal digit.
pub(crate) fn digit(letter: u8) -> Option<u8> {
    char::from(letter).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Bytes as lower-case hexadecimal text.
pub(crate) fn draw_hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
