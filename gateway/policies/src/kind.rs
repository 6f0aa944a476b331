//! A kind of policy: its name, place in the run order, schema, and how it is compiled.

use std::sync::Arc;

use domain::api::PolicyScope;
use domain::id::PolicyId;
use schemars::{JsonSchema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::closest::with_suggestion;
use crate::config_error::ConfigError;
use crate::policy::Policy;

/// When in the run order a kind stands. The subscription is checked between [`Stage::Authenticate`] and [`Stage::Limit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Before anybody is known.
    Arrive,
    /// Finds out who calls.
    Authenticate,
    /// Decides whether the caller may.
    Authorise,
    /// How much.
    Limit,
    /// Whether the request is what the API takes.
    Validate,
    /// Changes it.
    Transform,
    /// Answers from memory.
    Cache,
    /// Chooses where it goes.
    Steer,
}

impl Stage {
    /// Its word: `authenticate`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arrive => "arrive",
            Self::Authenticate => "authenticate",
            Self::Authorise => "authorise",
            Self::Limit => "limit",
            Self::Validate => "validate",
            Self::Transform => "transform",
            Self::Cache => "cache",
            Self::Steer => "steer",
        }
    }

    /// Whether it runs before the caller's subscription is known.
    pub const fn is_before_terms(self) -> bool {
        matches!(self, Self::Arrive | Self::Authenticate)
    }
}

/// What happens when several scopes have a policy of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Composition {
    /// All of them run, from the widest scope to the narrowest, by position within one scope.
    All,
    /// Only the one of the narrowest scope runs (the first by position); the wider ones are replaced by it.
    Narrowest,
}

/// A policy as it is stored, apart from its configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instance {
    /// Its id: stable, so that counters survive a change of the configuration.
    pub id: PolicyId,
    /// What it is attached to.
    pub scope: PolicyScope,
}

/// What compiling returns.
pub type Compiled = Result<Arc<dyn Policy>, Vec<ConfigError>>;

/// A kind of policy: one entry of the registry.
pub struct Kind {
    /// The word in the `kind` field.
    pub name: &'static str,
    /// One line for lists and forms.
    pub summary: &'static str,
    /// When it runs.
    pub stage: Stage,
    /// How several of one kind compose.
    pub composition: Composition,
    /// What it can be attached to.
    pub scopes: &'static [PolicyScope],
    /// The JSON Schema of its configuration.
    pub schema: fn() -> Value,
    /// Reads and checks a configuration.
    pub compile: fn(&Value, Instance) -> Compiled,
    /// Its reference page, in Markdown.
    pub readme: &'static str,
}

/// Scopes of a kind that runs before the caller is known.
pub const ROUTE_SCOPES: &[PolicyScope] = &[
    PolicyScope::Global,
    PolicyScope::Api,
    PolicyScope::Version,
    PolicyScope::Route,
];

/// A typed configuration of a kind.
pub trait Config: DeserializeOwned + JsonSchema {
    /// What the types cannot say: bounds, and keys that need each other.
    fn check(&self) -> Vec<ConfigError> {
        Vec::new()
    }
}

/// Reads and checks a configuration.
pub fn read<C: Config>(value: &Value) -> Result<C, Vec<ConfigError>> {
    let config: C = serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let problem = with_suggestion(error.into_inner().to_string());
        vec![ConfigError::new(path, problem)]
    })?;
    let errors = config.check();
    if errors.is_empty() {
        Ok(config)
    } else {
        Err(errors)
    }
}

/// The JSON Schema (2020-12) of a configuration.
pub fn schema_of<C: JsonSchema>() -> Value {
    SchemaGenerator::default()
        .into_root_schema_for::<C>()
        .into()
}
