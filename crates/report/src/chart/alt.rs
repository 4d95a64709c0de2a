//! One sentence that tells what a chart shows: what rose and fell most, the range, the gaps.
//!
//! **Invariant:** the sentence is made from the chart's values alone; both languages have the same numbers.

use super::{BarChart, LineChart};
use crate::words::{Words, date, number};

use super::axis::later;

/// Days at each end of a series that are averaged to tell how it moved.
const END_DAYS_MAX: usize = 14;
/// A movement smaller than this part of the earlier average is not called one.
const MOVED_MIN: f64 = 0.1;

/// How a series moved: the average of its first and of its last days.
pub(crate) fn ends(values: &[Option<f64>]) -> Option<(f64, f64)> {
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    let part = (known.len() / 3).min(END_DAYS_MAX);
    if part == 0 {
        return None;
    }
    let mean = |slice: &[f64]| slice.iter().sum::<f64>() / slice.len() as f64;
    Some((mean(&known[..part]), mean(&known[known.len() - part..])))
}

/// The sentence for daily series.
pub fn line(chart: &LineChart, words: &Words) -> String {
    let known = || chart.series.iter().flat_map(|series| &series.values).copied().flatten();
    let (least, most) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
    if !least.is_finite() {
        return words.text("alt-empty");
    }
    let days = chart.days();
    let day = |at: usize| later(chart.first, at).map_or(String::new(), |day| date::long(day, words.language));
    let count = number::count(chart.series.len() as i64);
    let (first, last) = (day(0), day(days - 1));
    let texts = [("first", first.as_str()), ("last", &last), ("series", &count), ("unit", &chart.unit)];
    let key = if days == 1 { "alt-line-one-day" } else { "alt-line" };
    let mut parts = vec![words.say(key, &[("count", chart.series.len() as i64)], &texts)];
    let moved: Vec<(&str, f64, f64)> = chart
        .series
        .iter()
        .filter_map(|series| ends(&series.values).map(|(from, to)| (series.label.as_str(), from, to)))
        .collect();
    let by_change = |a: &&(&str, f64, f64), b: &&(&str, f64, f64)| (a.2 - a.1).total_cmp(&(b.2 - b.1));
    let extremes =
        [("alt-rose", moved.iter().max_by(by_change)), ("alt-fell", moved.iter().min_by(by_change))];
    let mut has_moved = false;
    for (key, extreme) in extremes {
        if let Some((label, from, to)) = extreme
            && (to > from) == (key == "alt-rose")
            && (to - from).abs() > MOVED_MIN * from.max(f64::MIN_POSITIVE)
        {
            has_moved = true;
            parts.push(words.say(
                key,
                &[],
                &[("name", *label), ("from", &number::rate(*from)), ("to", &number::rate(*to))],
            ));
        }
    }
    if !has_moved && !moved.is_empty() {
        parts.push(words.text("alt-steady"));
    }
    parts.push(words.say(
        "alt-range",
        &[],
        &[("least", &number::rate(least)), ("most", &number::rate(most))],
    ));
    let missing: usize = chart.gaps().iter().map(|(first, last)| last - first + 1).sum();
    if missing > 0 {
        let missing = missing as i64;
        parts.push(words.say("alt-missing", &[("count", missing)], &[("days", &number::count(missing))]));
    }
    parts.join(&words.text("alt-joint")) + &words.text("alt-end")
}

/// The sentence for parts of a whole.
pub fn bar(chart: &BarChart, words: &Words) -> String {
    let (Some(first), Some(last)) = (chart.bars.first(), chart.bars.last()) else {
        return words.text("alt-empty");
    };
    let bars = number::count(chart.bars.len() as i64);
    words.say(
        "alt-bar",
        &[],
        &[
            ("bars", &bars),
            ("unit", &chart.unit),
            ("first", &first.label),
            ("most", &number::share(first.share)),
            ("last", &last.label),
            ("least", &number::share(last.share)),
        ],
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use jiff::civil::date;

    use super::super::{Bar, LineSeries};
    use super::*;
    use crate::words::Language;

    fn series(label: &str, values: &[Option<f64>]) -> LineSeries {
        LineSeries { key: label.into(), label: label.into(), values: values.to_vec() }
    }

    fn said(series: Vec<LineSeries>) -> String {
        let mut said = String::new();
        for language in Language::ALL {
            let words = Words::new(language);
            let unit = words.text("unit-rate-axis");
            let gap_word = words.text("gap");
            let chart =
                LineChart { first: date(2014, 4, 1), unit, gap_word, series: series.clone(), marks: vec![] };
            said += &(line(&chart, &words) + "\n");
            words.check().unwrap();
        }
        said
    }

    #[test]
    fn the_sentence_names_what_moved_and_what_is_missing() {
        let rising: Vec<_> = (0..9).map(|day| Some(40.0 + f64::from(day) * 5.0)).collect();
        let falling: Vec<_> = (0..9).map(|day| Some(90.0 - f64::from(day) * 2.0)).collect();
        let mut gone = rising;
        gone[4] = None;
        let mut also = falling;
        also[4] = None;
        expect![[r#"
            パケット数（個/センサー・日）の2014年4月1日から2014年4月9日までの推移を2本の折れ線で示す図、最も増えたのは22/TCPで、期間の初めの平均42.5から終わりの平均77.5へ増加、最も減ったのは23/TCPで、期間の初めの平均89.0から終わりの平均75.0へ減少、値は40.0から90.0の範囲、観測のない日が1日。
            Packets per sensor and day, day by day from 1 April 2014 to 9 April 2014, as 2 lines; 22/TCP rose most, from an average of 42.5 at the beginning to 77.5 at the end; 23/TCP fell most, from an average of 89.0 at the beginning to 75.0 at the end; values lie between 40.0 and 90.0; 1 day was not observed.
        "#]]
        .assert_eq(&said(vec![series("22/TCP", &gone), series("23/TCP", &also)]));
    }

    #[test]
    fn steady_short_and_empty_charts_have_a_sentence() {
        let flat = vec![Some(10.0); 9];
        let text =
            said(vec![series("22/TCP", &flat)]) + &said(vec![series("22/TCP", &[Some(2.0)])]) + &said(vec![]);
        expect![[r#"
            パケット数（個/センサー・日）の2014年4月1日から2014年4月9日までの推移を1本の折れ線で示す図、期間の初めと終わりで大きな増減なし、値は10.0から10.0の範囲。
            Packets per sensor and day, day by day from 1 April 2014 to 9 April 2014, as 1 line; no large change between beginning and end; values lie between 10.0 and 10.0.
            パケット数（個/センサー・日）の2014年4月1日の値を1個の点で示す図、値は2.0から2.0の範囲。
            Packets per sensor and day on 1 April 2014, as 1 point; values lie between 2.0 and 2.0.
            描くデータがありません。
            There is nothing to draw.
        "#]]
        .assert_eq(&text);
    }

    #[test]
    fn bars_have_a_sentence() {
        let words = Words::new(Language::En);
        let bars =
            vec![Bar { label: "22/TCP".into(), share: 0.4 }, Bar { label: "80/TCP".into(), share: 0.1 }];
        expect!["Share of all packets as 2 horizontal bars: the largest is 22/TCP with 40.0%, the smallest 80/TCP with 10.0%."].assert_eq(&bar(&BarChart { unit: words.text("unit-share"), bars }, &words));
    }
}
