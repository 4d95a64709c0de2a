//! The way of one sensor's batches from the stream to the collector.
//!
//! A round reads the next few messages of the sensor, all of one spool, sends them to the collector at once, and looks at
//! the answers in their order. What was stored goes from the stream, but for the last, which stays as the sensor's mark. A
//! round ends at the first batch that was not taken; the next begins with it. A bridge that starts begins with the oldest
//! message: what was stored before is answered *stored* again.
//!
//! **Invariant:** messages are sent in the order of the stream, and one goes from it only after it, and all before it, were
//! stored or laid aside.

use std::path::PathBuf;
use std::sync::Arc;

use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{DirectGetErrorKind, RawMessageErrorKind, Stream};
use teiten_sensor::clock;
use teiten_sensor::outbox::{REFUSALS_MAX, Reply};
use teiten_sensor::ship::client::{Client, Sent};
use teiten_wire::batch::{self, BATCH_BYTES_MAX, Head};
use teiten_wire::exchange::Answer;
use tokio::sync::Semaphore;

use crate::aside;
use crate::broker::Broker;
use crate::error::{NatsError, whole};
use crate::stream::subject;
use crate::verdict::{Verdict, given_up, missing, verdict};
use crate::way::{Way, send};

/// The most messages of a round: with what rests open, as many as the collector takes connections of one sensor.
pub const ROUND_MAX: usize = 12;
/// The bytes after which a round takes no further message.
const ROUND_BYTES_MAX: usize = 8 << 20;
/// The most bytes of a round: what it may have before the last message, and that one.
pub const ROOM_BYTES: usize = ROUND_BYTES_MAX + BATCH_BYTES_MAX;
/// The longest pause after rounds that failed.
const PAUSE_US_MAX: i64 = 60_000_000;
/// How often a sensor of which nothing new is seen is asked for all the same: somebody may have emptied the stream.
const LOOK_US: i64 = 60_000_000;

/// Where a site's batches come from.
#[derive(Debug)]
pub struct Place {
    /// The site.
    pub site: String,
    /// Its stream.
    pub stream: Stream,
    /// The stream's name.
    pub name: String,
    /// Who is asked.
    pub broker: Broker,
    /// Room for rounds, in KiB.
    pub room: Arc<Semaphore>,
}

/// One sensor's state.
#[derive(Debug)]
pub struct Lane {
    sensor: String,
    /// Identity, and batches laid aside.
    folder: PathBuf,
    way: Way,
    /// The last message that was let go, by its number in the stream.
    cursor: u64,
    /// Messages that were let go and may lie in the stream still; the last of them stays.
    gone: Vec<u64>,
    failures: u32,
    pause_until_us: i64,
    looked_at_us: i64,
    /// How many messages the stream has, when that was asked for this round.
    count: Option<usize>,
    /// Whether the stream is read from its oldest message on, to see whether something is missing.
    is_anew: bool,
    said: String,
    /// The message that was refused last, and how often in a row.
    refusals: (u64, u32),
    /// Whether the last round found as much as it takes.
    pub is_full: bool,
}

/// A message of a round.
struct Taken {
    message: StreamMessage,
    head: Head,
}

impl Lane {
    /// A lane of a sensor whose identity lies in that folder.
    pub fn new(sensor: String, folder: PathBuf) -> Lane {
        Lane {
            way: Way::new(sensor.clone(), folder.clone()),
            sensor,
            folder,
            cursor: 0,
            gone: Vec::new(),
            failures: 0,
            pause_until_us: 0,
            looked_at_us: 0,
            count: None,
            is_anew: false,
            said: String::new(),
            refusals: (0, 0),
            is_full: false,
        }
    }

    /// Whether there is something to do: the stream has so many messages of the sensor, if that was asked; if not, the
    /// last round was full.
    pub fn is_due(&mut self, count: Option<usize>, now_us: i64) -> bool {
        self.count = count;
        let is_old = now_us.saturating_sub(self.looked_at_us) >= LOOK_US;
        let is_new = self.cursor == 0 || is_old || count.is_none_or(|count| count > 1);
        count != Some(0) && is_new && now_us >= self.pause_until_us
    }

    /// One round; what went wrong is said, and remembered for the next.
    pub async fn round(mut self, place: Arc<Place>) -> Lane {
        match self.pass(&place).await {
            Ok(()) => {
                if self.failures > 0 {
                    tracing::info!("{}: batches are taken again", self.sensor);
                }
                (self.failures, self.pause_until_us) = (0, 0);
                self.said.clear();
            }
            Err(error) => {
                let said = error.to_string();
                if said != self.said {
                    tracing::warn!("{} of site {}: {said}", self.sensor, place.site);
                    self.said = said;
                }
                let told_secs = match &error {
                    NatsError::NotTaken { retry_after_secs, .. } => *retry_after_secs,
                    _ => None,
                };
                let doubled = 500_000_i64 << self.failures.min(7);
                let pause = told_secs.map_or(doubled, |secs| i64::try_from(secs).unwrap_or(60) * 1_000_000);
                self.failures = self.failures.saturating_add(1);
                self.pause_until_us = clock::steady_us() + pause.min(PAUSE_US_MAX);
                self.is_full = false;
            }
        }
        self
    }

    async fn pass(&mut self, place: &Place) -> Result<(), NatsError> {
        self.looked_at_us = clock::steady_us();
        place.broker.reached()?;
        self.sweep(place).await?;
        let client = self.way.client()?;
        let room = u32::try_from(ROOM_BYTES >> 10).unwrap_or(u32::MAX);
        let permit = place.room.acquire_many(room).await;
        let mut permit = permit.map_err(|_| self.fault(place, "the bridge ends".to_string()))?;
        let round = self.read(place).await?;
        let bytes: usize = round.iter().map(|taken| taken.message.payload.len()).sum();
        // What the round does not need is for others.
        drop(permit.split((ROOM_BYTES.saturating_sub(bytes)) >> 10));
        if round.is_empty() {
            self.is_full = false;
            if self.count.is_some_and(|count| count > self.gone.len()) {
                // What there is lies before what was let go: the stream was made anew, or lost its end.
                self.begin_anew();
            }
            return Ok(());
        }
        self.is_full = round.len() == ROUND_MAX || bytes >= ROUND_BYTES_MAX;
        let sending = round.iter().map(|taken| send(&client, taken.message.payload.clone()));
        let answers = futures::future::join_all(sending).await;
        for (place_in_round, (taken, sent)) in round.iter().zip(answers).enumerate() {
            let sent = sent?;
            match verdict(&taken.head, &sent.reply) {
                Verdict::Stored => {}
                Verdict::Missing(wanted) if place_in_round == 0 => {
                    self.is_full = true;
                    // Whether it is not there is looked for from the oldest message on, once more.
                    if std::mem::replace(&mut self.is_anew, true) {
                        self.answer_for(place, &client, taken, wanted).await?;
                        self.is_anew = false;
                    } else {
                        self.begin_anew();
                    }
                    return Ok(());
                }
                Verdict::Missing(_) => {
                    self.is_full = true;
                    return self.sweep(place).await;
                }
                // As a sensor does: once might have been a fault of the way.
                Verdict::GiveUp if self.refused(taken.message.sequence) < REFUSALS_MAX => {
                    self.sweep(place).await?;
                    return Err(self.not_taken(&taken.head, &sent));
                }
                Verdict::GiveUp => {
                    self.lay_aside(taken, &said(&sent))?;
                    self.stand_in(&client, given_up(&taken.head), &taken.head).await?;
                }
                Verdict::Aside => self.lay_aside(taken, &said(&sent))?,
                Verdict::Later => {
                    self.sweep(place).await?;
                    if sent.reply.answer == Some(Answer::Unknown) {
                        // It may have been enrolled again meanwhile.
                        self.way.forget();
                    }
                    return Err(self.not_taken(&taken.head, &sent));
                }
            }
            self.cursor = taken.message.sequence;
            self.gone.push(taken.message.sequence);
        }
        self.is_anew = false;
        self.sweep(place).await
    }

    /// Counts that a message was refused; gives how often it was, in a row.
    fn refused(&mut self, sequence: u64) -> u32 {
        let times = if self.refusals.0 == sequence { self.refusals.1 + 1 } else { 1 };
        self.refusals = (sequence, times);
        times
    }

    /// Forgets what was let go: the next round begins with the oldest message.
    fn begin_anew(&mut self) {
        self.cursor = 0;
        self.gone.clear();
    }

    /// Takes from the stream what was let go, but for the last.
    async fn sweep(&mut self, place: &Place) -> Result<(), NatsError> {
        while self.gone.len() > 1 {
            match place.stream.delete_message(self.gone[0]).await {
                Ok(_) => {}
                // Whoever asks for what is not there is told so in words that differ between servers.
                Err(_) if self.is_gone(place).await => {}
                Err(error) => {
                    let what = format!("message {} cannot be deleted: {}", self.gone[0], whole(&error));
                    return Err(self.fault(place, what));
                }
            }
            self.gone.remove(0);
            self.count = self.count.map(|count| count.saturating_sub(1));
        }
        Ok(())
    }

    /// Whether the first of what was let go is not in the stream any more.
    async fn is_gone(&self, place: &Place) -> bool {
        let found = place.stream.get_raw_message(self.gone[0]).await;
        found.is_err_and(|error| error.kind() == RawMessageErrorKind::NoMessageFound)
    }

    /// The next messages of the sensor, as many as make a round. What is no batch of the sensor is laid aside.
    async fn read(&mut self, place: &Place) -> Result<Vec<Taken>, NatsError> {
        let (mut round, mut bytes, mut from) = (Vec::new(), 0, self.cursor.saturating_add(1));
        let subject = subject(&place.site, &self.sensor);
        while round.len() < ROUND_MAX && bytes < ROUND_BYTES_MAX {
            let message = match place.stream.direct_get_next_for_subject(&subject, Some(from)).await {
                Ok(message) => message,
                Err(error) if error.kind() == DirectGetErrorKind::NotFound => break,
                Err(error) => {
                    let what = format!("messages of {} cannot be read: {}", self.sensor, whole(&error));
                    return Err(self.fault(place, what));
                }
            };
            from = message.sequence.saturating_add(1);
            let head = batch::open(&message.payload).map(|batch| batch.head);
            let why = match head {
                Ok(head) if head.sensor == self.sensor => {
                    // A spool that is newer supersedes the one before: nothing of it is sent while that is under way.
                    if round.first().is_some_and(|first: &Taken| first.head.epoch != head.epoch) {
                        break;
                    }
                    bytes += message.payload.len();
                    round.push(Taken { message, head });
                    continue;
                }
                Ok(head) => format!("it is a batch of {}", head.sensor),
                Err(error) => error.to_string(),
            };
            // Those before it first: only what lies at the cursor is let go.
            if !round.is_empty() {
                break;
            }
            let path = aside::lay(&self.aside(), &format!("message-{}", message.sequence), &message.payload)?;
            tracing::error!(
                "{} of site {}: message {} is no batch of this sensor ({why}): it lies in {}; whoever may send for the \
                 site sent it",
                self.sensor,
                place.site,
                message.sequence,
                path.display()
            );
            // It must not stay as the mark of the sensor.
            place.stream.delete_message(message.sequence).await.map_err(|error| {
                let what = format!("message {} cannot be deleted: {}", message.sequence, whole(&error));
                self.fault(place, what)
            })?;
            self.cursor = message.sequence;
        }
        Ok(round)
    }

    /// Answers for batches that are missing before the oldest that there is.
    async fn answer_for(
        &mut self,
        place: &Place,
        client: &Client,
        taken: &Taken,
        wanted: u64,
    ) -> Result<(), NatsError> {
        let subject = subject(&place.site, &self.sensor);
        // Asked of the leader: a copy of the stream may be behind, and what it lacks is not missing.
        let oldest =
            place.stream.get_first_raw_message_by_subject(&subject, self.cursor.saturating_add(1)).await;
        let oldest = oldest.map_err(|error| {
            self.fault(place, format!("its oldest message cannot be read: {}", whole(&error)))
        })?;
        if oldest.sequence != taken.message.sequence {
            return Err(
                self.fault(place, "the copy of it that answers is behind: it is read again".to_string())
            );
        }
        let head = &taken.head;
        tracing::warn!(
            "{} of site {}: batches {wanted} to {} of spool {:016x} are not in the stream: they are declared missing",
            self.sensor,
            place.site,
            head.first - 1,
            head.epoch
        );
        self.stand_in(client, missing(head, wanted), head).await
    }

    /// Sends a batch that stands for others, until it is stored.
    async fn stand_in(
        &self,
        client: &Client,
        made: Result<Vec<u8>, batch::BatchError>,
        head: &Head,
    ) -> Result<(), NatsError> {
        let made = made.map_err(|error| NatsError::NotTaken {
            batch: self.named(head),
            what: format!("nothing can stand in its place: {error}"),
            retry_after_secs: None,
        })?;
        let sent = send(client, made.into()).await?;
        match verdict(head, &sent.reply) {
            Verdict::Stored => Ok(()),
            _ => Err(self.not_taken(head, &sent)),
        }
    }

    fn lay_aside(&self, taken: &Taken, why: &str) -> Result<(), NatsError> {
        let head = &taken.head;
        let name = format!("{:016x}-{}-{}", head.epoch, head.sequence, taken.message.sequence);
        let path = aside::lay(&self.aside(), &name, &taken.message.payload)?;
        tracing::error!("batch {} is not taken ({why}): it lies in {}", self.named(head), path.display());
        Ok(())
    }

    fn aside(&self) -> PathBuf {
        self.folder.join("aside")
    }

    fn named(&self, head: &Head) -> String {
        format!("{}/{:016x}-{}", self.sensor, head.epoch, head.sequence)
    }

    fn not_taken(&self, head: &Head, sent: &Sent) -> NatsError {
        let Reply { retry_after_secs, .. } = sent.reply;
        let what = format!("the collector did not take it: {}; it stays in the stream", said(sent));
        NatsError::NotTaken { batch: self.named(head), what, retry_after_secs }
    }

    fn fault(&self, place: &Place, what: String) -> NatsError {
        place.broker.stream_error(&place.name, what)
    }
}

fn said(sent: &Sent) -> String {
    sent.error.clone().unwrap_or_else(|| "it gave no reason".to_string())
}
