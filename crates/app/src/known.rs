//! What is known of those whom findings and facts are about: the kind of a victim, the reverse name of an address.
//!
//! Both are looked up when they are shown, not when a day was counted: the table of kinds can be edited at any time.
//!
//! **Invariant:** programs read the word of a kind, people its name; a victim without an entry is of no known kind.

use std::net::IpAddr;

use anyhow::Result;
use teiten_ask::output::Lang;
use teiten_model::day::address;
use teiten_model::finding::FindingRow;
use teiten_model::interval::{Day, Timestamp};
use teiten_model::table::{Table, TableColumn, Value};
use teiten_refdata::atlas::Atlas;
use teiten_refdata::names::Names;
use teiten_refdata::victims::{Found, VictimKinds};

use crate::judge::names;
use crate::toml_text;
use crate::world::World;

/// The column of kinds.
const KIND: &str = "victim_kind";
/// The column of reverse names.
const NAME: &str = "reverse_name";
/// What programs read where no entry tells the kind.
const UNKNOWN: &str = "unknown";

/// What a kind is, and what it is not; for explanations.
pub(crate) const KINDS_EXPLAINED: &str = "\
The kind of a victim is told by a table of domains, AS and networks, ours with the operator's file (`victims` in the
configuration) over it. It says what a name or a network is registered for, not what the attack was aimed at. A
victim without an entry is of no known kind, which says nothing about it. Attacks whose forged sources are not spread
over our addresses, and victims that do not answer, are not seen at all.";

/// Detectors that find victims.
const ZONES: &str = "dns-aftermath";
const ADDRESSES: &str = "rsdos";

/// Whether the findings of a detector are about victims.
pub(crate) fn is_of_victims(detector: &str) -> bool {
    matches!(detector, ZONES | ADDRESSES)
}

/// The table of kinds that holds: ours, with the operator's over it.
pub(crate) fn kinds(world: &World) -> Result<VictimKinds> {
    Ok(match &world.config.victims {
        None => VictimKinds::own()?,
        Some(path) => VictimKinds::with(&toml_text::load(path)?, &path.display().to_string())?,
    })
}

/// Tells kinds of victims.
pub(crate) struct Victims {
    kinds: VictimKinds,
    atlas: Atlas,
}

impl Victims {
    /// With the table and the editions that hold.
    pub(crate) fn load(world: &World) -> Result<Victims> {
        Ok(Victims { kinds: kinds(world)?, atlas: Atlas::load(&world.data_folder())? })
    }

    /// The kind of an address that was attacked at a moment; its AS is looked up where it is not known.
    pub(crate) fn of_address(
        &self,
        address: IpAddr,
        asn: Option<u32>,
        at: Timestamp,
    ) -> Result<Option<Found<'_>>> {
        let asn = match asn {
            Some(asn) => Some(asn),
            None => self.atlas.at(Day::of(at))?.as_of(address).map(|(asn, _)| asn),
        };
        Ok(self.kinds.of_address(address, asn))
    }

    /// The kind of a zone.
    pub(crate) fn of_zone(&self, zone: &str) -> Option<Found<'_>> {
        self.kinds.of_zone(zone)
    }

    /// Whom a finding is about as a victim: `None` where it is about none, and inside where nothing is known.
    pub(crate) fn of_finding(&self, row: &FindingRow) -> Result<Option<Option<Found<'_>>>> {
        Ok(match row.detector.as_str() {
            ZONES => Some(self.of_zone(&row.subject)),
            ADDRESSES => match address(row.src, &row.src6) {
                Some(victim) => Some(self.of_address(victim, None, Timestamp(row.first))?),
                None => None,
            },
            _ => None,
        })
    }
}

/// A kind as it is shown.
pub(crate) fn said(world: &World, found: Option<Found<'_>>) -> Value {
    Value::Text(match (found, world.is_for_people(), world.lang()) {
        (Some(found), false, _) => found.kind.id.clone(),
        (Some(found), true, Lang::Ja) => found.kind.ja.clone(),
        (Some(found), true, Lang::En) => found.kind.en.clone(),
        (None, false, _) => UNKNOWN.to_string(),
        (None, true, Lang::Ja) => "不明".to_string(),
        (None, true, Lang::En) => "not known".to_string(),
    })
}

/// Adds the kinds of victims to a table of sources, at its end.
pub(crate) fn add_kinds(world: &World, table: &mut Table) -> Result<()> {
    let Some(source) = table.place("source") else { return Ok(()) };
    let (asn, last) = (table.place("asn"), table.place("last"));
    let victims = Victims::load(world)?;
    table.columns.push(TableColumn { name: KIND.to_string(), unit: String::new() });
    for row in &mut table.rows {
        let number = asn.and_then(|place| if let Value::Int(asn) = row[place] { Some(asn) } else { None });
        let at = last.and_then(|place| if let Value::Time(at) = row[place] { Some(at) } else { None });
        let at = Timestamp(at.unwrap_or_else(|| world.now().0));
        let kind = match row[source] {
            Value::Address(victim) => {
                let asn = number.and_then(|asn| u32::try_from(asn).ok());
                said(world, victims.of_address(victim, asn, at)?)
            }
            _ => Value::Null,
        };
        row.push(kind);
    }
    Ok(())
}

/// Adds the reverse names of a table's sources, at its end; people are not shown the column when it is empty.
pub(crate) fn add_names(world: &World, table: &mut Table, day: Day) -> Result<()> {
    let Some(source) = table.place("source") else { return Ok(()) };
    let names = names::on(world, day)?;
    table.columns.push(TableColumn { name: NAME.to_string(), unit: String::new() });
    for row in &mut table.rows {
        let name = match row[source] {
            Value::Address(source) => names.of(source),
            _ => None,
        };
        let name = name.map_or(Value::Null, |name| Value::Text(name.to_string()));
        row.push(name);
    }
    if world.is_for_people() {
        table.leave_out_empty(&[NAME]);
    }
    Ok(())
}

/// The addresses that a finding names, with their reverse names where these are known.
pub(crate) fn names_of(world: &World, row: &FindingRow) -> Result<Vec<(IpAddr, String)>> {
    let own = address(row.src, &row.src6);
    // The filter of sources that only their names tell lists them.
    let listed = row.filter.split(" || ").filter_map(|part| part.split_once("src == ")?.1.parse().ok());
    let addresses: Vec<IpAddr> = own.into_iter().chain(listed).collect();
    if addresses.is_empty() {
        return Ok(Vec::new());
    }
    let names = names::on(world, Day::of(Timestamp(row.last - 1)))?;
    let known = |address: IpAddr| Some((address, names.of(address)?.to_string()));
    Ok(addresses.into_iter().filter_map(known).collect())
}

/// The address and its reverse name in the identifier of a finding, `rsdos:192.0.2.1-tcp:2014-04-01`.
pub(crate) fn name_in_id(world: &World, id: &str) -> Result<Option<(IpAddr, String, Option<String>)>> {
    let Some((_, rest)) = id.split_once(':') else { return Ok(None) };
    let Some((subject, day)) = rest.rsplit_once(':') else { return Ok(None) };
    let subject = subject.rsplit_once('-').map_or(subject, |(address, _)| address);
    let (Ok(address), Some(day)) = (subject.parse::<IpAddr>(), teiten_refdata::edition::parse_day(day))
    else {
        return Ok(None);
    };
    let names: Names = names::on(world, day)?;
    Ok(names.of(address).map(|name| (address, name.to_string(), names.word())))
}
