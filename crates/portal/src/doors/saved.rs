//! The forms by which selections are saved and deleted.

use teiten_ask::wanted;
use teiten_people::Role;

use crate::doors::{Done, Sent};
use crate::fault::Fault;
use crate::look::Look;
use crate::notes;

/// The pages whose selections are saved.
const PATHS: [&str; 2] = ["/explore", "/packets"];

pub(super) fn add(sent: &Sent) -> Result<Done, Fault> {
    let person = sent.person(Role::Member)?;
    let given = sent.text("address");
    let (path, query) = given.split_once('?').unwrap_or((given, ""));
    let path = PATHS.into_iter().find(|own| *own == path);
    let path =
        path.ok_or_else(|| Fault::parameter("address", "selections of /explore and /packets are saved"))?;
    let look = Look::read(query)?;
    let said: Vec<String> = look.pairs().into_iter().map(|(_, text)| text).collect();
    // Whose eyes the person sees with says which sensors they know; no other names can stand in what is shared.
    let (_, session) = sent.portal.session(&person.viewer())?;
    // Only what its page would show is saved: names that the store does not know would be told to everybody.
    wanted::check(&session, &look.wanted.selection(&sent.reader.zone, sent.now)?)?;
    let known = match notes::sensors(&sent.portal, &session) {
        Ok(known) => known,
        Err(_) if person.role < Role::Analyst => person.sensors.clone(),
        Err(fault) => return Err(fault),
    };
    let is_shared = !sent.text("shared").is_empty();
    let saved = (sent.text("name"), &*look.url(path), is_shared);
    let word = sent.people()?.save(person, saved, (&said.join(" "), &known), sent.origin(), sent.now)?;
    Ok(Done::Go(format!("/account#saved-{word}")))
}

pub(super) fn delete(sent: &Sent) -> Result<Done, Fault> {
    let person = sent.person(Role::Public)?;
    let id = sent.text("id").parse().map_err(|_| Fault::parameter("id", "a selection has a number"))?;
    sent.people()?.forget(person, id, sent.origin(), sent.now)?;
    Ok(Done::Go("/account#saved".to_string()))
}
