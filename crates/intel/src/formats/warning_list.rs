//! Warning lists of MISP that are not lists of scanners: one record an entry.
//!
//! Lists of type `cidr` name addresses; those of other types name hosts and texts, which are kept as names only.
//!
//! **Invariant:** an entry of a list of addresses that is no address is passed over by name.

use teiten_model::address::Prefix;

use super::{Loaded, Taken};
use crate::json::{self, Torn};
use crate::record::{Kind, Record};
use crate::source::Source;

pub(super) fn read(bytes: &[u8]) -> Result<Loaded, Torn> {
    let mut loaded = Loaded::of(Source::Lists);
    let name = json::text_member(bytes, "name").unwrap_or_default().to_string();
    let kind = json::text_member(bytes, "type").unwrap_or_default();
    loaded.name = Some(super::slug(&name));
    let list = json::member(bytes, "list")?.unwrap_or_default();
    for (place, part) in json::elements(list)?.into_iter().enumerate() {
        let read = serde_json::from_slice::<String>(part).map_err(|error| error.to_string());
        let read = read.and_then(|text| match kind {
            "cidr" => text
                .trim()
                .parse::<Prefix>()
                .map(|prefix| prefix.to_string())
                .map_err(|_| format!("`{text}` is no address or prefix")),
            _ => Ok(text.to_lowercase()),
        });
        let read = read
            .map(|id| Taken::Record(Box::new(Record { title: name.clone(), ..Record::of(Kind::Entry, id) })));
        loaded.take(place, part, "", read);
    }
    Ok(loaded)
}
