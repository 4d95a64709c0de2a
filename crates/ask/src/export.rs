//! A selection as a capture: packets picked in a store, as they were or rewritten for publication.

use std::fs::File;
use std::io::{Read, Write};
use std::net::IpAddr;
use std::path::Path;

use teiten_evidence::export::{Exported, Output, export};
use teiten_evidence::own::Own;
use teiten_evidence::rewrite::Rewriter;
use teiten_model::picks::Picks;
use teiten_model::sensor::Telescope;

use crate::error::AskError;
use crate::frames::{self, Paths};

/// Packets to be written, and where their frames lie.
#[derive(Debug)]
pub struct Picked {
    /// Which packets.
    pub picks: Picks,
    /// Where each input was read from.
    pub paths: Paths,
    /// The addresses of the sensors; empty unless the capture is to be published.
    pub own: Own,
    /// Whether inputs say that their packets are made up.
    pub is_synthetic: bool,
}

/// How a capture is written.
#[derive(Debug, Clone, Copy)]
pub struct Form<'a> {
    /// Whether it is fit for publication: no address of a sensor and nothing that betrays one.
    pub is_published: bool,
    /// pcap in place of pcapng.
    pub is_pcap: bool,
    /// The filter, for the comment of a pcapng.
    pub filter: Option<&'a str>,
    /// The folder in which frames are put aside.
    pub aside: &'a Path,
}

/// The addresses of the described sensors, as seen and as public, and these.
pub fn own(telescope: Option<&Telescope>, addresses: impl IntoIterator<Item = IpAddr>) -> Own {
    let watches = telescope.into_iter().flat_map(Telescope::sensors).flat_map(|sensor| &sensor.watches);
    Own::new(watches.flat_map(|watch| [Some(watch.seen), watch.public]).flatten(), addresses)
}

/// Writes the packets; `faults` says which inputs are not at hand.
///
/// # Errors
/// When `out` fails, or no key can be drawn.
pub fn write(
    picked: &Picked,
    form: Form<'_>,
    out: &mut dyn Write,
    faults: &mut Vec<String>,
) -> Result<Exported, AskError> {
    let mut rewriter =
        if form.is_published { Some(Rewriter::new(secret_key()?, picked.own.clone())) } else { None };
    let output = match form.is_pcap {
        true => Output::Pcap { writer: out },
        false => Output::Pcapng { writer: out, filter: form.filter, is_synthetic: picked.is_synthetic },
    };
    let open_input = |input: &str| match frames::open(&picked.paths, input) {
        Ok(capture) => Some(capture),
        Err(error) => {
            faults.push(format!("the frames of input {input} are not at hand: {error}"));
            None
        }
    };
    Ok(export(&picked.picks, open_input, || nameless(form.aside), rewriter.as_mut(), output)?)
}

/// A file without a name in that folder: it goes when it is closed.
///
/// # Errors
/// When it cannot be made.
pub fn nameless(folder: &Path) -> std::io::Result<File> {
    use std::sync::atomic::{AtomicU64, Ordering};
    static MADE: AtomicU64 = AtomicU64::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let path = folder.join(format!(".teiten-frames-{}-{number}", std::process::id()));
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

/// The key of the identifiers of one published file: secret, and never used again.
fn secret_key() -> Result<[u8; 32], AskError> {
    let mut key = [0; 32];
    File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut key)).map_err(AskError::Key)?;
    Ok(key)
}
