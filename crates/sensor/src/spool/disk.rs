//! What the spool asks of a disk, so that a disk in memory can fail wherever a real one can.
//!
//! **Invariant:** after [`Disk::write`] the bytes are durable; after [`Disk::sync`] the names are.

use std::io;

/// A folder of files with durable writes.
pub trait Disk {
    /// Names and lengths of the files, in any order.
    fn list(&self) -> io::Result<Vec<(String, u64)>>;
    /// The bytes of a file; `InvalidData` when there are more than a batch may have.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;
    /// Creates a file or replaces its bytes, and waits until they are durable.
    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;
    /// Gives a file another name; a file of that name is replaced.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;
    /// Takes a file away.
    fn remove(&mut self, name: &str) -> io::Result<()>;
    /// Waits until names are durable.
    fn sync(&mut self) -> io::Result<()>;
}
