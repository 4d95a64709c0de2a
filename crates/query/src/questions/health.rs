//! How each sensor is: the way of its frames from the interface to a question, step by step, and the first step
//! that is broken.
//!
//! The store tells what was received, lost, stored and is seen; whoever collects tells when a sensor was last heard
//! and what is still held ([`Contact`]).
//!
//! **Invariant:** a step of which nothing is known is neither well nor broken.

use std::collections::BTreeMap;

use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::{Table, Value};

use crate::error::QueryError;
use crate::questions::{books, live};
use crate::session::Session;

/// A clock that is further off than this is told of, in milliseconds.
pub const CLOCK_MS_MAX: f64 = 1_000.0;

/// What a live sensor does, as far as its collector can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// Enrolled, or invited, and never heard.
    New,
    /// Sends as usual.
    Sending,
    /// Has not sent for several of its usual intervals.
    Silent,
    /// Retired.
    Retired,
    /// Nobody collects, so nobody knows.
    NotCollected,
}

impl Activity {
    /// All of them.
    pub const ALL: [Activity; 5] =
        [Activity::New, Activity::Sending, Activity::Silent, Activity::Retired, Activity::NotCollected];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Activity::New => "new",
            Activity::Sending => "sending",
            Activity::Silent => "silent",
            Activity::Retired => "retired",
            Activity::NotCollected => "not-collected",
        }
    }
}

/// The collector's word of a sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contact {
    /// What it does.
    pub activity: Activity,
    /// When it was last heard, in microseconds since 1970; `None` for never.
    pub heard_us: Option<i64>,
    /// Frames accepted and not yet stored.
    pub held: u64,
}

/// A step of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The sensor was heard when it was expected.
    Heard,
    /// Its clock is that of the collector.
    Clock,
    /// Frames were received.
    Received,
    /// None of them was lost.
    Lost,
    /// None is on its way into the store.
    Held,
    /// The rest is stored: received = stored + lost + held.
    Stored,
    /// A question sees what is stored.
    Visible,
}

impl Step {
    /// In the order of the way.
    pub const ALL: [Step; 7] =
        [Step::Heard, Step::Clock, Step::Received, Step::Lost, Step::Held, Step::Stored, Step::Visible];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Step::Heard => "heard",
            Step::Clock => "clock",
            Step::Received => "received",
            Step::Lost => "lost",
            Step::Held => "held",
            Step::Stored => "stored",
            Step::Visible => "visible",
        }
    }
}

/// How a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing is known of it: an imported capture has no clock to compare.
    Unknown,
    /// As it should be.
    Well,
    /// No fault by itself, but worth a look.
    Look,
    /// Broken.
    Failed,
}

impl State {
    /// All of them, the worst last.
    pub const ALL: [State; 4] = [State::Unknown, State::Well, State::Look, State::Failed];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            State::Unknown => "unknown",
            State::Well => "ok",
            State::Look => "look",
            State::Failed => "failed",
        }
    }
}

/// How a sensor is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Health {
    /// Its name.
    pub sensor: String,
    /// The collector's word; `None` where nobody collects it, or the viewer is not told.
    pub contact: Option<Contact>,
    /// Its clock minus the collector's, in milliseconds.
    pub clock_offset_ms: Option<f64>,
    /// Until when it observed, by its own clock, in microseconds since 1970.
    pub until_us: Option<i64>,
    /// When something of it was last stored.
    pub stored_us: Option<i64>,
    /// Frames received; all that follow are of all time.
    pub received: i64,
    /// Frames lost, by reason, most first.
    pub lost: Vec<(String, i64)>,
    /// Frames held in the account of the store.
    pub held: i64,
    /// Frames stored.
    pub stored: i64,
    /// Packets that a question sees.
    pub visible: i64,
    /// Whether packets or their hours expired, of whatever sensor: then less is seen than was stored.
    pub has_expired: bool,
}

impl Health {
    /// Frames lost, for any reason.
    pub fn lost_all(&self) -> i64 {
        self.lost.iter().map(|(_, lost)| lost).sum()
    }

    /// Frames on their way: those the collector holds, too.
    pub fn held_all(&self) -> i64 {
        let collected = self.contact.map_or(0, |contact| contact.held);
        self.held.saturating_add(i64::try_from(collected).unwrap_or(i64::MAX))
    }

    /// How a step is.
    pub fn state(&self, step: Step) -> State {
        let when = |is_well: bool, otherwise: State| if is_well { State::Well } else { otherwise };
        match step {
            Step::Heard => match self.contact.map(|contact| contact.activity) {
                None => State::Unknown,
                Some(Activity::Sending | Activity::Retired) => State::Well,
                Some(Activity::New) => State::Look,
                Some(Activity::Silent | Activity::NotCollected) => State::Failed,
            },
            Step::Clock => match self.clock_offset_ms {
                None => State::Unknown,
                Some(offset) => when(offset.abs() <= CLOCK_MS_MAX, State::Look),
            },
            Step::Received => when(self.received > 0, State::Look),
            Step::Lost => when(self.lost_all() == 0, State::Look),
            Step::Held => when(self.held_all() == 0, State::Look),
            Step::Stored => when(self.received == self.stored + self.lost_all() + self.held, State::Failed),
            Step::Visible if self.has_expired => when(self.visible <= self.stored, State::Failed),
            Step::Visible => when(self.visible == self.stored, State::Failed),
        }
    }

    /// The first broken step; else the first that is worth a look; `None` when all is well.
    pub fn first(&self) -> Option<(Step, State)> {
        let found =
            |state| Step::ALL.into_iter().find(|step| self.state(*step) == state).map(|step| (step, state));
        found(State::Failed).or_else(|| found(State::Look))
    }
}

/// How sensors are, by name, of all time: those that stored something, as `account` tells ([`books::accounts`]), and
/// those that `contacts` knows; of those that are named alone, if any are.
///
/// # Errors
/// When the viewer has no sensors; a member is told of its own only, whatever `contacts` holds.
pub fn health(
    session: &Session,
    sensors: &[String],
    account: &Table,
    contacts: &BTreeMap<String, Contact>,
) -> Result<Vec<Health>, QueryError> {
    let selection = Selection { sensors: sensors.to_vec(), ..Selection::default() };
    let gone = session.expired()?;
    let has_expired = gone.packets.rows > 0 || gone.rollups.rows > 0;
    let mut all: BTreeMap<String, Health> = BTreeMap::new();
    let seen = books::sensors(session, &selection)?;
    for row in 0..seen.rows.len() {
        of(&mut all, &seen, row).visible = seen.int(row, "packets").unwrap_or(0);
    }
    for row in 0..account.rows.len() {
        // Frames of no sensor have a line of their own.
        let is_asked =
            |name: &str| name != "-" && (sensors.is_empty() || sensors.iter().any(|one| one == name));
        if !account.text(row, "sensor").is_some_and(is_asked) {
            continue;
        }
        let number = |name| account.int(row, name).unwrap_or(0);
        let health = of(&mut all, account, row);
        health.received += number("received");
        health.stored += number("stored");
        health.held += number("held");
        if let (lost @ 1.., Some(reason)) = (number("lost"), account.text(row, "reason")) {
            health.lost.push((reason.to_string(), lost));
        }
    }
    let newest = live::sensors(session, &selection)?;
    for row in 0..newest.rows.len() {
        let health = of(&mut all, &newest, row);
        health.clock_offset_ms = match newest.value(row, "clock_offset") {
            Some(Value::Float(offset)) => Some(*offset),
            _ => None,
        };
        health.until_us = newest.time(row, "until");
        health.stored_us = newest.time(row, "stored");
    }
    for (name, contact) in contacts {
        let is_own = match session.viewer() {
            Viewer::All => true,
            Viewer::Member { sensors, .. } => sensors.contains(name),
            Viewer::Public { .. } => false,
        };
        if is_own && (sensors.is_empty() || sensors.contains(name)) {
            let health = all.entry(name.clone()).or_default();
            // The collector's word is some seconds old: what is stored already was heard.
            let is_older = contact.activity == Activity::New && health.stored_us.is_some();
            health.contact = (!is_older).then_some(*contact);
        }
    }
    Ok(all
        .into_iter()
        .map(|(sensor, mut health)| {
            health.lost.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            Health { sensor, has_expired, ..health }
        })
        .collect())
}

/// The sensor of a line.
fn of<'a>(all: &'a mut BTreeMap<String, Health>, table: &Table, row: usize) -> &'a mut Health {
    all.entry(table.text(row, "sensor").unwrap_or_default().to_string()).or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sending() -> Health {
        Health {
            sensor: "tokyo-01".into(),
            contact: Some(Contact { activity: Activity::Sending, heard_us: Some(0), held: 0 }),
            clock_offset_ms: Some(-3.5),
            received: 10,
            stored: 10,
            visible: 10,
            ..Health::default()
        }
    }

    #[test]
    fn the_first_broken_step_is_named_before_those_that_are_worth_a_look() {
        let silent = Some(Contact { activity: Activity::Silent, heard_us: None, held: 0 });
        let held = Some(Contact { activity: Activity::Sending, heard_us: None, held: 3 });
        let lost = vec![("kernel-drop".to_string(), 2)];
        let cases = [
            (sending(), None),
            (Health { contact: None, clock_offset_ms: None, ..sending() }, None),
            (Health { contact: silent, ..sending() }, Some((Step::Heard, State::Failed))),
            (Health { clock_offset_ms: Some(-1_000.5), ..sending() }, Some((Step::Clock, State::Look))),
            (Health { contact: held, ..sending() }, Some((Step::Held, State::Look))),
            (Health { received: 12, lost: lost.clone(), ..sending() }, Some((Step::Lost, State::Look))),
            (Health { received: 11, lost, ..sending() }, Some((Step::Stored, State::Failed))),
            (Health { visible: 9, ..sending() }, Some((Step::Visible, State::Failed))),
            (Health { visible: 9, has_expired: true, ..sending() }, None),
            (Health { visible: 11, has_expired: true, ..sending() }, Some((Step::Visible, State::Failed))),
            (Health { contact: None, ..Health::default() }, Some((Step::Received, State::Look))),
        ];
        for (health, first) in cases {
            assert_eq!(health.first(), first, "{health:?}");
        }
    }
}
