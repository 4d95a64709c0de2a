//! Reading a body: bounded in bytes, and in the time for each piece of it.
//!
//! A body that nobody wants is read to its end nevertheless, up to a bound: who is cut off while it still
//! writes sees a broken connection instead of the answer, and tries again for ever.
//!
//! **Invariant:** no more than `bytes_max` bytes are ever kept, and a peer that sends slower than
//! [`RATE_MIN_BYTES`] a second is let go.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::time::timeout;

use crate::refusal::Refusal;

/// The slowest body, in bytes a second, after the first minute: a sensor may be told to be slow.
const RATE_MIN_BYTES: u64 = 1 << 10;
/// A body that is too long is read up to so many times what it may have, and forgotten.
const DISCARDED_TIMES_MAX: usize = 4;
/// The time that every body has.
const GRACE: Duration = Duration::from_secs(60);

/// The length that was announced, or the most that there may be; nothing when more is announced.
pub(super) fn announced(body: &Incoming, bytes_max: usize) -> Option<usize> {
    let len = body.size_hint().upper().unwrap_or(bytes_max as u64);
    usize::try_from(len).ok().filter(|len| *len <= bytes_max)
}

/// The whole body.
pub(super) async fn read(body: Incoming, bytes_max: usize, piece: Duration) -> Result<Bytes, Refusal> {
    // Room for what was announced is taken already, so it is asked for once, and nothing is moved as it grows.
    let mut read =
        Vec::with_capacity(body.size_hint().exact().map_or(0, |len| len.min(bytes_max as u64) as usize));
    pieces(body, bytes_max, piece, |piece| read.extend_from_slice(piece)).await?;
    read.shrink_to_fit();
    Ok(Bytes::from(read))
}

/// Reads a body and forgets it, so that the peer can read the answer.
pub(super) async fn discard(body: Incoming, bytes_max: usize, piece: Duration) -> Result<(), Refusal> {
    pieces(body, bytes_max, piece, |_| ()).await
}

async fn pieces(
    mut body: Incoming,
    bytes_max: usize,
    patience: Duration,
    mut take: impl FnMut(&[u8]),
) -> Result<(), Refusal> {
    let whole = GRACE + Duration::from_secs(bytes_max as u64 / RATE_MIN_BYTES);
    let all = async {
        let mut len = 0;
        loop {
            match timeout(patience, body.frame()).await {
                Ok(None) if len > bytes_max => return Err(Refusal::TooLong),
                Ok(None) => return Ok(()),
                Err(_) | Ok(Some(Err(_))) => return Err(Refusal::BrokenBody),
                Ok(Some(Ok(frame))) => {
                    let Some(data) = frame.data_ref() else { continue };
                    len += data.len();
                    if len > bytes_max.saturating_mul(DISCARDED_TIMES_MAX) {
                        return Err(Refusal::TooLong);
                    }
                    if len <= bytes_max {
                        take(data);
                    }
                }
            }
        }
    };
    timeout(whole, all).await.unwrap_or(Err(Refusal::BrokenBody))
}
