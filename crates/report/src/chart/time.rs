//! The axis of time: hours, days, weeks or months of equal width, labelled by hours, days or months.
//!
//! **Invariant:** labels of the axis never overlap: a step is taken that leaves them room.

use jiff::ToSpan;
use jiff::civil::Date;

use super::axis::Plot;
use super::svg::Svg;
use crate::words::{Language, date};

/// How far apart the values of a series stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// One value an hour; the series begins at midnight, and every day has 24 of them.
    Hour,
    /// One value a day.
    Day,
    /// One value for seven days.
    Week,
    /// One value for a month of the calendar; the series begins on the first of a month.
    Month,
}

/// The places of values on the axis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slots {
    /// First day of the first value.
    pub(crate) first: Date,
    /// How far apart the values stand.
    pub(crate) step: Step,
    /// The number of values.
    pub(crate) count: usize,
}

/// Days up to which single days are labelled; a longer axis labels months.
const DATED_DAYS_MAX: usize = 62;
const DAYS_A_WEEK: f64 = 7.0;
const HOURS_A_DAY: usize = 24;
/// Hours up to which single hours are labelled; a longer axis labels days.
const CLOCKED_HOURS_MAX: usize = 72;

/// A label of the axis: slots from the left, and its day.
type Tick = (f64, Date);

impl Slots {
    /// The first day of a slot; also of the one after the last.
    pub(crate) fn start(&self, at: usize) -> Option<Date> {
        let at = i64::try_from(at).ok()?;
        let after = match self.step {
            Step::Hour => (at / HOURS_A_DAY as i64).days(),
            Step::Day => at.days(),
            Step::Week => at.weeks(),
            Step::Month => at.months(),
        };
        self.first.checked_add(after).ok()
    }

    /// The last day of a slot.
    pub(crate) fn last_day(&self, at: usize) -> Option<Date> {
        if self.step == Step::Hour {
            return self.start(at);
        }
        self.start(at + 1)?.yesterday().ok()
    }

    /// A slot in a sentence: `2014年4月1日`, `2014年4月`; a week by its first day.
    pub(crate) fn name(&self, at: usize, language: Language) -> String {
        let Some(day) = self.start(at) else { return String::new() };
        match self.step {
            Step::Hour => format!("{} {}", date::long(day, language), hour(at)),
            Step::Day | Step::Week => date::long(day, language),
            Step::Month => date::month_long(day, language),
        }
    }

    /// Slots from the first to the last, both inside, as on an axis: `5/3〜5/5`, `2014年5月`.
    pub(crate) fn span(&self, slots: (usize, usize), language: Language) -> String {
        match (self.start(slots.0), self.last_day(slots.1)) {
            (Some(first), Some(last)) if self.step == Step::Month => date::months(first, last, language),
            (Some(first), Some(last)) if self.step == Step::Hour => {
                let dash = if language == Language::Ja { "〜" } else { "–" };
                let first = format!("{} {}", date::short(first, language), hour(slots.0));
                format!("{first}{dash}{} {}", date::short(last, language), hour(slots.1 + 1))
            }
            (Some(first), Some(last)) => date::span(first, last, language),
            _ => String::new(),
        }
    }

    /// The width of a slot.
    pub(crate) fn width(&self, plot: &Plot) -> f64 {
        (plot.right - plot.left) / self.count.max(1) as f64
    }

    /// The middle of a slot.
    pub(crate) fn middle(&self, at: usize, plot: &Plot) -> f64 {
        plot.left + (at as f64 + 0.5) * self.width(plot)
    }

    /// Draws the axis: days or months, and below them the year where it begins; or hours, and below them the day.
    pub(crate) fn draw(&self, svg: &mut Svg, plot: &Plot, language: Language) {
        if self.step == Step::Hour && self.count <= CLOCKED_HOURS_MAX {
            return self.draw_hours(svg, plot, language);
        }
        let is_dated = self.labels_days();
        let ticks = self.ticks(plot, language);
        let mut years: Vec<(f64, String)> = Vec::new();
        for (at, (place, day)) in ticks.iter().enumerate() {
            let text = if is_dated { date::short(*day, language) } else { date::month(*day, language) };
            let x = plot.left + place * self.width(plot);
            svg.line("base", (x, plot.bottom), (x, plot.bottom + 5.0), &[("stroke", "#1a1a1a")]);
            svg.text("muted", (x, plot.bottom + 6.0 + plot.font), "middle", &text);
            if at == 0 || ticks[at - 1].1.year() != day.year() {
                let year = date::year(*day, language);
                years.push((x.max(plot.text_width(&year) / 2.0), year));
            }
        }
        for (at, (middle, year)) in years.iter().enumerate() {
            // A year that begins too soon after the first label takes its place.
            let room = plot.text_width(year) + plot.font * 0.4;
            if years.get(at + 1).is_none_or(|next| next.0 - middle >= room) {
                svg.text("muted", (*middle, plot.bottom + 6.0 + plot.font * 2.2), "middle", year);
            }
        }
    }

    /// Hours where they begin, each day below its noon.
    fn draw_hours(&self, svg: &mut Svg, plot: &Plot, language: Language) {
        let room = plot.text_width("00:00") + plot.font * 0.6;
        let fits = |every: &usize| *every as f64 * self.width(plot) >= room;
        let every = [1, 3, 6, 12].into_iter().find(fits).unwrap_or(HOURS_A_DAY);
        for at in (0..self.count).step_by(every) {
            let x = plot.left + at as f64 * self.width(plot);
            svg.line("base", (x, plot.bottom), (x, plot.bottom + 5.0), &[("stroke", "#1a1a1a")]);
            svg.text("muted", (x, plot.bottom + 6.0 + plot.font), "middle", &hour(at));
        }
        for at in (0..self.count).step_by(HOURS_A_DAY) {
            let Some(day) = self.start(at) else { break };
            let middle = (at + (at + HOURS_A_DAY).min(self.count)) as f64 / 2.0;
            let x = plot.left + middle * self.width(plot);
            svg.text("muted", (x, plot.bottom + 6.0 + plot.font * 2.2), "middle", &date::long(day, language));
        }
    }

    /// The same time, one slot a day.
    fn days(&self) -> Slots {
        Slots { step: Step::Day, count: self.count.div_ceil(HOURS_A_DAY), ..*self }
    }

    fn labels_days(&self) -> bool {
        match self.step {
            Step::Hour => self.days().labels_days(),
            Step::Day => self.count <= DATED_DAYS_MAX,
            Step::Week => self.count * 7 <= DATED_DAYS_MAX,
            Step::Month => false,
        }
    }

    /// A day or a month is labelled under its value, a month among days where its first day begins.
    fn ticks(&self, plot: &Plot, language: Language) -> Vec<Tick> {
        if self.step == Step::Hour {
            let days = self.days().ticks(plot, language).into_iter();
            return days.map(|(place, day)| (place * HOURS_A_DAY as f64, day)).collect();
        }
        if self.labels_days() {
            let room = plot.text_width(if language == Language::Ja { "12/31" } else { "31 Dec" }) + plot.font;
            let fits = |every: &usize| *every as f64 * self.width(plot) >= room;
            let every = [1, 2, 7, 14, 28].into_iter().find(fits).unwrap_or(56);
            let tick = |at: usize| Some((at as f64 + 0.5, self.start(at)?));
            return (0..self.count).step_by(every).filter_map(tick).collect();
        }
        let month_width = self.width(plot)
            * match self.step {
                Step::Hour => 28.0 * HOURS_A_DAY as f64,
                Step::Day => 28.0,
                Step::Week => 28.0 / DAYS_A_WEEK,
                Step::Month => 1.0,
            };
        let room = plot.text_width(if language == Language::Ja { "12月" } else { "Mar" }) + plot.font * 0.6;
        let fits = |every: &i8| f64::from(*every) * month_width >= room;
        let every = [1, 2, 3, 6, 12].into_iter().find(fits).unwrap_or(12);
        let is_labelled = |day: Date| (day.month() - 1) % every == 0;
        self.months().into_iter().filter(|(_, day)| is_labelled(*day)).collect()
    }

    /// Every month that has a place on the axis.
    fn months(&self) -> Vec<Tick> {
        let begins_month = |day: &Tick| day.1.day() == 1;
        match self.step {
            Step::Hour => self.days().months(),
            Step::Month => {
                (0..self.count).filter_map(|at| Some((at as f64 + 0.5, self.start(at)?))).collect()
            }
            Step::Day => (0..self.count)
                .filter_map(|at| Some((at as f64, self.start(at)?)))
                .filter(begins_month)
                .collect(),
            Step::Week => {
                let days = Slots { step: Step::Day, count: self.count * 7, ..*self };
                days.months().into_iter().map(|(place, day)| (place / DAYS_A_WEEK, day)).collect()
            }
        }
    }
}

/// The hour of a slot as a clock shows it.
fn hour(at: usize) -> String {
    format!("{:02}:00", at % HOURS_A_DAY)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn labels(first: Date, step: Step, count: usize, width: f64) -> String {
        let slots = Slots { first, step, count };
        let plot = Plot { left: 0.0, right: width, top: 0.0, bottom: 100.0, font: 10.0 };
        let ticks = slots.ticks(&plot, Language::En);
        ticks.iter().map(|(place, day)| format!("{place:.1} {day}")).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn days_weeks_and_months_are_labelled_where_they_stand() {
        let april = date(2014, 4, 1);
        for (step, count, width, wanted) in [
            (Step::Day, 4, 400.0, "0.5 2014-04-01, 1.5 2014-04-02, 2.5 2014-04-03, 3.5 2014-04-04"),
            (Step::Hour, 96, 600.0, "12.0 2014-04-01, 36.0 2014-04-02, 60.0 2014-04-03, 84.0 2014-04-04"),
            (Step::Day, 91, 600.0, "0.0 2014-04-01, 30.0 2014-05-01, 61.0 2014-06-01"),
            (Step::Week, 13, 600.0, "0.0 2014-04-01, 4.3 2014-05-01, 8.7 2014-06-01"),
            (Step::Week, 2, 600.0, "0.5 2014-04-01, 1.5 2014-04-08"),
            (Step::Month, 3, 600.0, "0.5 2014-04-01, 1.5 2014-05-01, 2.5 2014-06-01"),
            (Step::Month, 24, 120.0, "3.5 2014-07-01, 9.5 2015-01-01, 15.5 2015-07-01, 21.5 2016-01-01"),
        ] {
            assert_eq!(labels(april, step, count, width), wanted, "{step:?} {count}");
        }
    }

    #[test]
    fn slots_are_named_by_what_they_are() {
        let slots = |step| Slots { first: date(2014, 12, 1), step, count: 3 };
        let said = |step| {
            let slots = slots(step);
            format!("{} {}", slots.name(1, Language::Ja), slots.span((0, 1), Language::Ja))
        };
        assert_eq!(said(Step::Hour), "2014年12月1日 01:00 12/1 00:00〜12/1 02:00");
        assert_eq!(said(Step::Day), "2014年12月2日 12/1〜12/2");
        assert_eq!(said(Step::Week), "2014年12月8日 12/1〜12/14");
        assert_eq!(said(Step::Month), "2015年1月 2014年12月〜2015年1月");
        assert_eq!(slots(Step::Month).span((1, 1), Language::En), "January 2015");
    }
}
