//! Certificates of a cluster: read for both directions, and made by an authority of the cluster's own.
//!
//! Whoever holds a certificate of the authority may have the workers read the whole store. So the authority is not the
//! collector's, whose certificates sensors hold.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use time::OffsetDateTime;
use tonic::transport::{Certificate, ClientTlsConfig, Identity, ServerTlsConfig};

use crate::error::ClusterError;

/// How long a caller may take to show its certificate.
const HANDSHAKE_SECS: u64 = 5;
/// How much earlier than now a certificate begins, for clocks that are behind: an hour.
const EARLIER_SECS: i64 = 3_600;
/// How long certificates are valid: the authority's 20 years, the others 2.
const AUTHORITY_SECS: i64 = 20 * 365 * 86_400;
const NODE_SECS: i64 = 2 * 365 * 86_400;

/// The certificate and key of one machine, and the authority it believes.
#[derive(Clone)]
pub struct Keys {
    identity: Identity,
    authority: Certificate,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A key is shown to nobody.
        f.write_str("Keys")
    }
}

impl Keys {
    /// Reads them from files in PEM.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn read(certificate: &Path, key: &Path, authority: &Path) -> Result<Keys, ClusterError> {
        let read = |path: &Path| {
            std::fs::read(path)
                .map_err(|source| ClusterError::Unreadable { path: path.to_path_buf(), source })
        };
        Ok(Keys {
            identity: Identity::from_pem(read(certificate)?, read(key)?),
            authority: Certificate::from_pem(read(authority)?),
        })
    }

    /// How a worker is called: its certificate must name that host.
    pub(crate) fn client(&self, host: &str) -> ClientTlsConfig {
        ClientTlsConfig::new()
            .identity(self.identity.clone())
            .ca_certificate(self.authority.clone())
            .domain_name(host)
    }

    /// How callers are answered: none without a certificate.
    pub(crate) fn server(&self) -> ServerTlsConfig {
        ServerTlsConfig::new()
            .identity(self.identity.clone())
            .client_ca_root(self.authority.clone())
            .client_auth_optional(false)
            .timeout(Duration::from_secs(HANDSHAKE_SECS))
    }
}

fn unmade(name: &str) -> impl Fn(rcgen::Error) -> ClusterError {
    let name = name.to_string();
    move |error| ClusterError::Certificate { name: name.clone(), why: error.to_string() }
}

fn params(name: &str, now_secs: i64, life_secs: i64) -> CertificateParams {
    let moment = |secs: i64| OffsetDateTime::from_unix_timestamp(secs).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = moment(now_secs - EARLIER_SECS);
    params.not_after = moment(now_secs + life_secs);
    params
}

/// Whether that may be the name or the address of a host; files are called by it.
fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*'))
    };
    host.parse::<IpAddr>().is_ok() || host.len() <= 253 && host.split('.').all(is_label)
}

/// Makes certificates in a folder: for each host `HOST.pem` and `HOST.key`, by the authority `ca.pem` and `ca.key`,
/// which is made when there is none. Returns the files that were written.
///
/// # Errors
/// When a host is none, nothing is made; when it has its files already, or files cannot be read or written.
pub fn make(folder: &Path, hosts: &[String], now_secs: i64) -> Result<Vec<PathBuf>, ClusterError> {
    if let Some(host) = hosts.iter().find(|host| !is_host(host)) {
        return Err(ClusterError::Host(host.clone()));
    }
    std::fs::create_dir_all(folder)
        .map_err(|source| ClusterError::Unwritable { path: folder.to_path_buf(), source })?;
    let mut written = Vec::new();
    let issuer = authority(folder, now_secs, &mut written)?;
    for host in hosts {
        let alternatives = CertificateParams::new(vec![host.clone()]).map_err(unmade(host))?;
        let mut params = params(host, now_secs, NODE_SECS);
        params.subject_alt_names = alternatives.subject_alt_names;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        // Workers ask each other, so every machine is both.
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().map_err(unmade(host))?;
        let certificate = params.signed_by(&key, &issuer).map_err(unmade(host))?;
        let name = host.replace(':', "-");
        write(&folder.join(format!("{name}.key")), &key.serialize_pem(), 0o600, &mut written)?;
        write(&folder.join(format!("{name}.pem")), &certificate.pem(), 0o644, &mut written)?;
    }
    Ok(written)
}

/// The authority of a folder.
fn authority(
    folder: &Path,
    now_secs: i64,
    written: &mut Vec<PathBuf>,
) -> Result<Issuer<'static, KeyPair>, ClusterError> {
    let name = "teiten cluster authority";
    let (certificate_path, key_path) = (folder.join("ca.pem"), folder.join("ca.key"));
    let is_there = key_path
        .try_exists()
        .map_err(|source| ClusterError::Unreadable { path: key_path.clone(), source })?;
    if !is_there {
        let key = KeyPair::generate().map_err(unmade(name))?;
        let mut params = params(name, now_secs, AUTHORITY_SECS);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key).map_err(unmade(name))?;
        write(&key_path, &key.serialize_pem(), 0o600, written)?;
        write(&certificate_path, &certificate.pem(), 0o644, written)?;
    }
    let read = |path: &Path| {
        std::fs::read_to_string(path)
            .map_err(|source| ClusterError::Unreadable { path: path.to_path_buf(), source })
    };
    let key = KeyPair::from_pem(&read(&key_path)?).map_err(unmade(name))?;
    Issuer::from_ca_cert_pem(&read(&certificate_path)?, key).map_err(unmade(name))
}

/// Writes a file that is not there yet.
fn write(path: &Path, text: &str, mode: u32, written: &mut Vec<PathBuf>) -> Result<(), ClusterError> {
    let done = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    match done {
        Ok(()) => written.push(path.to_path_buf()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(ClusterError::Taken(path.to_path_buf()));
        }
        Err(source) => return Err(ClusterError::Unwritable { path: path.to_path_buf(), source }),
    }
    Ok(())
}
