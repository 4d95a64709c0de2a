//! Tokens of a filter.
//!
//! What stands unquoted (a field, a number, an address, a time) is one token, a word; the field before
//! it decides later how it is read, as in Wireshark. Two dots always part a range.
//!
//! **Invariant:** tokens lie in the order of the text, do not overlap, and their spans are on character
//! boundaries.

use std::ops::Range;

use crate::error::{FilterError, Reason};

/// Longest filter that is read, in bytes.
pub const FILTER_BYTES_MAX: usize = 256 * 1024;

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// Letters, digits and what holds them together.
    Word,
    /// A text in double quotes, escapes resolved; a text may hold any bytes.
    Text(Vec<u8>),
    /// An operator, a bracket or a comma.
    Symbol(&'static str),
    /// The end of the filter.
    End,
}

/// A token and where it stands, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lexeme {
    pub(crate) token: Token,
    pub(crate) span: Range<usize>,
}

/// Longer symbols stand before those they begin with.
const SYMBOLS: &[&str] = &[
    "..", "==", "!=", "<=", ">=", "<>", "&&", "||", "!", "<", ">", "=", "&", "|", "(", ")", "{", "}", "[",
    "]", ",", "~", "*",
];

/// The tokens, closed by [`Token::End`]; or those before the first fault, and the fault.
pub(crate) fn lex(text: &str) -> (Vec<Lexeme>, Option<FilterError>) {
    let mut lexemes = Vec::new();
    if text.len() > FILTER_BYTES_MAX {
        let reason = Reason::Limit { what: "bytes in a filter", max: FILTER_BYTES_MAX };
        return (lexemes, Some(FilterError::new("", 0..0, reason, "")));
    }
    let mut at = 0;
    loop {
        let rest = &text[at..];
        at += rest.len() - rest.trim_start().len();
        match next(text, at) {
            Ok(lexeme) => {
                at = lexeme.span.end;
                let is_end = lexeme.token == Token::End;
                lexemes.push(lexeme);
                if is_end {
                    return (lexemes, None);
                }
            }
            Err(error) => return (lexemes, Some(error)),
        }
    }
}

fn next(text: &str, at: usize) -> Result<Lexeme, FilterError> {
    let rest = &text[at..];
    let Some(first) = rest.chars().next() else {
        return Ok(Lexeme { token: Token::End, span: at..at });
    };
    if first == '"' {
        return quoted(text, at);
    }
    if rest.starts_with("r\"") || rest.starts_with("R\"") {
        let Some(length) = rest[2..].find('"') else {
            return Err(FilterError::new(text, at..text.len(), Reason::OpenText, "write \" at its end"));
        };
        let bytes = rest.as_bytes()[2..2 + length].to_vec();
        return Ok(Lexeme { token: Token::Text(bytes), span: at..at + length + 3 });
    }
    if first == '\'' {
        let inner = rest[1..].split('\'').next().unwrap_or("");
        let span = at..(at + inner.len() + 2).min(text.len());
        let reason = Reason::Foreign { tool: "SQL", found: text[span.clone()].to_string() };
        return Err(FilterError::new(text, span, reason, format!("write \"{inner}\"")));
    }
    if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
        return Ok(Lexeme { token: Token::Symbol(symbol), span: at..at + symbol.len() });
    }
    let length = word_length(rest);
    if length == 0 {
        let span = at..at + first.len_utf8();
        return Err(FilterError::new(text, span, Reason::Character(first), ""));
    }
    Ok(Lexeme { token: Token::Word, span: at..at + length })
}

/// The length of the word at the beginning, in bytes.
fn word_length(rest: &str) -> usize {
    let inside = |c: char| c.is_alphanumeric() || "_.:/+-@%".contains(c);
    let length = rest.find(|c| !inside(c)).unwrap_or(rest.len());
    rest[..length].find("..").unwrap_or(length)
}

fn quoted(text: &str, at: usize) -> Result<Lexeme, FilterError> {
    let mut bytes = Vec::new();
    let mut place = at + 1;
    loop {
        let rest = &text[place..];
        let Some(first) = rest.chars().next() else {
            return Err(FilterError::new(text, at..text.len(), Reason::OpenText, "write \" at its end"));
        };
        match first {
            '"' => return Ok(Lexeme { token: Token::Text(bytes), span: at..place + 1 }),
            '\\' => place += escape(text, place, &mut bytes)?,
            _ => {
                let length = first.len_utf8();
                bytes.extend_from_slice(&rest.as_bytes()[..length]);
                place += length;
            }
        }
    }
}

/// Reads the escape at `at` as C has it, and gives its length.
fn escape(text: &str, at: usize, bytes: &mut Vec<u8>) -> Result<usize, FilterError> {
    let rest = &text[at + 1..];
    let Some(first) = rest.chars().next() else {
        return Err(FilterError::new(text, at..text.len(), Reason::OpenText, "write \\\\ for a backslash"));
    };
    let simple = match first {
        '\\' | '"' | '\'' | '?' => Some(first as u8),
        'n' => Some(b'\n'),
        'r' => Some(b'\r'),
        't' => Some(b'\t'),
        'a' => Some(7),
        'b' => Some(8),
        'f' => Some(12),
        'v' => Some(11),
        _ => None,
    };
    if let Some(byte) = simple {
        bytes.push(byte);
        return Ok(2);
    }
    let digits = |from: usize, radix: u32, most: usize| {
        let digits: String = rest[from..].chars().take(most).take_while(|c| c.is_digit(radix)).collect();
        (u32::from_str_radix(&digits, radix).ok(), digits.len())
    };
    let read = match first {
        'x' => match digits(1, 16, 2) {
            (Some(byte), length) => u8::try_from(byte).ok().map(|byte| (vec![byte], 2 + length)),
            (None, _) => None,
        },
        '0'..='7' => match digits(0, 8, 3) {
            (Some(byte), length) => u8::try_from(byte).ok().map(|byte| (vec![byte], 1 + length)),
            (None, _) => None,
        },
        'u' | 'U' => {
            let most = if first == 'u' { 4 } else { 8 };
            match digits(1, 16, most) {
                (Some(code), length) if length == most => {
                    char::from_u32(code).map(|c| (c.to_string().into_bytes(), 2 + length))
                }
                _ => None,
            }
        }
        _ => None,
    };
    match read {
        Some((read, length)) => {
            bytes.extend_from_slice(&read);
            Ok(length)
        }
        None => {
            let found = format!("\\{first}");
            let hint = format!("write \\\\{first}, or r\"...\" for a pattern");
            let span = at..at + 1 + first.len_utf8();
            Err(FilterError::new(text, span, Reason::Escape(found), hint))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_ends_at_two_dots_and_at_symbols() {
        let text = "tcp.port in {80..90,10.0.0.0/8}!x";
        let (lexemes, error) = lex(text);
        let parts: Vec<&str> = lexemes.iter().map(|lexeme| &text[lexeme.span.clone()]).collect();
        assert_eq!(error, None);
        assert_eq!(parts, ["tcp.port", "in", "{", "80", "..", "90", ",", "10.0.0.0/8", "}", "!", "x", ""]);
    }

    #[test]
    fn escapes_are_those_of_c() {
        let cases: [(&str, &[u8]); 5] = [
            (r#""a\"b\\""#, b"a\"b\\"),
            (r#""\x00\377\n""#, &[0, 255, 10]),
            (r#""\u5b9a点""#, "定点".as_bytes()),
            (r#"r"\d+""#, br"\d+"),
            (r#""""#, b""),
        ];
        for (text, expected) in cases {
            let (lexemes, error) = lex(text);
            assert_eq!(error, None, "{text}");
            assert_eq!(lexemes[0].token, Token::Text(expected.to_vec()), "{text}");
        }
    }
}
