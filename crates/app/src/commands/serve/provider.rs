//! The provider of OpenID Connect: what the configuration says of it, and how it is asked over HTTP.
//!
//! **Invariant:** the provider is asked over TLS, unless it is on this machine; its answers are bounded in bytes and
//! time, no redirect is followed, and no proxy of the environment is used.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use teiten_people::Role;
use teiten_portal::{Claim, Fetch, Oidc};
use ureq::Agent;
use ureq::http::{Request, Response, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

use crate::config::LoginKeys;
use crate::exit::Usage;

/// Largest answer of the provider, in bytes.
const ANSWER_BYTES_MAX: u64 = 256 << 10;
/// How long the provider may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// Largest file of a secret, in bytes.
const SECRET_BYTES_MAX: u64 = 4_096;
/// Largest file of authorities, in bytes.
const AUTHORITIES_BYTES_MAX: u64 = 4 << 20;
/// Most authorities of a file.
const AUTHORITIES_MAX: usize = 2_000;
/// Where systems keep the authorities that they trust.
const SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The provider of the configuration; `None` when it names none.
pub(super) fn read(keys: &LoginKeys, has_people: bool) -> Result<Option<Oidc>> {
    // A portal without people lets nobody log in, by whatever way.
    if keys.issuer.is_empty() || !has_people {
        return Ok(None);
    }
    let wrong = || {
        Usage(format!(
            "login.issuer: `{}` is no provider that can be asked: write https://id.example, or http:// for one on \
             this machine",
            keys.issuer
        ))
    };
    let uri: Uri = keys.issuer.parse().map_err(|_| wrong())?;
    let is_plain = uri.scheme_str() == Some("http") && is_here(&uri);
    if !is_plain && uri.scheme_str() != Some("https") {
        return Err(wrong().into());
    }
    if keys.client.is_empty() {
        return Err(
            Usage("login.client is missing: what the portal is called at the provider".to_string()).into()
        );
    }
    let secret = keys.secret.as_deref().map(|path| bounded(path, SECRET_BYTES_MAX)).transpose()?;
    let secret = secret.map(|bytes| String::from_utf8(bytes).map(|text| text.trim().to_string())).transpose();
    let secret = secret.map_err(|_| Usage("login.secret: the file is no text in UTF-8".to_string()))?;
    Ok(Some(Oidc {
        issuer: keys.issuer.clone(),
        client: keys.client.clone(),
        secret: secret.filter(|secret| !secret.is_empty()),
        label: match keys.label.as_str() {
            "" => uri.host().unwrap_or(&keys.issuer).to_string(),
            label => label.to_string(),
        },
        claim: match keys.claim.as_str() {
            "preferred_username" => Claim::PreferredUsername,
            _ => Claim::Email,
        },
        create: Role::read(&keys.create),
        fetch: fetch(is_plain, keys.authorities.as_deref())?,
    }))
}

/// Whether an address names this machine for itself.
fn is_here(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

fn bounded(path: &Path, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    file.take(most + 1).read_to_end(&mut bytes).with_context(|| format!("reading {}", path.display()))?;
    if bytes.len() as u64 > most {
        return Err(Usage(format!("{} has more than {most} bytes", path.display())).into());
    }
    Ok(bytes)
}

/// The authorities of a file, or of the system.
fn authorities(path: Option<&Path>) -> Result<Vec<Certificate<'static>>> {
    let path = match path {
        Some(path) => path,
        None => SYSTEM.iter().map(Path::new).find(|path| path.is_file()).ok_or_else(|| {
            Usage(format!(
                "no authorities are where systems keep them ({}): name a file as login.authorities",
                SYSTEM.join(", ")
            ))
        })?,
    };
    let bytes = bounded(path, AUTHORITIES_BYTES_MAX)?;
    let mut found = Vec::new();
    for item in parse_pem(&bytes).take(AUTHORITIES_MAX) {
        let item = item.with_context(|| format!("reading the certificates of {}", path.display()))?;
        if let PemItem::Certificate(certificate) = item {
            found.push(certificate);
        }
    }
    if found.is_empty() {
        return Err(Usage(format!("{} has no certificate in PEM", path.display())).into());
    }
    Ok(found)
}

/// Asks the provider.
fn fetch(is_plain: bool, path: Option<&Path>) -> Result<Fetch> {
    let mut tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()));
    if !is_plain {
        tls = tls.root_certs(RootCerts::new_with_certs(&authorities(path)?));
    }
    let config = Agent::config_builder()
        .tls_config(tls.build())
        .https_only(!is_plain)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .user_agent(concat!("teiten/", env!("CARGO_PKG_VERSION")))
        .timeout_global(Some(ANSWER_MAX))
        .build();
    let agent = Agent::new_with_config(config);
    Ok(Box::new(move |request: Request<Vec<u8>>| {
        // A provider on this machine must not lead elsewhere in the clear.
        if is_plain && request.uri().scheme_str() != Some("https") && !is_here(request.uri()) {
            return Err("it is asked over TLS alone".to_string());
        }
        let answer = match request.body().is_empty() {
            true => agent.run(request.map(|_| ())),
            false => agent.run(request),
        };
        let answer = answer.map_err(|error| error.to_string())?;
        let (parts, mut body) = answer.into_parts();
        let bytes =
            body.with_config().limit(ANSWER_BYTES_MAX).read_to_vec().map_err(|error| error.to_string())?;
        Ok(Response::from_parts(parts, bytes))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(issuer: &str) -> LoginKeys {
        LoginKeys { issuer: issuer.into(), client: "teiten".into(), ..LoginKeys::default() }
    }

    #[test]
    fn a_provider_is_asked_over_tls_unless_it_is_on_this_machine() {
        assert!(read(&keys(""), true).expect("none").is_none());
        let here = read(&keys("http://127.0.0.1:1"), true).expect("a provider").expect("one");
        assert_eq!((here.label.as_str(), here.claim, here.create), ("127.0.0.1", Claim::Email, None));
        assert!(read(&keys("http://127.0.0.1:1"), false).expect("none").is_none(), "nobody logs in");
        for issuer in ["http://id.example", "ftp://id.example", "id.example", "https://", "a b"] {
            assert!(read(&keys(issuer), true).is_err(), "{issuer}");
        }
        let request = |url: &str| Request::get(url).body(Vec::new()).expect("a request");
        let said = (here.fetch)(request("http://192.0.2.1/keys")).expect_err("refused");
        assert!(said.contains("TLS"), "{said}");
        assert!((here.fetch)(request("http://127.0.0.1:1/keys")).is_err(), "nobody listens there");
        let nameless = LoginKeys { client: String::new(), ..keys("http://127.0.0.1:1") };
        assert!(read(&nameless, true).is_err());
    }
}
