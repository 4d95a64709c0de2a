//! Faults as RFC 9457 has them, with a pointer into the filter.

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::fault::{Fault, Kind};

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": format!("/api#problem-{}", self.kind.word()),
            "title": self.kind.title(),
            "status": self.kind.status().as_u16(),
            "detail": self.detail,
        });
        if !self.parameter.is_empty() {
            body["errors"] =
                json!([{"parameter": self.parameter, "pointer": format!("#/{}", self.parameter)}]);
        }
        if let Some((start, end)) = self.span {
            body["errors"][0]["start"] = json!(start);
            body["errors"][0]["end"] = json!(end);
        }
        if !self.hint.is_empty() {
            body["errors"][0]["hint"] = json!(self.hint);
        }
        let mut response = (self.kind.status(), format!("{body:#}\n")).into_response();
        self.add_retry(&mut response);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.kind == Kind::LogIn {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
