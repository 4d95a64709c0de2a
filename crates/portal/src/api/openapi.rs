//! The description of the API in OpenAPI 3.1, drawn from the list of operations.

use axum::http::Method;
use serde_json::json;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem, PathsBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ComponentsBuilder, ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Required, ResponseBuilder, ResponsesBuilder,
};

use crate::api::OPERATIONS;
use crate::api::notes::{WRITES, Write};
use crate::fault::Kind;
use crate::look::PARAMETERS;

/// Media types of an answer.
const ANSWERS: &[&str] = &["application/json", "application/x-ndjson", "text/csv"];

/// How a token is called in the description.
const TOKEN: &str = "token";

/// The description.
pub(crate) fn describe() -> OpenApi {
    let mut paths = PathsBuilder::new();
    for operation in OPERATIONS {
        let mut built = OperationBuilder::new()
            .operation_id(Some(operation.id))
            .summary(Some(operation.summary))
            .responses(responses());
        // Without people nobody needs a token, so it is one way of two.
        built = built
            .security(SecurityRequirement::default())
            .security(SecurityRequirement::new(TOKEN, [operation.scope.word()]));
        for (name, _, text) in PARAMETERS.iter().filter(|(name, ..)| operation.parameters.contains(name)) {
            built = built.parameter(parameter(name, text));
        }
        paths = paths.path(operation.path, PathItem::new(HttpMethod::Get, built));
    }
    for write in &WRITES {
        let method = if write.method == Method::DELETE { HttpMethod::Delete } else { HttpMethod::Post };
        paths = paths.path(write.path, PathItem::new(method, written(write)));
    }
    let info = InfoBuilder::new()
        .title("teiten")
        .version("1")
        .description(Some("Internet fixed-point observation: questions about unsolicited packets. A filter is written in Wireshark's display filter language."))
        .build();
    let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let components = ComponentsBuilder::new().security_scheme(TOKEN, token).build();
    OpenApiBuilder::new().info(info).paths(paths).components(Some(components)).build()
}

/// What is written: always with a token.
fn written(write: &Write) -> OperationBuilder {
    let mut built = OperationBuilder::new()
        .operation_id(Some(write.id))
        .summary(Some(write.summary))
        .responses(responses())
        .security(SecurityRequirement::new(TOKEN, [write.scope.word()]));
    if write.path.ends_with("{id}") {
        let id = parameter("id", "The number of the note.").parameter_in(ParameterIn::Path);
        built = built.parameter(id.required(Required::True));
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

fn parameter(name: &str, text: &str) -> ParameterBuilder {
    let kind = match name {
        "limit" | "skip" | "row" => Type::Integer,
        _ => Type::String,
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(text))
        .schema(Some(ObjectBuilder::new().schema_type(kind)))
}

fn responses() -> ResponsesBuilder {
    let mut answer =
        ResponseBuilder::new().description("The answer: `meta` says what it is, `rows` has its rows.");
    for kind in ANSWERS {
        answer = answer.content(*kind, ContentBuilder::new().build());
    }
    let mut responses = ResponsesBuilder::new().response("200", answer.build());
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
