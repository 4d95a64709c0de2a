//! Logging in by a provider of OpenID Connect: the authorization code flow with PKCE, state and nonce.
//!
//! What a browser was sent away with is kept here, under a secret that its cookie has: an answer counts for the
//! browser that asked, once, for ten minutes.
//!
//! **Invariant:** nobody is let in by a token that was not signed by the provider's keys, for us, for this attempt,
//! and for now.
//! **Invariant:** the provider's answers are bounded by whoever fetches them, and at most [`ATTEMPTS_MAX`] attempts are
//! remembered.

use std::sync::Mutex;

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreIdTokenClaims, CoreJwsSigningAlgorithm as Algorithm,
    CoreProviderMetadata,
};
use openidconnect::{
    AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse,
    IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, SignatureVerificationError,
    TokenResponse,
};
use sha2::{Digest, Sha256};
use teiten_model::interval::{HOUR_US, Timestamp};
use teiten_people::Role;

use crate::fault::{Fault, Kind};
use crate::portal::lock;

/// Where the provider sends browsers back to.
pub(crate) const CALLBACK: &str = "/login/oidc/callback";
/// How long an attempt may take.
const ATTEMPT_US_MAX: i64 = HOUR_US / 6;
/// Attempts that are remembered; the oldest make room.
const ATTEMPTS_MAX: usize = 1_000;
/// How long what the provider says of itself is believed.
const METADATA_US_MAX: i64 = HOUR_US;
/// How soon it may be asked again for keys that were not among those it had.
const KEYS_US_MIN: i64 = HOUR_US / 60;
/// How far a token's time of issue may lie from ours, in microseconds.
const ISSUED_US_MAX: i64 = HOUR_US / 6;
/// Longest code or state that is looked at, in bytes.
const ANSWER_BYTES_MAX: usize = 4_096;
/// How tokens may be signed: with keys that only the provider has.
const ALGORITHMS: [Algorithm; 8] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPkcs1V15Sha384,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPssSha384,
    Algorithm::RsaSsaPssSha512,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
];

/// Sends one request to the provider and gives its answer, both bounded, without following where it leads.
pub type Fetch = Box<dyn Fn(HttpRequest) -> Result<HttpResponse, String> + Send + Sync>;

/// What of a person's claims is their name here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The e-mail address, if the provider says that it is verified.
    Email,
    /// The name that the provider says they prefer; only for providers that let nobody choose another's.
    PreferredUsername,
}

/// A provider, and what is done with whom it vouches for.
pub struct Oidc {
    /// The provider: `https://id.example`.
    pub issuer: String,
    /// What we are called there.
    pub client: String,
    /// What we prove it by; `None` for a public client.
    pub secret: Option<String>,
    /// What readers call the provider.
    pub label: String,
    /// What people are called by.
    pub claim: Claim,
    /// The role of users that are made when nobody has the name; `None` to let in only who is known.
    pub create: Option<Role>,
    /// Asks the provider.
    pub fetch: Fetch,
}

/// What one browser was sent away with.
struct Attempt {
    key: [u8; 32],
    state: [u8; 32],
    nonce: Nonce,
    verifier: PkceCodeVerifier,
    redirect: RedirectUrl,
    back: String,
    began: i64,
}

/// What a provider said of itself, with its keys.
struct Known {
    metadata: CoreProviderMetadata,
    asked: i64,
    /// When it was asked last because a key was not among those known.
    forced: i64,
}

/// A provider, as it was asked last, and the attempts under way.
pub(crate) struct Provider {
    pub(crate) settings: Oidc,
    known: Mutex<Option<Known>>,
    attempts: Mutex<Vec<Attempt>>,
}

/// Where a browser is sent, and the secret that its cookie keeps.
pub(crate) struct Begun {
    pub(crate) url: String,
    pub(crate) key: String,
}

/// Whom the provider vouches for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) subject: String,
    pub(crate) name: Option<String>,
    pub(crate) back: String,
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unfetched(String);

/// The provider's answer is none that lets anybody in; the log says why, the reader that it is so.
fn refused(why: &dyn std::fmt::Display) -> Fault {
    tracing::warn!("a log-in by the provider was refused: {why}");
    Fault::new(
        Kind::LogIn,
        "the provider's answer was not accepted: go back to the page to log in and begin again",
    )
}

fn unreachable_now(why: &dyn std::fmt::Display) -> Fault {
    tracing::error!("the provider cannot be asked: {why}");
    Fault::new(Kind::Provider, "the provider cannot be asked now: try again later, or log in with a password")
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

impl Provider {
    /// A provider that was not asked yet.
    pub(crate) fn new(settings: Oidc) -> Provider {
        Provider { settings, known: Mutex::default(), attempts: Mutex::default() }
    }

    fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, Unfetched> {
        let url = request.uri().to_string();
        (self.settings.fetch)(request).map_err(|said| Unfetched(format!("{url}: {said}")))
    }

    /// What the provider says of itself; `is_forced` asks for its keys anew, once a minute at most.
    fn metadata(&self, is_forced: bool, now: Timestamp) -> Result<CoreProviderMetadata, Fault> {
        let mut forced = i64::MIN;
        {
            let known = lock(&self.known);
            if let Some(known) = &*known {
                forced = known.forced;
                let is_young = now.0.saturating_sub(known.asked) < METADATA_US_MAX;
                let is_asked_enough = now.0.saturating_sub(known.forced) < KEYS_US_MIN;
                let is_known = if is_forced { is_asked_enough } else { is_young };
                if is_known {
                    return Ok(known.metadata.clone());
                }
            }
        }
        let issuer = IssuerUrl::new(self.settings.issuer.clone()).map_err(|error| unreachable_now(&error))?;
        let metadata = CoreProviderMetadata::discover(&issuer, &|request: HttpRequest| self.fetch(request))
            .map_err(|error| unreachable_now(&with_causes(&error)))?;
        let forced = if is_forced { now.0 } else { forced };
        let known = Known { metadata: metadata.clone(), asked: now.0, forced };
        *lock(&self.known) = Some(known);
        Ok(metadata)
    }

    /// Begins an attempt of a browser that reaches the portal by `origin`; asks the provider, so it may wait.
    pub(crate) fn begin(&self, origin: &str, back: String, now: Timestamp) -> Result<Begun, Fault> {
        let metadata = self.metadata(false, now)?;
        let redirect =
            RedirectUrl::new(format!("{origin}{CALLBACK}")).map_err(|error| Fault::internal(&error))?;
        let client =
            CoreClient::from_provider_metadata(metadata, ClientId::new(self.settings.client.clone()), None)
                .set_redirect_uri(redirect.clone());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let mut asked = client
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .set_pkce_challenge(challenge);
        let scope = match self.settings.claim {
            Claim::Email => "email",
            Claim::PreferredUsername => "profile",
        };
        asked = asked.add_scope(Scope::new(scope.to_string()));
        let (url, state, nonce) = asked.url();
        let key = CsrfToken::new_random().into_secret();
        let attempt = Attempt {
            key: digest(&key),
            state: digest(state.secret()),
            nonce,
            verifier,
            redirect,
            back,
            began: now.0,
        };
        let mut attempts = lock(&self.attempts);
        attempts.retain(|attempt| now.0 - attempt.began < ATTEMPT_US_MAX);
        if attempts.len() >= ATTEMPTS_MAX {
            attempts.remove(0);
        }
        attempts.push(attempt);
        Ok(Begun { url: url.to_string(), key })
    }

    /// Takes the attempt that a browser's cookie belongs to: it is answered once, whatever the answer.
    fn take(&self, key: &str, state: &str, now: Timestamp) -> Result<Attempt, Fault> {
        if key.len().max(state.len()) > ANSWER_BYTES_MAX {
            return Err(refused(&"its answer is too long"));
        }
        let mut attempts = lock(&self.attempts);
        let (key, state) = (digest(key), digest(state));
        let place = attempts.iter().position(|attempt| attempt.key == key);
        let attempt = place.map(|place| attempts.remove(place));
        let attempt = attempt.ok_or_else(|| refused(&"this browser asked for nothing"))?;
        if now.0 - attempt.began >= ATTEMPT_US_MAX {
            return Err(refused(&"it took too long"));
        }
        if attempt.state != state {
            return Err(refused(&"the state is that of another attempt"));
        }
        Ok(attempt)
    }

    /// Ends an attempt: what the provider gives for a code, checked; asks the provider, so it may wait.
    pub(crate) fn finish(
        &self,
        (key, state): (&str, &str),
        answer: Result<&str, &str>,
        now: Timestamp,
    ) -> Result<Told, Fault> {
        let Attempt { nonce, verifier, redirect, back, .. } = self.take(key, state, now)?;
        let code = answer.map_err(|said| refused(&format!("it said {}", said.escape_debug())))?;
        if code.is_empty() || code.len() > ANSWER_BYTES_MAX {
            return Err(refused(&"its answer has no code"));
        }
        let metadata = self.metadata(false, now)?;
        let secret = self.settings.secret.clone().map(ClientSecret::new);
        let client = |metadata| {
            CoreClient::from_provider_metadata(
                metadata,
                ClientId::new(self.settings.client.clone()),
                secret.clone(),
            )
            .set_redirect_uri(redirect.clone())
        };
        let own = client(metadata);
        let given = own
            .exchange_code(AuthorizationCode::new(code.to_string()))
            .map_err(|error| unreachable_now(&error))?
            .set_pkce_verifier(verifier)
            .request(&|request: HttpRequest| self.fetch(request))
            .map_err(|error| refused(&with_causes(&error)))?;
        let token = given.id_token().ok_or_else(|| refused(&"it gave no identity token"))?;
        let claims = match claims(&own, token, &nonce, now) {
            // Providers change their keys; whether this one did is asked once a minute at most.
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                let fresh = client(self.metadata(true, now)?);
                claims(&fresh, token, &nonce, now)
            }
            other => other,
        };
        let claims = claims.map_err(|error| refused(&with_causes(&error)))?;
        Ok(Told { subject: claims.subject().to_string(), name: self.name(&claims), back })
    }

    /// The name that a person has here; nothing that they could have given themselves.
    fn name(&self, claims: &CoreIdTokenClaims) -> Option<String> {
        match self.settings.claim {
            Claim::Email if claims.email_verified() == Some(true) => {
                claims.email().map(|address| address.as_str().to_string())
            }
            Claim::Email => None,
            Claim::PreferredUsername => claims.preferred_username().map(|name| name.as_str().to_string()),
        }
    }
}

/// The claims of a token, when its signature, issuer, audience, nonce and times are right.
fn claims<A, B, C, D, E, F>(
    client: &CoreClient<A, B, C, D, E, F>,
    token: &CoreIdToken,
    nonce: &Nonce,
    now: Timestamp,
) -> Result<CoreIdTokenClaims, ClaimsVerificationError>
where
    A: openidconnect::EndpointState,
    B: openidconnect::EndpointState,
    C: openidconnect::EndpointState,
    D: openidconnect::EndpointState,
    E: openidconnect::EndpointState,
    F: openidconnect::EndpointState,
{
    let moment = jiff::Timestamp::from_microsecond(now.0).unwrap_or_default().to_string();
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || {
            serde_json::from_value(moment.as_str().into())
                .expect("a moment of one calendar is one of the other")
        })
        .set_issue_time_verifier_fn(move |issued| {
            let is_near = (issued.timestamp_micros() - now.0).abs() <= ISSUED_US_MAX;
            is_near.then_some(()).ok_or_else(|| "it was issued at another time than now".to_string())
        });
    token.claims(&verifier, nonce).cloned()
}

/// An error with what caused it, in one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
