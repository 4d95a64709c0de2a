//! Rust source as tokens: comments, literals of text, words, marks; enough to judge a file by.
//!
//! A rule that searched lines would take a word in a string for a name and its own examples for
//! breaches. Numbers and blanks are passed over.
//!
//! **Invariant:** every source ends, however broken: a token has at least one byte.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A comment, with its slashes.
    Comment,
    /// A literal of text, with its quotes.
    Text,
    /// An identifier or a keyword.
    Word,
    /// One character of punctuation.
    Mark,
}

/// A token and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Line of its first character, counted from 1.
    pub(super) line: usize,
}

impl Token<'_> {
    /// Whether it is that word or mark.
    pub(super) fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Mark) && self.text == text
    }
}

/// The tokens of a source, in order.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let (mut rest, mut line) = (source, 1);
    while let Some(first) = rest.chars().next() {
        let (kind, length) = next(rest, first);
        let (text, after) = rest.split_at(length);
        if let Some(kind) = kind {
            found.push(Token { kind, text, line });
        }
        line += text.matches('\n').count();
        rest = after;
    }
    found
}

/// Kind and length of the token that a non-empty rest begins with.
fn next(rest: &str, first: char) -> (Option<Kind>, usize) {
    if rest.starts_with("//") {
        return (Some(Kind::Comment), rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (Some(Kind::Comment), block_comment(rest));
    }
    if let Some(length) = text_literal(rest) {
        return (Some(Kind::Text), length);
    }
    if first == '_' || first.is_alphabetic() {
        return (Some(Kind::Word), word(rest));
    }
    if first.is_ascii_digit() {
        return (None, word(rest));
    }
    if first == '\'' {
        return (None, quote(rest));
    }
    match first.is_whitespace() {
        true => (None, first.len_utf8()),
        false => (Some(Kind::Mark), first.len_utf8()),
    }
}

fn word(rest: &str) -> usize {
    rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len())
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        let bytes = &rest.as_bytes()[at..];
        if bytes.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// Length of a string literal of any kind, if the rest begins with one.
fn text_literal(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix(['b', 'c']).unwrap_or(rest);
    if let Some(raw) = after.strip_prefix('r') {
        let body = raw.trim_start_matches('#');
        let hashes = &raw[..raw.len() - body.len()];
        let body = body.strip_prefix('"')?;
        let end = format!("\"{hashes}");
        let start = rest.len() - body.len();
        return Some(body.find(&end).map_or(rest.len(), |at| start + at + end.len()));
    }
    let body = after.strip_prefix('"')?;
    let start = rest.len() - body.len();
    let mut is_escaped = false;
    for (at, byte) in body.bytes().enumerate() {
        match byte {
            b'"' if !is_escaped => return Some(start + at + 1),
            b'\\' if !is_escaped => is_escaped = true,
            _ => is_escaped = false,
        }
    }
    Some(rest.len())
}

/// Length of a character literal or a lifetime.
fn quote(rest: &str) -> usize {
    let mut inside = rest[1..].char_indices();
    match inside.next() {
        Some((_, '\\')) => {
            inside.next();
            inside.find(|(_, c)| *c == '\'').map_or(rest.len(), |(at, _)| at + 2)
        }
        Some((_, first)) => match inside.next() {
            Some((at, '\'')) => at + 2,
            _ => 1 + if first == '_' || first.is_alphabetic() { word(&rest[1..]) } else { 0 },
        },
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(source: &str) -> String {
        tokens(source)
            .iter()
            .map(|token| format!("{}{:?}<{}>", token.line, token.kind, token.text))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn sources_become_tokens() {
        let cases = [
            ("fn a() {} // b", "1Word<fn> 1Word<a> 1Mark<(> 1Mark<)> 1Mark<{> 1Mark<}> 1Comment<// b>"),
            ("/* a /* b */ c */ d", "1Comment</* a /* b */ c */> 1Word<d>"),
            ("\"a \\\" // b\" c", "1Text<\"a \\\" // b\"> 1Word<c>"),
            ("r#\"a \" b\"# c", "1Text<r#\"a \" b\"#> 1Word<c>"),
            ("br\"a\\\" c", "1Text<br\"a\\\"> 1Word<c>"),
            ("'\"' 'x' '\\'' '\\u{7f}' b'\"' d", "1Word<b> 1Word<d>"),
            ("&'a str", "1Mark<&> 1Word<str>"),
            ("0x1f_u8 + 10", "1Mark<+>"),
            ("\"a\nb\"\nc", "1Text<\"a\nb\"> 3Word<c>"),
            ("'定' 定点", "1Word<定点>"),
        ];
        for (source, expected) in cases {
            assert_eq!(drawn(source), expected, "of {source}");
        }
    }

    #[test]
    fn broken_sources_end() {
        for source in ["\"a", "/* a", "r#\"a", "'", "'\\", "b'", "'定", "r#", "r##x"] {
            tokens(source);
        }
    }
}
