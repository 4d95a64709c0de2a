//! The time of a series in pieces, which are counted one after the other.
//!
//! A step in which sources are counted one by one holds a set of them until the statement ends: the sets of a quarter
//! of a large telescope have no room in memory, those of a month have.
//!
//! **Invariant:** every moment lies in one piece, and every step too.

use crate::ground::Ground;

/// Most steps of a piece: about a month.
fn steps_max(step: &str) -> usize {
    match step {
        "hour" => 31 * 24,
        "day" => 31,
        "week" => 4,
        _ => 1,
    }
}

/// Conditions of the pieces of a series whose known steps start at these moments; an empty one for all.
pub(crate) fn of(ground: &Ground, starts: &[i64], step: &str) -> Vec<String> {
    let later = starts.chunks(steps_max(step)).filter_map(|steps| steps.first().copied()).skip(1);
    let edges: Vec<Option<i64>> = [None].into_iter().chain(later.map(Some)).chain([None]).collect();
    edges.windows(2).map(|edges| ground.between(edges[0], edges[1])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ground(time: &'static str) -> Ground {
        let (table, sources, is_exact) = ("sources_daily", "1", "true");
        Ground { table, time, condition: String::new(), sources, is_exact, has_sensor: false }
    }

    #[test]
    fn pieces_end_where_a_step_begins_and_leave_nothing_out() {
        let day = 86_400_000_000;
        let starts: Vec<i64> = (0..63).map(|place| place * day).collect();
        let moment = crate::ground::moment;
        let (first, second) = (moment(31 * day), moment(62 * day));
        assert_eq!(
            of(&ground("at"), &starts, "day"),
            [format!("at < {first}"), format!("at >= {first} AND at < {second}"), format!("at >= {second}")]
        );
        assert_eq!(of(&ground("at"), &starts[..31], "day"), [""]);
        assert_eq!(of(&ground("at"), &[], "month"), [""]);
        assert_eq!(of(&ground("at"), &starts[..2], "year").len(), 2);
    }

    #[test]
    fn pieces_of_packets_name_the_days_of_their_files() {
        let day = 86_400_000_000;
        let starts: Vec<i64> = (0..32).map(|place| place * day - day / 2).collect();
        let pieces = of(&ground("ts"), &starts, "day");
        assert!(pieces[0].ends_with("day <= '1970-01-31'"), "{pieces:?}");
        assert!(pieces[1].ends_with("day >= '1970-01-31'"), "{pieces:?}");
    }
}
