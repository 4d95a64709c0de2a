//! The collector's own certificate authority, in a folder: who is a sensor, and who is one no more.
//!
//! ```text
//! ca.pem      the authority's certificate: sensors know the collector by it
//! ca.key      its key, readable by its owner only
//! roll.json   tokens, certificates, retired sensors (`roll`)
//! lock        held while the roll is changed
//! ```
//!
//! The collector's own certificate lives in memory and is made anew at each start and before it ends; sensors
//! trust the authority, not that certificate. Several processes may open the folder at once: every change
//! reads the roll anew under the lock, and [`Authority::refresh`] takes up what others changed.
//!
//! **Invariant:** who [`Authority::standing`] names holds a certificate of this authority that is on the roll,
//! neither ended nor revoked, and of a sensor that is not retired.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use rcgen::{Issuer, KeyPair};
use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::CertifiedKey;
use sha2::{Digest, Sha256};
use teiten_model::hex::hex;
use teiten_model::sensor::is_name;
use teiten_wire::exchange::{SECRET_BYTES, Token};

use crate::error::CollectorError;
use crate::private_file;
use crate::refusal::Refusal;

mod issue;
pub mod roll;

use issue::{OurIssuer, Request};
use roll::{CertificateEntry, RetiredEntry, Roll, TokenEntry};

/// How long a sensor's certificate is valid, in microseconds: 90 days.
pub const SENSOR_LIFE_US: i64 = 90 * DAY_US;
/// How long a token is valid when nothing else is said, in microseconds: a day.
pub const TOKEN_LIFE_US: i64 = DAY_US;
/// How long the collector's own certificate is valid, in microseconds: 90 days.
pub const COLLECTOR_LIFE_US: i64 = 90 * DAY_US;
/// The most certificates of one sensor that are valid at once.
pub const VALID_MAX: usize = 16;

const DAY_US: i64 = 86_400 * 1_000_000;

/// A certificate authority in a folder.
pub struct Authority {
    folder: PathBuf,
    pem: String,
    der: CertificateDer<'static>,
    issuer: OurIssuer,
    verifier: Arc<dyn ClientCertVerifier>,
    provider: Arc<CryptoProvider>,
    known: RwLock<Known>,
    changing: Mutex<()>,
}

/// The roll as it was last read.
#[derive(Default)]
struct Known {
    stamp: Option<Stamp>,
    roll: Roll,
    by_serial: BTreeMap<String, usize>,
}

/// What changes when the roll's file is replaced: inode, time in nanoseconds, length.
type Stamp = (u64, i64, u64);

/// A certificate that was issued, as the sensor gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The sensor's certificate.
    pub certificate_pem: String,
    /// The authority's.
    pub authority_pem: String,
    /// When the certificate ends, in microseconds since 1970.
    pub ends_us: i64,
}

/// What the roll says of a sensor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// When its last valid certificate ends, in microseconds since 1970; nothing when it has none.
    pub ends_us: Option<i64>,
    /// Whether it is retired.
    pub is_retired: bool,
}

impl Authority {
    /// Opens the authority of that folder; makes folder, certificate and key when there are none.
    ///
    /// # Errors
    /// When files cannot be read, written or understood.
    pub fn open(folder: &Path, now_us: i64) -> Result<Authority, CollectorError> {
        private_file::make_folder(folder)?;
        let (certificate_path, key_path) = (folder.join("ca.pem"), folder.join("ca.key"));
        let lock = private_file::lock(&folder.join("lock"))?;
        let read = (private_file::read(&certificate_path)?, private_file::read(&key_path)?);
        let (pem, key_pem) = match read {
            (Some(pem), Some(key_pem)) => (pem, key_pem),
            (Some(_), None) => {
                return Err(CollectorError::Damaged { path: key_path, why: "it is missing".to_string() });
            }
            // A key without certificate is what a first start left that was cut off.
            (None, _) => {
                let (pem, key_pem) = issue::authority(now_us)?;
                private_file::write(&key_path, key_pem.as_bytes())?;
                private_file::write(&certificate_path, pem.as_bytes())?;
                (pem, key_pem)
            }
        };
        drop(lock);
        let damaged = |path: &Path, why: String| CollectorError::Damaged { path: path.to_path_buf(), why };
        let der = CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(|error| damaged(&certificate_path, error.to_string()))?;
        let key = KeyPair::from_pem(&key_pem).map_err(|error| damaged(&key_path, error.to_string()))?;
        let issuer = Issuer::from_ca_cert_der(&der, key)
            .map_err(|error| damaged(&certificate_path, error.to_string()))?;
        let mut roots = RootCertStore::empty();
        roots.add(der.clone()).map_err(|error| damaged(&certificate_path, error.to_string()))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .map_err(|error| damaged(&certificate_path, error.to_string()))?;
        let authority = Authority {
            folder: folder.to_path_buf(),
            pem,
            der,
            issuer,
            verifier,
            provider,
            known: RwLock::default(),
            changing: Mutex::default(),
        };
        authority.refresh()?;
        Ok(authority)
    }

    /// The authority's certificate.
    pub fn certificate_pem(&self) -> &str {
        &self.pem
    }

    /// SHA-256 of the authority's certificate in DER, in hexadecimal.
    pub fn fingerprint(&self) -> String {
        hex(&Sha256::digest(&self.der))
    }

    /// Makes a token with which one sensor can enrol once; a sensor that was retired is taken back.
    ///
    /// # Errors
    /// When the name cannot be one, or the roll cannot be written.
    pub fn invite(&self, sensor: &str, life_us: i64, now_us: i64) -> Result<Token, CollectorError> {
        let mut tokens = self.invite_all(&[sensor], life_us, now_us)?;
        Ok(tokens.pop().expect("one name makes one token"))
    }

    /// Makes a token for each of several sensors, all or none.
    ///
    /// # Errors
    /// When a name cannot be one, or the roll cannot be written.
    pub fn invite_all(
        &self,
        sensors: &[impl AsRef<str>],
        life_us: i64,
        now_us: i64,
    ) -> Result<Vec<Token>, CollectorError> {
        if let Some(name) = sensors.iter().find(|name| !is_name(name.as_ref())) {
            return Err(CollectorError::Name(name.as_ref().to_string()));
        }
        let fingerprint = self.fingerprint();
        let token = |name: &str| {
            let mut secret = [0; SECRET_BYTES];
            self.fill(&mut secret);
            Token { sensor: name.to_string(), secret: hex(&secret), fingerprint: fingerprint.clone() }
        };
        let tokens: Vec<Token> = sensors.iter().map(|name| token(name.as_ref())).collect();
        self.change(now_us, |roll| {
            roll.retired.retain(|retired| tokens.iter().all(|token| token.sensor != retired.sensor));
            roll.tokens.extend(tokens.iter().map(|token| TokenEntry {
                sensor: token.sensor.clone(),
                hash: hex(&Sha256::digest(&token.secret)),
                ends_us: now_us.saturating_add(life_us),
                used_us: None,
            }));
            Ok(())
        })?;
        Ok(tokens)
    }

    /// Changes a token for a certificate, once. Certificates that the sensor had before are revoked: whoever
    /// enrols again is a new machine.
    ///
    /// # Errors
    /// A [`CollectorError::Refused`] with the reason, or a failure to write the roll.
    pub fn enroll(&self, token: &str, request_pem: &str, now_us: i64) -> Result<Issued, CollectorError> {
        let token = token.parse::<Token>().map_err(|_| Refusal::UnknownToken)?;
        if token.fingerprint != self.fingerprint() {
            return Err(Refusal::UnknownToken.into());
        }
        let hash = hex(&Sha256::digest(&token.secret));
        // A guess costs a look at the roll's file, and no lock of it.
        self.refresh()?;
        let is_given_out = |entry: &TokenEntry| entry.hash == hash && entry.sensor == token.sensor;
        if !self.known().roll.tokens.iter().any(is_given_out) {
            return Err(Refusal::UnknownToken.into());
        }
        self.change(now_us, |roll| {
            let is_it = |entry: &&mut TokenEntry| is_given_out(entry);
            let entry = roll.tokens.iter_mut().find(is_it).ok_or(Refusal::UnknownToken)?;
            if entry.used_us.is_some() {
                return Err(Refusal::UsedToken.into());
            }
            if now_us >= entry.ends_us {
                return Err(Refusal::EndedToken.into());
            }
            let request = Request::read(request_pem, &token.sensor)?;
            entry.used_us = Some(now_us);
            roll.revoke_all(&token.sensor, now_us);
            self.issue(roll, &request, &token.sensor, now_us)
        })
    }

    /// Gives a sensor that has a valid certificate the next one; the one before stays valid until its end.
    ///
    /// # Errors
    /// A [`CollectorError::Refused`] with the reason, or a failure to write the roll.
    pub fn renew(&self, sensor: &str, request_pem: &str, now_us: i64) -> Result<Issued, CollectorError> {
        let request = Request::read(request_pem, sensor)?;
        self.change(now_us, |roll| {
            let valid = roll.certificates.iter().filter(|entry| entry.sensor == sensor);
            let valid = valid.filter(|entry| entry.is_valid(now_us)).count();
            match valid {
                // Revoked between the question and the lock.
                0 => Err(Refusal::RevokedCertificate.into()),
                VALID_MAX.. => Err(Refusal::TooManyCertificates.into()),
                _ => self.issue(roll, &request, sensor, now_us),
            }
        })
    }

    fn issue(
        &self,
        roll: &mut Roll,
        request: &Request,
        sensor: &str,
        now_us: i64,
    ) -> Result<Issued, CollectorError> {
        let fill = |bytes: &mut [u8]| self.fill(bytes);
        let (certificate, serial) =
            issue::sensor(&self.issuer, request, sensor, now_us, SENSOR_LIFE_US, &fill)?;
        let ends_us = now_us.saturating_add(SENSOR_LIFE_US);
        roll.certificates.push(CertificateEntry {
            sensor: sensor.to_string(),
            serial: hex(&serial),
            issued_us: now_us,
            ends_us,
            revoked_us: None,
        });
        Ok(Issued { certificate_pem: certificate.pem(), authority_pem: self.pem.clone(), ends_us })
    }

    /// Retires a sensor: its certificates are revoked and its tokens forgotten. Returns how many certificates
    /// were valid.
    ///
    /// # Errors
    /// When nothing is known of it, or the roll cannot be written.
    pub fn retire(&self, sensor: &str, now_us: i64) -> Result<usize, CollectorError> {
        self.change(now_us, |roll| {
            let is_known = roll.certificates.iter().any(|entry| entry.sensor == sensor)
                || roll.tokens.iter().any(|entry| entry.sensor == sensor);
            if !is_known {
                return Err(CollectorError::NotListed(sensor.to_string()));
            }
            roll.tokens.retain(|entry| entry.sensor != sensor);
            if roll.retired.iter().all(|retired| retired.sensor != sensor) {
                roll.retired.push(RetiredEntry { sensor: sensor.to_string(), retired_us: now_us });
            }
            Ok(roll.revoke_all(sensor, now_us))
        })
    }

    /// The roll as it was last read.
    pub fn roll(&self) -> Roll {
        self.known().roll.clone()
    }

    /// What the roll says of each sensor that it names.
    pub fn standings(&self, now_us: i64) -> BTreeMap<String, Standing> {
        let known = self.known();
        let mut standings: BTreeMap<&str, Standing> = BTreeMap::new();
        for entry in &known.roll.certificates {
            let standing = standings.entry(&entry.sensor).or_default();
            let ends_us = Some(entry.ends_us).filter(|_| entry.is_valid(now_us));
            standing.ends_us = standing.ends_us.max(ends_us);
        }
        for entry in &known.roll.tokens {
            standings.entry(&entry.sensor).or_default();
        }
        for entry in &known.roll.retired {
            standings.entry(&entry.sensor).or_default().is_retired = true;
        }
        standings.into_iter().map(|(name, standing)| (name.to_string(), standing)).collect()
    }

    /// Who shows that certificate: the name of a sensor that may send now.
    ///
    /// # Errors
    /// Why it may not.
    pub fn standing(&self, certificate: &CertificateDer<'_>, now_us: i64) -> Result<String, Refusal> {
        let now = UnixTime::since_unix_epoch(Duration::from_micros(now_us.max(0) as u64));
        self.verifier.verify_client_cert(certificate, &[], now).map_err(|error| refusal(&error))?;
        let (name, serial) = subject(certificate).ok_or(Refusal::ForeignCertificate)?;
        let known = self.known();
        let entry = known.by_serial.get(&serial).map(|place| &known.roll.certificates[*place]);
        let entry = entry.filter(|entry| entry.sensor == name).ok_or(Refusal::UnknownSensor)?;
        match entry.revoked_us {
            Some(_) => Err(Refusal::RevokedCertificate),
            None => Ok(name),
        }
    }

    /// Reads the roll again when another process changed it; returns whether it did.
    ///
    /// # Errors
    /// When it cannot be read: what was known stays.
    pub fn refresh(&self) -> Result<bool, CollectorError> {
        let path = self.folder.join("roll.json");
        let is_known = |stamp: Option<Stamp>| self.known().stamp == stamp;
        if is_known(stamp(&path)?) {
            return Ok(false);
        }
        // What was read before a change of ours must not take the place of that change.
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        // Stamp first: a file that is replaced in between is read once more at the next look.
        let stamp = stamp(&path)?;
        if is_known(stamp) {
            return Ok(false);
        }
        let roll = Roll::read(&path)?;
        self.know(roll, stamp);
        Ok(true)
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn know(&self, roll: Roll, stamp: Option<Stamp>) {
        let serials = roll.certificates.iter().enumerate();
        let by_serial = serials.map(|(place, entry)| (entry.serial.clone(), place)).collect();
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Known { stamp, roll, by_serial };
    }

    /// Changes the roll under the lock; nothing is changed when `change` fails.
    fn change<T>(
        &self,
        now_us: i64,
        change: impl FnOnce(&mut Roll) -> Result<T, CollectorError>,
    ) -> Result<T, CollectorError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let _lock = private_file::lock(&self.folder.join("lock"))?;
        let path = self.folder.join("roll.json");
        let mut roll = Roll::read(&path)?;
        let done = change(&mut roll)?;
        roll.write(&path, now_us)?;
        // Under the lock nobody else has replaced it. Without a stamp the next refresh reads it once more.
        self.know(roll, stamp(&path).unwrap_or(None));
        Ok(done)
    }

    /// The collector's own certificate with the authority's behind it, for those names and addresses.
    pub(crate) fn collector_key(
        &self,
        names: &[String],
        now_us: i64,
    ) -> Result<CertifiedKey, CollectorError> {
        let (certificate, key) = issue::collector(&self.issuer, names, now_us, COLLECTOR_LIFE_US)?;
        let chain = vec![certificate.der().clone(), self.der.clone()];
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        Ok(CertifiedKey::from_der(chain, key, &self.provider)?)
    }

    /// The cryptography that all of the collector uses.
    pub(crate) fn provider(&self) -> &Arc<CryptoProvider> {
        &self.provider
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.provider
            .secure_random
            .fill(bytes)
            .expect("the system's source of randomness does not fail once it works");
    }
}

/// The stamp of a file; nothing when there is no file.
fn stamp(path: &Path) -> Result<Option<Stamp>, CollectorError> {
    match std::fs::metadata(path) {
        Ok(metadata) => {
            let mtime_ns =
                metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec());
            Ok(Some((metadata.ino(), mtime_ns, metadata.len())))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CollectorError::file("look at", path)(error)),
    }
}

/// What a refused certificate is refused for.
fn refusal(error: &rustls::Error) -> Refusal {
    use rustls::CertificateError as Why;
    match error {
        rustls::Error::InvalidCertificate(Why::Expired | Why::ExpiredContext { .. }) => {
            Refusal::EndedCertificate
        }
        rustls::Error::InvalidCertificate(Why::NotValidYet | Why::NotValidYetContext { .. }) => {
            Refusal::EarlyCertificate
        }
        _ => Refusal::ForeignCertificate,
    }
}

/// Common name and serial number, in hexadecimal, of a certificate.
fn subject(certificate: &CertificateDer<'_>) -> Option<(String, String)> {
    let (_, read) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let name = read.subject().iter_common_name().next()?.as_str().ok()?.to_string();
    Some((name, hex(read.raw_serial())))
}
