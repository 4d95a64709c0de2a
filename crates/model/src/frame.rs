//! Captured bytes and their capture times, not yet read.
//!
//! A [`FrameBlock`] is filled by a capture reader and emptied by the decoder, again and again: its
//! buffers are reused, so that no frame costs an allocation.
//!
//! **Invariant:** every [`FrameRef`] lies inside `bytes`; a block holds at most [`FRAMES_MAX`] frames.

/// The most frames one block may hold.
pub const FRAMES_MAX: usize = 8192;

/// A block is handed on once it holds this many bytes, whatever the number of its frames.
pub const BLOCK_BYTES_MAX: usize = 4 << 20;

/// The longest frame that is kept; a longer one is a loss named `oversized`.
pub const FRAME_BYTES_MAX: usize = 262_144;

/// Where one frame lies in its block, and what the capture file says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameRef {
    /// Offset of the first byte in [`FrameBlock::bytes`].
    pub start: u32,
    /// Captured length, in bytes.
    pub cap_len: u32,
    /// Length on the wire, in bytes; at least `cap_len` in a sane file.
    pub wire_len: u32,
    /// Capture time, in nanoseconds since 1970-01-01T00:00Z; 0 when the file gives none.
    pub ts_ns: i64,
    /// Link type (LINKTYPE_ number of the interface that captured the frame).
    pub link: u16,
    /// Position of the frame in its input, counted from 1, lost frames included.
    pub number: u64,
}

/// A run of frames of one input, with the buffer that holds their bytes.
#[derive(Debug, Default)]
pub struct FrameBlock {
    /// The bytes of all frames, and whatever stood between them in the input.
    pub bytes: Vec<u8>,
    /// The frames, in the order of the input.
    pub frames: Vec<FrameRef>,
}

impl FrameBlock {
    /// Forgets the frames and keeps the buffers.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.frames.clear();
    }

    /// Whether the block should be handed on before another frame is added.
    pub fn is_full(&self) -> bool {
        self.frames.len() >= FRAMES_MAX || self.bytes.len() >= BLOCK_BYTES_MAX
    }

    /// The captured bytes of a frame of this block.
    pub fn bytes_of(&self, frame: &FrameRef) -> &[u8] {
        &self.bytes[frame.start as usize..(frame.start + frame.cap_len) as usize]
    }

    /// Adds a frame by copying its bytes.
    pub fn push(&mut self, bytes: &[u8], wire_len: u32, ts_ns: i64, link: u16, number: u64) {
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(bytes);
        self.frames.push(FrameRef { start, cap_len: bytes.len() as u32, wire_len, ts_ns, link, number });
    }
}
