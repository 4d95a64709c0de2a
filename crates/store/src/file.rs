//! A sealed data file of a table, as a snapshot names it.
//!
//! Its name tells the snapshot that it came with and its place among the files of that commit. A compacted file
//! says so in its name, with a *mark*: sixteen digits that stand for the fresh files whose rows it holds. In a bucket
//! the number is that of the snapshot that was to be next when the file was begun: its group may come in a later turn.
//!
//! **Invariant:** the marks of a day's files, folded together, are the same before and after compaction; any
//! other change of the day's rows changes them. So what was counted of a day need not be counted again.

use crate::distinct::hash;

/// Digits of the number that the name of a file begins with.
pub(crate) const NUMBER_DIGITS: usize = 20;

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Path from the root of the store.
    pub path: String,
    /// Size, in bytes.
    pub size_bytes: u64,
    /// Rows, where the log says so.
    pub rows: Option<u64>,
    /// UTC day of its rows as `YYYY-MM-DD`, for tables partitioned by day.
    pub day: Option<String>,
}

impl DataFile {
    /// The name in its folder.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether compaction wrote it.
    pub fn is_compacted(&self) -> bool {
        compacted(self.name()).is_some()
    }

    /// What it stands for: of a fresh file a number made of its path, of a compacted one what its name says.
    pub fn mark(&self) -> u64 {
        let of_path =
            || self.path.bytes().fold(hash(1), |mixed, byte| hash(mixed.rotate_left(8) ^ u64::from(byte)));
        compacted(self.name()).unwrap_or_else(of_path)
    }

    /// The number of the snapshot that it came with, or from which it was compacted.
    pub(crate) fn number(name: &str) -> Option<u64> {
        name.get(..NUMBER_DIGITS)?.parse().ok()
    }
}

/// The first moment of a UTC day written as `YYYY-MM-DD`.
pub fn start_of_utc_day(day: &str) -> Option<i64> {
    let date: jiff::civil::Date = day.parse().ok()?;
    Some(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_microsecond())
}

/// What files stand for together, in no order.
pub fn marks<'f>(files: impl IntoIterator<Item = &'f DataFile>) -> u64 {
    files.into_iter().fold(0, |all, file| all ^ file.mark())
}

/// The name of a compacted file: the snapshot it was made from, its place among the files made together, and its
/// mark.
pub(crate) fn compacted_name(snapshot: u64, place: usize, mark: u64) -> String {
    format!("{snapshot:020}-c{place:06}-{mark:016x}.parquet")
}

/// The mark in the name of a compacted file; `None` for another name.
fn compacted(name: &str) -> Option<u64> {
    let mut parts = name.strip_suffix(".parquet")?.splitn(4, '-').skip(1);
    let (place, mark, drawn) = (parts.next()?, parts.next()?, parts.next());
    let is_number = |text: &str| text.len() == 16 && u64::from_str_radix(text, 16).is_ok();
    let is_place = place.strip_prefix('c')?.bytes().all(|digit| digit.is_ascii_digit());
    // In a bucket a random number follows, as in every name there.
    let is_compacted = is_place && is_number(mark) && drawn.is_none_or(is_number);
    is_compacted.then(|| u64::from_str_radix(mark, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> DataFile {
        let path = format!("tables/packets/day=2014-04-01/{name}");
        DataFile { path, size_bytes: 1, rows: Some(1), day: Some("2014-04-01".to_string()) }
    }

    #[test]
    fn a_compacted_file_stands_for_those_it_was_made_of() {
        let fresh = ["00000000000000000001-000000.parquet", "00000000000000000002-000003.parquet"].map(file);
        assert!(fresh.iter().all(|file| !file.is_compacted() && file.mark() != 0));
        assert_ne!(fresh[0].mark(), fresh[1].mark());
        let one = file(&compacted_name(2, 0, marks(&fresh)));
        let rest = file(&compacted_name(2, 1, 0).replace(".parquet", "-0123456789abcdef.parquet"));
        assert!(one.is_compacted() && rest.is_compacted());
        assert_eq!(marks([&one, &rest]), marks(&fresh));
        assert_eq!(DataFile::number(one.name()), Some(2));
        let late = file("00000000000000000003-000000.parquet");
        assert_ne!(marks([&one, &rest, &late]), marks(&fresh), "another row is another day");
    }

    #[test]
    fn other_names_are_fresh() {
        for name in [
            "part-00000-abc.parquet",
            "x-c1-0.parquet",
            "00000000000000000001-c000000-xyz.parquet",
            "00000000000000000001-c000000-0123456789abcdef-xyz.parquet",
            "00000000000000000001-000000-0123456789abcdef.parquet",
            "",
        ] {
            assert!(!file(name).is_compacted(), "{name}");
        }
    }
}
