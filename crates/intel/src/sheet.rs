//! Sorted lines on disk with an index of their places: look-ups without reading the file.
//!
//! Two files: `<name>.lines` has lines of `key TAB value`, ascending by key; `<name>.index` has the place of each line as
//! little-endian 64-bit numbers. A look-up is a binary search that reads the two places of a line and its beginning a step,
//! so that memory does not grow with the file: 18 steps for 250,000 lines. What the first steps read is kept, because every
//! look-up makes them; the places of the last ones are read at once, and so are their lines when they are few bytes.
//!
//! **Invariant:** keys ascend by bytes and hold neither tabulators nor line breaks; equal keys stand side by side.

mod run;

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use self::run::{Chunk, Run};
use crate::error::{IntelError, Result};

/// Longest key, in bytes.
pub(crate) const KEY_BYTES_MAX: usize = 512;
/// Longest line, in bytes.
const LINE_BYTES_MAX: u64 = 1024 * 1024;

/// Steps of a search whose keys are kept: one of two, two of four, ... of the lines that all searches look at first.
const STEPS_KEPT_MAX: u32 = 12;
/// Lines left of a search whose places are read at once.
const WINDOW_LINES_MAX: u64 = 512;
/// Bytes of the lines left of a search that are read at once.
const WINDOW_BYTES_MAX: u64 = 16 * 1024;

/// A sheet that can be asked.
#[derive(Debug)]
pub(crate) struct Sheet {
    path: PathBuf,
    lines: File,
    index: File,
    bytes: u64,
    count: u64,
    /// Keys of lines that many searches look at.
    kept: RefCell<HashMap<u64, Vec<u8>>>,
}

/// The text as a key: without what would break the lines, cut to its longest.
pub(crate) fn key_of(text: &str) -> String {
    let plain = text.replace(['\t', '\n', '\r'], " ");
    let mut end = plain.len().min(KEY_BYTES_MAX);
    while !plain.is_char_boundary(end) {
        end -= 1;
    }
    plain[..end].to_string()
}

/// Writes lines in the order of their keys.
pub(crate) struct Writer {
    path: PathBuf,
    lines: BufWriter<File>,
    index: BufWriter<File>,
    at: u64,
    last: String,
    pub(crate) count: u64,
}

fn files(dir: &Path, name: &str) -> [PathBuf; 2] {
    [dir.join(format!("{name}.lines")), dir.join(format!("{name}.index"))]
}

impl Writer {
    pub(crate) fn create(dir: &Path, name: &str) -> Result<Writer> {
        let [lines, index] = files(dir, name);
        let create =
            |path: &PathBuf| File::create(path).map_err(IntelError::io("write", path)).map(BufWriter::new);
        Ok(Writer {
            lines: create(&lines)?,
            index: create(&index)?,
            path: lines,
            at: 0,
            last: String::new(),
            count: 0,
        })
    }

    pub(crate) fn line(&mut self, key: &str, value: &str) -> Result<()> {
        assert!(*key >= *self.last, "lines are written in the order of their keys: {key}");
        assert!(!value.contains(['\t', '\n', '\r']), "a value is one line");
        let failed = |error| IntelError::io("write", &self.path)(error);
        self.index.write_all(&self.at.to_le_bytes()).map_err(failed)?;
        writeln!(self.lines, "{key}\t{value}").map_err(failed)?;
        self.at += (key.len() + value.len() + 2) as u64;
        self.last.clear();
        self.last.push_str(key);
        self.count += 1;
        Ok(())
    }

    /// Makes both files last, and gives the length of the lines in bytes.
    pub(crate) fn finish(self) -> Result<u64> {
        let Writer { path, lines, index, at, .. } = self;
        for file in [lines, index] {
            let file =
                file.into_inner().map_err(|error| IntelError::io("write", &path)(error.into_error()))?;
            file.sync_all().map_err(IntelError::io("write", &path))?;
        }
        Ok(at)
    }
}

impl Sheet {
    /// Opens a sheet that has that many bytes of lines.
    pub(crate) fn open(dir: &Path, name: &str, bytes: u64) -> Result<Sheet> {
        let [lines, index] = files(dir, name);
        let open = |path: &PathBuf| -> Result<(File, u64)> {
            let file = File::open(path).map_err(IntelError::io("open", path))?;
            let length = file.metadata().map_err(IntelError::io("open", path))?.len();
            Ok((file, length))
        };
        let (lines_file, lines_bytes) = open(&lines)?;
        let (index_file, index_bytes) = open(&index)?;
        if lines_bytes != bytes || !index_bytes.is_multiple_of(8) {
            return Err(IntelError::Damaged {
                path: lines,
                reason: "its length is not what was written".to_string(),
            });
        }
        Ok(Sheet {
            path: lines,
            lines: lines_file,
            index: index_file,
            bytes,
            count: index_bytes / 8,
            kept: RefCell::default(),
        })
    }

    /// Lines.
    pub(crate) fn len(&self) -> u64 {
        self.count
    }

    fn damaged(&self, reason: &str) -> IntelError {
        IntelError::Damaged { path: self.path.clone(), reason: reason.to_string() }
    }

    /// Where lines begin, from one to another; past the last one, where the lines end.
    fn places(&self, first: u64, last: u64) -> Result<Vec<u64>> {
        let stored = (last + 1).min(self.count) - first;
        let mut numbers = vec![0; stored as usize * 8];
        self.index.read_exact_at(&mut numbers, first * 8).map_err(IntelError::io("read", &self.path))?;
        let (numbers, _) = numbers.as_chunks::<8>();
        let mut places: Vec<u64> = numbers.iter().map(|number| u64::from_le_bytes(*number)).collect();
        if last == self.count {
            places.push(self.bytes);
        }
        match places.iter().any(|place| *place > self.bytes) {
            true => Err(self.damaged("its index leads beyond its lines")),
            false => Ok(places),
        }
    }

    /// Every key and value, in order.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Result<(String, String)>> + '_ {
        let mut run = Run::new(self, 0, None);
        std::iter::from_fn(move || {
            let line = run.step().map(|line| line.map(|(key, value)| (key.to_string(), value.to_string())));
            line.transpose()
        })
    }

    /// Stands before the first line whose key is not below that.
    fn lower_bound(&self, key: &[u8]) -> Result<Run<'_>> {
        let (mut low, mut high, mut step) = (0, self.count, 0);
        // Places of the lines from `base` on, once they are few.
        let (mut base, mut places) = (0, Vec::new());
        while low < high {
            let middle = low + (high - low) / 2;
            let kept = self.kept.borrow().get(&middle).map(|own| own.as_slice() < key);
            let is_below = match kept {
                Some(is_below) => is_below,
                None => {
                    if places.is_empty() && high - low <= WINDOW_LINES_MAX {
                        // The line behind the last one may be the answer.
                        (base, places) = (low, self.places(low, (high + 1).min(self.count))?);
                    }
                    let end = ((high + 1).min(self.count) - base) as usize;
                    let near = places.get((low - base) as usize..=end).unwrap_or_default();
                    if let [start, .., end] = near
                        && end.saturating_sub(*start) <= WINDOW_BYTES_MAX
                    {
                        return self.found_in(
                            Chunk::read(self, low, near, WINDOW_BYTES_MAX)?,
                            low,
                            high,
                            key,
                        );
                    }
                    let ends = places.get((middle - base) as usize..).unwrap_or_default();
                    let own = self.key(middle, ends)?;
                    let is_below = own.as_slice() < key;
                    if step < STEPS_KEPT_MAX {
                        self.kept.borrow_mut().insert(middle, own);
                    }
                    is_below
                }
            };
            if is_below {
                low = middle + 1
            } else {
                high = middle
            }
            step += 1;
        }
        Ok(Run::new(self, low, None))
    }

    /// The rest of a search, among lines that are in memory.
    fn found_in(&self, chunk: Chunk, mut low: u64, mut high: u64, key: &[u8]) -> Result<Run<'_>> {
        while low < high {
            let middle = low + (high - low) / 2;
            let line = chunk.line(middle).ok_or_else(|| self.damaged("its index is not in order"))?;
            if key_in(line) < key { low = middle + 1 } else { high = middle }
        }
        Ok(Run::new(self, low, Some(chunk)))
    }

    /// The key of a line, of which the places from it on may be known.
    fn key(&self, line: u64, places: &[u64]) -> Result<Vec<u8>> {
        let read;
        let places = match places {
            [_, _, ..] => places,
            _ => {
                read = self.places(line, line + 1)?;
                &read
            }
        };
        let length = places[1].checked_sub(places[0]).filter(|length| *length > 0);
        let length = length.ok_or_else(|| self.damaged("its index is not in order"))?;
        let mut head = [0; KEY_BYTES_MAX + 1];
        let wanted = head.len().min(usize::try_from(length).unwrap_or(usize::MAX));
        self.lines
            .read_exact_at(&mut head[..wanted], places[0])
            .map_err(IntelError::io("read", &self.path))?;
        Ok(key_in(&head[..wanted]).to_vec())
    }

    /// The values of a key, at most so many.
    pub(crate) fn find(&self, key: &str, limit: usize) -> Result<Vec<String>> {
        let mut values = Vec::new();
        self.each_from(key, |own, value| {
            let is_same = own == key;
            if is_same {
                values.push(value.to_string());
            }
            Ok(is_same && values.len() < limit)
        })?;
        Ok(values)
    }

    /// Calls `each` with lines from a key on, until it says that it has enough.
    pub(crate) fn each_from(
        &self,
        key: &str,
        mut each: impl FnMut(&str, &str) -> Result<bool>,
    ) -> Result<()> {
        let mut run = self.lower_bound(key.as_bytes())?;
        while let Some((key, value)) = run.step()? {
            if !each(key, value)? {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The key at the beginning of a line.
fn key_in(line: &[u8]) -> &[u8] {
    let end = line.iter().position(|byte| *byte == b'\t').unwrap_or(line.len());
    &line[..end]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn sheet(dir: &Path, rows: &BTreeMap<String, Vec<String>>) -> Sheet {
        let mut writer = Writer::create(dir, "t").unwrap();
        for (key, values) in rows {
            for value in values {
                writer.line(key, value).unwrap();
            }
        }
        let bytes = writer.finish().unwrap();
        Sheet::open(dir, "t", bytes).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn what_was_written_is_found_and_nothing_else(
            rows in prop::collection::btree_map("[a-c]{0,4}", prop::collection::vec("[a-z]{0,3}", 1..3), 0..20),
            asked in "[a-c]{0,5}",
        ) {
            let dir = tempfile::tempdir().unwrap();
            let sheet = sheet(dir.path(), &rows);
            for (key, values) in &rows {
                prop_assert_eq!(&sheet.find(key, 9).unwrap(), values);
            }
            prop_assert_eq!(sheet.find(&asked, 9).unwrap(), rows.get(&asked).cloned().unwrap_or_default());
            let begins = rows.iter().filter(|(key, _)| key.starts_with(&asked)).map(|(_, values)| values.len()).sum::<usize>();
            let mut found = 0;
            sheet.each_from(&asked, |key, _| {
                found += usize::from(key.starts_with(&asked));
                Ok(key.starts_with(&asked))
            }).unwrap();
            prop_assert_eq!(found, begins);
        }

        #[test]
        fn searches_and_walks_agree_with_a_map_whatever_is_read_at_once(
            count in 500_u32..9_000,
            long in prop_oneof![Just(0_usize), Just(90), Just(2_000)],
            asked in prop::collection::vec(0_u32..20_000, 20),
        ) {
            let dir = tempfile::tempdir().unwrap();
            // Every second number is there; every seventh line is long, so that windows and chunks are cut by bytes, too.
            let rows: BTreeMap<String, Vec<String>> = (0..count)
                .map(|number| {
                    let value = "v".repeat(if number % 7 == 0 { long } else { 3 });
                    (format!("{:06}", number * 2), vec![format!("{value}{number}")])
                })
                .collect();
            let sheet = sheet(dir.path(), &rows);
            // Twice, because keys that were kept are asked differently.
            for asked in asked.iter().chain(&asked) {
                let key = format!("{asked:06}");
                prop_assert_eq!(sheet.find(&key, 9).unwrap(), rows.get(&key).cloned().unwrap_or_default());
                let next = rows.range(key.clone()..).next().map(|(key, values)| (key.clone(), values[0].clone()));
                let mut found = None;
                sheet.each_from(&key, |key, value| {
                    found = Some((key.to_string(), value.to_string()));
                    Ok(false)
                }).unwrap();
                prop_assert_eq!(found, next);
            }
            let all: Vec<(String, String)> = sheet.lines().collect::<Result<_>>().unwrap();
            let expected: Vec<(String, String)> =
                rows.iter().map(|(key, values)| (key.clone(), values[0].clone())).collect();
            prop_assert_eq!(all, expected);
        }
    }

    #[test]
    fn a_sheet_that_was_cut_is_damaged() {
        let dir = tempfile::tempdir().unwrap();
        let rows = BTreeMap::from([("a".to_string(), vec!["x".to_string()])]);
        drop(sheet(dir.path(), &rows));
        std::fs::write(dir.path().join("t.lines"), "a").unwrap();
        let error = Sheet::open(dir.path(), "t", 4).unwrap_err().to_string();
        assert!(error.contains("is damaged: its length"), "{error}");
    }

    #[test]
    fn what_lies_before_a_place_out_of_order_is_read_and_the_rest_is_damaged() {
        let dir = tempfile::tempdir().unwrap();
        let rows = (0..9_000).map(|number| (format!("{number:05}"), vec!["x".to_string()])).collect();
        drop(sheet(dir.path(), &rows));
        let path = dir.path().join("t.index");
        let mut index = std::fs::read(&path).unwrap();
        index[8_000 * 8..8_001 * 8].copy_from_slice(&7_u64.to_le_bytes());
        std::fs::write(&path, index).unwrap();
        let sheet = Sheet::open(dir.path(), "t", 9_000 * 8).unwrap();
        let mut count = 0;
        let error = sheet.each_from("", |_, _| {
            count += 1;
            Ok(true)
        });
        let error = error.unwrap_err().to_string();
        assert_eq!(count, 7_999);
        assert!(error.contains("is damaged: its index is not in order"), "{error}");
    }
}
