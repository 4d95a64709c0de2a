//! The end of a connection that the collector ends while its peer may still be writing.
//!
//! Closing a socket with unread bytes in it sends a reset, and a reset makes the peer's system forget what it had
//! not read yet: the answer that says what was wrong. So the writing half is closed first, and what still comes is
//! read and forgotten until the peer has closed its half, too.
//!
//! **Invariant:** it ends after [`LINGER_MAX`] or [`LINGER_BYTES_MAX`], whatever the peer does.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Sleep, sleep};
use tokio_rustls::server::TlsStream;

/// How long a peer has to read the last answer and to close its half.
const LINGER_MAX: Duration = Duration::from_secs(2);
/// The most bytes that are read and forgotten meanwhile.
const LINGER_BYTES_MAX: usize = 1 << 20;
/// Bytes that are forgotten at once.
const PIECE_BYTES: usize = 4 << 10;

/// A stream whose end waits for the peer's.
pub(super) struct Lingering {
    stream: TlsStream<TcpStream>,
    /// Once the collector ends nobody is waited for.
    ending: watch::Receiver<bool>,
    until: Option<Pin<Box<Sleep>>>,
    forgotten: usize,
}

impl Lingering {
    pub(super) fn new(stream: TlsStream<TcpStream>, ending: watch::Receiver<bool>) -> Lingering {
        Lingering { stream, ending, until: None, forgotten: 0 }
    }
}

impl AsyncRead for Lingering {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Lingering {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.until.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
        }
        let until = this.until.get_or_insert_with(|| Box::pin(sleep(LINGER_MAX)));
        let is_late = until.as_mut().poll(cx).is_ready();
        let mut piece = [0; PIECE_BYTES];
        while !is_late && this.forgotten < LINGER_BYTES_MAX && !*this.ending.borrow() {
            let mut buf = ReadBuf::new(&mut piece);
            // What comes is not even deciphered any more.
            let read = ready!(Pin::new(&mut *this.stream.get_mut().0).poll_read(cx, &mut buf));
            if read.is_err() || buf.filled().is_empty() {
                break;
            }
            this.forgotten += buf.filled().len();
        }
        Poll::Ready(Ok(()))
    }
}
