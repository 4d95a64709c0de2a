//! What rose, fell, entered or left: a paragraph made from a ranking by fixed rules.
//!
//! # Rules
//! - A series *increases through the period* when the mean of its last third of days is at least
//!   1.2 times that of its first, and that of the middle third lies between the two (with 5% to spare);
//!   *decreases* the other way round. Fewer than 12 observed days allow no such sentence.
//! - Ranks are compared row by row among the ranks shown; a row without a rank before is "outside top N".
//! - The largest increase and decrease of the daily average are named from 10% on.
//!
//! **Invariant:** every number said here is a cell of the ranking's table.

use super::ranking::Subject;
use crate::document::Span;
use crate::facts::{Facts, RankRow, Ranking};
use crate::words::{Words, number};

/// The least growth of the mean from the first to the last third of the days.
const TREND_MIN: f64 = 1.2;
/// How far the middle third may lie outside the two, as a factor.
const TREND_SLACK: f64 = 1.05;
/// The least number of observed days for a trend.
const TREND_DAYS_MIN: usize = 12;
/// The least change of the daily average that is named, as a part of what was before.
const CHANGE_MIN: f64 = 0.1;

/// The sentences about a ranking that has at least one row to show.
pub(super) fn paragraph(subject: Subject, ranking: &Ranking, facts: &Facts, words: &Words) -> Vec<Span> {
    let mut sentences = trends(subject, ranking, words);
    if facts.previous.is_some() {
        sentences.extend(ranks(subject, ranking, words));
        sentences.extend(averages(subject, ranking, words));
    }
    let mut paragraph = Vec::new();
    for (at, sentence) in sentences.into_iter().enumerate() {
        if at > 0 {
            paragraph.push(words.sentence_gap());
        }
        paragraph.extend(sentence);
    }
    paragraph
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trend {
    Up,
    Down,
}

fn trend(values: &[Option<f64>]) -> Option<Trend> {
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    if known.len() < TREND_DAYS_MIN {
        return None;
    }
    let third = known.len() / 3;
    let mean = |slice: &[f64]| slice.iter().sum::<f64>() / slice.len() as f64;
    let (first, last) = (mean(&known[..third]), mean(&known[known.len() - third..]));
    let middle = mean(&known[third..known.len() - third]);
    let is_rise = |from: f64, to: f64| {
        to > 0.0 && to >= from * TREND_MIN && middle * TREND_SLACK >= from && middle <= to * TREND_SLACK
    };
    match (is_rise(first, last), is_rise(last, first)) {
        (true, false) => Some(Trend::Up),
        (false, true) => Some(Trend::Down),
        _ => None,
    }
}

fn trends(subject: Subject, ranking: &Ranking, words: &Words) -> Vec<Vec<Span>> {
    let figure = vec![Span::to(subject.figure())];
    let observed = |values: &[Option<f64>]| values.iter().flatten().count();
    let days = ranking.series.iter().map(|series| observed(&series.values)).max().unwrap_or(0);
    if days < TREND_DAYS_MIN {
        let texts = [("days", vec![Span::text(number::count(days as i64))]), ("figure", figure)];
        return vec![words.spans("trend-short", &[("number", days as i64)], &texts)];
    }
    let with = |wanted: Trend| -> Vec<Vec<Span>> {
        let moved = ranking.series.iter().filter(|series| trend(&series.values) == Some(wanted));
        let rows = moved.filter_map(|series| ranking.rows.iter().find(|row| row.key == series.key));
        rows.map(|row| vec![subject.in_prose(row, words.language)]).collect()
    };
    let up = subject.choose("ports-trend-up", "regions-trend-up");
    let down = subject.choose("ports-trend-down", "regions-trend-down");
    let mut sentences = Vec::new();
    for (key, names) in [(up, with(Trend::Up)), (down, with(Trend::Down))] {
        if !names.is_empty() {
            let texts = [("names", words.list(names)), ("figure", figure.clone())];
            sentences.push(words.spans(key, &[], &texts));
        }
    }
    if sentences.is_empty() {
        let key = subject.choose("ports-trend-none", "regions-trend-none");
        sentences.push(words.spans(key, &[], &[("figure", figure)]));
    }
    sentences
}

fn ranks(subject: Subject, ranking: &Ranking, words: &Words) -> Vec<Vec<Span>> {
    let shown = ranking.shown;
    let cell = |at: usize, column: &'static str| vec![Span::number(subject.table(), at, column)];
    let item = |key: &str, at: usize, row: &RankRow| {
        words.phrase(
            key,
            &[],
            &[
                ("name", vec![subject.in_prose(row, words.language)]),
                ("before", cell(at, "previous_rank")),
                ("now", cell(at, "rank")),
                ("outside", cell(at, if row.previous_rank.is_none() { "previous_rank" } else { "rank" })),
            ],
        )
    };
    let (mut up, mut down, mut entered, mut left) = (vec![], vec![], vec![], vec![]);
    for (at, row) in ranking.rows.iter().enumerate() {
        let (is_in, was_in) =
            (row.rank.is_some_and(|rank| rank <= shown), row.previous_rank.is_some_and(|rank| rank <= shown));
        match (is_in, was_in) {
            (true, true) if row.rank < row.previous_rank => up.push(item("rank-move", at, row)),
            (true, true) if row.rank > row.previous_rank => down.push(item("rank-move", at, row)),
            (true, false) if row.previous_rank.is_some() => entered.push(item("rank-came", at, row)),
            (true, false) => entered.push(item("rank-came-outside", at, row)),
            (false, true) if row.rank.is_some() => left.push(item("rank-went", at, row)),
            (false, true) => left.push(item("rank-went-outside", at, row)),
            _ => {}
        }
    }
    let count = |number: i64| vec![Span::text(number::count(number))];
    let has = (!up.is_empty(), !down.is_empty(), !entered.is_empty(), !left.is_empty());
    let texts = [
        ("up", words.list(up)),
        ("down", words.list(down)),
        ("entered", words.list(entered)),
        ("left", words.list(left)),
        ("shown", count(i64::from(shown))),
    ];
    let moved = match (has.0, has.1) {
        (true, true) => Some("rank-up-down"),
        (true, false) => Some("rank-up"),
        (false, true) => Some("rank-down"),
        (false, false) => None,
    };
    let crossed = match (has.2, has.3) {
        (true, true) => Some("rank-entered-left"),
        (true, false) => Some("rank-entered"),
        (false, true) => Some("rank-left"),
        (false, false) => None,
    };
    let sentences: Vec<Vec<Span>> =
        moved.into_iter().chain(crossed).map(|key| words.spans(key, &[], &texts)).collect();
    if sentences.is_empty() {
        return vec![words.spans("rank-same", &[], &[("shown", count(ranking.shown_rows().count() as i64))])];
    }
    sentences
}

fn averages(subject: Subject, ranking: &Ranking, words: &Words) -> Option<Vec<Span>> {
    let changes: Vec<(usize, &RankRow, f64)> =
        ranking.shown_rows().filter_map(|(at, row)| row.change().map(|change| (at, row, change))).collect();
    let by_change = |a: &&(usize, &RankRow, f64), b: &&(usize, &RankRow, f64)| a.2.total_cmp(&b.2);
    let most = changes.iter().max_by(by_change)?;
    let least = changes.iter().min_by(by_change)?;
    let name = |row: &RankRow| vec![subject.in_prose(row, words.language)];
    let size = |at: usize| vec![Span::magnitude(subject.table(), at, "change")];
    let key = match (most.2 >= CHANGE_MIN, least.2 <= -CHANGE_MIN) {
        (true, true) => subject.choose("ports-change-up-down", "regions-change-up-down"),
        (true, false) => subject.choose("ports-change-up", "regions-change-up"),
        (false, true) => subject.choose("ports-change-down", "regions-change-down"),
        (false, false) => "change-small",
    };
    let texts = [
        ("up", name(most.1)),
        ("more", size(most.0)),
        ("down", name(least.1)),
        ("less", size(least.0)),
        ("limit", vec![Span::text(number::share(CHANGE_MIN))]),
    ];
    Some(words.spans(key, &[], &texts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(value: impl Fn(f64) -> f64) -> Vec<Option<f64>> {
        (0..30).map(|day| Some(value(f64::from(day)))).collect()
    }

    #[test]
    fn finds_a_steady_rise_and_fall() {
        assert_eq!(trend(&days(|day| 40.0 + day)), Some(Trend::Up));
        assert_eq!(trend(&days(|day| 80.0 - day)), Some(Trend::Down));
    }

    #[test]
    fn ignores_noise_bursts_short_series_and_silence() {
        assert_eq!(trend(&days(|day| 40.0 + day % 7.0)), None);
        assert_eq!(
            trend(&days(|day| if (10.0..20.0).contains(&day) { 500.0 } else { 10.0 + day / 10.0 })),
            None
        );
        assert_eq!(trend(&days(|_| 0.0)), None);
        assert_eq!(trend(&days(|day| 40.0 + day)[..11]), None);
        assert_eq!(trend(&[None; 30]), None);
    }
}
