//! `POST /v1/batches`: from a body to an answer.
//!
//! **Invariant:** *stored* is answered only after the sink said so, or the inbox knew it.

use std::sync::Arc;

use hyper::Request;
use hyper::body::Incoming;
use teiten_wire::batch::BATCH_BYTES_MAX;
use teiten_wire::exchange::Answer;

use super::body;
use super::connection::{Peer, Reply, answer, closing, refuse};
use super::desk::Outcome;
use super::shared::Shared;
use crate::refusal::Refusal;
use crate::verify::verify;

pub(super) async fn post(shared: &Arc<Shared>, peer: &Peer, request: Request<Incoming>) -> Reply {
    let sensor = match peer.sensor(shared) {
        Ok(sensor) => sensor,
        Err(why) => return refuse(shared, peer, None, why),
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
    let bytes_max = body::announced(&body, BATCH_BYTES_MAX)?;
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
    let outcome = shared.desk().offer(batch, shared.ticks_us(), shared.now_us());
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
