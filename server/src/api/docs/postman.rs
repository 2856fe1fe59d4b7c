//! The API description as a Postman collection, format 2.1: a folder a tag, a request an operation.
//!
//! Three variables are all that has to be filled in: `base_url`, `api_key` and, for what apps do, `customer_token`. Paths, parameters, headers and bodies are those
//! of the description, so that a new route is in the collection by itself.

use serde_json::{Map, Value, json};

use crate::api::openapi::Credential;

/// The format that this is.
const FORMAT: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";

/// The collection of an API description.
#[must_use]
pub fn collection(document: &Value) -> Value {
    let info = &document["info"];
    let folders: Vec<Value> = items(&document["tags"])
        .map(|tag| {
            let name = text(&tag["name"]);
            let requests: Vec<Value> = operations(document)
                .filter(|(_, _, operation)| items(&operation["tags"]).any(|own| own == name))
                .map(|(path, method, operation)| item(document, path, method, operation))
                .collect();
            json!({"name": name, "description": tag["description"], "item": requests})
        })
        .collect();
    json!({
        "info": {"name": info["title"], "description": info["description"], "schema": FORMAT},
        "auth": bearer("api_key"),
        "variable": [
            {"key": "base_url", "value": "http://127.0.0.1:8080", "description": "Where the server is, without a slash at the end."},
            {"key": "api_key", "value": "", "description": "A key of the merchant: prn_…"},
            {"key": "customer_token", "value": "", "description": "A token of a customer: prc_…"},
        ],
        "item": folders,
    })
}

fn item(document: &Value, path: &str, method: &str, operation: &Value) -> Value {
    let parameters: Vec<&Value> =
        items(&operation["parameters"]).map(|parameter| resolve(document, parameter)).collect();
    let mut request = json!({
        "method": method.to_uppercase(),
        "header": headers(&parameters, operation),
        "url": url(path, &parameters),
        "description": description(operation),
    });
    if let Some(body) = body(operation) {
        request["body"] = body;
    }
    match Credential::of(path) {
        Credential::ApiKey => {}
        Credential::CustomerToken => request["auth"] = bearer("customer_token"),
        Credential::Nothing => request["auth"] = json!({"type": "noauth"}),
    }
    json!({"name": operation["summary"], "request": request, "response": []})
}

fn bearer(variable: &str) -> Value {
    let token = format!("{{{{{variable}}}}}");
    json!({"type": "bearer", "bearer": [{"key": "token", "value": token, "type": "string"}]})
}

fn description(operation: &Value) -> String {
    let (summary, more) = (text(&operation["summary"]), text(&operation["description"]));
    let id = text(&operation["operationId"]);
    let said = if more.is_empty() { summary } else { more };
    format!("{said}\n\nReference: `/api/docs#{id}`")
}

fn headers(parameters: &[&Value], operation: &Value) -> Vec<Value> {
    let mut headers: Vec<Value> = parameters
        .iter()
        .filter(|parameter| parameter["in"] == "header")
        // Optional ones are there to be switched on.
        .map(|parameter| {
            json!({
                "key": parameter["name"], "value": "", "description": parameter["description"],
                "disabled": parameter["required"] != true,
            })
        })
        .collect();
    if let Some((kind, _)) = content(operation) {
        headers.insert(0, json!({"key": "Content-Type", "value": kind}));
    }
    headers
}

/// The address in parts: `{id}` is a variable of the path, which Postman writes `:id`.
fn url(path: &str, parameters: &[&Value]) -> Value {
    let segments: Vec<String> = path.trim_start_matches('/').split('/').map(segment).collect();
    let described = |place: &'static str| parameters.iter().filter(move |parameter| parameter["in"] == place);
    let query: Vec<Value> = described("query")
        .map(|parameter| {
            json!({"key": parameter["name"], "value": "", "description": parameter["description"], "disabled": true})
        })
        .collect();
    let variable: Vec<Value> = described("path")
        .map(|parameter| json!({"key": parameter["name"], "value": "", "description": parameter["description"]}))
        .collect();
    let mut url = Map::new();
    url.insert("raw".to_owned(), json!(format!("{{{{base_url}}}}/{}", segments.join("/"))));
    url.insert("host".to_owned(), json!(["{{base_url}}"]));
    url.insert("path".to_owned(), json!(segments));
    for (name, list) in [("query", query), ("variable", variable)] {
        if !list.is_empty() {
            url.insert(name.to_owned(), list.into());
        }
    }
    url.into()
}

fn segment(segment: &str) -> String {
    match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(name) => format!(":{name}"),
        None => segment.to_owned(),
    }
}

fn body(operation: &Value) -> Option<Value> {
    let (kind, content) = content(operation)?;
    let raw = match &content["example"] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        example => serde_json::to_string_pretty(example).unwrap_or_default(),
    };
    let language = if kind.ends_with("json") { "json" } else { "text" };
    Some(json!({"mode": "raw", "raw": raw, "options": {"raw": {"language": language}}}))
}

/// The media type of the body, plain JSON before others, and what is said of it.
fn content(operation: &Value) -> Option<(&str, &Value)> {
    let kinds = operation.pointer("/requestBody/content")?.as_object()?;
    let plain = kinds.get_key_value("application/json");
    plain.or_else(|| kinds.iter().next()).map(|(kind, content)| (kind.as_str(), content))
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    members(&document["paths"])
        .flat_map(|(path, item)| members(item).map(move |(method, operation)| (path, method, operation)))
}

fn resolve<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
