//! `POST /v1/batches`: from a body to an answer.
//!
//! A sensor has several batches under way, on several connections, and they overtake each other. One that comes
//! a little too early waits a moment for those before it, instead of costing its sensor another try.
//!
//! **Invariant:** *stored* is answered only after the sink said so, or the inbox knew it.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use teiten_wire::batch::BATCH_BYTES_MAX;
use teiten_wire::exchange::Answer;
use tokio::time::{Instant, timeout_at};

use super::body;
use super::connection::{Peer, Reply, answer, closing, refuse};
use super::desk::Outcome;
use super::shared::Shared;
use crate::refusal::Refusal;
use crate::sink::Accepted;
use crate::verify::verify;

/// How many numbers too early a batch may be to wait for those before it.
const EARLY_MAX: u64 = 16;
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
    match take(shared, &sensor, request.into_body()).await {
        Ok(reply) => reply,
        Err(why @ Refusal::BrokenBody) => closing(refuse(shared, peer, Some(&sensor), why)),
        Err(why) => refuse(shared, peer, Some(&sensor), why),
    }
}

async fn take(shared: &Arc<Shared>, sensor: &str, body: Incoming) -> Result<Reply, Refusal> {
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
    let permit = shared.verifying.acquire().await.map_err(|_| Refusal::NoRoom)?;
    let name = sensor.to_string();
    // A panic of ours costs the batch that caused it.
    let verified = tokio::task::spawn_blocking(move || verify(bytes, &name)).await;
    drop(permit);
    let batch = verified.unwrap_or(Err(Refusal::NoBatch))?;
    let outcome = offer(shared, batch).await;
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
        Answer::Busy => Some(Refusal::NoRoom),
        Answer::Early => Some(Refusal::Early),
        Answer::Superseded => Some(Refusal::Superseded),
        Answer::Stored | Answer::Refused | Answer::Unknown | Answer::Long => None,
    };
    if let Some(why) = why {
        shared.refuse(Some(sensor), "", why);
    }
    Ok(answer(shared, settled, Some(expected), &why.map_or(String::new(), |why| format!("{why}\n"))))
}

/// Offers a batch, again when others of its sensor came in, until it is not early any more or has waited enough.
async fn offer(shared: &Shared, batch: Accepted) -> Outcome {
    let until = Instant::now() + EARLY_WAIT;
    loop {
        let mut accepted = pin!(shared.accepted.notified());
        accepted.as_mut().enable();
        let outcome = shared.desk().offer(batch.clone(), shared.ticks_us(), shared.now_us());
        match &outcome {
            Outcome::Now(Answer::Early, expected) if batch.head.first - *expected <= EARLY_MAX => {
                if timeout_at(until, accepted).await.is_err() {
                    return outcome;
                }
            }
            Outcome::Now(..) => return outcome,
            Outcome::Later(..) => {
                shared.accepted.notify_waiters();
                return outcome;
            }
        }
    }
}
