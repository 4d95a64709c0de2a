//! Why an input cannot be read at all, or an output not be written.
//!
//! Damage further on is no error: the frames before it stand, what is missing is a counted loss.
//!
//! **Invariant:** every message says what, on which thing, and what to do where there is something to do.

use std::io;

use crate::format::Compression;

/// A failure of reading or writing a capture file.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The input has no bytes.
    #[error("the input is empty: it has no bytes, not even the header of a capture")]
    Empty,
    /// The first bytes belong to no capture format that is read here.
    #[error(
        "not a pcap or pcapng capture: {recognised} (first bytes {first_bytes}); convert it to pcapng, for example with editcap"
    )]
    NotACapture {
        /// What the bytes look like, as a phrase.
        recognised: String,
        /// The first bytes, in hexadecimal.
        first_bytes: String,
        /// Whether it is a capture of another kind, which can be converted.
        is_foreign: bool,
    },
    /// The input ends inside the header of the file.
    #[error("the {format} header is cut short: {len} bytes of {needed}; the file was not written to its end")]
    HeaderCut {
        /// The name of the format.
        format: &'static str,
        /// Bytes there are.
        len: usize,
        /// Bytes there should be.
        needed: usize,
    },
    /// The header of the file says something that cannot be followed.
    #[error("the {format} header cannot be followed: {reason}")]
    HeaderRefused {
        /// The name of the format.
        format: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The capture is of a link type that is not decoded.
    #[error(
        "link type {number} ({name}) is not supported; supported are Ethernet, raw IP, Linux cooked, PPP, Cisco HDLC, loopback and NFLOG"
    )]
    LinkUnsupported {
        /// The LINKTYPE_ number.
        number: u16,
        /// Its name, or `unknown`.
        name: &'static str,
    },
    /// Compression inside compression inside compression.
    #[error("{compression} inside {max} layers of compression is not opened; decompress the input first")]
    NestedTooDeep {
        /// The layer that is one too many.
        compression: Compression,
        /// The layers that are opened.
        max: usize,
    },
    /// The compressed stream breaks before the header of the capture is complete.
    #[error("the compressed stream is damaged before the capture begins: {0}")]
    Decompression(String),
    /// The input could not be read.
    #[error("cannot read the input: {0}")]
    Read(String),
    /// The output could not be written.
    #[error("cannot write the capture")]
    Write(#[from] io::Error),
    /// A frame names an interface that was never described to the writer.
    #[error("interface {0} was not described to the pcapng writer; call `interface` first")]
    InterfaceUnknown(u32),
    /// A frame is longer than any reader would take.
    #[error("a frame of {len} bytes is longer than the {max} bytes a capture may hold")]
    FrameTooLong {
        /// Its length, in bytes.
        len: usize,
        /// The longest that is written, in bytes.
        max: usize,
    },
}
