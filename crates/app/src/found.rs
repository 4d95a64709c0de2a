//! The capture files that an import is given, and what tells them apart.
//!
//! **Invariant:** the identifier of an input is made of its bytes alone.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use sha2::{Digest, Sha256};
use teiten_model::frame::FrameBlock;
use teiten_store::store::Store;
use teiten_wire::capture::Capture;

use crate::args::Import;
use crate::exit::Usage;
use crate::progress::Progress;
use crate::world::World;

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

/// All files named, those in folders in the order of their names.
pub(crate) fn files(world: &World, args: &Import, faults: &mut Vec<String>) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in &args.paths {
        if path == Path::new("-") {
            if args.dry_run {
                return Err(Usage("--dry-run cannot look at standard input without taking it".into()).into());
            }
            files.push(keep_standard_input(world)?);
            continue;
        }
        match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => walk(path, 0, &mut files)?,
            Ok(_) => files.push(path.clone()),
            Err(error) => faults.push(format!("{}: {error}", path.display())),
        }
    }
    Ok(files)
}

/// Files that lie beside captures and are none: passed over in folders, refused when named.
const BESIDE: &[&str] = &["toml", "json", "txt", "csv", "md", "tsv"];

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<()> {
    if depth > DEPTH_MAX {
        return Err(Usage(format!("{}: folders are nested deeper than {DEPTH_MAX}", folder.display())).into());
    }
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .with_context(|| format!("listing {}", folder.display()))?;
    entries.sort();
    for path in entries {
        let is_beside = path
            .extension()
            .is_some_and(|ending| BESIDE.iter().any(|beside| ending.eq_ignore_ascii_case(beside)));
        if path.is_dir() {
            walk(&path, depth + 1, files)?;
        } else if !is_beside {
            files.push(path);
        }
        if files.len() > FILES_MAX {
            return Err(Usage(format!("more than {FILES_MAX} files: import them in parts")).into());
        }
    }
    Ok(())
}

/// Standard input cannot be read twice, so it is kept in a file of the store and imported from there.
fn keep_standard_input(world: &World) -> Result<PathBuf> {
    let store = Store::open_or_make(&world.store_place, &world.config.home_zone)?;
    let folder = store.folder().context("standard input needs a store in a folder")?.join("inputs");
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let part = folder.join("standard-input.part");
    let mut file = File::create(&part).with_context(|| format!("making {}", part.display()))?;
    std::io::copy(&mut std::io::stdin().lock(), &mut file).context("keeping standard input")?;
    file.sync_all()?;
    let found = look(&part, &Progress::new(false, "", 0, true));
    if found.is_err() {
        std::fs::remove_file(&part).with_context(|| format!("removing {}", part.display()))?;
    }
    let hash = found.map_err(|error| anyhow!("standard input: {}", error.root_cause()))?.hash;
    let path = folder.join(format!("{}.capture", id(&hash)));
    std::fs::rename(&part, &path)?;
    Ok(path)
}

fn hash_of(path: &Path, progress: &Progress) -> Result<(String, u64)> {
    let mut file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        let n = file.read(&mut buffer).with_context(|| format!("reading {}", path.display()))?;
        if n == 0 {
            break;
        }
        bytes += n as u64;
        progress.add(n as u64);
        hasher.update(&buffer[..n]);
    }
    let hash = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((hash, bytes))
}

/// Reads what tells an input apart and where it stands in time.
pub(crate) fn look(path: &Path, progress: &Progress) -> Result<Found> {
    let (hash, bytes) = hash_of(path, progress)?;
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let mut capture = Capture::open(Box::new(file)).with_context(|| format!("reading {}", path.display()))?;
    let mut block = FrameBlock::default();
    let first_ns =
        if capture.next_block(&mut block) { block.frames.first().map_or(0, |frame| frame.ts_ns) } else { 0 };
    Ok(Found { path: path.to_path_buf(), bytes, hash, first_ns })
}
