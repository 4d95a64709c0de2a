//! The description of the API in OpenAPI 3.1, drawn from the list of operations.
//!
//! **Invariant:** every bound that an answer can meet stands in the description, by the constant that holds it.

use axum::http::Method;
use serde_json::json;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem, PathsBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ComponentsBuilder, ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Required, ResponseBuilder, ResponsesBuilder,
};

use crate::api::answer::{CAPTURES, FORMATS};
use crate::api::notes::{WRITES, Write};
use crate::api::{OPERATIONS, Operation, questions};
use crate::fault::Kind;
use crate::look::{PARAMETERS, QUERY_BYTES_MAX, SKIP_MAX};
use crate::portal::{QUESTIONS_MAX, STATEMENT_SECS_MAX, WAITING_MAX};
use crate::routes::{ANSWER_SECS_MAX, BODY_BYTES_MAX};

/// How a token is called in the description.
const TOKEN: &str = "token";
/// Media types of a list that is sent.
const SENT: [&str; 2] = ["text/plain", "application/x-ndjson"];

/// Bounds that hold for every operation: name, number, unit, what is bounded.
const LIMITS: [(&str, usize, &str, &str); 9] = [
    ("query_bytes_max", QUERY_BYTES_MAX, "bytes", "parameters of an address"),
    ("body_bytes_max", BODY_BYTES_MAX, "bytes", "a body, but for lists that have a bound of their own"),
    (
        "statement_seconds_max",
        STATEMENT_SECS_MAX as usize,
        "seconds",
        "one statement of a question, then 422",
    ),
    ("answer_seconds_max", ANSWER_SECS_MAX as usize, "seconds", "an answer until its first byte, then 503"),
    (
        "memory_bytes_max",
        teiten_query::session::MEMORY_BYTES_MAX,
        "bytes",
        "memory of a viewer's questions, then 422",
    ),
    ("rows_max", questions::ROWS_MAX, "rows", "a statement's answer; what is more follows by the cursor"),
    ("packets_exported_max", teiten_query::questions::packets::PACKETS_MAX, "packets", "a capture file"),
    ("questions_max", QUESTIONS_MAX, "requests", "requests that ask at once"),
    ("waiting_max", WAITING_MAX, "requests", "requests that wait for their turn, then 503 with Retry-After"),
];

/// The description.
pub(crate) fn describe() -> OpenApi {
    let mut paths = PathsBuilder::new();
    for operation in OPERATIONS {
        paths = paths.path(operation.path, PathItem::new(HttpMethod::Get, asked(operation)));
        if let Some(posted) = &operation.posted {
            let mut body =
                RequestBodyBuilder::new().description(Some(posted.body)).required(Some(Required::True));
            for kind in SENT {
                let schema =
                    ObjectBuilder::new().schema_type(Type::String).max_length(Some(posted.bytes_max));
                body = body.content(kind, ContentBuilder::new().schema(Some(schema)).build());
            }
            let built = operation_of(operation, posted.id, posted.summary, posted.parameters);
            let built = built.request_body(Some(body.build()));
            paths = paths.path(operation.path, PathItem::new(HttpMethod::Post, built));
        }
    }
    for write in &WRITES {
        let method = if write.method == Method::DELETE { HttpMethod::Delete } else { HttpMethod::Post };
        paths = paths.path(write.path, PathItem::new(method, written(write)));
    }
    let bounds: Vec<String> =
        LIMITS.iter().map(|(_, number, unit, what)| format!("{what}: {number} {unit}")).collect();
    let about = format!(
        "Internet fixed-point observation: questions about unsolicited packets. A filter is written in Wireshark's \
         display filter language. An answer that was cut says so (`cut` and `next` in `meta`, `teiten-cut`, and a \
         `Link` to what follows): whoever follows gets each row once, from one snapshot. Bounds: {}.",
        bounds.join("; ")
    );
    let limits: serde_json::Map<String, serde_json::Value> =
        LIMITS.iter().map(|(name, number, ..)| ((*name).to_string(), json!(number))).collect();
    let info = InfoBuilder::new()
        .title("teiten")
        .version("1")
        .description(Some(about))
        .extensions(Some(ExtensionsBuilder::new().add("x-limits", limits).build()))
        .build();
    let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let components = ComponentsBuilder::new().security_scheme(TOKEN, token).build();
    OpenApiBuilder::new().info(info).paths(paths).components(Some(components)).build()
}

/// What is written: always with a token.
fn written(write: &Write) -> OperationBuilder {
    let done = ResponseBuilder::new().description("It is done.").build();
    let mut built = OperationBuilder::new()
        .operation_id(Some(write.id))
        .summary(Some(write.summary))
        .responses(problems(ResponsesBuilder::new().response(write.status.as_str(), done)))
        .security(SecurityRequirement::new(TOKEN, [write.scope.word()]));
    if write.path.ends_with("{id}") {
        let id = ParameterBuilder::new()
            .name("id")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some("The number of the note."))
            .schema(Some(ObjectBuilder::new().schema_type(Type::Integer)));
        built = built.parameter(id);
    }
    if !write.fields.is_empty() {
        let body = write.fields.iter().fold(ObjectBuilder::new(), |body, (name, text)| {
            body.property(*name, ObjectBuilder::new().schema_type(Type::String).description(Some(*text)))
        });
        let content = ContentBuilder::new().schema(Some(body)).build();
        let body =
            RequestBodyBuilder::new().content("application/json", content).required(Some(Required::True));
        built = built.request_body(Some(body.build()));
    }
    built
}

fn asked(operation: &Operation) -> OperationBuilder {
    operation_of(operation, operation.id, operation.summary, operation.parameters)
}

fn operation_of(operation: &Operation, id: &str, summary: &str, parameters: &[&str]) -> OperationBuilder {
    // Without people nobody needs a token, so it is one way of two.
    let mut built = OperationBuilder::new()
        .operation_id(Some(id))
        .summary(Some(summary))
        .responses(responses(operation))
        .security(SecurityRequirement::default())
        .security(SecurityRequirement::new(TOKEN, [operation.scope.word()]));
    for (name, _, text) in PARAMETERS.iter().filter(|(name, ..)| parameters.contains(name)) {
        built = built.parameter(parameter(name, text, operation));
    }
    built
}

fn parameter(name: &str, text: &str, operation: &Operation) -> ParameterBuilder {
    let schema = ObjectBuilder::new();
    let whole = |least: usize| ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least));
    let schema = match (name, operation.lines) {
        ("limit", Some((usual, most))) => whole(1).maximum(Some(most)).default(Some(json!(usual))),
        ("limit", None) => whole(1),
        ("skip" | "row", _) => whole(0).maximum(Some(SKIP_MAX)),
        ("bom" | "publish", _) => schema.schema_type(Type::String).enum_values(Some(["0", "1"])),
        ("lang", _) => schema.schema_type(Type::String).enum_values(Some(["ja", "en"])),
        _ => schema.schema_type(Type::String),
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(text))
        .schema(Some(schema))
}

fn responses(operation: &Operation) -> ResponsesBuilder {
    let mut answer = ResponseBuilder::new().description(
        "The answer: `meta` says what it is, `count` of rows, whether it was `cut`, and `next`; `rows` has its rows.",
    );
    let captures = CAPTURES.iter().filter(|_| operation.id == "packets").map(|(kind, _)| *kind);
    for kind in FORMATS.iter().map(|(_, kind, _)| kind.split(';').next().unwrap_or(kind)).chain(captures) {
        answer = answer.content(kind, ContentBuilder::new().build());
    }
    for (name, text) in [
        ("teiten-rows", "Rows of the answer."),
        ("teiten-cut", "Whether more rows follow: true or false."),
        ("teiten-tlp", "How far the answer may travel."),
        ("Link", "What follows, with rel=\"next\"."),
        ("ETag", "The same until the data change; about finished periods alone."),
    ] {
        answer = answer.header(name, HeaderBuilder::new().description(Some(text)).build());
    }
    problems(ResponsesBuilder::new().response("200", answer.build()))
}

/// Everything that can go wrong.
fn problems(mut responses: ResponsesBuilder) -> ResponsesBuilder {
    let mut seen: Vec<u16> = Vec::new();
    for kind in Kind::ALL {
        let status = kind.status().as_u16();
        if seen.contains(&status) {
            continue;
        }
        seen.push(status);
        let titles: Vec<&str> = Kind::ALL
            .iter()
            .filter(|other| other.status().as_u16() == status)
            .map(|kind| kind.title())
            .collect();
        let problem = ResponseBuilder::new().description(titles.join("; ")).content(
            "application/problem+json",
            ContentBuilder::new().example(Some(json!({"status": status}))).build(),
        );
        responses = responses.response(status.to_string(), problem.build());
    }
    responses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_and_every_parameter_is_described() {
        let described = serde_json::to_value(describe()).expect("JSON");
        assert!(
            described["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")),
            "{described}"
        );
        for operation in OPERATIONS {
            let own = &described["paths"][operation.path]["get"];
            assert_eq!(own["operationId"], operation.id);
            let count = own["parameters"].as_array().map_or(0, Vec::len);
            assert_eq!(count, operation.parameters.len(), "{}", operation.path);
            let posted = &described["paths"][operation.path]["post"]["operationId"];
            let written =
                WRITES.iter().find(|write| write.path == operation.path && write.method == Method::POST);
            let own = operation.posted.as_ref().map(|posted| posted.id).or(written.map(|write| write.id));
            assert_eq!(posted.as_str(), own);
        }
    }

    #[test]
    fn every_bound_is_named() {
        let described = serde_json::to_value(describe()).expect("JSON");
        for (name, number, ..) in LIMITS {
            assert_eq!(described["info"]["x-limits"][name], number, "{name}");
        }
        for operation in OPERATIONS.iter().filter(|operation| operation.parameters.contains(&"limit")) {
            let (usual, most) = operation.lines.expect("an answer that is cut has a bound");
            let parameters =
                described["paths"][operation.path]["get"]["parameters"].as_array().expect("a list");
            let limit = parameters.iter().find(|one| one["name"] == "limit").expect("a limit");
            assert_eq!(
                (&limit["schema"]["default"], &limit["schema"]["maximum"]),
                (&json!(usual), &json!(most))
            );
        }
        for write in &WRITES {
            let own = &described["paths"][write.path][write.method.as_str().to_ascii_lowercase()];
            assert_eq!(own["operationId"], write.id, "{described}");
            let fields =
                own["requestBody"]["content"]["application/json"]["schema"]["properties"].as_object();
            assert_eq!(fields.map_or(0, serde_json::Map::len), write.fields.len(), "{}", write.path);
        }
    }
}
