//! Hexadecimal text read as bytes; blanks are allowed between bytes.
//!
//! **Invariant:** what [`teiten_model::hex::hex`] writes is read back as the same bytes.

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

#[cfg(test)]
mod tests {
    use super::*;
    use teiten_model::hex::hex;

    #[test]
    fn bytes_read_back_as_they_were_written() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(parse_hex(&hex(&bytes)), Some(bytes));
        let cases: [(&str, Option<&[u8]>); 4] =
            [("", Some(&[])), ("0F a0", Some(&[0x0f, 0xa0])), ("abc", None), ("zz", None)];
        for (text, expected) in cases {
            assert_eq!(parse_hex(text).as_deref(), expected, "{text}");
        }
    }
}
