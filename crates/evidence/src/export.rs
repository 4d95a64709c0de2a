//! A selection of frames written to a capture file that Wireshark opens (rule R5).
//!
//! The frames come from the input they were imported from, by their numbers. In pcapng the interface
//! names the sensor, the comment of a packet says its tags, the comment of the section how it was chosen.
//! For publication every frame goes through [`crate::rewrite`], its link header is left out and its time
//! is rounded down to the hour (rule D119).
//!
//! **Invariant:** written + withheld + missing is the number of frames asked for.

use crate::error::EvidenceError;
use crate::rewrite::{LINK_RAW, Rewriter};
use std::collections::BTreeMap;
use std::io::Write;
use std::net::IpAddr;
use teiten_model::frame::{FrameBlock, FrameRef};
use teiten_wire::capture::Capture;
use teiten_wire::write::pcap::PcapWriter;
use teiten_wire::write::pcapng::PcapngWriter;

/// The most interfaces of one file; frames of further sensors share the last one, named `(other)`.
pub const INTERFACES_MAX: usize = 4096;

/// Published times are whole hours (D119).
const PUBLISHED_TIME_NS: i64 = 3_600_000_000_000;

/// The longest frame of a classic pcap file, in bytes.
const SNAPLEN_BYTES: u32 = 262_144;

const PUBLISHED_COMMENT: &str = "Rewritten for publication: destination addresses are identifiers from \
    documentation ranges, values that betray them are replaced, payloads are cut, times are whole hours.";

/// What the exporter does not see in the frame itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    /// Name of the sensor.
    pub sensor: String,
    /// Comment on the packet: its tags.
    pub comment: Option<String>,
    /// Public address of the sensor where it sits behind address translation.
    pub public_destination: Option<IpAddr>,
}

/// Where the packets go.
#[derive(Debug)]
pub enum Output<'a, W: Write> {
    /// pcapng, with the filter text as the comment of the section.
    Pcapng {
        /// The file.
        writer: W,
        /// How the packets were chosen; left out of a published file, where it could name a sensor.
        filter: Option<&'a str>,
    },
    /// Classic pcap: no names, no comments, one link type.
    Pcap {
        /// The file.
        writer: W,
    },
}

/// What became of the frames asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exported {
    /// Frames written.
    pub written: u64,
    /// Frames not written because they could not be made fit for publication.
    pub withheld: u64,
    /// Frames that the input does not have, or lost.
    pub missing: u64,
}

/// Writes the frames of those numbers (ascending) from an input.
///
/// `label` says what a frame's row knows; with a `rewriter` the file is fit for publication.
pub fn export<W: Write>(
    mut input: Capture,
    frames: &[u64],
    mut label: impl FnMut(&FrameRef) -> Label,
    rewriter: Option<&mut Rewriter>,
    output: Output<'_, W>,
) -> Result<Exported, EvidenceError> {
    if let Some(pair) = frames.windows(2).find(|pair| pair[0] >= pair[1]) {
        return Err(EvidenceError::Unsorted(pair[1]));
    }
    let mut sink = Sink::new(output, rewriter)?;
    let mut block = FrameBlock::default();
    let mut asked = frames.iter().copied().peekable();
    let mut done = Exported::default();
    'input: while input.next_block(&mut block) {
        for frame in &block.frames {
            while asked.next_if(|number| *number < frame.number).is_some() {
                done.missing += 1;
            }
            match asked.peek() {
                None => break 'input,
                Some(number) if *number == frame.number => {
                    asked.next();
                    let label = label(frame);
                    match sink.write(frame, block.bytes_of(frame), &label)? {
                        true => done.written += 1,
                        false => done.withheld += 1,
                    }
                }
                Some(_) => {}
            }
        }
    }
    done.missing += asked.count() as u64;
    sink.finish()?;
    Ok(done)
}

enum Writer<W: Write> {
    Pcapng(PcapngWriter<W>, BTreeMap<(String, u16), u32>),
    /// The writer begins with the first frame, which gives the link type.
    PcapUnbegun(Option<W>),
    Pcap(PcapWriter<W>, u16),
}

struct Sink<'r, W: Write> {
    writer: Writer<W>,
    rewriter: Option<&'r mut Rewriter>,
}

impl<'r, W: Write> Sink<'r, W> {
    fn new(output: Output<'_, W>, rewriter: Option<&'r mut Rewriter>) -> Result<Sink<'r, W>, EvidenceError> {
        let writer = match output {
            Output::Pcapng { writer, filter } => {
                let comment = if rewriter.is_some() { Some(PUBLISHED_COMMENT) } else { filter };
                Writer::Pcapng(PcapngWriter::new(writer, comment)?, BTreeMap::new())
            }
            Output::Pcap { writer } => Writer::PcapUnbegun(Some(writer)),
        };
        Ok(Sink { writer, rewriter })
    }

    /// Writes one frame; false when it has to be withheld.
    fn write(&mut self, frame: &FrameRef, bytes: &[u8], label: &Label) -> Result<bool, EvidenceError> {
        let Some(rewriter) = self.rewriter.as_deref_mut() else {
            self.put(
                frame.link,
                frame.ts_ns,
                bytes,
                frame.wire_len,
                &label.sensor,
                label.comment.as_deref(),
            )?;
            return Ok(true);
        };
        let Some(published) = rewriter.rewrite(bytes, frame.link, label.public_destination) else {
            return Ok(false);
        };
        let sensor = rewriter.pseudonym(&label.sensor);
        let ts_ns = frame.ts_ns - frame.ts_ns.rem_euclid(PUBLISHED_TIME_NS);
        let wire_len = u32::try_from(published.wire_len).unwrap_or(u32::MAX);
        self.put(LINK_RAW, ts_ns, &published.packet, wire_len, &sensor, label.comment.as_deref())?;
        Ok(true)
    }

    fn put(
        &mut self,
        link: u16,
        ts_ns: i64,
        bytes: &[u8],
        wire_len: u32,
        sensor: &str,
        comment: Option<&str>,
    ) -> Result<(), EvidenceError> {
        if let Writer::PcapUnbegun(unbegun) = &mut self.writer
            && let Some(writer) = unbegun.take()
        {
            self.writer = Writer::Pcap(PcapWriter::new(writer, link, true, SNAPLEN_BYTES)?, link);
        }
        match &mut self.writer {
            Writer::Pcapng(writer, interfaces) => {
                let is_full = interfaces.len() >= INTERFACES_MAX;
                let mut key = (sensor.to_string(), link);
                if is_full && !interfaces.contains_key(&key) {
                    key.0 = "(other)".to_string();
                }
                let interface = match interfaces.get(&key) {
                    Some(interface) => *interface,
                    None => {
                        let interface = writer.interface(&key.0, link, None)?;
                        interfaces.insert(key, interface);
                        interface
                    }
                };
                writer.packet(interface, ts_ns, bytes, wire_len, comment)?;
            }
            Writer::Pcap(writer, first) if *first == link => writer.packet(ts_ns, bytes, wire_len)?,
            Writer::Pcap(_, first) => return Err(EvidenceError::MixedLinks { first: *first, second: link }),
            Writer::PcapUnbegun(_) => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<(), EvidenceError> {
        match self.writer {
            Writer::Pcapng(writer, _) => drop(writer.finish()?),
            Writer::Pcap(writer, _) => drop(writer.finish()?),
            // A selection without frames is still a file: an empty one, of Ethernet.
            Writer::PcapUnbegun(Some(writer)) => {
                drop(PcapWriter::new(writer, 1, true, SNAPLEN_BYTES)?.finish()?);
            }
            Writer::PcapUnbegun(None) => {}
        }
        Ok(())
    }
}
