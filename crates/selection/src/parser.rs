//! Reading a filter: precedence climbing over `||`, `&&` and `!`.
//!
//! Every fault is told at the place where a person would look for it, with what to write instead.
//!
//! **Invariant:** depth, members of sets and patterns are bounded, so a stranger's filter costs little
//! stack and memory.

use std::ops::Range;

use regex::bytes::RegexBuilder;

use crate::ast::{Check, Comparison, Expr, Item, Pattern, Test, Value};
use crate::error::{FilterError, Reason};
use crate::fields::{Field, Kind, find};
use crate::habits;
use crate::lexer::{Lexeme, Token, lex};
use crate::value;
use crate::vocabulary::Asked;

/// Deepest nesting of brackets and negations: the SQL made of it stays under the 50 levels that the query
/// engine's parser takes.
pub const DEPTH_MAX: usize = 20;
/// Most tests in a filter.
pub const TESTS_MAX: usize = 1_000;
/// Most members of all sets of a filter together.
pub const SET_ITEMS_MAX: usize = 10_000;
/// Most patterns in a filter.
pub const PATTERNS_MAX: usize = 16;
/// Largest compiled pattern, in bytes.
pub const PATTERN_BYTES_MAX: usize = 1 << 20;

/// Reads a filter, and collects the words that it asks for whole.
pub(crate) fn parse(text: &str) -> Result<(Expr, Vec<Asked>), FilterError> {
    let (lexemes, error) = lex(text);
    if let Some(error) = error {
        return Err(habit_before(text, &lexemes).unwrap_or(error));
    }
    let mut parser =
        Parser { text, lexemes, at: 0, depth: 0, tests: 0, items: 0, patterns: 0, asked: Vec::new() };
    if parser.peek() == &Token::End {
        return Err(parser.error_here(Reason::Empty, "write a test such as tcp.dstport == 23"));
    }
    let expr = parser.expr(0)?;
    match parser.peek() {
        Token::End => Ok((expr, parser.asked)),
        _ => Err(parser.unexpected("`&&`, `||` or the end")),
    }
}

/// A foreign operator that comes before a foreign quote is the better thing to tell.
fn habit_before(text: &str, lexemes: &[Lexeme]) -> Option<FilterError> {
    let last = lexemes.last()?;
    let sign = &text[last.span.clone()];
    (sign == "=").then(|| operator_of_sql(text, last.span.clone(), sign)).flatten()
}

/// The answer to an operator of SQL.
fn operator_of_sql(text: &str, span: Range<usize>, sign: &str) -> Option<FilterError> {
    let hint = match sign.to_ascii_uppercase().as_str() {
        "=" => "write ==",
        "<>" => "write !=",
        "LIKE" | "ILIKE" => "write contains, or matches with a pattern",
        "BETWEEN" => "write in {LOW..HIGH}",
        "IS" => "a field alone asks whether it is there; !FIELD whether it is not",
        "IN" => "write in {VALUE, VALUE}",
        "AND" => "write and",
        "OR" => "write or",
        _ => return None,
    };
    let found = text[span.clone()].to_string();
    Some(FilterError::new(text, span, Reason::Foreign { tool: "SQL", found }, hint))
}

struct Parser<'a> {
    text: &'a str,
    lexemes: Vec<Lexeme>,
    at: usize,
    depth: usize,
    tests: usize,
    items: usize,
    patterns: usize,
    asked: Vec<Asked>,
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        &self.here().token
    }

    /// The next token; the last one is the end and is never passed.
    fn here(&self) -> &Lexeme {
        &self.lexemes[self.at.min(self.lexemes.len() - 1)]
    }

    fn span(&self) -> Range<usize> {
        self.here().span.clone()
    }

    /// The text of the next token, when it is a word.
    fn word(&self) -> &str {
        match self.peek() {
            Token::Word => &self.text[self.span()],
            _ => "",
        }
    }

    fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.peek(), Token::Symbol(found) if *found == symbol)
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let is_there = self.is_symbol(symbol);
        self.at += usize::from(is_there);
        is_there
    }

    fn error(&self, span: Range<usize>, reason: Reason, hint: impl Into<String>) -> FilterError {
        FilterError::new(self.text, span, reason, hint)
    }

    fn error_here(&self, reason: Reason, hint: impl Into<String>) -> FilterError {
        self.error(self.span(), reason, hint)
    }

    fn found(&self) -> String {
        match self.peek() {
            Token::End => "the end".into(),
            Token::Text(_) => "a text".into(),
            Token::Word | Token::Symbol(_) => format!("`{}`", &self.text[self.span()]),
        }
    }

    fn unexpected(&self, wanted: &str) -> FilterError {
        let sign = &self.text[self.span()];
        if let Some(error) = operator_of_sql(self.text, self.span(), sign) {
            return error;
        }
        let hint = match self.peek() {
            Token::Symbol("|") => "write ||",
            Token::Symbol("&") => "write && between tests; & asks for bits of a number",
            Token::Symbol(")") => "no bracket was opened before it",
            Token::Symbol("[") => {
                "slices are not part of the language: write a field such as tcp.flags & 0x02, or contains"
            }
            Token::Symbol("==" | "!=" | "<" | ">" | "<=" | ">=") => {
                "write each comparison as a test of its own"
            }
            _ => "",
        };
        self.error_here(Reason::Expected { wanted: wanted.into(), found: self.found() }, hint)
    }

    /// How tight the connective here binds, if it is one.
    fn connective(&self) -> Option<u8> {
        if self.is_symbol("||") || self.word() == "or" {
            Some(1)
        } else if self.is_symbol("&&") || self.word() == "and" {
            Some(2)
        } else {
            None
        }
    }

    fn expr(&mut self, weakest: u8) -> Result<Expr, FilterError> {
        let mut left = self.operand()?;
        while let Some(binding) = self.connective() {
            if binding <= weakest {
                break;
            }
            self.at += 1;
            let right = self.expr(binding)?;
            left = if binding == 1 { Expr::or(left, right) } else { Expr::and(left, right) };
        }
        Ok(left)
    }

    fn deeper(&mut self) -> Result<(), FilterError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(
                self.error_here(Reason::Limit { what: "nested brackets and negations", max: DEPTH_MAX }, "")
            );
        }
        Ok(())
    }

    fn operand(&mut self) -> Result<Expr, FilterError> {
        if self.is_symbol("!") || self.word() == "not" {
            self.deeper()?;
            self.at += 1;
            let inner = self.operand()?;
            self.depth -= 1;
            return Ok(Expr::Not(Box::new(inner)));
        }
        let opened = self.span();
        if self.take_symbol("(") {
            self.deeper()?;
            let inner = self.expr(0)?;
            self.depth -= 1;
            if self.take_symbol(")") {
                return Ok(inner);
            }
            if self.peek() == &Token::End {
                let reason = Reason::Expected { wanted: "`)`".into(), found: "the end".into() };
                return Err(self.error(opened, reason, "this bracket is not closed"));
            }
            return Err(self.unexpected("`&&`, `||` or `)`"));
        }
        match self.peek() {
            Token::Word => self.test(),
            Token::Text(_) => {
                let reason = Reason::Expected { wanted: "a field".into(), found: "a text".into() };
                Err(self.error_here(reason, "write a test such as payload contains \"text\""))
            }
            Token::Symbol(_) | Token::End => Err(self.unexpected("a test")),
        }
    }

    fn test(&mut self) -> Result<Expr, FilterError> {
        let name = self.span();
        let words = self.lexemes.get(self.at + 1);
        let is_followed = matches!(words, Some(Lexeme { token: Token::Word, span })
            if matches!(&self.text[span.clone()], "port" | "portrange" | "src" | "dst" | "host" | "net" | "proto"));
        let field = match find(&self.text[name.clone()]) {
            Some(field) if !is_followed => field,
            _ => return Err(habits::answer(self.text, &self.lexemes, self.at)),
        };
        self.tests += 1;
        if self.tests > TESTS_MAX {
            let reason = Reason::Limit { what: "tests in a filter", max: TESTS_MAX };
            return Err(self.error(
                name,
                reason,
                format!("many values of one field go in a set: {} in {{...}}", field.name),
            ));
        }
        self.at += 1;
        let check = self.check(field)?;
        Ok(Expr::Test(Test { field, check }))
    }

    fn check(&mut self, field: &'static Field) -> Result<Check, FilterError> {
        let operator = match self.peek() {
            Token::Symbol(symbol) => *symbol,
            Token::Word => match self.word() {
                "eq" => "==",
                "ne" => "!=",
                "lt" => "<",
                "le" => "<=",
                "gt" => ">",
                "ge" => ">=",
                "contains" => "contains",
                "matches" => "~",
                "in" => "in",
                "and" | "or" => return Ok(Check::Exists),
                _ => return Err(self.no_operator(field)),
            },
            Token::Text(_) => return Err(self.no_operator(field)),
            Token::End => return Ok(Check::Exists),
        };
        let comparison = match operator {
            "==" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::AtMost,
            ">" => Comparison::Greater,
            ">=" => Comparison::AtLeast,
            "contains" => return self.contains(field),
            "~" => return self.matches(field),
            "in" => return self.set(field),
            "&" => return self.bits(field),
            "=" | "<>" => return Err(self.unexpected("an operator")),
            _ => return Ok(Check::Exists),
        };
        let is_ordered = matches!(field.kind, Kind::Boolean | Kind::Words | Kind::Condition);
        let is_equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if field.kind == Kind::Condition || (is_ordered && !is_equality) {
            return Err(self.wrong_operator(field, comparison.sign()));
        }
        self.at += 1;
        let start = self.span();
        let value = self.value(field, true)?;
        if let Value::Prefix(prefix) = &value
            && !is_equality
            && prefix.length() != if prefix.first().is_ipv4() { 32 } else { 128 }
        {
            let reason = Reason::Operator {
                operator: comparison.sign(),
                field: field.name,
                kind: "compared with a prefix".into(),
            };
            return Err(self.error(start, reason, "write one address, or == for all of the prefix"));
        }
        if is_equality {
            self.ask(field, &value, &start);
        }
        self.never(field, comparison, &value, start)?;
        Ok(Check::Compare(comparison, value))
    }

    /// Remembers a word that is asked for whole.
    fn ask(&mut self, field: &'static Field, value: &Value, span: &Range<usize>) {
        if let (Kind::Word | Kind::Words, Value::Bytes(bytes)) = (field.kind, value)
            && let Ok(word) = String::from_utf8(bytes.clone())
        {
            self.asked.push(Asked { field, word, span: span.clone() });
        }
    }

    /// Refuses a comparison that no value passes: below the least, above the greatest.
    fn never(
        &self,
        field: &'static Field,
        comparison: Comparison,
        value: &Value,
        span: Range<usize>,
    ) -> Result<(), FilterError> {
        let beyond = match (comparison, value) {
            (Comparison::Less, Value::Number(0)) => "0 is the least".to_string(),
            (Comparison::Greater, Value::Number(number)) if *number == field.kind.max() => {
                format!("{number} is the greatest")
            }
            (Comparison::Less, Value::Prefix(prefix)) if prefix.first().is_unspecified() => {
                format!("{} is the first address", prefix.first())
            }
            (Comparison::Greater, Value::Prefix(prefix)) if value::is_last(prefix.first()) => {
                format!("{} is the last address", prefix.first())
            }
            _ => return Ok(()),
        };
        let found = self.text[span.clone()].to_string();
        let reason = Reason::Never { field: field.name, operator: comparison.sign(), found };
        Err(self.error(span, reason, beyond))
    }

    /// Something follows a field that is neither an operator nor a connective.
    fn no_operator(&self, field: &'static Field) -> FilterError {
        let sign = &self.text[self.span()];
        if let Some(error) = operator_of_sql(self.text, self.span(), sign) {
            return error;
        }
        let hint = match (self.peek(), sign) {
            (_, "not") => format!("write !({} in {{...}})", field.name),
            (_, "xor" | "any" | "all") => String::new(),
            (_, sign) if field.kind == Kind::Condition => format!("write {} && {sign}", field.name),
            (_, sign) if find(sign).is_some() => format!("write {} && {sign}", field.name),
            (_, sign) => format!("write {} == {sign}", field.name),
        };
        let wanted =
            if field.kind == Kind::Condition { "`&&`, `||` or the end" } else { "an operator such as ==" };
        self.error_here(Reason::Expected { wanted: wanted.into(), found: self.found() }, hint)
    }

    fn wrong_operator(&self, field: &'static Field, operator: &'static str) -> FilterError {
        let name = field.name;
        let hint = match (field.kind, operator) {
            (Kind::Condition, _) => format!("write {name} alone, or !{name}"),
            (Kind::Words, _) => "write ==, !=, in or contains".into(),
            (Kind::Boolean, _) => "write == 0 or == 1".into(),
            (_, "&") => "only numbers have bits".into(),
            (Kind::Ipv4 | Kind::Ipv6 | Kind::Address, _) => {
                format!("write {name} == with an address or a prefix")
            }
            (_, _) => "write ==, !=, <, <=, >, >= or in".into(),
        };
        let reason = Reason::Operator { operator, field: name, kind: field.kind.to_string() };
        self.error_here(reason, hint)
    }

    fn value(&mut self, field: &'static Field, is_whole: bool) -> Result<Value, FilterError> {
        if matches!(self.peek(), Token::End | Token::Symbol(_)) {
            return Err(self.unexpected("a value"));
        }
        let value = value::read(self.text, field, self.here(), is_whole)?;
        self.at += 1;
        Ok(value)
    }

    fn contains(&mut self, field: &'static Field) -> Result<Check, FilterError> {
        if !matches!(field.kind, Kind::Text | Kind::Word | Kind::Words | Kind::Bytes) {
            return Err(self.wrong_operator(field, "contains"));
        }
        self.at += 1;
        match self.value(field, false)? {
            Value::Bytes(bytes) => Ok(Check::Contains(bytes)),
            // Fields of these kinds have no other values.
            _ => Err(self.unexpected("a text")),
        }
    }

    fn matches(&mut self, field: &'static Field) -> Result<Check, FilterError> {
        if !matches!(field.kind, Kind::Text | Kind::Word | Kind::Bytes) {
            return Err(self.wrong_operator(field, "matches"));
        }
        self.at += 1;
        let bytes = match self.peek() {
            Token::Text(bytes) => bytes.clone(),
            _ => return Err(self.unexpected("a pattern in double quotes")),
        };
        let reject = |why: String, hint: &str| self.error_here(Reason::Pattern(why), hint);
        self.patterns_left()?;
        let Ok(text) = String::from_utf8(bytes) else {
            return Err(reject("it is not UTF-8".into(), "write r\"\\xff\" for a byte"));
        };
        let regex = RegexBuilder::new(&text)
            .case_insensitive(true)
            .unicode(field.kind != Kind::Bytes)
            .size_limit(PATTERN_BYTES_MAX)
            .dfa_size_limit(PATTERN_BYTES_MAX)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => reject("it is too large".into(), "repeat less often"),
                error => {
                    // The library draws the pattern again over several lines; its last one says why.
                    let told = error.to_string();
                    let why = told.lines().last().unwrap_or("").trim_start_matches("error: ").to_string();
                    reject(why, "")
                }
            })?;
        self.at += 1;
        self.patterns += 1;
        Ok(Check::Matches(Pattern { text, regex }))
    }

    fn patterns_left(&self) -> Result<(), FilterError> {
        if self.patterns < PATTERNS_MAX {
            return Ok(());
        }
        Err(self.error_here(
            Reason::Limit { what: "patterns in a filter", max: PATTERNS_MAX },
            "join them with |",
        ))
    }

    fn bits(&mut self, field: &'static Field) -> Result<Check, FilterError> {
        if !matches!(field.kind, Kind::Number { .. }) {
            return Err(self.wrong_operator(field, "&"));
        }
        self.at += 1;
        let start = self.span();
        match self.value(field, true)? {
            Value::Number(0) => {
                let found = format!("`{}`", &self.text[start.clone()]);
                let reason = Reason::Expected { wanted: "at least one bit".into(), found };
                Err(self.error(start, reason, "write bits such as 0x02; == 0 asks that none is set"))
            }
            Value::Number(mask) => Ok(Check::Bits(mask)),
            _ => Err(self.unexpected("a number")),
        }
    }

    fn set(&mut self, field: &'static Field) -> Result<Check, FilterError> {
        if field.kind == Kind::Condition {
            return Err(self.wrong_operator(field, "in"));
        }
        self.at += 1;
        if self.is_symbol("(") {
            let reason = Reason::Foreign { tool: "SQL", found: "in (".into() };
            return Err(self.error_here(reason, "write in {VALUE, VALUE}"));
        }
        if !self.take_symbol("{") {
            return Err(self.unexpected("`{`"));
        }
        let mut items = Vec::new();
        loop {
            self.items += 1;
            if self.items > SET_ITEMS_MAX {
                let reason = Reason::Limit { what: "members of sets", max: SET_ITEMS_MAX };
                return Err(self.error_here(reason, "an address set may be fewer prefixes"));
            }
            items.push(self.item(field)?);
            if self.take_symbol("}") {
                return Ok(Check::In(items));
            }
            if !self.take_symbol(",") {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
    }

    fn item(&mut self, field: &'static Field) -> Result<Item, FilterError> {
        let start = self.span();
        let low = self.value(field, true)?;
        if !self.take_symbol("..") {
            self.ask(field, &low, &start);
            return Ok(Item::One(low));
        }
        if matches!(field.kind, Kind::Words | Kind::Boolean) {
            self.at -= 1;
            return Err(self.wrong_operator(field, ".."));
        }
        let end = self.span().end;
        let high = self.value(field, true)?;
        let is_ordered = match (&low, &high) {
            (Value::Number(low), Value::Number(high)) => low <= high,
            (Value::Time(low), Value::Time(high)) => low <= high,
            (Value::Bytes(low), Value::Bytes(high)) => low <= high,
            (Value::Prefix(low), Value::Prefix(high)) => {
                let full = |prefix: &teiten_model::address::Prefix| {
                    prefix.length() == if prefix.first().is_ipv4() { 32 } else { 128 }
                };
                if !full(low) || !full(high) || low.first().is_ipv4() != high.first().is_ipv4() {
                    let reason = Reason::Expected {
                        wanted: "two addresses of one version".into(),
                        found: format!("`{}`", &self.text[start.start..end]),
                    };
                    return Err(self.error(start.start..end, reason, "a prefix is a range by itself"));
                }
                low.first() <= high.first()
            }
            _ => false,
        };
        if is_ordered {
            Ok(Item::Range(low, high))
        } else {
            Err(self.error(start.start..end, Reason::Backwards, ""))
        }
    }
}
