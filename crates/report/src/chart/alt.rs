//! One sentence that tells what a chart shows: what is largest, what rose and fell most, the range, the gaps.
//!
//! **Invariant:** the sentence is made from the chart's values alone; both languages have the same numbers.

use super::time::Slots;
use super::{BarChart, HeatChart, LineChart, PairKind, PairedBar, PairedBarChart, StackedChart, Step};
use crate::words::{Words, number};

/// Values at each end of a series that are averaged to tell how it moved.
const END_VALUES_MAX: usize = 14;
/// A movement smaller than this part of the earlier average is not called one.
const MOVED_MIN: f64 = 0.1;

/// How a series moved: the average of its first and of its last values.
pub(crate) fn ends(values: &[Option<f64>]) -> Option<(f64, f64)> {
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    let part = (known.len() / 3).min(END_VALUES_MAX);
    if part == 0 {
        return None;
    }
    let mean = |slice: &[f64]| slice.iter().sum::<f64>() / slice.len() as f64;
    Some((mean(&known[..part]), mean(&known[known.len() - part..])))
}

/// The sentence for series over time.
pub fn line(chart: &LineChart, words: &Words) -> String {
    let known = || chart.series.iter().flat_map(|series| &series.values).copied().flatten();
    let (least, most) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
    if !least.is_finite() {
        return words.text("alt-empty");
    }
    let slots = chart.slots();
    let count = number::count(chart.series.len() as i64);
    let (first, last) = names_of_ends(&slots, words);
    let step = step(chart.step, words);
    let texts = [
        ("first", first.as_str()),
        ("last", &last),
        ("series", &count),
        ("unit", &chart.unit.axis),
        ("step", &step),
    ];
    let key = if slots.count == 1 { "alt-line-one-day" } else { "alt-line" };
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
            let (from, to) = (chart.unit.write(*from), chart.unit.write(*to));
            parts.push(words.say(key, &[], &[("name", *label), ("from", &from), ("to", &to)]));
        }
    }
    if !has_moved && !moved.is_empty() {
        parts.push(words.text("alt-steady"));
    }
    let (least, most) = (chart.unit.write(least), chart.unit.write(most));
    parts.push(words.say("alt-range", &[], &[("least", &least), ("most", &most)]));
    parts.extend(missing(chart.step, &chart.gaps(), words));
    joined(&parts, words)
}

/// The sentence for a field: how many rows, and where the largest value stands.
pub(crate) fn heat(chart: &HeatChart, words: &Words) -> String {
    let cells = chart.rows.iter().flat_map(|row| {
        let known = row.values.iter().enumerate();
        known.filter_map(move |(at, value)| Some((row.label.as_str(), at, (*value)?)))
    });
    // Of equal values the first one counts.
    let most = cells.reduce(|most, cell| if cell.2 > most.2 { cell } else { most });
    let Some((name, at, most)) = most else { return words.text("alt-empty") };
    let slots = chart.slots();
    let (first, last) = names_of_ends(&slots, words);
    let (rows, step) = (number::count(chart.rows.len() as i64), step(chart.step, words));
    let (when, most) = (slots.name(at, words.language), chart.unit.write(most));
    let texts = [
        ("unit", chart.unit.axis.as_str()),
        ("step", &step),
        ("first", &first),
        ("last", &last),
        ("rows", &rows),
        ("name", name),
        ("when", &when),
        ("most", &most),
    ];
    let parts: Vec<String> =
        [Some(words.say("alt-heat", &[], &texts)), missing(chart.step, &chart.gaps(), words)]
            .into_iter()
            .flatten()
            .collect();
    joined(&parts, words)
}

/// The sentence for parts of a whole over time.
pub fn stack(chart: &StackedChart, words: &Words) -> String {
    let slots = chart.slots();
    let drawn = chart.drawn_parts();
    let value = |values: &[Option<f64>], at: usize| values.get(at).copied().flatten().unwrap_or(0.0);
    let whole = |at: usize| drawn.iter().map(|part| value(&part.values, at)).sum::<f64>();
    let all: f64 = (0..slots.count).map(whole).sum();
    if all <= 0.0 {
        return words.text("alt-empty");
    }
    let count = number::count(drawn.len() as i64);
    let (first, last) = names_of_ends(&slots, words);
    let step = step(chart.step, words);
    let texts = [
        ("unit", chart.unit.axis.as_str()),
        ("first", &first),
        ("last", &last),
        ("step", &step),
        ("parts", &count),
    ];
    let key = if slots.count == 1 { "alt-stack-one" } else { "alt-stack" };
    let mut parts = vec![words.say(key, &[], &texts)];
    let total = |values: &[Option<f64>]| values.iter().flatten().sum::<f64>();
    let mut by_size: Vec<_> = drawn.iter().map(|part| (part, total(&part.values) / all)).collect();
    by_size.sort_by(|a, b| b.1.total_cmp(&a.1));
    if let Some((part, size)) = by_size.first() {
        let size = number::share(*size);
        parts.push(words.say("alt-stack-largest", &[], &[("name", &part.label), ("share", &size)]));
    }
    let shares = |values: &[Option<f64>]| -> Vec<Option<f64>> {
        let share = |at: usize| (whole(at) > 0.0).then(|| value(values, at) / whole(at));
        (0..slots.count).map(share).collect()
    };
    let moved = drawn.iter().filter_map(|part| ends(&shares(&part.values)).map(|ends| (&part.label, ends)));
    let distance = |ends: &(f64, f64)| (ends.1 - ends.0).abs();
    if let Some((label, (from, to))) = moved.max_by(|a, b| distance(&a.1).total_cmp(&distance(&b.1)))
        && slots.count > 1
    {
        let (from, to) = (number::share(from), number::share(to));
        parts.push(if from == to {
            words.text("alt-steady")
        } else {
            words.say("alt-stack-moved", &[], &[("name", label), ("from", &from), ("to", &to)])
        });
    }
    parts.extend(missing(chart.step, &chart.gaps(), words));
    joined(&parts, words)
}

/// The sentence for two values a row.
pub fn pair(chart: &PairedBarChart, words: &Words) -> String {
    let value = |row: &PairedBar| row.first.unwrap_or(f64::NEG_INFINITY);
    let by_value = |a: &&PairedBar, b: &&PairedBar| value(a).total_cmp(&value(b));
    // The first of equals is the largest: it stands above.
    let Some(largest) = chart.rows.iter().rev().max_by(by_value).filter(|row| row.first.is_some()) else {
        return words.text("alt-empty");
    };
    let (rows, most) = (number::count(chart.rows.len() as i64), chart.unit.write(value(largest)));
    let texts = [
        ("unit", chart.unit.axis.as_str()),
        ("rows", &rows),
        ("first", &chart.names[0]),
        ("second", &chart.names[1]),
        ("name", &largest.label),
        ("most", &most),
    ];
    let key = if chart.kind == PairKind::Before { "alt-pair-before" } else { "alt-pair-part" };
    let mut parts = vec![words.say(key, &[], &texts)];
    parts.extend(match chart.kind {
        PairKind::Before => pair_moves(chart, words),
        PairKind::Part => pair_shares(chart, words),
    });
    joined(&parts, words)
}

fn pair_moves(chart: &PairedBarChart, words: &Words) -> Vec<String> {
    let known = chart.rows.iter().filter_map(|row| Some((&row.label, row.second?, row.first?)));
    let moved: Vec<(&String, f64, f64)> = known.collect();
    let by_change = |a: &&(&String, f64, f64), b: &&(&String, f64, f64)| (a.2 - a.1).total_cmp(&(b.2 - b.1));
    let rose = moved.iter().max_by(by_change).filter(|row| row.2 > row.1).map(|row| ("alt-pair-rose", row));
    let fell = moved.iter().min_by(by_change).filter(|row| row.2 < row.1).map(|row| ("alt-pair-fell", row));
    let said = rose.into_iter().chain(fell).map(|(key, (label, from, to))| {
        let (from, to) = (chart.unit.write(*from), chart.unit.write(*to));
        words.say(key, &[], &[("name", label), ("from", &from), ("to", &to)])
    });
    said.collect()
}

fn pair_shares(chart: &PairedBarChart, words: &Words) -> Vec<String> {
    let shares = || chart.rows.iter().filter_map(|row| Some((&row.label, row.share()?)));
    let by_share = |a: &(&String, f64), b: &(&String, f64)| a.1.total_cmp(&b.1);
    let (Some(least), Some(most)) = (shares().min_by(by_share), shares().max_by(by_share)) else {
        return Vec::new();
    };
    let (part, low, high) = (&chart.names[1], number::share(least.1), number::share(most.1));
    if shares().count() == 1 {
        return vec![words.say("alt-pair-share-one", &[], &[("part", part), ("share", &high)])];
    }
    let texts =
        [("part", part.as_str()), ("low", least.0), ("least", &low), ("high", most.0), ("most", &high)];
    vec![words.say("alt-pair-share", &[], &texts)]
}

/// The first and the last place of the axis in words; a week ends with its last day.
fn names_of_ends(slots: &Slots, words: &Words) -> (String, String) {
    let last = slots.count.saturating_sub(1);
    let name_of_last = match (slots.step, slots.last_day(last)) {
        (Step::Week, Some(day)) => crate::words::date::long(day, words.language),
        _ => slots.name(last, words.language),
    };
    (slots.name(0, words.language), name_of_last)
}

fn step(step: Step, words: &Words) -> String {
    words.text(match step {
        Step::Hour => "alt-step-hour",
        Step::Day => "alt-step-day",
        Step::Week => "alt-step-week",
        Step::Month => "alt-step-month",
    })
}

fn missing(step: Step, gaps: &[(usize, usize)], words: &Words) -> Option<String> {
    let missing: usize = gaps.iter().map(|(first, last)| last - first + 1).sum();
    let key = match step {
        Step::Hour => "alt-missing-hours",
        Step::Day => "alt-missing",
        Step::Week => "alt-missing-weeks",
        Step::Month => "alt-missing-months",
    };
    let count = missing as i64;
    (count > 0).then(|| words.say(key, &[("count", count)], &[("days", &number::count(count))]))
}

fn joined(parts: &[String], words: &Words) -> String {
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

    use super::super::{Bar, LineSeries, Part, Unit};
    use super::*;
    use crate::document::Form;
    use crate::words::Language;

    fn series(label: &str, values: &[Option<f64>]) -> LineSeries {
        LineSeries { key: label.into(), label: label.into(), values: values.to_vec() }
    }

    fn said(series: Vec<LineSeries>) -> String {
        let mut said = String::new();
        for language in Language::ALL {
            let words = Words::new(language);
            let unit = Unit::rate(&words);
            let chart = LineChart::new(date(2014, 4, 1), Step::Day, unit, series.clone(), &words);
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
            パケット数（個/センサー・日）の2014年4月1日から2014年4月9日までの日ごとの推移を2本の折れ線で示す図、最も増えたのは22/TCPで、期間の初めの平均42.5から終わりの平均77.5へ増加、最も減ったのは23/TCPで、期間の初めの平均89.0から終わりの平均75.0へ減少、値は40.0から90.0の範囲、観測のない日が1日。
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
            パケット数（個/センサー・日）の2014年4月1日から2014年4月9日までの日ごとの推移を1本の折れ線で示す図、期間の初めと終わりで大きな増減なし、値は10.0から10.0の範囲。
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

    fn in_both(said: impl Fn(&Words) -> String) -> String {
        let said = Language::ALL.map(|language| {
            let words = Words::new(language);
            let said = said(&words);
            words.check().unwrap();
            said + "\n"
        });
        said.concat()
    }

    #[test]
    fn weeks_and_months_are_told_as_such() {
        let told = |step| {
            in_both(|words| {
                let values = [Some(10.0), None, Some(30.0), Some(40.0)];
                let series = vec![series("23/TCP", &values)];
                line(&LineChart::new(date(2014, 4, 1), step, Unit::rate(words), series, words), words)
            })
        };
        expect![[r#"
            パケット数（個/センサー・日）の2014年4月1日から2014年4月28日までの週ごとの推移を1本の折れ線で示す図、最も増えたのは23/TCPで、期間の初めの平均10.0から終わりの平均40.0へ増加、値は10.0から40.0の範囲、観測のない週が1週。
            Packets per sensor and day, week by week from 1 April 2014 to 28 April 2014, as 1 line; 23/TCP rose most, from an average of 10.0 at the beginning to 40.0 at the end; values lie between 10.0 and 40.0; 1 week was not observed.
            パケット数（個/センサー・日）の2014年4月から2014年7月までの月ごとの推移を1本の折れ線で示す図、最も増えたのは23/TCPで、期間の初めの平均10.0から終わりの平均40.0へ増加、値は10.0から40.0の範囲、観測のない月が1か月。
            Packets per sensor and day, month by month from April 2014 to July 2014, as 1 line; 23/TCP rose most, from an average of 10.0 at the beginning to 40.0 at the end; values lie between 10.0 and 40.0; 1 month was not observed.
        "#]].assert_eq(&(told(Step::Week) + &told(Step::Month)));
    }

    #[test]
    fn pairs_have_a_sentence() {
        let told = |kind, rows: &[(&str, Option<f64>, Option<f64>)]| {
            in_both(|words| {
                let row = |(label, first, second): &(&str, Option<f64>, Option<f64>)| PairedBar {
                    key: (*label).into(),
                    label: (*label).into(),
                    first: *first,
                    second: *second,
                };
                let unit = Unit { axis: "IP".into(), column: String::new(), form: Form::Count };
                let names = ["A".into(), "B".into()];
                pair(&PairedBarChart { unit, kind, names, rows: rows.iter().map(row).collect() }, words)
            })
        };
        let rows = [
            ("23/TCP", Some(54_555.0), Some(51_468.0)),
            ("22/TCP", Some(5_351.0), Some(1_906.0)),
            ("GRE", None, None),
        ];
        let falls = [("23/TCP", Some(5.0), Some(9.0)), ("22/TCP", Some(6.0), Some(2.0))];
        let said = told(PairKind::Part, &rows)
            + &told(PairKind::Part, &rows[..1])
            + &told(PairKind::Before, &falls)
            + &told(PairKind::Before, &rows[2..]);
        expect![[r#"
            IPについて、AとBを3組の横棒で示す図、最大は23/TCPの54,555、Bの割合は、22/TCPの35.6%から23/TCPの94.3%まで。
            IP: A and B as pairs of horizontal bars, 3 in all; the largest is 23/TCP with 54,555; the share of B lies between 35.6% (22/TCP) and 94.3% (23/TCP).
            IPについて、AとBを1組の横棒で示す図、最大は23/TCPの54,555、Bの割合は94.3%。
            IP: A and B as pairs of horizontal bars, 1 in all; the largest is 23/TCP with 54,555; the share of B is 94.3%.
            IPについて、Aの値を2本の横棒で、Bの値を印で示す図、最大は22/TCPの6、増加が最も大きいのは22/TCPで、2から6、減少が最も大きいのは23/TCPで、9から5。
            IP: values for A as horizontal bars, 2 in all, with those for B as marks; the largest is 22/TCP with 6; 22/TCP rose most, from 2 to 6; 23/TCP fell most, from 9 to 5.
            描くデータがありません。
            There is nothing to draw.
        "#]].assert_eq(&said);
    }

    #[test]
    fn stacks_have_a_sentence() {
        let told = |step, values: [&[Option<f64>]; 2]| {
            in_both(|words| {
                let part = |(key, values): (&str, &[Option<f64>])| Part {
                    key: key.into(),
                    label: key.into(),
                    values: values.to_vec(),
                };
                let parts = ["TCP", "UDP"].into_iter().zip(values).map(part).collect();
                stack(&StackedChart::new(date(2014, 4, 1), step, Unit::rate(words), parts, words), words)
            })
        };
        let (rising, steady) =
            ([Some(10.0), None, Some(30.0), Some(40.0)], [Some(10.0), None, Some(10.0), Some(10.0)]);
        let said = told(Step::Month, [&rising, &steady])
            + &told(Step::Day, [&rising[..1], &steady[..1]])
            + &told(Step::Day, [&[None], &[]]);
        expect![[r#"
            パケット数（個/センサー・日）の2014年4月から2014年7月までの月ごとの内訳を、2種類に分けた積み上げ棒で示す図、全体で最も大きいのはTCPの72.7%、割合が最も変わったのはTCPで、期間の初めの50.0%から終わりの80.0%、観測のない月が1か月。
            Packets per sensor and day, month by month from April 2014 to July 2014, as stacked columns in 2 parts; TCP is the largest over the whole, with 72.7%; the share of TCP changed most, from 50.0% at the beginning to 80.0% at the end; 1 month was not observed.
            パケット数（個/センサー・日）の2014年4月1日の内訳を、2種類に分けた積み上げ棒で示す図、全体で最も大きいのはTCPの50.0%。
            Packets per sensor and day for 1 April 2014, as a stacked column in 2 parts; TCP is the largest over the whole, with 50.0%.
            描くデータがありません。
            There is nothing to draw.
        "#]].assert_eq(&said);
    }
}
