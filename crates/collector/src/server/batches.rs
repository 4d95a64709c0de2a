//! `POST /v1/batches`: from a body to an answer.
//!
//! A sensor has several batches under way, on several connections, and they overtake each other. One that comes
//! a little too early waits a moment for those before it, instead of costing its sensor another try.
//!
//! **Invariant:** *stored* is answered only after the sink said so, or the inbox knew it.

use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use teiten_wire::batch::BATCH_BYTES_MAX;
use teiten_wire::exchange::Answer;
use tokio::time::{Instant, timeout_at};

use super::blocking::limited;
use super::body;
use super::connection::{Peer, Reply, refuse, refuse_batch, stored};
use super::desk::{Outcome, Remark};
use super::shared::Shared;
use crate::refusal::Refusal;
use crate::sink::Accepted;
use crate::verify::verify;

/// How long it waits at most.
const EARLY_WAIT: Duration = Duration::from_secs(2);

pub(super) async fn post(shared: &Arc<Shared>, peer: &Peer, request: Request<Incoming>) -> Reply {
    let sensor = match peer.sensor(shared) {
        Ok(sensor) => sensor,
        Err(why) => {
            // Whether it arrives whole or not: the answer is the same.
            let _ = body::discard(request.into_body(), BATCH_BYTES_MAX, shared.options.patience.piece).await;
            return refuse(shared, peer, None, why);
        }
    };
    {
        let now_us = shared.now_us();
        shared.desk().sensor(&sensor).last_contact_us = Some(now_us);
    }
    match take(shared, peer, &sensor, request.into_body()).await {
        Ok(reply) => reply,
        Err(why) => refuse(shared, peer, Some(&sensor), why),
    }
}

async fn take(shared: &Arc<Shared>, peer: &Peer, sensor: &str, body: Incoming) -> Result<Reply, Refusal> {
    let piece = shared.options.patience.piece;
    let Some(bytes_max) = body::announced(&body, BATCH_BYTES_MAX) else {
        body::discard(body, BATCH_BYTES_MAX, piece).await?;
        return Err(Refusal::TooLong);
    };
    let has_room = {
        let mut desk = shared.desk();
        let has_room = !desk.is_ending && desk.inbox.has_room(sensor, bytes_max);
        if !has_room {
            desk.inbox.press();
        }
        has_room
    };
    let seat = if has_room { shared.room.take(sensor, bytes_max) } else { None };
    let Some(seat) = seat else {
        shared.bell.notify_one();
        body::discard(body, bytes_max, piece).await?;
        return Err(Refusal::NoRoom);
    };
    let bytes = body::read(body, bytes_max, piece).await?;
    let name = sensor.to_string();
    // The seat goes with the bytes: whoever hangs up now leaves both with the thread that verifies.
    let verified = limited(&shared.verifying, move || (verify(bytes, &name), seat)).await;
    // A panic of ours costs the batch that caused it.
    let (batch, seat) = verified.ok_or(Refusal::NoBatch)?;
    let outcome = offer(shared, batch?).await;
    drop(seat);
    shared.bell.notify_one();
    let (settled, expected) = match outcome {
        Outcome::Now(settled, expected) => (settled, expected),
        Outcome::Later(receiver, expected) => match receiver.await {
            Ok(settled) => (settled.answer, settled.expected),
            Err(_) => (Answer::Busy, expected),
        },
    };
    let why = match settled {
        Answer::Stored => return Ok(stored(expected)),
        Answer::Early => Refusal::Early,
        Answer::Superseded => Refusal::Superseded,
        // The inbox gives none of the last three; whoever is answered *busy* keeps the batch.
        Answer::Busy | Answer::Refused | Answer::Unknown | Answer::Long => Refusal::NoRoom,
    };
    Ok(refuse_batch(shared, peer, Some(sensor), why, Some(expected)))
}

/// Offers a batch, again when others of its sensor came in, until it is not early any more or has waited enough.
async fn offer(shared: &Shared, batch: Accepted) -> Outcome {
    let until = Instant::now() + EARLY_WAIT;
    let came_us = shared.ticks_us();
    let outcome = loop {
        let (ticks_us, now_us) = (shared.ticks_us(), shared.now_us());
        let (outcome, remark, next) = {
            let mut desk = shared.desk();
            let (outcome, remark) = desk.offer(batch.clone(), ticks_us, now_us);
            let is_worth_waiting = desk.is_worth_waiting(&outcome, batch.head.first, ticks_us);
            // Asked for while the desk is held: no acceptance is missed in between.
            (outcome, remark, is_worth_waiting.then(|| desk.next_of(&batch.head.sensor)))
        };
        remark.into_iter().for_each(Remark::say);
        let Some(mut next) = next else { break outcome };
        // The thread that stores asks for marks, if they are wanted.
        shared.bell.notify_one();
        // Changed or gone: both say that it is worth another try.
        if timeout_at(until, next.changed()).await.is_err() {
            break outcome;
        }
    };
    match outcome {
        // Others may have stored what lies before it: the sensor keeps it and comes again.
        Outcome::Now(Answer::Early, expected) if !shared.desk().knows_others_until(came_us) => {
            Outcome::Now(Answer::Busy, expected)
        }
        outcome => outcome,
    }
}
