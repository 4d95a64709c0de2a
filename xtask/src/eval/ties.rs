//! What is said to be related to ports, against what was planted: level, name, and days from the date to the rise.
//!
//! Only what is above the level of the port alone counts, tools left aside: a related service is no cause.
//!
//! **Invariant:** every port of the list is right, wrong or missed; a port that must have no cause can only be wrong.

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::records::{Finding, Mark};
use super::score::{RELATED, Score};

/// The date under which a scenario's catalogue is imported.
pub(crate) const DATE: &str = "2025-12-31";
/// The level of a port that must have no cause.
const NONE: &str = "none";
/// How many days the beginning of a rise may be off.
const SLACK_DAYS: i64 = 1;

/// The strongest thing that is, or must be, said of a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tie {
    pub(crate) port: String,
    pub(crate) level: String,
    pub(crate) id: String,
    pub(crate) days: Option<i64>,
}

/// Reads what must be said: CSV of port, level, id and days, without quotes.
pub(crate) fn read(text: &str) -> Result<Vec<Tie>> {
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).skip(1);
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            let [port, level, id, days] = fields.as_slice() else { bail!("`{line}` has not four fields") };
            let days = match days.trim() {
                "" => None,
                text => Some(text.parse().with_context(|| format!("reading the days of `{line}`"))?),
            };
            Ok(Tie { port: port.to_lowercase(), level: (*level).to_owned(), id: (*id).to_owned(), days })
        })
        .collect()
}

/// Reads what was said: of each port the first thing that is more than a related service.
pub(crate) fn said(text: &str) -> Result<Vec<Tie>> {
    let mut ties: Vec<Tie> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let row: Value = serde_json::from_str(line).with_context(|| format!("reading `{line}`"))?;
        let word = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let (port, level) = (word("port").to_lowercase(), word("level"));
        let is_cause = ["pattern", "protocol", "window"].contains(&level.as_str()) && word("kind") != "tool";
        if is_cause && !ties.iter().any(|tie| tie.port == port) {
            ties.push(Tie { port, level, id: word("id"), days: row["days"].as_i64() });
        }
    }
    Ok(ties)
}

/// Adds to a score what is right and wrong of it.
pub(crate) fn judge(expected: &[Tie], said: &[Tie], score: &mut Score) {
    if expected.is_empty() {
        return;
    }
    let line = score.line(RELATED);
    for tie in expected {
        let found = said.iter().find(|own| own.port == tie.port);
        let is_planted = tie.level != NONE;
        line.planted += u64::from(is_planted);
        match found {
            Some(own) if is_planted && is_right(tie, own) => {
                line.found += 1;
                line.right += 1;
            }
            Some(own) => {
                line.wrong.push(Finding {
                    detector: RELATED.to_owned(),
                    subject: text(own),
                    ..Finding::default()
                });
                if is_planted {
                    line.missed.push(missed(tie));
                }
            }
            None if is_planted => line.missed.push(missed(tie)),
            None => {}
        }
    }
}

fn is_right(tie: &Tie, own: &Tie) -> bool {
    let near = match (tie.days, own.days) {
        (Some(wanted), Some(days)) => (wanted - days).abs() <= SLACK_DAYS,
        (wanted, _) => wanted.is_none(),
    };
    tie.level == own.level && tie.id == own.id && near
}

fn text(tie: &Tie) -> String {
    let days = tie.days.map_or(String::new(), |days| format!(", {days} days"));
    format!("{}: {} {}{days}", tie.port, tie.level, tie.id)
}

fn missed(tie: &Tie) -> Mark {
    Mark { detector: RELATED.to_owned(), subject: text(tie), actor: tie.id.clone(), ..Mark::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tie(port: &str, level: &str, id: &str, days: Option<i64>) -> Tie {
        Tie { port: port.into(), level: level.into(), id: id.into(), days }
    }

    #[test]
    fn levels_names_and_days_must_be_right_and_decoys_silent() {
        let expected = [
            tie("1/tcp", "window", "A", Some(4)),
            tie("2/tcp", "window", "B", Some(4)),
            tie("3/tcp", "pattern", "C", None),
            tie("4/tcp", NONE, "", None),
            tie("5/tcp", NONE, "", None),
        ];
        let said = [
            tie("1/tcp", "window", "A", Some(5)),
            tie("2/tcp", "window", "B", Some(9)),
            tie("4/tcp", "window", "X", Some(0)),
        ];
        let mut score = Score::default();
        judge(&expected, &said, &mut score);
        let line = &score.lines[RELATED];
        assert_eq!((line.planted, line.found, line.right), (3, 1, 1));
        assert_eq!((line.wrong.len(), line.missed.len()), (2, 2));
        assert!(line.is_known);
    }

    #[test]
    fn a_tool_and_a_service_are_no_cause() {
        let text = r#"{"port":"9/TCP","level":"protocol","kind":"tool","id":"zmap","days":null}
{"port":"9/TCP","level":"window","kind":"vulnerability","id":"A","days":3}
{"port":"9/TCP","level":"window","kind":"vulnerability","id":"B","days":3}
{"port":"8/TCP","level":"port","kind":"product","id":"x","days":null}
{"port":"8/TCP","level":"against","kind":null,"id":null,"days":null}"#;
        assert_eq!(said(text).expect("rows"), [tie("9/tcp", "window", "A", Some(3))]);
    }

    #[test]
    fn a_line_that_is_cut_is_refused() {
        assert!(read("port,level,id,days\n1/tcp,window\n").is_err());
        assert_eq!(
            read("# x\nport,level,id,days\n1/TCP,none,,\n").expect("one"),
            [tie("1/tcp", NONE, "", None)]
        );
    }
}
