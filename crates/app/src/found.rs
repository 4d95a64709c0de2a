//! The capture files that an import is given: what lies in folders, what is a capture, what tells it apart.
//!
//! A capture is known by its content, never by its name. What is named must be one; what merely lies in a
//! named folder may be anything, and is passed over and counted when it is no capture.
//!
//! **Invariant:** the identifier of an input is made of its bytes alone.
//! **Invariant:** only regular files of a folder are opened: a pipe or a device there cannot hold an import up.

use std::collections::BTreeSet;
use std::fs::{File, FileType, Metadata};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use sha2::{Digest, Sha256};
use teiten_model::frame::FrameBlock;
use teiten_model::hex::hex;
use teiten_store::store::Store;
use teiten_wire::capture::Capture;
use teiten_wire::error::WireError;

use crate::args::Import;
use crate::exit::Usage;
use crate::passed::Passed;
use crate::progress::Progress;
use crate::world::World;
use teiten_ask::paths::shown;

/// Files one import may name, folders counted by their content.
const FILES_MAX: usize = 1_000_000;
/// Depth to which folders are followed.
const DEPTH_MAX: usize = 32;

/// A capture file that can be taken.
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    /// Its size.
    pub(crate) bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub(crate) hash: String,
    /// Time of its first frame, in nanoseconds since 1970.
    pub(crate) first_ns: i64,
}

/// The identifier of an input: the first 16 digits of its hash.
pub(crate) fn id(hash: &str) -> String {
    hash.chars().take(16).collect()
}

/// A file that may be a capture.
pub(crate) struct Candidate {
    pub(crate) path: PathBuf,
    /// Its size, in bytes.
    pub(crate) bytes: u64,
    /// The place in [`Passed::folders`] of the folder it was found in; `None` when it was named itself.
    pub(crate) folder: Option<usize>,
}

/// All files named, those in folders in the order of their names.
pub(crate) fn files(
    world: &World,
    args: &Import,
    passed: &mut Passed,
    faults: &mut Vec<String>,
) -> Result<Vec<Candidate>> {
    let mut files = Vec::new();
    for path in &args.paths {
        let metadata = match std::fs::metadata(path) {
            _ if path == Path::new("-") => None,
            Ok(metadata) => Some(metadata),
            Err(error) => {
                faults.push(format!("{}: {error}", shown(path)));
                continue;
            }
        };
        let kind = metadata.as_ref().map(Metadata::file_type);
        match (metadata, kind) {
            (Some(metadata), Some(kind)) if kind.is_dir() => {
                let folder = passed.folder(path);
                let mut walk = Walk { folder, seen: BTreeSet::new(), files: &mut files, passed, faults };
                walk.seen.insert((metadata.dev(), metadata.ino()));
                walk.enter(path, 0)?;
            }
            (Some(metadata), Some(kind)) if kind.is_file() => {
                files.push(Candidate { path: path.clone(), bytes: metadata.len(), folder: None });
            }
            (Some(_), Some(kind)) if !kind.is_fifo() => {
                faults.push(format!("{}: {} is not read: name a file", shown(path), special(kind)));
            }
            // A pipe, by name or as standard input.
            (_, kind) => files.push(kept(world, args, path, kind.is_some())?),
        }
    }
    Ok(files)
}

/// What a file is that is neither regular nor a folder.
fn special(kind: FileType) -> &'static str {
    match kind {
        kind if kind.is_fifo() => "a named pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    }
}

/// The way through one folder that was named.
struct Walk<'a> {
    folder: usize,
    /// Folders entered, by device and number: links may lead back to them.
    seen: BTreeSet<(u64, u64)>,
    files: &'a mut Vec<Candidate>,
    passed: &'a mut Passed,
    faults: &'a mut Vec<String>,
}

impl Walk<'_> {
    fn enter(&mut self, folder: &Path, depth: usize) -> Result<()> {
        if depth > DEPTH_MAX {
            let said = format!("{}: folders are nested deeper than {DEPTH_MAX}", shown(folder));
            return Err(Usage(said).into());
        }
        let listed: std::io::Result<Vec<PathBuf>> = std::fs::read_dir(folder)
            .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect());
        let mut entries = match listed {
            Ok(entries) => entries,
            Err(error) => {
                self.fault(format!("listing {}: {error}", shown(folder)));
                return Ok(());
            }
        };
        entries.sort();
        for path in entries {
            self.entry(path, depth)?;
            if self.files.len() > FILES_MAX {
                return Err(Usage(format!("more than {FILES_MAX} files: import them in parts")).into());
            }
        }
        Ok(())
    }

    fn entry(&mut self, path: PathBuf, depth: usize) -> Result<()> {
        let metadata = match std::fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound && path.is_symlink() => {
                self.fault(format!("{}: the link leads to nothing", shown(&path)));
                return Ok(());
            }
            Err(error) => {
                self.fault(format!("{}: {error}", shown(&path)));
                return Ok(());
            }
        };
        let kind = metadata.file_type();
        if kind.is_dir() {
            if self.seen.insert((metadata.dev(), metadata.ino())) {
                return self.enter(&path, depth + 1);
            }
            self.passed.again(&path);
        } else if kind.is_file() {
            self.files.push(Candidate { path, bytes: metadata.len(), folder: Some(self.folder) });
        } else {
            self.passed.add(self.folder, special(kind), &path);
        }
        Ok(())
    }

    fn fault(&mut self, said: String) {
        self.passed.fault(Some(self.folder));
        self.faults.push(said);
    }
}

/// A pipe cannot be read twice, so what comes through it is kept in a file of the store and imported from
/// there.
fn kept(world: &World, args: &Import, path: &Path, is_named: bool) -> Result<Candidate> {
    let name = if is_named { shown(path) } else { "standard input".to_string() };
    if args.dry_run {
        return Err(Usage(format!("--dry-run cannot look at {name} without taking it")).into());
    }
    Store::open_or_make(&world.store_place, &world.config.home_zone)?;
    let folder = world.local_folder().join("inputs");
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let part = folder.join("standard-input.part");
    let mut file = File::create(&part).with_context(|| format!("making {}", part.display()))?;
    let mut input: Box<dyn Read> = match is_named {
        true => Box::new(File::open(path).with_context(|| format!("opening {name}"))?),
        false => Box::new(std::io::stdin().lock()),
    };
    std::io::copy(&mut input, &mut file).with_context(|| format!("keeping {name}"))?;
    file.sync_all()?;
    let found = look(&part, &Progress::hidden(), |_| {});
    if found.is_err() {
        std::fs::remove_file(&part).with_context(|| format!("removing {}", part.display()))?;
    }
    let found = found.map_err(|error| anyhow!("{name}: {}", error.root_cause()))?;
    let path = folder.join(format!("{}.capture", id(&found.hash)));
    std::fs::rename(&part, &path)?;
    Ok(Candidate { path, bytes: found.bytes, folder: None })
}

fn hash_of(path: &Path, progress: &Progress) -> Result<(String, u64)> {
    let mut file = File::open(path).with_context(|| format!("opening {}", shown(path)))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        let n = file.read(&mut buffer).with_context(|| format!("reading {}", shown(path)))?;
        if n == 0 {
            break;
        }
        bytes += n as u64;
        progress.add(n as u64);
        hasher.update(&buffer[..n]);
    }
    Ok((hex(&hasher.finalize()), bytes))
}

/// Reads what tells an input apart and where it stands in time; what is no capture is not read to its end. What is to be
/// done once the time is known, before the whole is read, is `begin`.
pub(crate) fn look(path: &Path, progress: &Progress, begin: impl FnOnce(i64)) -> Result<Found> {
    let file = File::open(path).with_context(|| format!("opening {}", shown(path)))?;
    let mut capture = Capture::open(Box::new(file)).with_context(|| format!("reading {}", shown(path)))?;
    let mut block = FrameBlock::default();
    let first_ns =
        if capture.next_block(&mut block) { block.frames.first().map_or(0, |frame| frame.ts_ns) } else { 0 };
    begin(first_ns);
    let (hash, bytes) = hash_of(path, progress)?;
    Ok(Found { path: path.to_path_buf(), bytes, hash, first_ns })
}

/// What a file is that is no capture of any kind; `None` for a capture that is damaged or of a kind that is
/// not read here, and for whatever could not be read.
pub(crate) fn no_capture(error: &anyhow::Error) -> Option<&str> {
    match error.downcast_ref::<WireError>()? {
        WireError::Empty => Some("it is empty"),
        WireError::NotACapture { recognised, is_foreign: false, .. } => Some(recognised),
        _ => None,
    }
}
