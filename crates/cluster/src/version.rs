//! What both sides must have in common: plans have no form that outlives a version of the engine.

use http::{HeaderMap, HeaderName, HeaderValue};
use teiten_store::store::FORMAT;

/// The header in which whoever sends a plan says what it is.
const HEADER: HeaderName = HeaderName::from_static("x-teiten-version");

/// What this program is, as both sides compare it.
pub fn version() -> String {
    format!("teiten {} engine {} format {FORMAT}", env!("CARGO_PKG_VERSION"), datafusion::DATAFUSION_VERSION)
}

/// The headers that tell a worker which version sends it a plan.
pub(crate) fn headers(version: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(version) {
        headers.insert(HEADER, value);
    }
    headers
}

/// What whoever sent a plan says it is; empty when it says nothing.
pub(crate) fn of(headers: &HeaderMap) -> String {
    headers.get(HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default().to_string()
}
