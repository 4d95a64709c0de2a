//! The end of a connection that the collector ends while its peer may still be writing.
//!
//! Closing a socket with unread bytes in it sends a reset, and a reset makes the peer's system forget what it had
//! not read yet: the answer that says what was wrong. So the writing half is closed first, and what still comes is
//! read and forgotten until the peer has closed its half, too.
//!
//! **Invariant:** it ends after [`LINGER_MAX`] or [`LINGER_BYTES_MAX`], whatever the peer does; the time runs from the
//! first try to close, since the last words of TLS wait for a peer that reads nothing.

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
    /// The writing half is closed.
    is_shut: bool,
    forgotten: usize,
}

impl Lingering {
    pub(super) fn new(stream: TlsStream<TcpStream>, ending: watch::Receiver<bool>) -> Lingering {
        Lingering { stream, ending, until: None, is_shut: false, forgotten: 0 }
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
        let until = this.until.get_or_insert_with(|| Box::pin(sleep(LINGER_MAX)));
        if until.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        if !this.is_shut {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
            this.is_shut = true;
        }
        let mut piece = [0; PIECE_BYTES];
        while this.forgotten < LINGER_BYTES_MAX && !*this.ending.borrow() {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, UnixTime};
    use rustls::{ClientConfig, RootCertStore};
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;
    use tokio::time::timeout;
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    use super::*;
    use crate::authority::Authority;
    use crate::server::tls::{self, OwnKey};

    const NOW_US: i64 = 1_767_225_600_000_000;

    /// The peer's clock, which stands still.
    #[derive(Debug)]
    struct Fixed;

    impl rustls::time_provider::TimeProvider for Fixed {
        fn current_time(&self) -> Option<UnixTime> {
            Some(UnixTime::since_unix_epoch(Duration::from_micros(NOW_US as u64)))
        }
    }

    #[test]
    fn a_peer_that_reads_nothing_is_let_go_although_the_last_words_do_not_fit() {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::open(folder.path(), NOW_US).unwrap();
        let key = authority.collector_key(&["collector.example.org".to_string()], NOW_US).unwrap();
        let ours = tls::config(Arc::new(OwnKey::new(key)), authority.provider()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority.certificate_pem().as_bytes()).unwrap()).unwrap();
        let theirs = ClientConfig::builder_with_details(Arc::clone(authority.provider()), Arc::new(Fixed))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let connecting = TcpStream::connect(listener.local_addr().unwrap());
            let (connected, accepted) = tokio::join!(connecting, listener.accept());
            let connector = TlsConnector::from(Arc::new(theirs));
            let name = "collector.example.org".try_into().unwrap();
            let (peer, stream) = tokio::join!(
                connector.connect(name, connected.unwrap()),
                TlsAcceptor::from(Arc::new(ours)).accept(accepted.unwrap().0)
            );
            let ending = watch::Sender::new(false);
            let mut lingering = Lingering::new(stream.unwrap(), ending.subscribe());
            // Until nothing more fits: neither into the socket nor into what TLS keeps.
            const STUCK: Duration = Duration::from_millis(200);
            while timeout(STUCK, lingering.write(&[0; PIECE_BYTES])).await.is_ok() {}
            assert!(timeout(STUCK, lingering.stream.shutdown()).await.is_err(), "the last words fitted");
            assert!(timeout(15 * LINGER_MAX, lingering.shutdown()).await.is_ok(), "it waits for ever");
            drop(peer);
        });
    }
}
