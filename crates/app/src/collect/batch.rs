//! A batch to rows: its frames take the way that frames of files take.
//!
//! A batch whose sums fit and whose frames still cannot be read was spoilt before it was sealed: to refuse it
//! would stop its sensor for ever, so its frames are a named loss.
//!
//! **Invariant:** every frame that the head counts is a row or a loss.

use std::io::Cursor;

use anyhow::{Error, Result};
use sha2::{Digest, Sha256};
use teiten_model::account::{Account, Loss};
use teiten_model::columns::PacketColumns;
use teiten_model::frame::FrameBlock;
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::sensor::{Sensor, Telescope, Watch};
use teiten_model::synthetic;
use teiten_refdata::atlas::Atlas;
use teiten_store::delivery::Delivery;
use teiten_wire::batch::{self, Head};
use teiten_wire::capture::Capture;

use crate::reading::{Refiner, assign_one};
use crate::telescope::{ALWAYS_FROM, ALWAYS_TO};

/// A sensor as it is described, alone.
pub(crate) struct Described {
    pub(crate) sensor: Sensor,
    pub(crate) translation: Telescope,
}

impl Described {
    /// The sensor of that name as the description has it, or else as it was enrolled.
    pub(crate) fn of(telescope: &Telescope, name: &str, enrolled: Option<&Sensor>) -> Described {
        let known = telescope.sensors().iter().find(|sensor| sensor.name == name);
        let sensor = known.or(enrolled).cloned().unwrap_or_else(|| bare(name, name));
        Described { translation: Telescope::new(vec![sensor.clone()]), sensor }
    }
}

/// A sensor of which no more is known.
pub(crate) fn bare(name: &str, group: &str) -> Sensor {
    Sensor {
        name: name.to_string(),
        group: group.to_string(),
        region: String::new(),
        country: String::new(),
        asn: None,
        provider: String::new(),
        owner: String::new(),
        watches: Vec::new(),
    }
}

/// The addresses that a head names as watched, counted as those of a described sensor are; -1 when it names none.
fn addresses(head: &Head) -> i64 {
    let during = Interval { start: ALWAYS_FROM, end: ALWAYS_TO };
    let watches = head.watched.iter().map(|seen| Watch { seen: *seen, public: None, during }).collect();
    let sensor = Sensor { watches, ..bare(&head.sensor, "") };
    if head.watched.is_empty() { -1 } else { sensor.addresses_at(Timestamp(0)) as i64 }
}

/// What a batch adds to the books, before its frames are read.
pub(crate) fn delivery(head: &Head, bytes: &[u8], sum: u32) -> Delivery {
    let watched: Vec<String> = head.watched.iter().map(ToString::to_string).collect();
    Delivery {
        sensor: head.sensor.clone(),
        epoch: head.epoch,
        first: head.first,
        sequence: head.sequence,
        sum,
        opened_us: head.opened_ns.div_euclid(1_000),
        sealed_us: head.sealed_ns.div_euclid(1_000),
        account: Account::default(),
        addresses: addresses(head),
        watched: watched.join(" "),
        clock_offset_us: head.clock_offset_ns.map(|offset| offset.div_euclid(1_000)),
        bytes: bytes.len() as u64,
        hash: Sha256::digest(bytes).into(),
        ..Delivery::default()
    }
}

/// Reads the frames of a batch and hands on their rows; gives what it adds to the books.
///
/// # Errors
/// When the bytes are no batch, or rows cannot be handed on.
pub(crate) fn read(
    bytes: &[u8],
    refiner: &mut Refiner,
    described: &Described,
    atlas: &Atlas,
    (block, columns): (&mut FrameBlock, &mut PacketColumns),
    mut take: impl FnMut(&PacketColumns) -> Result<()>,
) -> Result<Delivery> {
    let batch = batch::open(bytes)?;
    let mut delivery = delivery(&batch.head, bytes, batch.sum);
    let mut account = Account::default();
    for (loss, frames) in &batch.head.lost {
        account.lose(*loss, *frames);
    }
    if batch.head.frames > 0 {
        let id = delivery.id();
        let opened = batch.plain().map_err(Error::from);
        let opened = opened.and_then(|plain| Ok(Capture::open(Box::new(Cursor::new(plain)))?));
        let mut capture =
            opened.inspect_err(|error| tracing::warn!("the frames of batch {id}: {error:#}")).ok();
        while let Some(capture) = &mut capture
            && capture.next_block(block)
        {
            let own =
                |columns: &mut PacketColumns| assign_one(&described.sensor, &described.translation, columns);
            refiner.fill(block, &id, own, atlas, columns)?;
            account.store(columns.rows() as u64);
            if let Some(last) = columns.rows().checked_sub(1) {
                delivery.rules = columns.rules.get(0).unwrap_or_default().to_string();
                delivery.data = columns.data.get(last).unwrap_or_default().to_string();
            }
            take(columns)?;
        }
        let comments = capture.iter().flat_map(Capture::comments);
        delivery.is_synthetic = comments.into_iter().any(|comment| synthetic::is_mark(comment));
        // What the head counts and the capture does not hold was spoilt before it was sealed.
        account.lose(Loss::Corrupt, batch.head.frames.saturating_sub(account.stored));
    }
    delivery.account = account;
    Ok(delivery)
}
