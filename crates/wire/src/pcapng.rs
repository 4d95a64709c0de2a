//! pcapng: sections, interfaces, and the three blocks that hold packets.
//!
//! The layout is that of draft-ietf-opsawg-pcapng. Every block says its length twice, so a block that
//! contradicts itself inside costs one frame, while one whose frame is broken ends the reading.
//!
//! **Invariant:** at most [`INTERFACES_MAX`] interfaces of the present section and
//! [`INTERFACES_KEPT_MAX`] descriptions are held, whatever the number of blocks.

use teiten_model::account::Loss;
use teiten_model::frame::{FRAME_BYTES_MAX, FrameBlock};

use crate::error::WireError;
use crate::format::{COMMENTS_MAX, Interface, Resolution};
use crate::input::{HELD_BYTES_MAX, Input};
use crate::link_type;
use crate::pcapng_options::{self, Order};
use crate::tally::Tally;

/// The most interfaces one section may describe.
const INTERFACES_MAX: usize = 65_536;

/// The most interface descriptions that are kept to be shown.
const INTERFACES_KEPT_MAX: usize = 1024;

/// The longest packet block that is believed to be one, in bytes; one this long is skipped, not held.
const CREDIBLE_BYTES_MAX: u32 = 16 << 20;

/// Block type, length, and the byte order of a section: what must be held to know a block.
const SECTION_START_BYTES: usize = 12;
const BLOCK_BYTES_MIN: u32 = 12;

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;

/// Whether a stream begins like a pcapng file.
pub(crate) fn recognise(first: &[u8]) -> bool {
    first.starts_with(&SECTION_HEADER.to_be_bytes())
}

/// What frames of one interface need to be known: its link type and clock.
struct Channel {
    link: u16,
    is_supported: bool,
    is_told: bool,
    snaplen: u32,
    resolution: Resolution,
    offset_ns: i128,
}

/// The reader of one pcapng file.
pub(crate) struct PcapngReader {
    order: Order,
    section: u64,
    channels: Vec<Channel>,
    pub(crate) interfaces: Vec<Interface>,
    /// What the sections say of themselves, at most [`COMMENTS_MAX`].
    pub(crate) comments: Vec<String>,
    has_supported_frame: bool,
}

/// What became of one block.
enum Step {
    Went,
    Ended,
}

impl PcapngReader {
    /// Reads the first section header and what is described before the first packet.
    pub(crate) fn open(input: &mut Input, tally: &mut Tally) -> Result<PcapngReader, WireError> {
        let mut reader = PcapngReader {
            order: Order::Little,
            section: 0,
            channels: Vec::new(),
            interfaces: Vec::new(),
            comments: Vec::new(),
            has_supported_frame: false,
        };
        let cut = |input: &Input, needed: usize| {
            let len = input.held().len();
            WireError::HeaderCut { format: "pcapng", len, needed }
        };
        let refused = |reason: String| WireError::HeaderRefused { format: "pcapng", reason };
        if !input.want(SECTION_START_BYTES) {
            return Err(cut(input, SECTION_START_BYTES));
        }
        let (order, len) = section_start(input.held()).map_err(refused)?;
        if !input.want(len) {
            return Err(cut(input, len));
        }
        order.check_trailer(&input.held()[..len]).map_err(refused)?;
        reader.begin_section(order, &input.held()[..len]).map_err(refused)?;
        input.advance(len);
        Ok(reader.look_ahead(input, tally))
    }

    /// Whether the bytes of the first section are in big-endian order.
    pub(crate) fn is_big_endian(&self) -> bool {
        self.order == Order::Big
    }

    /// Reads the interfaces that stand before the first packet, to be shown when the file is opened.
    fn look_ahead(mut self, input: &mut Input, tally: &mut Tally) -> PcapngReader {
        while input.want(SECTION_START_BYTES)
            && self.order.word(input.held(), 0) == INTERFACE_DESCRIPTION
            && matches!(self.step(input, &mut FrameBlock::default(), tally), Step::Went)
        {}
        self
    }

    /// Adds frames until the block is full (true) or nothing is left (false).
    pub(crate) fn fill(&mut self, input: &mut Input, block: &mut FrameBlock, tally: &mut Tally) -> bool {
        while !block.is_full() {
            if let Step::Ended = self.step(input, block, tally) {
                self.judge_links(tally);
                return false;
            }
        }
        true
    }

    /// A single section of which no frame could be given, all of unsupported links, was not read.
    fn judge_links(&self, tally: &mut Tally) {
        let is_all_unsupported = self.channels.iter().all(|channel| !channel.is_supported);
        if self.section == 1
            && is_all_unsupported
            && !self.has_supported_frame
            && tally.account.lost(Loss::LinkUnsupported) > 0
        {
            tally.is_damaged = true;
        }
    }

    fn step(&mut self, input: &mut Input, block: &mut FrameBlock, tally: &mut Tally) -> Step {
        if !input.want(SECTION_START_BYTES) {
            // Only the type, if so much is there, tells whether the block would have held a frame.
            let held = input.held();
            let is_frame = held.len() < 4 || is_packet(self.order.word(held, 0));
            tally.end(input, "block", is_frame);
            return Step::Ended;
        }
        let kind = self.order.word(input.held(), 0);
        if kind == SECTION_HEADER {
            return self.step_section(input, tally);
        }
        let len = self.order.word(input.held(), 4);
        if len < BLOCK_BYTES_MIN || !len.is_multiple_of(4) {
            return corrupt(input, tally, &format!("a block claims a length of {len} bytes"));
        }
        if len as usize > HELD_BYTES_MAX {
            return self.pass_over(input, kind, len, tally);
        }
        let len = len as usize;
        if !input.want(len) {
            tally.end(input, "block", is_packet(kind));
            return Step::Ended;
        }
        let bytes = &input.held()[..len];
        if let Err(reason) = self.order.check_trailer(bytes) {
            return corrupt(input, tally, &reason);
        }
        let offset = input.offset();
        let body = &bytes[8..len - 4];
        let outcome = match kind {
            ENHANCED_PACKET => self.enhanced(body, block, tally, offset),
            SIMPLE_PACKET => self.simple(body, block, tally, offset),
            OBSOLETE_PACKET => self.obsolete(body, block, tally, offset),
            INTERFACE_DESCRIPTION => match self.describe(body) {
                Ok(()) => Ok(()),
                Err(reason) => return corrupt(input, tally, &reason),
            },
            _ => Ok(()),
        };
        if let Err(reason) = outcome {
            tally.lose(Loss::Corrupt);
            tally.damage(|| format!("offset {offset}: {reason}; this packet is lost"));
        }
        input.advance(len);
        Step::Went
    }

    fn step_section(&mut self, input: &mut Input, tally: &mut Tally) -> Step {
        let (order, len) = match section_start(input.held()) {
            Ok(start) => start,
            Err(reason) => return corrupt(input, tally, &reason),
        };
        if !input.want(len) {
            tally.end(input, "section header", false);
            return Step::Ended;
        }
        let bytes = &input.held()[..len];
        let begun = order.check_trailer(bytes).and_then(|()| self.begin_section(order, bytes));
        if let Err(reason) = begun {
            return corrupt(input, tally, &reason);
        }
        input.advance(len);
        Step::Went
    }

    fn begin_section(&mut self, order: Order, bytes: &[u8]) -> Result<(), String> {
        let (major, minor) = (order.half(bytes, 12), order.half(bytes, 14));
        // Version 1.2 is 1.0 as some programs write it (draft-ietf-opsawg-pcapng 4.1).
        if major != 1 || !matches!(minor, 0 | 2) {
            return Err(format!("a section is of version {major}.{minor}; only 1.0 is read"));
        }
        self.order = order;
        self.section += 1;
        self.channels.clear();
        // After the length of the section, eight bytes, up to the length of the block.
        if let Some(options) = bytes.get(24..bytes.len() - 4) {
            self.comments.extend(pcapng_options::comments(order, options));
            self.comments.truncate(COMMENTS_MAX);
        }
        Ok(())
    }

    fn describe(&mut self, body: &[u8]) -> Result<(), String> {
        if body.len() < 8 {
            return Err("an interface description is too short".to_owned());
        }
        if self.channels.len() >= INTERFACES_MAX {
            return Err(format!("a section describes more than {INTERFACES_MAX} interfaces"));
        }
        let link = self.order.half(body, 0);
        let snaplen = self.order.word(body, 4);
        let interface = pcapng_options::interface(self.order, self.section, link, snaplen, &body[8..]);
        self.channels.push(Channel {
            link,
            is_supported: link_type::is_supported(link),
            is_told: false,
            snaplen,
            resolution: interface.resolution,
            offset_ns: i128::from(interface.offset_secs) * 1_000_000_000,
        });
        if self.interfaces.len() < INTERFACES_KEPT_MAX {
            self.interfaces.push(interface);
        }
        Ok(())
    }

    fn enhanced(
        &mut self,
        body: &[u8],
        block: &mut FrameBlock,
        tally: &mut Tally,
        offset: u64,
    ) -> Result<(), String> {
        let Some((head, rest)) = body.split_first_chunk::<20>() else {
            return Err("an enhanced packet block is too short".to_owned());
        };
        let interface = self.order.word(head, 0);
        self.timed(interface, head, rest, block, tally, offset)
    }

    fn obsolete(
        &mut self,
        body: &[u8],
        block: &mut FrameBlock,
        tally: &mut Tally,
        offset: u64,
    ) -> Result<(), String> {
        let Some((head, rest)) = body.split_first_chunk::<20>() else {
            return Err("a packet block is too short".to_owned());
        };
        // The other half of the word counts drops since the last packet, which nobody asks for.
        let interface = u32::from(self.order.half(head, 0));
        self.timed(interface, head, rest, block, tally, offset)
    }

    /// The part that enhanced and obsolete packet blocks share: time, lengths, frame.
    fn timed(
        &mut self,
        interface: u32,
        head: &[u8; 20],
        rest: &[u8],
        block: &mut FrameBlock,
        tally: &mut Tally,
        offset: u64,
    ) -> Result<(), String> {
        let ticks = u64::from(self.order.word(head, 4)) << 32 | u64::from(self.order.word(head, 8));
        let (cap_len, wire_len) = (self.order.word(head, 12), self.order.word(head, 16));
        let Some(frame) = rest.get(..cap_len as usize) else {
            return Err(format!("a packet claims {cap_len} captured bytes, its block has {}", rest.len()));
        };
        let ts_ns = match self.channels.get(interface as usize) {
            Some(channel) => channel.to_ns(ticks),
            None => 0,
        };
        self.give(interface, frame, wire_len, ts_ns, block, tally, offset)
    }

    fn simple(
        &mut self,
        body: &[u8],
        block: &mut FrameBlock,
        tally: &mut Tally,
        offset: u64,
    ) -> Result<(), String> {
        let Some((head, rest)) = body.split_first_chunk::<4>() else {
            return Err("a simple packet block is too short".to_owned());
        };
        let wire_len = self.order.word(head, 0);
        let snaplen = self.channels.first().map_or(0, |channel| channel.snaplen);
        let cap_len = if snaplen == 0 { wire_len } else { wire_len.min(snaplen) };
        let Some(frame) = rest.get(..cap_len as usize) else {
            return Err(format!("a packet has {cap_len} captured bytes, its block has {}", rest.len()));
        };
        self.give(0, frame, wire_len, 0, block, tally, offset)
    }

    /// Gives a frame to the block, or counts why not.
    #[expect(
        clippy::too_many_arguments,
        reason = "the fields of one frame and where it goes; a struct would be built per packet"
    )]
    fn give(
        &mut self,
        interface: u32,
        frame: &[u8],
        wire_len: u32,
        ts_ns: i64,
        block: &mut FrameBlock,
        tally: &mut Tally,
        offset: u64,
    ) -> Result<(), String> {
        let described = self.channels.len();
        let Some(channel) = self.channels.get_mut(interface as usize) else {
            return Err(format!("a packet names interface {interface}, but {described} are described"));
        };
        if !channel.is_supported {
            tally.lose(Loss::LinkUnsupported);
            if !channel.is_told {
                channel.is_told = true;
                let (link, section) = (channel.link, self.section);
                let name = link_type::name(link).unwrap_or("unknown");
                tally.tell(|| {
                    format!(
                        "offset {offset}: interface {interface} of section {section} has link type {link} \
                         ({name}), which is not supported; its packets are lost"
                    )
                });
            }
            return Ok(());
        }
        if frame.len() > FRAME_BYTES_MAX {
            tally.lose(Loss::Oversized);
            tally.tell(|| oversized(offset, frame.len()));
            return Ok(());
        }
        tally.number += 1;
        self.has_supported_frame = true;
        block.push(frame, wire_len, ts_ns, channel.link, tally.number);
        Ok(())
    }

    /// Skips a block that is longer than may be held; its contents are not looked at.
    fn pass_over(&mut self, input: &mut Input, kind: u32, len: u32, tally: &mut Tally) -> Step {
        let offset = input.offset();
        let is_frame = is_packet(kind);
        if (is_frame && len > CREDIBLE_BYTES_MAX) || kind == INTERFACE_DESCRIPTION {
            return corrupt(input, tally, &format!("a block of type {kind} claims {len} bytes"));
        }
        if !input.skip(u64::from(len) - 4) || !input.want(4) {
            let is_decompression = input.failure().is_some() && input.is_decompressed();
            if is_decompression || is_frame {
                tally.lose(if is_decompression { Loss::Decompression } else { Loss::Truncated });
            }
            tally.damage(|| format!("offset {offset}: the input ends inside a block of {len} bytes"));
            return Step::Ended;
        }
        let repeated = self.order.word(input.held(), 0);
        if repeated != len {
            return corrupt(input, tally, &format!("a block of {len} bytes ends with the length {repeated}"));
        }
        input.advance(4);
        if is_frame {
            tally.lose(Loss::Oversized);
            tally.tell(|| oversized(offset, len as usize));
        }
        Step::Went
    }
}

impl Channel {
    fn to_ns(&self, ticks: u64) -> i64 {
        let ns = self.resolution.to_ns(ticks) + self.offset_ns;
        ns.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
    }
}

fn is_packet(kind: u32) -> bool {
    matches!(kind, ENHANCED_PACKET | SIMPLE_PACKET | OBSOLETE_PACKET)
}

fn oversized(offset: u64, len: usize) -> String {
    format!("offset {offset}: a packet of about {len} bytes is skipped; the limit is {FRAME_BYTES_MAX}")
}

fn corrupt(input: &Input, tally: &mut Tally, reason: &str) -> Step {
    let offset = input.offset();
    tally.lose(Loss::Corrupt);
    tally.damage(|| format!("offset {offset}: {reason}; the rest of the file is lost"));
    Step::Ended
}

/// The byte order and the length of a section header, whose first twelve bytes are held.
fn section_start(held: &[u8]) -> Result<(Order, usize), String> {
    const SECTION_BYTES_MIN: usize = 28;
    let order = match held[8..12] {
        [0x1a, 0x2b, 0x3c, 0x4d] => Order::Big,
        [0x4d, 0x3c, 0x2b, 0x1a] => Order::Little,
        _ => return Err("a section has no byte-order magic".to_owned()),
    };
    let len = order.word(held, 4) as usize;
    if !(SECTION_BYTES_MIN..=HELD_BYTES_MAX).contains(&len) || !len.is_multiple_of(4) {
        return Err(format!("a section header claims a length of {len} bytes"));
    }
    Ok((order, len))
}
