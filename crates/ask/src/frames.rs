//! The bytes of packets that were asked for, read again from the captures they came in.
//!
//! **Invariant:** a row whose capture is gone has no bytes, and somebody is told.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use teiten_model::columns::PacketColumns;
use teiten_model::frame::FrameBlock;
use teiten_model::interval::{Day, Timestamp};
use teiten_model::table::Value;
use teiten_query::questions::books;
use teiten_query::session::Session;
use teiten_store::store::Store;
use teiten_wire::capture::Capture;

use crate::error::AskError;
use crate::paths;

/// Where inputs lie: files by the books, batches of live sensors by their identifiers.
#[derive(Debug, Default)]
pub struct Paths {
    books: HashMap<String, PathBuf>,
    store: Option<Store>,
    /// Frames of live sensors before this moment are no longer kept.
    expired_until: Option<i64>,
}

impl Paths {
    /// Where inputs lie that no store holds, by what their rows call them.
    pub fn named(paths: impl IntoIterator<Item = (String, PathBuf)>) -> Paths {
        Paths { books: paths.into_iter().collect(), ..Paths::default() }
    }

    /// The moment before which frames expired, when an input is a batch that may have gone with them.
    fn expired(&self, input: &str) -> Option<Timestamp> {
        let day = teiten_store::frames::line_of(input)?.split('/').nth(1)?;
        self.expired_until.map(Timestamp).filter(|until| day < Day::of(*until).to_string().as_str())
    }
}

/// Where the inputs of a store were read from.
///
/// # Errors
/// When the books cannot be asked.
pub fn stored_paths(session: &Session) -> Result<Paths, AskError> {
    let inputs = books::inputs(session)?;
    let books = (0..inputs.rows.len())
        .filter_map(|row| match (inputs.value(row, "input"), inputs.value(row, "name")) {
            (Some(Value::Text(input)), Some(Value::Text(name))) => Some((input.clone(), paths::read(name))),
            _ => None,
        })
        .collect();
    let expired_until = session.expired()?.frames.until;
    Ok(Paths { books, store: Some(session.store().clone()), expired_until })
}

/// Opens the capture that an input was read from.
///
/// # Errors
/// When the books do not know it, or it is no longer there.
pub fn open(paths: &Paths, input: &str) -> Result<Capture, AskError> {
    if let Some(store) = paths.store.as_ref().filter(|_| teiten_store::frames::line_of(input).is_some()) {
        let gone = || paths.expired(input).map_or(AskError::NotKept, AskError::Expired);
        let kept = teiten_store::frames::read(store, input)?.ok_or_else(gone)?;
        return Ok(Capture::open(Box::new(Cursor::new(kept)))?);
    }
    let path = paths.books.get(input).ok_or(AskError::NotInTheBooks)?;
    let opened = |path: &Path| {
        if path == Path::new("-") {
            return Ok(Capture::open(Box::new(std::io::stdin()))?);
        }
        let file = File::open(path).map_err(|source| AskError::Open { path: path.to_path_buf(), source })?;
        Ok(Capture::open(Box::new(file))?)
    };
    opened(path)
}

/// The bytes of the frames of a selection, by row; rows whose file is gone have none, and `notes` says so.
pub fn frames(columns: &PacketColumns, paths: &Paths, notes: &mut Vec<String>) -> HashMap<usize, Vec<u8>> {
    let mut frames = HashMap::new();
    for (input, rows) in by_input(columns) {
        let wanted: HashMap<u64, usize> = rows.iter().map(|row| (columns.frame[*row] as u64, *row)).collect();
        match read_frames(paths, &input, &wanted) {
            Ok(read) => frames.extend(read),
            Err(error) => notes.push(format!("the frames of input {input} are not at hand: {error}")),
        }
    }
    frames
}

/// The bytes of one row's frame.
pub fn frame(columns: &PacketColumns, row: usize, paths: &Paths, notes: &mut Vec<String>) -> Option<Vec<u8>> {
    let input = columns.input.get(row).unwrap_or_default();
    match read_frames(paths, input, &HashMap::from([(columns.frame[row] as u64, row)])) {
        Ok(mut read) => read.remove(&row),
        Err(error) => {
            notes.push(format!("the frames of input {input} are not at hand: {error}"));
            None
        }
    }
}

fn read_frames(
    paths: &Paths,
    input: &str,
    wanted: &HashMap<u64, usize>,
) -> Result<HashMap<usize, Vec<u8>>, AskError> {
    let mut capture = open(paths, input)?;
    let mut block = FrameBlock::default();
    let mut read = HashMap::new();
    while read.len() < wanted.len() && capture.next_block(&mut block) {
        for frame in &block.frames {
            if let Some(row) = wanted.get(&frame.number) {
                read.insert(*row, block.bytes_of(frame).to_vec());
            }
        }
    }
    Ok(read)
}

/// Rows of each input, in the order of the selection.
fn by_input(columns: &PacketColumns) -> BTreeMap<String, Vec<usize>> {
    let mut by_input: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for row in 0..columns.rows() {
        by_input.entry(columns.input.get(row).unwrap_or_default().to_string()).or_default().push(row);
    }
    by_input
}
