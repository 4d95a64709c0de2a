//! Classic pcap: one header, then records of 16 bytes and a frame.
//!
//! The layout is that of draft-ietf-opsawg-pcap. There is no mark between records, so a length that
//! cannot be true ends the reading: guessing where the next record begins would invent packets.
//!
//! **Invariant:** records are walked in place; all that were walked are copied once, into the block.

use teiten_model::account::Loss;
use teiten_model::frame::{BLOCK_BYTES_MAX, FRAME_BYTES_MAX, FRAMES_MAX, FrameBlock, FrameRef};

use crate::error::WireError;
use crate::format::{Container, Resolution};
use crate::input::Input;
use crate::link_type;
use crate::tally::Tally;

const FILE_HEADER_BYTES: usize = 24;

/// What every record begins with; the modified form has more behind it.
const RECORD_HEADER_BYTES: usize = 16;

/// The longest frame that is believed to be one, in bytes; up to here it is skipped, above the file is corrupt.
const CREDIBLE_BYTES_MAX: u32 = 16 << 20;

/// What a magic number says of a file: container, byte order, resolution.
pub(crate) fn recognise(first: &[u8]) -> Option<(Container, bool, Resolution)> {
    use Container::{Pcap, PcapModified};
    use Resolution as R;
    match first {
        [0xd4, 0xc3, 0xb2, 0xa1, ..] => Some((Pcap, false, R::MICROSECONDS)),
        [0xa1, 0xb2, 0xc3, 0xd4, ..] => Some((Pcap, true, R::MICROSECONDS)),
        [0x4d, 0x3c, 0xb2, 0xa1, ..] => Some((Pcap, false, R::NANOSECONDS)),
        [0xa1, 0xb2, 0x3c, 0x4d, ..] => Some((Pcap, true, R::NANOSECONDS)),
        [0x34, 0xcd, 0xb2, 0xa1, ..] => Some((PcapModified, false, R::MICROSECONDS)),
        [0xa1, 0xb2, 0xcd, 0x34, ..] => Some((PcapModified, true, R::MICROSECONDS)),
        _ => None,
    }
}

/// In which order a record gives its two lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LengthOrder {
    CapturedFirst,
    /// Files before version 2.3.
    WireFirst,
    /// Version 2.3 was written both ways: the smaller one is the captured length.
    SmallerIsCaptured,
}

/// The reader of one classic file.
pub(crate) struct PcapReader {
    is_big: bool,
    ns_per_tick: i64,
    record_header_bytes: usize,
    lengths: LengthOrder,
    pub(crate) link: u16,
    pub(crate) snaplen: u32,
}

/// Why a walk over the held bytes came to a stop.
enum Stop {
    Full,
    Needs(usize),
    TooLong { cap_len: u32, wire_len: u32 },
}

impl PcapReader {
    /// Reads the file header, whose magic number was recognised.
    pub(crate) fn open(
        input: &mut Input,
        (container, is_big, resolution): (Container, bool, Resolution),
    ) -> Result<PcapReader, WireError> {
        let format = container.name();
        if !input.want(FILE_HEADER_BYTES) {
            let len = input.held().len();
            return Err(WireError::HeaderCut { format, len, needed: FILE_HEADER_BYTES });
        }
        let header = input.held();
        let half = |at: usize| {
            let bytes = [header[at], header[at + 1]];
            if is_big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
        };
        let (major, minor) = (half(4), half(6));
        let refused = |reason: String| WireError::HeaderRefused { format, reason };
        if major != 2 {
            return Err(refused(format!("version {major}.{minor}; only version 2 is read")));
        }
        let snaplen = word(is_big, header, 16);
        // The field holds the link type below and the length of the frame check sequence above.
        let network = word(is_big, header, 20);
        if network & 0x03ff_0000 != 0 {
            return Err(refused(format!("reserved bits of the link type are set ({network:#010x})")));
        }
        let link = (network & 0xffff) as u16;
        if !link_type::is_supported(link) {
            let name = link_type::name(link).unwrap_or("unknown");
            return Err(WireError::LinkUnsupported { number: link, name });
        }
        let lengths = match minor {
            0..=2 => LengthOrder::WireFirst,
            3 => LengthOrder::SmallerIsCaptured,
            _ => LengthOrder::CapturedFirst,
        };
        input.advance(FILE_HEADER_BYTES);
        Ok(PcapReader {
            is_big,
            ns_per_tick: if resolution == Resolution::NANOSECONDS { 1 } else { 1000 },
            record_header_bytes: if container == Container::PcapModified { 24 } else { 16 },
            lengths,
            link,
            snaplen,
        })
    }

    /// Adds frames until the block is full (true) or nothing is left (false).
    pub(crate) fn fill(&self, input: &mut Input, block: &mut FrameBlock, tally: &mut Tally) -> bool {
        loop {
            let held = input.held();
            let (walked, stop) = if self.is_big {
                self.walk::<true>(held, block, &mut tally.number)
            } else {
                self.walk::<false>(held, block, &mut tally.number)
            };
            input.advance(walked);
            match stop {
                Stop::Full => return true,
                Stop::Needs(len) => {
                    if !input.want(len) {
                        tally.end(input, "packet record", true);
                        return false;
                    }
                }
                Stop::TooLong { cap_len, wire_len } => {
                    if !self.pass_over(input, cap_len, wire_len, tally) {
                        return false;
                    }
                }
            }
        }
    }

    /// Walks the records that are held whole; their bytes are copied once, together with the headers between them.
    fn walk<const IS_BIG: bool>(
        &self,
        held: &[u8],
        block: &mut FrameBlock,
        number: &mut u64,
    ) -> (usize, Stop) {
        let before = block.bytes.len();
        let mut at = 0;
        let stop = loop {
            if block.frames.len() >= FRAMES_MAX || before + at >= BLOCK_BYTES_MAX {
                break Stop::Full;
            }
            let rest = &held[at..];
            let Some(header) = rest.first_chunk::<RECORD_HEADER_BYTES>() else {
                break Stop::Needs(self.record_header_bytes);
            };
            if rest.len() < self.record_header_bytes {
                break Stop::Needs(self.record_header_bytes);
            }
            let (secs, ticks) = (word(IS_BIG, header, 0), word(IS_BIG, header, 4));
            let (first, second) = (word(IS_BIG, header, 8), word(IS_BIG, header, 12));
            let (cap_len, wire_len) = match self.lengths {
                LengthOrder::CapturedFirst => (first, second),
                LengthOrder::WireFirst => (second, first),
                LengthOrder::SmallerIsCaptured => (first.min(second), first.max(second)),
            };
            if cap_len as usize > FRAME_BYTES_MAX {
                break Stop::TooLong { cap_len, wire_len };
            }
            let record_len = self.record_header_bytes + cap_len as usize;
            if rest.len() < record_len {
                break Stop::Needs(record_len);
            }
            // Two 32-bit numbers: the sum stays far below the largest 64-bit one.
            let ts_ns = i64::from(secs) * 1_000_000_000 + i64::from(ticks) * self.ns_per_tick;
            *number += 1;
            block.frames.push(FrameRef {
                start: (before + at + self.record_header_bytes) as u32,
                cap_len,
                wire_len,
                ts_ns,
                link: self.link,
                number: *number,
            });
            at += record_len;
        };
        block.bytes.extend_from_slice(&held[..at]);
        (at, stop)
    }

    /// Skips a record that is too long, if its length can be true; false when the reading ends here.
    fn pass_over(&self, input: &mut Input, cap_len: u32, wire_len: u32, tally: &mut Tally) -> bool {
        let offset = input.offset();
        let fits_snaplen = self.snaplen == 0 || cap_len <= self.snaplen;
        if cap_len > CREDIBLE_BYTES_MAX || cap_len > wire_len || !fits_snaplen {
            tally.lose(Loss::Corrupt);
            tally.damage(|| {
                format!(
                    "offset {offset}: a record claims {cap_len} captured bytes of {wire_len}, \
                     which cannot be true; the rest of the file is lost"
                )
            });
            return false;
        }
        if !input.skip(self.record_header_bytes as u64 + u64::from(cap_len)) {
            let is_decompression = input.failure().is_some() && input.is_decompressed();
            tally.lose(if is_decompression { Loss::Decompression } else { Loss::Truncated });
            tally.damage(|| format!("offset {offset}: the input ends inside a record of {cap_len} bytes"));
            return false;
        }
        tally.lose(Loss::Oversized);
        tally.tell(|| {
            format!("offset {offset}: a frame of {cap_len} bytes is skipped; the limit is {FRAME_BYTES_MAX}")
        });
        true
    }
}

fn word(is_big: bool, bytes: &[u8], at: usize) -> u32 {
    let word = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
    if is_big { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) }
}
