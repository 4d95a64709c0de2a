//! The doctor on the pages of sensors: what became of a sensor's frames on their way, and the first broken step.
//!
//! What is judged here is judged alike by `teiten sensor test`: `teiten_query::questions::health` says it.

use std::collections::BTreeMap;

use teiten_model::table::{Table, Value};
use teiten_query::questions::health::{self, Activity, Contact, Health, State, Step};
use teiten_report::words::number;

use crate::desk::Desk;
use crate::fault::Fault;
use crate::links;
use crate::pages::drawn;
use crate::view::rows::Rows;
use crate::words::Words;

/// What the collector says of every sensor, told anew each time; else why it cannot be told.
pub type Contacts = Box<dyn Fn() -> Result<BTreeMap<String, Contact>, String> + Send + Sync>;

/// The section of all sensors, or of one, with their account; what stands above it is a text that says what could not
/// be asked.
pub(crate) fn section(desk: &Desk, only: Option<&str>, account: &Table) -> Result<(String, String), Fault> {
    let (contacts, fault) = match (desk.portal.settings.contacts)() {
        Ok(contacts) => (contacts, String::new()),
        Err(fault) => (BTreeMap::new(), fault),
    };
    let sensors: Vec<String> = only.map(ToString::to_string).into_iter().collect();
    let all = health::health(&desk.session, &sensors, account, &contacts)?;
    let rows = match (only, all.as_slice()) {
        (Some(_), [health]) => way(desk, health),
        _ => overview(desk, &all),
    };
    Ok((drawn(&rows)?, fault))
}

/// A line a sensor.
fn overview(desk: &Desk, all: &[Health]) -> Rows {
    let w = desk.words();
    let mut table = Table::new(&[
        ("sensor", ""),
        ("step", ""),
        ("state", ""),
        ("contact", ""),
        ("until", ""),
        ("clock_offset", "ms"),
        ("received", "packets"),
        ("lost", "packets"),
        ("held", "packets"),
        ("stored", "packets"),
        ("visible", "packets"),
    ]);
    let time = |at: Option<i64>| at.map_or(Value::Null, Value::Time);
    for health in all {
        let contact = health.contact;
        let activity = contact.map(|contact| told(w, contact.activity));
        table.push(vec![
            Value::from(health.sensor.as_str()),
            Value::Text(first(w, health)),
            activity.map_or(Value::Null, Value::Text),
            time(contact.and_then(|contact| contact.heard_us).or(health.stored_us)),
            time(health.until_us),
            health.clock_offset_ms.map_or(Value::Null, Value::Float),
            Value::Int(health.received),
            Value::Int(health.lost_all()),
            Value::Int(health.held_all()),
            Value::Int(health.stored),
            Value::Int(health.visible),
        ]);
    }
    // A store of imported captures has nothing to say of collectors and clocks.
    table.leave_out_empty(&["state", "contact", "until", "clock_offset"]);
    let look = desk.look.selection();
    Rows::plain(desk, w.t("sensors-doctor"), &table)
        .linked("sensor", |row| look.url(&links::sensor(&all[row].sensor)))
}

/// The first step that is not well, in a word.
fn first(w: &Words, health: &Health) -> String {
    match health.first() {
        None => w.t("health-well"),
        Some((step, state)) => {
            let step = w.t(&format!("health-{}", step.name()));
            w.say(&format!("health-first-{}", state.name()), &[("step", &step)])
        }
    }
}

/// A line a step.
fn way(desk: &Desk, health: &Health) -> Rows {
    let w = desk.words();
    let mut table = Table::new(&[("step", ""), ("state", ""), ("said", "")]);
    for step in Step::ALL {
        let state = health.state(step);
        if state != State::Unknown {
            table.push(vec![
                Value::Text(w.t(&format!("health-{}", step.name()))),
                Value::Text(w.t(&format!("health-state-{}", state.name()))),
                Value::Text(said(desk, health, step)),
            ]);
        }
    }
    Rows::plain(desk, w.t("sensors-doctor"), &table).linked("step", |_| String::new())
}

/// What is known of a step, in words.
fn said(desk: &Desk, health: &Health, step: Step) -> String {
    let w = desk.words();
    let never = || w.t("health-never");
    let when = |at: Option<i64>| {
        at.map_or_else(never, |at| desk.reader.zone.write_for_people(teiten_model::interval::Timestamp(at)))
    };
    let packets = |count: i64| w.say("health-said-packets", &[("count", &number::count(count))]);
    match step {
        Step::Heard => {
            let activity = health.contact.map_or(Activity::New, |contact| contact.activity);
            let heard = when(health.contact.and_then(|contact| contact.heard_us));
            w.say("health-said-heard", &[("activity", &told(w, activity)), ("time", &heard)])
        }
        Step::Clock => {
            let offset = format!("{:+.1}", health.clock_offset_ms.unwrap_or_default());
            w.say("health-said-clock", &[("offset", &offset)])
        }
        Step::Received => packets(health.received),
        Step::Lost => {
            let reason = |(reason, lost): &(String, i64)| format!("{reason} {}", number::count(*lost));
            let reasons: Vec<String> = health.lost.iter().map(reason).collect();
            let said = packets(health.lost_all());
            if reasons.is_empty() { said } else { format!("{said} ({})", reasons.join(", ")) }
        }
        Step::Held => packets(health.held_all()),
        Step::Stored if health.stored_us.is_none() => packets(health.stored),
        Step::Stored => {
            let (count, time) = (number::count(health.stored), when(health.stored_us));
            w.say("health-said-stored-at", &[("count", &count), ("time", &time)])
        }
        Step::Visible if health.until_us.is_none() => packets(health.visible),
        Step::Visible => {
            let (count, time) = (number::count(health.visible), when(health.until_us));
            w.say("health-said-visible-until", &[("count", &count), ("time", &time)])
        }
    }
}

/// What a sensor does, in a word.
fn told(w: &Words, activity: Activity) -> String {
    w.t(&format!("activity-{}", activity.name()))
}

/// Keys of texts that are put together here.
#[cfg(test)]
pub(crate) fn made_keys() -> Vec<String> {
    let steps = Step::ALL.iter().map(|step| format!("health-{}", step.name()));
    let known = State::ALL.into_iter().filter(|state| *state != State::Unknown);
    let states = known.map(|state| format!("health-state-{}", state.name()));
    let firsts = [State::Look, State::Failed].map(|state| format!("health-first-{}", state.name()));
    let activities = Activity::ALL.map(|activity| format!("activity-{}", activity.name()));
    steps.chain(states).chain(firsts).chain(activities).collect()
}
