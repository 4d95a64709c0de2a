//! The pages: each a function from a request at the store to a whole page.

pub(crate) mod api;
pub(crate) mod campaigns;
pub(crate) mod data;
pub(crate) mod doctor;
pub(crate) mod draft_section;
pub(crate) mod drafts;
pub(crate) mod entity;
pub(crate) mod explore;
pub(crate) mod fault;
pub(crate) mod findings;
pub(crate) mod jump;
pub(crate) mod known;
pub(crate) mod packets;
pub(crate) mod payloads;
pub(crate) mod people;
pub(crate) mod reports;
pub(crate) mod sensors;
pub(crate) mod situation;
pub(crate) mod sql;
pub(crate) mod theme;

use askama::Template;

use crate::fault::Fault;

/// A template as text.
pub(crate) fn drawn(template: &impl Template) -> Result<String, Fault> {
    template.render().map_err(|error| Fault::internal(&error))
}
