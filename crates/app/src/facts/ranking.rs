//! A ranking of a report: ranks now and before, with the daily series of the lines shown.
//!
//! **Invariant:** a line's rank before is known down to [`KNOWN`]; beyond, it was outside.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_query::dimension;
use teiten_query::label;
use teiten_query::questions::top::{Top, top};
use teiten_query::questions::trend::{Trend, trend};
use teiten_query::session::Session;
use teiten_report::facts::{Period, RankRow, Ranking, Series};
use teiten_report::words::names::Names;

use super::date;
use crate::world::World;

/// Lines whose ranks are known, so that a line's previous rank can be told.
pub(super) const KNOWN: usize = 10;
/// Lines shown in the tables and figures of the seed's report.
const SHOWN: usize = 5;

/// What a ranking does not show.
pub(super) struct Hidden {
    /// Lines.
    pub(super) lines: i64,
    /// Days of lines that are shown.
    pub(super) days: i64,
}

pub(super) struct Ask<'a> {
    pub(super) world: &'a World,
    /// Everything, to tell how much was withheld.
    pub(super) all: &'a Session,
    /// What answers.
    pub(super) session: &'a Session,
    pub(super) selection: &'a Selection,
    pub(super) versus: Option<Interval>,
    pub(super) period: &'a Period,
}

impl Ask<'_> {
    fn lines(
        &self,
        session: &Session,
        by: &str,
        selection: &Selection,
        versus: bool,
        lines: usize,
    ) -> Result<Table> {
        let question = Top {
            versus: self.versus.filter(|_| versus),
            ..Top::of(dimension::find(by).context("a dimension of the list")?, lines)
        };
        let mut table = top(session, selection, &question)?;
        // The line that gathers what is withheld is none of the ranks.
        table.rows.retain(|row| row[1] != Value::from(label::OTHER));
        Ok(table)
    }

    pub(super) fn ranking(
        &self,
        by: &str,
        names: &dyn Fn(&str) -> Names,
        labels: &dyn Fn(&str) -> Names,
    ) -> Result<(Ranking, Hidden)> {
        let now = self.lines(self.session, by, self.selection, true, usize::MAX)?;
        // What is withheld now had packets all the same: it is not gone.
        let mut withheld: BTreeSet<String> = BTreeSet::new();
        if !std::ptr::eq(self.all, self.session) {
            let all = self.lines(self.all, by, self.selection, false, usize::MAX)?;
            withheld.extend((0..all.rows.len()).map(|row| rank_row(&all, row, by, names).key));
            for row in 0..now.rows.len() {
                withheld.remove(&rank_row(&now, row, by, names).key);
            }
        }
        let mut rows: Vec<RankRow> = (0..now.rows.len()).map(|row| rank_row(&now, row, by, names)).collect();
        // Beyond the known ranks only lines stay that had one before; their numbers are told all the same.
        let is_known = |rank: Option<u32>| rank.is_some_and(|rank| rank as usize <= KNOWN);
        rows.retain(|row| is_known(row.rank) || is_known(row.previous_rank));
        for row in &mut rows {
            row.rank = row.rank.filter(|rank| *rank as usize <= KNOWN);
        }
        if let Some(interval) = self.versus {
            let earlier = Selection { interval: Some(interval), ..self.selection.clone() };
            let before = self.lines(self.session, by, &earlier, false, KNOWN)?;
            for row in 0..before.rows.len() {
                let gone = rank_row(&before, row, by, names);
                if rows.iter().all(|row| row.key != gone.key) && !withheld.contains(&gone.key) {
                    rows.push(RankRow {
                        rank: None,
                        previous_rank: gone.rank,
                        packets: 0,
                        share: 0.0,
                        rate: None,
                        previous_rate: gone.rate,
                        ..gone
                    });
                }
            }
        }
        rows.retain(|row| !row.key.is_empty());
        let (series, days) = self.series(by, labels)?;
        let ranking = Ranking { shown: SHOWN as u32, known: KNOWN as u32, rows, series, origin: now.origin };
        Ok((ranking, Hidden { lines: withheld.len() as i64, days }))
    }

    /// The series, and how many of their days are withheld.
    fn series(&self, by: &str, labels: &dyn Fn(&str) -> Names) -> Result<(Vec<Series>, i64)> {
        let question = Trend {
            step: "day".into(),
            zone: self.world.zone_name.clone(),
            by: dimension::find(by),
            lines: SHOWN,
            without_sources: false,
        };
        let table = trend(self.session, self.selection, &question)?;
        let days = self.period.days();
        let mut series: Vec<Series> = Vec::new();
        let mut withheld = 0;
        for row in &table.rows {
            let (Value::Time(at), Value::Text(key)) = (&row[0], &row[1]) else { continue };
            let day =
                self.period.first.until(date(self.world, Timestamp(*at))?).map_or(-1, |span| span.get_days());
            let Ok(day) = usize::try_from(day) else { continue };
            let place = series.iter().position(|series| series.key == *key).unwrap_or_else(|| {
                series.push(Series { key: key.clone(), label: labels(key), values: vec![None; days] });
                series.len() - 1
            });
            if let (Some(value), Value::Float(rate)) = (series[place].values.get_mut(day), &row[3]) {
                *value = Some(*rate);
            }
            // A day that nobody watched has no row; one without packets is withheld.
            withheld += i64::from(row[2] == Value::Null);
        }
        Ok((series, withheld))
    }
}

fn rank_row(table: &Table, row: usize, by: &str, names: &dyn Fn(&str) -> Names) -> RankRow {
    let text = |name| match table.value(row, name) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let int = |name| match table.value(row, name) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    };
    let float = |name| match table.value(row, name) {
        Some(Value::Float(number)) => Some(*number),
        _ => None,
    };
    let key = text(by);
    RankRow {
        name: names(&key),
        key,
        rank: int("rank").map(|rank| rank as u32),
        previous_rank: int("rank_before").map(|rank| rank as u32),
        packets: int("packets").unwrap_or(0),
        share: float("share").unwrap_or(0.0) / 100.0,
        rate: float("rate"),
        previous_rate: float("before"),
    }
}
