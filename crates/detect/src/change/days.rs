//! The days of a port, judged one after the other against the weeks before them (rules D103-D105).
//!
//! A day that stands out is left out of the baseline of the days after it, until two weeks of such days have
//! become the new baseline. A level that rose begins a baseline of its own.

use crate::change::{Episode, Kind, runs};
use crate::detectors::{local_burst, new_port, noise_storm, surge};
use crate::series::port::PortSeries;
use crate::series::robust::Level;
use crate::series::scene::{Count, Scene};
use crate::series::step::Step;
use crate::series::tail;

/// ln p from which a day stands out and is left out of baselines: 0.0025. What is said is judged by the run.
const LN_MASK: f64 = -6.0;
/// Days that stand out, one after the other, after which they are the baseline.
const SETTLED_DAYS: usize = 14;
/// Part of the baseline that a day must exceed before it is looked at closely.
const ABOVE_SHARE_MIN: f64 = 0.6;
const ABOVE_TIMES: f64 = 1.4;
/// Fewest sources of a day that can stand out.
pub const SOURCES_MIN: f64 = 3.0;
/// Days within which a source makes a port one that is tested (rule D105).
const TESTED_DAYS: usize = 28;

/// A day that stands out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Day {
    /// As what.
    pub kind: Kind,
    /// ln of the probability of so much or more.
    pub ln_p: f64,
    /// What was expected.
    pub expected: Count,
}

/// Judges port after port.
#[derive(Debug)]
pub struct Judge<'s, 'w> {
    scene: &'s Scene<'w>,
    /// Days and ports tested.
    pub tests: usize,
    masked: Vec<bool>,
    base: Vec<usize>,
    counts: Vec<(f64, usize)>,
    space: Vec<f64>,
    hours: surge::Hours,
}

impl<'s, 'w> Judge<'s, 'w> {
    /// Nothing judged yet.
    pub fn new(scene: &'s Scene<'w>) -> Judge<'s, 'w> {
        Judge {
            scene,
            tests: 0,
            masked: Vec::new(),
            base: Vec::new(),
            counts: Vec::new(),
            space: Vec::new(),
            hours: surge::Hours::default(),
        }
    }

    /// Counts the tests of a port in which no day can stand out.
    pub fn count(&mut self, series: &PortSeries) {
        let mut asked = None;
        for day in (0..self.scene.calendar.len()).filter(|day| self.scene.tide.is_fit[*day]) {
            asked = if series.sources[day] >= 1.0 { Some(day) } else { asked };
            let is_tested = asked.is_some_and(|asked| day - asked <= TESTED_DAYS);
            self.tests += usize::from(is_tested && self.scene.calendar.is_inside[day]);
        }
    }

    /// Hands out the runs of days of a port that stand out.
    pub fn port(&mut self, series: &PortSeries, rises: &[Step], found: &mut dyn FnMut(Episode)) {
        let days = self.scene.calendar.len();
        self.masked.clear();
        self.masked.resize(days, false);
        self.hours.clear();
        let mut moved = rises.iter().map(|step| step.onset).peekable();
        let (mut base_from, mut asked, mut out) = (0, None, Vec::new());
        let (mut seen, mut run_from): (Vec<(usize, Day)>, Option<usize>) = (Vec::new(), None);
        for day in 0..days {
            while let Some(onset) = moved.next_if(|onset| *onset <= day) {
                base_from = onset;
            }
            if !self.scene.tide.is_fit[day] {
                continue;
            }
            if series.sources[day] >= 1.0 {
                asked = Some(day);
            }
            let is_tested = asked.is_some_and(|asked| day - asked <= TESTED_DAYS);
            if !is_tested {
                continue;
            }
            self.tests += usize::from(self.scene.calendar.is_inside[day]);
            if let Some(verdict) = self.day(series, day, base_from, &seen) {
                self.masked[day] = true;
                if matches!(verdict.kind, Kind::LocalBurst | Kind::NoiseStorm) {
                    seen.push((day, verdict));
                    continue;
                }
                let is_run = out.last().is_some_and(|last| self.scene.bounds.surge.is_next(*last, day));
                if !is_run {
                    (out, run_from) = (Vec::new(), Some(day));
                }
                out.push(day);
                seen.push((day, verdict));
                if out.len() >= SETTLED_DAYS {
                    base_from = run_from.unwrap_or(day);
                    out.iter().for_each(|day| self.masked[*day] = false);
                    out.clear();
                }
            }
        }
        for kind in [Kind::LocalBurst, Kind::NoiseStorm, Kind::NewPort, Kind::Surge] {
            let of_kind: Vec<(usize, Day)> =
                seen.iter().filter(|(_, day)| day.kind == kind).copied().collect();
            for run in runs(&of_kind, &self.scene.bounds) {
                if self.scene.calendar.is_inside[run[0].0] && self.is_whole(series, run, kind) {
                    found(episode(series, run, kind, self.scene));
                }
            }
        }
    }

    /// What a run must show as a whole.
    fn is_whole(&self, series: &PortSeries, run: &[(usize, Day)], kind: Kind) -> bool {
        kind != Kind::NoiseStorm || noise_storm::is_sharp(series, self.scene, run[0].0, run[run.len() - 1].0)
    }

    fn day(
        &mut self,
        series: &PortSeries,
        day: usize,
        base_from: usize,
        seen: &[(usize, Day)],
    ) -> Option<Day> {
        let scene = self.scene;
        if series.sources[day] < SOURCES_MIN {
            return None;
        }
        self.fill_base(day, base_from.max(day.saturating_sub(scene.bounds.surge.base_days)));
        let last = seen.last().copied();
        let is_going_on = |kind: Kind| {
            last.is_some_and(|(at, last)| last.kind == kind && scene.bounds.surge.is_next(at, day))
        };
        if let Some(verdict) =
            new_port::day(series, scene, day, is_going_on(Kind::NewPort).then_some(last).flatten())
        {
            return Some(verdict);
        }
        let storm = &scene.bounds.noise_storm;
        let fact = series.fact(day, scene.window);
        let is_forged = fact.is_some_and(|fact| noise_storm::is_forged(&fact, storm));
        if let (true, true, Some((_, last))) = (is_forged, is_going_on(Kind::NoiseStorm), last) {
            return Some(last);
        }
        if self.base.len() < scene.bounds.surge.base_days_min {
            return None;
        }
        let by_hours = self.by_hours(series, day);
        if !self.is_above(day, &series.level_packets) {
            return by_hours;
        }
        let tide = &scene.tide;
        let is_lopsided = scene.is_lopsided(series, day);
        if !is_lopsided && !self.is_above(day, &series.level_sources) {
            return by_hours;
        }
        let packets = self.level(day, |day| series.level_packets[day]).times(tide.packets[day]);
        if is_lopsided {
            let elsewhere = self.level(day, |day| scene.elsewhere(series, day).packets / tide.packets[day]);
            let elsewhere = elsewhere.times(tide.packets[day]);
            if let Some(verdict) = local_burst::day(series, scene, day, packets, elsewhere) {
                return verdict;
            }
        }
        // What nobody asked is left to the rule for new ports, which asks for more.
        let (mut recent, most) = (day.saturating_sub(TESTED_DAYS)..day, scene.bounds.new_port.quiet_sources);
        let is_quiet = !recent.any(|day| series.sources[day] > most);
        let sources = self.level(day, |day| series.level_sources[day]).times(tide.sources[day]);
        if noise_storm::is_day(series, scene, day, sources) {
            let expected = Count { packets: packets.mean, sources: sources.mean };
            return Some(Day { kind: Kind::NoiseStorm, ln_p: f64::NEG_INFINITY, expected });
        }
        if is_quiet {
            return None;
        }
        let level = surge::Levels { packets, sources, raw: self.raw(series) };
        let is_going_on = is_going_on(Kind::Surge);
        let of_day = surge::day(series, scene, day, &level, is_going_on).filter(|day| day.ln_p <= LN_MASK);
        match (of_day, by_hours) {
            (Some(of_day), Some(by_hours)) if by_hours.ln_p < of_day.ln_p => Some(by_hours),
            (Some(of_day), _) => Some(of_day),
            (None, by_hours) => by_hours,
        }
    }

    fn fill_base(&mut self, day: usize, from: usize) {
        let (masked, tide) = (&self.masked, &self.scene.tide);
        self.base.clear();
        self.base.extend((from..day).filter(|day| tide.is_fit[*day] && !masked[*day]));
    }

    /// Whether a count exceeds most days of its kind: what does not is not looked at closely.
    fn is_above(&self, day: usize, levels: &[f64]) -> bool {
        let kinds = &self.scene.calendar.kind;
        let bound = levels[day] / ABOVE_TIMES;
        let (mut of_kind, mut below) = (0, 0);
        for earlier in &self.base {
            let is_same = kinds[*earlier] == kinds[day];
            of_kind += usize::from(is_same);
            below += usize::from(is_same && levels[*earlier] < bound);
        }
        below as f64 >= ABOVE_SHARE_MIN * of_kind as f64
    }

    fn level(&mut self, day: usize, of: impl Fn(usize) -> f64) -> Level {
        let kind = &self.scene.calendar.kind;
        self.counts.clear();
        self.counts.extend(self.base.iter().map(|day| (of(*day), kind[*day])));
        Level::of(&self.counts, kind[day], &mut self.space)
    }

    /// The middle of the sources of the baseline as they were counted, whatever the tide.
    fn raw(&mut self, series: &PortSeries) -> f64 {
        self.space.clear();
        self.space.extend(self.base.iter().map(|day| series.sources[*day]));
        crate::series::robust::median(&mut self.space)
    }

    fn by_hours(&mut self, series: &PortSeries, day: usize) -> Option<Day> {
        let masked = &self.masked;
        self.hours.day(series, self.scene, day, masked, &mut self.space).filter(|day| day.ln_p <= LN_MASK)
    }
}

/// Two tests were made of a day: of the day and of its clearest hour.
pub const LN_TESTS_OF_DAY: f64 = std::f64::consts::LN_2;

/// ln P of so many packets and so many sources or more: that of the likelier.
pub fn ln_p(packets: (f64, Level), sources: (f64, Level)) -> f64 {
    let ln = |(count, level): (f64, Level)| tail::ln_upper(count, level.mean, level.variance);
    let of_sources = ln(sources);
    if of_sources > LN_MASK { of_sources } else { of_sources.max(ln(packets)) }
}

fn episode(series: &PortSeries, run: &[(usize, Day)], kind: Kind, scene: &Scene<'_>) -> Episode {
    let days: Vec<usize> = run.iter().map(|(day, _)| *day).collect();
    let busiest = days.iter().copied().max_by(|a, b| series.sources[*a].total_cmp(&series.sources[*b]));
    let busiest = busiest.unwrap_or(days[0]);
    let of_busiest = run.iter().find(|(day, _)| *day == busiest).map_or(0.0, |(_, day)| day.expected.sources);
    let last = days.iter().rev().find(|day| scene.calendar.is_inside[**day]).copied().unwrap_or(days[0]);
    let has_test = kind != Kind::NoiseStorm;
    Episode {
        kind,
        proto: series.proto,
        port: series.port,
        first: days[0],
        last,
        expected: Count {
            packets: run.iter().map(|(_, day)| day.expected.packets).sum(),
            sources: of_busiest,
        },
        seen: Count {
            packets: days.iter().map(|day| series.packets[*day]).sum(),
            sources: series.sources[busiest],
        },
        ln_p: has_test.then(|| tail::ln_fisher(&run.iter().map(|(_, day)| day.ln_p).collect::<Vec<f64>>())),
        ln_q: None,
        errors: None,
        slope: None,
        days,
    }
}
