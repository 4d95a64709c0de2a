//! Captured bytes of one layer, with the length the layer had on the wire.
//!
//! The two lengths tell a packet that the snap length cut (bytes missing that were on the wire) from
//! a malformed one (bytes missing that never were).
//!
//! **Invariant:** at most `len` bytes are seen; reading beyond them gives `None`, never a panic.

/// A layer of a packet: the captured bytes and the length on the wire.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    seen: &'a [u8],
    len: usize,
}

impl<'a> Part<'a> {
    /// All captured bytes; a wire length below the captured one is not believed.
    #[inline]
    pub(super) fn new(seen: &'a [u8], wire_len: usize) -> Part<'a> {
        Part { seen, len: wire_len.max(seen.len()) }
    }

    /// The captured bytes.
    #[inline]
    pub(super) fn seen(&self) -> &'a [u8] {
        self.seen
    }

    /// Length on the wire, in bytes.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether bytes that were on the wire are missing.
    #[inline]
    pub(super) fn is_cut(&self) -> bool {
        self.seen.len() < self.len
    }

    /// What follows the first `count` bytes.
    #[inline]
    pub(super) fn after(&self, count: usize) -> Part<'a> {
        Part { seen: self.seen.get(count..).unwrap_or_default(), len: self.len.saturating_sub(count) }
    }

    /// The first `count` bytes, by the word of a header: the wire length becomes `count`.
    #[inline]
    pub(super) fn first(&self, count: usize) -> Part<'a> {
        Part { seen: self.seen.get(..count).unwrap_or(self.seen), len: count }
    }

    /// The byte at an offset, if captured.
    #[inline]
    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        self.seen.get(at).copied()
    }

    /// The bytes at an offset, if all of them are captured.
    #[inline]
    pub(super) fn array<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.seen.get(at..)?.first_chunk::<N>().copied()
    }

    /// The 16-bit number at an offset, in network byte order.
    #[inline]
    pub(super) fn be16(&self, at: usize) -> Option<u16> {
        self.array(at).map(u16::from_be_bytes)
    }

    /// The 32-bit number at an offset, in network byte order.
    #[inline]
    pub(super) fn be32(&self, at: usize) -> Option<u32> {
        self.array(at).map(u32::from_be_bytes)
    }
}
