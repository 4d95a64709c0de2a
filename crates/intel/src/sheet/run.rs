//! Lines in a row, read many at a time.
//!
//! **Invariant:** lines come in their order, each whole and at most as long as a line may be; nothing is read that lies
//! behind the first line that is not so.

use std::os::unix::fs::FileExt;

use super::{LINE_BYTES_MAX, Sheet};
use crate::error::{IntelError, Result};

/// Most lines that are read at once.
const CHUNK_LINES_MAX: u64 = 4_096;
/// Most bytes of lines that are read at once, unless a single line has more.
const CHUNK_BYTES_MAX: u64 = 1024 * 1024;

/// Lines of a sheet in memory.
#[derive(Debug)]
pub(super) struct Chunk {
    first: u64,
    /// Where each line begins, and where the last one ends.
    places: Vec<u64>,
    bytes: Vec<u8>,
}

impl Chunk {
    /// As many lines from the first of those places on as are sound and fit into so many bytes; one at least.
    pub(super) fn read(sheet: &Sheet, first: u64, places: &[u64], bytes_max: u64) -> Result<Chunk> {
        let start = places.first().copied().unwrap_or_default();
        let is_line = |pair: &&[u64]| pair[0] < pair[1] && pair[1] - pair[0] <= LINE_BYTES_MAX;
        let sound = places.windows(2).take_while(is_line).map(|pair| pair[1]);
        let fitting = sound.enumerate().take_while(|(at, end)| *at == 0 || end - start <= bytes_max).count();
        if fitting == 0 {
            return Err(sheet.damaged("its index is not in order"));
        }
        let mut bytes = vec![0; (places[fitting] - start) as usize];
        sheet.lines.read_exact_at(&mut bytes, start).map_err(IntelError::io("read", &sheet.path))?;
        Ok(Chunk { first, places: places[..=fitting].to_vec(), bytes })
    }

    /// A line without its end; `None` when it is not here.
    pub(super) fn line(&self, line: u64) -> Option<&[u8]> {
        let at = usize::try_from(line.checked_sub(self.first)?).ok()?;
        let (start, end) = (self.places.get(at)?, self.places.get(at + 1)?);
        let from = |place: &u64| (place - self.places[0]) as usize;
        self.bytes.get(from(start)..from(end) - 1)
    }
}

/// A walk along the lines of a sheet.
pub(super) struct Run<'a> {
    sheet: &'a Sheet,
    line: u64,
    chunk: Option<Chunk>,
    /// Lines of the next chunk: few at first, for whoever wants few.
    wanted: u64,
}

impl<'a> Run<'a> {
    /// From a line on, of which some may be in memory.
    pub(super) fn new(sheet: &'a Sheet, line: u64, chunk: Option<Chunk>) -> Run<'a> {
        Run { sheet, line, chunk, wanted: 1 }
    }

    /// Key and value of the next line; `None` past the last one.
    pub(super) fn step(&mut self) -> Result<Option<(&str, &str)>> {
        if self.line >= self.sheet.count {
            return Ok(None);
        }
        let is_here = self.chunk.as_ref().is_some_and(|chunk| chunk.line(self.line).is_some());
        if !is_here {
            let last = self.line.saturating_add(self.wanted).min(self.sheet.count);
            let places = self.sheet.places(self.line, last)?;
            self.chunk = Some(Chunk::read(self.sheet, self.line, &places, CHUNK_BYTES_MAX)?);
            self.wanted = (self.wanted * 4).min(CHUNK_LINES_MAX);
        }
        let line = self.chunk.as_ref().and_then(|chunk| chunk.line(self.line)).unwrap_or_default();
        let text = std::str::from_utf8(line).map_err(|_| self.sheet.damaged("a line is not text"))?;
        self.line += 1;
        text.split_once('\t').map(Some).ok_or_else(|| self.sheet.damaged("a line has no key"))
    }
}
