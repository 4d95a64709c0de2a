//! Text that a stranger sent, made fit for a list: printable ASCII as it is, everything else escaped.
//!
//! **Invariant:** the result holds printable ASCII only.

/// Appends bytes as Wireshark formats text: C escapes for the usual controls, octal for the rest.
pub(super) fn push(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        match byte {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x20..=0x7e => out.push(char::from(*byte)),
            _ => {
                out.push('\\');
                out.extend([byte >> 6, byte >> 3 & 7, byte & 7].map(|digit| char::from(b'0' + digit)));
            }
        }
    }
}

/// The first line without its end, or `None` when no line ends within the bytes.
pub(super) fn line(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line = &bytes[..end];
    Some(line.strip_suffix(b"\r").unwrap_or(line))
}

/// Splits at the first blank.
pub(super) fn word(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = bytes.iter().position(|byte| *byte == b' ')?;
    Some((&bytes[..blank], &bytes[blank + 1..]))
}
