//! TLS 1.3 with a client certificate that is asked for, and judged later.
//!
//! The handshake proves that the peer has the key of the certificate it shows, no more. Whether that
//! certificate counts is asked anew for every request (`Authority::standing`), so that one place decides,
//! a revocation reaches open connections, and the peer is told the reason by an answer it understands
//! rather than by a broken handshake.
//!
//! **Invariant:** no name is ever taken from a certificate but by `Authority::standing`.

use std::sync::{Arc, PoisonError, RwLock};

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};

use crate::error::CollectorError;

/// Takes any certificate whose key the peer proves to have.
#[derive(Debug)]
struct ProofOfKey(WebPkiSupportedAlgorithms);

impl ClientCertVerifier for ProofOfKey {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("TLS 1.2 is not spoken here".to_string()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

/// The collector's certificate, which is renewed while it runs.
#[derive(Debug)]
pub(super) struct OwnKey(RwLock<Arc<CertifiedKey>>);

impl OwnKey {
    pub(super) fn new(key: CertifiedKey) -> OwnKey {
        OwnKey(RwLock::new(Arc::new(key)))
    }

    pub(super) fn replace(&self, key: CertifiedKey) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
    }
}

impl ResolvesServerCert for OwnKey {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// The configuration of the listener.
pub(super) fn config(
    key: Arc<OwnKey>,
    provider: &Arc<CryptoProvider>,
) -> Result<ServerConfig, CollectorError> {
    let verifier = Arc::new(ProofOfKey(provider.signature_verification_algorithms));
    let mut config = ServerConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(key);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Nothing is taken from a ticket: each connection proves its key again.
    config.send_tls13_tickets = 0;
    Ok(config)
}
