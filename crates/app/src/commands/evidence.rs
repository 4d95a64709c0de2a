//! `teiten packets -w`: a selection as a capture file, as it was or rewritten for publication.
//!
//! **Invariant:** a file that is named is there whole or not at all.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use teiten_evidence::export::{Exported, Label, Output, export};
use teiten_evidence::rewrite::Rewriter;
use teiten_model::address::ipv4_of;
use teiten_wire::capture::Capture;
use teiten_wire::write::pcap::PcapWriter;
use teiten_wire::write::pcapng::PcapngWriter;

use crate::args::Packets;
use crate::commands::packets::{Evidence, by_input};
use crate::exit::{Outcome, Usage};
use crate::reading::open;

/// LINKTYPE_ETHERNET, which a pcap file without packets says.
const LINK_ETHERNET: u16 = 1;
/// The longest frame that such a file announces, in bytes.
const SNAPLEN_BYTES: u32 = 262_144;

/// Writes the packets as a capture file, whole or not at all.
pub(super) fn write(args: &Packets, found: &Evidence, path: &Path, outcome: &mut Outcome) -> Result<()> {
    let by_input = by_input(&found.columns);
    let is_pcap = path.extension().is_some_and(|ending| ending == "pcap");
    if is_pcap && by_input.len() > 1 {
        return Err(Usage(format!(
            "the packets come from {} inputs, which a pcap file cannot tell apart: name the file .pcapng",
            by_input.len()
        ))
        .into());
    }
    let done = if path == Path::new("-") {
        let mut out = std::io::stdout().lock();
        let done = export_all(args, found, by_input, is_pcap, &mut out, outcome)?;
        out.flush()?;
        done
    } else {
        // Beside the file it becomes, so that it can take its place in one step.
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let written = File::create(&partial)
            .with_context(|| format!("making {}", partial.display()))
            .and_then(|file| {
                let mut file = BufWriter::new(file);
                let done = export_all(args, found, by_input, is_pcap, &mut file, outcome)?;
                file.flush().with_context(|| format!("writing {}", partial.display()))?;
                std::fs::rename(&partial, path).with_context(|| format!("naming {}", path.display()))?;
                Ok(done)
            });
        if written.is_err() {
            // What failed leaves nothing; when even that fails, the first error says more.
            let _ = std::fs::remove_file(&partial);
        }
        written?
    };
    outcome.notes.push(format!(
        "{} packets written, {} withheld, {} not at hand",
        done.written, done.withheld, done.missing
    ));
    Ok(())
}

fn export_all(
    args: &Packets,
    found: &Evidence,
    by_input: BTreeMap<String, Vec<usize>>,
    is_pcap: bool,
    out: &mut dyn Write,
    outcome: &mut Outcome,
) -> Result<Exported> {
    if by_input.is_empty() {
        // A selection without a packet is still a capture file that opens.
        if is_pcap {
            PcapWriter::new(out, LINK_ETHERNET, false, SNAPLEN_BYTES)?.finish()?;
        } else {
            PcapngWriter::new(out, args.selection.filter.as_deref().filter(|_| !args.publish))?.finish()?;
        }
        return Ok(Exported::default());
    }
    let mut rewriter = if args.publish { Some(Rewriter::new(secret_key()?)) } else { None };
    let mut done = Exported::default();
    for (input, rows) in &by_input {
        let of: HashMap<u64, usize> =
            rows.iter().map(|row| (found.columns.frame[*row] as u64, *row)).collect();
        let mut numbers: Vec<u64> = of.keys().copied().collect();
        numbers.sort_unstable();
        let opened = found.paths.get(input).context("it is not in the books").and_then(|path| open(path));
        let capture = match opened.and_then(|file| Ok(Capture::open(file)?)) {
            Ok(capture) => capture,
            Err(error) => {
                done.missing += numbers.len() as u64;
                outcome.faults.push(format!("the frames of input {input} are not at hand: {error:#}"));
                continue;
            }
        };
        let label = |frame: &teiten_model::frame::FrameRef| {
            let row = of[&frame.number];
            Label {
                sensor: found.columns.sensor.get(row).unwrap_or_default().to_string(),
                comment: found.columns.tags.get(row).map(ToString::to_string),
                public_destination: ipv4_of(found.columns.dst_public[row]).map(Into::into),
            }
        };
        let output = if is_pcap {
            Output::Pcap { writer: &mut *out }
        } else {
            Output::Pcapng { writer: &mut *out, filter: args.selection.filter.as_deref() }
        };
        let part = export(capture, &numbers, label, rewriter.as_mut(), output)?;
        done.written += part.written;
        done.withheld += part.withheld;
        done.missing += part.missing;
    }
    Ok(done)
}

/// The key of the identifiers of one published file: secret, and never used again.
fn secret_key() -> Result<[u8; 32]> {
    use std::io::Read;
    let mut key = [0; 32];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut key))
        .context("drawing a secret key")?;
    Ok(key)
}
