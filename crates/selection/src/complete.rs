//! What can be typed next in a filter.
//!
//! **Invariant:** a completion replaces the word around the cursor and nothing else.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::fields::{Field, Kind, fields, find};
use crate::lexer::{Lexeme, Token, lex};
use crate::value::vocabulary;

/// Most completions that are given.
pub const COMPLETIONS_MAX: usize = 200;

/// What a completion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompletionKind {
    /// A field.
    Field,
    /// An operator.
    Operator,
    /// A value.
    Value,
    /// `&&`, `||`, `!`.
    Connective,
}

/// Something that can be typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The bytes of the text it replaces.
    pub replaced: Range<usize>,
    /// What to put there.
    pub text: String,
    /// What it is.
    pub kind: CompletionKind,
    /// What it means.
    pub doc: String,
}

/// What can be typed at the cursor, given in bytes.
pub fn complete(text: &str, cursor: usize) -> Vec<Completion> {
    complete_with(text, cursor, &BTreeMap::new())
}

/// The same with known words by column: names of sensors, countries, tags.
pub fn complete_with(text: &str, cursor: usize, known: &BTreeMap<String, Vec<String>>) -> Vec<Completion> {
    let cursor = (0..=cursor.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let (mut lexemes, error) = lex(&text[..cursor]);
    lexemes.retain(|lexeme| lexeme.token != Token::End);
    // The only fault a half-typed filter may have at its end is an open text.
    let typed = match &error {
        Some(error) if text[error.span().start..cursor].starts_with('"') => error.span().start..cursor,
        Some(_) => return Vec::new(),
        None => match lexemes.last() {
            Some(Lexeme { token: Token::Word, span }) if span.end == cursor => {
                let span = span.clone();
                lexemes.pop();
                span
            }
            _ => cursor..cursor,
        },
    };
    let offered = match state(text, &lexemes) {
        State::Operand => operands(),
        State::Operator(field) => operators(field),
        State::Value(field) => values(field, known),
        State::Connective => connectives(),
    };
    let prefix = text[typed.clone()].to_lowercase();
    let mut found: Vec<Completion> = offered
        .into_iter()
        .filter(|(offer, _, _)| offer.to_lowercase().starts_with(&prefix))
        .map(|(text, kind, doc)| Completion { replaced: typed.clone(), text, kind, doc })
        .collect();
    found.truncate(COMPLETIONS_MAX);
    found
}

type Offer = (String, CompletionKind, String);

enum State {
    Operand,
    Operator(&'static Field),
    Value(&'static Field),
    Connective,
}

/// What is expected after these tokens.
fn state(text: &str, lexemes: &[Lexeme]) -> State {
    let mut state = State::Operand;
    let mut set: Option<&'static Field> = None;
    for lexeme in lexemes {
        let sign = &text[lexeme.span.clone()];
        state = match (state, &lexeme.token) {
            (_, Token::Symbol("&&" | "||" | "(" | "!")) => State::Operand,
            (State::Connective | State::Operator(_), Token::Word) if matches!(sign, "and" | "or") => {
                State::Operand
            }
            (State::Operand, Token::Word) if sign == "not" => State::Operand,
            (State::Operand, Token::Word) => find(sign).map_or(State::Connective, State::Operator),
            (State::Operator(_), Token::Symbol(")")) => State::Connective,
            (State::Operator(field), _) => State::Value(field),
            (State::Value(field), Token::Symbol("{")) => {
                set = Some(field);
                State::Value(field)
            }
            (_, Token::Symbol("}")) => {
                set = None;
                State::Connective
            }
            (_, Token::Symbol("," | "..")) => set.map_or(State::Connective, State::Value),
            (State::Value(_) | State::Connective, _) => State::Connective,
            (State::Operand, _) => State::Operand,
        };
    }
    state
}

fn operands() -> Vec<Offer> {
    fields().map(|field| (field.name.to_string(), CompletionKind::Field, field.doc.to_string())).collect()
}

fn operators(field: &Field) -> Vec<Offer> {
    let equal: &[(&str, &str)] = &[("==", "equals"), ("!=", "is there and equals none")];
    let ordered: &[(&str, &str)] = &[("<", "below"), ("<=", "at most"), (">", "above"), (">=", "at least")];
    let set: &[(&str, &str)] = &[("in", "is one of {a, b..c}")];
    let inside: &[(&str, &str)] = &[("contains", "contains this text or these bytes")];
    let pattern: &[(&str, &str)] = &[("matches", "matches a pattern, in upper or lower case")];
    let bits: &[(&str, &str)] = &[("&", "has one of these bits")];
    let groups: &[&[(&str, &str)]] = match field.kind {
        Kind::Number { .. } => &[equal, ordered, set, bits],
        Kind::AsNumber | Kind::Ipv4 | Kind::Ipv6 | Kind::Address | Kind::Time => &[equal, ordered, set],
        Kind::Boolean => &[equal, set],
        Kind::Text | Kind::Word | Kind::Bytes => &[equal, ordered, set, inside, pattern],
        Kind::Words => &[equal, set, inside],
        Kind::Condition => &[],
    };
    let own = groups
        .iter()
        .flat_map(|group| group.iter())
        .map(|(sign, doc)| ((*sign).to_string(), CompletionKind::Operator, (*doc).to_string()));
    own.chain(connectives()).collect()
}

fn values(field: &Field, known: &BTreeMap<String, Vec<String>>) -> Vec<Offer> {
    let value = |text: String| (text, CompletionKind::Value, String::new());
    if field.kind == Kind::Boolean {
        return ["0", "1"].map(|digit| value(digit.to_string())).to_vec();
    }
    let fixed = vocabulary(field).unwrap_or_default().into_iter().map(str::to_string);
    let known = known.get(field.column()).into_iter().flatten().cloned();
    let quoted = |word: String| value(format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")));
    fixed.chain(known).map(quoted).collect()
}

fn connectives() -> Vec<Offer> {
    [("&&", "and also"), ("||", "or")]
        .map(|(sign, doc)| (sign.to_string(), CompletionKind::Connective, doc.to_string()))
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_follow_is_offered() {
        let cases = [
            ("tcp.ds", "tcp.dstport"),
            ("udp && tcp.flags.s", "tcp.flags.syn"),
            ("tcp.dstport ", "== != < <= > >= in & && ||"),
            ("tcp.flags.syn == ", "0 1"),
            ("class == \"scan-s", "\"scan-syn\" \"scan-stealth\""),
            ("class in {\"scan-syn\", \"udp-u", "\"udp-unknown\""),
            ("tag == \"mi", "\"mirai-syn\""),
            ("tcp.dstport == 23 ", "&& ||"),
            ("tcp.dstport in {22, 23} ", "&& ||"),
            ("tcp ", "&& ||"),
            ("(tcp) ", "&& ||"),
            ("tcp.dstport == ", ""),
            ("$", ""),
        ];
        let known =
            BTreeMap::from([("tags".to_string(), vec!["masscan".to_string(), "mirai-syn".to_string()])]);
        for (text, expected) in cases {
            let offered: Vec<String> =
                complete_with(text, text.len(), &known).into_iter().map(|offer| offer.text).collect();
            assert_eq!(offered.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn a_completion_replaces_the_word_before_the_cursor() {
        let offered = complete("tcp && udp.le || x", 13);
        assert_eq!(offered.len(), 1);
        assert_eq!((offered[0].replaced.clone(), offered[0].text.as_str()), (7..13, "udp.length"));
    }
}
