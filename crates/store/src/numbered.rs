//! Objects whose names are numbers: snapshots, the intents of a bucket, the terms of its keepers.
//!
//! **Invariant:** names are as wide as the largest number, so that they stand in the order of their numbers.
//! **Invariant:** of those who put an object of the same number at once, one is first; the others are told so.

use futures::TryStreamExt;
use object_store::ObjectStore;
use object_store::path::Path;

use crate::error::StoreError;
use crate::location::Location;

/// Where the object of a number lies in a folder; numbers are counted from 1.
pub(crate) fn place(folder: &str, number: u64) -> Path {
    Path::from(format!("{folder}/{number:020}.json"))
}

/// The numbers of the objects that there are in a folder, from one on, in rising order.
pub(crate) async fn numbers(location: &Location, folder: &str, from: u64) -> Result<Vec<u64>, StoreError> {
    let before = place(folder, from.saturating_sub(1));
    let mut found = location.objects.list_with_offset(Some(&Path::from(folder)), &before);
    let mut numbers: Vec<u64> = Vec::new();
    while let Some(object) = found.try_next().await? {
        let name = object.location.filename().and_then(|name| name.strip_suffix(".json"));
        numbers.extend(name.and_then(|name| name.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Puts what belongs to one alone, if nobody was first; `false` when it is another's.
pub(crate) async fn claim(location: &Location, path: &Path, body: Vec<u8>) -> Result<bool, StoreError> {
    if location.put_new(path, body.clone()).await? {
        return Ok(true);
    }
    // It may be our own: an answer that was lost on the way.
    Ok(location.read_if_there(path.as_ref()).await?.is_some_and(|found| *found == *body))
}
