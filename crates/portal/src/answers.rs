//! Answers that were given, kept for who asks the same again.
//!
//! **Invariant:** what is kept is bounded in answers, in rows of one and in bytes of all: what was asked last stays.

use std::collections::HashMap;
use std::sync::Arc;

use teiten_model::table::{Table, Value};

/// Answers that are kept.
const ANSWERS_MAX: usize = 1_000;
/// Rows of an answer that is kept.
const ROWS_MAX: usize = 10_000;
/// Bytes of an answer that is kept.
const ANSWER_BYTES_MAX: usize = 8 << 20;
/// Bytes of all that are kept.
const BYTES_MAX: usize = 128 << 20;

/// The answers.
#[derive(Default)]
pub(crate) struct Answers {
    known: HashMap<String, Known>,
    asked: u64,
    bytes: usize,
}

struct Known {
    table: Arc<Table>,
    bytes: usize,
    last: u64,
}

impl Answers {
    /// The answer to a question that was asked before.
    pub(crate) fn get(&mut self, question: &str) -> Option<Arc<Table>> {
        self.asked += 1;
        let known = self.known.get_mut(question)?;
        known.last = self.asked;
        Some(Arc::clone(&known.table))
    }

    /// Keeps an answer; those that were asked longest ago make room. One that is too large is not kept.
    pub(crate) fn keep(&mut self, question: String, table: &Arc<Table>) {
        let bytes = question.len() + bytes_of(table);
        if table.rows.len() > ROWS_MAX || bytes > ANSWER_BYTES_MAX {
            return;
        }
        self.forget(&question);
        while self.known.len() >= ANSWERS_MAX || self.bytes + bytes > BYTES_MAX {
            let Some(oldest) = self.known.iter().min_by_key(|(_, known)| known.last) else { break };
            let oldest = oldest.0.clone();
            self.forget(&oldest);
        }
        self.bytes += bytes;
        self.known.insert(question, Known { table: Arc::clone(table), bytes, last: self.asked });
    }

    fn forget(&mut self, question: &str) {
        if let Some(gone) = self.known.remove(question) {
            self.bytes -= gone.bytes;
        }
    }
}

/// What a table takes in memory, about.
fn bytes_of(table: &Table) -> usize {
    let cells = table.rows.iter().flatten();
    cells
        .map(|cell| {
            size_of::<Value>()
                + match cell {
                    Value::Text(text) => text.len(),
                    Value::Bytes(bytes) => bytes.len(),
                    _ => 0,
                }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: usize, letters: usize) -> Arc<Table> {
        let mut table = Table::new(&[("text", "")]);
        (0..rows).for_each(|_| table.push(vec![Value::Text("x".repeat(letters))]));
        Arc::new(table)
    }

    #[test]
    fn what_was_asked_longest_ago_makes_room() {
        let mut answers = Answers::default();
        for number in 0..ANSWERS_MAX {
            answers.keep(number.to_string(), &table(1, 1));
        }
        assert!(answers.get("0").is_some());
        answers.keep("more".to_string(), &table(1, 1));
        assert!(answers.get("0").is_some() && answers.get("1").is_none() && answers.get("more").is_some());
        assert_eq!(answers.known.len(), ANSWERS_MAX);
    }

    #[test]
    fn bytes_are_bounded_for_one_and_for_all() {
        let mut answers = Answers::default();
        answers.keep("long".to_string(), &table(1, ANSWER_BYTES_MAX));
        answers.keep("many".to_string(), &table(ROWS_MAX + 1, 1));
        assert!(answers.get("long").is_none() && answers.get("many").is_none() && answers.bytes == 0);
        for number in 0..40 {
            answers.keep(number.to_string(), &table(1, ANSWER_BYTES_MAX - 1_000));
            answers.keep(number.to_string(), &table(1, ANSWER_BYTES_MAX - 1_000));
            assert!(answers.bytes <= BYTES_MAX, "{number}: {}", answers.bytes);
        }
        let kept: usize = answers.known.values().map(|known| known.bytes).sum();
        assert_eq!(kept, answers.bytes);
        assert!(answers.get("39").is_some() && answers.get("0").is_none());
    }
}
