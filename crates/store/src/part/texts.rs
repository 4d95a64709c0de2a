//! Values of a column of words, texts or bytes on their way into pages: as codes or plain.

use std::collections::HashMap;

use super::Form;
use super::numbers::VALUES_MAX;
use super::page;

/// A dictionary of this many values must have been used twice as often, or it is given up.
const TRIED: usize = 1024;

/// Most bytes of a dictionary.
const DICTIONARY_BYTES_MAX: usize = 1 << 20;

/// Longest value that may stand as a bound, in bytes.
const BOUND_BYTES_MAX: usize = 64;

/// The values of one column chunk.
pub(super) struct Texts {
    form: Form,
    is_coding: bool,
    codes_of: HashMap<Vec<u8>, u16>,
    /// The dictionary's values as they stand in its page.
    dictionary: Vec<u8>,
    codes: Vec<u16>,
    n_coded: usize,
    plain: Vec<u8>,
    /// Bounds of all values; `Some(None)` when a value is too long to stand as one.
    bounds: Option<Option<(Vec<u8>, Vec<u8>)>>,
    /// Beginnings of the bounds: a value that begins between them moves neither.
    within: (u64, u64),
}

/// Beginnings between which there is none.
const NOTHING: (u64, u64) = (u64::MAX, 0);

/// The first eight bytes as a number: whose is less is less itself.
fn beginning(value: &[u8]) -> u64 {
    match value.first_chunk::<8>() {
        Some(first) => u64::from_be_bytes(*first),
        None => {
            let number = value.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
            number.unbounded_shl(64 - 8 * value.len() as u32)
        }
    }
}

fn put(out: &mut Vec<u8>, value: &[u8]) {
    out.extend_from_slice(&(value.len() as u32).to_le_bytes());
    out.extend_from_slice(value);
}

impl Texts {
    pub(super) fn new(form: Form) -> Texts {
        Texts {
            form,
            is_coding: form.is_dictionary(),
            codes_of: HashMap::new(),
            dictionary: Vec::new(),
            codes: Vec::new(),
            n_coded: 0,
            plain: Vec::new(),
            bounds: None,
            within: NOTHING,
        }
    }

    /// Adds words by their codes in `words`; a code's word is looked up once.
    pub(super) fn add_words<'a>(&mut self, keys: &[u16], word: impl Fn(u16) -> &'a [u8]) {
        if let [first, rest @ ..] = keys
            && rest.iter().all(|key| key == first)
        {
            match self.add(word(*first)) {
                Some(code) => self.codes.resize(self.codes.len() + rest.len(), code),
                None => {
                    for key in rest {
                        self.add(word(*key));
                    }
                }
            }
            return;
        }
        let mut known: Vec<Option<u16>> = Vec::new();
        let mut last = None;
        for key in keys.iter().copied() {
            if let Some((known, code)) = last
                && known == key
                && self.is_coding
            {
                self.codes.push(code);
                continue;
            }
            if known.len() <= usize::from(key) {
                known.resize(usize::from(key) + 1, None);
            }
            let code = match known[usize::from(key)] {
                Some(code) if self.is_coding => code,
                _ => match self.add(word(key)) {
                    Some(code) => {
                        known[usize::from(key)] = Some(code);
                        last = Some((key, code));
                        continue;
                    }
                    None => continue,
                },
            };
            last = Some((key, code));
            self.codes.push(code);
        }
    }

    /// Adds a value; gives its code where it has one.
    pub(super) fn add(&mut self, value: &[u8]) -> Option<u16> {
        if !self.is_coding {
            self.bound(value);
            put(&mut self.plain, value);
            return None;
        }
        if let Some(code) = self.codes_of.get(value) {
            self.codes.push(*code);
            return Some(*code);
        }
        let n_values = self.codes_of.len();
        if n_values == VALUES_MAX
            || self.dictionary.len() + value.len() > DICTIONARY_BYTES_MAX
            || (n_values >= TRIED && n_values * 2 > self.n_coded + self.codes.len())
        {
            self.give_up();
            return self.add(value);
        }
        self.bound(value);
        let code = n_values as u16;
        self.codes_of.insert(value.to_vec(), code);
        put(&mut self.dictionary, value);
        self.codes.push(code);
        Some(code)
    }

    fn bound(&mut self, value: &[u8]) {
        let begin = beginning(value);
        if self.within.0 < begin && begin < self.within.1 && value.len() <= BOUND_BYTES_MAX {
            return;
        }
        match &mut self.bounds {
            Some(None) => {}
            bounds if value.len() > BOUND_BYTES_MAX => *bounds = Some(None),
            None => self.bounds = Some(Some((value.to_vec(), value.to_vec()))),
            Some(Some((low, _))) if value < low.as_slice() => *low = value.to_vec(),
            Some(Some((_, high))) if value > high.as_slice() => *high = value.to_vec(),
            Some(Some(_)) => {}
        }
        self.within = match &self.bounds {
            Some(Some((low, high))) => (beginning(low), beginning(high)),
            _ => NOTHING,
        };
    }

    fn give_up(&mut self) {
        self.is_coding = false;
        let mut starts = Vec::with_capacity(self.codes_of.len());
        let mut at = 0;
        while let Some(length) = self.dictionary.get(at..at + 4) {
            let length = u32::from_le_bytes(length.try_into().expect("four bytes were taken")) as usize;
            starts.push(at..at + 4 + length);
            at += 4 + length;
        }
        for code in std::mem::take(&mut self.codes) {
            self.plain.extend_from_slice(&self.dictionary[starts[usize::from(code)].clone()]);
        }
        self.codes_of = HashMap::new();
        if self.n_coded == 0 {
            self.dictionary.clear();
        }
    }

    /// Memory of the page under way and the dictionary, in bytes.
    pub(super) fn held_bytes(&self) -> usize {
        // What a page leaves is kept for the next one; words stand in the dictionary and beside their codes.
        let page = 2 * self.codes.capacity() + self.plain.capacity();
        page + self.dictionary.capacity() + 2 * self.dictionary.len() + 64 * self.codes_of.len()
    }

    /// Bytes of the page under way.
    pub(super) fn page_bytes(&self) -> usize {
        2 * self.codes.len() + self.plain.len()
    }

    /// Writes the values of the page under way, and gives their encoding.
    pub(super) fn write_page(&mut self, body: &mut Vec<u8>) -> i32 {
        if self.codes.is_empty() {
            body.extend_from_slice(&self.plain);
            self.plain.clear();
            return page::PLAIN;
        }
        page::codes(body, &self.codes, self.codes_of.len());
        self.n_coded += self.codes.len();
        self.codes.clear();
        page::RLE_DICTIONARY
    }

    /// Least and greatest value of the chunk, where they are kept.
    pub(super) fn take_bounds(&mut self) -> Option<(Vec<u8>, Vec<u8>)> {
        self.within = NOTHING;
        self.bounds.take().flatten()
    }

    /// Writes the values of the dictionary, gives their number, and begins a new chunk.
    pub(super) fn write_dictionary(&mut self, body: &mut Vec<u8>) -> usize {
        let mut values = 0;
        if self.n_coded > 0 {
            body.extend_from_slice(&self.dictionary);
            let mut at = 0;
            while let Some(length) = self.dictionary.get(at..at + 4) {
                at += 4 + u32::from_le_bytes(length.try_into().expect("four bytes were taken")) as usize;
                values += 1;
            }
        }
        self.codes_of.clear();
        self.dictionary.clear();
        self.is_coding = self.form.is_dictionary();
        self.n_coded = 0;
        values
    }
}
