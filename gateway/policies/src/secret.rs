//! Secrets inside configurations: typed by a person, kept sealed, opened where they are used.

use std::borrow::Cow;
use std::fmt;

use domain::refusal::Refusal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::policy::Failure;
use crate::services::Services;

/// How a sealed secret begins; base64 follows.
pub const SEALED: &str = "sealed:v1:";

/// What secrets of policies are sealed for (see [`crate::services::Secrets::open`]).
pub const PURPOSE: &str = "policy_secret";

/// A secret in a configuration: as it was typed, or as it is kept. Never shown by accident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretText(String);

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

impl JsonSchema for SecretText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "SecretText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "writeOnly": true, "minLength": 1 })
    }
}

impl SecretText {
    /// Takes a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The secret, if it stands there as it was typed.
    pub fn plain(&self) -> Option<&str> {
        (!self.0.starts_with(SEALED)).then_some(&*self.0)
    }

    /// The secret itself. A sealed one that this node cannot open is a failure of the policy.
    pub fn open(&self, services: &Services) -> Result<Zeroizing<String>, Failure> {
        let Some(sealed) = self.0.strip_prefix(SEALED) else {
            return Ok(Zeroizing::new(self.0.clone()));
        };
        data_encoding::BASE64
            .decode(sealed.as_bytes())
            .ok()
            .and_then(|sealed| services.secrets.open(PURPOSE, &sealed))
            .and_then(|plain| String::from_utf8(plain.to_vec()).ok())
            .map(Zeroizing::new)
            .ok_or_else(|| {
                Failure::new(
                    Refusal::PolicyFailed,
                    "a secret of the policy cannot be opened on this node; its master key may be another one",
                )
            })
    }
}

/// Seals the secrets of a configuration that are not sealed yet. Which values are secrets is what the schema says
/// (`writeOnly`). `seal` returns base64.
pub fn seal_all(schema: &Value, config: &mut Value, seal: &mut dyn FnMut(&str) -> String) {
    walk(schema, schema, config, 0, &mut |text| {
        if !text.starts_with(SEALED) && !text.is_empty() {
            *text = format!("{SEALED}{}", seal(text));
        }
    });
}

/// Shows each secret of a configuration that is not empty, sealed or not, to be changed in place.
pub fn each(schema: &Value, config: &mut Value, change: &mut dyn FnMut(&mut String)) {
    walk(schema, schema, config, 0, &mut |text| {
        if !text.is_empty() {
            change(text);
        }
    });
}

/// Deep enough for every schema of a policy, and an end for one that refers to itself.
const DEEPEST: usize = 32;

fn walk(
    root: &Value,
    node: &Value,
    value: &mut Value,
    depth: usize,
    found: &mut dyn FnMut(&mut String),
) {
    if depth > DEEPEST || value.is_null() {
        return;
    }
    if node.get("writeOnly") == Some(&Value::Bool(true)) {
        if let Value::String(text) = value {
            found(text);
        }
        return;
    }
    if let Some(target) = node.get("$ref").and_then(Value::as_str)
        && let Some(target) = target.strip_prefix('#').and_then(|p| root.pointer(p))
    {
        walk(root, target, value, depth + 1, found);
    }
    for choice in ["anyOf", "oneOf", "allOf"] {
        for one in node
            .get(choice)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            walk(root, one, value, depth + 1, found);
        }
    }
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let named = node.get("properties").and_then(|p| p.get(key));
                if let Some(schema) = named.or_else(|| node.get("additionalProperties")) {
                    walk(root, schema, member, depth + 1, found);
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = node.get("items") {
                for item in items {
                    walk(root, schema, item, depth + 1, found);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is of interest")]
    struct Outer {
        plain: String,
        own: Option<SecretText>,
        inner: Option<Inner>,
        list: Vec<Inner>,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is of interest")]
    struct Inner {
        value: SecretText,
    }

    #[test]
    fn secrets_are_found_by_the_schema_and_sealed_once() {
        let schema = crate::kind::schema_of::<Outer>();
        let mut config = json!({
            "plain": "a", "own": "b", "inner": {"value": "c"}, "list": [{"value": "sealed:v1:d"}, {"value": "e"}],
        });
        seal_all(&schema, &mut config, &mut |text| text.to_uppercase());
        assert_eq!(
            config,
            json!({
                "plain": "a", "own": "sealed:v1:B", "inner": {"value": "sealed:v1:C"},
                "list": [{"value": "sealed:v1:d"}, {"value": "sealed:v1:E"}],
            })
        );
        assert_eq!(format!("{:?}", SecretText::new("x")), "SecretText(..)");
    }
}
