//! A store in a bucket: any server that speaks the S3 protocol, by URL, with what the environment says.
//!
//! Credentials, region and endpoint come from the variables that other programs for S3 read, too: `AWS_ACCESS_KEY_ID`,
//! `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_ALLOW_HTTP` and so on. Nothing
//! of them is kept.
//!
//! **Invariant:** a request is tried again a bounded number of times and for a bounded time; what it then says
//! names the server.

use std::error::Error as _;
use std::sync::{Arc, Once};
use std::time::Duration;

use deltalake_core::logstore::{
    LogStore, LogStoreFactory, ObjectStoreRef, StorageConfig, default_logstore, logstore_factories,
};
use deltalake_core::{DeltaResult, DeltaTableError};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use url::Url;

use crate::error::StoreError;

/// The scheme of a store in a bucket.
pub(crate) const SCHEME: &str = "s3";

/// How often a request that failed for a passing reason is tried again.
const RETRIES_MAX: usize = 4;
/// How long it is tried, in seconds.
const RETRY_SECS_MAX: u64 = 30;
/// The longest pause before it is tried again, in milliseconds.
const RETRY_PAUSE_MS_MAX: u64 = 2_000;
/// How long a connection may take, in seconds.
const CONNECT_SECS_MAX: u64 = 5;
/// How long one request may take with all its bytes, in seconds; large files go in pieces.
const REQUEST_SECS_MAX: u64 = 60;

/// Variables of which one says where credentials come from.
const CREDENTIALS: [&str; 6] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_METADATA_ENDPOINT",
    "AWS_SKIP_SIGNATURE",
];

/// Reads the URL of a store: a bucket, and plain names below it.
pub(crate) fn url(text: &str) -> Result<Url, StoreError> {
    let bad = |why: &str| StoreError::BadLocation(text.to_string(), why.to_string());
    let rest = text.strip_prefix("s3://").ok_or_else(|| bad("a bucket is written s3://bucket/prefix"))?;
    let names: Vec<&str> = rest.trim_end_matches('/').split('/').collect();
    let is_plain = |name: &&str| {
        let of = |letter: char| letter.is_ascii_alphanumeric() || "._-=".contains(letter);
        !name.is_empty() && !name.starts_with('.') && name.chars().all(of)
    };
    if !names.iter().all(is_plain) {
        return Err(bad(
            "a bucket is written s3://bucket/prefix, with letters, digits, `-`, `_`, `=` and `.`",
        ));
    }
    Url::parse(&format!("s3://{}/", names.join("/"))).map_err(|error| bad(&error.to_string()))
}

/// The bucket of a URL, as the environment says.
pub(crate) fn open(url: &Url) -> Result<AmazonS3, StoreError> {
    let bad = |why: String| StoreError::BadLocation(url.to_string(), why);
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if !CREDENTIALS.iter().any(is_set) {
        return Err(bad("the environment has no credentials for it: set AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY, or AWS_METADATA_ENDPOINT to use the role of this machine"
            .to_string()));
    }
    register();
    let client = ClientOptions::new()
        .with_connect_timeout(Duration::from_secs(CONNECT_SECS_MAX))
        .with_timeout(Duration::from_secs(REQUEST_SECS_MAX))
        .with_allow_http(std::env::var("AWS_ALLOW_HTTP").is_ok_and(|said| said == "true" || said == "1"));
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_millis(RETRY_PAUSE_MS_MAX),
        base: 2.0,
    };
    let retry =
        RetryConfig { backoff, max_retries: RETRIES_MAX, retry_timeout: Duration::from_secs(RETRY_SECS_MAX) };
    AmazonS3Builder::from_env()
        .with_client_options(client)
        .with_retry(retry)
        .with_bucket_name(url.host_str().unwrap_or_default())
        .build()
        .map_err(|error| bad(explained(&error)))
}

/// Delta commits of a bucket are conditional puts, as those of a folder are.
#[derive(Debug)]
struct Conditional;

impl LogStoreFactory for Conditional {
    fn with_options(
        &self,
        prefixed: ObjectStoreRef,
        root: ObjectStoreRef,
        location: &Url,
        options: &StorageConfig,
    ) -> DeltaResult<Arc<dyn LogStore>> {
        Ok(default_logstore(prefixed, root, location, options))
    }
}

/// Tells the table format of that scheme, once a process.
fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let scheme = Url::parse(&format!("{SCHEME}://")).expect("a scheme is a URL");
        logstore_factories().insert(scheme, Arc::new(Conditional));
    });
}

/// What an object store said, and what to do about it.
pub(crate) fn explained(error: &object_store::Error) -> String {
    let said = said(error);
    let about = match error {
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
            "see to AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, and to the rights on the bucket"
        }
        object_store::Error::NotImplemented { .. } => {
            "leave AWS_CONDITIONAL_PUT unset: a store needs conditional puts"
        }
        _ if said.contains("NoSuchBucket") => "make the bucket, or name another one",
        _ if said.contains("scheme is not allowed") => "set AWS_ALLOW_HTTP=true for a server without TLS",
        object_store::Error::Generic { store: "S3", .. } if is_away(error) => {
            "see that the server runs, and to AWS_ENDPOINT_URL"
        }
        _ => return said,
    };
    format!("{said}; {about}")
}

/// The request that failed and the innermost reason; of a server's page its code and its message.
fn said(error: &object_store::Error) -> String {
    let whole = error.to_string();
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let reason = flat(&cause.to_string());
    let between = |text: &str, start: &str, end: &str| {
        let (_, rest) = text.rsplit_once(start)?;
        rest.split_once(end).map(|(inside, _)| inside.to_string())
    };
    let reason = match (between(&reason, "<Code>", "</Code>"), between(&reason, "<Message>", "</Message>")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code,
        _ => reason,
    };
    match between(&whole, "Error performing ", " in ") {
        Some(request) if !reason.contains(&request) => format!("{}: {reason}", flat(&request)),
        _ => reason,
    }
}

/// Whether the server could not be reached, or broke off.
fn is_away(error: &object_store::Error) -> bool {
    let mut cause = error.source();
    while let Some(source) = cause {
        if source.is::<object_store::client::HttpError>() || source.is::<std::io::Error>() {
            return true;
        }
        cause = source.source();
    }
    false
}

/// The word of an object store in what the table format says; `None` when the store is not to blame.
pub(crate) fn of_table(error: &DeltaTableError) -> Option<&object_store::Error> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(source) = cause {
        match source.downcast_ref::<object_store::Error>() {
            // That a log is missing is a matter of the table.
            Some(object_store::Error::NotFound { .. }) => return None,
            Some(found) => return Some(found),
            None => cause = source.source(),
        }
    }
    None
}

/// A text on one line: servers answer in pages.
fn flat(text: &str) -> String {
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    const SAID_BYTES_MAX: usize = 600;
    if words.len() > SAID_BYTES_MAX {
        let end = (0..=SAID_BYTES_MAX).rev().find(|end| words.is_char_boundary(*end)).unwrap_or(0);
        words.truncate(end);
        words.push_str(" ...");
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_and_plain_names_are_a_place() {
        for (text, read) in [
            ("s3://bucket", "s3://bucket/"),
            ("s3://bucket/", "s3://bucket/"),
            ("s3://bucket/a/b_c", "s3://bucket/a/b_c/"),
        ] {
            assert_eq!(url(text).expect(text).as_str(), read);
        }
        for text in
            ["s3://", "s3:///a", "s3://b//a", "s3://b/../a", "s3://b/a?x", "s3://u:p@b/a", "s3://b/あ"]
        {
            let said = url(text).expect_err(text).to_string();
            assert!(said.contains("s3://bucket/prefix"), "{said}");
        }
    }

    #[test]
    fn what_a_server_says_is_a_line_with_what_to_do() {
        let page = "Error performing GET http://h/b/k in 1ms - Server returned non-2xx status code: 403: \
                    <Error>\n<Code>SignatureDoesNotMatch</Code><Message>It does not.</Message></Error>";
        let error = object_store::Error::PermissionDenied { path: "k".into(), source: page.into() };
        assert_eq!(
            explained(&error),
            "GET http://h/b/k: SignatureDoesNotMatch: It does not.; see to AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, \
             and to the rights on the bucket"
        );
    }

    #[test]
    fn a_page_of_an_answer_becomes_a_line() {
        assert_eq!(flat("a\n  b"), "a b");
        let long = flat(&"定".repeat(400));
        assert!(long.ends_with(" ...") && long.len() <= 604, "{}", long.len());
    }
}
