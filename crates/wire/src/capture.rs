//! A capture file of any supported kind, opened by its content and read as blocks of frames.
//!
//! The name of a file says nothing: compression is recognised first, then the format inside. What is
//! wrong further on never stops the frames before it; it becomes a counted loss and a sentence.
//!
//! **Invariant:** received = frames given + frames lost, after every block; memory does not depend on
//! the length of the input.

use std::io::Read;

use teiten_model::account::Account;
use teiten_model::frame::FrameBlock;

use crate::compressed::{self, Decompressor};
use crate::error::WireError;
use crate::foreign;
use crate::format::{Container, Format, Interface, Resolution};
use crate::input::Input;
use crate::pcap::{self, PcapReader};
use crate::pcapng::{self, PcapngReader};
use crate::tally::Tally;

/// The most sentences kept about one input; later ones are dropped, their losses are still counted.
pub const MESSAGES_MAX: usize = 20;

/// The most compressions around one capture that are opened.
const LAYERS_MAX: usize = 2;

/// Bytes looked at to name a file that is no capture.
const FOREIGN_BYTES: usize = 512;

/// Bytes a refusal shows.
const SHOWN_BYTES: usize = 12;

/// An opened capture.
pub struct Capture {
    input: Input,
    reader: Reader,
    format: Format,
    tally: Tally,
    is_ended: bool,
}

enum Reader {
    Pcap { reader: PcapReader, interface: [Interface; 1] },
    Pcapng(PcapngReader),
}

impl Capture {
    /// Recognises compression, then format, by content; `input` is any reader (a file, standard input).
    pub fn open(input: Box<dyn Read + Send>) -> Result<Capture, WireError> {
        let mut input = Input::new(input, false);
        let mut compressions = Vec::new();
        loop {
            input.want(compressed::SNIFFED_BYTES);
            let Some(compression) = compressed::recognise(input.held()) else { break };
            if compressions.len() == LAYERS_MAX {
                return Err(WireError::NestedTooDeep { compression, max: LAYERS_MAX });
            }
            compressions.push(compression);
            let decompressor = Decompressor::start(compression, input)
                .map_err(|error| WireError::Read(format!("no thread for decompression: {error}")))?;
            input = Input::new(Box::new(decompressor), true);
        }
        let mut tally = Tally::default();
        let opened = Self::recognise(&mut input, &mut tally);
        let (reader, container, is_big_endian, resolution) =
            opened.map_err(|error| explain(&input, error))?;
        let format = Format { container, is_big_endian, resolution, compressions };
        Ok(Capture { input, reader, format, tally, is_ended: false })
    }

    fn recognise(
        input: &mut Input,
        tally: &mut Tally,
    ) -> Result<(Reader, Container, bool, Option<Resolution>), WireError> {
        if pcapng::recognise(input.held()) {
            let reader = PcapngReader::open(input, tally)?;
            let is_big_endian = reader.is_big_endian();
            return Ok((Reader::Pcapng(reader), Container::Pcapng, is_big_endian, None));
        }
        if let Some(magic @ (container, is_big_endian, resolution)) = pcap::recognise(input.held()) {
            let reader = PcapReader::open(input, magic)?;
            let interface = [Interface {
                section: 1,
                name: None,
                description: None,
                link: reader.link,
                snaplen: reader.snaplen,
                resolution,
                offset_secs: 0,
                comments: Vec::new(),
            }];
            return Ok((Reader::Pcap { reader, interface }, container, is_big_endian, Some(resolution)));
        }
        input.want(FOREIGN_BYTES);
        let first = &input.held()[..input.held().len().min(FOREIGN_BYTES)];
        if first.is_empty() {
            return Err(WireError::Empty);
        }
        let shown: Vec<String> = first.iter().take(SHOWN_BYTES).map(|byte| format!("{byte:02x}")).collect();
        let (recognised, is_foreign) = foreign::recognise(first);
        let (recognised, first_bytes) = (recognised.to_owned(), shown.join(" "));
        Err(WireError::NotACapture { recognised, first_bytes, is_foreign })
    }

    /// Clears and fills `block` with the next frames; false once nothing is left (`block` is then empty).
    pub fn next_block(&mut self, block: &mut FrameBlock) -> bool {
        block.clear();
        if !self.is_ended {
            let has_more = match &mut self.reader {
                Reader::Pcap { reader, .. } => reader.fill(&mut self.input, block, &mut self.tally),
                Reader::Pcapng(reader) => reader.fill(&mut self.input, block, &mut self.tally),
            };
            self.is_ended = !has_more;
            self.tally.account.store(block.frames.len() as u64);
            assert_eq!(self.tally.account.received, self.tally.number, "every frame is given or lost");
        }
        !block.frames.is_empty()
    }

    /// The balance so far: frames given count as stored, since each becomes a row; the others are lost.
    pub fn account(&self) -> &Account {
        &self.tally.account
    }

    /// Sentences about what was found wrong, each with an offset in the decompressed input, in its order;
    /// at most [`MESSAGES_MAX`].
    pub fn messages(&self) -> &[String] {
        &self.tally.messages
    }

    /// Whether the input was read to its end without damage; false while frames may be left.
    ///
    /// Frames that are too long or of an unsupported interface are losses, not damage, unless no frame
    /// could be given at all.
    pub fn is_whole(&self) -> bool {
        self.is_ended && !self.tally.is_damaged
    }

    /// What the file was recognised to be.
    pub fn format(&self) -> Format {
        self.format.clone()
    }

    /// What the sections of a pcapng file read so far say of themselves, in the order of the file; the
    /// first section's are there from the beginning.
    pub fn comments(&self) -> &[String] {
        match &self.reader {
            Reader::Pcap { .. } => &[],
            Reader::Pcapng(reader) => &reader.comments,
        }
    }

    /// The interfaces described so far, in the order of the file.
    pub fn interfaces(&self) -> &[Interface] {
        match &self.reader {
            Reader::Pcap { interface, .. } => interface,
            Reader::Pcapng(reader) => &reader.interfaces,
        }
    }
}

/// A header that cannot be read because the stream broke is the stream's failure, not the header's.
fn explain(input: &Input, error: WireError) -> WireError {
    match (error, input.failure()) {
        (WireError::Empty | WireError::HeaderCut { .. } | WireError::NotACapture { .. }, Some(failure)) => {
            if input.is_decompressed() {
                WireError::Decompression(failure.to_owned())
            } else {
                WireError::Read(failure.to_owned())
            }
        }
        (error, _) => error,
    }
}
