//! Ranks of another period are taken out of the engine for the lines that are shown: they are those among all lines.

use teiten_model::selection::{Selection, Viewer};
use teiten_query::dimension::DIMENSIONS;
use teiten_query::questions::top::{Metric, Top, top};

use crate::small::small;

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
                let question =
                    Top { by, metric, lines, versus: Some(before), by_change: false, threshold: 0 };
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
