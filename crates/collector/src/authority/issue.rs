//! Making certificates: the authority's own, the collector's, and those of sensors.
//!
//! **Invariant:** of a request for a certificate nothing is taken over but its public key.

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateSigningRequestParams, DistinguishedName,
    DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SerialNumber,
};
use time::OffsetDateTime;

use crate::error::CollectorError;
use crate::refusal::Refusal;

/// Bytes of a serial number.
const SERIAL_BYTES: usize = 16;
/// How much earlier than now a certificate begins, for clocks that are behind: an hour.
const EARLIER_US: i64 = 3_600 * 1_000_000;
/// How long the authority's own certificate is valid: 20 years.
const AUTHORITY_LIFE_US: i64 = 20 * 365 * 86_400 * 1_000_000;

pub(super) type OurIssuer = Issuer<'static, KeyPair>;

fn failure(name: &str) -> impl Fn(rcgen::Error) -> CollectorError {
    let name = name.to_string();
    move |error| CollectorError::Certificate { name: name.clone(), why: error.to_string() }
}

fn moment(us: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(us.div_euclid(1_000_000)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn named(name: &str, now_us: i64, life_us: i64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = moment(now_us.saturating_sub(EARLIER_US));
    params.not_after = moment(now_us.saturating_add(life_us));
    params
}

/// A new authority: its certificate and its key, both as PEM.
pub(super) fn authority(now_us: i64) -> Result<(String, String), CollectorError> {
    let name = "teiten authority";
    let key = KeyPair::generate().map_err(failure(name))?;
    let mut params = named(name, now_us, AUTHORITY_LIFE_US);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let certificate = params.self_signed(&key).map_err(failure(name))?;
    Ok((certificate.pem(), key.serialize_pem()))
}

/// The collector's certificate for those names and addresses, with a new key.
pub(super) fn collector(
    issuer: &OurIssuer,
    names: &[String],
    now_us: i64,
    life_us: i64,
) -> Result<(Certificate, KeyPair), CollectorError> {
    let name = "teiten collector";
    let key = KeyPair::generate().map_err(failure(name))?;
    let alternatives = CertificateParams::new(names.to_vec()).map_err(failure(&names.join(", ")))?;
    let mut params = named(name, now_us, life_us);
    params.subject_alt_names = alternatives.subject_alt_names;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let certificate = params.signed_by(&key, issuer).map_err(failure(name))?;
    Ok((certificate, key))
}

/// A request for a certificate that can be read and is signed by its own key.
pub(super) struct Request(CertificateSigningRequestParams);

impl Request {
    /// Reads a request that names that sensor, or nobody.
    pub(super) fn read(pem: &str, sensor: &str) -> Result<Request, Refusal> {
        let request = CertificateSigningRequestParams::from_pem(pem).map_err(|_| Refusal::BadRequest)?;
        match request.params.distinguished_name.get(&DnType::CommonName) {
            None => Ok(Request(request)),
            Some(DnValue::Utf8String(name)) if name == sensor => Ok(Request(request)),
            Some(DnValue::PrintableString(name)) if name.as_str() == sensor => Ok(Request(request)),
            Some(_) => Err(Refusal::OtherName),
        }
    }
}

/// A certificate for a sensor; returns it with its serial number.
pub(super) fn sensor(
    issuer: &OurIssuer,
    request: &Request,
    sensor: &str,
    now_us: i64,
    life_us: i64,
    random: &dyn Fn(&mut [u8]),
) -> Result<(Certificate, [u8; SERIAL_BYTES]), CollectorError> {
    let mut serial = [0; SERIAL_BYTES];
    random(&mut serial);
    // A positive number that keeps its length when it is written as DER.
    serial[0] = (serial[0] & 0x3f) | 0x40;
    let mut params = named(sensor, now_us, life_us);
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    let certificate = params.signed_by(&request.0.public_key, issuer).map_err(failure(sensor))?;
    Ok((certificate, serial))
}
