//! Editions that are in force together, merged so that one look-up answers country, AS and actor.
//!
//! **Invariant:** special-purpose addresses have the empty entry, whatever the editions say.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use teiten_model::interval::Day;

use crate::countries::{CODES, Country};
use crate::flat::{Flat4, Flat6, TOGETHER};
use crate::flatten::{Span, sweep};
use crate::scanners::{Actor, LAST_SEEN_DAYS_MAX};
use crate::special;
use crate::tables::Table;

/// Most lists that are asked, one after the other, when entries of an actor's range have expired.
const NESTED_MAX: usize = 8;

/// What is known of a stretch of addresses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Entry {
    /// Number of the AS; 0 for none.
    pub(crate) asn: u32,
    /// Actors that may be here; 0 for none.
    pub(crate) chain: u32,
    /// Number of the country; 0 for none.
    pub(crate) country: u16,
}

/// An organisation and the last day its entry counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Link {
    organisation: u32,
    until: i32,
}

/// Editions in force together.
#[derive(Debug, Default)]
pub struct View {
    v4: Flat4,
    v6: Flat6,
    entries: Vec<Entry>,
    /// Names of AS in one text: number, start and end, by number.
    names: Vec<(u32, u32, u32)>,
    name_text: String,
    /// Ends of the chains in `links`.
    chain_ends: Vec<u32>,
    links: Vec<Link>,
    organisations: Vec<String>,
}

/// Codes of entries; 0, that of the empty one, where there is none yet.
struct Known {
    /// Of entries that have a country alone, by its number: nearly all where no tables of AS are.
    of_countries: Vec<u32>,
    others: HashMap<Entry, u32>,
}

impl View {
    /// Merges tables; those of scanners may be several.
    pub(crate) fn new(tables: Vec<Table>) -> View {
        let mut view = View { entries: vec![Entry::default()], chain_ends: vec![0], ..View::default() };
        let mut actors = Actors::default();
        let (mut country, mut asn) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
        for table in tables {
            match table {
                Table::Country(spans) => {
                    let number =
                        |country: Option<Country>| country.map_or(0, |country| u32::from(country.number()));
                    country = [spans.v4, spans.v6].map(|list| mapped(list, number));
                }
                Table::As(table) => {
                    asn = [table.spans.v4, table.spans.v6];
                    view.keep_names(table.names.iter());
                }
                Table::Scanner(spans) => actors.add([spans.v4, spans.v6], &mut view.organisations),
                Table::Services(_) | Table::Names(_) => {}
            }
        }
        let mut known = Known { of_countries: vec![0; CODES], others: HashMap::new() };
        let mut chains = HashMap::new();
        let [actors_v4, actors_v6] =
            actors.spans.each_ref().map(|spans| view.chain_spans(spans, &mut chains));
        let mut flat = Flat4::default();
        let last = u128::from(u32::MAX);
        merge([&country[0], &asn[0], &actors_v4, &special::spans_v4()], last, |first, entry| {
            flat.push(first as u32, view.entry_code(entry, &mut known));
        });
        flat.finish();
        view.v4 = flat;
        let mut flat = Flat6::default();
        merge([&country[1], &asn[1], &actors_v6, &special::spans_v6()], u128::MAX, |first, entry| {
            flat.push(first, view.entry_code(entry, &mut known));
        });
        flat.finish();
        view.v6 = flat;
        view
    }

    fn keep_names<'a>(&mut self, names: impl Iterator<Item = (&'a u32, &'a String)>) {
        for (asn, name) in names {
            let start = self.name_text.len() as u32;
            self.name_text.push_str(name);
            self.names.push((*asn, start, self.name_text.len() as u32));
        }
    }

    fn entry_code(&mut self, entry: Entry, known: &mut Known) -> u32 {
        let code = match entry {
            Entry { asn: 0, chain: 0, country: 0 } => return 0,
            Entry { asn: 0, chain: 0, country } => &mut known.of_countries[usize::from(country)],
            entry => known.others.entry(entry).or_insert(0),
        };
        if *code == 0 {
            *code = self.entries.len() as u32;
            self.entries.push(entry);
        }
        *code
    }

    /// Every country that an address may have.
    pub(crate) fn countries(&self) -> BTreeSet<Country> {
        self.entries.iter().filter_map(|entry| Country::of_number(entry.country)).collect()
    }

    /// Stretches with the chain of actors that may be there, most specific first.
    fn chain_spans(&mut self, spans: &[Span<Link>], chains: &mut HashMap<Vec<Link>, u32>) -> Vec<Span<u32>> {
        let mut stretches = Vec::new();
        sweep(spans, |first, last, holders| {
            let mut chain: Vec<Link> = Vec::new();
            for (_, place) in holders.iter().take(NESTED_MAX) {
                let link = spans[*place].value;
                chain.push(link);
                if link.until == i32::MAX {
                    break;
                }
            }
            let value = *chains.entry(chain).or_insert_with_key(|chain| {
                self.links.extend_from_slice(chain);
                self.chain_ends.push(self.links.len() as u32);
                self.chain_ends.len() as u32 - 1
            });
            stretches.push(Span { first, last, value });
        });
        stretches
    }

    /// What is known of an IPv4 address.
    #[inline]
    pub(crate) fn entry_v4(&self, address: u32) -> Entry {
        self.entries[self.v4.code(address) as usize]
    }

    /// What is known of many IPv4 addresses.
    pub(crate) fn entries_v4(&self, addresses: &[u32; TOGETHER]) -> [Entry; TOGETHER] {
        let mut codes = [0; TOGETHER];
        self.v4.codes(addresses, &mut codes);
        codes.map(|code| self.entries[code as usize])
    }

    /// What is known of an IPv6 address.
    #[inline]
    pub(crate) fn entry_v6(&self, address: u128) -> Entry {
        self.entries[self.v6.code(address) as usize]
    }

    /// What is known of an address.
    pub(crate) fn entry(&self, address: IpAddr) -> Entry {
        match address {
            IpAddr::V4(v4) => self.entry_v4(v4.into()),
            IpAddr::V6(v6) => self.entry_v6(v6.into()),
        }
    }

    /// The place in [`View::organisations`] of the first actor of the chain whose entry counts that day.
    pub(crate) fn actor_of_chain(&self, chain: u32, day: Day) -> Option<usize> {
        let chain = chain as usize;
        let start = self.chain_ends[chain.checked_sub(1)?] as usize;
        let links = &self.links[start..self.chain_ends[chain] as usize];
        links.iter().find(|link| day.0 <= link.until).map(|link| link.organisation as usize)
    }

    /// The organisations of the lists.
    pub(crate) fn organisations(&self) -> &[String] {
        &self.organisations
    }

    /// The name of an AS; `None` when no edition in force has one.
    pub fn as_name(&self, asn: u32) -> Option<&str> {
        let place = self.names.binary_search_by_key(&asn, |(number, _, _)| *number).ok()?;
        let (_, start, end) = self.names[place];
        self.name_text.get(start as usize..end as usize)
    }

    /// IPv4 ranges of which something is known, in ascending order, neighbours joined.
    pub(crate) fn ranges_where(&self, is_wanted: impl Fn(Entry) -> bool) -> Vec<(u32, u32)> {
        let ranges =
            self.joined(is_wanted, self.v4.stretches().map(|(a, b, code)| (a.into(), b.into(), code)));
        ranges.into_iter().map(|(first, last)| (first as u32, last as u32)).collect()
    }

    /// IPv6 ranges of a country in ascending order, neighbours joined.
    pub(crate) fn ranges_v6_of(&self, country: Country) -> Vec<(u128, u128)> {
        let number = country.number();
        self.joined(|entry| entry.country == number, self.v6.stretches())
    }

    fn joined(
        &self,
        is_wanted: impl Fn(Entry) -> bool,
        stretches: impl Iterator<Item = (u128, u128, u32)>,
    ) -> Vec<(u128, u128)> {
        let mut ranges: Vec<(u128, u128)> = Vec::new();
        for (first, last, code) in stretches {
            if !is_wanted(self.entries[code as usize]) {
                continue;
            }
            match ranges.last_mut() {
                Some(before) if before.1.checked_add(1) == Some(first) => before.1 = last,
                _ => ranges.push((first, last)),
            }
        }
        ranges
    }

    /// The memory that the look-up structures take, in bytes.
    pub fn bytes(&self) -> usize {
        self.v4.bytes()
            + self.v6.bytes()
            + self.entries.len() * size_of::<Entry>()
            + self.name_text.len()
            + self.names.len() * size_of::<(u32, u32, u32)>()
            + self.links.len() * size_of::<Link>()
    }
}

fn mapped<V: Copy, W>(spans: Vec<Span<V>>, map: impl Fn(V) -> W) -> Vec<Span<W>> {
    spans
        .into_iter()
        .map(|span| Span { first: span.first, last: span.last, value: map(span.value) })
        .collect()
}

/// Ranges of actors, of all lists together.
#[derive(Default)]
struct Actors {
    spans: [Vec<Span<Link>>; 2],
    places: HashMap<String, u32>,
}

impl Actors {
    fn add(&mut self, lists: [Vec<Span<Actor>>; 2], organisations: &mut Vec<String>) {
        for (list, spans) in lists.into_iter().zip(&mut self.spans) {
            for span in list {
                let organisation = *self.places.entry(span.value.organisation).or_insert_with_key(|name| {
                    organisations.push(name.clone());
                    organisations.len() as u32 - 1
                });
                let until =
                    span.value.last_seen.map_or(i32::MAX, |day| day.0.saturating_add(LAST_SEEN_DAYS_MAX));
                spans.push(Span { first: span.first, last: span.last, value: Link { organisation, until } });
            }
        }
    }
}

/// Calls `begin` where what is known changes: country, AS, actors, special. Each list ascends without overlap.
fn merge(lists: [&[Span<u32>]; 4], end: u128, mut begin: impl FnMut(u128, Entry)) {
    let mut places = [0usize; 4];
    let mut first = 0u128;
    loop {
        let mut last = end;
        let mut values = [0u32; 4];
        for ((list, place), value) in lists.iter().zip(&mut places).zip(&mut values) {
            while list.get(*place).is_some_and(|span| span.last < first) {
                *place += 1;
            }
            match list.get(*place) {
                Some(span) if span.first <= first => {
                    *value = span.value;
                    last = last.min(span.last);
                }
                Some(span) => last = last.min(span.first - 1),
                None => {}
            }
        }
        let [country, asn, chain, special] = values;
        let known = Entry { asn, chain, country: country as u16 };
        begin(first, if special == 0 { known } else { Entry::default() });
        if last == end {
            return;
        }
        first = last + 1;
    }
}
