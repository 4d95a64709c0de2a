//! `teiten finding explain`: what a rule says, why it matters, when it is wrong, its bounds as they hold.
//!
//! **Invariant:** programs read one line a bound; people read the rule as well.

use std::io::Write;

use anyhow::Result;
use teiten_ask::finding::words_of;
use teiten_detect::detector::{self, About, DETECTORS, Tunable};
use teiten_model::table::{Table, Value};

use crate::exit::{Outcome, Usage};
use crate::known::{self, KINDS_EXPLAINED};
use crate::world::World;

/// A bound as it holds: the configured one, or the rule's own.
fn held(world: &World, about: &About, bound: &Tunable) -> f64 {
    let set = world.config.bounds.get(&about.key(bound.name));
    set.map_or(bound.value, |(value, _)| *value)
}

/// Explains the rule of that identifier, or of the one behind a finding's; all when there is none.
pub(super) fn run(world: &World, name: Option<&str>) -> Result<Outcome> {
    let id = name.map(|name| name.split(':').next().unwrap_or(name));
    let found: Vec<&About> = DETECTORS
        .iter()
        .map(|detector| detector.about())
        .filter(|about| id.is_none_or(|id| about.id == id))
        .collect();
    if found.is_empty() {
        let names: Vec<&str> = DETECTORS.iter().map(|detector| detector.about().id).collect();
        let said =
            format!("there is no detector `{}`: there are {}", id.unwrap_or_default(), names.join(", "));
        return Err(Usage(said).into());
    }
    if !world.is_for_people() {
        let mut table = Table::new(&[
            ("detector", ""),
            ("version", ""),
            ("bound", ""),
            ("value", ""),
            ("unit", ""),
            ("own", ""),
            ("range", ""),
            ("doc", ""),
        ]);
        for about in found {
            for bound in about.tunables {
                table.push(vec![
                    about.id.into(),
                    i64::from(about.version).into(),
                    bound.name.into(),
                    Value::Float(held(world, about, bound)),
                    bound.unit.into(),
                    Value::Float(bound.value),
                    Value::Text(bound.range()),
                    bound.doc.into(),
                ]);
            }
        }
        world.print(&table)?;
        return Ok(Outcome::default());
    }
    let id_name = name.map(|name| known::name_in_id(world, name)).transpose()?.flatten();
    let mut out = std::io::stdout().lock();
    for about in found {
        let told = words_of(about, world.lang());
        writeln!(out, "{} (version {}): {}\n", about.id, about.version, told.title)?;
        writeln!(out, "{}\n{}\n{}", told.rule, told.why, told.wrong)?;
        writeln!(out, "Sources: {}.", about.sources.join("; "))?;
        for bound in about.tunables {
            let value = held(world, about, bound);
            let own = match value == bound.value {
                true => String::new(),
                false => format!(" (rule: {})", bound.value),
            };
            writeln!(out, "  {:<22} {value:>10}{own} {:<22} {}", bound.name, bound.unit, bound.doc)?;
        }
        if known::is_of_victims(about.id) {
            writeln!(out, "{KINDS_EXPLAINED}")?;
            let kinds = known::kinds(world)?;
            let kinds: Vec<&str> = kinds.kinds().iter().map(|kind| kind.id.as_str()).collect();
            writeln!(out, "Kinds: {}.", kinds.join(", "))?;
        }
        if matches!(about.id, "campaign" | "infected-at-home" | "level-shift" | "new-port" | "surge") {
            writeln!(out, "The share of Mirai by port: `teiten ask mirai-ports`.")?;
        }
        if let Some((address, name, edition)) = id_name.as_ref() {
            let edition = edition.as_deref().unwrap_or_default();
            writeln!(out, "Reverse name of {address}: {name} ({edition}); it proves nothing.")?;
        }
        if detector::is_experimental(about.id) {
            writeln!(out, "Experimental: its findings stay out of public reports.")?;
        }
        writeln!(out)?;
    }
    Ok(Outcome::default())
}
