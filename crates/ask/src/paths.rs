//! Paths in words: as they are shown to people, and as the books keep them.
//!
//! A path is bytes, not text. One that is plain text is written as it is; any other as a shell takes it,
//! `$'caf\xe9.pcap'`, so that two paths never look alike, a shown one can be pasted, and none can steer a
//! terminal.
//!
//! **Invariant:** what was written reads back to the same path.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// How a quoted path begins.
const OPENED: &str = "$'";
/// How it ends.
const CLOSED: &str = "'";

/// The path in words.
pub fn shown(path: &Path) -> String {
    match path.to_str() {
        Some(text) if !text.contains(char::is_control) && !text.starts_with(OPENED) => text.to_string(),
        _ => quoted(path.as_os_str().as_bytes()),
    }
}

fn quoted(bytes: &[u8]) -> String {
    let mut text = OPENED.to_string();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' | '\'' => {
                    text.push('\\');
                    text.push(c);
                }
                c if c.is_control() => {
                    let mut buffer = [0; 4];
                    for byte in c.encode_utf8(&mut buffer).bytes() {
                        text.push_str(&format!("\\x{byte:02x}"));
                    }
                }
                c => text.push(c),
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text + CLOSED
}

/// The path of those words; what is not quoted as [`shown`] quotes is taken as it is.
pub fn read(text: &str) -> PathBuf {
    let inner = text.strip_prefix(OPENED).and_then(|rest| rest.strip_suffix(CLOSED));
    match inner.and_then(unquoted) {
        Some(bytes) => PathBuf::from(OsString::from_vec(bytes)),
        None => PathBuf::from(text),
    }
}

fn unquoted(inner: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        match rest.split_first()? {
            (b'x', tail) => {
                let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest = &tail[2..];
            }
            (quoted @ (b'\\' | b'\''), tail) => {
                bytes.push(*quoted);
                rest = tail;
            }
            _ => return None,
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_that_is_no_plain_text_is_written_as_a_shell_takes_it() {
        let cases: [(&[u8], &str); 7] = [
            (b"a/b.pcap", "a/b.pcap"),
            ("観測/一.pcap".as_bytes(), "観測/一.pcap"),
            (b"it's.pcap", "it's.pcap"),
            (b"caf\xe9.pcap", r"$'caf\xe9.pcap'"),
            (b"it's\\\xff", r"$'it\'s\\\xff'"),
            (b"a\n\x1b[31mb", r"$'a\x0a\x1b[31mb'"),
            (b"$'a'", r"$'$\'a\''"),
        ];
        for (bytes, expected) in cases {
            let path = PathBuf::from(OsString::from_vec(bytes.to_vec()));
            assert_eq!(shown(&path), expected);
            assert_eq!(read(expected), path, "{expected}");
        }
    }

    #[test]
    fn what_was_never_quoted_is_taken_as_it_is() {
        for text in ["", "$'", "$'\\q'", "$'\\x1'", "/tmp/$'a'"] {
            assert_eq!(read(text), PathBuf::from(text));
        }
    }

    proptest! {
        #[test]
        fn any_path_reads_back(bytes in proptest::collection::vec(any::<u8>(), 0..24)) {
            let path = PathBuf::from(OsString::from_vec(bytes));
            let text = shown(&path);
            prop_assert!(!text.contains(char::is_control));
            prop_assert_eq!(read(&text), path);
        }
    }
}
