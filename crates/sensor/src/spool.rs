//! The spool: sealed batches on the disk, from when they are sealed until the collector has stored them.
//!
//! A batch is one file named by its number. It is written under another name, made durable, renamed, and the
//! name made durable: after that a loss of power takes nothing. The newest file keeps its number when it is
//! acknowledged, so that no number is given twice. When there is no room, batches that were never sent are
//! replaced by batches without frames that answer for their numbers (decision 011); one that may have been
//! sent is never changed, because the collector may have stored it: how far was sent is in the file `mark`.
//! A number whose file is missing or torn is answered for when the collector asks for it, without counts:
//! nobody knows them.
//!
//! **Invariant:** received = acknowledged + lost + held, after every call; numbers grow without a gap.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use teiten_model::account::{Account, Loss};
use teiten_model::address::Prefix;
use teiten_wire::batch::{self, BatchError, Head, Payload};

use crate::error::SensorError;

use disk::Disk;
use entry::{BATCH, Entry, REFUSED, SENT, TORN, added, emptied, joined, name};

pub mod disk;
mod entry;
pub mod folder;
pub mod memory;
mod start;
#[cfg(test)]
mod tests;

/// The most batches without frames that wait in memory because the disk takes nothing.
const OWED_MAX: usize = 64;
/// The most refused batches kept for whoever looks for the reason.
const REFUSED_KEPT_MAX: usize = 16;
/// How many numbers ahead the mark is set, so that not every batch costs one more write.
const MARK_STEP: u64 = 8;
/// Level of zstd: 3 costs about 5 ns a byte and no more memory than a batch.
const ZSTD_LEVEL: i32 = 3;
/// The fewest bytes a spool may be given.
pub const SPOOL_BYTES_MIN: u64 = 1 << 20;

/// Which batches are given up when there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// The oldest ones that were never sent.
    #[default]
    Oldest,
    /// The one that was just sealed.
    Newest,
}

/// How much the spool may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of all files together, each counted as whole places of 4 KiB.
    pub bytes_max: u64,
    /// What is given up beyond that.
    pub policy: Policy,
}

/// What the sealer hands over: a batch without a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// When observation began, in nanoseconds since 1970.
    pub opened_ns: i64,
    /// When it ended.
    pub sealed_ns: i64,
    /// Frames inside.
    pub frames: u64,
    /// Frames received meanwhile and not inside, by reason, in order; none is 0.
    pub lost: Vec<(Loss, u64)>,
    /// Prefixes watched all that time.
    pub watched: Vec<Prefix>,
    /// Clock offset as it was last measured, in nanoseconds.
    pub clock_offset_ns: Option<i64>,
    /// The frames' pcapng; empty without frames.
    pub plain: Vec<u8>,
}

/// A sealed batch whose frames are compressed: what takes long is done before the spool is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    sealed: Sealed,
    payload: Result<Payload, BatchError>,
}

impl Sealed {
    /// Compresses the frames.
    pub fn pack(self) -> Packed {
        let payload = batch::compress(&self.plain, ZSTD_LEVEL);
        Packed { sealed: Sealed { plain: Vec::new(), ..self }, payload }
    }
}

impl Packed {
    /// Says how far the clock is from the collector's, as it was last measured.
    pub fn with_clock_offset_ns(mut self, clock_offset_ns: Option<i64>) -> Packed {
        self.sealed.clock_offset_ns = clock_offset_ns;
        self
    }
}

/// The batches of one sensor that were not acknowledged.
#[derive(Debug)]
pub struct Spool<D> {
    disk: D,
    limits: Limits,
    sensor: String,
    epoch: u64,
    instance: u64,
    entries: BTreeMap<u64, Entry>,
    /// Batches without frames that have no number yet, because the disk took nothing.
    owed: Vec<Sealed>,
    /// Numbers whose batch without frames lies in memory alone, because the disk took nothing.
    unwritten: BTreeSet<u64>,
    /// The batch that was told to be there and unreadable.
    unreadable: Option<u64>,
    next: u64,
    mark: u64,
    place_bytes: u64,
    tombstones: Vec<String>,
    refused: Vec<String>,
    account: Account,
    notes: Vec<String>,
}

impl<D: Disk> Spool<D> {
    /// Takes a sealed batch. Nothing fails: what the disk does not take is lost, with its reason and count.
    pub fn push(&mut self, packed: Packed) {
        let Packed { sealed, payload } = packed;
        self.account.received += sealed.frames;
        self.account.held += sealed.frames;
        for (loss, frames) in &sealed.lost {
            self.account.lose(*loss, *frames);
        }
        self.settle();
        let is_through = self.owed.is_empty()
            && match payload {
                Ok(payload) => self.store(&sealed, &payload),
                Err(error) => {
                    self.note(format!("{} frames cannot be compressed: {error}", sealed.frames));
                    false
                }
            };
        if !is_through {
            self.lose_held(Loss::SpoolFull, sealed.frames);
            let lost = added(&sealed.lost, &[(Loss::SpoolFull, sealed.frames)]);
            self.owe(Sealed { frames: 0, lost, ..sealed });
        }
        self.account.check();
    }

    /// Batches that wait to be sent, in order: number and bytes.
    pub fn queue(&self) -> impl Iterator<Item = (u64, u64)> {
        self.entries.iter().map(|(sequence, entry)| (*sequence, entry.len))
    }

    /// Says durably that a batch is about to be sent: from now on it is not changed any more.
    ///
    /// # Errors
    /// When the disk does not take it: the batch must not be sent then.
    pub fn may_send(&mut self, sequence: u64) -> io::Result<()> {
        if sequence <= self.mark {
            return Ok(());
        }
        let mark = sequence + MARK_STEP - 1;
        self.put("mark", format!("{mark}\n").as_bytes())?;
        self.mark = mark;
        Ok(())
    }

    /// The bytes of a batch; `None` when there is no such batch any more, or the disk does not give it at the moment.
    /// One that is damaged or gone is replaced by one that says so; one that is there and cannot be read is kept.
    pub fn bytes_of(&mut self, sequence: u64) -> Option<Vec<u8>> {
        let entry = self.entries.get(&sequence)?;
        if entry.len == 0 {
            return batch::seal_payload(&entry.head, &Payload::default()).ok();
        }
        let read = self.disk.read(&name(sequence, BATCH));
        match read {
            Ok(bytes) if batch::open(&bytes).is_ok_and(|batch| batch.head.sequence == sequence) => {
                return Some(bytes);
            }
            Ok(_) => self.note(format!("batch {sequence} is damaged on the disk: its frames are given up")),
            Err(error) if is_damage(&error) => {
                self.note(format!("batch {sequence} is lost ({error}): its frames are given up"));
            }
            Err(error) => {
                if self.unreadable.replace(sequence) != Some(sequence) {
                    self.note(format!(
                        "{} cannot be read ({error}), and nothing is sent before it: mend the disk or the rights, or \
                         move the file away to give its frames up",
                        name(sequence, BATCH)
                    ));
                }
                return None;
            }
        }
        self.give_up(sequence, Loss::Gap);
        let entry = self.entries.get(&sequence)?;
        batch::seal_payload(&entry.head, &Payload::default()).ok()
    }

    /// Deletes batches up to a number: the collector has stored them.
    pub fn acknowledge(&mut self, up_to: u64) {
        while let Some((&sequence, _)) = self.entries.first_key_value().filter(|(n, _)| **n <= up_to) {
            let entry = self.remove(sequence).expect("it is the first");
            self.account.held -= entry.head.frames;
            self.account.stored += entry.head.frames;
            self.retire(sequence, &entry, SENT);
        }
        self.settle();
        self.account.check();
    }

    /// Replaces a batch by one without frames that answers for its number.
    pub fn give_up(&mut self, sequence: u64, loss: Loss) {
        let Some(entry) = self.entries.get(&sequence).cloned() else { return };
        if loss == Loss::Refused {
            self.keep_refused(sequence, &entry);
        }
        let mut head = emptied(&entry.head, loss);
        let before = match head.first.checked_sub(1) {
            Some(before) if before > self.mark && sequence > self.mark => {
                self.entries.get(&before).filter(|entry| entry.runs_into(&head)).cloned()
            }
            _ => None,
        };
        if let Some(before) = &before {
            head = joined(&before.head, head);
        }
        self.lose_held(loss, entry.head.frames);
        let mut len = self.write(&head);
        if len.is_err() {
            // A full disk takes the small file only when the large one is gone; the number is answered for
            // from memory until then.
            let _gone = self.disk.remove(&name(sequence, BATCH));
            len = self.write(&head);
        }
        self.insert(Entry { head, len: len.unwrap_or(0) });
        if let Some(Entry { head: Head { sequence, .. }, .. }) = before {
            self.remove(sequence);
            self.discard(&name(sequence, BATCH));
        }
        self.account.check();
    }

    /// Answers for a number that the collector wants and that is not there: missing or torn. Gives false
    /// when it is there, or was never given.
    pub fn declare(&mut self, wanted: u64) -> bool {
        let Some((&after, next)) = self.entries.range(wanted..).next() else { return false };
        if wanted == 0 || wanted >= next.head.first {
            return false;
        }
        let head = Head {
            first: wanted,
            sequence: next.head.first - 1,
            sealed_ns: next.head.opened_ns,
            frames: 0,
            lost: Vec::new(),
            plain_bytes: 0,
            ..next.head.clone()
        };
        self.note(format!(
            "batches {wanted} to {} are missing: batch {after} follows an unobserved interval",
            head.sequence
        ));
        let len = self.write(&head).unwrap_or(0);
        self.insert(Entry { head, len });
        true
    }

    /// received = stored (by the collector) + lost + held, in frames, since this spool was opened; what was
    /// found in it counts as received.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// What batches come from this spool: a number drawn when it was created.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The last number that was given; 0 before the first.
    pub fn last(&self) -> u64 {
        self.next - 1
    }

    /// Batches that wait.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no batch waits.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.owed.is_empty()
    }

    /// Bytes that are taken.
    pub fn place_bytes(&self) -> u64 {
        self.place_bytes
    }

    /// When the oldest batch that waits was sealed, in nanoseconds since 1970.
    pub fn oldest_ns(&self) -> Option<i64> {
        self.entries.first_key_value().map(|(_, entry)| entry.head.sealed_ns)
    }

    /// What is to be told since the last call, a sentence each.
    pub fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    /// Numbers of the entries and the interval and counts each answers for, in order.
    pub fn heads(&self) -> impl Iterator<Item = &Head> {
        self.entries.values().map(|entry| &entry.head)
    }

    /// Frames told as lost by batches that have no number yet, because the disk takes nothing.
    pub fn owed_frames(&self) -> u64 {
        self.owed.iter().flat_map(|sealed| &sealed.lost).map(|(_, frames)| frames).sum()
    }

    /// The disk below, for who makes it fail.
    pub fn disk_mut(&mut self) -> &mut D {
        &mut self.disk
    }

    /// Gives the disk back.
    pub fn into_disk(self) -> D {
        self.disk
    }

    /// Numbers and stores a batch; false when there is no room or the disk does not take it.
    fn store(&mut self, sealed: &Sealed, payload: &Payload) -> bool {
        let head = Head {
            sensor: self.sensor.clone(),
            epoch: self.epoch,
            first: self.next,
            sequence: self.next,
            instance: self.instance,
            opened_ns: sealed.opened_ns,
            sealed_ns: sealed.sealed_ns,
            frames: sealed.frames,
            lost: sealed.lost.clone(),
            watched: sealed.watched.clone(),
            clock_offset_ns: sealed.clock_offset_ns,
            plain_bytes: 0,
        };
        let bytes = match batch::seal_payload(&head, payload) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.note(format!("a batch of {} frames cannot be sealed: {error}", sealed.frames));
                return false;
            }
        };
        let entry = Entry { head, len: bytes.len() as u64 };
        if !self.make_room(entry.place()) {
            return false;
        }
        loop {
            match self.put(&name(self.next, BATCH), &bytes) {
                Ok(()) => break,
                Err(error) if error.kind() == io::ErrorKind::StorageFull && self.give_up_one() => {}
                Err(error) => {
                    self.note(format!("the disk does not take batch {}: {error}", self.next));
                    return false;
                }
            }
        }
        self.next += 1;
        self.bury();
        self.insert(entry);
        true
    }

    /// Makes room for so many bytes; false when nothing more may be given up.
    fn make_room(&mut self, place: u64) -> bool {
        while self.place_bytes + place > self.limits.bytes_max {
            if !self.give_up_one() {
                return false;
            }
        }
        true
    }

    /// Gives up the oldest batch that was never sent and holds frames, or joins two without; false when
    /// policy or the mark leaves none.
    fn give_up_one(&mut self) -> bool {
        if self.limits.policy == Policy::Newest {
            return false;
        }
        let mut before: Option<&Entry> = None;
        let mut found = None;
        for (&sequence, entry) in self.entries.range(self.mark + 1..) {
            if entry.head.frames > 0 || before.is_some_and(|before| before.runs_into(&entry.head)) {
                found = Some(sequence);
                break;
            }
            before = Some(entry);
        }
        let Some(sequence) = found else { return false };
        self.give_up(sequence, Loss::SpoolFull);
        true
    }

    /// Writes down what is owed, as far as the disk takes it.
    fn settle(&mut self) {
        while let Some(&sequence) = self.unwritten.first() {
            // It may be acknowledged, joined to another, or written meanwhile.
            if let Some(entry) = self.entries.get(&sequence).filter(|entry| entry.len == 0) {
                let head = entry.head.clone();
                let Ok(len) = self.write(&head) else { return };
                self.insert(Entry { head, len });
            }
            self.unwritten.remove(&sequence);
        }
        while let Some(first) = self.owed.first().cloned() {
            if !self.store(&first, &Payload::default()) {
                return;
            }
            self.owed.remove(0);
        }
    }

    /// Keeps a batch without frames for later, joined to the one before where that says the same.
    fn owe(&mut self, sealed: Sealed) {
        let has_room = self.owed.len() < OWED_MAX;
        match self.owed.last_mut() {
            Some(last) if last.sealed_ns == sealed.opened_ns && last.watched == sealed.watched => {
                last.sealed_ns = sealed.sealed_ns;
                last.lost = added(&last.lost, &sealed.lost);
            }
            _ if has_room => self.owed.push(sealed),
            _ => self.note("an interval is given up untold: the disk takes nothing".to_string()),
        }
    }

    /// Keeps a batch under its number, in the place of one that was there, and counts its place.
    fn insert(&mut self, entry: Entry) {
        self.place_bytes += entry.place();
        if entry.len == 0 {
            self.unwritten.insert(entry.head.sequence);
        }
        let replaced = self.entries.insert(entry.head.sequence, entry);
        self.place_bytes -= replaced.map_or(0, |entry| entry.place());
    }

    /// Forgets a batch and its place; its file stays.
    fn remove(&mut self, sequence: u64) -> Option<Entry> {
        let entry = self.entries.remove(&sequence)?;
        self.place_bytes -= entry.place();
        Some(entry)
    }

    fn lose_held(&mut self, loss: Loss, frames: u64) {
        self.account.held -= frames;
        self.account.received -= frames;
        self.account.lose(loss, frames);
    }

    /// Writes a batch without frames in the place of its number; gives its length.
    fn write(&mut self, head: &Head) -> io::Result<u64> {
        let bytes = batch::seal_payload(head, &Payload::default()).map_err(io::Error::other)?;
        self.put(&name(head.sequence, BATCH), &bytes)?;
        Ok(bytes.len() as u64)
    }

    /// Writes a file so that it is either there whole or not there.
    fn put(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let part = "new.part";
        let written = self.disk.write(part, bytes).and_then(|()| self.disk.rename(part, name));
        if written.is_err() {
            let _gone = self.disk.remove(part);
        }
        written?;
        self.disk.sync()
    }

    /// Takes the file of a batch away; the newest keeps its number.
    fn retire(&mut self, sequence: u64, entry: &Entry, ending: &'static str) {
        if sequence + 1 < self.next {
            self.discard(&name(sequence, BATCH));
            return;
        }
        let tombstone = name(sequence, ending);
        let kept = match entry.len {
            0 => self.put(&tombstone, b""),
            _ => self.disk.rename(&name(sequence, BATCH), &tombstone),
        };
        match kept {
            Ok(()) => self.tombstones.push(tombstone),
            Err(error) => self.note(format!("batch {sequence} cannot be taken away: {error}")),
        }
    }

    /// Takes away the files that only kept a number, because a newer one keeps it now.
    fn bury(&mut self) {
        for tombstone in std::mem::take(&mut self.tombstones) {
            self.discard(&tombstone);
        }
    }

    fn keep_refused(&mut self, sequence: u64, entry: &Entry) {
        if entry.len == 0 {
            return;
        }
        let kept = name(sequence, REFUSED);
        let Ok(bytes) = self.disk.read(&name(sequence, BATCH)) else { return };
        if self.put(&kept, &bytes).is_ok() {
            self.refused.push(kept);
        }
        if self.refused.len() > REFUSED_KEPT_MAX {
            let oldest = self.refused.remove(0);
            self.discard(&oldest);
        }
    }

    fn discard(&mut self, file: &str) {
        match self.disk.remove(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                self.note(format!("{file} cannot be taken away: {error}"));
            }
            _ => {}
        }
    }

    fn note(&mut self, what: String) {
        // A disk that fails all the time must not fill the memory.
        if self.notes.len() < OWED_MAX {
            self.notes.push(what);
        }
    }
}

/// Whether an error says that the bytes are gone for good. Any other, such as want of rights or a disk that does not
/// answer, says nothing about them.
fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData)
}
