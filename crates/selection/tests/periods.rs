//! Periods in zones: a table, and what is said about wrong ones.
//!
//! **Invariant:** intervals are written in UTC here, so that a wrong cut shows.

use expect_test::expect;
use teiten_model::interval::{HOUR_US, Interval, Timestamp};
use teiten_selection::period::{Period, moment};
use teiten_selection::zone::Zone;

/// 2026-08-20T03:12:44Z, a Thursday.
const NOW: Timestamp = Timestamp(1_787_195_564_000_000);

fn zone(name: &str) -> Zone {
    Zone::parse(name).expect("a zone")
}

fn utc(at: Timestamp) -> String {
    at.to_string().replace(":00.000000Z", "").replace(".000000Z", "")
}

fn shown(interval: Interval) -> String {
    format!("{} {}", utc(interval.start), utc(interval.end))
}

#[test]
fn periods_are_cut_in_their_zone() {
    let cases = [
        ("2014Q2", "Asia/Tokyo", "2014-03-31T15:00 2014-06-30T15:00"),
        ("2014Q2", "UTC", "2014-04-01T00:00 2014-07-01T00:00"),
        ("FY2014Q1", "Asia/Tokyo", "2014-03-31T15:00 2014-06-30T15:00"),
        ("FY2014Q4", "Asia/Tokyo", "2014-12-31T15:00 2015-03-31T15:00"),
        ("FY2014", "Asia/Tokyo", "2014-03-31T15:00 2015-03-31T15:00"),
        ("2014", "+09:00", "2013-12-31T15:00 2014-12-31T15:00"),
        ("2026-08", "Asia/Tokyo", "2026-07-31T15:00 2026-08-31T15:00"),
        ("2024-02", "UTC", "2024-02-01T00:00 2024-03-01T00:00"),
        ("2024-02-29", "UTC", "2024-02-29T00:00 2024-03-01T00:00"),
        ("2026-W33", "Asia/Tokyo", "2026-08-09T15:00 2026-08-16T15:00"),
        ("2020-W53", "UTC", "2020-12-28T00:00 2021-01-04T00:00"),
        // Berlin and New York change their clocks inside.
        ("2026Q1", "Europe/Berlin", "2025-12-31T23:00 2026-03-31T22:00"),
        ("2026-03-29", "Europe/Berlin", "2026-03-28T23:00 2026-03-29T22:00"),
        ("2026-11-01", "America/New_York", "2026-11-01T04:00 2026-11-02T05:00"),
        // Midnight does not exist on that day in Santiago.
        ("2024-09-08", "America/Santiago", "2024-09-08T04:00 2024-09-09T03:00"),
        ("2026-08-20", "Asia/Kathmandu", "2026-08-19T18:15 2026-08-20T18:15"),
        // Spans.
        ("2026-08-20..2026-08-22", "Asia/Tokyo", "2026-08-19T15:00 2026-08-21T15:00"),
        ("2026-08-20/2026-08-22", "Asia/Tokyo", "2026-08-19T15:00 2026-08-21T15:00"),
        ("2026-08..2026-10", "UTC", "2026-08-01T00:00 2026-10-01T00:00"),
        ("2026-08-20T03:12+09:00..2026-08-20T04:00Z", "UTC", "2026-08-19T18:12 2026-08-20T04:00"),
        ("2026-08-20T03:12..now", "Asia/Tokyo", "2026-08-19T18:12 2026-08-20T03:12:44"),
        ("1396310400..1396314000", "Asia/Tokyo", "2014-04-01T00:00 2014-04-01T01:00"),
        ("now-7d", "Asia/Tokyo", "2026-08-13T03:12:44 2026-08-20T03:12:44"),
        ("now-90m", "Asia/Tokyo", "2026-08-20T01:42:44 2026-08-20T03:12:44"),
        ("now-2w..now-1w", "UTC", "2026-08-06T03:12:44 2026-08-13T03:12:44"),
    ];
    for (text, name, expected) in cases {
        let period = Period::parse(text, &zone(name), NOW).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(shown(period.interval()), expected, "{text} in {name}");
        let again = Period::parse(&period.text(), &zone(name), NOW).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(again.interval(), period.interval(), "{text} is {}", period.text());
    }
}

#[test]
fn a_period_knows_what_to_compare_with_and_its_name() {
    let cases = [
        "2014Q1",
        "FY2014Q4",
        "FY2014",
        "2014",
        "2024-03",
        "2024-02-29",
        "2026-W01",
        "2026-W33",
        "2026-08-20",
        "2026-08-20..2026-08-23",
        "2026-03-28..2026-03-30",
        "2026-08-20T03:00..2026-08-20T09:30",
    ];
    let mut lines = Vec::new();
    for text in cases {
        let period = Period::parse(text, &zone("Asia/Tokyo"), NOW).expect("a period");
        let name =
            |with| period.compared(with, NOW).map_or_else(|error| error.to_string(), |other| other.text());
        lines.push(format!(
            "{text}: {:?}; prev {}; prev-year {}; {}; {}",
            period.kind(),
            name("prev"),
            name("prev-year"),
            period.label_en(),
            period.label_ja()
        ));
    }
    expect![[r#"
        2014Q1: Quarter; prev 2013Q4; prev-year 2013Q1; January to March 2014; 2014年1〜3月
        FY2014Q4: FiscalQuarter; prev FY2014Q3; prev-year FY2013Q4; January to March 2015; 2015年1〜3月
        FY2014: FiscalYear; prev FY2013; prev-year FY2013; fiscal year 2014 (April 2014 to March 2015); 2014年度
        2014: Year; prev 2013; prev-year 2013; 2014; 2014年
        2024-03: Month; prev 2024-02; prev-year 2023-03; March 2024; 2024年3月
        2024-02-29: Day; prev 2024-02-28; prev-year 2023-02-28; 29 February 2024; 2024年2月29日
        2026-W01: Week; prev 2025-W52; prev-year 2025-W01; week 1 of 2026 (29 December 2025 to 4 January 2026); 2026年第1週（2025年12月29日〜2026年1月4日）
        2026-W33: Week; prev 2026-W32; prev-year 2025-W33; week 33 of 2026 (10 August 2026 to 16 August 2026); 2026年第33週（2026年8月10日〜2026年8月16日）
        2026-08-20: Day; prev 2026-08-19; prev-year 2025-08-20; 20 August 2026; 2026年8月20日
        2026-08-20..2026-08-23: Span; prev 2026-08-17T00:00:00+09:00..2026-08-20T00:00:00+09:00; prev-year 2025-08-20T00:00:00+09:00..2025-08-23T00:00:00+09:00; 20 August 2026 to 22 August 2026; 2026年8月20日〜2026年8月22日
        2026-03-28..2026-03-30: Span; prev 2026-03-26T00:00:00+09:00..2026-03-28T00:00:00+09:00; prev-year 2025-03-28T00:00:00+09:00..2025-03-30T00:00:00+09:00; 28 March 2026 to 29 March 2026; 2026年3月28日〜2026年3月29日
        2026-08-20T03:00..2026-08-20T09:30: Span; prev 2026-08-19T20:30:00+09:00..2026-08-20T03:00:00+09:00; prev-year 2025-08-20T03:00:00+09:00..2025-08-20T09:30:00+09:00; 2026-08-20 03:00 to 2026-08-20 09:30 JST; 2026-08-20 03:00〜2026-08-20 09:30 JST"#]].assert_eq(&lines.join("\n"));
}

#[test]
fn whole_days_stay_whole_days_when_the_clock_changes() {
    let berlin = zone("Europe/Berlin");
    let period = Period::parse("2026-03-29..2026-03-31", &berlin, NOW).expect("a period");
    assert_eq!(period.interval().length_us(), 47 * HOUR_US);
    let before = period.previous().expect("an earlier period");
    assert_eq!(shown(before.interval()), "2026-03-26T23:00 2026-03-28T23:00");
}

#[test]
fn wrong_periods_are_told_with_a_proposal() {
    let wrong = [
        "2026-Q3",
        "Q3 2026",
        "2026q3",
        "2026Q5",
        "2026/08/20",
        "2026/08",
        "20260820",
        "202608",
        "2026-8",
        "2026年8月",
        "2026年8月20日",
        "2014年度",
        "FY14",
        "fy2014",
        "2014年度第1四半期",
        "2026-02-29",
        "2026-02-30",
        "2026-13",
        "2026-W54",
        "2025-W53",
        "2026W33",
        "7d",
        "now-7days",
        "now - 7d",
        "now+1d",
        "now-3mo",
        "now-99999999999d",
        "2026-08-20..",
        "..2026-08-20",
        "2026-08-22..2026-08-20",
        "2026-08-20..2026-08-20",
        "2026-08-20T03:12+09:00",
        "1396310400",
        "1800",
        "2500Q1",
        "yesterday",
        "",
        "now",
    ];
    let told: Vec<String> = wrong
        .iter()
        .map(|text| match Period::parse(text, &zone("Asia/Tokyo"), NOW) {
            Ok(period) => format!("{text}: accepted as {}", period.text()),
            Err(error) => error.to_string(),
        })
        .collect();
    expect![[r#"
        `2026-Q3` is not a period: did you mean 2026Q3?
        `Q3 2026` is not a period: did you mean 2026Q3?
        `2026q3` is not a period: did you mean 2026Q3?
        there is no 2026Q5: the quarters are Q1 to Q4
        `2026/08/20` is not a period: did you mean 2026-08-20?
        `2026/08` is not a period: did you mean 2026-08?
        `20260820` is not a period: did you mean 2026-08-20?
        `202608` is not a period: did you mean 2026-08?
        `2026-8` is not a period: did you mean 2026-08?
        `2026年8月` is not a period: did you mean 2026-08?
        `2026年8月20日` is not a period: did you mean 2026-08-20?
        `2014年度` is not a period: did you mean FY2014?
        `FY14` is not a period: did you mean FY2014?
        `fy2014` is not a period: did you mean FY2014?
        `2014年度第1四半期` is not a period: did you mean FY2014Q1?
        there is no 2026-02-29: 2026-02 has 28 days
        there is no 2026-02-30: 2026-02 has 28 days
        there is no 2026-13: the months are 01 to 12
        there is no 2026-W54: 2026 has the weeks W01 to W53
        there is no 2025-W53: 2025 has the weeks W01 to W52
        `2026W33` is not a period: did you mean 2026-W33?
        `7d` is not a period: did you mean now-7d?
        `now-7days` is not a period: did you mean now-7d?
        `now - 7d` is not a period: did you mean now-7d?
        `now+1d` is not a period: write now-7d; the units are s, m, h, d and w
        `now-3mo` is not a period: write now-7d; the units are s, m, h, d and w
        `now-99999999999d` lies outside the years 1970 to 2199
        `2026-08-20..` is not a period: write both ends, such as 2026-08-20..now
        `..2026-08-20` is not a period: write both ends, such as 2026-08-20..now
        `2026-08-22..2026-08-20` ends before it starts: write the earlier time first; the end itself is not inside
        `2026-08-20..2026-08-20` ends before it starts: write the earlier time first; the end itself is not inside
        `2026-08-20T03:12+09:00` is a moment, not a span: write 2026-08-20T03:12+09:00..END, such as 2026-08-20T03:12+09:00..now
        `1396310400` is a moment, not a span: write 1396310400..END, such as 1396310400..now
        `1800` lies outside the years 1970 to 2199
        `2500Q1` lies outside the years 1970 to 2199
        `yesterday` is not a period: write 2026Q3, 2026-08, 2026-08-20, 2026, FY2014, 2026-W33, now-7d, or two times such as 2026-08-20..now
        `` is not a period: write 2026Q3, 2026-08, 2026-08-20, 2026, FY2014, 2026-W33, now-7d, or two times such as 2026-08-20..now
        `now` is not a period: write now-7d for the last seven days"#]].assert_eq(&told.join("\n"));
}

#[test]
fn a_day_that_a_zone_skipped_is_no_period() {
    let error = Period::parse("2011-12-30", &zone("Pacific/Apia"), NOW).expect_err("Samoa had no such day");
    assert_eq!(error.to_string(), "there is no 2011-12-30: the zone Pacific/Apia skipped it");
    let around = Period::parse("2011-12-29..2012-01-01", &zone("Pacific/Apia"), NOW).expect("a period");
    assert_eq!(zone("Pacific/Apia").days(around.interval()).count(), 2);
}

#[test]
fn pieces_touch_and_are_cut_where_days_begin() {
    let cases = [
        ("2026-03-29", "Europe/Berlin", 23, 1, 1),
        ("2026-10-25", "Europe/Berlin", 25, 1, 1),
        ("2026", "Asia/Tokyo", 8760, 365, 12),
        ("2024Q1", "Asia/Kathmandu", 2184, 91, 3),
        ("2026-10-04", "Australia/Lord_Howe", 24, 1, 1),
        ("2026-08-20T03:30..2026-08-21T03:30", "Asia/Tokyo", 25, 2, 1),
    ];
    for (text, name, hours, days, months) in cases {
        let zone = zone(name);
        let whole = Period::parse(text, &zone, NOW).expect("a period").interval();
        let cuts = [zone.hours(whole), zone.days(whole), zone.months(whole)];
        let counts: Vec<usize> = cuts.iter().map(|pieces| pieces.clone().count()).collect();
        assert_eq!(counts, [hours, days, months], "{text} in {name}");
        for pieces in cuts {
            let pieces: Vec<Interval> = pieces.collect();
            assert!(pieces.iter().all(|piece| piece.start < piece.end));
            assert!(pieces.windows(2).all(|pair| pair[0].end == pair[1].start));
            assert_eq!(pieces.first().map(|piece| piece.start), Some(whole.start));
            assert_eq!(pieces.last().map(|piece| piece.end), Some(whole.end));
        }
    }
}

#[test]
fn moments_are_read_and_written_in_the_zone() {
    let tokyo = zone("Asia/Tokyo");
    let at = moment("2026-08-20T03:12:44.5", &tokyo, NOW).expect("a moment");
    assert_eq!(tokyo.write_for_machines(at), "2026-08-20T03:12:44.500000+09:00");
    assert_eq!(tokyo.write_for_people(at), "2026-08-20 03:12:44 JST");
    assert_eq!(Zone::utc().write_for_machines(at), "2026-08-19T18:12:44.500000Z");
    assert_eq!(moment("2026-08", &tokyo, NOW).map(utc), Ok("2026-07-31T15:00".to_string()));
}

#[test]
fn a_wrong_zone_is_told_with_a_proposal() {
    let told: Vec<String> = ["JST", "Tokyo", "asia/tokio", "+9", "Atlantis/Nowhere", ""]
        .iter()
        .map(|text| {
            Zone::parse(text).map_or_else(|error| error.to_string(), |zone| format!("accepted: {zone}"))
        })
        .collect();
    expect![[r#"
        `JST` is not a time zone: write Asia/Tokyo
        `Tokyo` is not a time zone: did you mean Asia/Tokyo?
        `asia/tokio` is not a time zone: did you mean Asia/Tokyo?
        `+9` is not a time zone: write a name such as Asia/Tokyo, an offset such as +09:00, or UTC
        `Atlantis/Nowhere` is not a time zone: write a name such as Asia/Tokyo, an offset such as +09:00, or UTC
        `` is not a time zone: write a name such as Asia/Tokyo, an offset such as +09:00, or UTC"#]].assert_eq(&told.join("\n"));
}
