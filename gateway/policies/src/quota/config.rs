//! Configuration of `quota`.

use domain::limit::{Period, Quota};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::cost::CostConfig;
use crate::kind;
use crate::readings::is_limit_name;

/// How many requests may pass in a calendar period (UTC).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "quota")]
pub struct Config {
    /// Requests allowed in the period.
    #[schemars(range(min = 1))]
    pub requests: u64,
    /// The period.
    pub period: PeriodName,
    /// Whose budget it is.
    #[serde(default)]
    pub by: By,
    /// Takes what a header says instead of one for each request.
    #[serde(default)]
    pub cost: Option<CostConfig>,
    /// Its name in the `RateLimit` headers; made of `by` and `period` unless set.
    #[serde(default)]
    pub name: Option<String>,
}

/// A calendar period in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeriodName {
    /// From one full hour to the next.
    Hour,
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday (ISO 8601).
    Week,
    /// From the first to the first.
    Month,
}

impl From<PeriodName> for Period {
    fn from(name: PeriodName) -> Self {
        match name {
            PeriodName::Hour => Self::Hour,
            PeriodName::Day => Self::Day,
            PeriodName::Week => Self::Week,
            PeriodName::Month => Self::Month,
        }
    }
}

/// Whose budget it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Each subscription's own.
    #[default]
    Subscription,
    /// Each credential's own; a playground token uses its subscription's.
    Credential,
    /// Each application's, over all its subscriptions.
    Application,
}

impl By {
    /// The word in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Subscription => "subscription",
            Self::Credential => "credential",
            Self::Application => "application",
        }
    }
}

impl Config {
    pub(super) fn quota(&self) -> Quota {
        Quota {
            requests: self.requests,
            period: self.period.into(),
        }
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        if let Err(error) = self.quota().check() {
            errors.push(ConfigError::new("requests", error.to_string()));
        }
        if self
            .name
            .as_deref()
            .is_some_and(|name| !is_limit_name(name))
        {
            let problem =
                "may hold 1 to 64 printable ASCII characters without quotes and backslashes";
            errors.push(ConfigError::new("name", problem));
        }
        if let Some(cost) = &self.cost {
            errors.extend(cost.check("cost"));
        }
        errors
    }
}
