//! The query parameters that each endpoint knows, as the document lists them. Others are refused: a filter that is not known
//! would be a filter that does nothing.

use std::collections::HashMap;

use axum::extract::MatchedPath;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use faces::problem::{FieldProblem, Problem};
use gateway_policies::closest::closest;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{OpenApi, RefOr};

/// Names of query parameters by path and method.
pub(crate) struct Known(HashMap<String, HashMap<Method, Vec<String>>>);

impl Known {
    pub(crate) fn of(document: &OpenApi) -> Self {
        let paths = document.paths.paths.iter().map(|(path, item)| {
            let operations = [
                (Method::GET, &item.get),
                (Method::PUT, &item.put),
                (Method::POST, &item.post),
                (Method::PATCH, &item.patch),
                (Method::DELETE, &item.delete),
            ];
            let names = operations
                .into_iter()
                .filter_map(|(method, operation)| Some((method, names(operation.as_ref()?))))
                .collect();
            (path.clone(), names)
        });
        Self(paths.collect())
    }

    /// Goes on where each parameter of the query is one of this endpoint.
    pub(crate) fn check(&self, parts: &Parts) -> Result<(), Problem> {
        let method = match &parts.method {
            &Method::HEAD => &Method::GET,
            method => method,
        };
        let known = parts
            .extensions
            .get::<MatchedPath>()
            .and_then(|path| self.0.get(path.as_str())?.get(method));
        let (Some(query), Some(known)) = (parts.uri.query(), known) else {
            return Ok(());
        };
        let errors: Vec<_> = url::form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| !known.iter().any(|known| known == name))
            .map(|(name, _)| FieldProblem {
                message: message(&name, known),
                field: name.into_owned(),
            })
            .collect();
        let Some(first) = errors.first() else {
            return Ok(());
        };
        let detail = format!("the query parameter `{}` {}", first.field, first.message);
        let mut problem = Problem::new(StatusCode::BAD_REQUEST, "query_unknown", detail);
        problem.errors = errors;
        Err(problem)
    }
}

fn names(operation: &Operation) -> Vec<String> {
    let parameters = operation.parameters.iter().flatten();
    parameters
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => {
                Some(parameter.name.clone())
            }
            _ => None,
        })
        .collect()
}

fn message(name: &str, known: &[String]) -> String {
    let names = || known.iter().map(String::as_str);
    if let Some(meant) = closest(name, names()) {
        return format!("is not known; did you mean `{meant}`?");
    }
    if known.is_empty() {
        return "is not known; this endpoint takes none".to_owned();
    }
    let names: Vec<_> = names().map(|name| format!("`{name}`")).collect();
    format!("is not known; this endpoint takes {}", names.join(", "))
}
