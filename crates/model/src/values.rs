//! The three shapes a column can have in memory, each a reused buffer.
//!
//! Numbers are plain vectors in which [`ABSENT`] means "not there": no header field is negative.
//! Byte strings lie end to end in one buffer; an empty one means "not there". Words (few different
//! values, such as a sensor or a class) are small codes into a list that outlives the block.
//!
//! **Invariant:** after [`BytesColumn::finish`] a byte column has exactly as many ends as the block has rows.

use std::collections::HashMap;

/// The number that stands for "this packet has no such field".
pub const ABSENT: i64 = -1;

/// Byte strings of varying length, one a row, in one buffer.
#[derive(Debug, Default, Clone)]
pub struct BytesColumn {
    data: Vec<u8>,
    ends: Vec<u32>,
}

impl BytesColumn {
    /// Forgets the rows and keeps the buffers.
    pub fn clear(&mut self) {
        self.data.clear();
        self.ends.clear();
    }

    /// Makes room for that many rows more, and their bytes.
    pub fn reserve(&mut self, rows: usize, bytes: usize) {
        self.ends.reserve(rows);
        self.data.reserve(bytes);
    }

    /// Sets the value of a row; rows are set in ascending order, a skipped row is empty.
    ///
    /// # Panics
    /// When `row` has already been set or passed over.
    pub fn set(&mut self, row: usize, value: &[u8]) {
        assert!(self.ends.len() <= row, "rows of a byte column are set in order");
        self.ends.resize(row, self.data.len() as u32);
        self.data.extend_from_slice(value);
        self.ends.push(self.data.len() as u32);
    }

    /// Adds a row.
    pub fn push(&mut self, value: &[u8]) {
        self.set(self.len(), value);
    }

    /// Makes the column exactly `rows` long; rows that were not set are empty.
    pub fn finish(&mut self, rows: usize) {
        assert!(self.ends.len() <= rows, "a byte column cannot have more rows than its block");
        self.ends.resize(rows, self.data.len() as u32);
    }

    /// The value of a row; empty when the packet has none.
    pub fn get(&self, row: usize) -> &[u8] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] as usize };
        &self.data[start..self.ends[row] as usize]
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All values end to end, and the end of each.
    pub fn raw(&self) -> (&[u8], &[u32]) {
        (&self.data, &self.ends)
    }
}

/// One word a row, of a list of few: sensors, countries, classes, tag lists.
#[derive(Debug, Clone)]
pub struct WordColumn {
    /// Code of each row; 0 means "not there".
    pub codes: Vec<u16>,
    words: Vec<String>,
    index: HashMap<String, u16>,
}

impl Default for WordColumn {
    fn default() -> Self {
        WordColumn { codes: Vec::new(), words: vec![String::new()], index: HashMap::new() }
    }
}

impl WordColumn {
    /// The code of a word, which stays the same as long as the column lives.
    ///
    /// When 65,535 words are known, further ones share the code of the word `(other)`.
    pub fn code(&mut self, word: &str) -> u16 {
        if word.is_empty() {
            return 0;
        }
        if let Some(code) = self.index.get(word) {
            return *code;
        }
        let word = if self.words.len() >= usize::from(u16::MAX) { "(other)" } else { word };
        if let Some(code) = self.index.get(word) {
            return *code;
        }
        let code = self.words.len() as u16;
        self.words.push(word.to_string());
        self.index.insert(word.to_string(), code);
        code
    }

    /// The word of a row, or `None` where there is none.
    pub fn get(&self, row: usize) -> Option<&str> {
        match self.codes[row] {
            0 => None,
            code => Some(&self.words[usize::from(code)]),
        }
    }

    /// All words known so far; the word of code `n` is at `n`, and the first is empty.
    pub fn words(&self) -> &[String] {
        &self.words
    }
}

/// A column of a block, by its shape.
#[derive(Debug, Clone, Copy)]
pub enum Values<'a> {
    /// 16-bit numbers.
    Int16(&'a [i16]),
    /// 32-bit numbers.
    Int32(&'a [i32]),
    /// 64-bit numbers; times are microseconds since 1970-01-01T00:00Z.
    Int64(&'a [i64]),
    /// Byte strings and texts.
    Bytes(&'a BytesColumn),
    /// Words.
    Words(&'a WordColumn),
}

impl Values<'_> {
    /// The number of rows.
    pub fn rows(&self) -> usize {
        match self {
            Values::Int16(values) => values.len(),
            Values::Int32(values) => values.len(),
            Values::Int64(values) => values.len(),
            Values::Bytes(values) => values.len(),
            Values::Words(words) => words.codes.len(),
        }
    }
}

/// A column of a block that can be filled, by its shape.
#[derive(Debug)]
pub enum ValuesMut<'a> {
    /// 16-bit numbers.
    Int16(&'a mut [i16]),
    /// 32-bit numbers.
    Int32(&'a mut [i32]),
    /// 64-bit numbers and times.
    Int64(&'a mut [i64]),
    /// Byte strings and texts.
    Bytes(&'a mut BytesColumn),
    /// Words.
    Words(&'a mut WordColumn),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipped_rows_of_a_byte_column_are_empty() {
        let mut column = BytesColumn::default();
        column.set(1, b"ab");
        column.set(3, b"c");
        column.finish(5);
        let rows: Vec<&[u8]> = (0..5).map(|row| column.get(row)).collect();
        assert_eq!(rows, [b"".as_slice(), b"ab", b"", b"c", b""]);
    }

    #[test]
    fn a_word_keeps_its_code() {
        let mut column = WordColumn::default();
        let code = column.code("scan-syn");
        assert_eq!(column.code("udp-response"), code + 1);
        assert_eq!(column.code("scan-syn"), code);
        assert_eq!(column.code(""), 0);
    }
}
