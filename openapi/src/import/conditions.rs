//! What some documents write behind a path: the query, or behind a `#` the header or parameters, that tell its operation from
//! others at the same path.

use serde::{Deserialize, Serialize};

use crate::document::{Document, text};
use crate::operations::Operation;

/// The most of one route.
const MOST: usize = 16;

/// What a request must have, beside its path, for the route.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RouteCondition {
    /// Where.
    pub place: ConditionPlace,
    /// The name of the header or of the parameter.
    pub name: String,
    /// What it must say; anything when there is none.
    pub value: Option<String>,
}

/// Where a condition looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConditionPlace {
    /// In the headers.
    Header,
    /// In the query.
    Query,
}

/// The path alone.
pub(super) fn path_of(written: &str) -> &str {
    written.split(['?', '#']).next().unwrap_or(written)
}

/// The conditions behind a path, or why they cannot be told.
pub(super) fn read(
    document: &Document,
    operation: &Operation<'_>,
) -> Result<Vec<RouteCondition>, String> {
    let written = operation.path;
    let behind = &written[path_of(written).len()..];
    if behind.is_empty() {
        return Ok(Vec::new());
    }
    let parameters = operation.parameters(document);
    let mut found = Vec::new();
    for part in behind
        .split(['?', '#', '&'])
        .filter(|part| !part.is_empty())
    {
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (part, None),
        };
        let named = |place: &str| {
            parameters.iter().any(|(parameter, _)| {
                text(parameter, "in") == Some(place)
                    && text(parameter, "name").is_some_and(|known| match place {
                        "header" => known.eq_ignore_ascii_case(name),
                        _ => known == name,
                    })
            })
        };
        let is_query = behind.starts_with('?');
        let place = match (named("query"), named("header")) {
            (true, _) => ConditionPlace::Query,
            (false, true) => ConditionPlace::Header,
            (false, false) if is_query => ConditionPlace::Query,
            (false, false) => {
                return Err(format!(
                    "the path `{written}` has `{name}` behind it, which is no parameter of the operation"
                ));
            }
        };
        found.push(RouteCondition {
            place,
            name: name.to_owned(),
            value: value
                .filter(|value| !value.contains('{'))
                .map(str::to_owned),
        });
    }
    found.sort();
    found.dedup();
    match found.len() {
        0..=MOST => Ok(found),
        many => Err(format!(
            "the path `{written}` has {many} conditions behind it; a route has at most {MOST}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use crate::import::preview;
    use crate::limits::Limits;

    const DOCUMENT: &str = r##"{
      "openapi": "3.0.0", "info": {"title": "Tables", "version": "1"},
      "paths": {
        "/#X-Amz-Target=Tables.Create": {"post": {"responses": {}, "parameters": [{"name": "X-Amz-Target", "in": "header"}]}},
        "/#X-Amz-Target=Tables.Drop": {"post": {"responses": {}, "parameters": [{"name": "X-Amz-Target", "in": "header"}]}},
        "/#Unknown=1": {"post": {"responses": {}}},
        "/tags/{arn}#keys": {"delete": {"responses": {}, "parameters": [
          {"name": "arn", "in": "path", "required": true}, {"name": "keys", "in": "query"}]}},
        "/tags/{arn}": {"delete": {"responses": {}, "parameters": [{"name": "arn", "in": "path", "required": true}]}},
        "/list?format=csv": {"get": {"responses": {}}},
        "/files/{path+}": {"get": {"responses": {}}}
      }
    }"##;

    #[test]
    fn what_stands_behind_a_path_is_asked_for_by_its_route() {
        let document = crate::parse(DOCUMENT.as_bytes(), &Limits::default()).expect("a document");
        let told: Vec<String> = preview(&document)
            .imported()
            .map(|route| {
                let conditions = route.conditions.iter().map(|one| {
                    let value = one.value.as_deref().unwrap_or("*");
                    format!(" {:?} {}={value}", one.place, one.name)
                });
                format!("{}{}", route.route, conditions.collect::<String>())
            })
            .collect();
        let mut told = told;
        told.sort();
        assert_eq!(
            told,
            [
                "/ Header X-Amz-Target=Tables.Create",
                "/ Header X-Amz-Target=Tables.Drop",
                "/files/{path*}",
                "/list Query format=csv",
                "/tags/{arn}",
                "/tags/{arn} Query keys=*",
            ]
        );
    }

    #[test]
    fn what_is_no_parameter_is_told() {
        let document = crate::parse(DOCUMENT.as_bytes(), &Limits::default()).expect("a document");
        let findings = preview(&document).findings;
        let found = findings.iter().any(|finding| {
            finding
                .message
                .contains("has `Unknown` behind it, which is no parameter")
        });
        assert!(found, "{findings:?}");
    }
}
