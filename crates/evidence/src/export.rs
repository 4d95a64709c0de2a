//! A selection of frames written to a capture file that Wireshark opens (rule R5), in the order of time.
//!
//! The frames come from the inputs they were imported from, by their numbers. In pcapng the interface
//! names the sensor, the comment of a packet says its tags, the comment of the section how it was chosen.
//! For publication every frame goes through [`crate::rewrite`], its link header is left out and its time
//! is rounded down to the hour (rule D119); within an hour the order says nothing. Made-up packets are said
//! to be so in the comment of the section.
//!
//! Where the packets of each input follow each other in its own order, the inputs are read straight through;
//! otherwise their frames are put aside first, see [`crate::spool`].
//!
//! **Invariant:** written + withheld + own + apart + missing is the number of packets asked for.

use crate::error::EvidenceError;
use crate::rewrite::{LINK_RAW, Rewriter, Withheld};
use crate::spool::{Spool, each_frame};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Seek, Write};
use teiten_model::address::ipv4_of;
use teiten_model::frame::FrameRef;
use teiten_model::picks::{Pick, PickLabel, Picks};
use teiten_model::sensor::APART;
use teiten_model::synthetic::SYNTHETIC;
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

/// Where the packets go.
#[derive(Debug)]
pub enum Output<'a, W: Write> {
    /// pcapng, with the filter text as the comment of the section.
    Pcapng {
        /// The file.
        writer: W,
        /// How the packets were chosen; left out of a published file, where it could name a sensor.
        filter: Option<&'a str>,
        /// Whether the inputs say that their packets are made up.
        is_synthetic: bool,
    },
    /// Classic pcap: no names, no comments, one link type.
    Pcap {
        /// The file.
        writer: W,
    },
}

/// What became of the packets asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exported {
    /// Packets written.
    pub written: u64,
    /// Packets not written because they could not be made fit for publication.
    pub withheld: u64,
    /// Packets not published because a sensor sent them.
    pub own: u64,
    /// Packets not published because they belong to no described sensor.
    pub apart: u64,
    /// Packets whose frame is not at hand: their input is gone, has changed, or lost it.
    pub missing: u64,
}

/// Writes the packets that were picked, which are in the order of time.
///
/// `open` opens an input by its name, or says why not by itself; `spool` makes the file in which frames are
/// put aside when they must be; with a `rewriter` the file is fit for publication.
pub fn export<W: Write, S: Read + Write + Seek>(
    picks: &Picks,
    mut open: impl FnMut(&str) -> Option<Capture>,
    spool: impl FnOnce() -> io::Result<S>,
    rewriter: Option<&mut Rewriter>,
    output: Output<'_, W>,
) -> Result<Exported, EvidenceError> {
    if let Some(pair) = picks.picks.windows(2).find(|pair| pair[0] >= pair[1]) {
        return Err(EvidenceError::Unsorted(pair[1].frame));
    }
    let order = match &rewriter {
        None => Cow::Borrowed(picks.picks.as_slice()),
        Some(rewriter) => Cow::Owned(published_order(&picks.picks, rewriter)),
    };
    let writer = Writer::new(output, rewriter.is_some())?;
    let mut sink = Sink { writer, rewriter, labels: picks.labels(), done: Exported::default() };
    match runs(&order) {
        Some(runs) => {
            for run in runs {
                let Some(capture) = open(&picks.inputs()[run[0].input as usize]) else { continue };
                each_frame(capture, run, |nth, frame, bytes| sink.write(&run[nth], frame, bytes))?;
            }
        }
        None => {
            let file = spool().map_err(EvidenceError::Spool)?;
            let mut spool = Spool::fill(&order, picks.inputs(), file, open)?;
            let mut bytes = Vec::new();
            for (place, pick) in order.iter().enumerate() {
                if let Some(frame) = spool.frame(place, &mut bytes)? {
                    sink.write(pick, &frame, &bytes)?;
                }
            }
        }
    }
    let mut done = sink.finish()?;
    done.missing = picks.picks.len() as u64 - (done.written + done.withheld + done.own + done.apart);
    Ok(done)
}

/// By the hour, and within it in an order that only the key knows: whoever sent probes one after the other
/// would else read from the order of the answers what the times do not say.
fn published_order(picks: &[Pick], rewriter: &Rewriter) -> Vec<Pick> {
    let mut order = picks.to_vec();
    let hour = |pick: &Pick| pick.ts_ns.div_euclid(PUBLISHED_TIME_NS);
    order.sort_by_cached_key(|pick| (hour(pick), rewriter.lot(pick.input, pick.frame)));
    order
}

/// The picks of each input, when they lie together and in the order of its frames: then each input can be
/// read straight through.
fn runs(picks: &[Pick]) -> Option<Vec<&[Pick]>> {
    let runs: Vec<&[Pick]> = picks.chunk_by(|a, b| a.input == b.input).collect();
    let inputs: BTreeSet<u32> = runs.iter().map(|run| run[0].input).collect();
    let is_straight = |run: &&[Pick]| run.windows(2).all(|pair| pair[0].frame < pair[1].frame);
    (inputs.len() == runs.len() && runs.iter().all(is_straight)).then_some(runs)
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
    labels: &'r [PickLabel],
    done: Exported,
}

impl<W: Write> Writer<W> {
    fn new(output: Output<'_, W>, is_published: bool) -> Result<Writer<W>, EvidenceError> {
        Ok(match output {
            Output::Pcapng { writer, filter, is_synthetic } => {
                let comment = if is_published { Some(PUBLISHED_COMMENT) } else { filter };
                let marked = is_synthetic.then(|| match comment {
                    Some(comment) => format!("{SYNTHETIC}; {comment}"),
                    None => format!("{SYNTHETIC}: no packet in this file was ever sent"),
                });
                let comment = marked.as_deref().or(comment);
                Writer::Pcapng(PcapngWriter::new(writer, comment)?, BTreeMap::new())
            }
            Output::Pcap { writer } => Writer::PcapUnbegun(Some(writer)),
        })
    }
}

impl<W: Write> Sink<'_, W> {
    /// Writes one packet or counts why not.
    fn write(&mut self, pick: &Pick, frame: &FrameRef, bytes: &[u8]) -> Result<(), EvidenceError> {
        let labels = self.labels;
        let PickLabel { sensor, tags } = &labels[pick.label as usize];
        let comment = (!tags.is_empty()).then_some(tags.as_str());
        let Some(rewriter) = self.rewriter.as_deref_mut() else {
            self.put(frame.link, frame.ts_ns, bytes, frame.wire_len, sensor, comment)?;
            self.done.written += 1;
            return Ok(());
        };
        let public = ipv4_of(pick.dst_public).map(Into::into);
        match rewriter.rewrite(bytes, frame.link, public) {
            Err(Withheld::Own) => self.done.own += 1,
            // Whose network it is from is not known, so nobody can say what it betrays.
            _ if sensor == APART => self.done.apart += 1,
            Err(Withheld::Unfit) => self.done.withheld += 1,
            Ok(published) => {
                let pseudonym = rewriter.pseudonym(sensor);
                let ts_ns = frame.ts_ns - frame.ts_ns.rem_euclid(PUBLISHED_TIME_NS);
                let wire_len = u32::try_from(published.wire_len).unwrap_or(u32::MAX);
                self.put(LINK_RAW, ts_ns, &published.packet, wire_len, &pseudonym, comment)?;
                self.done.written += 1;
            }
        }
        Ok(())
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

    fn finish(self) -> Result<Exported, EvidenceError> {
        match self.writer {
            Writer::Pcapng(writer, _) => drop(writer.finish()?),
            Writer::Pcap(writer, _) => drop(writer.finish()?),
            // A selection without frames is still a file: an empty one, of Ethernet.
            Writer::PcapUnbegun(Some(writer)) => {
                drop(PcapWriter::new(writer, 1, true, SNAPLEN_BYTES)?.finish()?);
            }
            Writer::PcapUnbegun(None) => {}
        }
        Ok(self.done)
    }
}
