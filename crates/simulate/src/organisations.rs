//! Organisations that scan openly, as they publish their addresses: a list to import beside the captures.
//!
//! **Invariant:** the list holds every source of an actor with an organisation, and no other.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::BuildHasherDefault;

use teiten_model::interval::Day;

use crate::address::Address;
use crate::quick::Quick;
use crate::scenario::Scenario;
use crate::sink::Event;

/// The day on which a source was last seen, and of which actor it is.
type Seen = HashMap<Address, (Day, u16), BuildHasherDefault<Quick>>;

/// Sources of the actors that have an organisation.
pub(crate) struct Organisations {
    /// By actor; empty for none.
    names: Vec<String>,
    seen: Seen,
}

impl Organisations {
    /// Nothing seen yet.
    pub(crate) fn new(scenario: &Scenario) -> Organisations {
        let names = scenario.actors.iter().map(|actor| actor.organisation.clone()).collect();
        Organisations { names, seen: Seen::default() }
    }

    /// Takes in the packets of a sensor-day.
    pub(crate) fn add(&mut self, events: &[Event]) {
        if self.names.iter().all(String::is_empty) {
            return;
        }
        for event in events {
            if !self.names[usize::from(event.actor)].is_empty() {
                let day = Day::of(event.at);
                let seen = self.seen.entry(event.source).or_insert((day, event.actor));
                seen.0 = seen.0.max(day);
            }
        }
    }

    /// The list as `address,organisation,last_seen`; `None` when there is no such source.
    pub(crate) fn csv(&self) -> Option<String> {
        let mut rows: Vec<(&Address, &(Day, u16))> = self.seen.iter().collect();
        rows.sort_unstable();
        let mut text = "# Synthetic: made up by teiten simulate, no such organisation scans\n\
                        # address,organisation,last_seen\n"
            .to_owned();
        for (address, (day, actor)) in &rows {
            let _ = writeln!(text, "{address},{},{day}", self.names[usize::from(*actor)]);
        }
        (!rows.is_empty()).then_some(text)
    }
}
