//! Compressed inputs: recognised by their first bytes and opened beside the reader.
//!
//! Decompression costs more than reading the records, so it runs in a thread of its own and hands
//! over buffers of fixed size that come back to be filled again.
//!
//! **Invariant:** at most [`CHUNKS_MAX`] buffers of [`CHUNK_BYTES`] are under way, and a codec that wants
//! more memory than its limit fails; a bomb therefore costs time, not memory.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use crate::format::Compression;
use crate::input::Input;

/// Bytes of one buffer between the decompressor and the reader.
const CHUNK_BYTES: usize = 256 << 10;

/// Buffers between the decompressor and the reader.
const CHUNKS_MAX: usize = 4;

/// The largest window a zstd frame may ask for: 2 to this power, in bytes.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// The most memory xz may use, in bytes.
const XZ_MEMORY_BYTES_MAX: u64 = 256 << 20;

/// The first bytes that must be there to recognise every compression.
pub(crate) const SNIFFED_BYTES: usize = 10;

const LZ4_LEGACY_MAGIC: [u8; 4] = [0x02, 0x21, 0x4c, 0x18];

/// Recognises a compression by the first bytes of a stream.
pub(crate) fn recognise(first: &[u8]) -> Option<Compression> {
    match first {
        [0x1f, 0x8b, 0x08, ..] => Some(Compression::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Compression::Zstd),
        [0xfd, b'7', b'z', b'X', b'Z', 0x00, ..] => Some(Compression::Xz),
        [0x04, 0x22, 0x4d, 0x18, ..] | [0x02, 0x21, 0x4c, 0x18, ..] => Some(Compression::Lz4),
        // The second half is the magic of a block, or of the end of a stream without blocks.
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
        | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => Some(Compression::Bzip2),
        _ => None,
    }
}

/// The plain bytes of a compressed stream, made by a thread beside the reader.
pub(crate) struct Decompressor {
    filled: Option<Receiver<io::Result<Vec<u8>>>>,
    emptied: Option<SyncSender<Vec<u8>>>,
    chunk: Vec<u8>,
    taken: usize,
    is_ended: bool,
    thread: Option<JoinHandle<()>>,
}

impl Decompressor {
    /// Starts to decompress `input`, whose first bytes were recognised as `compression`.
    pub(crate) fn start(compression: Compression, input: Input) -> io::Result<Decompressor> {
        let (filled_sender, filled) = sync_channel(CHUNKS_MAX);
        let (emptied, emptied_receiver) = sync_channel(CHUNKS_MAX + 1);
        for _ in 0..CHUNKS_MAX {
            emptied.send(Vec::with_capacity(CHUNK_BYTES)).expect("the receiver lives in this function");
        }
        let thread = Builder::new()
            .name(format!("{compression} decompression"))
            .spawn(move || pump(compression, input, &filled_sender, &emptied_receiver))?;
        Ok(Decompressor {
            filled: Some(filled),
            emptied: Some(emptied),
            chunk: Vec::new(),
            taken: 0,
            is_ended: false,
            thread: Some(thread),
        })
    }

    /// Takes the next buffer; false at the end of the stream.
    fn next_chunk(&mut self) -> io::Result<bool> {
        let Some(filled) = &self.filled else { return Ok(false) };
        match filled.recv() {
            Ok(Ok(chunk)) => {
                let done = std::mem::replace(&mut self.chunk, chunk);
                self.taken = 0;
                self.is_ended = self.chunk.is_empty();
                if let Some(emptied) = &self.emptied
                    && done.capacity() > 0
                {
                    // Nobody waits for it any more once the thread has ended.
                    let _ = emptied.send(done);
                }
                Ok(!self.is_ended)
            }
            Ok(Err(error)) => {
                self.is_ended = true;
                Err(error)
            }
            Err(_) => {
                self.is_ended = true;
                Err(io::Error::other("the decompressor gave up on the stream"))
            }
        }
    }
}

impl Read for Decompressor {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.chunk.len() && (self.is_ended || !self.next_chunk()?) {
            return Ok(0);
        }
        let held = &self.chunk[self.taken..];
        let len = held.len().min(into.len());
        into[..len].copy_from_slice(&held[..len]);
        self.taken += len;
        Ok(len)
    }
}

impl Drop for Decompressor {
    fn drop(&mut self) {
        // Both ends go first: a thread that waits for either then ends by itself.
        self.filled = None;
        self.emptied = None;
        if let Some(thread) = self.thread.take() {
            // A panic in the codec was already told to the reader as a broken stream.
            let _ = thread.join();
        }
    }
}

/// Fills buffers until the stream ends; an empty buffer says that it ended well.
fn pump(
    compression: Compression,
    input: Input,
    filled: &SyncSender<io::Result<Vec<u8>>>,
    emptied: &Receiver<Vec<u8>>,
) {
    // A failed send means that nobody reads any more: the thread then simply ends.
    let mut decoder = match open(compression, input) {
        Ok(decoder) => decoder,
        Err(error) => {
            let _ = filled.send(Err(told_by(compression, &error)));
            return;
        }
    };
    while let Ok(mut chunk) = emptied.recv() {
        chunk.clear();
        let outcome = decoder.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut chunk);
        let is_full = chunk.len() == CHUNK_BYTES;
        if !chunk.is_empty() && filled.send(Ok(chunk)).is_err() {
            return;
        }
        match outcome {
            Ok(_) if is_full => {}
            Ok(_) => {
                let _ = filled.send(Ok(Vec::new()));
                return;
            }
            Err(error) => {
                let _ = filled.send(Err(told_by(compression, &error)));
                return;
            }
        }
    }
}

fn told_by(compression: Compression, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{compression}: {error}"))
}

fn open(compression: Compression, input: Input) -> io::Result<Box<dyn Read>> {
    Ok(match compression {
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
        Compression::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
            Box::new(decoder)
        }
        Compression::Xz => {
            let stream = liblzma::stream::Stream::new_stream_decoder(
                XZ_MEMORY_BYTES_MAX,
                liblzma::stream::CONCATENATED,
            )?;
            Box::new(liblzma::bufread::XzDecoder::new_stream(input, stream))
        }
        Compression::Lz4 => Box::new(Lz4Frames::new(input)),
        Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
    })
}

/// LZ4 frames one after the other, with an end that was promised and did not come told as an error.
///
/// The frame decoder alone takes the end of the input between two blocks for the end of the frame.
struct Lz4Frames {
    decoder: lz4_flex::frame::FrameDecoder<Watched>,
    is_legacy: bool,
}

struct Watched {
    input: Input,
    has_hit_end: bool,
}

impl Read for Watched {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let len = self.input.read(into)?;
        self.has_hit_end |= len == 0 && !into.is_empty();
        Ok(len)
    }
}

impl Lz4Frames {
    fn new(input: Input) -> Lz4Frames {
        // A legacy frame has no end mark: it ends where the file ends.
        let is_legacy = input.held().starts_with(&LZ4_LEGACY_MAGIC);
        let watched = Watched { input, has_hit_end: false };
        Lz4Frames { decoder: lz4_flex::frame::FrameDecoder::new(watched), is_legacy }
    }
}

impl Read for Lz4Frames {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            let len = self.decoder.read(into)?;
            if len > 0 {
                return Ok(len);
            }
            let watched = self.decoder.get_mut();
            if watched.has_hit_end && !self.is_legacy {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the last frame has no end"));
            }
            if watched.has_hit_end || watched.input.fill_buf()?.is_empty() {
                return Ok(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressions_are_told_by_their_first_bytes() {
        let table: [(&[u8], Option<Compression>); 9] = [
            (b"\x1f\x8b\x08\x00", Some(Compression::Gzip)),
            (b"\x28\xb5\x2f\xfd", Some(Compression::Zstd)),
            (b"\x5e\x2a\x4d\x18\x04\x00\x00\x00", Some(Compression::Zstd)),
            (b"\xfd7zXZ\x00", Some(Compression::Xz)),
            (b"\x04\x22\x4d\x18", Some(Compression::Lz4)),
            (b"\x02\x21\x4c\x18", Some(Compression::Lz4)),
            (b"BZh91AY&SY", Some(Compression::Bzip2)),
            (b"BZhello, world", None),
            (b"", None),
        ];
        for (first, expected) in table {
            assert_eq!(recognise(first), expected, "{first:?}");
        }
    }
}
