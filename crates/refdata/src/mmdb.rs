//! MMDB databases, expanded to ranges of addresses.
//!
//! **Invariant:** a database is verified before it is read, so that a broken or looping tree is
//! refused in time proportional to its size.
//! **Invariant:** networks that repeat the IPv4 tree at other IPv6 prefixes are passed over: they are special.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use maxminddb::{MaxMindDbError, Reader, WithinOptions};
use serde::Deserialize;
use teiten_model::interval::{DAY_US, Day};

use crate::error::{RefdataError, Result};
use crate::text::ROWS_MAX;

/// The marker before the metadata, which stands in the last [`METADATA_BYTES_MAX`] bytes.
const MARKER: &[u8] = b"\xab\xcd\xefMaxMind.com";
/// Largest metadata section by the format, in bytes.
const METADATA_BYTES_MAX: usize = 128 * 1024;

/// What a network's record may say, in the spellings of the common databases.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct Facts {
    country: Option<CountryField>,
    country_code: Option<String>,
    autonomous_system_number: Option<u32>,
    autonomous_system_organization: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
enum CountryField {
    Record { iso_code: Option<String> },
    Text(String),
}

impl Facts {
    /// The code of the country, as written.
    pub(crate) fn country(&self) -> Option<&str> {
        match &self.country {
            Some(CountryField::Record { iso_code: Some(code) }) => Some(code),
            Some(CountryField::Record { iso_code: None }) | None => self.country_code.as_deref(),
            Some(CountryField::Text(name)) => self.country_code.as_deref().or(Some(name)),
        }
    }

    /// The number of the AS.
    pub(crate) fn asn(&self) -> Option<u32> {
        self.autonomous_system_number
    }

    /// The name of the AS; empty when not said.
    pub(crate) fn organization(&self) -> &str {
        self.autonomous_system_organization.as_deref().unwrap_or("")
    }
}

/// Whether the bytes look like an MMDB database.
pub(crate) fn is_mmdb(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(METADATA_BYTES_MAX)..];
    tail.windows(MARKER.len()).any(|window| window == MARKER)
}

/// The day the database was built; `None` when it says nothing possible.
pub(crate) fn built_on(bytes: &[u8]) -> Option<Day> {
    let reader = Reader::from_source(bytes).ok()?;
    let secs = i64::try_from(reader.metadata().build_epoch).ok()?;
    let day = i32::try_from(secs / (DAY_US / 1_000_000)).ok()?;
    (1..=2_932_896).contains(&day).then_some(Day(day))
}

/// Calls `each` with the ends and the record of every network.
pub(crate) fn each_network<T>(
    bytes: &[u8],
    path: &Path,
    mut each: impl FnMut(IpAddr, IpAddr, &T) -> Result<()>,
) -> Result<()>
where
    T: for<'de> Deserialize<'de> + Default,
{
    let broken =
        |error: MaxMindDbError| RefdataError::Broken { path: path.into(), reason: error.to_string() };
    let reader = Reader::from_source(bytes).map_err(broken)?;
    reader.verify().map_err(broken)?;
    let mut known: HashMap<usize, T> = HashMap::new();
    for (count, found) in reader.networks(WithinOptions::default()).map_err(broken)?.enumerate() {
        if count >= ROWS_MAX {
            return Err(RefdataError::TooLarge {
                path: path.into(),
                limit: ROWS_MAX as u64,
                unit: "networks",
            });
        }
        let found = found.map_err(broken)?;
        let Some(offset) = found.offset() else { continue };
        let network = found.network().map_err(broken)?;
        let record = match known.entry(offset) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(found.decode::<T>().map_err(broken)?.unwrap_or_default())
            }
        };
        let (first, last) = (network.network(), network.broadcast());
        if holds_all_ipv4(first, last) {
            each(IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V4(Ipv4Addr::BROADCAST), record)?;
        }
        each(first, last, record)?;
    }
    Ok(())
}

/// Whether an IPv6 network holds the place of IPv4, `::/96`, wholly.
fn holds_all_ipv4(first: IpAddr, last: IpAddr) -> bool {
    match last {
        IpAddr::V4(_) => false,
        IpAddr::V6(last) => {
            first == IpAddr::V6(Ipv6Addr::UNSPECIFIED) && last.to_bits() >= u128::from(u32::MAX)
        }
    }
}
