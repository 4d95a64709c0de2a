//! SPDX licence expressions, as far as it takes to say whether a list of licences satisfies one.
//!
//! `AND` binds stronger than `OR`; `/` is the old way to write `OR`. An exception (`WITH`) only adds
//! permissions, so a licence with one is as good as the licence.
//!
//! **Invariant:** what cannot be read satisfies nothing.

/// Whether holding to the allowed licences satisfies the expression.
pub(super) fn is_satisfied(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, allowed };
    reader.any() == Some(true) && reader.words.is_empty()
}

struct Reader<'a> {
    words: &'a [&'a str],
    allowed: &'a dyn Fn(&str) -> bool,
}

impl Reader<'_> {
    fn take(&mut self, word: &str) -> bool {
        let is_next = self.words.first().is_some_and(|next| next.eq_ignore_ascii_case(word));
        if is_next {
            self.words = &self.words[1..];
        }
        is_next
    }

    fn any(&mut self) -> Option<bool> {
        let mut is_good = self.all()?;
        while self.take("OR") {
            is_good |= self.all()?;
        }
        Some(is_good)
    }

    fn all(&mut self) -> Option<bool> {
        let mut is_good = self.one()?;
        while self.take("AND") {
            is_good &= self.one()?;
        }
        Some(is_good)
    }

    fn one(&mut self) -> Option<bool> {
        if self.take("(") {
            let is_good = self.any()?;
            return self.take(")").then_some(is_good);
        }
        let (licence, rest) = self.words.split_first()?;
        if matches!(*licence, ")" | "AND" | "OR" | "WITH") {
            return None;
        }
        self.words = rest;
        if self.take("WITH") {
            self.words = self.words.split_first()?.1;
        }
        Some((self.allowed)(licence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_satisfied_or_not() {
        let cases = [
            ("MIT", true),
            ("GPL-3.0-only", false),
            ("MIT OR GPL-3.0-only", true),
            ("GPL-3.0-only/MIT", true),
            ("MIT AND GPL-3.0-only", false),
            ("MIT OR ISC AND GPL-3.0-only", true),
            ("(MIT OR ISC) AND GPL-3.0-only", false),
            ("ISC AND (GPL-3.0-only OR MIT) AND ISC", true),
            ("ISC WITH LLVM-exception OR GPL-3.0-only", true),
            ("GPL-3.0-only WITH Classpath-exception-2.0", false),
            ("", false),
            ("MIT OR", false),
            ("MIT ISC", false),
            ("(MIT", false),
            ("MIT)", false),
            ("MIT WITH", false),
        ];
        for (expression, expected) in cases {
            let found = is_satisfied(expression, &|licence| matches!(licence, "MIT" | "ISC"));
            assert_eq!(found, expected, "of `{expression}`");
        }
    }
}
