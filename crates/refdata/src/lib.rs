//! What we know of the Internet, with dates: country and AS of an address, organisations that scan openly,
//! names and uses of ports, names of countries.
//!
//! Databases of other people are imported into a [`library::Library`] as dated editions; an
//! [`atlas::Atlas`] answers from the editions that were in force on a packet's day.
//!
//! **Invariant:** an imported edition is never changed; an answer depends on the address, the day
//! and the editions alone.
//! **Invariant:** a special-purpose address has neither country, AS nor actor.

pub mod actors;
pub mod asn;
pub mod atlas;
pub mod countries;
pub mod country;
pub mod edition;
pub mod error;
mod flat;
mod flatten;
pub mod iana;
mod in_force;
pub mod library;
mod mmdb;
pub mod names;
pub mod ranges;
pub mod scanners;
pub mod services;
mod sniff;
mod special;
mod tables;
pub mod text;
pub mod victims;
pub mod view;
