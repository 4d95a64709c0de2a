//! Bytes as hexadecimal text: hashes, payloads, whatever has no letters of its own.
//!
//! **Invariant:** two digits a byte, lower case, nothing between.

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half & 15)]);
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(*byte));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::hex;

    #[test]
    fn bytes_are_two_digits_each() {
        let cases: [(&[u8], &str); 3] = [(&[], ""), (&[0, 0x0f, 0xff, 0x1b], "000fff1b"), (b"a\n", "610a")];
        for (bytes, text) in cases {
            assert_eq!(hex(bytes), text);
        }
    }
}
