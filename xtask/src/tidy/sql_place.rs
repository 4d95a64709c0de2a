//! SQL stands where it can be tested against plain Rust over the same rows: in the crate `query`. The file of people has SQL of its own.
//!
//! **Invariant:** tests may hold SQL anywhere; a comment or a document is not SQL.

use crate::tidy::Fault;
use crate::tidy::repo::Repo;
use crate::tidy::tokens::{Kind, Token};

/// Where SQL lives.
const HOME: &str = "crates/query/src/";

/// The file of people is another database, which no question about packets reaches (decision 016).
const PEOPLE: &str = "crates/people/src/";

/// What every question begins with.
const KEYWORD: &str = "SELECT ";

pub(super) fn check(repo: &Repo) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in repo.rust() {
        let is_judged = file.path.starts_with("crates/")
            && ![HOME, PEOPLE].iter().any(|home| file.path.starts_with(home));
        if !is_judged || file.path.contains("/tests/") {
            continue;
        }
        let tokens = file.tokens();
        let code = &tokens[..tests_begin(&tokens)];
        for token in code.iter().filter(|token| token.kind == Kind::Text && token.text.contains(KEYWORD)) {
            let what = format!("SQL outside {HOME}: make it a question there and call that");
            faults.push(Fault::new(&file.path, token.line, what));
        }
    }
    faults
}

/// Where the unit tests of a file begin: they stand at its end.
fn tests_begin(tokens: &[Token<'_>]) -> usize {
    let mark = ["#", "[", "cfg", "(", "test", ")", "]"];
    let starts = tokens.windows(mark.len());
    starts
        .into_iter()
        .position(|window| window.iter().zip(mark).all(|(token, text)| token.is(text)))
        .unwrap_or(tokens.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_sql_outside_its_home() {
        let sql = "//! x\nconst SQL: &str = \"SELECT 1\";\n";
        let cases = [
            ("crates/store/src/a.rs", sql.to_string(), 1),
            ("crates/query/src/questions/a.rs", sql.to_string(), 0),
            ("crates/people/src/a.rs", sql.to_string(), 0),
            ("crates/portal/src/a.rs", sql.to_string(), 1),
            ("crates/store/tests/a.rs", sql.to_string(), 0),
            ("crates/store/src/a.rs", format!("fn a() {{}}\n#[cfg(test)]\nmod tests {{\n{sql}}}\n"), 0),
            ("crates/store/src/a.rs", "/// Like SELECT 1.\nfn a() {}".to_string(), 0),
        ];
        for (path, text, faults) in cases {
            assert_eq!(check(&Repo::of(&[(path, &text)])).len(), faults, "{path}: {text}");
        }
    }
}
