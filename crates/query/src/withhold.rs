//! Which cells of an answer a viewer may see: those of enough sensors, and none by subtraction.
//!
//! A cell is shown when no stranger's sensor stands behind it, or at least k of them do (rule D119);
//! a stranger is a sensor that is not the viewer's own. Where a total is shown beside its cells, what is
//! withheld can be computed as the difference. So the withheld cells of each margin, the cells that add
//! up to one shown total, must have k strangers together, and none of them may follow from the totals of
//! its row and its column; where that is not so, the smallest cells that could be shown are withheld too (D147).
//!
//! **Invariant:** what remains when the shown cells of a margin are taken from its total is nothing, or
//! rests on k strangers at least, as long as the margin itself does.

use std::collections::{BTreeMap, BTreeSet};

use teiten_model::selection::{Selection, Viewer};

use crate::error::QueryError;
use crate::label::OTHER;
use crate::session::Session;
use crate::views::quoted_list;

/// The sensors behind a cell that are not the viewer's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Strangers {
    /// These, fewer than k.
    Few(BTreeSet<String>),
    /// At least k, or a viewer to whom nobody is a stranger.
    Enough,
}

/// The rule for a viewer.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    own: Vec<String>,
    /// Fewest strangers of a cell that is shown.
    pub(crate) sensors_min: usize,
}

/// Between two names; no sensor has it in its name.
const BETWEEN: char = ' ';

impl Rule {
    /// The rule for that viewer; `None` when everything is shown.
    pub(crate) fn of(viewer: &Viewer) -> Option<Rule> {
        match viewer {
            Viewer::All => None,
            Viewer::Member { sensors, sensors_min } => {
                Some(Rule { own: sensors.clone(), sensors_min: *sensors_min as usize })
            }
            Viewer::Public { sensors_min } => {
                Some(Rule { own: Vec::new(), sensors_min: *sensors_min as usize })
            }
        }
    }

    /// The expression that is a stranger's name, and NULL for own sensors.
    pub(crate) fn stranger(&self) -> String {
        match self.own.as_slice() {
            [] => "sensor".to_string(),
            own => format!("CASE WHEN sensor NOT IN ({}) THEN sensor END", quoted_list(own)),
        }
    }

    /// The aggregate that lists the strangers of a cell while they are few, and is NULL from k on; over one line
    /// a sensor, with the column `stranger`.
    pub(crate) fn few(&self) -> String {
        format!(
            "CASE WHEN count(stranger) < {} THEN coalesce(string_agg(stranger, '{BETWEEN}'), '') END",
            self.sensors_min
        )
    }

    /// Whether a cell is too small to be shown.
    pub(crate) fn is_small(&self, strangers: &Strangers) -> bool {
        match strangers {
            Strangers::Enough => false,
            Strangers::Few(names) => !names.is_empty() && names.len() < self.sensors_min,
        }
    }
}

impl Strangers {
    /// Reads what [`Rule::few`] gave.
    pub(crate) fn read(few: Option<&str>) -> Strangers {
        match few {
            None => Strangers::Enough,
            Some(names) => Strangers::Few(
                names.split(BETWEEN).filter(|name| !name.is_empty()).map(str::to_string).collect(),
            ),
        }
    }

    /// Nobody: a cell without packets.
    pub(crate) fn nobody() -> Strangers {
        Strangers::Few(BTreeSet::new())
    }

    /// Adds those of another cell.
    pub(crate) fn join(&mut self, other: &Strangers) {
        match (&mut *self, other) {
            (Strangers::Few(mine), Strangers::Few(theirs)) => mine.extend(theirs.iter().cloned()),
            (mine, Strangers::Enough) => *mine = Strangers::Enough,
            (Strangers::Enough, Strangers::Few(_)) => {}
        }
    }
}

/// A cell as the rule sees it.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// How large it is: what is smallest is withheld first.
    pub(crate) weight: i64,
    /// Who stands behind it.
    pub(crate) strangers: Strangers,
    /// The totals it adds up to, by any numbers: one, or a row and a column.
    pub(crate) margins: (usize, Option<usize>),
    /// Whether the answer has a place for it; the rest of a total has none.
    pub(crate) is_wanted: bool,
    /// Whether it may not be shown whoever stands behind it.
    pub(crate) is_barred: bool,
}

impl Part {
    fn is_empty(&self) -> bool {
        self.strangers == Strangers::nobody()
    }
}

/// The margin of what adds up to no shown total.
const FREE: usize = usize::MAX;

/// Parts as the edges between their margins. A withheld part can be computed from the totals when no other
/// withheld parts lead around it from one of its margins to the other.
struct Web<'a> {
    parts: &'a [Part],
    at: BTreeMap<usize, Vec<usize>>,
    hidden: Vec<bool>,
}

impl Web<'_> {
    fn ends(&self, part: usize) -> (usize, usize) {
        let (first, second) = self.parts[part].margins;
        (first, second.unwrap_or(FREE))
    }

    /// The lightest way around a part; `None` when there is none. Withheld parts cost nothing.
    fn way_around(&self, part: usize) -> Option<Vec<usize>> {
        let (start, goal) = self.ends(part);
        let is_other = |place: &usize| *place != part && !self.parts[*place].is_empty();
        let is_beside =
            |place: &usize| is_other(place) && self.hidden[*place] && self.ends(*place) == (start, goal);
        if self.at[&start].iter().any(is_beside) {
            return Some(Vec::new());
        }
        let mut best: BTreeMap<usize, (i64, Option<usize>)> = BTreeMap::from([(start, (0, None))]);
        let mut open = BTreeSet::from([(0, start)]);
        while let Some((cost, margin)) = open.pop_first() {
            if margin == goal {
                break;
            }
            for place in self.at[&margin].iter().filter(|place| is_other(place)) {
                let (one, two) = self.ends(*place);
                let next = if one == margin { two } else { one };
                let step = if self.hidden[*place] { 0 } else { self.parts[*place].weight.max(1) };
                if best.get(&next).is_none_or(|(known, _)| cost + step < *known) {
                    best.insert(next, (cost + step, Some(*place)));
                    open.insert((cost + step, next));
                }
            }
        }
        let mut way = Vec::new();
        let mut margin = goal;
        while margin != start {
            let place = best.get(&margin)?.1?;
            let (one, two) = self.ends(place);
            margin = if one == margin { two } else { one };
            way.extend((!self.hidden[place]).then_some(place));
        }
        Some(way)
    }

    /// The smallest part of a margin that could be shown, when its withheld parts are too few together.
    fn missing(&self, rule: &Rule, margin: usize) -> Option<usize> {
        let places = &self.at[&margin];
        let mut together = Strangers::nobody();
        for place in places.iter().filter(|place| self.hidden[**place]) {
            together.join(&self.parts[*place].strangers);
        }
        let open = places.iter().filter(|place| !self.hidden[**place] && !self.parts[**place].is_empty());
        open.min_by_key(|place| (self.parts[**place].weight, **place))
            .filter(|_| rule.is_small(&together))
            .copied()
    }
}

/// Which parts may not be shown: those of too few sensors, and whatever is needed to hide those.
pub(crate) fn hidden(rule: &Rule, parts: &[Part]) -> Vec<bool> {
    let hidden: Vec<bool> = parts
        .iter()
        .map(|part| !part.is_wanted || part.is_barred || rule.is_small(&part.strangers))
        .collect();
    let mut web = Web { parts, at: BTreeMap::new(), hidden };
    // Withheld parts stand first, so that one beside another is found at once.
    let (first, then): (Vec<usize>, Vec<usize>) = (0..parts.len()).partition(|place| web.hidden[*place]);
    for place in first.into_iter().chain(then) {
        let (first, second) = web.ends(place);
        web.at.entry(first).or_default().push(place);
        web.at.entry(second).or_default().push(place);
    }
    let margins: Vec<usize> = web.at.keys().copied().filter(|margin| *margin != FREE).collect();
    // Every turn but the last withholds a part more, so there are no more turns than parts.
    loop {
        let before = web.hidden.iter().filter(|hidden| **hidden).count();
        for margin in &margins {
            if let Some(place) = web.missing(rule, *margin) {
                web.hidden[place] = true;
            }
        }
        for (place, part) in parts.iter().enumerate() {
            if web.hidden[place] && part.is_wanted && !part.is_empty() {
                for other in web.way_around(place).unwrap_or_default() {
                    web.hidden[other] = true;
                }
            }
        }
        if web.hidden.iter().filter(|hidden| **hidden).count() == before {
            return web.hidden;
        }
    }
}

/// Refuses a selection that asks a way around the rule: sensors by name that are not the viewer's own, and
/// for the public times finer than an hour (rule D119). A publisher chooses freely.
pub(crate) fn allow(session: &Session, selection: &Selection) -> Result<(), QueryError> {
    if session.is_publisher() { Ok(()) } else { allow_stranger(session.viewer(), selection) }
}

fn allow_stranger(viewer: &Viewer, selection: &Selection) -> Result<(), QueryError> {
    let own: &[String] = match viewer {
        Viewer::All => return Ok(()),
        Viewer::Member { sensors, .. } => sensors,
        Viewer::Public { .. } => &[],
    };
    if let Some(sensor) = selection.sensors.iter().find(|sensor| !own.contains(sensor)) {
        return Err(QueryError::Forbidden(format!(
            "you may not choose the sensor `{sensor}`: choose own sensors, or a group"
        )));
    }
    let is_hour = |us: i64| us.rem_euclid(teiten_model::interval::HOUR_US) == 0;
    match (viewer, &selection.interval) {
        (Viewer::Public { .. }, Some(interval))
            if !(is_hour(interval.start.0) && is_hour(interval.end.0)) =>
        {
            Err(QueryError::Forbidden(
                "you may ask about whole hours only: let the range begin and end on the hour".to_string(),
            ))
        }
        _ => Ok(()),
    }
}

/// What is said of withheld cells.
pub(crate) fn note(rule: &Rule, cells: usize, is_merged: bool) -> Option<String> {
    let (them, are) = if cells == 1 { ("cell", "is") } else { ("cells", "are") };
    let merged = if is_merged { format!(", together in the line `{OTHER}`") } else { String::new() };
    (cells > 0).then(|| {
        format!(
            "{cells} {them} {are} withheld so that nothing is told of fewer than {} sensors{merged}",
            rule.sensors_min
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> Rule {
        Rule { own: vec!["own".to_string()], sensors_min: 3 }
    }

    fn strangers(names: &str) -> Strangers {
        match names {
            "*" => Strangers::Enough,
            names => Strangers::read(Some(names)),
        }
    }

    fn part(weight: i64, names: &str, margins: &[usize]) -> Part {
        let margins = (margins[0], margins.get(1).copied());
        Part { weight, strangers: strangers(names), margins, is_wanted: true, is_barred: false }
    }

    #[test]
    fn a_small_cell_takes_the_smallest_other_one_with_it_unless_small_ones_are_enough_together() {
        /// Cells by their packets and sensors, and which of them are withheld.
        type Case = (&'static [(i64, &'static str)], &'static [bool]);
        let cases: &[Case] = &[
            (&[(9, "*"), (8, "*")], &[false, false]),
            (&[(9, "*"), (1, "a")], &[true, true]),
            (&[(9, "*"), (7, "*"), (1, "a b")], &[false, true, true]),
            (&[(9, "*"), (7, "*"), (1, "a b"), (1, "b c")], &[false, false, true, true]),
            (&[(9, "*"), (7, "*"), (1, "a b"), (2, "a")], &[false, true, true, true]),
            (&[(9, "*"), (5, ""), (1, "a")], &[true, false, true]),
            (&[(2, "a"), (1, "a b")], &[true, true]),
        ];
        for (cells, expected) in cases {
            let parts: Vec<Part> = cells.iter().map(|(weight, names)| part(*weight, names, &[0])).collect();
            assert_eq!(hidden(&rule(), &parts), *expected, "{cells:?}");
        }
    }

    #[test]
    fn two_ways_of_adding_up_are_both_kept() {
        // Rows 0 and 1, columns 10, 11, 12: a small cell alone in its row and its column.
        let parts = [
            part(1, "a", &[0, 10]),
            part(5, "*", &[0, 11]),
            part(9, "*", &[0, 12]),
            part(6, "*", &[1, 10]),
            part(7, "*", &[1, 11]),
            part(8, "*", &[1, 12]),
        ];
        // Had the last corner of the rectangle been shown, its row would give the second, and so the first.
        assert_eq!(hidden(&rule(), &parts), [true, true, false, true, true, false]);
        // With a rest in both rows, the column alone needs another one.
        let rest = |row| Part { is_wanted: false, ..part(100, "*", &[row]) };
        let parts = [&parts[..], &[rest(0), rest(1)]].concat();
        assert_eq!(hidden(&rule(), &parts)[..6], [true, false, false, true, false, false]);
    }

    #[test]
    fn what_has_no_line_hides_small_cells_or_needs_hiding_itself() {
        let rest = |names| Part { is_wanted: false, ..part(4, names, &[0]) };
        assert_eq!(
            hidden(&rule(), &[part(9, "*", &[0]), part(1, "a", &[0]), rest("*")]),
            [false, true, true]
        );
        assert_eq!(
            hidden(&rule(), &[part(9, "*", &[0]), part(6, "*", &[0]), rest("a")]),
            [false, true, true]
        );
        assert_eq!(hidden(&rule(), &[part(9, "*", &[0]), rest("")]), [false, true]);
    }

    #[test]
    fn others_sensors_may_not_be_chosen_and_the_public_asks_by_the_hour() {
        use teiten_model::interval::{HOUR_US, Interval, Timestamp};
        let member = Viewer::Member { sensors: vec!["own".to_string()], sensors_min: 3 };
        let public = Viewer::Public { sensors_min: 3 };
        let of = |sensor: &str| Selection { sensors: vec![sensor.to_string()], ..Selection::default() };
        assert!(allow_stranger(&Viewer::All, &of("a")).is_ok());
        assert!(allow_stranger(&member, &of("own")).is_ok());
        assert!(allow_stranger(&member, &of("a")).is_err());
        assert!(allow_stranger(&public, &of("own")).is_err());
        let until = |end| Selection {
            interval: Some(Interval { start: Timestamp(0), end: Timestamp(end) }),
            ..Selection::default()
        };
        assert!(allow_stranger(&public, &until(HOUR_US)).is_ok());
        assert!(allow_stranger(&public, &until(HOUR_US + 1)).is_err());
        assert!(allow_stranger(&member, &until(HOUR_US + 1)).is_ok());
    }
}
