//! What was planted and what was found, as the program writes them.
//!
//! **Invariant:** a record without detector, subject or times is an error, never left out.

use anyhow::{Context, Result};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

/// What a scenario planted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Truth {
    /// The judged period, in microseconds since 1970.
    pub(crate) judge: (i64, i64),
    /// The same as written.
    pub(crate) judge_text: (String, String),
    /// What must be found.
    pub(crate) phenomena: Vec<Mark>,
    /// What may be found.
    pub(crate) tolerated: Vec<Mark>,
}

/// One thing that must or may be found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mark {
    pub(crate) detector: String,
    pub(crate) subject: String,
    /// Other ways to write the subject.
    pub(crate) also: Vec<String>,
    /// Words that the subject holds.
    pub(crate) holds: Vec<String>,
    /// Ports that hold every port of the subject.
    pub(crate) within: Vec<String>,
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) actor: String,
    pub(crate) packets: u64,
    pub(crate) is_weak: bool,
}

/// What a detector said.
#[derive(Debug, Clone, Default)]
pub(crate) struct Finding {
    pub(crate) detector: String,
    pub(crate) subject: String,
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) is_experimental: bool,
}

/// When a finding was first made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Alarm {
    /// The end of the day at which it was judged.
    pub(crate) at: i64,
    pub(crate) finding: Finding,
}

/// Reads `truth.json`.
pub(crate) fn truth(text: &str) -> Result<Truth> {
    let value: Value = serde_json::from_str(text).context("reading the truth")?;
    let marks = |key: &str| -> Result<Vec<Mark>> {
        let list = value[key].as_array().with_context(|| format!("the truth has no `{key}`"))?;
        list.iter().map(mark).collect()
    };
    let judge = &value["judge"];
    Ok(Truth {
        judge: (time(judge, "from")?, time(judge, "to")?),
        judge_text: (word(judge, "from")?, word(judge, "to")?),
        phenomena: marks("phenomena")?,
        tolerated: marks("tolerated")?,
    })
}

fn mark(value: &Value) -> Result<Mark> {
    let words = |key: &str| -> Vec<String> {
        let list = value[key].as_array().map_or(&[][..], Vec::as_slice);
        list.iter().filter_map(Value::as_str).map(str::to_lowercase).collect()
    };
    Ok(Mark {
        detector: word(value, "detector")?,
        subject: word(value, "subject")?,
        also: words("also"),
        holds: words("holds"),
        within: words("within"),
        first: time(value, "first")?,
        last: time(value, "last")?,
        actor: word(value, "actor")?,
        packets: value["packets"].as_u64().unwrap_or(0),
        is_weak: value["weak"].as_bool().unwrap_or(false),
    })
}

/// Reads findings, an object a line; an empty text has none.
pub(crate) fn findings(text: &str) -> Result<Vec<Finding>> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| finding(&object(line)?)).collect()
}

/// Reads when findings were first made, an object a line.
pub(crate) fn alarms(text: &str) -> Result<Vec<Alarm>> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let alarm = |value: &Value| Ok(Alarm { at: time(value, "alarm")?, finding: finding(value)? });
    lines.map(|line| alarm(&object(line)?)).collect()
}

fn object(line: &str) -> Result<Value> {
    serde_json::from_str(line).with_context(|| format!("reading `{line}`"))
}

fn finding(value: &Value) -> Result<Finding> {
    Ok(Finding {
        detector: word(value, "detector")?,
        subject: word(value, "subject")?,
        first: time(value, "first")?,
        last: time(value, "last")?,
        is_experimental: value["experimental"] == 1,
    })
}

fn word(value: &Value, key: &str) -> Result<String> {
    let text = value[key].as_str().with_context(|| format!("no `{key}` in {value}"))?;
    Ok(text.to_owned())
}

/// A time in RFC 3339; a date alone is its first moment in UTC.
fn time(value: &Value, key: &str) -> Result<i64> {
    let text = word(value, key)?;
    microseconds(&text).with_context(|| format!("`{text}` is not a time in RFC 3339"))
}

fn microseconds(text: &str) -> Option<i64> {
    let date = || Some(Date::strptime("%F", text).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    text.parse::<jiff::Timestamp>().ok().or_else(date).map(jiff::Timestamp::as_microsecond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use teiten_model::interval::DAY_US;

    #[test]
    fn times_are_read_in_every_form_that_is_written() {
        let cases = [
            ("1970-01-01T00:00:00.000000Z", Some(0)),
            ("1970-01-02", Some(DAY_US)),
            ("2025-05-21T00:00:00+09:00", Some(1_747_753_200_000_000)),
            ("2025-05-20T15:00:00.25Z", Some(1_747_753_200_250_000)),
            ("2024-02-29T12:00Z", Some(1_709_208_000_000_000)),
            ("yesterday", None),
            ("2025-13-01", None),
        ];
        for (text, micros) in cases {
            assert_eq!(microseconds(text), micros, "{text}");
        }
    }

    #[test]
    fn a_finding_without_a_subject_is_an_error() {
        let line = r#"{"detector":"surge","subject":"23/TCP","first":"2025-05-01","last":"2025-05-02"}"#;
        assert_eq!(findings(line).expect("a finding").len(), 1);
        assert!(findings(&line.replace("subject", "about")).is_err());
        assert!(findings("").expect("none").is_empty());
        assert!(alarms(line).is_err());
        let alarm = line.replace("{", "{\"alarm\":\"1970-01-02\",");
        assert_eq!(alarms(&alarm).expect("an alarm")[0].at, DAY_US);
    }
}
