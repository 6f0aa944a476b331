//! Policies, checked by the gateway's own registry before they are written down.

use declaration::Policy;
use gateway_policies::registry;
use serde_json::Value;

use crate::parts;
use crate::source::has_reference;

/// A policy, or why the gateway would not take it.
pub(crate) fn checked(kind: &str, config: Value) -> Result<Policy, String> {
    // names and variables are known only later
    let early = kind == "acl" || has_reference(&config.to_string());
    if !early && let Err(errors) = registry::validate(kind, &config) {
        let errors: Vec<String> = errors
            .into_iter()
            .map(|error| match error.path.is_empty() {
                true => format!("`{kind}` {}", error.problem),
                false => format!("`{}` of `{kind}` {}", error.path, error.problem),
            })
            .collect();
        return Err(errors.join("; "));
    }
    Ok(parts::policy(kind, config))
}
