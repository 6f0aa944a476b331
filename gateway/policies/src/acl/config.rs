//! Configuration of `acl`.

use std::collections::BTreeMap;

use domain::id::{ApplicationId, PlanId, ProductId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config_error::ConfigError;
use crate::kind;

/// Who may call, among those who are known. What a rule of `deny` fits is refused; then, when there are rules in `allow`,
/// one of them must fit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "acl")]
pub struct Config {
    /// Rules of which one must fit. Without one, everybody who is not denied may call.
    pub allow: Vec<Rule>,
    /// Rules of which none may fit.
    pub deny: Vec<Rule>,
}

/// A rule fits when each of its keys fits; a key with several values fits when one of them does.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// Ids of applications.
    #[schemars(with = "Vec<String>")]
    pub applications: Vec<ApplicationId>,
    /// Ids of plans, by which the application calls.
    #[schemars(with = "Vec<String>")]
    pub plans: Vec<PlanId>,
    /// Ids of products, through which the application calls.
    #[schemars(with = "Vec<String>")]
    pub products: Vec<ProductId>,
    /// Ids of products that the application is subscribed to, whichever of its products it calls through.
    #[schemars(with = "Vec<String>")]
    pub subscribed: Vec<ProductId>,
    /// Scopes that the token must have, all of them.
    pub scopes: Vec<String>,
    /// Claims of the token, by name or path (`realm_access.roles`), each with the value it must have or hold, or a list of
    /// values of which one must.
    pub claims: BTreeMap<String, Value>,
}

impl Rule {
    fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        for (key, rules) in [("allow", &self.allow), ("deny", &self.deny)] {
            for (i, rule) in rules.iter().enumerate() {
                let at = format!("{key}[{i}]");
                if rule.is_empty() {
                    errors.push(ConfigError::new(
                        at.clone(),
                        "has no key: it would fit everybody",
                    ));
                }
                for (claim, wanted) in &rule.claims {
                    if wanted.is_null() || wanted.is_object() || *wanted == Value::Array(Vec::new())
                    {
                        errors.push(ConfigError::new(
                            format!("{at}.claims.{claim}"),
                            "must be a text, a number, a boolean, or a list of such",
                        ));
                    }
                }
            }
        }
        if self.allow.is_empty() && self.deny.is_empty() {
            errors.push(ConfigError::new("", "neither allows nor denies anybody"));
        }
        errors
    }
}
