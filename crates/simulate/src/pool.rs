//! Who sends: pools of sources that grow, shrink and are replaced.
//!
//! A pool has slots per country; the address in a slot changes when the life of its holder ends. Nothing is
//! remembered: the holder of a slot on a day is computed from the actor, the slot and the day.
//!
//! **Invariant:** the country of a packet is drawn by the country mix alone, so that its shares hold
//! however few sources a country has.

use teiten_model::interval::{Day, Timestamp};

use crate::address::{Address, Family};
use crate::book::Book;
use crate::curve::Curve;
use crate::random::{Mix, Stream, key_of};

/// How the sources of an actor are made up.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    /// Country codes with weights.
    pub(crate) countries: Mix<String>,
    /// Number of sources at a time, all countries together.
    pub(crate) sources: Curve,
    /// How many days a source stays; `None`: for ever.
    pub(crate) life_days: Option<u32>,
    /// How unevenly the sources send: 1 for evenly, 2 and more for a few busy ones.
    pub(crate) skew: f64,
    /// Whether the sources of a country sit together in blocks of 16 addresses of a /24.
    pub(crate) together: bool,
}

/// One source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Source {
    /// Its address.
    pub(crate) address: Address,
    /// Its country, as a place in the book.
    pub(crate) country: u16,
    /// What everything constant about it is drawn from.
    pub(crate) key: u64,
}

impl Source {
    /// Hops between it and the sensors.
    pub(crate) fn hops(&self) -> u8 {
        8 + (self.key % 17) as u8
    }
}

/// A pool whose countries have been looked up.
#[derive(Debug, Clone)]
pub(crate) struct ReadyPool<'a> {
    pub(crate) pool: &'a Pool,
    /// Places in the book, in the order of the mix.
    pub(crate) countries: Vec<u16>,
    pub(crate) family: Family,
    pub(crate) key: u64,
}

impl ReadyPool<'_> {
    /// A source that sends at this time.
    pub(crate) fn draw(&self, book: &Book, at: Timestamp, stream: &mut Stream) -> Source {
        let place = self.pool.countries.draw_place(stream);
        let size = (self.pool.sources.at(at) * self.pool.countries.share(place)).max(1.0);
        let slot = size * stream.unit().powf(self.pool.skew);
        self.holder(book, place, slot as u64, Day::of(at))
    }

    /// The source in a slot of a country on a day.
    pub(crate) fn holder(&self, book: &Book, place: usize, slot: u64, day: Day) -> Source {
        let country = self.countries[place];
        let seat = key_of(&[self.key, place as u64, slot]);
        let turn = match self.pool.life_days {
            Some(life) => (i64::from(day.0) + (seat % u64::from(life)) as i64).div_euclid(i64::from(life)),
            None => 0,
        };
        let key = key_of(&[seat, turn as u64]);
        let address = if self.pool.together {
            let block_key = key_of(&[self.key, place as u64, slot / 16, 1 << 40]);
            let block = book.address_in(country, self.family, block_key);
            block.with_last((block.low() & 0xf0) as u8 | (slot % 16) as u8)
        } else {
            book.address_in(country, self.family, key)
        };
        Source { address, country, key }
    }
}
