//! What a detector is, and the one list of them.
//!
//! A detector is a rule over a period, as a signature is a rule over one packet: one file each, with the
//! rule, why it matters, when it is wrong and where it is from. Manual and program are made from this list.
//!
//! **Invariant:** `detect` is a pure function of the window: no clock, no disk, no memory between calls.

use teiten_model::finding::Finding;
use teiten_model::window::Window;

use crate::change::Shared;
use crate::detectors::{
    aggressive_scanner, campaign, dns_aftermath, drop, fixed_source_port, header_family, infected_at_home,
    level_shift, local_burst, new_port, noise_storm, port_overlap, resolver_scan, rsdos, sensor_outage,
    slow_drift, slow_periodic, surge, survey_scanner, syn_reflection, udp_reflection,
};

/// A rule over a period.
pub trait Detector: Sync {
    /// What it looks for, and with which bounds.
    fn about(&self) -> &'static About;
    /// What it says about a window, in the order of importance; `shared` is judged once for several detectors.
    fn detect_with<'w>(&self, window: &'w Window, shared: &Shared<'w>) -> Vec<Finding>;
    /// The same, for this detector alone.
    fn detect(&self, window: &Window) -> Vec<Finding> {
        self.detect_with(window, &Shared::default())
    }
}

/// What there is to know about a detector.
#[derive(Debug)]
pub struct About {
    /// Identifier; the file's name with hyphens.
    pub id: &'static str,
    /// Title in English.
    pub title: &'static str,
    /// Title in Japanese.
    pub title_ja: &'static str,
    /// Version of the rule.
    pub version: u32,
    /// The rule in one sentence.
    pub rule: &'static str,
    /// The same in Japanese.
    pub rule_ja: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// The same in Japanese.
    pub why_ja: &'static str,
    /// When it is wrong.
    pub wrong: &'static str,
    /// The same in Japanese.
    pub wrong_ja: &'static str,
    /// Where the rule is from.
    pub sources: &'static [&'static str],
    /// Its bounds.
    pub tunables: &'static [Tunable],
}

/// What a detector says of itself in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// Its title.
    pub title: &'static str,
    /// The rule in one sentence.
    pub rule: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// When it is wrong.
    pub wrong: &'static str,
}

impl About {
    /// In English.
    pub fn en(&self) -> Words {
        Words { title: self.title, rule: self.rule, why: self.why, wrong: self.wrong }
    }

    /// In Japanese.
    pub fn ja(&self) -> Words {
        Words { title: self.title_ja, rule: self.rule_ja, why: self.why_ja, wrong: self.wrong_ja }
    }

    /// A bound as it holds for a window: the configured one, or the rule's own.
    ///
    /// # Panics
    /// When the rule has no such bound: a mistake of ours.
    pub fn bound(&self, window: &Window, name: &str) -> f64 {
        let own = self.tunables.iter().find(|bound| bound.name == name);
        let own = own.unwrap_or_else(|| panic!("{} has no bound {name}", self.id));
        window.bounds.get(&self.key(name)).copied().unwrap_or(own.value)
    }

    /// The name of a bound beside those of other rules: `rsdos.packets_min`.
    pub fn key(&self, bound: &str) -> String {
        format!("{}.{bound}", self.id)
    }
}

/// A bound of a rule.
#[derive(Debug)]
pub struct Tunable {
    /// Name.
    pub name: &'static str,
    /// Value.
    pub value: f64,
    /// Unit.
    pub unit: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// The least value that makes sense.
    pub least: f64,
    /// The greatest; infinite where there is none.
    pub most: f64,
    /// Whether only whole numbers make sense.
    pub is_whole: bool,
}

impl Tunable {
    /// A bound from 0 on: name, value, unit, what it does.
    pub const fn of(name: &'static str, value: f64, unit: &'static str, doc: &'static str) -> Tunable {
        Tunable { name, value, unit, doc, least: 0.0, most: f64::INFINITY, is_whole: false }
    }

    /// The same, within a range.
    pub const fn within(self, least: f64, most: f64) -> Tunable {
        Tunable { least, most, ..self }
    }

    /// The same, a whole number within a range.
    pub const fn whole(self, least: f64, most: f64) -> Tunable {
        Tunable { least, most, is_whole: true, ..self }
    }

    /// The greatest value: 1 of a share, whatever it is a share of.
    pub fn most(&self) -> f64 {
        if self.unit.starts_with("share") { self.most.min(1.0) } else { self.most }
    }

    /// The range in words: `from 1 to 42, whole`.
    pub fn range(&self) -> String {
        let most = self.most();
        let to = if most.is_finite() { format!(" to {most}") } else { " on".to_string() };
        format!("from {}{to}{}", self.least, if self.is_whole { ", whole" } else { "" })
    }

    /// Whether the bound can have that value.
    pub fn holds(&self, value: f64) -> bool {
        value.is_finite()
            && (self.least..=self.most()).contains(&value)
            && (!self.is_whole || value.fract() == 0.0)
    }
}

/// Every detector, in the order of the manual.
pub const DETECTORS: &[&dyn Detector] = &[
    &sensor_outage::SensorOutage,
    &surge::Surge,
    &new_port::NewPort,
    &level_shift::LevelShift,
    &slow_drift::SlowDrift,
    &drop::Drop,
    &local_burst::LocalBurst,
    &noise_storm::NoiseStorm,
    &rsdos::Rsdos,
    &syn_reflection::SynReflection,
    &udp_reflection::UdpReflection,
    &dns_aftermath::DnsAftermath,
    &resolver_scan::ResolverScan,
    &fixed_source_port::FixedSourcePort,
    &header_family::HeaderFamily,
    &slow_periodic::SlowPeriodic,
    &campaign::Campaign,
    &port_overlap::PortOverlap,
    &infected_at_home::InfectedAtHome,
    &aggressive_scanner::AggressiveScanner,
    &survey_scanner::SurveyScanner,
];

/// Detectors that are not proved well enough for publication: their findings stay out of public reports.
pub const EXPERIMENTAL: &[&str] = &[];

/// The detector of that identifier.
pub fn find(id: &str) -> Option<&'static dyn Detector> {
    DETECTORS.iter().copied().find(|detector| detector.about().id == id)
}

/// Whether the findings of a detector are not for publication yet.
pub fn is_experimental(id: &str) -> bool {
    EXPERIMENTAL.contains(&id)
}

/// What all detectors say about a window.
pub fn detect(window: &Window) -> Vec<Finding> {
    let shared = Shared::default();
    DETECTORS.iter().flat_map(|detector| detector.detect_with(window, &shared)).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_detector_has_its_file_its_headings_and_both_kinds_of_test() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/detectors");
        let mut files: Vec<String> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().replace('_', "-"))
            .collect();
        files.sort();
        let mut listed: Vec<String> =
            DETECTORS.iter().map(|detector| detector.about().id.to_string()).collect();
        listed.sort();
        assert_eq!(files, listed);
        // Levels that rise and fall are asked for their bounds in one place.
        let steps = include_str!("series/step.rs");
        for detector in DETECTORS {
            let about = detector.about();
            let text =
                std::fs::read_to_string(folder.join(format!("{}.rs", about.id.replace('-', "_")))).unwrap();
            for part in ["# Rule", "# Why it matters", "# When it is wrong", "# Sources"] {
                assert!(text.contains(&format!("//! {part}")), "{} lacks `{part}`", about.id);
            }
            assert!(text.contains("fn finds_") && text.contains("fn ignores_"), "{}", about.id);
            assert!(!about.sources.is_empty() && about.version > 0);
            for (en, ja) in
                [(about.rule, about.rule_ja), (about.why, about.why_ja), (about.wrong, about.wrong_ja)]
            {
                assert!(en.ends_with('.') && ja.ends_with('。'), "{}: {en} {ja}", about.id);
            }
            for tunable in about.tunables {
                let name = tunable.name;
                assert!(!tunable.unit.is_empty() && tunable.doc.ends_with('.'), "{name}");
                assert!(tunable.holds(tunable.value), "{} {name}: {}", about.id, tunable.range());
                // Once in the list, and where it is asked for.
                assert!(
                    text.matches(&format!("\"{name}\"")).count()
                        + steps.matches(&format!("bound(\"{name}\")")).count()
                        > 1,
                    "{} never asks for {name}",
                    about.id
                );
            }
        }
    }
}
