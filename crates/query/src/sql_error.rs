//! What is wrong with SQL that somebody wrote, in words of ours and with what to do.
//!
//! **Invariant:** one line, without the engine's own names of kinds of errors.

use datafusion::error::DataFusionError;

/// Beginnings that say which part of the engine speaks.
const SPEAKERS: [&str; 7] = [
    "SQL error: ",
    "Schema error: ",
    "Error during planning: ",
    "This feature is not implemented: ",
    "Internal error: ",
    "Arrow error: ",
    "Execution error: ",
];

/// Part of what the engine says, and what to do then.
const ADVICE: [(&str, &str); 5] = [
    (
        "not supported",
        "only one query that reads is answered, such as SELECT, SHOW TABLES or DESCRIBE packets",
    ),
    ("single SQL statement", "write one query"),
    ("No SQL statements", "write a query, such as SELECT count(*) FROM packets"),
    ("No field named", "DESCRIBE followed by the view lists its columns"),
    ("not found", "SHOW TABLES lists the views"),
];

/// The sentence for a person.
pub(crate) fn sentence(error: &DataFusionError) -> String {
    polish(&error.strip_backtrace())
}

fn polish(said: &str) -> String {
    let mut text = said.lines().next().unwrap_or_default().trim();
    while let Some(rest) = SPEAKERS.iter().find_map(|speaker| text.strip_prefix(speaker)) {
        text = rest;
    }
    let parser = text.strip_prefix("ParserError(\"").and_then(|text| text.strip_suffix("\")"));
    let text = parser.unwrap_or(text).trim_end_matches('.').replace("datafusion.public.", "");
    match ADVICE.iter().find(|(part, _)| text.contains(part)) {
        Some((_, advice)) => format!("the SQL cannot be answered: {text}; {advice}"),
        None => format!("the SQL cannot be answered: {text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_speaks_in_our_words() {
        let cases = [
            (
                "SQL error: ParserError(\"Expected: end of statement, found: packets at Line: 1, Column: 21\")",
                "Expected: end of statement, found: packets at Line: 1, Column: 21",
            ),
            (
                "Schema error: No field named nope.",
                "No field named nope; DESCRIBE followed by the view lists its columns",
            ),
            (
                "Error during planning: table 'datafusion.public.nope' not found\nbacktrace: here",
                "table 'nope' not found; SHOW TABLES lists the views",
            ),
        ];
        for (said, expected) in cases {
            assert_eq!(polish(said), format!("the SQL cannot be answered: {expected}"));
        }
    }
}
