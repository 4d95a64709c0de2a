//! Shares of something that is bounded, such as places for connections or room for bodies: how much is taken in
//! all, and how much by each holder.
//!
//! **Invariant:** a share is given back when its guard is dropped; who has nothing has no entry.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
struct Taken<K> {
    all: usize,
    by_holder: BTreeMap<K, usize>,
}

/// What is taken.
#[derive(Debug)]
pub(super) struct Shares<K>(Arc<Mutex<Taken<K>>>);

impl<K> Clone for Shares<K> {
    fn clone(&self) -> Shares<K> {
        Shares(Arc::clone(&self.0))
    }
}

impl<K> Default for Shares<K> {
    fn default() -> Shares<K> {
        Shares(Arc::new(Mutex::new(Taken { all: 0, by_holder: BTreeMap::new() })))
    }
}

/// A share that is taken.
#[derive(Debug)]
pub(super) struct Share<K: Ord> {
    shares: Shares<K>,
    holder: K,
    amount: usize,
}

impl<K> Shares<K> {
    fn taken(&self) -> MutexGuard<'_, Taken<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How much is taken in all.
    pub(super) fn all(&self) -> usize {
        self.taken().all
    }
}

impl<K: Ord + Clone> Shares<K> {
    /// Takes so much for that holder, if `may` says so of what is taken in all and by the holder.
    pub(super) fn take(
        &self,
        holder: K,
        amount: usize,
        may: impl FnOnce(usize, usize) -> bool,
    ) -> Option<Share<K>> {
        let mut taken = self.taken();
        let own = taken.by_holder.get(&holder).copied().unwrap_or(0);
        if !may(taken.all, own) {
            return None;
        }
        taken.all += amount;
        taken.by_holder.insert(holder.clone(), own + amount);
        drop(taken);
        Some(Share { shares: self.clone(), holder, amount })
    }

    /// How much each holder has.
    pub(super) fn by_holder(&self) -> BTreeMap<K, usize> {
        self.taken().by_holder.clone()
    }
}

impl<K: Ord> Drop for Share<K> {
    fn drop(&mut self) {
        let mut taken = self.shares.taken();
        taken.all -= self.amount;
        if let Some(own) = taken.by_holder.get_mut(&self.holder) {
            *own -= self.amount;
            if *own == 0 {
                taken.by_holder.remove(&self.holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_given_back_and_leaves_no_entry() {
        let shares = Shares::default();
        let one = shares.take("a", 3, |all, own| (all, own) == (0, 0));
        let two = shares.take("a", 2, |all, own| (all, own) == (3, 3));
        let other = shares.take("b", 1, |all, own| (all, own) == (5, 0));
        assert!(one.is_some() && two.is_some() && other.is_some());
        assert!(shares.take("b", 1, |_, _| false).is_none());
        assert_eq!((shares.all(), shares.by_holder()), (6, BTreeMap::from([("a", 5), ("b", 1)])));
        drop((one, two));
        assert_eq!((shares.all(), shares.by_holder()), (1, BTreeMap::from([("b", 1)])));
    }
}
