//! Texts of strangers, made harmless for a terminal.
//!
//! A DNS name or a banner may hold escape sequences that recolour, retitle or rewrite the terminal, and
//! marks that turn the reading direction round. People see them as escapes; machine formats keep them,
//! because there the format's own quoting is what protects.
//!
//! **Invariant:** a tamed text holds no control character, no line break and no invisible format mark.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with everything that steers instead of shows written as an escape: `\n`, `\x1b`, `\u{202e}`.
pub fn tame(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_steering) {
        return Cow::Borrowed(text);
    }
    let mut tamed = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '\n' => tamed.push_str("\\n"),
            '\r' => tamed.push_str("\\r"),
            '\t' => tamed.push_str("\\t"),
            _ if !is_steering(letter) => tamed.push(letter),
            _ if u32::from(letter) < 0x100 => {
                write!(tamed, "\\x{:02x}", u32::from(letter)).expect("a String takes what is written")
            }
            _ => write!(tamed, "\\u{{{:x}}}", u32::from(letter)).expect("a String takes what is written"),
        }
    }
    Cow::Owned(tamed)
}

/// Controls of both sets, line and paragraph separators, and marks that are not seen but change what is.
fn is_steering(letter: char) -> bool {
    letter.is_control()
        || matches!(
            u32::from(letter),
            0x00ad
                | 0x034f
                | 0x061c
                | 0x180e
                | 0x200b..=0x200f
                | 0x2028..=0x202e
                | 0x2060..=0x206f
                | 0xfeff
                | 0xfff9..=0xfffb
                | 0xe0000..=0xe0fff
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_written_as_an_escape() {
        let cases = [
            ("plain 中国 é", "plain 中国 é"),
            ("a\x1b[31mred", "a\\x1b[31mred"),
            ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
            ("\u{9b}2J", "\\x9b2J"),
            ("line\nline\r\ttab\x7f", "line\\nline\\r\\ttab\\x7f"),
            ("gpj\u{202e}exe.\u{2028}", "gpj\\u{202e}exe.\\u{2028}"),
            ("pay\u{200b}pal\u{feff}", "pay\\u{200b}pal\\u{feff}"),
        ];
        for (text, expected) in cases {
            assert_eq!(tame(text), expected);
            assert!(!tame(text).chars().any(is_steering));
        }
    }
}
