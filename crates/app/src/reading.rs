//! From a capture file to classified, enriched columns: the one walk that `import`, `top -r` and
//! `packets -r` share; what it does with a block, the collector and `store rebuild` do with theirs.
//!
//! Reading, decoding, enriching and classifying run on a thread of their own; the columns go through
//! a bounded channel and come back to be filled again, so memory does not grow with the file.
//! Whoever needs less of a packet says by [`Fill`] what a block becomes.
//!
//! **Invariant:** every frame of the file is a row handed on or a loss in the account.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::{Context, Result};
use teiten_detect::classifier::Classifier;
use teiten_model::account::Account;
use teiten_model::address::{ipv4_number, ipv4_of, ipv6_of};
use teiten_model::columns::PacketColumns;
use teiten_model::frame::FrameBlock;
use teiten_model::interval::Timestamp;
use teiten_model::sensor::{APART, Sensor, Telescope};
use teiten_model::synthetic;
use teiten_refdata::atlas::Atlas;
use teiten_wire::capture::Capture;
use teiten_wire::decode::Decoder;

use teiten_ask::paths::shown;

/// Blocks of columns under way between the threads.
const BLOCKS_UNDER_WAY: usize = 3;

/// Name of the sensor of packets when nothing is said about sensors.
pub(crate) const UNNAMED: &str = "unnamed";

/// Whose packets an input holds.
#[derive(Debug, Clone)]
pub(crate) enum Ownership {
    /// All belong to one sensor of this name and group.
    One(String, String),
    /// They belong by destination and time.
    ByDestination(Telescope),
}

/// What an input turned out to be.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Frames given and lost.
    pub(crate) account: Account,
    /// Whether it was read to its end without damage.
    pub(crate) whole: bool,
    /// Sentences about damage.
    pub(crate) messages: Vec<String>,
    /// Format, byte order, resolution, compression.
    pub(crate) format: String,
    /// Whether it says of itself that its packets are synthetic.
    pub(crate) is_synthetic: bool,
}

/// What comes from the reading thread.
pub(crate) enum Event<R = PacketColumns> {
    /// Rows of the current input.
    Rows(Box<R>),
    /// The current input is at its end.
    Ended(Box<Ended>),
    /// The current input could not be read at all.
    Failed(anyhow::Error),
}

/// Fills sensor and group of packets that all are one sensor's, and the public destination where its
/// addresses are translated.
pub(crate) fn assign_one(sensor: &Sensor, translation: &Telescope, columns: &mut PacketColumns) {
    assign(&Ownership::One(sensor.name.clone(), sensor.group.clone()), columns);
    if sensor.watches.iter().all(|watch| watch.public.is_none()) {
        return;
    }
    for row in 0..columns.rows() {
        let owner = ipv4_of(columns.dst[row])
            .and_then(|to| translation.owner_of(to.into(), Timestamp(columns.ts[row])));
        if let Some(public) = owner.and_then(|owner| owner.public) {
            columns.dst_public[row] = ipv4_number(public);
        }
    }
}

/// Fills sensor, group and public destination.
pub(crate) fn assign(ownership: &Ownership, columns: &mut PacketColumns) {
    match ownership {
        Ownership::One(name, group) => {
            let (name, group) = (columns.sensor.code(name), columns.sensor_group.code(group));
            columns.sensor.codes.fill(name);
            columns.sensor_group.codes.fill(group);
        }
        Ownership::ByDestination(telescope) => {
            let apart = (columns.sensor.code(APART), columns.sensor_group.code(APART));
            let codes: Vec<(u16, u16)> = telescope
                .sensors()
                .iter()
                .map(|sensor| (columns.sensor.code(&sensor.name), columns.sensor_group.code(&sensor.group)))
                .collect();
            for row in 0..columns.rows() {
                let destination = ipv4_of(columns.dst[row])
                    .map(std::net::IpAddr::V4)
                    .or_else(|| ipv6_of(columns.dst6.get(row)).map(std::net::IpAddr::V6));
                let owner = destination.and_then(|to| telescope.owner_of(to, Timestamp(columns.ts[row])));
                let (sensor, group) = owner.map_or(apart, |owner| codes[owner.sensor]);
                columns.sensor.codes[row] = sensor;
                columns.sensor_group.codes[row] = group;
                if let Some(public) = owner.and_then(|owner| owner.public) {
                    columns.dst_public[row] = ipv4_number(public);
                }
            }
        }
    }
}

/// Turns blocks of frames into rows: the one walk for files and for batches of live sensors.
pub(crate) struct Refiner {
    decoder: Decoder,
    classifier: Classifier,
}

impl Refiner {
    /// With the rules of this program.
    pub(crate) fn new() -> Result<Refiner> {
        Ok(Refiner { decoder: Decoder::new(), classifier: Classifier::builtin()? })
    }

    /// Fills columns with the rows of a block: decoded, owned, enriched, classified.
    pub(crate) fn fill(
        &mut self,
        block: &FrameBlock,
        input: &str,
        own: impl FnOnce(&mut PacketColumns),
        atlas: &Atlas,
        columns: &mut PacketColumns,
    ) -> Result<()> {
        self.decoder.decode(block, columns);
        let input = columns.input.code(input);
        columns.input.codes.fill(input);
        own(columns);
        atlas.enrich(columns)?;
        self.classifier.classify(columns);
        Ok(())
    }
}

/// What the reading thread makes of a block of frames.
pub(crate) trait Fill: Send + 'static {
    /// What a block becomes; it comes back to be filled again.
    type Rows: Default + Send + 'static;

    /// Fills rows from a block of that input.
    fn fill(&mut self, block: &FrameBlock, input: &str, rows: &mut Self::Rows) -> Result<()>;
}

/// Whole rows: decoded, owned, enriched, classified.
struct WholeRows {
    refiner: Refiner,
    ownership: Ownership,
    atlas: Atlas,
}

impl Fill for WholeRows {
    type Rows = PacketColumns;

    fn fill(&mut self, block: &FrameBlock, input: &str, columns: &mut PacketColumns) -> Result<()> {
        let own = |columns: &mut PacketColumns| assign(&self.ownership, columns);
        self.refiner.fill(block, input, own, &self.atlas, columns)
    }
}

/// Reads inputs one after the other on a thread of its own.
pub(crate) struct Reading<R = PacketColumns> {
    events: Receiver<Event<R>>,
    back: SyncSender<Box<R>>,
    bytes: Arc<AtomicU64>,
    has_synthetic: Arc<AtomicBool>,
}

/// An input to read.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The file; `-` is standard input.
    pub(crate) path: PathBuf,
    /// What its rows say in the column `input`.
    pub(crate) id: String,
}

/// A file whose bytes are counted as they are read, for the progress bar.
struct Counted {
    file: Box<dyn Read + Send>,
    bytes: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.bytes.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Opens a file, or standard input for `-`.
pub(crate) fn open(path: &Path) -> Result<Box<dyn Read + Send>> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin()));
    }
    Ok(Box::new(File::open(path).with_context(|| format!("opening {}", shown(path)))?))
}

impl Reading {
    /// Starts reading whole rows; events come in the order of the inputs.
    pub(crate) fn start(sources: Vec<Source>, ownership: Ownership, atlas: Atlas) -> Result<Reading> {
        Reading::of(sources, WholeRows { refiner: Refiner::new()?, ownership, atlas })
    }
}

impl<R: Default + Send + 'static> Reading<R> {
    /// Starts reading what `fill` makes of each block.
    pub(crate) fn of(sources: Vec<Source>, fill: impl Fill<Rows = R>) -> Result<Reading<R>> {
        let (give, events) = sync_channel(BLOCKS_UNDER_WAY);
        let (back, taken_back) = sync_channel::<Box<R>>(BLOCKS_UNDER_WAY);
        for _ in 0..BLOCKS_UNDER_WAY {
            // The channel has room for exactly these.
            let _ = back.try_send(Box::default());
        }
        let bytes = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&bytes);
        let has_synthetic = Arc::new(AtomicBool::new(false));
        let mark = Arc::clone(&has_synthetic);
        std::thread::Builder::new().name("reading".to_string()).spawn(move || {
            let mut walk = Walk { fill, bytes: counter, has_synthetic: mark };
            let mut block = FrameBlock::default();
            for source in sources {
                match walk.read(&source, &mut block, &give, &taken_back) {
                    Ok(true) => {}
                    // Nobody listens any more.
                    Ok(false) => return,
                    Err(error) => {
                        if give.send(Event::Failed(error)).is_err() {
                            return;
                        }
                    }
                }
            }
        })?;
        Ok(Reading { events, back, bytes, has_synthetic })
    }

    /// Bytes of the inputs read so far, compressed as they lie in the files.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Whether any input opened so far says that its packets are synthetic.
    pub(crate) fn has_synthetic(&self) -> bool {
        self.has_synthetic.load(Ordering::Relaxed)
    }

    /// The next event; `None` after the last input.
    pub(crate) fn next(&self) -> Option<Event<R>> {
        self.events.recv().ok()
    }

    /// Gives rows back to be filled again.
    pub(crate) fn give_back(&self, rows: Box<R>) {
        // A full or closed channel means that the reader needs no more.
        let _ = self.back.try_send(rows);
    }
}

struct Walk<F> {
    fill: F,
    bytes: Arc<AtomicU64>,
    has_synthetic: Arc<AtomicBool>,
}

impl<F: Fill> Walk<F> {
    /// Reads one input; `false` when nobody listens any more.
    fn read(
        &mut self,
        source: &Source,
        block: &mut FrameBlock,
        give: &SyncSender<Event<F::Rows>>,
        taken_back: &Receiver<Box<F::Rows>>,
    ) -> Result<bool> {
        let name = shown(&source.path);
        let mut capture =
            Capture::open(Box::new(Counted { file: open(&source.path)?, bytes: Arc::clone(&self.bytes) }))
                .with_context(|| format!("reading {name}"))?;
        let is_synthetic = capture.comments().iter().any(|comment| synthetic::is_mark(comment));
        self.has_synthetic.fetch_or(is_synthetic, Ordering::Relaxed);
        while capture.next_block(block) {
            let Ok(mut rows) = taken_back.recv() else { return Ok(false) };
            self.fill.fill(block, &source.id, &mut rows)?;
            if give.send(Event::Rows(rows)).is_err() {
                return Ok(false);
            }
        }
        let ended = Ended {
            account: capture.account().clone(),
            whole: capture.is_whole(),
            messages: said(&name, capture.messages()),
            format: capture.format().to_string(),
            is_synthetic: capture.comments().iter().any(|comment| synthetic::is_mark(comment)),
        };
        Ok(give.send(Event::Ended(Box::new(ended))).is_ok())
    }
}

/// One sentence on an input, whatever is wrong with it, so that it is named once.
fn said(name: &str, messages: &[String]) -> Vec<String> {
    if messages.is_empty() { Vec::new() } else { vec![format!("{name}: {}", messages.join("; "))] }
}
