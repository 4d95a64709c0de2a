//! The first contact: a one-time token becomes a certificate.
//!
//! A token is `<name>.<secret>.<fingerprint>`; the fingerprint is the SHA-256 of the authority's certificate. The
//! authority is taken from what the server presents and believed only for that sum; the token is then sent over
//! a second connection that trusts this authority alone. So whoever stands in between gets nothing.
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
use teiten_model::sensor::is_name;
use ureq::http::Uri;
use ureq::tls::Certificate;

use crate::error::SensorError;
use crate::ship::client::{Client, addresses};
use crate::ship::identity::{Names, Request};

/// How long each step may take.
const STEP_MAX: Duration = Duration::from_secs(30);
/// The most bytes of a token.
const TOKEN_BYTES_MAX: usize = 512;

/// A token in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    text: String,
    /// Name of the sensor.
    pub sensor: String,
    fingerprint: [u8; 32],
}

impl Token {
    /// Reads a token.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(text: &str) -> Result<Token, SensorError> {
        let text = text.trim();
        if text.len() > TOKEN_BYTES_MAX {
            return Err(SensorError::Token("it is too long"));
        }
        // The name may hold dots; secret and fingerprint do not.
        let mut parts = text.rsplitn(3, '.');
        let (Some(fingerprint), Some(secret), Some(sensor)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(SensorError::Token("it does not have three parts"));
        };
        if secret.is_empty() || sensor.is_empty() {
            return Err(SensorError::Token("a part of it is empty"));
        }
        if !is_name(sensor) {
            return Err(SensorError::Token("its first part is not the name of a sensor"));
        }
        let fingerprint =
            bytes_of(fingerprint).ok_or(SensorError::Token("its last part is not 64 hexadecimal digits"))?;
        Ok(Token { text: text.to_string(), sensor: sensor.to_string(), fingerprint })
    }
}

fn bytes_of(hex: &str) -> Option<[u8; 32]> {
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(bytes)
}

/// Enrols: fetches the authority, sends the token, keeps key and certificate in the state folder.
///
/// # Errors
/// When the collector is not the one the token is of, or does not take it.
pub fn enroll(url: &str, token: &Token, state: &Path) -> Result<Names, SensorError> {
    let authority = authority(url, &token.fingerprint)?;
    let request = Request::new(&token.sensor)?;
    let client = Client::unknown(url, &Certificate::from_der(&authority).to_owned(), STEP_MAX);
    let answer = client.enroll(&token.text, &request.pem)?;
    let names = Names { sensor: token.sensor.clone(), collector: url.trim_end_matches('/').to_string() };
    request.keep(state, &names, &answer)?;
    Ok(names)
}

/// The certificate with that fingerprint among those that the server presents.
fn authority(url: &str, fingerprint: &[u8; 32]) -> Result<Vec<u8>, SensorError> {
    let fault = |what: String| SensorError::Collector { url: url.to_string(), what };
    let uri: Uri = url.parse().map_err(|_| fault("is no address: write https://HOST:PORT".to_string()))?;
    let host = match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(host)) => host.trim_start_matches('[').trim_end_matches(']').to_string(),
        _ => return Err(fault("is no address: write https://HOST:PORT".to_string())),
    };
    let addresses =
        addresses(&uri).map_err(|error| fault(format!("its name cannot be resolved: {error}")))?;
    let seen = Arc::new(Seen { provider: ring::default_provider(), certificates: Mutex::default() });
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| fault(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&seen) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let name = ServerName::try_from(host).map_err(|error| fault(error.to_string()))?;
    let mut connection =
        ClientConnection::new(Arc::new(config), name).map_err(|error| fault(error.to_string()))?;
    let mut stream = connect(&addresses).map_err(|error| fault(error.to_string()))?;
    let timed = stream.set_read_timeout(Some(STEP_MAX)).and(stream.set_write_timeout(Some(STEP_MAX)));
    timed.map_err(|error| fault(error.to_string()))?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream).map_err(|error| fault(error.to_string()))?;
    }
    let certificates = seen.certificates.lock().unwrap_or_else(PoisonError::into_inner);
    let found = certificates.iter().find(|der| Sha256::digest(der)[..] == fingerprint[..]);
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

    #[test]
    fn tokens_are_read_in_their_parts() {
        let hex = "ab".repeat(32);
        let token = Token::read(&format!(" tokyo.01.s3cret.{hex}\n")).unwrap();
        assert_eq!((token.sensor.as_str(), token.fingerprint), ("tokyo.01", [0xab; 32]));
        for (text, part) in [
            ("tokyo", "three parts"),
            (&format!("to/kyo.secret.{hex}"), "name of a sensor"),
            ("tokyo.secret.abc", "64 hexadecimal"),
            (&format!(".secret.{hex}"), "empty"),
            (&"a".repeat(600), "too long"),
        ] {
            let error = Token::read(text).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
