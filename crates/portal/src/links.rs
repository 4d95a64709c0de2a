//! Addresses inside the portal, written so that a person can read them.
//!
//! Only what would end or divide a query is escaped: `=`, `/`, `:`, `,` and brackets stay as they are, so that a
//! filter can be read in the address.
//!
//! **Invariant:** what is written reads back to the same text.

use std::fmt::Write;

/// Characters of a value that need no escape: those of a query by RFC 3986, without its dividers.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$'()*,;:@/?=".contains(&byte)
}

/// A value of a query; a space is a plus.
pub(crate) fn value(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => written.push('+'),
            byte if is_plain(byte) => written.push(char::from(byte)),
            byte => {
                let _ = write!(written, "%{byte:02X}");
            }
        }
    }
    written
}

/// A segment of a path.
pub(crate) fn segment(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:@!$()*,;=".contains(&byte) {
            written.push(char::from(byte));
        } else {
            let _ = write!(written, "%{byte:02X}");
        }
    }
    written
}

/// The page of a sensor.
pub(crate) fn sensor(name: &str) -> String {
    format!("/sensor/{}", segment(name))
}

/// A path with a query of these pairs.
pub(crate) fn with(path: &str, pairs: &[(&str, String)]) -> String {
    let mut url = path.to_string();
    for (place, (name, text)) in pairs.iter().enumerate() {
        url.push(if place == 0 { '?' } else { '&' });
        url.push_str(name);
        url.push('=');
        url.push_str(&value(text));
    }
    url
}

/// Whether an address lies inside the portal: to go back to it leads nowhere else.
pub(crate) fn is_local(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && !path.chars().any(char::is_control)
}

/// A text as one word of a shell.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/:,=@".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_string();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_can_be_read_in_an_address() {
        let pairs =
            [("f", "tcp.dstport==6379 && src.country in {\"CN\"}".to_string()), ("p", "2014Q2".into())];
        assert_eq!(
            with("/explore", &pairs),
            "/explore?f=tcp.dstport==6379+%26%26+src.country+in+%7B%22CN%22%7D&p=2014Q2"
        );
        assert_eq!(value("a+b&c#d%"), "a%2Bb%26c%23d%25");
        assert_eq!(segment("a/b 国"), "a%2Fb%20%E5%9B%BD");
    }

    #[test]
    fn only_addresses_inside_are_gone_back_to() {
        for (path, expected) in [
            ("/explore?f=tcp", true),
            ("//evil.example", false),
            ("https://evil.example", false),
            ("/\\evil.example", false),
            ("/a\r\nSet-Cookie: x", false),
        ] {
            assert_eq!(is_local(path), expected, "{path}");
        }
    }

    #[test]
    fn a_word_of_a_shell_is_one_word() {
        assert_eq!(quoted("2014Q2"), "2014Q2");
        assert_eq!(quoted("tag == \"it's\""), "'tag == \"it'\\''s\"'");
        assert_eq!(quoted(""), "''");
    }
}
