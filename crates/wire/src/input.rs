//! A bounded window on a stream: records are walked in place and bytes move only when it is refilled.
//!
//! One buffer of fixed size serves the whole input. Nothing in a file can make it grow: whoever needs
//! more than [`HELD_BYTES_MAX`] at once must skip instead.
//!
//! **Invariant:** `start <= end <= buffer.len()`, and `buffer.len()` never changes.

use std::io::{self, BufRead, Read};

/// The most bytes that can be looked at together: the size of the buffer.
pub(crate) const HELD_BYTES_MAX: usize = 1 << 20;

/// A stream and the part of it that is held.
pub(crate) struct Input {
    reader: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    offset: u64,
    is_ended: bool,
    is_decompressed: bool,
    failure: Option<String>,
}

impl Input {
    /// Begins to read; `is_decompressed` says that errors come from a decompressor.
    pub(crate) fn new(reader: Box<dyn Read + Send>, is_decompressed: bool) -> Input {
        Input {
            reader,
            buffer: vec![0; HELD_BYTES_MAX],
            start: 0,
            end: 0,
            offset: 0,
            is_ended: false,
            is_decompressed,
            failure: None,
        }
    }

    /// The bytes held and not yet consumed.
    pub(crate) fn held(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Position of the first held byte in the (decompressed) stream.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether errors of this stream come from a decompressor.
    pub(crate) fn is_decompressed(&self) -> bool {
        self.is_decompressed
    }

    /// What went wrong with the stream, if it did not simply end.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Reads until at least `len` bytes are held; false when the stream ends before.
    pub(crate) fn want(&mut self, len: usize) -> bool {
        assert!(len <= HELD_BYTES_MAX, "a longer record must be skipped");
        if self.end - self.start >= len {
            return true;
        }
        self.refill(len)
    }

    fn refill(&mut self, len: usize) -> bool {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        while self.end < len && !self.is_ended {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.is_ended = true,
                Ok(n) => self.end += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.is_ended = true;
                    self.failure = Some(error.to_string());
                }
            }
        }
        self.end >= len
    }

    /// Leaves held bytes behind.
    pub(crate) fn advance(&mut self, len: usize) {
        assert!(len <= self.end - self.start, "only held bytes can be consumed");
        self.start += len;
        self.offset += len as u64;
    }

    /// Leaves `len` bytes behind without holding them together; false when the stream ends before.
    pub(crate) fn skip(&mut self, mut len: u64) -> bool {
        while len > 0 {
            if !self.want(1) {
                return false;
            }
            let step = len.min((self.end - self.start) as u64);
            self.advance(step as usize);
            len -= step;
        }
        true
    }
}

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let held = self.fill_buf()?;
        let len = held.len().min(into.len());
        into[..len].copy_from_slice(&held[..len]);
        self.advance(len);
        Ok(len)
    }
}

/// The window as a source for the next layer of decompression.
impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if !self.want(1)
            && let Some(failure) = &self.failure
        {
            return Err(io::Error::other(failure.clone()));
        }
        Ok(self.held())
    }

    fn consume(&mut self, len: usize) {
        self.advance(len);
    }
}
