//! Who keeps a store small: one process at a time compacts, expires and sweeps.
//!
//! In a folder that is a lock, which goes with its process. In a bucket it is a *term*: `terms/<number>.json`, put if
//! it is not there yet, which says whose it is and when it is over. Who finds that the newest term is over puts the
//! next one and keeps; who keeps puts the next before its own is over. So one is elected by conditional puts alone,
//! and one that died is followed when its term is over.
//!
//! Terms save work; nothing rests on them. Clocks differ, and a keeper may sleep through the end of its term: then two
//! keep at once, and every commit of theirs is a turn that is given up when what it replaces is gone (see `shared`),
//! and a sweep takes nothing that any commit can still name (see `sweep`).
//!
//! **Invariant:** the number of the newest term never falls.
//! **Invariant:** a keeper that died holds others up for two terms at the most, whatever its clock said.

use std::cell::Cell;

use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::location::{Location, Lock, draw};
use crate::numbered::{claim, numbers, place};
use crate::store::Store;

/// How long a term is, in microseconds: ten minutes, in which the longest step between two looks at it ends.
pub const TERM_US: i64 = 600_000_000;

/// The folder of terms.
const TERMS: &str = "terms";

/// A clock: microseconds since 1970-01-01T00:00Z.
pub type Clock<'a> = &'a dyn Fn() -> i64;

/// What a term says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Term {
    /// A number that its keeper drew.
    keeper: String,
    /// When it is over, by its keeper's clock: microseconds since 1970-01-01T00:00Z.
    until_us: i64,
}

impl Term {
    /// Whether it is under way by somebody's clock. One that is to last far longer than a term was written by a clock
    /// that is wrong: nobody waits for it.
    fn is_under_way(&self, now_us: i64) -> bool {
        (1..=2 * TERM_US).contains(&self.until_us.saturating_sub(now_us))
    }
}

/// The term that a keeper has.
#[derive(Debug, Clone, Copy)]
struct Held {
    number: u64,
    until_us: i64,
}

/// The right to compact, expire and sweep, until it is dropped.
pub struct Keeper<'a> {
    store: &'a Store,
    clock: Clock<'a>,
    /// Its name, in a bucket.
    name: String,
    term: Option<Cell<Held>>,
    _lock: Option<Lock>,
}

impl<'a> Keeper<'a> {
    /// Becomes the keeper of a store.
    ///
    /// # Errors
    /// [`StoreError::Kept`] when another one is.
    pub(crate) fn begin(store: &'a Store, clock: Clock<'a>) -> Result<Keeper<'a>, StoreError> {
        let location = store.location();
        let mut keeper = Keeper { store, clock, name: String::new(), term: None, _lock: location.keep()? };
        if location.bucket().is_some() {
            keeper.name = format!("{:016x}", draw()?);
            keeper.term = Some(Cell::new(keeper.elected(None)?));
        }
        Ok(keeper)
    }

    /// The store that it keeps.
    pub fn store(&self) -> &'a Store {
        self.store
    }

    /// The moment by its clock: microseconds since 1970-01-01T00:00Z.
    pub fn now_us(&self) -> i64 {
        (self.clock)()
    }

    /// Goes on to be the keeper: to be called before every step.
    ///
    /// # Errors
    /// [`StoreError::Kept`] when another one followed: what is under way is to be given up.
    pub fn hold(&self) -> Result<(), StoreError> {
        let Some(term) = &self.term else { return Ok(()) };
        if self.now_us() >= term.get().until_us - TERM_US / 2 {
            term.set(self.elected(Some(term.get().number))?);
        }
        Ok(())
    }

    fn elected(&self, mine: Option<u64>) -> Result<Held, StoreError> {
        let now_us = self.now_us();
        let until_us = now_us.saturating_add(TERM_US);
        let term = Term { keeper: self.name.clone(), until_us };
        let location = self.store.location();
        match self.store.runtime().block_on(follow(location, &term, mine, now_us))? {
            Some(number) => Ok(Held { number, until_us }),
            None => Err(StoreError::Kept(location.url.to_string())),
        }
    }
}

impl Drop for Keeper<'_> {
    fn drop(&mut self) {
        let Some(held) = self.term.as_ref().map(Cell::get) else { return };
        let now_us = self.now_us();
        let over = Term { keeper: self.name.clone(), until_us: now_us };
        // When it cannot be said that it is over, it is over by itself.
        let _ =
            self.store.runtime().block_on(follow(self.store.location(), &over, Some(held.number), now_us));
    }
}

/// Puts a term after the newest one, which is `mine` or over; `None` when it is another's.
async fn follow(
    location: &Location,
    term: &Term,
    mine: Option<u64>,
    now_us: i64,
) -> Result<Option<u64>, StoreError> {
    let newest = numbers(location, TERMS, 0).await?.last().copied();
    if let Some(newest) = newest.filter(|newest| mine != Some(*newest)) {
        let found = location.read_if_there(place(TERMS, newest).as_ref()).await?;
        // What cannot be read is nobody's.
        let found = found.and_then(|body| serde_json::from_slice::<Term>(&body).ok());
        if mine.is_some() || found.is_some_and(|found| found.is_under_way(now_us)) {
            return Ok(None);
        }
    }
    let number = newest.or(mine).unwrap_or(0) + 1;
    let body = serde_json::to_vec(term).expect("a term is plain data");
    if !claim(location, &place(TERMS, number), body).await? {
        return Ok(None);
    }
    // One that was put late follows on nothing any more.
    let all = numbers(location, TERMS, 0).await?;
    let is_newest = all.last().is_none_or(|newest| *newest <= number);
    let gone = all.iter().filter(|other| if is_newest { **other < number } else { **other == number });
    for other in gone {
        location.remove(&place(TERMS, *other)).await?;
    }
    Ok(is_newest.then_some(number))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use object_store::memory::InMemory;
    use object_store::{ObjectStore, PutOptions};
    use url::Url;

    use super::*;

    fn store() -> Store {
        let url = Url::parse("memory:///bucket/").expect("a URL");
        Store::in_bucket(url, Arc::new(InMemory::new()), "UTC").expect("a store")
    }

    fn terms(store: &Store) -> Vec<u64> {
        store.runtime().block_on(numbers(store.location(), TERMS, 0)).expect("terms")
    }

    fn is_kept(result: Result<Keeper<'_>, StoreError>) -> bool {
        matches!(result, Err(StoreError::Kept(_)))
    }

    #[test]
    fn one_keeps_at_a_time_and_the_next_when_it_is_done() {
        let store = store();
        let now = Cell::new(1_000);
        let clock = || now.get();
        let first = store.keep(&clock).expect("nobody keeps");
        assert!(is_kept(store.keep(&clock)), "another one keeps");
        now.set(now.get() + TERM_US - 1);
        assert!(is_kept(store.keep(&clock)), "its term is not over");
        first.hold().expect("it goes on");
        now.set(now.get() + TERM_US / 2);
        assert!(is_kept(store.keep(&clock)), "it went on");
        drop(first);
        drop(store.keep(&clock).expect("it is done"));
        assert_eq!(terms(&store).len(), 1, "what is over goes");
    }

    #[test]
    fn one_that_died_is_followed_when_its_term_is_over_and_is_told_when_it_wakes() {
        let store = store();
        let now = Cell::new(1_000);
        let clock = || now.get();
        let asleep = store.keep(&clock).expect("nobody keeps");
        now.set(now.get() + TERM_US);
        let next = store.keep(&clock).expect("the term is over");
        let before = terms(&store);
        assert!(matches!(asleep.hold(), Err(StoreError::Kept(_))), "another one followed");
        drop(asleep);
        assert_eq!(terms(&store), before, "it takes nothing from who followed");
        next.hold().expect("it keeps");
    }

    #[test]
    fn a_clock_that_is_years_ahead_holds_nobody_up() {
        let store = store();
        let ahead = || 1 << 60;
        std::mem::forget(store.keep(&ahead).expect("nobody keeps"));
        drop(store.keep(&|| 1_000).expect("nobody waits for years"));
        std::mem::forget(store.keep(&|| TERM_US).expect("nobody keeps"));
        assert!(is_kept(store.keep(&|| 1_000)), "within two terms clocks may differ");
    }

    #[test]
    fn a_term_that_is_put_late_is_nobodys() {
        let store = store();
        let location = store.location();
        drop(store.keep(&|| 1_000).expect("nobody keeps"));
        let keeping = store.keep(&|| 1_000).expect("nobody keeps");
        let newest = *terms(&store).last().expect("a term");
        let late = Term { keeper: "late".to_string(), until_us: i64::MAX };
        // It was about to follow on a term that is gone.
        let followed = store.runtime().block_on(async {
            let body = serde_json::to_vec(&late).expect("plain data");
            location
                .objects
                .put_opts(&place(TERMS, newest - 1), body.into(), PutOptions::default())
                .await
                .expect("put");
            follow(location, &late, Some(newest - 1), 1_000).await.expect("an end")
        });
        assert_eq!(followed, None);
        keeping.hold().expect("it keeps");
    }

    #[test]
    fn a_folder_has_one_keeper_by_its_lock() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("store").display().to_string();
        let store = Store::open_or_make(&place, "UTC").expect("a store");
        let first = store.keep(&|| 0).expect("nobody keeps");
        assert!(is_kept(store.keep(&|| i64::MAX)), "another one keeps");
        first.hold().expect("it keeps");
        drop(first);
        drop(store.keep(&|| 0).expect("it is done"));
    }
}
