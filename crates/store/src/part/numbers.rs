//! Values of a number column on their way into pages: as codes of a dictionary, plain, or as deltas.
//!
//! Values come as slices without absent ones. Small numbers (ports, lengths, flags) and addresses of one network find
//! their code in a table by themselves, without a hash.

use super::Form;
use super::page;
use crate::rollup::fold;

/// Most values of a dictionary: codes and one have 16 bits.
pub(super) const VALUES_MAX: usize = (1 << 16) - 1;

/// A dictionary of this many values must have been used twice as often, or it is given up.
const TRIED: usize = 4096;

/// Values below this have their code in a table.
const SMALL: usize = 1 << 16;

/// Values whose codes are looked up together.
const TOGETHER: usize = 64;

/// Stands for the code of a value that is yet to be looked up; codes are less.
const UNKNOWN: u16 = u16::MAX;
const _: () = assert!(VALUES_MAX <= UNKNOWN as usize);

/// A number of a column.
pub(super) trait Number: Copy + Ord + Into<i64> {
    /// As it stands in a page, by the width of the column.
    fn put(self, out: &mut [u8]);
}
impl Number for i16 {
    fn put(self, out: &mut [u8]) {
        i32::from(self).put(out);
    }
}
impl Number for i32 {
    fn put(self, out: &mut [u8]) {
        out.copy_from_slice(&self.to_le_bytes());
    }
}
impl Number for i64 {
    fn put(self, out: &mut [u8]) {
        out.copy_from_slice(&self.to_le_bytes());
    }
}

/// Values and their codes in the order in which they came.
#[derive(Default)]
struct Dictionary {
    values: Vec<i64>,
    /// What is taken from a value before it is small: the first value without its lowest 16 bits, so that addresses of
    /// one network are small numbers, too.
    base: i64,
    /// Code and one of small values; 0 is none. As long as the greatest value yet needs.
    small: Vec<u16>,
    /// Code and one of the others, by hash; 0 is free. Its length is a power of two.
    slots: Vec<u16>,
    n_slots_used: usize,
}

impl Dictionary {
    fn slot_of(&self, value: i64) -> usize {
        fold(value as u64 ^ 0x2d35_8dcc_aa6c_78a5, 0x8bb8_4b93_962e_acc9) as usize & (self.slots.len() - 1)
    }

    /// The place of a small value in the table; that of any other is beyond every table.
    fn place(&self, value: i64) -> usize {
        value.wrapping_sub(self.base) as usize
    }

    /// Adds the codes of values, [`UNKNOWN`] for those that are not small or not known; whether all are known.
    fn add_known<T: Number>(&self, values: &[T], codes: &mut Vec<u16>) -> bool {
        let mut is_known = true;
        codes.extend(values.iter().map(|value| {
            let code = self.small.get(self.place((*value).into())).copied().unwrap_or(0);
            is_known &= code != 0;
            code.wrapping_sub(1)
        }));
        is_known
    }

    /// The code of a value; `None` when there is no room for a new one.
    fn code(&mut self, value: i64) -> Option<u16> {
        if self.values.is_empty() {
            self.base = value & !(SMALL as i64 - 1);
        }
        match self.place(value) {
            place if place < SMALL => self.code_of_small(place, value),
            _ => self.code_by_hash(value),
        }
    }

    fn new_code(&mut self, value: i64) -> Option<u16> {
        if self.values.len() == VALUES_MAX {
            return None;
        }
        self.values.push(value);
        Some(self.values.len() as u16)
    }

    fn code_of_small(&mut self, place: usize, value: i64) -> Option<u16> {
        if place >= self.small.len() {
            self.small.resize((place + 1).next_power_of_two(), 0);
        }
        if self.small[place] == 0 {
            self.small[place] = self.new_code(value)?;
        }
        Some(self.small[place] - 1)
    }

    fn code_by_hash(&mut self, value: i64) -> Option<u16> {
        if self.n_slots_used * 2 >= self.slots.len() {
            self.grow();
        }
        let mut slot = self.slot_of(value);
        loop {
            match self.slots[slot] {
                0 => break,
                known if self.values[usize::from(known) - 1] == value => return Some(known - 1),
                _ => slot = (slot + 1) & (self.slots.len() - 1),
            }
        }
        let code = self.new_code(value)?;
        self.n_slots_used += 1;
        self.slots[slot] = code;
        Some(code - 1)
    }

    fn grow(&mut self) {
        let known: Vec<u16> = self.slots.iter().copied().filter(|known| *known != 0).collect();
        self.slots = vec![0; (self.slots.len() * 2).max(64)];
        for known in known {
            let mut slot = self.slot_of(self.values[usize::from(known) - 1]);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (self.slots.len() - 1);
            }
            self.slots[slot] = known;
        }
    }

    fn clear(&mut self) {
        for value in self.values.drain(..) {
            if let Some(code) = self.small.get_mut(value.wrapping_sub(self.base) as usize) {
                *code = 0;
            }
        }
        self.slots.fill(0);
        self.n_slots_used = 0;
    }
}

/// The values of one column chunk.
pub(super) struct Numbers {
    /// 4 or 8: what a value takes when plain.
    width: usize,
    form: Form,
    /// Whether values of this chunk still become codes.
    is_coding: bool,
    dictionary: Dictionary,
    codes: Vec<u16>,
    n_coded: usize,
    plain: Vec<u8>,
    deltas: Vec<i64>,
    has_bounds: bool,
    bounds: Option<(i64, i64)>,
}

impl Numbers {
    pub(super) fn new(width: usize, form: Form, has_bounds: bool) -> Numbers {
        Numbers {
            width,
            form,
            is_coding: form.is_dictionary(),
            dictionary: Dictionary::default(),
            codes: Vec::new(),
            n_coded: 0,
            plain: Vec::new(),
            deltas: Vec::new(),
            has_bounds,
            bounds: None,
        }
    }

    /// Adds values that are there.
    pub(super) fn add<T: Number>(&mut self, values: &[T]) {
        let n_coded = if self.is_coding { self.add_codes(values) } else { 0 };
        let values = &values[n_coded..];
        match self.form {
            Form::Deltas => self.deltas.extend(values.iter().map(|value| (*value).into())),
            _ if values.is_empty() => {}
            _ => self.add_plain(values),
        }
    }

    /// Adds values as codes; gives how many became codes before the dictionary was given up.
    fn add_codes<T: Number>(&mut self, values: &[T]) -> usize {
        let mut n = 0;
        // Most columns say the same in all rows of most blocks.
        if let Some(first) = values.first()
            && values.iter().all(|value| value == first)
            && let Some(code) = self.dictionary.code((*first).into())
        {
            self.codes.resize(self.codes.len() + values.len(), code);
            n = values.len();
        }
        for together in values[n..].chunks(TOGETHER) {
            let first = self.codes.len();
            if !self.dictionary.add_known(together, &mut self.codes) {
                for (place, value) in (first..).zip(together) {
                    if self.codes[place] != UNKNOWN {
                        continue;
                    }
                    match self.dictionary.code((*value).into()) {
                        Some(code) => self.codes[place] = code,
                        None => {
                            self.codes.truncate(place);
                            self.give_up();
                            return n + place - first;
                        }
                    }
                }
            }
            n += together.len();
        }
        let n_values = self.dictionary.values.len();
        let is_used = self.form == Form::Dictionary && n_values * 2 <= self.n_coded + self.codes.len();
        if n_values >= TRIED && !is_used {
            self.give_up();
        }
        n
    }

    fn add_plain<T: Number>(&mut self, values: &[T]) {
        if self.has_bounds
            && let (Some(low), Some(high)) = (values.iter().min(), values.iter().max())
        {
            let (low, high) = ((*low).into(), (*high).into());
            let (known_low, known_high) = self.bounds.unwrap_or((low, high));
            self.bounds = Some((known_low.min(low), known_high.max(high)));
        }
        let before = self.plain.len();
        self.plain.resize(before + values.len() * self.width, 0);
        let out = &mut self.plain[before..];
        // A width that is known here lets whole runs be written at once.
        match self.width {
            4 => out.chunks_exact_mut(4).zip(values).for_each(|(out, value)| value.put(out)),
            _ => out.chunks_exact_mut(8).zip(values).for_each(|(out, value)| value.put(out)),
        }
    }

    /// The codes of the page under way become plain values; pages before it keep theirs.
    fn give_up(&mut self) {
        self.is_coding = false;
        let codes = std::mem::take(&mut self.codes);
        let values = codes.iter().map(|code| self.dictionary.values[usize::from(*code)]);
        match self.width {
            4 => self.add_plain(&values.map(|value| value as i32).collect::<Vec<i32>>()),
            _ => self.add_plain(&values.collect::<Vec<i64>>()),
        }
        if self.n_coded == 0 {
            self.dictionary = Dictionary::default();
        }
    }

    /// Memory of the page under way and the dictionary, in bytes.
    pub(super) fn held_bytes(&self) -> usize {
        // What a page leaves is kept for the next one.
        2 * self.codes.capacity()
            + self.plain.capacity()
            + 8 * (self.deltas.capacity() + self.dictionary.values.capacity())
            + 2 * (self.dictionary.slots.capacity() + self.dictionary.small.capacity())
    }

    /// Bytes of the page under way.
    pub(super) fn page_bytes(&self) -> usize {
        2 * self.codes.len() + self.plain.len() + 8 * self.deltas.len()
    }

    /// Writes the values of the page under way, and gives their encoding.
    pub(super) fn write_page(&mut self, body: &mut Vec<u8>) -> i32 {
        if self.form == Form::Deltas {
            if self.has_bounds
                && let (Some(low), Some(high)) = (self.deltas.iter().min(), self.deltas.iter().max())
            {
                let (known_low, known_high) = self.bounds.unwrap_or((*low, *high));
                self.bounds = Some((known_low.min(*low), known_high.max(*high)));
            }
            page::deltas(body, &self.deltas);
            self.deltas.clear();
            return page::DELTA_BINARY_PACKED;
        }
        if self.codes.is_empty() {
            body.extend_from_slice(&self.plain);
            self.plain.clear();
            return page::PLAIN;
        }
        page::codes(body, &self.codes, self.dictionary.values.len());
        self.n_coded += self.codes.len();
        self.codes.clear();
        page::RLE_DICTIONARY
    }

    /// Least and greatest value of the chunk, where they are kept.
    pub(super) fn bounds(&self) -> Option<(i64, i64)> {
        let coded = self.dictionary.values.iter().min().zip(self.dictionary.values.iter().max());
        match (self.bounds, coded) {
            (Some((low, high)), Some((coded_low, coded_high))) => {
                Some((low.min(*coded_low), high.max(*coded_high)))
            }
            (None, Some((low, high))) => Some((*low, *high)),
            (bounds, None) => bounds,
        }
    }

    /// Writes the values of the dictionary, gives their number, and begins a new chunk.
    pub(super) fn write_dictionary(&mut self, body: &mut Vec<u8>) -> usize {
        let values = if self.n_coded > 0 { self.dictionary.values.len() } else { 0 };
        for value in &self.dictionary.values[..values] {
            body.extend_from_slice(&value.to_le_bytes()[..self.width]);
        }
        self.dictionary.clear();
        self.is_coding = self.form.is_dictionary();
        (self.n_coded, self.bounds) = (0, None);
        values
    }
}
