//! Values of a number column on their way into pages: as codes of a dictionary, plain, or as deltas.

use super::Form;
use super::page;
use crate::rollup::fold;

/// Most values of a dictionary: codes have 16 bits.
pub(super) const VALUES_MAX: usize = 1 << 16;

/// A dictionary of this many values must have been used twice as often, or it is given up.
const TRIED: usize = 4096;

/// Values and their codes in the order in which they came.
#[derive(Default)]
struct Dictionary {
    values: Vec<i64>,
    /// Code and one, by hash; 0 is free. Its length is a power of two.
    slots: Vec<u32>,
}

impl Dictionary {
    fn slot_of(&self, value: i64) -> usize {
        fold(value as u64 ^ 0x2d35_8dcc_aa6c_78a5, 0x8bb8_4b93_962e_acc9) as usize & (self.slots.len() - 1)
    }

    /// The code of a value; `None` when there is no room for a new one.
    fn code(&mut self, value: i64) -> Option<u16> {
        if self.values.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let mut slot = self.slot_of(value);
        loop {
            match self.slots[slot] {
                0 => break,
                known if self.values[known as usize - 1] == value => return Some((known - 1) as u16),
                _ => slot = (slot + 1) & (self.slots.len() - 1),
            }
        }
        if self.values.len() == VALUES_MAX {
            return None;
        }
        self.values.push(value);
        self.slots[slot] = self.values.len() as u32;
        Some((self.values.len() - 1) as u16)
    }

    fn grow(&mut self) {
        self.slots = vec![0; (self.slots.len() * 2).max(64)];
        for place in 0..self.values.len() {
            let mut slot = self.slot_of(self.values[place]);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (self.slots.len() - 1);
            }
            self.slots[slot] = place as u32 + 1;
        }
    }

    fn clear(&mut self) {
        self.values.clear();
        self.slots.fill(0);
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
            is_coding: form == Form::Dictionary,
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
    pub(super) fn add<T: Copy + Into<i64>>(&mut self, mut values: impl Iterator<Item = T>) {
        if self.is_coding {
            let mut last = None;
            for value in values.by_ref() {
                let value = value.into();
                let code = match last {
                    Some((known, code)) if known == value => Some(code),
                    _ => self.dictionary.code(value),
                };
                match code {
                    Some(code) => {
                        last = Some((value, code));
                        self.codes.push(code);
                    }
                    None => {
                        self.give_up();
                        self.add_plain(value);
                        break;
                    }
                }
            }
            let n_values = self.dictionary.values.len();
            if n_values >= TRIED && n_values * 2 > self.n_coded + self.codes.len() {
                self.give_up();
            }
        }
        match self.form {
            Form::Ascending => self.deltas.extend(values.map(Into::into)),
            _ => values.for_each(|value| self.add_plain(value.into())),
        }
    }

    fn add_plain(&mut self, value: i64) {
        if self.has_bounds {
            let (low, high) = self.bounds.unwrap_or((value, value));
            self.bounds = Some((low.min(value), high.max(value)));
        }
        match self.width {
            4 => self.plain.extend_from_slice(&(value as i32).to_le_bytes()),
            _ => self.plain.extend_from_slice(&value.to_le_bytes()),
        }
    }

    /// The codes of the page under way become plain values; pages before it keep theirs.
    fn give_up(&mut self) {
        self.is_coding = false;
        let codes = std::mem::take(&mut self.codes);
        for code in &codes {
            self.add_plain(self.dictionary.values[usize::from(*code)]);
        }
        if self.n_coded == 0 {
            self.dictionary = Dictionary::default();
        }
    }

    /// Memory of the page under way and the dictionary, in bytes.
    pub(super) fn held_bytes(&self) -> usize {
        2 * self.codes.len()
            + self.plain.len()
            + 8 * (self.deltas.len() + self.dictionary.values.len())
            + 4 * self.dictionary.slots.len()
    }

    /// Bytes of the page under way.
    pub(super) fn page_bytes(&self) -> usize {
        2 * self.codes.len() + self.plain.len() + 8 * self.deltas.len()
    }

    /// Writes the values of the page under way, and gives their encoding.
    pub(super) fn write_page(&mut self, body: &mut Vec<u8>) -> i32 {
        if self.form == Form::Ascending {
            if let (Some(low), Some(high)) = (self.deltas.iter().min(), self.deltas.iter().max()) {
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
        self.is_coding = self.form == Form::Dictionary;
        (self.n_coded, self.bounds) = (0, None);
        values
    }
}
