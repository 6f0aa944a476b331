//! Looking kinds of policies up by name.

use serde_json::Value;

use crate::KINDS;
use crate::closest::closest;
use crate::config_error::ConfigError;
use crate::kind::{Instance, Kind};
use domain::api::PolicyScope;
use domain::id::Id;

/// Every kind, in run order.
pub fn kinds() -> &'static [Kind] {
    KINDS
}

/// The kind of a name, with its place in the run order.
pub fn find(name: &str) -> Option<(usize, &'static Kind)> {
    KINDS.iter().enumerate().find(|(_, kind)| kind.name == name)
}

/// The JSON Schema of a kind's configuration.
pub fn schema(name: &str) -> Option<Value> {
    find(name).map(|(_, kind)| (kind.schema)())
}

/// Whether a configuration can be compiled; otherwise what is wrong, and where.
pub fn validate(name: &str, config: &Value) -> Result<(), Vec<ConfigError>> {
    let Some((_, kind)) = find(name) else {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        let meant = closest(name, known.iter().copied());
        let meant = meant.map_or_else(String::new, |one| format!("; did you mean `{one}`?"));
        let problem = format!(
            "`{name}` is not a policy; one of {}{meant}",
            known.join(", ")
        );
        return Err(vec![ConfigError::new("kind", problem)]);
    };
    let trial = Instance {
        id: Id::NIL,
        scope: PolicyScope::Global,
    };
    (kind.compile)(config, trial).map(|_| ())
}

/// The schema of a kind as it is kept in `openapi/policies/<name>.json`.
pub fn schema_file(kind: &Kind) -> String {
    format!("{:#}\n", (kind.schema)())
}
