//! A field of lines and steps: which port, which day, how much; every cell opens its packets.
//!
//! It is a table, so that it can be read aloud and clicked; colour says no more than the number in the cell.

use askama::Template;
use teiten_ask::narrow;
use teiten_query::dimension::Dimension;

use crate::desk::Desk;
use crate::view::chart;
use crate::view::grid::{Grid, Line};
use crate::words::Words;

/// Shades beside that of nothing.
const SHADES: usize = 6;
/// Most steps that are drawn as a field.
pub(crate) const HEAT_STEPS_MAX: usize = 200;

/// The field.
#[derive(Template)]
#[template(path = "parts/heat.html")]
pub(crate) struct Heat {
    w: &'static Words,
    caption: String,
    /// Heads of columns: the first day of a month or of the field, and how many columns it heads.
    heads: Vec<(String, usize)>,
    rows: Vec<(String, Vec<Cell>)>,
}

struct Cell {
    /// `gap`, or a shade from 0 to [`SHADES`].
    class: String,
    /// The number, for whoever cannot see or points at it.
    text: String,
    href: String,
}

impl Heat {
    /// The field of these lines.
    pub(crate) fn new(desk: &Desk, caption: String, grid: &Grid, lines: &[Line], by: &Dimension) -> Heat {
        let w = desk.words();
        let most = lines
            .iter()
            .flat_map(|line| &line.values)
            .flatten()
            .fold(0.0_f64, |most, value| most.max(*value));
        let periods: Vec<String> =
            (0..grid.count).map(|slot| grid.period(slot).unwrap_or_default()).collect();
        let rows = lines.iter().map(|line| {
            let narrowed = narrow::of(by, &line.value).map(|more| narrow::both(desk.look.filter(), &more));
            let cells = line.values.iter().zip(&periods).map(|(value, period)| Cell {
                class: match value {
                    None => "gap".to_string(),
                    Some(value) => format!("h{}", shade(*value, most)),
                },
                text: match value {
                    None => format!("{period}: {}", w.t("not-observed")),
                    Some(value) => {
                        format!("{period}: {}", teiten_report::words::number::count(*value as i64))
                    }
                },
                href: match (&narrowed, value) {
                    (Some(filter), Some(value)) if *value > 0.0 => desk
                        .look
                        .selection()
                        .with_filter(filter.clone())
                        .with_period(period.clone())
                        .url("/packets"),
                    _ => String::new(),
                },
            });
            (chart::name(desk, Some(by), &line.value), cells.collect())
        });
        let mut heads: Vec<(String, usize)> = Vec::new();
        for period in &periods {
            let month = period.get(..7).unwrap_or(period);
            match heads.last_mut() {
                Some((last, count)) if last == month => *count += 1,
                _ => heads.push((month.to_string(), 1)),
            }
        }
        Heat { w, caption, rows: rows.collect(), heads }
    }
}

/// The shade of a value: 0 for nothing, then by the square root of its part of the largest.
fn shade(value: f64, most: f64) -> usize {
    if value <= 0.0 || most <= 0.0 {
        return 0;
    }
    let part = (value / most).sqrt();
    ((part * SHADES as f64).ceil() as usize).clamp(1, SHADES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_grow_with_the_value() {
        let shades: Vec<usize> =
            [0.0, 1.0, 3_000.0, 25_000.0, 100_000.0].iter().map(|value| shade(*value, 100_000.0)).collect();
        assert_eq!(shades, [0, 1, 2, 3, 6]);
        assert_eq!(shade(3.0, 0.0), 0);
    }
}
