//! The first contact: a one-time token becomes a certificate.
//!
//! A token names the authority by the SHA-256 of its certificate. The authority is taken from what the server
//! presents and believed only for that sum; the token is then sent over a second connection that trusts this
//! authority alone. So whoever stands in between gets nothing.
//!
//! **Invariant:** before the fingerprint fits, no byte of the token leaves the machine.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme};
use sha2::{Digest, Sha256};
use teiten_model::hex::hex;
use teiten_wire::exchange::Token;
use ureq::http::Uri;
use ureq::tls::Certificate;

use crate::error::SensorError;
use crate::ship::client::{Client, addresses, host};
use crate::ship::identity::{Names, Request};

/// How long each step may take.
const STEP_MAX: Duration = Duration::from_secs(30);

/// Enrols: fetches the authority, sends the token, keeps key and certificate in the state folder.
///
/// # Errors
/// When the collector is not the one the token is of, or does not take it.
pub fn enroll(url: &str, token: &Token, state: &Path) -> Result<Names, SensorError> {
    let authority = authority(url, &token.fingerprint)?;
    let request = Request::new(&token.sensor)?;
    let client = Client::unknown(url, &Certificate::from_der(&authority).to_owned(), STEP_MAX);
    let answer = client.enroll(token, &request.pem)?;
    let names = Names { sensor: token.sensor.clone(), collector: url.trim_end_matches('/').to_string() };
    request.keep(state, &names, &answer)?;
    Ok(names)
}

/// The certificate with that fingerprint among those that the server presents.
fn authority(url: &str, fingerprint: &str) -> Result<Vec<u8>, SensorError> {
    let fault = |what: String| SensorError::Collector { url: url.to_string(), what };
    let uri: Uri = url.parse().map_err(|_| fault("is no address: write https://HOST:PORT".to_string()))?;
    let host = host(&uri);
    if uri.scheme_str() != Some("https") || host.is_empty() {
        return Err(fault("is no address: write https://HOST:PORT".to_string()));
    }
    let addresses =
        addresses(&uri).map_err(|error| fault(format!("its name cannot be resolved: {error}")))?;
    let seen = Arc::new(Seen { provider: ring::default_provider(), certificates: Mutex::default() });
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| fault(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&seen) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_string()).map_err(|error| fault(error.to_string()))?;
    let mut connection =
        ClientConnection::new(Arc::new(config), name).map_err(|error| fault(error.to_string()))?;
    let mut stream = connect(&addresses).map_err(|error| fault(error.to_string()))?;
    let timed = stream.set_read_timeout(Some(STEP_MAX)).and(stream.set_write_timeout(Some(STEP_MAX)));
    timed.map_err(|error| fault(error.to_string()))?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream).map_err(|error| fault(error.to_string()))?;
    }
    let certificates = seen.certificates.lock().unwrap_or_else(PoisonError::into_inner);
    let found = certificates.iter().find(|der| hex(&Sha256::digest(der)) == fingerprint);
    found.cloned().ok_or_else(|| {
        fault(
            "presents no certificate of the authority that the token names: it is another collector, or \
             somebody stands in between"
                .to_string(),
        )
    })
}

/// A connection to the first of the addresses that answers.
fn connect(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut failed = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match TcpStream::connect_timeout(address, STEP_MAX) {
            Ok(stream) => return Ok(stream),
            Err(error) => failed = io::Error::new(error.kind(), format!("{address}: {error}")),
        }
    }
    Err(failed)
}

/// Notes what a server presents. It believes every server, and so nothing may be sent to one.
#[derive(Debug)]
struct Seen {
    provider: CryptoProvider,
    certificates: Mutex<Vec<Vec<u8>>>,
}

impl ServerCertVerifier for Seen {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let mut seen = self.certificates.lock().unwrap_or_else(PoisonError::into_inner);
        seen.extend(std::iter::once(end_entity).chain(intermediates).map(|der| der.to_vec()));
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_tried() {
        let open = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(connect(&[closed, open.local_addr().unwrap()]).is_ok());
        assert!(connect(&[closed]).unwrap_err().to_string().contains(&closed.to_string()));
        assert!(connect(&[]).is_err());
    }
}
