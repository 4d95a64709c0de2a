//! Small numbers for things that come again and again: addresses, words, names.
//!
//! A row holds numbers instead of the things, so that it is small and compared quickly. Which number a thing
//! gets depends on the order in which things came; [`Interner::settle`] therefore numbers them anew, in their
//! own order, when all are known.
//!
//! The map is hashed with a secret, because strangers choose the addresses and the names in it.
//!
//! **Invariant:** after settling, a smaller number means a smaller thing, whatever the order they came in.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// Things by number, and their numbers.
#[derive(Debug)]
pub(super) struct Interner<K> {
    things: Vec<K>,
    numbers: HashMap<K, u32>,
}

impl<K> Default for Interner<K> {
    fn default() -> Self {
        Interner { things: Vec::new(), numbers: HashMap::new() }
    }
}

impl<K: Clone + Eq + Hash + Ord> Interner<K> {
    /// The number of a thing: the next free one when it is new.
    pub(super) fn number<Q>(&mut self, thing: &Q) -> u32
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        if let Some(number) = self.numbers.get(thing) {
            return *number;
        }
        let number = self.things.len() as u32;
        self.things.push(thing.to_owned());
        self.numbers.insert(thing.to_owned(), number);
        number
    }

    /// The thing of a number.
    pub(super) fn thing(&self, number: u32) -> &K {
        &self.things[number as usize]
    }

    /// The things in ascending order of `key`, and the new number of each old one.
    pub(super) fn settle<O: Ord>(self, key: impl Fn(&K) -> O) -> (Vec<K>, Vec<u32>) {
        drop(self.numbers);
        let mut order: Vec<(O, u32)> = self.things.iter().map(key).zip(0..).collect();
        order.sort_unstable();
        let mut new = vec![0; order.len()];
        for (place, (_, number)) in order.iter().enumerate() {
            new[*number as usize] = place as u32;
        }
        let things = order.iter().map(|(_, number)| self.things[*number as usize].clone()).collect();
        (things, new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settled_numbers_follow_the_things_and_not_their_coming() {
        let settled = |words: &[&str]| {
            let mut interner = Interner::<String>::default();
            let numbers: Vec<u32> = words.iter().map(|word| interner.number(*word)).collect();
            let (things, new) = interner.settle(Clone::clone);
            let back: Vec<&str> =
                numbers.iter().map(|old| things[new[*old as usize] as usize].as_str()).collect();
            assert_eq!(back, words);
            things
        };
        assert_eq!(settled(&["b", "a", "b", ""]), settled(&["", "a", "a", "b"]));
    }
}
