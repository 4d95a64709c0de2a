//! Sorted lines on disk with an index of their places: look-ups without reading the file.
//!
//! Two files: `<name>.lines` has lines of `key TAB value`, ascending by key; `<name>.index` has the place of each line as
//! little-endian 64-bit numbers. A look-up is a binary search that reads one number and one line's beginning a step, so
//! that memory does not grow with the file: 18 steps for 250,000 lines. What the first steps read is kept, because every
//! look-up makes them.
//!
//! **Invariant:** keys ascend by bytes and hold neither tabulators nor line breaks; equal keys stand side by side.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::error::{IntelError, Result};

/// Longest key, in bytes.
pub(crate) const KEY_BYTES_MAX: usize = 512;
/// Longest line, in bytes.
const LINE_BYTES_MAX: u64 = 1024 * 1024;

/// Steps of a search whose keys are kept: one of two, two of four, ... of the lines that all searches look at first.
const STEPS_KEPT_MAX: u32 = 12;

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

    /// Where a line begins; past the last one, where the lines end.
    fn place(&self, line: u64) -> Result<u64> {
        if line == self.count {
            return Ok(self.bytes);
        }
        let mut number = [0; 8];
        self.index.read_exact_at(&mut number, line * 8).map_err(IntelError::io("read", &self.path))?;
        let place = u64::from_le_bytes(number);
        if place > self.bytes { Err(self.damaged("its index leads beyond its lines")) } else { Ok(place) }
    }

    fn read(&self, line: u64) -> Result<(String, String)> {
        let (start, end) = (self.place(line)?, self.place(line + 1)?);
        if end <= start || end - start > LINE_BYTES_MAX {
            return Err(self.damaged("its index is not in order"));
        }
        let mut bytes = vec![0; (end - start - 1) as usize];
        self.lines.read_exact_at(&mut bytes, start).map_err(IntelError::io("read", &self.path))?;
        let text = String::from_utf8(bytes).map_err(|_| self.damaged("a line is not text"))?;
        let (key, value) = text.split_once('\t').ok_or_else(|| self.damaged("a line has no key"))?;
        Ok((key.to_string(), value.to_string()))
    }

    /// Every key and value, in order.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Result<(String, String)>> + '_ {
        (0..self.count).map(|line| self.read(line))
    }

    /// The first line whose key is not below that.
    fn lower_bound(&self, key: &[u8]) -> Result<u64> {
        let (mut low, mut high, mut step) = (0, self.count, 0);
        while low < high {
            let middle = low + (high - low) / 2;
            let kept = self.kept.borrow().get(&middle).map(|own| own.as_slice() < key);
            let is_below = match kept {
                Some(is_below) => is_below,
                None => {
                    let own = self.key(middle)?;
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
        Ok(low)
    }

    /// The key of a line.
    fn key(&self, line: u64) -> Result<Vec<u8>> {
        let start = self.place(line)?;
        let mut head = [0; KEY_BYTES_MAX + 1];
        let wanted = head.len().min((self.bytes - start) as usize);
        self.lines.read_exact_at(&mut head[..wanted], start).map_err(IntelError::io("read", &self.path))?;
        Ok(head[..wanted].split(|byte| *byte == b'\t').next().unwrap_or_default().to_vec())
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

    /// Keys and values of keys that begin so, at most so many.
    pub(crate) fn beginning(&self, head: &str, limit: usize) -> Result<Vec<(String, String)>> {
        let mut found = Vec::new();
        self.each_from(head, |key, value| {
            let begins = key.starts_with(head);
            if begins {
                found.push((key.to_string(), value.to_string()));
            }
            Ok(begins && found.len() < limit)
        })?;
        Ok(found)
    }

    /// Calls `each` with lines from a key on, until it says that it has enough.
    pub(crate) fn each_from(
        &self,
        key: &str,
        mut each: impl FnMut(&str, &str) -> Result<bool>,
    ) -> Result<()> {
        for line in self.lower_bound(key.as_bytes())?..self.count {
            let (key, value) = self.read(line)?;
            if !each(&key, &value)? {
                return Ok(());
            }
        }
        Ok(())
    }
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
            prop_assert_eq!(sheet.beginning(&asked, 99).unwrap().len(), begins);
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
}
