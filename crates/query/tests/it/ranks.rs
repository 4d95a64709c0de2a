//! Ranks of another period are taken out of the engine for the lines that are shown: they are those among all lines.

use teiten_model::selection::{Selection, Viewer};
use teiten_query::dimension::DIMENSIONS;
use teiten_query::questions::top::{Metric, Top, top};
use teiten_query::session::Session;

use crate::small::{small, viewers};

#[test]
fn the_first_lines_beside_another_period_are_those_of_all_lines() {
    let small = small();
    let session = small.session(Viewer::All);
    let (now, before) = (small.part(2, 4), small.part(0, 3));
    let mut n_ranked = 0;
    for filter in [None, Some("tcp.window_size_value >= 1000")] {
        let selection =
            Selection { interval: Some(now), filter: filter.map(str::to_string), ..Selection::default() };
        for by in DIMENSIONS {
            let asked = |lines: usize| {
                let metric = Metric::Packets;
                let question = Top { metric, versus: Some(before), ..Top::of(by, lines) };
                top(&session, &selection, &question).expect(by.name)
            };
            // So many lines are not asked for by their keys.
            let all = asked(100_000);
            n_ranked += usize::from(all.rows.len() > 1);
            for lines in [1, 7, 40] {
                let first = asked(lines);
                let expected: Vec<_> = all.rows.iter().take(lines).cloned().collect();
                assert_eq!(first.rows, expected, "{} lines of {}, {filter:?}", lines, by.name);
            }
        }
    }
    assert!(n_ranked > DIMENSIONS.len(), "most ways to divide have lines with each filter: {n_ranked}");
}

/// Asks with sources and without; what is told without them is what stands beside them. `false` where neither may be
/// asked.
fn same_beside_sources(session: &Session, selection: &Selection, question: &Top) -> bool {
    let what = format!("{:?} {question:?}", session.viewer());
    let asked = |without_sources| {
        let question = Top { without_sources, ..question.clone() };
        top(session, selection, &question).map_err(|error| error.to_string())
    };
    let (full, bare) = match (asked(false), asked(true)) {
        (Ok(full), Ok(bare)) => (full, bare),
        (full, bare) => {
            assert_eq!(full.map(|_| ()), bare.map(|_| ()), "{what}");
            return false;
        }
    };
    let is_left_out =
        |name: &str| question.metric != Metric::Sources && matches!(name, "sources" | "sensors");
    let kept: Vec<usize> =
        (0..full.columns.len()).filter(|place| !is_left_out(&full.columns[*place].name)).collect();
    let columns: Vec<_> = kept.iter().map(|place| full.columns[*place].clone()).collect();
    assert_eq!(bare.columns, columns, "{what}");
    let rows = full.rows.iter().map(|row| kept.iter().map(|place| row[*place].clone()).collect());
    assert_eq!(bare.rows, rows.collect::<Vec<Vec<_>>>(), "{what}");
    assert_eq!(bare.origin, full.origin, "{what}");
    true
}

#[test]
fn packets_alone_are_those_that_stand_beside_sources() {
    let small = small();
    let selection = Selection { interval: Some(small.part(2, 4)), ..Selection::default() };
    let before = Some(small.part(0, 3));
    let mut n_compared = 0;
    for session in viewers().map(|viewer| small.session(viewer)) {
        for by in DIMENSIONS {
            for (metric, lines) in [(Metric::Packets, 7), (Metric::PerAddress, 100_000), (Metric::Sources, 7)]
            {
                for (versus, by_change) in [(None, false), (before, false), (before, true)] {
                    let question = Top { metric, versus, by_change, ..Top::of(by, lines) };
                    n_compared += usize::from(same_beside_sources(&session, &selection, &question));
                }
            }
        }
    }
    assert!(n_compared > 3 * 3 * DIMENSIONS.len(), "most may be asked: {n_compared}");
}
