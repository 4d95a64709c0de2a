//! A field of lines and steps: which port, which day, how much; every cell opens its packets.
//!
//! It is a table, so that it can be read aloud and clicked; colour says no more than the number in the cell. As a file
//! it is a drawing with the same shades.

use askama::Template;
use teiten_ask::narrow;
use teiten_query::dimension::Dimension;
use teiten_report::chart::{Chart, HeatChart, LineSeries, heat_shade};
use teiten_report::words::number;

use crate::desk::Desk;
use crate::view::chart::{self, Measure};
use crate::view::grid::{Grid, Line};
use crate::view::picture;
use crate::words::Words;

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
    /// `gap`, or a shade such as `h3`.
    class: String,
    /// The number, for whoever cannot see or points at it.
    text: String,
    href: String,
}

impl Heat {
    /// The field of these lines.
    pub(crate) fn new(
        desk: &Desk,
        id: &'static str,
        caption: String,
        grid: &Grid,
        lines: &[Line],
        (by, measure): (&Dimension, Measure),
    ) -> Heat {
        let w = desk.words();
        keep(desk, id, &caption, grid, lines, (by, measure));
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
                    Some(value) => format!("h{}", heat_shade(*value, most)),
                },
                text: match value {
                    None => format!("{period}: {}", w.t("not-observed")),
                    Some(value) if measure == Measure::Rate => format!("{period}: {}", number::rate(*value)),
                    Some(value) => format!("{period}: {}", number::count(*value as i64)),
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

/// Keeps the field aside as a drawing, where a file of it is wanted.
fn keep(
    desk: &Desk,
    id: &'static str,
    caption: &str,
    grid: &Grid,
    lines: &[Line],
    (by, measure): (&Dimension, Measure),
) {
    chart::with_words(desk.reader.language, |words| {
        let rows = lines.iter().map(|line| {
            let label = chart::name(desk, Some(by), &line.value);
            LineSeries { key: label.clone(), label, values: line.values.clone() }
        });
        let unit = measure.unit(desk, words);
        let chart = HeatChart::new(grid.first, grid.step, unit, rows.collect(), words);
        picture::take(desk, id, caption, &Chart::Heat(chart), words);
    });
}
