//! What a request costs, where that is more than one.

use http::{HeaderMap, HeaderName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;

/// Where the cost of a request stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostConfig {
    /// The header that holds the cost, a whole number.
    pub header: String,
    /// Whose header. A request's is believed as it stands: let a trusted hop set it. An upstream's is charged when it has
    /// answered, beyond the one that the request was let in for.
    pub from: CostSource,
    /// The cost where the header is missing or not a whole number.
    #[serde(default = "one")]
    pub default: u64,
    /// The largest cost that is believed; more counts as this.
    #[serde(default = "most")]
    pub most: u64,
}

/// Whose header holds the cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CostSource {
    /// The request's; it costs at least 1.
    Request,
    /// The upstream's answer; it costs at least 1.
    Response,
}

const fn one() -> u64 {
    1
}

const fn most() -> u64 {
    1_000_000
}

impl CostConfig {
    /// What the types cannot say, below the key `at`.
    pub fn check(&self, at: &str) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        if self.header.parse::<HeaderName>().is_err() {
            errors.push(ConfigError::new(
                format!("{at}.header"),
                "is not a header name",
            ));
        }
        if self.default == 0 {
            errors.push(ConfigError::new(
                format!("{at}.default"),
                "must be at least 1",
            ));
        }
        if !(1..=1_000_000_000).contains(&self.most) {
            errors.push(ConfigError::new(
                format!("{at}.most"),
                "must be between 1 and 1000000000",
            ));
        }
        errors
    }

    /// Ready for requests.
    pub fn compile(&self) -> Option<Cost> {
        Some(Cost {
            header: self.header.parse().ok()?,
            from: self.from,
            default: self.default.min(self.most),
            most: self.most,
        })
    }
}

/// Where the cost of a request stands, compiled.
#[derive(Debug, Clone)]
pub struct Cost {
    header: HeaderName,
    from: CostSource,
    default: u64,
    most: u64,
}

impl Cost {
    /// What a request costs when it comes in.
    pub fn at_admission(&self, headers: &HeaderMap) -> u64 {
        match self.from {
            CostSource::Request => self.read(headers),
            CostSource::Response => 1,
        }
    }

    /// What is still to be charged when the upstream has answered.
    pub fn afterwards(&self, headers: &HeaderMap) -> u64 {
        match self.from {
            CostSource::Request => 0,
            CostSource::Response => self.read(headers) - 1,
        }
    }

    fn read(&self, headers: &HeaderMap) -> u64 {
        let value = headers.get(&self.header).and_then(|v| v.to_str().ok());
        let cost = value.and_then(|text| text.trim().parse().ok());
        cost.unwrap_or(self.default).clamp(1, self.most)
    }
}
