//! Findings and truths written by hand, and what comes out of them.

use super::*;

fn mark(detector: &str, subject: &str, days: (i64, i64)) -> Mark {
    Mark {
        detector: detector.to_owned(),
        subject: subject.to_owned(),
        first: days.0 * DAY_US,
        last: days.1 * DAY_US,
        ..Mark::default()
    }
}

fn finding(detector: &str, subject: &str, days: (i64, i64)) -> Finding {
    let (first, last) = (days.0 * DAY_US, days.1 * DAY_US);
    Finding {
        detector: detector.to_owned(),
        subject: subject.to_owned(),
        first,
        last,
        is_experimental: false,
    }
}

fn truth(phenomena: Vec<Mark>, tolerated: Vec<Mark>) -> Truth {
    Truth { judge: (10 * DAY_US, 100 * DAY_US), phenomena, tolerated, ..Truth::default() }
}

#[test]
fn findings_are_right_false_or_tolerated_and_phenomena_found_or_missed() {
    let planted = vec![
        mark("surge", "23/TCP", (20, 22)),
        mark("surge", "22/TCP", (40, 41)),
        mark("surge", "80/TCP", (50, 51)),
        // Before the judged period.
        mark("surge", "25/TCP", (1, 5)),
    ];
    let allowed = vec![mark("drop", "23/TCP", (20, 100))];
    let found = [
        finding("surge", "23/tcp", (21, 22)),
        // A day early is near enough, and a second finding of a phenomenon is right as well.
        finding("surge", "22/TCP", (39, 40)),
        finding("surge", "22/TCP", (41, 42)),
        // The subject is right, the time is not.
        finding("surge", "80/TCP", (60, 61)),
        finding("drop", "23/TCP", (30, 60)),
        finding("drop", "22/TCP", (42, 60)),
    ];
    // Judged day by day: the first of these is from before the start and says nothing.
    let alarm = |at: i64, finding: &Finding| Alarm { at: at * DAY_US, finding: finding.clone() };
    let alarms = [alarm(40, &found[1]), alarm(41, &found[1]), alarm(45, &found[2]), alarm(24, &found[0])];
    let score = judge(&truth(planted, allowed), &found, &alarms, false);
    let surge = &score.lines["surge"];
    assert_eq!((surge.planted, surge.found, surge.right, surge.wrong.len()), (3, 2, 3, 1));
    assert_eq!(surge.missed[0].subject, "80/TCP");
    assert_eq!((surge.precision(), surge.delay(), surge.delay_most()), (Some(0.75), Some(2.5), Some(4.0)));
    let drop = &score.lines["drop"];
    assert_eq!((drop.tolerated, drop.wrong.len(), drop.recall()), (1, 1, None));
    assert_eq!(faults(surge).len(), 2);
    assert_eq!(faults(drop), ["precision 0.000, at least 0.95 is wanted"]);
}

#[test]
fn subjects_are_told_by_name_by_words_and_by_ports() {
    let family = Mark { holds: vec!["6000".into()], ..mark("header-family", "sport=6000", (20, 30)) };
    let group = Mark { within: vec!["23/tcp".into(), "2323/tcp".into()], ..mark("campaign", "", (20, 30)) };
    let anything = mark("campaign", "", (20, 30));
    let other = Mark { also: vec!["all".into()], ..mark("noise-storm", "443/TCP", (20, 30)) };
    let cases = [
        (&family, "sport=6000 window=16384", true),
        (&family, "sport=16000 window=60001", false),
        (&group, "mirai 23/TCP 2323/TCP", true),
        (&group, "23/tcp", true),
        (&group, "23/tcp 22/tcp", false),
        (&group, "masscan", false),
        (&anything, "masscan", true),
        (&other, "443/tcp", true),
        (&other, "ALL", true),
        (&other, "80/tcp", false),
    ];
    for (mark, subject, is_it) in cases {
        assert_eq!(is_about(mark, &finding(&mark.detector, subject, (25, 26))), is_it, "{mark:?} {subject}");
    }
    assert!(is_about(&mark("*", "23/TCP", (20, 30)), &finding("surge", "23/TCP", (31, 31))));
    assert!(!is_about(&mark("*", "23/TCP", (20, 30)), &finding("surge", "23/TCP", (32, 33))));
}

#[test]
fn a_quiet_quarter_counts_its_false_findings_but_for_experimental_ones() {
    let quiet = truth(Vec::new(), vec![mark("campaign", "", (0, 100))]);
    let experimental = Finding { is_experimental: true, ..finding("rsdos", "192.0.2.1 tcp", (30, 31)) };
    let found =
        [finding("surge", "23/TCP", (30, 31)), finding("campaign", "mirai 23/tcp", (20, 90)), experimental];
    let mut score = judge(&quiet, &found, &[], true);
    assert_eq!((score.quiet_days, score.quiet_false), (90.0, 1));
    assert!(score.quiet_faults() > 1.0);
    score.merge(judge(&quiet, &[], &[], true));
    assert!(score.quiet_faults() < 1.0);
}

#[test]
fn weak_ones_and_detectors_that_are_not_there_are_counted_apart() {
    let weak = Mark { is_weak: true, ..mark("oracle", "198.51.100.7 tcp", (20, 21)) };
    let score = judge(&truth(vec![weak], Vec::new()), &[], &[], false);
    let line = &score.lines["oracle"];
    assert_eq!((line.planted, line.planted_weak, line.found_weak), (1, 1, 0));
    assert_eq!(faults(line).len(), 2);
    assert_eq!(line.delay(), None);
}
