//! Words of a block as our numbers.
//!
//! A block codes its words by itself, and the next block codes them otherwise. Each word of a block is looked up
//! once; after that its code leads to our number.
//!
//! **Invariant:** a translation serves one block.

use teiten_model::values::WordColumn;

/// A code that has not been met in the block.
const NOT_YET: u32 = u32::MAX;

/// The numbers of the words of one column.
#[derive(Debug)]
pub(super) struct Translation<'b> {
    column: &'b WordColumn,
    numbers: Vec<u32>,
}

impl<'b> Translation<'b> {
    /// Of this column.
    pub(super) fn new(column: &'b WordColumn) -> Translation<'b> {
        Translation { column, numbers: vec![NOT_YET; column.words().len()] }
    }

    /// The number of the word in a row; `number` gives that of a word which is met for the first time.
    pub(super) fn of(&mut self, row: usize, number: impl FnOnce(&str) -> u32) -> u32 {
        let code = usize::from(self.column.codes[row]);
        if self.numbers[code] == NOT_YET {
            self.numbers[code] = number(&self.column.words()[code]);
        }
        self.numbers[code]
    }
}
