//! Logging in by a provider of OpenID Connect: ours, on loopback, which signs whatever a test wants.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use openidconnect::core::{CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey};
use openidconnect::{JsonWebKeyId, PrivateSigningKey};
use rcgen::{KeyPair, PublicKeyData, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::program::line;
use crate::scenario::small;
use crate::serving::{Answer, Serving};
use crate::users::serving_with;

/// A key for these tests alone, without the lines around it; it signs for nobody.
const KEY: &str = include_str!("oidc.key.txt");
const SECRET: &str = "a secret: of+the client";

/// That key, under a name.
fn signing_key(name: Option<JsonWebKeyId>) -> CoreRsaPrivateSigningKey {
    let kind = "RSA PRIVATE KEY";
    let pem = format!("-----BEGIN {kind}-----\n{KEY}-----END {kind}-----\n");
    CoreRsaPrivateSigningKey::from_pem(&pem, name).expect("a key")
}

/// What the provider answers to the next code.
#[derive(Default)]
struct Plan {
    /// Codes with the challenge that was sent along, and the claims of their tokens.
    codes: BTreeMap<String, (String, Value)>,
    /// How tokens are signed.
    signed: Signed,
    /// Whether the first keys that are asked for lack the one of elliptic curves.
    hides_new_key: bool,
    /// How often keys were asked for.
    asked: u32,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum Signed {
    #[default]
    Rs256,
    Es256,
    /// By another key under the name of ours.
    Forged,
    /// By a key that nobody was told of.
    Unknown,
    /// With the client's secret, which is no key of the provider.
    Hs256,
    /// Not at all.
    None,
}

struct Provider {
    issuer: String,
    rsa: CoreRsaPrivateSigningKey,
    ec: KeyPair,
    plan: Mutex<Plan>,
}

/// An answer in JSON.
type Json = ([(&'static str, &'static str); 1], String);

fn json_of(value: &Value) -> Json {
    ([("content-type", "application/json")], value.to_string())
}

/// Base64 for addresses, without padding (RFC 4648, section 5); with `+/=` for the header of passwords.
fn base64(bytes: &[u8], is_url: bool) -> String {
    let letters: Vec<char> = ('A'..='Z')
        .chain('a'..='z')
        .chain('0'..='9')
        .chain(if is_url { ['-', '_'] } else { ['+', '/'] })
        .collect();
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let number = three
            .iter()
            .chain([0, 0].iter())
            .take(3)
            .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        for place in 0..4 {
            match (place <= three.len(), is_url) {
                (true, _) => text.push(letters[number >> (18 - 6 * place) & 63]),
                (false, true) => {}
                (false, false) => text.push('='),
            }
        }
    }
    text
}

/// The two numbers of a signature in DER, each in 32 bytes, as JOSE writes them (RFC 7518, section 3.4).
fn raw(der: &[u8]) -> Vec<u8> {
    let mut rest = &der[2..];
    let mut both = Vec::new();
    for _ in 0..2 {
        let length = usize::from(rest[1]);
        let number: Vec<u8> = rest[2..2 + length].iter().copied().skip_while(|byte| *byte == 0).collect();
        both.extend(vec![0; 32 - number.len()]);
        both.extend(number);
        rest = &rest[2 + length..];
    }
    both
}

impl Provider {
    fn start() -> Arc<Provider> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket of tokio");
        let address = listener.local_addr().expect("an address");
        let provider = Arc::new(Provider {
            issuer: format!("http://{address}"),
            rsa: signing_key(Some(JsonWebKeyId::new("rsa".into()))),
            ec: KeyPair::generate().expect("a key"),
            plan: Mutex::default(),
        });
        let router = Router::new()
            .route(
                "/.well-known/openid-configuration",
                get(async |State(own): State<Arc<Provider>>| own.metadata()),
            )
            .route("/keys", get(async |State(own): State<Arc<Provider>>| own.keys()))
            .route("/token", post(token))
            .with_state(Arc::clone(&provider));
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                axum::serve(listener, router).await.expect("it serves");
            });
        });
        provider
    }

    fn metadata(&self) -> Json {
        let at = |path: &str| format!("{}{path}", self.issuer);
        json_of(&json!({
            "issuer": self.issuer,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "jwks_uri": at("/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            // The last two must not be believed: whoever knows the client's secret could sign, or anybody.
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
        }))
    }

    fn keys(&self) -> Json {
        let rsa = serde_json::to_value(self.rsa.as_verification_key()).expect("JSON");
        let point = self.ec.der_bytes();
        let (x, y) = (base64(&point[1..33], true), base64(&point[33..65], true));
        let ec = json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": "ec", "x": x, "y": y});
        let mut plan = self.plan.lock().expect("a plan");
        plan.asked += 1;
        let hides = std::mem::take(&mut plan.hides_new_key);
        json_of(&json!({"keys": if hides { vec![rsa] } else { vec![rsa, ec] }}))
    }

    fn sign(&self, claims: &Value, signed: Signed) -> String {
        let head = match signed {
            Signed::Rs256 | Signed::Forged => json!({"alg": "RS256", "kid": "rsa"}),
            Signed::Es256 => json!({"alg": "ES256", "kid": "ec"}),
            Signed::Unknown => json!({"alg": "RS256", "kid": "another"}),
            Signed::Hs256 => json!({"alg": "HS256"}),
            Signed::None => json!({"alg": "none"}),
        };
        let part = |value: &Value| base64(value.to_string().as_bytes(), true);
        let message = format!("{}.{}", part(&head), part(claims));
        let bytes = message.as_bytes();
        let signature = match signed {
            Signed::Rs256 | Signed::Unknown => {
                self.rsa.sign(&CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, bytes).expect("signed")
            }
            Signed::Es256 => raw(&SigningKey::sign(&self.ec, bytes).expect("signed")),
            Signed::Forged => vec![7; 256],
            Signed::Hs256 => {
                let key = openidconnect::core::CoreHmacKey::new(SECRET);
                key.sign(&CoreJwsSigningAlgorithm::HmacSha256, bytes).expect("signed")
            }
            Signed::None => Vec::new(),
        };
        format!("{message}.{}", base64(&signature, true))
    }
}

/// Gives a token for a code, once, to whoever knows the client's secret and the verifier.
async fn token(State(own): State<Arc<Provider>>, headers: HeaderMap, body: String) -> (StatusCode, Json) {
    let pairs = pairs(&body);
    let mut plan = own.plan.lock().expect("a plan");
    let refused = (StatusCode::BAD_REQUEST, json_of(&json!({"error": "invalid_grant"})));
    let password = base64(b"teiten:a+secret%3A+of%2Bthe+client", false);
    if headers.get("authorization").and_then(|told| told.to_str().ok()) != Some(&*format!("Basic {password}"))
    {
        return (StatusCode::UNAUTHORIZED, json_of(&json!({"error": "invalid_client"})));
    }
    let Some((challenge, claims)) = pairs.get("code").and_then(|code| plan.codes.remove(code)) else {
        return refused;
    };
    let verifier = pairs.get("code_verifier").cloned().unwrap_or_default();
    if base64(&Sha256::digest(verifier.as_bytes()), true) != challenge
        || pairs["grant_type"] != "authorization_code"
    {
        return refused;
    }
    let token = own.sign(&claims, plan.signed);
    let given = json!({"access_token": "x", "token_type": "Bearer", "id_token": token});
    (StatusCode::OK, json_of(&given))
}

/// The pairs of a query whose values need no more than these escapes.
fn pairs(query: &str) -> BTreeMap<String, String> {
    let plain = |text: &str| text.replace("%3A", ":").replace("%2F", "/").replace('+', " ");
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, text)| (name.into(), plain(text)))
        .collect()
}

/// A browser on its way: its cookie and what it was sent away with.
struct Away {
    cookie: String,
    asked: BTreeMap<String, String>,
}

#[expect(clippy::disallowed_methods, reason = "a provider tells the time as the portal does")]
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_secs()).expect("seconds")
}

fn leave(portal: &Serving, provider: &Provider) -> Away {
    let answer = portal.get("/login/oidc?q=/explore%3Fby%3Das").ends(303);
    let (path, query) = answer.header("location").split_once('?').expect("a query");
    assert_eq!(path, format!("{}/authorize", provider.issuer));
    let asked = pairs(query);
    assert_eq!((&*asked["response_type"], &*asked["code_challenge_method"]), ("code", "S256"));
    assert_eq!((&*asked["client_id"], &*asked["scope"]), ("teiten", "openid email"));
    assert_eq!(asked["redirect_uri"], format!("http://{}/login/oidc/callback", portal.address));
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
    Away { cookie: cookie.split(';').next().expect("a pair").to_string(), asked }
}

/// The claims of a token that is right.
fn right(provider: &Provider, away: &Away) -> Value {
    json!({
        "iss": provider.issuer, "sub": "s-ann", "aud": "teiten", "exp": now() + 300, "iat": now(),
        "nonce": away.asked["nonce"], "email": "Ann@example.org", "email_verified": true,
    })
}

/// The provider gives a code for these claims, and the browser comes back with it.
fn come_back(portal: &Serving, provider: &Provider, away: &Away, claims: Value) -> Answer {
    let code = format!("code-{}", away.asked["state"]);
    let challenge = away.asked["code_challenge"].clone();
    provider.plan.lock().expect("a plan").codes.insert(code.clone(), (challenge, claims));
    let path = format!("/login/oidc/callback?code={code}&state={}", away.asked["state"]);
    portal.get_with(&path, &[("cookie", &away.cookie)])
}

fn portal(name: &str, provider: &Provider, more: &str) -> Serving {
    let folder = &small().folder;
    std::fs::write(folder.join("oidc.secret"), format!("{SECRET}\n")).expect("a file");
    let login = format!(
        "[login]\nissuer = \"{}\"\nclient = \"teiten\"\nsecret = \"oidc.secret\"\nlabel = \"the institute\"\n{more}",
        provider.issuer
    );
    std::fs::write(folder.join(format!("{name}.toml")), login).expect("a file");
    let portal = serving_with(&format!("{name}.sqlite"), &["--config", &format!("{name}.toml")]);
    let args = format!("user add ann@example.org --role analyst --people {name}.sqlite");
    crate::program::run_fed(folder, &crate::program::words(&args), b"a password nobody uses\n").well();
    portal
}

fn log(name: &str) -> String {
    line(&small().folder, &format!("user log --people {name}.sqlite -o csv")).well().text()
}

#[test]
fn whom_the_provider_vouches_for_has_a_session() {
    let provider = Provider::start();
    let portal = portal("oidc-good", &provider, "");
    let page = portal.get("/login?lang=en&q=/sensors").ends(200).text();
    assert!(
        page.contains("href=\"/login/oidc?q=/sensors\"") && page.contains("Log in with the institute"),
        "{page}"
    );
    for signed in [Signed::Rs256, Signed::Es256] {
        provider.plan.lock().expect("a plan").signed = signed;
        let away = leave(&portal, &provider);
        let answer = come_back(&portal, &provider, &away, right(&provider, &away)).ends(303);
        assert_eq!(answer.header("location"), "/explore?by=as");
        let cookie = answer.header("set-cookie").split(';').next().expect("a pair");
        let account = portal.get_with("/account?lang=en", &[("cookie", cookie)]).ends(200).text();
        assert!(
            account.contains("<dd>ann@example.org</dd>") && account.contains("<dd>analyst</dd>"),
            "{account}"
        );
    }
    let log = log("oidc-good");
    assert!(log.contains(&format!("ann@example.org,127.0.0.1,vouched,{}", provider.issuer)), "{log}");
    assert_eq!(log.matches("ann@example.org,127.0.0.1,log-in,").count(), 2, "{log}");
}

#[test]
fn a_token_that_is_wrong_lets_nobody_in() {
    let provider = Provider::start();
    let portal = portal("oidc-wrong", &provider, "");
    let refused = |what: &str, signed: Signed, change: &dyn Fn(&mut Value)| {
        provider.plan.lock().expect("a plan").signed = signed;
        let away = leave(&portal, &provider);
        let mut claims = right(&provider, &away);
        change(&mut claims);
        let answer = come_back(&portal, &provider, &away, claims);
        assert_eq!(answer.status, 401, "{what}: {}", answer.text());
        assert!(
            answer.header("set-cookie").contains("teiten-oidc=;"),
            "{what}: {}",
            answer.header("set-cookie")
        );
    };
    refused("another nonce", Signed::Rs256, &|claims| claims["nonce"] = "x".into());
    refused("no nonce", Signed::Rs256, &|claims| {
        drop(claims.as_object_mut().expect("claims").remove("nonce"))
    });
    refused("another audience", Signed::Rs256, &|claims| claims["aud"] = "other".into());
    refused("two audiences", Signed::Rs256, &|claims| claims["aud"] = json!(["teiten", "other"]));
    refused("another issuer", Signed::Rs256, &|claims| claims["iss"] = "https://other.example".into());
    refused("expired", Signed::Rs256, &|claims| claims["exp"] = (now() - 1).into());
    refused("issued long ago", Signed::Rs256, &|claims| claims["iat"] = (now() - 3_600).into());
    refused("a forged signature", Signed::Forged, &|_| {});
    refused("signed by the client's secret", Signed::Hs256, &|_| {});
    refused("not signed", Signed::None, &|_| {});
    let log = log("oidc-wrong");
    assert!(!log.contains("ann@example.org,127.0.0.1"), "{log}");
}

#[test]
fn an_answer_counts_for_the_browser_that_asked_and_once() {
    let provider = Provider::start();
    let portal = portal("oidc-state", &provider, "");
    let (own, other) = (leave(&portal, &provider), leave(&portal, &provider));
    let state = &own.asked["state"];
    let back = |cookie: &str, query: &str| {
        portal.get_with(&format!("/login/oidc/callback?{query}"), &[("cookie", cookie)])
    };
    // Another browser's cookie, none, and one that was never given.
    for cookie in [other.cookie.as_str(), "", "teiten-oidc=0000"] {
        let answer = back(cookie, &format!("code=x&state={state}"));
        assert_eq!(answer.status, 401, "{cookie}");
        assert!(!answer.header("set-cookie").starts_with("teiten="), "{cookie}");
    }
    let answer = come_back(&portal, &provider, &own, right(&provider, &own)).ends(303);
    assert!(answer.header("set-cookie").starts_with("teiten="));
    assert_eq!(come_back(&portal, &provider, &own, right(&provider, &own)).status, 401, "once");
    for query in ["", "error=access_denied", "code=", "code=unknown", "iss=https://other.example&code=x"] {
        let away = leave(&portal, &provider);
        let answer = back(&away.cookie, &format!("state={}&{query}", away.asked["state"]));
        assert_eq!(answer.status, 401, "{query}");
    }
    let away = leave(&portal, &provider);
    let far = portal.get("/login/oidc?q=//evil.example").ends(303);
    let asked = pairs(far.header("location").split_once('?').expect("a query").1);
    let cookie = far.header("set-cookie").split(';').next().expect("a pair").to_string();
    let far = Away { cookie, asked };
    let answer = come_back(&portal, &provider, &far, right(&provider, &far)).ends(303);
    assert_eq!(answer.header("location"), "/", "never elsewhere");
    drop(away);
}

#[test]
fn whoever_is_unknown_is_told_so_or_made_when_that_is_wanted() {
    let provider = Provider::start();
    let known = portal("oidc-unknown", &provider, "");
    let come = |portal: &Serving, subject: &str, email: &str, is_verified: bool| {
        let away = leave(portal, &provider);
        let mut claims = right(&provider, &away);
        claims["sub"] = subject.into();
        claims["email"] = email.into();
        claims["email_verified"] = is_verified.into();
        come_back(portal, &provider, &away, claims).status
    };
    assert_eq!(come(&known, "s-1", "nobody@example.org", true), 403);
    assert_eq!(come(&known, "s-1", "ann@example.org", false), 403, "an address that nobody verified");
    assert_eq!(come(&known, "s-1", "ann@example.org", true), 303);
    assert_eq!(come(&known, "s-2", "ann@example.org", true), 403, "another subject with her address");
    assert!(!log("oidc-unknown").contains("nobody@"), "names of nobody are not kept");
    let making = portal("oidc-create", &provider, "create = \"member\"\n");
    assert_eq!(come(&making, "s-3", "new@example.org", true), 303);
    let users = line(&small().folder, "user list --people oidc-create.sqlite -o csv").well().text();
    assert!(users.contains("new@example.org,member,"), "{users}");
}

#[test]
fn keys_that_changed_are_asked_for_again_and_a_provider_that_is_gone_is_said_to_be() {
    let provider = Provider::start();
    {
        let mut plan = provider.plan.lock().expect("a plan");
        (plan.hides_new_key, plan.signed) = (true, Signed::Es256);
    }
    let portal = portal("oidc-keys", &provider, "");
    let away = leave(&portal, &provider);
    assert_eq!(
        come_back(&portal, &provider, &away, right(&provider, &away)).status,
        303,
        "its keys are asked anew"
    );
    provider.plan.lock().expect("a plan").signed = Signed::Unknown;
    for _ in 0..3 {
        let away = leave(&portal, &provider);
        assert_eq!(come_back(&portal, &provider, &away, right(&provider, &away)).status, 401);
    }
    assert_eq!(provider.plan.lock().expect("a plan").asked, 2, "and not for each token that names another");
    let gone = Provider {
        issuer: "http://127.0.0.1:1".into(),
        rsa: signing_key(None),
        ec: KeyPair::generate().expect("a key"),
        plan: Mutex::default(),
    };
    let portal = self::portal("oidc-gone", &gone, "");
    let answer = portal.get("/login/oidc?lang=en").ends(503);
    assert!(answer.text().contains("The provider of log-ins does not answer"), "{}", answer.text());
    assert!(answer.text().contains("log in with a password") && !answer.header("retry-after").is_empty());
    let plain = crate::users::serving("oidc-none.sqlite");
    plain.get("/login/oidc").ends(404);
    let refused = |login: &str| {
        std::fs::write(small().folder.join("oidc-odd.toml"), format!("[login]\n{login}")).expect("a file");
        let args = "--store st --config oidc-odd.toml serve --people oidc-none.sqlite --listen 127.0.0.1:0";
        line(&small().folder, args).ends(2).err
    };
    assert!(refused("issuer = \"http://id.example\"\nclient = \"x\"").contains("login.issuer"));
    assert!(refused("issuer = \"https://id.example\"").contains("login.client"));
}
