//! A file as the body of an answer, piece by piece.

use axum::body::Bytes;
use futures::Stream;
use futures::stream::try_unfold;
use tokio::io::AsyncReadExt;

/// Bytes of a piece.
const PIECE_BYTES_MAX: usize = 256 << 10;

/// The pieces of a file from where it stands.
pub(crate) fn chunks(file: tokio::fs::File) -> impl Stream<Item = std::io::Result<Bytes>> {
    try_unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE_BYTES_MAX];
        let count = file.read(&mut piece).await?;
        piece.truncate(count);
        Ok((count > 0).then(|| (Bytes::from(piece), file)))
    })
}
