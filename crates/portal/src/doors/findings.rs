//! The form by which a finding is acknowledged, or that is taken back.

use std::sync::Arc;

use teiten_people::Role;

use crate::desk::Desk;
use crate::doors::{Done, Sent};
use crate::fault::Fault;
use crate::look::Look;
use crate::pages::findings;

pub(super) fn acknowledge(sent: &Sent) -> Result<Done, Fault> {
    let person = sent.person(Role::Analyst)?;
    let id = sent.text("id");
    // Only what detectors said can be acknowledged, so that the list does not grow by what anybody makes up.
    let desk = Desk::open(Arc::clone(&sent.portal), sent.reader.clone(), Look::default())?;
    if findings::find(&desk, id, Some(sent.text("p")))?.is_none() {
        return Err(Fault::missing(format!(
            "there is no finding `{id}` in that period: /findings lists those there are"
        )));
    }
    sent.people()?.acknowledge(person, (id, !sent.text("on").is_empty()), sent.origin(), sent.now)?;
    Ok(Done::Go(sent.back()))
}
