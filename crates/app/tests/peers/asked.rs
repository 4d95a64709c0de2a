//! Everything that can be asked of a store by name, so that two ways to ask are compared whole.

use crate::program::{Ran, rows};

/// The names of all questions, from the answer of `ask -o csv`.
pub(crate) fn questions(answer: &Ran) -> Vec<String> {
    rows(answer).into_iter().map(|mut row| row.swap_remove(0)).collect()
}

/// The kinds of ranks, from the refusal of one that there is not.
pub(crate) fn ranks(refusal: &Ran) -> Vec<String> {
    let (_, kinds) = refusal.err.trim().split_once("write one of ").expect("the kinds of ranks");
    kinds.split(", ").map(ToString::to_string).collect()
}

/// Everything that an answer says.
pub(crate) fn told(ran: &Ran) -> (i32, String, String) {
    (ran.status, ran.text(), ran.err.clone())
}
