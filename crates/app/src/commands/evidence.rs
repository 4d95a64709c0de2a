//! `teiten packets -w`: a selection as a capture file, as it was or rewritten for publication.
//!
//! **Invariant:** a file that is named is there whole or not at all.

use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use teiten_ask::export::{self, Form, Picked};
use teiten_ask::frames;
use teiten_evidence::export::Exported;
use teiten_model::selection::Selection;
use teiten_model::sensor::Telescope;
use teiten_query::questions::packets;
use teiten_query::session::Session;

use crate::args::Packets;
use crate::commands::gather;
use crate::commands::packets::read_paths;
use crate::exit::{Outcome, Usage};
use crate::telescope;
use crate::world::{Asked, World};
use teiten_ask::paths::shown;

/// Picks the packets, and finds out which addresses are the sensors' own when the file is to be published; and
/// whether somebody described the sensors.
pub(super) fn picked(
    world: &World,
    args: &Packets,
    limit: usize,
    outcome: &mut Outcome,
) -> Result<(Picked, bool)> {
    let telescope = described(world, args)?;
    let is_described = telescope.is_some();
    if args.read.is_empty() {
        let Asked { selection, session, notes } = world.asked(&args.selection)?;
        outcome.notes.extend(notes);
        let picks = packets::picks(&session, &selection, limit, args.apart)?;
        let answering = answering(args, &session, &selection, telescope.as_ref())?;
        let own = export::own(telescope.as_ref(), answering);
        let is_synthetic = world.synthetic().is_some();
        let paths = frames::stored_paths(&session)?;
        return Ok((Picked { picks, paths, own, is_synthetic }, is_described));
    }
    // Where nobody described the sensors, whatever was sent to may be one.
    let mut destinations = HashSet::new();
    let wanted = (args.publish && !is_described).then_some(&mut destinations);
    let picks = gather::picks(world, args, limit, wanted, outcome)?;
    let own = export::own(telescope.as_ref(), destinations);
    let is_synthetic = world.synthetic().is_some();
    Ok((Picked { picks, paths: read_paths(args), own, is_synthetic }, is_described))
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

/// Writes the packets as a capture file, whole or not at all.
pub(super) fn write(
    args: &Packets,
    (picked, is_described): &(Picked, bool),
    path: &Path,
    outcome: &mut Outcome,
) -> Result<()> {
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
        outcome.notes.push(if *is_described {
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
    if is_pcap && picked.is_synthetic {
        let said = "a pcap file cannot say that its packets are synthetic: name the file .pcapng";
        outcome.notes.push(said.to_string());
    }
    let form = Form { is_published: args.publish, is_pcap, filter: args.selection.filter.as_deref(), aside };
    Ok(export::write(picked, form, out, &mut outcome.faults)?)
}
