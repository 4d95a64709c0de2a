//! A ring of blocks shared with the kernel (TPACKET_V3), one for each interface.
//!
//! The kernel fills a block and hands it over when it is full or a tenth of a second old; a block that we have
//! not given back when the kernel comes round makes it drop, and count. The form is told by the kernel's
//! `Documentation/networking/packet_mmap.rst`. A VLAN tag that the network card took out is put back, as
//! libpcap does.
//!
//! **Invariant:** a block is read only between the kernel's handing over and our giving back.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::mm::{MapFlags, ProtFlags};

use super::{Frame, Seen, socket};
use crate::error::SensorError;
use crate::filter::{EXCLUDED_BYTES, Instruction, Link};

/// Bytes of a block: two frames of the greatest length still fit.
pub const BLOCK_BYTES: usize = 1 << 20;
/// Milliseconds after which the kernel hands over a block that is not full.
pub const RETIRE_MS: u32 = 100;
/// The fewest and most bytes of a ring.
pub const RING_BYTES: std::ops::RangeInclusive<usize> = 2 * BLOCK_BYTES..=256 * BLOCK_BYTES;

const TP_STATUS_USER: u32 = 1;
const TP_STATUS_VLAN_VALID: u32 = 1 << 4;
const TP_STATUS_VLAN_TPID_VALID: u32 = 1 << 6;
const TPACKET_V3: i32 = 2;
const SOF_TIMESTAMPING_RAW_HARDWARE: i32 = 1 << 6;
const PACKET_IGNORE_OUTGOING: i32 = 23;
/// The tag's EtherType where the kernel does not say it.
const VLAN: u16 = 0x8100;

/// What the kernel and we counted of one ring since it was opened, in frames.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passed the filter.
    pub passed: u64,
    /// Of those, there was no room for.
    pub dropped: u64,
    /// Of those, were walked by us: given or excluded; or given up while they lay in the ring.
    pub walked: u64,
    /// Frames that were given up and may still be handed over: they are not given then, and not counted again.
    skipped: u64,
}

impl Counts {
    /// Frames that lie in the ring.
    pub fn waiting(&self) -> u64 {
        self.passed.saturating_sub(self.dropped + self.walked)
    }

    /// Gives up the frames that lie in the ring; gives their number.
    fn skip(&mut self) -> u64 {
        let waiting = self.waiting();
        self.walked += waiting;
        self.skipped += waiting;
        waiting
    }

    /// Counts a frame that is walked; whether it is to be given.
    fn walk(&mut self) -> bool {
        let is_skipped = self.skipped > 0;
        match is_skipped {
            true => self.skipped -= 1,
            false => self.walked += 1,
        }
        !is_skipped
    }
}

/// How a ring is opened.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Its bytes, a multiple of the block's; in [`RING_BYTES`].
    pub bytes: usize,
    /// Whether the network card's clock is taken where it has one.
    pub has_hardware_clock: bool,
}

/// A socket and its mapped ring.
#[derive(Debug)]
pub struct Ring {
    interface: String,
    link: Link,
    socket: OwnedFd,
    map: NonNull<u8>,
    blocks: usize,
    next: usize,
    counts: Counts,
    scratch: Vec<u8>,
}

// SAFETY: the mapping belongs to this value alone and may be used from whichever thread owns it.
unsafe impl Send for Ring {}

impl Ring {
    /// Opens a ring that receives nothing yet: its filter takes nothing.
    ///
    /// # Errors
    /// When the kernel refuses: mostly for want of `CAP_NET_RAW`.
    pub fn open(interface: &str, link: Link, shape: Shape) -> Result<Ring, SensorError> {
        let failed = |what: &'static str| {
            let interface = interface.to_string();
            move |error: io::Error| SensorError::Capture { interface, what, error }
        };
        let socket = socket::open(link == Link::Ethernet)
            .map_err(failed("no packet socket: run as root or with CAP_NET_RAW"))?;
        socket::set(&socket, libc::PACKET_VERSION, &TPACKET_V3).map_err(failed("no TPACKET_V3"))?;
        socket::set(&socket, PACKET_IGNORE_OUTGOING, &1i32)
            .map_err(failed("outgoing frames cannot be left out (Linux 4.20 can)"))?;
        if shape.has_hardware_clock {
            socket::set(&socket, libc::PACKET_TIMESTAMP, &SOF_TIMESTAMPING_RAW_HARDWARE)
                .map_err(failed("no time stamps by hardware"))?;
        }
        socket::attach(&socket, &crate::filter::nothing()).map_err(failed("the filter is refused"))?;
        let blocks = shape.bytes / BLOCK_BYTES;
        let request = libc::tpacket_req3 {
            tp_block_size: BLOCK_BYTES as u32,
            tp_block_nr: blocks as u32,
            tp_frame_size: 2048,
            tp_frame_nr: (BLOCK_BYTES / 2048 * blocks) as u32,
            tp_retire_blk_tov: RETIRE_MS,
            tp_sizeof_priv: 0,
            tp_feature_req_word: 0,
        };
        socket::set(&socket, libc::PACKET_RX_RING, &request)
            .map_err(failed("no memory for the ring: lower `ring_mib`"))?;
        // SAFETY: no address is asked for, so no other mapping is touched; the kernel checks the length
        // against the ring it made for this socket.
        let map = unsafe {
            rustix::mm::mmap(
                std::ptr::null_mut(),
                blocks * BLOCK_BYTES,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::SHARED,
                &socket,
                0,
            )
        };
        let map = map.map_err(|errno| failed("the ring cannot be mapped")(errno.into()))?;
        let map = NonNull::new(map.cast()).expect("a mapping that succeeded is not at address 0");
        let interface = interface.to_string();
        let (counts, scratch) = (Counts::default(), Vec::new());
        Ok(Ring { interface, link, socket, map, blocks, next: 0, counts, scratch })
    }

    /// Binds to the interface that has that number now; also after it was made anew.
    ///
    /// # Errors
    /// When there is no such interface.
    pub fn bind(&self, index: u32) -> Result<(), SensorError> {
        socket::bind(&self.socket, index).map_err(|error| self.fault("the interface cannot be bound", error))
    }

    /// Puts another program in the place of the one before, in one step.
    ///
    /// # Errors
    /// When the kernel refuses it.
    pub fn set_filter(&self, program: &[Instruction]) -> Result<(), SensorError> {
        socket::attach(&self.socket, program).map_err(|error| self.fault("the filter is refused", error))
    }

    /// Blocks it has.
    pub fn blocks(&self) -> usize {
        self.blocks
    }

    /// What its frames begin with.
    pub fn link(&self) -> Link {
        self.link
    }

    /// What to wait on.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Whether an error waits on the socket, such as an interface that went down; takes it.
    pub fn take_error(&self) -> bool {
        socket::take_error(&self.socket).is_ok_and(|error| error != 0)
    }

    /// Asks the kernel what it counted, and gives the sum since the beginning.
    ///
    /// # Errors
    /// When the kernel does not say.
    pub fn counts(&mut self) -> Result<Counts, SensorError> {
        let statistics = socket::statistics(&self.socket)
            .map_err(|error| self.fault("the kernel's counters cannot be read", error))?;
        self.counts.passed += u64::from(statistics.packets);
        self.counts.dropped += u64::from(statistics.drops);
        Ok(self.counts)
    }

    /// Gives up the frames that lie in the ring by the last counts; gives their number.
    pub fn skip(&mut self) -> u64 {
        self.counts.skip()
    }

    /// Walks the next block, if the kernel has handed one over; false when there is none.
    pub fn take_block(&mut self, mut each: impl FnMut(Seen<'_>)) -> bool {
        let start = self.next * BLOCK_BYTES;
        // SAFETY: `next < blocks`, so the word lies inside the mapping, is aligned, and is written by the
        // kernel and us alone, each by one store.
        let status = unsafe { AtomicU32::from_ptr(self.map.as_ptr().add(start + 8).cast()) };
        if status.load(Ordering::Acquire) & TP_STATUS_USER == 0 {
            return false;
        }
        // SAFETY: the kernel has handed this block over and writes no byte of it until we give it back
        // below, after the last use of the slice; nobody else has the mapping.
        let block = unsafe { std::slice::from_raw_parts(self.map.as_ptr().add(start), BLOCK_BYTES) };
        let counts = &mut self.counts;
        walk(block, self.link, &mut self.scratch, &mut |seen| {
            if counts.walk() {
                each(seen);
            }
        });
        status.store(0, Ordering::Release);
        self.next = (self.next + 1) % self.blocks;
        true
    }

    fn fault(&self, what: &'static str, error: io::Error) -> SensorError {
        SensorError::Capture { interface: self.interface.clone(), what, error }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: it is the mapping that `open` made, of that length, and no slice of it outlives a call.
        let _unmapped = unsafe { rustix::mm::munmap(self.map.as_ptr().cast(), self.blocks * BLOCK_BYTES) };
    }
}

/// Gives every frame of a block.
fn walk(block: &[u8], link: Link, scratch: &mut Vec<u8>, each: &mut impl FnMut(Seen<'_>)) {
    let (Some(frames), Some(first)) = (word(block, 12), word(block, 16)) else { return };
    let mut at = first as usize;
    for _ in 0..frames {
        let Some((seen, next)) = frame(block, at, link, scratch) else { return };
        each(seen);
        at += next;
    }
}

/// The frame whose header lies at an offset, and the distance to the next; `None` for what no kernel writes.
fn frame<'a>(block: &'a [u8], at: usize, link: Link, scratch: &'a mut Vec<u8>) -> Option<(Seen<'a>, usize)> {
    let header = block.get(at..)?;
    let next = word(header, 0)? as usize;
    let (seconds, nanoseconds) = (word(header, 4)?, word(header, 8)?);
    let (kept, wire_len, status) = (word(header, 12)?, word(header, 16)?, word(header, 20)?);
    if kept == EXCLUDED_BYTES && wire_len > EXCLUDED_BYTES {
        return Some((Seen::Excluded, next));
    }
    let start = usize::from(half(header, 24)?);
    let mut bytes = header.get(start..start + kept as usize)?;
    let mut wire_len = wire_len;
    let addresses = 12;
    if status & TP_STATUS_VLAN_VALID != 0 && link == Link::Ethernet && bytes.len() >= addresses {
        let kind = match status & TP_STATUS_VLAN_TPID_VALID {
            0 => VLAN,
            _ => half(header, 36)?,
        };
        scratch.clear();
        scratch.extend_from_slice(&bytes[..addresses]);
        scratch.extend_from_slice(&kind.to_be_bytes());
        scratch.extend_from_slice(&(word(header, 32)? as u16).to_be_bytes());
        scratch.extend_from_slice(&bytes[addresses..]);
        // A frame cut at the longest length stays there.
        scratch.truncate(teiten_model::frame::FRAME_BYTES_MAX);
        bytes = scratch;
        wire_len = wire_len.saturating_add(4);
    }
    let ts_ns = i64::from(seconds) * 1_000_000_000 + i64::from(nanoseconds);
    Some((Seen::Frame(Frame { ts_ns, wire_len, bytes }), next))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A frame's header and bytes as the kernel lays them out.
    fn header(kept: &[u8], wire_len: u32, status: u32, next: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in [next, 5, 7, kept.len() as u32, wire_len, status] {
            bytes.extend_from_slice(&number.to_ne_bytes());
        }
        bytes.extend_from_slice(&48u16.to_ne_bytes());
        bytes.extend_from_slice(&62u16.to_ne_bytes());
        bytes.extend_from_slice(&0u32.to_ne_bytes());
        bytes.extend_from_slice(&0x2007u32.to_ne_bytes());
        bytes.extend_from_slice(&0x88a8u16.to_ne_bytes());
        bytes.resize(48, 0);
        bytes.extend_from_slice(kept);
        bytes
    }

    fn walked(block: &[u8]) -> (Vec<String>, u64) {
        let (mut seen, mut counts) = (Vec::new(), Counts::default());
        walk(block, Link::Ethernet, &mut Vec::new(), &mut |one| {
            assert!(counts.walk());
            seen.push(match one {
                Seen::Excluded => "excluded".to_string(),
                Seen::Frame(frame) => format!("{} {} {:02x?}", frame.ts_ns, frame.wire_len, frame.bytes),
            });
        });
        (seen, counts.walked)
    }

    #[test]
    fn frames_that_were_given_up_are_counted_once_even_when_they_come_after_all() {
        let mut counts = Counts { passed: 9, dropped: 2, walked: 4, ..Counts::default() };
        assert_eq!((counts.skip(), counts.waiting(), counts.walked), (3, 0, 7));
        // The kernel hands its block over late, and two frames came in the meantime.
        counts.passed += 2;
        let given: Vec<bool> = (0..5).map(|_| counts.walk()).collect();
        assert_eq!(given, [false, false, false, true, true]);
        assert_eq!((counts.walked, counts.waiting()), (9, 0));
    }

    #[test]
    fn frames_are_walked_tags_put_back_and_excluded_ones_counted() {
        let mut block = vec![0; 48];
        block[12..16].copy_from_slice(&3u32.to_ne_bytes());
        block[16..20].copy_from_slice(&48u32.to_ne_bytes());
        block.extend(header(&[9], 60, 0, 64));
        block.resize(48 + 64, 0);
        block.extend(header(&[1; 14], 14, TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID, 64));
        block.resize(48 + 128, 0);
        block.extend(header(&[2; 3], 3, 0, 0));
        let (seen, count) = walked(&block);
        assert_eq!(count, 3);
        assert_eq!(seen[0], "excluded");
        assert_eq!(
            seen[1],
            format!("5000000007 18 {:02x?}", [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0x88, 0xa8, 0x20, 7, 1, 1])
        );
        assert_eq!(seen[2], "5000000007 3 [02, 02, 02]");
    }

    proptest! {
        #[test]
        fn no_block_makes_it_panic(block in prop::collection::vec(any::<u8>(), 0..400), frames in 0u32..9) {
            let mut block = block;
            if block.len() >= 20 {
                block[12..16].copy_from_slice(&frames.to_ne_bytes());
                block[16..20].copy_from_slice(&20u32.to_ne_bytes());
            }
            let (seen, count) = walked(&block);
            prop_assert_eq!(seen.len() as u64, count);
        }
    }
}
