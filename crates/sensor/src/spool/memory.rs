//! A disk in memory that fails on demand: full, dead after so many steps, torn by a loss of power.
//!
//! The spool's own tests and every simulation of sensor and collector run on it.
//!
//! **Invariant:** what was synced survives a crash; of what was not, the first steps may.

use std::collections::BTreeMap;
use std::io;

use super::disk::Disk;

/// A step on names that a crash may undo.
#[derive(Debug, Clone)]
enum Step {
    Create(String, Vec<u8>),
    Rename(String, String),
    Remove(String),
}

/// Files, and what a crash would leave of them.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk {
    durable: BTreeMap<String, Vec<u8>>,
    seen: BTreeMap<String, Vec<u8>>,
    pending: Vec<Step>,
    /// Bytes that fit; `None` without a bound.
    pub bytes_max: Option<u64>,
    /// Steps until the machine dies; `None` when it does not.
    pub steps_left: Option<u64>,
    /// A file that is there and cannot be read.
    pub unreadable: Option<String>,
}

impl MemoryDisk {
    /// The machine dies and starts again: of the steps not yet durable the first `kept` survive. With
    /// `torn`, the file written last keeps only its first half, as on a disk that does not keep its word.
    pub fn crash(&mut self, kept: usize, torn: bool) {
        let mut last = None;
        for step in self.pending.drain(..).take(kept) {
            if let Step::Create(name, _) | Step::Rename(_, name) = &step {
                last = Some(name.clone());
            }
            apply(&mut self.durable, step);
        }
        if torn && let Some(bytes) = last.and_then(|name| self.durable.get_mut(&name)) {
            bytes.truncate(bytes.len() / 2);
        }
        self.seen = self.durable.clone();
        self.steps_left = None;
    }

    /// Steps that a crash may undo.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Cuts a file in half, whatever was promised.
    pub fn tear(&mut self, name: &str) {
        for files in [&mut self.durable, &mut self.seen] {
            if let Some(bytes) = files.get_mut(name) {
                bytes.truncate(bytes.len() / 2);
            }
        }
    }

    fn step(&mut self) -> io::Result<()> {
        match &mut self.steps_left {
            Some(0) => Err(io::Error::other("the machine is dead")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn change(&mut self, step: Step) {
        apply(&mut self.seen, step.clone());
        self.pending.push(step);
    }
}

fn apply(files: &mut BTreeMap<String, Vec<u8>>, step: Step) {
    match step {
        Step::Create(name, bytes) => drop(files.insert(name, bytes)),
        Step::Rename(from, to) => {
            if let Some(bytes) = files.remove(&from) {
                files.insert(to, bytes);
            }
        }
        Step::Remove(name) => drop(files.remove(&name)),
    }
}

impl Disk for MemoryDisk {
    fn list(&self) -> io::Result<Vec<(String, u64)>> {
        Ok(self.seen.iter().map(|(name, bytes)| (name.clone(), bytes.len() as u64)).collect())
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        if self.unreadable.as_deref() == Some(name) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        self.seen.get(name).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        if self.steps_left == Some(0) {
            return self.step();
        }
        // Death in the middle of a write leaves a part of it.
        if self.steps_left == Some(1) {
            self.change(Step::Create(name.to_string(), bytes[..bytes.len() / 2].to_vec()));
            self.steps_left = Some(0);
            return self.step();
        }
        self.step()?;
        let others: u64 =
            self.seen.iter().filter(|(other, _)| *other != name).map(|(_, bytes)| bytes.len() as u64).sum();
        if self.bytes_max.is_some_and(|max| others + bytes.len() as u64 > max) {
            self.change(Step::Create(name.to_string(), Vec::new()));
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.change(Step::Create(name.to_string(), bytes.to_vec()));
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.step()?;
        if !self.seen.contains_key(from) {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.change(Step::Rename(from.to_string(), to.to_string()));
        Ok(())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.step()?;
        if !self.seen.contains_key(name) {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.change(Step::Remove(name.to_string()));
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.step()?;
        self.durable = self.seen.clone();
        self.pending.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_keeps_what_was_synced_and_the_first_steps_after() {
        let mut disk = MemoryDisk::default();
        disk.write("a", b"1").unwrap();
        disk.sync().unwrap();
        disk.write("b.part", b"22").unwrap();
        disk.rename("b.part", "b").unwrap();
        disk.remove("a").unwrap();
        assert_eq!((disk.list().unwrap().len(), disk.pending()), (1, 3));
        let mut torn = disk.clone();
        torn.crash(2, true);
        assert_eq!(torn.list().unwrap(), [("a".to_string(), 1), ("b".to_string(), 1)]);
        disk.crash(0, false);
        assert_eq!(disk.list().unwrap(), [("a".to_string(), 1)]);
    }

    #[test]
    fn a_full_or_dead_disk_says_so() {
        let mut disk = MemoryDisk { bytes_max: Some(3), ..MemoryDisk::default() };
        assert!(disk.write("a", b"1234").is_err());
        disk.write("a", b"123").unwrap();
        disk.steps_left = Some(1);
        assert!(disk.write("a", b"12").is_err());
        assert!(disk.sync().is_err());
    }
}
