//! `teiten packets -w`: a selection as a capture file, as it was or rewritten for publication.
//!
//! **Invariant:** a file that is named is there whole or not at all.

use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use teiten_evidence::export::{Exported, Output, export};
use teiten_evidence::own::Own;
use teiten_evidence::rewrite::Rewriter;
use teiten_model::picks::Picks;
use teiten_model::selection::Selection;
use teiten_model::sensor::Telescope;
use teiten_query::questions::packets;
use teiten_query::session::Session;
use teiten_wire::capture::Capture;

use crate::args::Packets;
use crate::commands::gather;
use crate::commands::packets::{Paths, read_paths, stored_paths};
use crate::exit::{Outcome, Usage};
use crate::paths::shown;
use crate::reading::open;
use crate::telescope;
use crate::world::{Asked, World};

/// Packets to be written, and where their frames lie.
pub(super) struct Picked {
    pub(super) picks: Picks,
    /// Where each input was read from.
    paths: Paths,
    /// The addresses of the sensors; empty unless the file is to be published.
    own: Own,
    /// Whether somebody described the sensors.
    is_described: bool,
    /// Whether inputs say that their packets are made up.
    is_synthetic: bool,
}

/// Picks the packets, and finds out which addresses are the sensors' own when the file is to be published.
pub(super) fn picked(world: &World, args: &Packets, limit: usize, outcome: &mut Outcome) -> Result<Picked> {
    let telescope = described(world, args)?;
    let is_described = telescope.is_some();
    if args.read.is_empty() {
        let Asked { selection, session, notes } = world.asked(&args.selection)?;
        outcome.notes.extend(notes);
        let picks = packets::picks(&session, &selection, limit, args.apart)?;
        let answering = answering(args, &session, &selection, telescope.as_ref())?;
        let own = own(telescope.as_ref(), answering);
        let is_synthetic = world.synthetic().is_some();
        return Ok(Picked { picks, paths: stored_paths(world, &session)?, own, is_described, is_synthetic });
    }
    // Where nobody described the sensors, whatever was sent to may be one.
    let mut destinations = HashSet::new();
    let wanted = (args.publish && !is_described).then_some(&mut destinations);
    let picks = gather::picks(world, args, limit, wanted, outcome)?;
    let own = own(telescope.as_ref(), destinations);
    let is_synthetic = world.synthetic().is_some();
    Ok(Picked { picks, paths: read_paths(args), own, is_described, is_synthetic })
}

/// Asks what [`picked`] would ask of the store.
pub(super) fn ask_for_picks(
    world: &World,
    args: &Packets,
    session: &Session,
    selection: &Selection,
    limit: usize,
) -> Result<()> {
    packets::picks(session, selection, limit, args.apart)?;
    answering(args, session, selection, described(world, args)?.as_ref())?;
    Ok(())
}

/// The description of the sensors, when the file is to be published and there is one.
fn described(world: &World, args: &Packets) -> Result<Option<Telescope>> {
    let path = world.config.sensors.as_ref().filter(|_| args.publish);
    Ok(path.map(|path| telescope::read(path).map_err(|error| Usage(format!("{error:#}")))).transpose()?)
}

/// Sources of the selection that may be sensors nobody described, when the file is to be published.
fn answering(
    args: &Packets,
    session: &Session,
    selection: &Selection,
    telescope: Option<&Telescope>,
) -> Result<Vec<IpAddr>> {
    if !args.publish {
        return Ok(Vec::new());
    }
    let sensors = telescope.into_iter().flat_map(Telescope::sensors);
    let described: Vec<String> = sensors.map(|sensor| sensor.name.clone()).collect();
    Ok(packets::answering(session, selection, &described)?)
}

/// The addresses of the described sensors, as seen and as public, and these.
fn own(telescope: Option<&Telescope>, addresses: impl IntoIterator<Item = IpAddr>) -> Own {
    let watches = telescope.into_iter().flat_map(Telescope::sensors).flat_map(|sensor| &sensor.watches);
    Own::new(watches.flat_map(|watch| [Some(watch.seen), watch.public]).flatten(), addresses)
}

/// Writes the packets as a capture file, whole or not at all.
pub(super) fn write(args: &Packets, picked: &Picked, path: &Path, outcome: &mut Outcome) -> Result<()> {
    let inputs: BTreeSet<u32> = picked.picks.picks.iter().map(|pick| pick.input).collect();
    let is_pcap = path.extension().is_some_and(|ending| ending == "pcap");
    if is_pcap && inputs.len() > 1 {
        return Err(Usage(format!(
            "the packets come from {} inputs, which a pcap file cannot tell apart: name the file .pcapng",
            inputs.len()
        ))
        .into());
    }
    let done = if path == Path::new("-") {
        let mut out = std::io::stdout().lock();
        let done = export_all(args, picked, is_pcap, &mut out, &std::env::temp_dir(), outcome)?;
        out.flush()?;
        done
    } else {
        // Beside the file it becomes, so that it can take its place in one step.
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let written =
            File::create(&partial).with_context(|| format!("making {}", shown(&partial))).and_then(|file| {
                let mut file = BufWriter::new(file);
                let done = export_all(args, picked, is_pcap, &mut file, folder_of(path), outcome)?;
                file.flush().with_context(|| format!("writing {}", shown(&partial)))?;
                std::fs::rename(&partial, path).with_context(|| format!("naming {}", shown(path)))?;
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
        done.written,
        done.withheld + done.own + done.apart,
        done.missing
    ));
    if done.own > 0 {
        outcome.notes.push(if picked.is_described {
            format!("{} of those withheld were sent by a sensor's own address", done.own)
        } else {
            format!(
                "{} of those withheld came from an address that was sent to, which may be a sensor's: where the \
                 sensors are described in the configuration, only what they sent is withheld",
                done.own
            )
        });
    }
    if done.apart > 0 {
        outcome.notes.push(format!("{} of those withheld belong to no described sensor", done.apart));
    }
    Ok(())
}

/// The folder that a file lies in.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn export_all(
    args: &Packets,
    picked: &Picked,
    is_pcap: bool,
    out: &mut dyn Write,
    aside: &Path,
    outcome: &mut Outcome,
) -> Result<Exported> {
    let mut rewriter =
        if args.publish { Some(Rewriter::new(secret_key()?, picked.own.clone())) } else { None };
    let output = if is_pcap {
        if picked.is_synthetic {
            let said = "a pcap file cannot say that its packets are synthetic: name the file .pcapng";
            outcome.notes.push(said.to_string());
        }
        Output::Pcap { writer: out }
    } else {
        let (filter, is_synthetic) = (args.selection.filter.as_deref(), picked.is_synthetic);
        Output::Pcapng { writer: out, filter, is_synthetic }
    };
    let open_input = |input: &str| {
        let opened = picked.paths.get(input).context("it is not in the books").and_then(|path| open(&path));
        match opened.and_then(|file| Ok(Capture::open(file)?)) {
            Ok(capture) => Some(capture),
            Err(error) => {
                outcome.faults.push(format!("the frames of input {input} are not at hand: {error:#}"));
                None
            }
        }
    };
    Ok(export(&picked.picks, open_input, || nameless(aside), rewriter.as_mut(), output)?)
}

/// A file without a name in that folder, for frames that are put aside: it goes when the program does.
fn nameless(folder: &Path) -> std::io::Result<File> {
    let path = folder.join(format!(".teiten-frames-{}", std::process::id()));
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
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
