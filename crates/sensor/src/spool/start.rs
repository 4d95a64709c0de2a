//! How a spool begins: what a process before left in the folder, whole or torn.
//!
//! Only what is damaged is left out; what is there and cannot be read ends the start, and stays.
//!
//! **Invariant:** after [`Spool::open`] every entry was read and its sums fit; no number that a file ever had is
//! given again in this epoch.

use super::*;

/// Name of the file that says which spool this is.
const EPOCH: &str = "epoch";
/// Its first word.
const EPOCH_WORD: &str = "teiten-spool-1";

impl<D: Disk> Spool<D> {
    /// Opens the spool that is on a disk, or begins one with the number `fresh`. `instance` is a number drawn
    /// for this process.
    ///
    /// # Errors
    /// When the disk cannot be read or written at all, or holds the spool of another sensor.
    pub fn open(
        mut disk: D,
        sensor: &str,
        limits: Limits,
        fresh: u64,
        instance: u64,
    ) -> Result<Spool<D>, SensorError> {
        let files = disk.list().map_err(SensorError::SpoolRead)?;
        let told = read(&disk, EPOCH)?.and_then(|bytes| epoch_of(&bytes));
        let mut found: Vec<(u64, &str)> = files.iter().filter_map(|(file, _)| entry::number(file)).collect();
        found.sort_unstable();
        let mut epoch = told;
        for (sequence, _) in found.iter().filter(|(_, ending)| *ending == BATCH) {
            if epoch.is_some() {
                break;
            }
            let bytes = read(&disk, &name(*sequence, BATCH))?;
            epoch = bytes.and_then(|bytes| batch::open(&bytes).ok().map(|batch| batch.head.epoch));
        }
        for (file, _) in files.iter().filter(|(file, _)| file.ends_with(".part")) {
            let _gone = disk.remove(file);
        }
        let mut spool = Spool {
            disk,
            limits,
            sensor: sensor.to_string(),
            epoch: epoch.unwrap_or(fresh),
            instance,
            entries: BTreeMap::new(),
            owed: Vec::new(),
            unwritten: BTreeSet::new(),
            unreadable: None,
            next: 1,
            mark: 0,
            place_bytes: 0,
            tombstones: Vec::new(),
            refused: Vec::new(),
            account: Account::default(),
            notes: Vec::new(),
        };
        if told.is_none() {
            // Without its number the spool is another one: what else lies there says nothing to it.
            if epoch.is_none() {
                for (file, _) in files.iter().filter(|(file, _)| entry::number(file).is_some()) {
                    spool.discard(file);
                }
                found.clear();
            }
            let text = format!("{EPOCH_WORD} {:016x}\n", spool.epoch);
            spool.put(EPOCH, text.as_bytes()).map_err(SensorError::SpoolRead)?;
        }
        for (sequence, ending) in found {
            spool.next = spool.next.max(sequence.saturating_add(1));
            match ending {
                BATCH => spool.find(sequence)?,
                REFUSED => spool.refused.push(name(sequence, REFUSED)),
                _ => spool.tombstones.push(name(sequence, ending)),
            }
        }
        spool.mark = spool.read_mark(&files)?;
        spool.account.received = spool.entries.values().map(|entry| entry.head.frames).sum();
        spool.account.held = spool.account.received;
        spool.account.check();
        Ok(spool)
    }

    /// Reads a batch that was found.
    fn find(&mut self, sequence: u64) -> Result<(), SensorError> {
        let bytes = read(&self.disk, &name(sequence, BATCH))?.unwrap_or_default();
        let head = match batch::open(&bytes) {
            Ok(batch) if batch.head.sensor != self.sensor => {
                return Err(SensorError::SpoolForeign {
                    theirs: batch.head.sensor,
                    ours: self.sensor.clone(),
                });
            }
            Ok(batch) if batch.head.sequence == sequence && batch.head.epoch == self.epoch => batch.head,
            Ok(_) => {
                self.note(format!("batch {sequence} is of another spool: it is left out"));
                return self.entomb(sequence);
            }
            Err(error) => {
                self.note(format!("batch {sequence} is torn ({error}): an unobserved interval"));
                return self.entomb(sequence);
            }
        };
        // A crash between the two steps of giving up leaves a batch that another answers for.
        let covered: Vec<u64> = self.entries.range(head.first..).map(|(number, _)| *number).collect();
        for number in covered {
            self.remove(number);
            self.discard(&name(number, BATCH));
        }
        self.insert(Entry { head, len: bytes.len() as u64 });
        Ok(())
    }

    fn entomb(&mut self, sequence: u64) -> Result<(), SensorError> {
        let tombstone = name(sequence, TORN);
        self.disk.rename(&name(sequence, BATCH), &tombstone).map_err(SensorError::SpoolRead)?;
        self.tombstones.push(tombstone);
        Ok(())
    }

    /// How far was sent. When that cannot be read, anything may have been.
    fn read_mark(&mut self, files: &[(String, u64)]) -> Result<u64, SensorError> {
        let text = read(&self.disk, "mark")?.and_then(|bytes| String::from_utf8(bytes).ok());
        let mark = text.filter(|text| text.ends_with('\n')).and_then(|text| text.trim().parse().ok());
        Ok(match mark {
            Some(mark) => mark,
            None if files.iter().any(|(file, _)| file == "mark") => self.next - 1,
            None => 0,
        })
    }
}

/// The bytes of a file; `None` for one that is gone or damaged.
fn read<D: Disk>(disk: &D, file: &str) -> Result<Option<Vec<u8>>, SensorError> {
    match disk.read(file) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if is_damage(&error) => Ok(None),
        Err(error) => Err(SensorError::SpoolRead(io::Error::new(error.kind(), format!("{file}: {error}")))),
    }
}

fn epoch_of(bytes: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(bytes).ok()?.strip_prefix(EPOCH_WORD)?.strip_suffix('\n')?;
    u64::from_str_radix(digits.trim(), 16).ok()
}
