//! The writer of pcapng files: one section, named interfaces, nanoseconds, comments.
//!
//! Evidence leaves the system in this format, because a comment can say why a packet is in the file.
//!
//! **Invariant:** every block is padded to 4 bytes and repeats its length; a frame names an interface
//! that was described before it.

use std::io::Write;

use teiten_model::frame::FRAME_BYTES_MAX;

use crate::error::WireError;
use crate::write::checked_len;

const OPTION_END: u16 = 0;
const OPTION_COMMENT: u16 = 1;
const SECTION_USER_APPLICATION: u16 = 4;
const INTERFACE_NAME: u16 = 2;
const INTERFACE_RESOLUTION: u16 = 9;

/// Writes frames of any number of interfaces.
pub struct PcapngWriter<W: Write> {
    output: W,
    interfaces: u32,
    block: Vec<u8>,
}

impl<W: Write> PcapngWriter<W> {
    /// Writes the section header; texts longer than 65,535 bytes are cut.
    pub fn new(output: W, section_comment: Option<&str>) -> Result<Self, WireError> {
        let mut writer = PcapngWriter { output, interfaces: 0, block: Vec::new() };
        writer.begin(0x0a0d_0d0a);
        writer.word(0x1a2b_3c4d);
        writer.block.extend_from_slice(&1_u16.to_le_bytes());
        writer.block.extend_from_slice(&0_u16.to_le_bytes());
        // The length of the section is not known while it is written.
        writer.block.extend_from_slice(&u64::MAX.to_le_bytes());
        if let Some(comment) = section_comment {
            writer.option(OPTION_COMMENT, text(comment));
        }
        writer.option(SECTION_USER_APPLICATION, b"teiten");
        writer.option(OPTION_END, b"");
        writer.seal()?;
        Ok(writer)
    }

    /// Describes an interface and gives its number; `link` is a LINKTYPE_ number.
    pub fn interface(&mut self, name: &str, link: u16, comment: Option<&str>) -> Result<u32, WireError> {
        self.begin(1);
        self.word(u32::from(link));
        self.word(FRAME_BYTES_MAX as u32);
        if let Some(comment) = comment {
            self.option(OPTION_COMMENT, text(comment));
        }
        self.option(INTERFACE_NAME, text(name));
        self.option(INTERFACE_RESOLUTION, &[9]);
        self.option(OPTION_END, b"");
        self.seal()?;
        self.interfaces += 1;
        Ok(self.interfaces - 1)
    }

    /// Writes one frame; `wire_len` is its length on the wire, in bytes. A time before 1970 becomes 1970.
    pub fn packet(
        &mut self,
        interface: u32,
        ts_ns: i64,
        bytes: &[u8],
        wire_len: u32,
        comment: Option<&str>,
    ) -> Result<(), WireError> {
        if interface >= self.interfaces {
            return Err(WireError::InterfaceUnknown(interface));
        }
        let cap_len = checked_len(bytes)?;
        let ticks = u64::try_from(ts_ns).unwrap_or(0);
        self.begin(6);
        self.word(interface);
        self.word((ticks >> 32) as u32);
        self.word(ticks as u32);
        self.word(cap_len);
        self.word(wire_len);
        self.padded(bytes);
        if let Some(comment) = comment {
            self.option(OPTION_COMMENT, text(comment));
            self.option(OPTION_END, b"");
        }
        self.seal()
    }

    /// What is written to: a sealer looks how long it has grown.
    pub fn output(&self) -> &W {
        &self.output
    }

    /// Flushes and gives the output back.
    pub fn finish(mut self) -> Result<W, WireError> {
        self.output.flush()?;
        Ok(self.output)
    }

    fn begin(&mut self, kind: u32) {
        self.block.clear();
        self.word(kind);
        self.word(0);
    }

    fn word(&mut self, word: u32) {
        self.block.extend_from_slice(&word.to_le_bytes());
    }

    fn padded(&mut self, bytes: &[u8]) {
        self.block.extend_from_slice(bytes);
        self.block.resize(self.block.len().next_multiple_of(4), 0);
    }

    fn option(&mut self, code: u16, value: &[u8]) {
        self.block.extend_from_slice(&code.to_le_bytes());
        self.block.extend_from_slice(&(value.len() as u16).to_le_bytes());
        self.padded(value);
    }

    /// Writes the block with its length at both ends.
    fn seal(&mut self) -> Result<(), WireError> {
        let len = self.block.len() as u32 + 4;
        self.block[4..8].copy_from_slice(&len.to_le_bytes());
        self.word(len);
        self.output.write_all(&self.block)?;
        Ok(())
    }
}

/// As much of a text as an option can hold, cut between characters.
fn text(text: &str) -> &[u8] {
    let mut len = text.len().min(usize::from(u16::MAX));
    while !text.is_char_boundary(len) {
        len -= 1;
    }
    &text.as_bytes()[..len]
}
