//! The jump box: an address, a network, a port, an AS, a country, a tag, a finding, a vulnerability, whatever else
//! catalogues know by name, a period or a filter.

use askama::Template;
use teiten_ask::thing::{self, Thing};
use teiten_detect::tags::tags_of;
use teiten_model::address::Prefix;
use teiten_model::protocols;
use teiten_selection::period::Period;

use crate::desk::Desk;
use crate::fault::Fault;
use crate::links;
use crate::pages::{campaigns, drawn, known};
use crate::view::frame::Frame;

/// Longest text that is understood, in bytes.
const TEXT_BYTES_MAX: usize = 4_096;

/// Where a text leads.
pub(crate) enum Jump {
    /// To one place.
    To(String),
    /// To a choice of several.
    Page(String),
}

#[derive(Template)]
#[template(path = "choices.html")]
struct Page {
    frame: Frame,
    choices: Vec<(String, String)>,
}

/// Where the text leads.
pub(crate) fn jump(desk: &Desk) -> Result<Jump, Fault> {
    let text = desk.look.q.clone().unwrap_or_default();
    let text = text.trim();
    if text.is_empty() {
        return Ok(Jump::To("/".to_string()));
    }
    if text.len() > TEXT_BYTES_MAX {
        return Err(Fault::parameter("q", format!("a text to jump to may have {TEXT_BYTES_MAX} bytes")));
    }
    let choices = choices(desk, text)?;
    match choices.as_slice() {
        [] => {
            // What is nothing else may be a filter; if it is none either, its own fault says why.
            teiten_ask::doubt::read(text)?;
            Ok(Jump::To(links::with("/explore", &[("f", text.to_string())])))
        }
        [(_, href)] => Ok(Jump::To(href.clone())),
        _ => {
            let frame = Frame::new(desk, "", text.to_string())?;
            Ok(Jump::Page(drawn(&Page { frame, choices })?))
        }
    }
}

/// Everything that a text is the name of.
fn choices(desk: &Desk, text: &str) -> Result<Vec<(String, String)>, Fault> {
    let mut found: Vec<(String, String)> = Vec::new();
    if text.contains('/') && text.parse::<Prefix>().is_ok() {
        found.push((text.to_string(), format!("/net/{}", text.replace('/', "_"))));
        return Ok(found);
    }
    if let Some(id) = teiten_ask::known::number_of(text) {
        found.push((id.clone(), known::path(&id)));
        return Ok(found);
    }
    let signatures = teiten_detect::builtin::signatures().map_err(|error| Fault::internal(&error))?;
    if let Some(tag) = tags_of(&signatures).into_iter().find(|tag| tag.name == text) {
        found.push((tag.title, format!("/tag/{}", links::segment(&tag.name))));
    }
    // A year is also a port; both are offered.
    if Period::parse(text, &desk.reader.zone, desk.now).is_ok()
        && !text.bytes().all(|byte| byte.is_ascii_digit())
    {
        let href = links::with("/explore", &[("p", text.to_string())]);
        found.push((text.to_string(), href));
    }
    if text.contains(':') && text.parse::<std::net::IpAddr>().is_err() && !text.starts_with("1:") {
        let detector = text.split(':').next().unwrap_or_default();
        if teiten_detect::detector::find(detector).is_some() {
            let page = if detector == campaigns::DETECTOR { "campaign" } else { "finding" };
            found.push((text.to_string(), format!("/{page}/{}", links::segment(text))));
        }
    }
    if let Ok(things) = thing::read(&[text.to_string()], &desk.portal.services) {
        found.extend(things.into_iter().filter_map(|thing| place(desk, thing)));
    }
    if found.is_empty() && known::is_known(desk, text)? {
        found.push((text.to_string(), known::path(text)));
    }
    found.dedup();
    Ok(found)
}

/// The page about a thing; `None` for what has none.
fn place(desk: &Desk, thing: Thing) -> Option<(String, String)> {
    Some(match thing {
        Thing::Address(address) => (address.to_string(), format!("/ip/{address}")),
        Thing::Port(proto, port) => {
            let label = protocols::port_label(Some(i64::from(proto)), Some(i64::from(port)));
            let path = format!("/port/{}", label.to_ascii_lowercase().replace('/', "-"));
            (label, path)
        }
        Thing::Country(country) => (
            teiten_ask::labels::country(country.code(), desk.reader.lang()),
            format!("/country/{}", country.code()),
        ),
        Thing::As(number) => (format!("AS{number}"), format!("/as/{number}")),
        Thing::Protocol(number) => {
            let label = protocols::label(i64::from(number));
            (label, links::with("/explore", &[("f", format!("proto == {number}"))]))
        }
        Thing::Message(..) => return None,
    })
}
