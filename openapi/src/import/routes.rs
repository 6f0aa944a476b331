//! Operations become routes, except those that cannot.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::conditions::{self, RouteCondition, path_of};
use crate::document::{Document, list};
use crate::finding::Findings;
use crate::operations::{self, Operation};
use crate::{locate, security};

/// An operation and the route it becomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutePreview {
    /// The operation's key: unique in the document, stable over its revisions.
    pub key: String,
    /// In capitals.
    pub method: String,
    /// The path as written.
    pub path: String,
    /// The path as a route template, each parameter as `{name}`; as `{name*}` one at the end that takes the rest of the path.
    pub route: String,
    /// What else a request must have, where the document says so behind the path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<RouteCondition>,
    /// The operation's id as written.
    pub operation_id: Option<String>,
    /// The heading.
    pub title: String,
    /// What the document calls it.
    pub summary: Option<String>,
    /// The tag it is listed under.
    pub tag: Option<String>,
    /// Should not be used any more.
    pub deprecated: bool,
    /// Open to everybody: the document demands no credential for it.
    pub open: bool,
    /// Becomes a route. If not, a finding says why.
    pub imported: bool,
    /// JSON pointer into the document as it was written.
    pub pointer: String,
    /// Its line in the text, from 1.
    pub line: u32,
}

const NOT_ROUTED: &str = "It does not become a route.";

/// All operations, each with what becomes of it.
pub(super) fn read(document: &Document, findings: &mut Findings) -> Vec<RoutePreview> {
    let operations = operations::all(document);
    let mut routes: Vec<RoutePreview> = operations
        .iter()
        .map(|operation| route(document, operation))
        .collect();
    fill_in_lines(document, &mut routes);
    let mut taken: HashMap<(String, String, Vec<RouteCondition>), usize> = HashMap::new();
    for index in 0..routes.len() {
        let unclear = match conditions::read(document, &operations[index]) {
            Ok(conditions) => {
                routes[index].conditions = conditions;
                None
            }
            Err(message) => Some(message),
        };
        let refusal = unclear
            .or_else(|| refusal(&routes[index]))
            .map(|message| (message, NOT_ROUTED.to_owned()))
            .or_else(|| {
                let RoutePreview {
                    method,
                    route,
                    conditions,
                    ..
                } = &routes[index];
                let place = (method.clone(), shape(route), conditions.clone());
                let first = *taken.entry(place).or_insert(index);
                (first != index).then(|| duplicate(&routes[first], &routes[index]))
            });
        if let Some((message, consequence)) = refusal {
            routes[index].imported = false;
            findings.error(&operations[index].pointer, message, &consequence);
        } else if has_mixed_segment(&routes[index].route) {
            findings.warning(
                &operations[index].pointer,
                format!(
                    "`{}` mixes text and parameters in one segment",
                    routes[index].path
                ),
                "Check its route after the import: gateways match such segments less exactly.",
            );
        }
    }
    routes
}

fn route(document: &Document, operation: &Operation<'_>) -> RoutePreview {
    let requirements = security::requirements(document, operation.value);
    let says_open = requirements
        .iter()
        .any(|alternative| alternative.as_object().is_some_and(|map| map.is_empty()));
    let has_schemes = document
        .components("securitySchemes")
        .is_some_and(|schemes| !schemes.is_empty());
    let has_own = !list(operation.value, "security").is_empty();
    RoutePreview {
        key: operation.key.clone(),
        method: operation.method.clone(),
        path: operation.path.to_owned(),
        route: template(path_of(operation.path)),
        conditions: Vec::new(),
        operation_id: operation.id().map(str::to_owned),
        title: operation.title(),
        summary: operation.summary().map(str::to_owned),
        tag: operation.tags().into_iter().next(),
        deprecated: operation.deprecated(),
        open: says_open || (has_schemes || has_own) && requirements.is_empty(),
        imported: true,
        pointer: document.source_pointer(&operation.pointer),
        line: 0,
    }
}

fn fill_in_lines(document: &Document, routes: &mut [RoutePreview]) {
    let pointers: Vec<&str> = routes.iter().map(|route| route.pointer.as_str()).collect();
    let places = locate::places(document.text(), document.syntax(), &pointers);
    for (route, (line, _)) in routes.iter_mut().zip(places) {
        route.line = line;
    }
}

/// A path with each parameter as `{name}`: without the operators and patterns that some write inside. A last segment that
/// takes the rest of the path (`{proxy+}`, `{path*}`, `{+name}`) is `{name*}`.
fn template(path: &str) -> String {
    let mut route = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((inside, after)) = after.split_once('}') else {
            break;
        };
        let is_greedy = inside.starts_with('+') || inside.ends_with(['+', '*']);
        let is_last = after.is_empty() && before.ends_with('/');
        let name = inside
            .trim_start_matches(['+', '#', '.', '/', ';', '?', '&'])
            .split(':')
            .next()
            .unwrap_or(inside);
        let name: String = name
            .trim_end_matches(['+', '*'])
            .chars()
            .map(|letter| {
                if letter.is_alphanumeric() || letter == '_' {
                    letter
                } else {
                    '_'
                }
            })
            .collect();
        route.push_str(before);
        route.push('{');
        route.push_str(&name);
        if is_greedy && is_last {
            route.push('*');
        }
        route.push('}');
        rest = after;
    }
    route + rest
}

/// What two templates have in common that match the same requests. One that takes the rest of a path is another one.
pub(crate) fn shape(route: &str) -> String {
    let mut shape = String::new();
    let mut rest = route;
    while let Some((before, after)) = rest.split_once('{') {
        shape.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        shape.push_str(if name.ends_with('*') { "{*}" } else { "{}" });
        rest = after;
    }
    shape + rest
}

/// Why a path cannot be a route at all.
fn refusal(route: &RoutePreview) -> Option<String> {
    let (path, template) = (&route.path, &route.route);
    if !path.starts_with('/') {
        return Some(format!("the path `{path}` does not begin with a slash"));
    }
    if template.matches('{').count() != template.matches('}').count() {
        return Some(format!("the path `{path}` has a brace without its partner"));
    }
    if template.contains("{}") || template.contains("{*}") {
        return Some(format!("the path `{path}` has a parameter without a name"));
    }
    let mut names: Vec<&str> = template
        .split('{')
        .skip(1)
        .filter_map(|part| part.split('}').next())
        .map(|name| name.trim_end_matches('*'))
        .collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    (names.len() < count).then(|| format!("the path `{path}` uses one parameter name twice"))
}

fn duplicate(first: &RoutePreview, second: &RoutePreview) -> (String, String) {
    let message = if first.path == second.path {
        format!("{} {} is there twice", second.method, second.path)
    } else {
        format!(
            "{0} {1} matches the same requests as {0} {2}",
            second.method, second.path, first.path
        )
    };
    (
        message,
        format!("It is left out; the one on line {} counts.", first.line),
    )
}

fn has_mixed_segment(route: &str) -> bool {
    route.split('/').any(|segment| {
        segment.contains('{')
            && !(segment.starts_with('{')
                && segment.ends_with('}')
                && segment.matches('{').count() == 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_lose_operators_and_patterns() {
        assert_eq!(
            template("/a/{id}/{+rest}/{user-id}/{n:[0-9]+}/{p*}"),
            "/a/{id}/{rest}/{user_id}/{n}/{p*}"
        );
        for path in ["/a/{proxy+}", "/a/{+proxy}", "/a/{proxy*}"] {
            assert_eq!(template(path), "/a/{proxy*}", "{path}");
        }
        assert_eq!(template("/a/{proxy+}/b"), "/a/{proxy}/b");
        assert_eq!(template("/a/v{proxy+}"), "/a/v{proxy}");
        assert_eq!(template("/a/{broken"), "/a/{broken");
    }

    #[test]
    fn shapes_ignore_names() {
        assert_eq!(shape("/a/{x}/b/{y}.json"), shape("/a/{id}/b/{other}.json"));
        assert_ne!(shape("/a/{x}"), shape("/a/x"));
    }

    #[test]
    fn mixed_segments_are_seen() {
        assert!(has_mixed_segment("/a/{id}.json") && has_mixed_segment("/{a}{b}"));
        assert!(!has_mixed_segment("/a/{id}/b"));
    }
}
