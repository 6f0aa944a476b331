//! When a policy applies: conditions beside its configuration, checked by the runtime before each of its hooks.

use std::sync::Arc;

use domain::id::ApplicationId;
use http::{HeaderName, Method};
use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config_error::ConfigError;
use crate::kind::{Config, Stage, read};
use crate::request::Request;

/// When a policy applies. Every part that is given must hold; within a part, one of its entries. Nothing given: always.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Conditions {
    /// Methods: `GET`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// Paths as callers send them, without the query: `/shop/orders`. `*` stands for anything within a segment, `**` for anything at all: `/shop/**`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Headers; each of them must hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<Field>,
    /// Query parameters; each of them must hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<Field>,
    /// Slugs of plans. Only for policies that run after the caller is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<String>,
    /// Ids of applications. Only for policies that run after the caller is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub applications: Vec<ApplicationId>,
}

/// One header or query parameter. With a name alone it must be there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The value that it must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equals: Option<String>,
    /// A regular expression that its whole value must match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matches: Option<String>,
    /// `false`: it must not be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub present: Option<bool>,
}

impl Config for Conditions {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        for (i, method) in self.methods.iter().enumerate() {
            if Method::from_bytes(method.as_bytes()).is_err() {
                let problem = format!("`{method}` is not a method");
                errors.push(ConfigError::new(format!("methods[{i}]"), problem));
            }
        }
        for (i, path) in self.paths.iter().enumerate() {
            if !path.starts_with('/') {
                let problem = format!("`{path}` does not begin with a slash");
                errors.push(ConfigError::new(format!("paths[{i}]"), problem));
            }
        }
        for (i, field) in self.headers.iter().enumerate() {
            field.check(&format!("headers[{i}]"), &mut errors);
            if field.name.parse::<HeaderName>().is_err() {
                let problem = format!("`{}` is not a header name", field.name);
                errors.push(ConfigError::new(format!("headers[{i}].name"), problem));
            }
        }
        for (i, field) in self.query.iter().enumerate() {
            field.check(&format!("query[{i}]"), &mut errors);
        }
        errors
    }
}

impl Field {
    fn check(&self, at: &str, errors: &mut Vec<ConfigError>) {
        if self.name.is_empty() {
            errors.push(ConfigError::new(format!("{at}.name"), "is missing"));
        }
        let tests = [
            self.equals.is_some(),
            self.matches.is_some(),
            self.present.is_some(),
        ];
        if tests.iter().filter(|given| **given).count() > 1 {
            errors.push(ConfigError::new(
                at,
                "takes one of `equals`, `matches` and `present`",
            ));
        }
        if let Some(pattern) = &self.matches
            && let Err(error) = whole(pattern)
        {
            errors.push(ConfigError::new(format!("{at}.matches"), error.to_string()));
        }
    }

    fn compile(&self) -> Test {
        if let Some(text) = &self.equals {
            return Test::Equals(text.as_str().into());
        }
        if let Some(pattern) = self.matches.as_deref().and_then(|p| whole(p).ok()) {
            return Test::Matches(pattern);
        }
        match self.present {
            Some(false) => Test::Absent,
            _ => Test::Present,
        }
    }
}

fn whole(pattern: &str) -> Result<Regex, regex::Error> {
    Regex::new(&format!("^(?:{pattern})$"))
}

fn glob(path: &str) -> Option<Regex> {
    let pattern = path
        .split("**")
        .map(|part| {
            let pieces: Vec<String> = part.split('*').map(regex::escape).collect();
            pieces.join("[^/]*")
        })
        .collect::<Vec<_>>()
        .join(".*");
    whole(&pattern).ok()
}

/// Conditions of a policy that runs at a stage, read and checked. `None` when they say nothing.
pub fn compile(
    value: &Value,
    stage: Stage,
) -> Result<Option<Arc<CompiledConditions>>, Vec<ConfigError>> {
    if value.is_null() {
        return Ok(None);
    }
    let conditions: Conditions = read(value)?;
    let mut errors = Vec::new();
    if stage.is_before_terms() {
        for (key, is_empty) in [
            ("plans", conditions.plans.is_empty()),
            ("applications", conditions.applications.is_empty()),
        ] {
            if !is_empty {
                errors.push(ConfigError::new(
                    key,
                    "the policy runs before the caller is known",
                ));
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    if conditions == Conditions::default() {
        return Ok(None);
    }
    let fields = |fields: &[Field]| {
        fields
            .iter()
            .map(|field| (field.name.clone(), field.compile()))
            .collect::<Vec<_>>()
    };
    Ok(Some(Arc::new(CompiledConditions {
        methods: conditions
            .methods
            .iter()
            .filter_map(|m| Method::from_bytes(m.as_bytes()).ok())
            .collect(),
        paths: conditions.paths.iter().filter_map(|p| glob(p)).collect(),
        headers: fields(&conditions.headers)
            .into_iter()
            .filter_map(|(name, test)| Some((name.parse().ok()?, test)))
            .collect(),
        query: fields(&conditions.query),
        plans: conditions.plans,
        applications: conditions.applications,
    })))
}

/// Conditions, ready to be checked.
#[derive(Debug)]
pub struct CompiledConditions {
    methods: Vec<Method>,
    paths: Vec<Regex>,
    headers: Vec<(HeaderName, Test)>,
    query: Vec<(String, Test)>,
    plans: Vec<String>,
    applications: Vec<ApplicationId>,
}

#[derive(Debug)]
enum Test {
    Present,
    Absent,
    Equals(Box<str>),
    Matches(Regex),
}

impl Test {
    fn holds(&self, value: Option<&str>) -> bool {
        match (self, value) {
            (Self::Present, value) => value.is_some(),
            (Self::Absent, value) => value.is_none(),
            (Self::Equals(wanted), Some(value)) => **wanted == *value,
            (Self::Matches(pattern), Some(value)) => pattern.is_match(value),
            (Self::Equals(_) | Self::Matches(_), None) => false,
        }
    }
}

/// Who calls, as far as conditions ask.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asker<'a> {
    /// The slug of the plan in force.
    pub plan: Option<&'a str>,
    /// The application.
    pub application: Option<ApplicationId>,
}

impl CompiledConditions {
    /// Whether the policy applies to this request of this caller. Pure: the same at every hook.
    pub fn hold(&self, request: &Request<'_>, asker: Asker<'_>) -> bool {
        let any = |is_empty: bool, found: bool| is_empty || found;
        any(
            self.methods.is_empty(),
            self.methods.contains(request.method()),
        ) && any(
            self.plans.is_empty(),
            asker
                .plan
                .is_some_and(|plan| self.plans.iter().any(|p| p == plan)),
        ) && any(
            self.applications.is_empty(),
            asker
                .application
                .is_some_and(|id| self.applications.contains(&id)),
        ) && any(
            self.paths.is_empty(),
            self.paths.iter().any(|path| path.is_match(request.path())),
        ) && self.headers.iter().all(|(name, test)| {
            // a value that is no text is there, and equals nothing
            let value = request.header(name);
            test.holds(value.map(|value| value.to_str().unwrap_or("\u{0}")))
        }) && self
            .query
            .iter()
            .all(|(name, test)| test.holds(request.query_parameter(name).as_deref()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::trial::{header, id, view};

    fn holds(conditions: &Value, asker: Asker<'_>) -> bool {
        let compiled = compile(conditions, Stage::Limit).unwrap();
        let header = header(
            "GET",
            "/shop/items/7?debug=1&page=12",
            &[("x-tier", "gold-2"), ("x-raw", "a")],
        );
        compiled.is_none_or(|compiled| compiled.hold(&view(&header), asker))
    }

    #[test]
    fn every_part_must_hold() {
        for (conditions, expected) in [
            (json!({}), true),
            (json!({"methods": ["POST", "GET"]}), true),
            (json!({"methods": ["POST"]}), false),
            (json!({"paths": ["/shop/**"]}), true),
            (json!({"paths": ["/shop/*"]}), false),
            (json!({"paths": ["/shop/*/7"]}), true),
            (json!({"paths": ["/shop/items/7", "/x"]}), true),
            (json!({"paths": ["/shop/item.**"]}), false),
            (json!({"headers": [{"name": "X-Tier"}]}), true),
            (
                json!({"headers": [{"name": "X-Tier", "present": false}]}),
                false,
            ),
            (
                json!({"headers": [{"name": "X-Other", "present": false}]}),
                true,
            ),
            (
                json!({"headers": [{"name": "X-Tier", "equals": "gold"}]}),
                false,
            ),
            (
                json!({"headers": [{"name": "X-Tier", "matches": "gold-\\d"}]}),
                true,
            ),
            (
                json!({"headers": [{"name": "X-Tier", "matches": "gold"}]}),
                false,
            ),
            (
                json!({"query": [{"name": "page", "matches": "\\d+"}, {"name": "debug", "equals": "1"}]}),
                true,
            ),
            (
                json!({"query": [{"name": "page"}, {"name": "missing"}]}),
                false,
            ),
            (json!({"methods": ["GET"], "paths": ["/other"]}), false),
        ] {
            assert_eq!(
                holds(&conditions, Asker::default()),
                expected,
                "{conditions}"
            );
        }
    }

    #[test]
    fn plans_and_applications_ask_who_calls() {
        let known = Asker {
            plan: Some("gold"),
            application: Some(id(1)),
        };
        let application = json!({"applications": [id::<()>(1).uuid()]});
        assert!(holds(&json!({"plans": ["gold"]}), known));
        assert!(!holds(&json!({"plans": ["silver"]}), known));
        assert!(!holds(&json!({"plans": ["gold"]}), Asker::default()));
        assert!(holds(&application, known));
        assert!(!holds(&application, Asker::default()));
    }

    #[test]
    fn what_cannot_be_checked_is_said() {
        for (conditions, stage, path) in [
            (json!({"methods": ["G T"]}), Stage::Limit, "methods[0]"),
            (json!({"paths": ["shop"]}), Stage::Limit, "paths[0]"),
            (
                json!({"headers": [{"name": "a b"}]}),
                Stage::Limit,
                "headers[0].name",
            ),
            (
                json!({"headers": [{"name": "a", "matches": "("}]}),
                Stage::Limit,
                "headers[0].matches",
            ),
            (
                json!({"query": [{"name": "a", "equals": "b", "present": true}]}),
                Stage::Limit,
                "query[0]",
            ),
            (json!({"query": [{}]}), Stage::Limit, "query[0].name"),
            (json!({"plans": ["gold"]}), Stage::Arrive, "plans"),
            (json!({"paths": ["/a"], "host": "x"}), Stage::Limit, "host"),
        ] {
            let errors = compile(&conditions, stage).unwrap_err();
            assert_eq!(errors[0].path, path, "{conditions}");
        }
    }
}
