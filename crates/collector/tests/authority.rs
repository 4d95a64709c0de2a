//! The authority's folder: what it keeps, what others may do to it meanwhile, and what a request cannot get.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use teiten_collector::authority::{Authority, SENSOR_LIFE_US, TOKEN_LIFE_US, VALID_MAX};
use teiten_collector::error::CollectorError;
use teiten_collector::refusal::Refusal;
use teiten_wire::exchange::Token;

const NOW_US: i64 = 1_767_225_600_000_000;

fn open(folder: &Path) -> Authority {
    Authority::open(folder, NOW_US).unwrap()
}

fn request(change: impl FnOnce(&mut rcgen::CertificateParams)) -> String {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    change(&mut params);
    params.serialize_request(&key).unwrap().pem().unwrap()
}

fn enrol(authority: &Authority, sensor: &str) -> CertificateDer<'static> {
    let token = authority.invite(sensor, TOKEN_LIFE_US, NOW_US).unwrap();
    let issued = authority.enroll(&token.to_string(), &request(|_| ()), NOW_US).unwrap();
    CertificateDer::from_pem_slice(issued.certificate_pem.as_bytes()).unwrap()
}

#[test]
fn the_key_is_made_once_and_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("authority");
    let fingerprint = open(&path).fingerprint();
    assert_eq!(open(&path).fingerprint(), fingerprint);
    let mode = |file: &str| std::fs::metadata(path.join(file)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("."), mode("ca.key"), mode("lock")), (0o700, 0o600, 0o600));
    std::fs::remove_file(path.join("ca.key")).unwrap();
    let error = Authority::open(&path, NOW_US).err().unwrap().to_string();
    assert!(error.contains("ca.key") && error.contains("put back"), "{error}");
}

#[test]
fn many_that_start_at_once_have_one_authority() {
    let folder = tempfile::tempdir().unwrap();
    let fingerprints = std::thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(|| open(folder.path()).fingerprint())).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect::<std::collections::BTreeSet<_>>()
    });
    assert_eq!(fingerprints.len(), 1);
}

#[test]
fn processes_that_change_the_roll_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let running = open(folder.path());
    std::thread::scope(|scope| {
        for n in 0..6 {
            let folder = folder.path();
            scope.spawn(move || enrol(&open(folder), &format!("s{n}")));
            let running = &running;
            scope.spawn(move || running.invite(&format!("t{n}"), TOKEN_LIFE_US, NOW_US).unwrap());
        }
    });
    running.refresh().unwrap();
    let roll = running.roll();
    assert_eq!((roll.tokens.len(), roll.certificates.len()), (12, 6));
    assert!(!running.refresh().unwrap(), "nothing changed since");
}

#[test]
fn a_sensor_stands_by_its_certificate_until_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let authority = open(folder.path());
    let certificate = enrol(&authority, "tokyo.1");
    let standing = |authority: &Authority, now_us| authority.standing(&certificate, now_us);
    assert_eq!(standing(&authority, NOW_US), Ok("tokyo.1".to_string()));
    assert_eq!(standing(&authority, NOW_US - 3_500_000_000), Ok("tokyo.1".to_string()), "a clock behind");
    assert_eq!(standing(&authority, NOW_US - 3_700_000_000), Err(Refusal::EarlyCertificate));
    assert_eq!(standing(&authority, NOW_US + SENSOR_LIFE_US - 1), Ok("tokyo.1".to_string()));
    assert_eq!(standing(&authority, NOW_US + SENSOR_LIFE_US + 1_000_000), Err(Refusal::EndedCertificate));
    assert_eq!(standing(&authority, i64::MIN), Err(Refusal::EarlyCertificate));
    let own = CertificateDer::from_pem_slice(authority.certificate_pem().as_bytes()).unwrap();
    assert!(authority.standing(&own, NOW_US).is_err(), "the authority is no sensor");
    assert!(authority.standing(&CertificateDer::from(vec![1, 2, 3]), NOW_US).is_err());
    // Another process retires it, and takes it back: with a new certificate.
    assert_eq!(open(folder.path()).retire("tokyo.1", NOW_US).unwrap(), 1);
    assert_eq!(standing(&authority, NOW_US), Ok("tokyo.1".to_string()), "not seen yet");
    assert!(authority.refresh().unwrap());
    assert_eq!(standing(&authority, NOW_US), Err(Refusal::RevokedCertificate));
    let again = enrol(&authority, "tokyo.1");
    assert_eq!(authority.standing(&again, NOW_US), Ok("tokyo.1".to_string()));
    assert_eq!(standing(&authority, NOW_US), Err(Refusal::RevokedCertificate));
}

#[test]
fn a_request_gets_a_sensors_certificate_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let authority = open(folder.path());
    let enroll = |pem: &str| {
        let token: Token = authority.invite("a", TOKEN_LIFE_US, NOW_US).unwrap();
        authority.enroll(&token.to_string(), pem, NOW_US)
    };
    let greedy = request(|params| {
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.subject_alt_names = vec![rcgen::SanType::DnsName("collector.example.org".try_into().unwrap())];
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    });
    let issued = enroll(&greedy).unwrap();
    let der = CertificateDer::from_pem_slice(issued.certificate_pem.as_bytes()).unwrap();
    let (_, read) = x509_parser::parse_x509_certificate(&der).unwrap();
    assert!(!read.is_ca());
    assert!(read.subject_alternative_name().unwrap().is_none());
    let usage = read.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.client_auth && !usage.server_auth && !usage.any);

    let other = request(|params| params.distinguished_name.push(rcgen::DnType::CommonName, "b"));
    assert!(matches!(enroll(&other), Err(CollectorError::Refused(Refusal::OtherName))));
    for pem in ["", "-----BEGIN", "x", authority.certificate_pem()] {
        assert!(matches!(enroll(pem), Err(CollectorError::Refused(Refusal::BadRequest))), "{pem}");
    }
    // One byte of the signature is another.
    let mut der = pem_bytes(&request(|_| ()));
    *der.last_mut().unwrap() ^= 1;
    let forged = rustls::pki_types::CertificateSigningRequestDer::from(der);
    assert!(rcgen::CertificateSigningRequestParams::from_der(&forged).is_err());
}

fn pem_bytes(pem: &str) -> Vec<u8> {
    rustls::pki_types::CertificateSigningRequestDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
}

#[test]
fn a_sensor_cannot_pile_up_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let authority = open(folder.path());
    enrol(&authority, "a");
    let renewed =
        (1..2 * VALID_MAX).map_while(|_| authority.renew("a", &request(|_| ()), NOW_US).ok()).count();
    assert_eq!(renewed, VALID_MAX - 1);
    // It does what it is told.
    let refused = authority.renew("a", &request(|_| ()), NOW_US).unwrap_err().to_string();
    assert!(refused.contains("enrol it again"), "{refused}");
    enrol(&authority, "a");
    assert!(authority.renew("a", &request(|_| ()), NOW_US).is_ok());
    // What ended is forgotten a month later.
    let later_us = NOW_US + SENSOR_LIFE_US + 31 * 86_400_000_000;
    authority.invite("b", TOKEN_LIFE_US, later_us).unwrap();
    assert_eq!(authority.roll().certificates.len(), 0);
}

#[test]
fn what_is_no_name_or_not_known_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let authority = open(folder.path());
    assert!(matches!(authority.invite("a b", 1, NOW_US), Err(CollectorError::Name(_))));
    assert!(matches!(authority.retire("nobody", NOW_US), Err(CollectorError::NotListed(_))));
    std::fs::write(folder.path().join("roll.json"), "{").unwrap();
    let error = authority.refresh().unwrap_err().to_string();
    assert!(error.contains("roll.json") && error.contains("put back"), "{error}");
}

#[test]
fn a_look_at_the_roll_takes_nothing_back_that_was_changed_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let authority = open(folder.path());
    let is_done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(std::sync::atomic::Ordering::Relaxed) {
                authority.refresh().unwrap();
            }
        });
        for n in 1..=200 {
            authority.invite("a", TOKEN_LIFE_US, NOW_US).unwrap();
            let known = authority.roll().tokens.len();
            if known != n {
                is_done.store(true, std::sync::atomic::Ordering::Relaxed);
            }
            assert_eq!(known, n);
        }
        is_done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    authority.invite("a", TOKEN_LIFE_US, NOW_US).unwrap();
    assert!(!authority.refresh().unwrap(), "what it changed itself is known");
}
