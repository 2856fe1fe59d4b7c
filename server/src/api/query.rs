//! What the query of an address may say: what the description of the operation names, and nothing else.
//!
//! Whoever finds out who calls also asks this ([`auth`](super::auth)), so that no handler can take a change for a dry run, or
//! a list for a narrower one, by not looking.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, MatchedPath, Query};
use http::{Method, request::Parts};
use serde_json::Value;

use super::{
    ApiState,
    problem::{Code, FieldProblem, Problem},
};

/// The parameters that each operation has, by path and method.
#[derive(Debug)]
pub struct Parameters(HashMap<String, HashMap<String, Vec<String>>>);

impl Parameters {
    /// Those of a description of the API.
    #[must_use]
    pub fn of(document: &Value) -> Self {
        let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
        Self(paths.map(|(path, operations)| (path.clone(), of_path(operations))).collect())
    }

    /// Refuses what the operation does not know.
    ///
    /// # Errors
    /// 422 with every unknown parameter.
    pub fn check(&self, parts: &Parts) -> Result<(), Problem> {
        if parts.uri.query().is_none_or(str::is_empty) {
            return Ok(());
        }
        let Some(route) = parts.extensions.get::<MatchedPath>() else { return Ok(()) };
        let method = if parts.method == Method::HEAD { &Method::GET } else { &parts.method };
        let operation = self.0.get(route.as_str()).and_then(|operations| operations.get(method.as_str()));
        let Some(known) = operation else { return Ok(()) };
        let Ok(Query(sent)) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri) else {
            return Err(Problem::new(Code::MalformedQuery));
        };
        let mut unknown: Vec<_> = sent.into_iter().map(|(name, _)| name).collect();
        unknown.retain(|name| !known.contains(name));
        if unknown.is_empty() {
            return Ok(());
        }
        Err(Problem::new(Code::Invalid).errors(unknown.iter().map(|name| refused(name))))
    }
}

/// The names by method, as requests have it.
fn of_path(operations: &Value) -> HashMap<String, Vec<String>> {
    let names = |operation: &Value| {
        let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let of_query =
            parameters.filter(|parameter| parameter.get("in").is_some_and(|place| place == "query"));
        of_query.filter_map(|parameter| parameter.get("name")?.as_str().map(str::to_owned)).collect()
    };
    let operations = operations.as_object().into_iter().flatten();
    operations.map(|(method, operation)| (method.to_ascii_uppercase(), names(operation))).collect()
}

fn refused(name: &str) -> FieldProblem {
    // It goes into the request log, and the database takes no NUL.
    let name: String = name.chars().filter(|letter| !letter.is_control()).collect();
    let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
    FieldProblem::new(pointer, "unknown_parameter", format!("The address takes no parameter `{name}` here."))
}

/// The query is as the description has it; for operations that take no credential.
#[derive(Debug)]
pub struct KnownQuery;

impl FromRequestParts<ApiState> for KnownQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        state.0.parameters.check(parts).map(|()| Self)
    }
}
