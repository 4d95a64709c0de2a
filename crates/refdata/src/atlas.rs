//! What is known of addresses on a day, from the editions in force on that day.
//!
//! Which these are says `in_force`. Scanner lists count side by side, each by its name.
//!
//! An atlas never changes: to take in new editions load another one, ask it [`Atlas::at`] for today
//! so that its structures are built, and put it in the place of the old.
//!
//! **Invariant:** the answer for an address and a day depends on the editions alone.
//! **Invariant:** at most [`VIEWS_MAX`] sets of editions are in memory.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use teiten_model::columns::PacketColumns;
use teiten_model::interval::{DAY_US, Day, Timestamp};

use crate::countries::{CODES, Country};
use crate::edition::{Edition, Kind};
use crate::error::Result;
use crate::flat::TOGETHER;
use crate::in_force::{self, InForce};
use crate::library::Library;
use crate::view::{Entry, View};

/// Most sets of editions kept in memory for look-ups; each takes about 25 MB with today's tables.
pub const VIEWS_MAX: usize = 4;

/// The word for rows that no edition has enriched.
pub const NO_DATA: &str = "none";

/// All editions of a library, ready to be asked.
#[derive(Debug)]
pub struct Atlas {
    library: Library,
    editions: Vec<Edition>,
    /// The views in memory by the places of their editions, the last asked at the end.
    views: Mutex<Vec<(Vec<usize>, Arc<View>)>>,
}

/// What is known on one day.
#[derive(Debug, Clone)]
pub struct AtlasDay {
    view: Arc<View>,
    day: Day,
    word: String,
}

impl Atlas {
    /// The atlas of the library in a folder; a folder without editions gives one that knows nothing.
    pub fn load(dir: &Path) -> Result<Atlas> {
        let library = Library::open(dir)?;
        let editions = library.editions()?;
        Ok(Atlas { library, editions, views: Mutex::new(Vec::new()) })
    }

    /// The editions, by kind, date and name.
    pub fn editions(&self) -> &[Edition] {
        &self.editions
    }

    /// What is known on a day; reads the editions in force unless they are in memory.
    pub fn at(&self, day: Day) -> Result<AtlasDay> {
        let in_force = self.in_force(day);
        let places: Vec<usize> = in_force.iter().map(|edition| edition.place).collect();
        let view = self.view(&places)?;
        Ok(AtlasDay { view, day, word: self.word(&in_force) })
    }

    /// The country of an address on a day.
    pub fn country_of(&self, address: IpAddr, day: Day) -> Result<Option<Country>> {
        Ok(self.at(day)?.country_of(address))
    }

    /// Every country that an address may have by any edition; databases know codes that our table of
    /// countries does not.
    pub fn countries(&self) -> Result<BTreeSet<Country>> {
        let mut countries = BTreeSet::new();
        for edition in self.editions.iter().filter(|edition| edition.kind == Kind::Country) {
            countries.extend(self.at(edition.date)?.view().countries());
        }
        Ok(countries)
    }

    /// Number and name of the AS that originates an address on a day; the name is empty when unknown.
    pub fn as_of(&self, address: IpAddr, day: Day) -> Result<Option<(u32, String)>> {
        Ok(self.at(day)?.as_of(address).map(|(asn, name)| (asn, name.to_string())))
    }

    /// The organisation that openly scanned from an address on a day.
    pub fn actor_of(&self, address: IpAddr, day: Day) -> Result<Option<String>> {
        Ok(self.at(day)?.actor_of(address).map(str::to_string))
    }

    /// The editions in force on a day, each with whether it is later than the day.
    pub fn editions_at(&self, day: Day) -> Vec<(&Edition, bool)> {
        self.in_force(day).into_iter().map(|edition| (&self.editions[edition.place], edition.later)).collect()
    }

    /// Fills country, AS, actor and the word for the editions in every row of a block.
    pub fn enrich(&self, columns: &mut PacketColumns) -> Result<()> {
        let mut row = 0;
        while row < columns.rows() {
            let day = Day::of(Timestamp(columns.ts[row]));
            let start = columns.ts[row].div_euclid(DAY_US).checked_mul(DAY_US);
            let until = match start.and_then(|start| Some(start..start.checked_add(DAY_US)?)) {
                Some(times) => row + columns.ts[row..].iter().take_while(|ts| times.contains(*ts)).count(),
                // A day that no number holds whole: its rows are looked up one by one.
                None => row + 1,
            };
            self.at(day)?.enrich_rows(columns, row..until);
            row = until;
        }
        Ok(())
    }

    fn in_force(&self, day: Day) -> Vec<InForce> {
        // Services are no facts of addresses; names are asked of `Names`, which not every question needs.
        in_force::in_force(&self.editions, day, |kind| !matches!(kind, Kind::Services | Kind::Names))
    }

    /// The word for rows enriched from these editions, such as `country=2026-06-25 as=2026-11-01(later)`.
    fn word(&self, in_force: &[InForce]) -> String {
        let editions = in_force.iter().map(|found| (&self.editions[found.place], found.later));
        let word = |kind| in_force::word(kind, editions.clone().filter(|(edition, _)| edition.kind == kind));
        let parts: Vec<String> = Kind::ALL.into_iter().filter_map(word).collect();
        if parts.is_empty() { NO_DATA.to_string() } else { parts.join(" ") }
    }

    fn view(&self, places: &[usize]) -> Result<Arc<View>> {
        // A poisoned lock leaves a list of whole views behind: each is put in by one push.
        let mut views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = views.iter().position(|(key, _)| key == places) {
            let entry = views.remove(found);
            let view = Arc::clone(&entry.1);
            views.push(entry);
            return Ok(view);
        }
        let tables = places
            .iter()
            .map(|place| self.library.table(&self.editions[*place]))
            .collect::<Result<Vec<_>>>()?;
        if views.len() >= VIEWS_MAX {
            views.remove(0);
        }
        let view = Arc::new(View::new(tables));
        views.push((places.to_vec(), Arc::clone(&view)));
        Ok(view)
    }
}

impl AtlasDay {
    /// The word for the editions in force.
    pub fn word(&self) -> &str {
        &self.word
    }

    /// The editions in force, merged.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The country of an address; `None` where it is unknown or the address special.
    pub fn country_of(&self, address: IpAddr) -> Option<Country> {
        Country::of_number(self.view.entry(address).country)
    }

    /// Number and name of the AS that originates an address; the name is empty when unknown.
    pub fn as_of(&self, address: IpAddr) -> Option<(u32, &str)> {
        match self.view.entry(address).asn {
            0 => None,
            asn => Some((asn, self.view.as_name(asn).unwrap_or(""))),
        }
    }

    /// The organisation that openly scans from an address.
    pub fn actor_of(&self, address: IpAddr) -> Option<&str> {
        let place = self.view.actor_of_chain(self.view.entry(address).chain, self.day)?;
        Some(&self.view.organisations()[place])
    }

    fn enrich_rows(&self, columns: &mut PacketColumns, rows: std::ops::Range<usize>) {
        let PacketColumns { src, src6, src_country, src_asn, actor, data, .. } = columns;
        let word = data.code(&self.word);
        data.codes[rows.clone()].fill(word);
        let mut country_codes = [0u16; CODES];
        let mut actor_codes: Vec<u16> = Vec::new();
        let mut entries = [Entry::default(); TOGETHER];
        for row in rows.clone() {
            let at = (row - rows.start) % TOGETHER;
            if at == 0 {
                let mut addresses = [0; TOGETHER];
                for (address, src) in addresses.iter_mut().zip(&src[row..rows.end]) {
                    *address = u32::try_from(*src).unwrap_or(0);
                }
                entries = self.view.entries_v4(&addresses);
            }
            let entry = match src[row] {
                0..=0xffff_ffff => entries[at],
                _ if row < src6.len() => match <[u8; 16]>::try_from(src6.get(row)) {
                    Ok(bytes) => self.view.entry_v6(u128::from_be_bytes(bytes)),
                    Err(_) => continue,
                },
                _ => continue,
            };
            if entry.asn != 0 {
                src_asn[row] = i64::from(entry.asn);
            }
            if entry.country != 0 {
                let known = &mut country_codes[usize::from(entry.country)];
                if *known == 0
                    && let Some(country) = Country::of_number(entry.country)
                {
                    *known = src_country.code(country.code());
                }
                src_country.codes[row] = *known;
            }
            if let Some(place) = self.view.actor_of_chain(entry.chain, self.day) {
                actor_codes.resize(self.view.organisations().len(), 0);
                if actor_codes[place] == 0 {
                    actor_codes[place] = actor.code(&self.view.organisations()[place]);
                }
                actor.codes[row] = actor_codes[place];
            }
        }
    }
}
