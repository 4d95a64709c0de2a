//! What happened to each port, judged once for all detectors of change, so that one thing is said once.
//!
//! The order of precedence, first come first served:
//!
//! 1. *Health*: what was not watched, or moved with all ports, is no event of a port (`sensor-outage`).
//! 2. *Local burst*: a rise at one sensor only. Its days count for nothing else (`local-burst`).
//! 3. *Noise storm*: a flood of forged sources. Its days count for nothing else (`noise-storm`).
//! 4. *New port*: the first days of a port that nobody asked before (`new-port`).
//! 5. *Level shift*: a rise that stays two weeks and more; shorter ones are surges (`level-shift`).
//! 6. *Surge*: a rise of hours to days against the level that held before (`surge`).
//! 7. *Slow drift*: a rise over weeks that is neither of these (`slow-drift`).
//! 8. *Drop*: a fall that stays a week and more (`drop`).
//!
//! A surge that is only what a drift comes to is left to the drift.
//! What comes later is dropped where it overlaps what came before. Surges and new ports are tested together,
//! over all ports and days of the run, at one false discovery rate; local bursts at another of their own.
//!
//! **Invariant:** an episode begins inside the period; the six weeks before it are only compared with.

pub mod days;
pub mod finding;
#[cfg(test)]
pub(crate) mod quiet;

use std::cell::OnceCell;

use teiten_model::window::Window;

use teiten_model::protocols::{ICMP, ICMPV6};

use crate::change::days::{Day, Judge};
use crate::detectors::{drop, local_burst, slow_drift};
use crate::series::discovery::Discovery;
use crate::series::port::PortSeries;
use crate::series::robust;
use crate::series::scene::{Bounds, Count, Scene};
use crate::series::step::{self, Step};

/// What can happen to a port, in the order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A rise at one sensor only.
    LocalBurst,
    /// A flood of forged sources.
    NoiseStorm,
    /// First days of a port nobody asked before.
    NewPort,
    /// A rise that stays.
    LevelShift,
    /// A rise of hours to days.
    Surge,
    /// A rise over weeks.
    SlowDrift,
    /// A fall that stays.
    Drop,
}

/// Something that happened to a port.
#[derive(Debug, Clone, PartialEq)]
pub struct Episode {
    /// What.
    pub kind: Kind,
    /// Protocol.
    pub proto: i64,
    /// Destination port; of ICMP the type.
    pub port: i64,
    /// Place of its first day.
    pub first: usize,
    /// Place of its last day.
    pub last: usize,
    /// The days that show it: of a run, those that stand out.
    pub days: Vec<usize>,
    /// Packets and sources expected: of runs packets of all its days and sources of its busiest, else of a day.
    pub expected: Count,
    /// Packets and sources seen, likewise; without known scanners.
    pub seen: Count,
    /// ln p of its clearest day, where there is a test.
    pub ln_p: Option<f64>,
    /// ln q of its clearest day, where tests were counted.
    pub ln_q: Option<f64>,
    /// Standard errors between levels, where levels are compared.
    pub errors: Option<f64>,
    /// Growth a week in sources, of slow drifts.
    pub slope: Option<f64>,
}

impl Episode {
    /// How much moved: sources that came or went, all where nobody asked before or none is told apart; packets
    /// where one sensor tells.
    pub fn weight(&self) -> f64 {
        let (seen, expected) = (self.seen, self.expected);
        match self.kind {
            Kind::LocalBurst => seen.packets - expected.packets,
            Kind::NoiseStorm | Kind::NewPort => seen.sources,
            Kind::LevelShift | Kind::Surge | Kind::SlowDrift => seen.sources - expected.sources,
            Kind::Drop => expected.sources - seen.sources,
        }
    }
}

/// All that happened, in the order of ports and days.
pub fn episodes(scene: &Scene<'_>) -> Vec<Episode> {
    let mut judge = Judge::new(scene);
    let (mut weeks, mut space) = (Vec::new(), Vec::new());
    let mut found: Vec<Episode> = Vec::new();
    if scene.calendar.first_inside() < scene.calendar.len() {
        scene.each(|series| {
            // Most ports are asked by too few to be anything.
            if series.sources.iter().all(|sources| *sources < days::SOURCES_MIN) {
                judge.count(series);
                return;
            }
            step::weeks(series, scene, &mut weeks, &mut space);
            let rises = step::steps(series, &weeks, scene, &scene.bounds.level_shift, &mut space);
            let falls = step::steps(series, &weeks, scene, &scene.bounds.drop, &mut space);
            let from = found.len();
            judge.port(series, &rises, &mut |run| found.push(lasting(run, series, &weeks, scene)));
            let is_inside = |step: &&Step| scene.calendar.is_inside[step.onset];
            found.extend(
                rises.iter().filter(is_inside).map(|step| of_step(Kind::LevelShift, step, series, scene)),
            );
            let is_storm = |run: &Episode| run.kind == Kind::NoiseStorm;
            if rises.is_empty() && !found[from..].iter().any(is_storm) {
                found.extend(slow_drift::drift(series, scene, &mut space));
            }
            let is_common = |step: &&Step| is_inside(step) && drop::is_common(step, series, scene);
            found.extend(falls.iter().filter(is_common).map(|step| of_step(Kind::Drop, step, series, scene)));
        });
    }
    let tests = judge.tests;
    let discovery = |kinds: &[Kind], rate: f64| {
        let ln_p = found.iter().filter(|run| kinds.contains(&run.kind)).flat_map(|run| run.ln_p);
        Discovery::of(ln_p.collect(), tests, rate)
    };
    let wide = discovery(&[Kind::Surge, Kind::NewPort, Kind::LevelShift], scene.bounds.surge.rate);
    let local = discovery(&[Kind::LocalBurst], scene.bounds.local_burst.rate);
    for run in &mut found {
        let of_run = if run.kind == Kind::LocalBurst { &local } else { &wide };
        run.ln_q = run.ln_p.map(|ln_p| of_run.ln_q(ln_p));
    }
    found.retain(|run| match (run.kind, run.ln_p) {
        (Kind::Surge | Kind::NewPort | Kind::LevelShift, Some(ln_p)) => wide.holds(ln_p),
        (Kind::LocalBurst, Some(ln_p)) => local.holds(ln_p),
        _ => true,
    });
    leave_to_storms(&mut found);
    let mut kept = once(found, &scene.bounds);
    local_burst::leave_to_sensors(&mut kept, scene);
    kept
}

/// A surge that lasts as long as a level must is a level shift, though its days vary too much for levels to be
/// compared.
fn lasting(run: Episode, series: &PortSeries, weeks: &[Option<Count>], scene: &Scene<'_>) -> Episode {
    if run.kind != Kind::Surge {
        return run;
    }
    let days = run.days.len().max(1) as f64;
    let before = Count { packets: run.expected.packets / days, sources: run.expected.sources };
    let mut sources: Vec<f64> = run.days.iter().map(|day| series.sources[*day]).collect();
    let after = Count { packets: run.seen.packets / days, sources: robust::median(&mut sources) };
    let mut step = Step { onset: run.first, last: run.last, before, after, errors: 0.0 };
    let rule = &scene.bounds.level_shift;
    step.last = step::last_day(&step, weeks, scene, rule);
    let is_short = step.last + 1 - step.onset < rule.after_days;
    if is_short || step::is_gradual(step.onset, series, scene, rule) {
        return run;
    }
    step.last = step.last.max(run.last);
    Episode { ln_p: run.ln_p, errors: None, ..of_step(Kind::LevelShift, &step, series, scene) }
}

/// Leaves out rises of ICMP on days of a storm of forged sources over TCP: storms have a part of ICMP, which is not
/// told apart from other ICMP (rule D102).
fn leave_to_storms(found: &mut Vec<Episode>) {
    let storms: Vec<(usize, usize)> = found
        .iter()
        .filter(|run| run.kind == Kind::NoiseStorm)
        .map(|run| (run.first.saturating_sub(1), run.last + 1))
        .collect();
    let is_icmp = |run: &Episode| run.proto == i64::from(ICMP) || run.proto == i64::from(ICMPV6);
    found.retain(|run| {
        !(run.kind == Kind::Surge
            && is_icmp(run)
            && storms.iter().any(|(first, last)| *first <= run.first && run.last <= *last))
    });
}

/// Leaves out what overlaps something of precedence at the same port.
fn once(mut found: Vec<Episode>, bounds: &Bounds) -> Vec<Episode> {
    let drifts: Vec<Episode> = found.iter().filter(|run| run.kind == Kind::SlowDrift).cloned().collect();
    found.retain(|run| run.kind != Kind::Surge || !drifts.iter().any(|drift| explains(drift, run)));
    found.sort_by_key(|episode| (episode.proto, episode.port, episode.kind, episode.first));
    let mut kept: Vec<Episode> = Vec::new();
    let mut of_port = 0;
    for episode in found {
        if kept.last().is_some_and(|last| (last.proto, last.port) != (episode.proto, episode.port)) {
            of_port = kept.len();
        }
        if !kept[of_port..].iter().any(|earlier| overlaps(earlier, &episode, bounds)) {
            kept.push(episode);
        }
    }
    kept
}

/// Whether a surge is only what a drift comes to: within it, and not twice what its end has.
fn explains(drift: &Episode, surge: &Episode) -> bool {
    (drift.proto, drift.port) == (surge.proto, surge.port)
        && drift.first <= surge.first
        && surge.last <= drift.last
        && surge.seen.sources < 2.0 * drift.seen.sources
}

/// Whether two episodes tell the same event. Of levels, only the days around the move count.
fn overlaps(earlier: &Episode, later: &Episode, bounds: &Bounds) -> bool {
    if (earlier.kind, later.kind) == (Kind::Surge, Kind::SlowDrift) {
        return 2 * (earlier.last - earlier.first) > later.last - later.first;
    }
    if (earlier.kind, later.kind) == (Kind::LevelShift, Kind::Surge) && earlier.ln_p.is_some() {
        return earlier.first <= later.last && later.first <= earlier.last;
    }
    let around = |first: usize, days: usize| (first.saturating_sub(3), first + days - 1);
    let core = |episode: &Episode| match episode.kind {
        Kind::LevelShift => around(episode.first, bounds.level_shift.after_days),
        Kind::Drop => around(episode.first, bounds.drop.after_days),
        _ => (episode.first, episode.last),
    };
    let (a, b) = (core(earlier), core(later));
    a.0 <= b.1 && b.0 <= a.1
}

fn of_step(kind: Kind, step: &Step, series: &PortSeries, scene: &Scene<'_>) -> Episode {
    let last = (step.onset..=step.last).rev().find(|day| scene.calendar.is_inside[*day]);
    let last = last.unwrap_or(step.onset);
    Episode {
        kind,
        proto: series.proto,
        port: series.port,
        first: step.onset,
        last,
        days: (step.onset..=last).collect(),
        expected: step.before,
        seen: step.after,
        ln_p: None,
        ln_q: None,
        errors: Some(step.errors),
        slope: None,
    }
}

/// What happened in one window, judged when it is first asked for.
#[derive(Debug, Default)]
pub struct Shared<'w> {
    judged: OnceCell<(Scene<'w>, Vec<Episode>)>,
}

impl<'w> Shared<'w> {
    /// The episodes of one kind in a window, which must always be the same, the weightiest first, with what they
    /// stand on.
    pub fn of_kind(&self, window: &'w Window, kind: Kind) -> (&Scene<'w>, Vec<&Episode>) {
        let (scene, found) = self.judged.get_or_init(|| {
            let scene = Scene::of(window);
            let found = episodes(&scene);
            (scene, found)
        });
        let mut of_kind: Vec<&Episode> = found.iter().filter(|episode| episode.kind == kind).collect();
        of_kind.sort_by(|a, b| b.weight().total_cmp(&a.weight()).then_with(|| a.first.cmp(&b.first)));
        (scene, of_kind)
    }
}

/// Joins days that stand out to runs with few enough quiet days between.
pub fn runs<'d>(days: &'d [(usize, Day)], bounds: &Bounds) -> Vec<&'d [(usize, Day)]> {
    days.chunk_by(|a, b| bounds.surge.is_next(a.0, b.0)).collect()
}
