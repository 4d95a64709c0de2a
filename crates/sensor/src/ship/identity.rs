//! Who the sensor is: the files in its state folder, made by enrolment and renewed before they end.
//!
//! ```text
//! sensor.toml     name of the sensor, address of the collector
//! authority.pem   the collector's authority: the only one that is trusted
//! sensor.pem      private key and certificate, in one file so that both change in one step; mode 0600
//! ```
//!
//! **Invariant:** a file is written whole under another name, made durable, and renamed.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, DnType, KeyPair};
use serde::{Deserialize, Serialize};
use teiten_model::sensor::is_name;
use ureq::tls::{Certificate, PemItem, PrivateKey, parse_pem};

use crate::error::SensorError;
use crate::own_file::put;

const NAMES: &str = "sensor.toml";
const AUTHORITY: &str = "authority.pem";
const OWN: &str = "sensor.pem";
/// The most bytes of any of these files.
pub const PEM_BYTES_MAX: u64 = 64 << 10;

/// Name and collector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// Name of the sensor.
    pub sensor: String,
    /// Address of the collector, such as `https://collector.example:7460`.
    pub collector: String,
}

/// All that says who we are.
#[derive(Debug)]
pub struct Identity {
    /// Name and collector.
    pub names: Names,
    /// The only authority that is trusted.
    pub authority: Certificate<'static>,
    /// Our certificate, and what may stand between it and the authority.
    pub chain: Vec<Certificate<'static>>,
    /// Our private key.
    pub key: PrivateKey<'static>,
    /// From when to when the certificate holds, in seconds since 1970.
    pub validity: (i64, i64),
}

impl Identity {
    /// Reads the files of a state folder.
    ///
    /// # Errors
    /// When one is missing or not what it should be.
    pub fn read(folder: &Path) -> Result<Identity, SensorError> {
        let names = Identity::names(folder)?;
        let path = folder.join(AUTHORITY);
        let (mut authorities, _) = items(&path, &read(&path)?)?;
        let path = folder.join(OWN);
        let (chain, key) = items(&path, &read(&path)?)?;
        let fault = |what: &str| SensorError::Identity { path: path.clone(), what: what.to_string() };
        let key = key.ok_or_else(|| fault("it holds no private key"))?;
        let first = chain.first().ok_or_else(|| fault("it holds no certificate"))?;
        let validity = validity(first.der()).ok_or_else(|| fault("its certificate cannot be read"))?;
        let authority = authorities.pop().ok_or_else(|| SensorError::Identity {
            path: folder.join(AUTHORITY),
            what: "it holds no certificate".to_string(),
        })?;
        Ok(Identity { names, authority, chain, key, validity })
    }

    /// Reads the names alone.
    ///
    /// # Errors
    /// When there are none.
    pub fn names(folder: &Path) -> Result<Names, SensorError> {
        let path = folder.join(NAMES);
        let text = String::from_utf8_lossy(&read(&path)?).into_owned();
        let fault = |what: String| SensorError::Identity { path: path.clone(), what };
        let names: Names = toml::from_str(&text).map_err(|error| fault(error.to_string()))?;
        match is_name(&names.sensor) {
            true => Ok(names),
            false => Err(fault(format!("`{}` cannot be the name of a sensor", names.sensor))),
        }
    }
}

/// Whether two thirds of a certificate's life are over: time to renew it.
pub fn is_old((from, to): (i64, i64), now_secs: i64) -> bool {
    now_secs >= from + (to - from) / 3 * 2
}

/// A new key and the request for a certificate of that name.
pub struct Request {
    key: KeyPair,
    /// PEM of the request.
    pub pem: String,
}

impl Request {
    /// Makes a key that never leaves this machine.
    ///
    /// # Errors
    /// When the system gives no chance.
    pub fn new(sensor: &str) -> Result<Request, SensorError> {
        let fault = |error: rcgen::Error| SensorError::Identity {
            path: PathBuf::from(OWN),
            what: format!("no key can be made: {error}"),
        };
        let key = KeyPair::generate().map_err(fault)?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, sensor);
        let pem = params.serialize_request(&key).and_then(|request| request.pem()).map_err(fault)?;
        Ok(Request { key, pem })
    }

    /// Keeps the key with the certificate that was given for it: the first of `answer`; the last is the authority.
    ///
    /// # Errors
    /// When the answer holds no certificate, or the folder takes no file.
    pub fn keep(&self, folder: &Path, names: &Names, answer: &[u8]) -> Result<(), SensorError> {
        let path = folder.join(OWN);
        let (chain, _) = items(&path, answer)?;
        let [own, .., authority] = chain.as_slice() else {
            let what = "the answer does not hold a certificate and its authority".to_string();
            return Err(SensorError::Identity { path, what });
        };
        if validity(own.der()).is_none() {
            let what = "the certificate in the answer cannot be read".to_string();
            return Err(SensorError::Identity { path, what });
        }
        let _made = fs::DirBuilder::new().mode(0o700).recursive(true).create(folder);
        let text = toml::to_string(names).expect("two strings");
        put(&folder.join(AUTHORITY), pem("CERTIFICATE", authority.der()).as_bytes(), 0o644)?;
        put(&folder.join(NAMES), text.as_bytes(), 0o644)?;
        put(&path, format!("{}{}", self.key.serialize_pem(), pem("CERTIFICATE", own.der())).as_bytes(), 0o600)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, SensorError> {
    let fault = |what: String| SensorError::Identity { path: path.to_path_buf(), what };
    let about = fs::metadata(path).map_err(|error| fault(error.to_string()))?;
    match about.len() {
        0..=PEM_BYTES_MAX => fs::read(path).map_err(|error| fault(error.to_string())),
        len => Err(fault(format!("{len} bytes are too many"))),
    }
}

type Items = (Vec<Certificate<'static>>, Option<PrivateKey<'static>>);

fn items(path: &Path, bytes: &[u8]) -> Result<Items, SensorError> {
    let (mut chain, mut key) = (Vec::new(), None);
    for item in parse_pem(bytes) {
        match item {
            Ok(PemItem::Certificate(certificate)) => chain.push(certificate),
            Ok(PemItem::PrivateKey(private)) => key = Some(private),
            Ok(_) => {}
            Err(error) => {
                return Err(SensorError::Identity { path: path.to_path_buf(), what: error.to_string() });
            }
        }
    }
    Ok((chain, key))
}

/// From when to when a certificate holds, in seconds since 1970.
fn validity(der: &[u8]) -> Option<(i64, i64)> {
    let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
    let validity = certificate.validity();
    Some((validity.not_before.timestamp(), validity.not_after.timestamp()))
}

/// A DER object as PEM (RFC 7468).
fn pem(label: &str, der: &[u8]) -> String {
    pem::encode(&pem::Pem::new(label, der))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_back() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("state");
        let request = Request::new("tokyo-01").unwrap();
        let authority_key = KeyPair::generate().unwrap();
        let authority = CertificateParams::default().self_signed(&authority_key).unwrap();
        let own = CertificateParams::new(vec!["x".to_string()]).unwrap().self_signed(&request.key).unwrap();
        let names = Names { sensor: "tokyo-01".into(), collector: "https://127.0.0.1:1".into() };
        let answer = format!("{}{}", own.pem(), authority.pem());
        request.keep(&folder, &names, answer.as_bytes()).unwrap();
        let identity = Identity::read(&folder).unwrap();
        assert_eq!(identity.names, names);
        assert_eq!(identity.chain[0].der(), &own.der()[..]);
        assert_eq!(identity.authority.der(), &authority.der()[..]);
        let (from, to) = identity.validity;
        assert!(!is_old((from, to), from) && is_old((from, to), from + (to - from) / 3 * 2));
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        assert_eq!(fs::metadata(folder.join(OWN)).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(request.keep(&folder, &names, own.pem().as_bytes()).is_err());
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&folder, Some(65_534), Some(65_534)).unwrap();
            request.keep(&folder, &names, answer.as_bytes()).unwrap();
            let about = fs::metadata(folder.join(OWN)).unwrap();
            assert_eq!((about.uid(), about.mode() & 0o777), (65_534, 0o600), "the sensor's user reads it");
        }
        fs::write(folder.join(NAMES), "sensor = \"../x\"\ncollector = \"https://127.0.0.1\"\n").unwrap();
        let error = Identity::names(&folder).unwrap_err().to_string();
        assert!(error.contains("cannot be the name of a sensor"), "{error}");
    }
}
