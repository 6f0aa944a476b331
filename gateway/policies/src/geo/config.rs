//! Configuration of `geo`.

use std::collections::BTreeMap;

use http::HeaderName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::upstream::is_framing;
use crate::{kind, network};

/// From which countries calls are taken, by the caller's address. Countries are two capital letters (ISO 3166-1).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "geo")]
pub struct Config {
    /// Networks by country: `{"DE": ["192.0.2.0/24"]}`. Asked before the database; the most specific network counts.
    pub networks: BTreeMap<String, Vec<String>>,
    /// A file in MaxMind's format on every gateway node, such as GeoLite2-Country.mmdb. Read at the first request after the
    /// policy was changed.
    pub database: Option<String>,
    /// Countries from which calls are taken. Without one, from all that are not denied.
    pub allow: Vec<String>,
    /// Countries from which no calls are taken.
    pub deny: Vec<String>,
    /// What becomes of calls from addresses whose country is not known.
    pub unknown: Unknown,
    /// The header in which the upstream gets the country. The caller's own of this name is removed.
    pub header: Option<String>,
}

/// What becomes of calls from nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// They are refused.
    #[default]
    Refuse,
    /// They pass.
    Pass,
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase())
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        const CODE: &str = "is not a country's two capital letters";
        let mut errors = Vec::new();
        for (country, nets) in &self.networks {
            if !is_country(country) {
                errors.push(ConfigError::new(format!("networks.{country}"), CODE));
            }
            for (i, text) in nets.iter().enumerate() {
                if let Err(problem) = network::parse(text) {
                    errors.push(ConfigError::new(
                        format!("networks.{country}[{i}]"),
                        problem,
                    ));
                }
            }
        }
        for (key, list) in [("allow", &self.allow), ("deny", &self.deny)] {
            for (i, _) in list
                .iter()
                .enumerate()
                .filter(|(_, text)| !is_country(text))
            {
                errors.push(ConfigError::new(format!("{key}[{i}]"), CODE));
            }
        }
        if self.networks.is_empty() && self.database.is_none() {
            let problem = "knows no country; give `networks` or `database`";
            errors.push(ConfigError::new("", problem));
        }
        if let Some(path) = &self.database
            && (!path.starts_with('/') || !path.ends_with(".mmdb"))
        {
            let problem = "must be the whole path of a file that ends in .mmdb";
            errors.push(ConfigError::new("database", problem));
        }
        match self.header.as_deref().map(str::parse::<HeaderName>) {
            Some(Err(_)) => errors.push(ConfigError::new("header", "is not a header name")),
            Some(Ok(name)) if is_framing(&name) => {
                errors.push(ConfigError::new(
                    "header",
                    "decides where a message ends or goes",
                ));
            }
            _ => {}
        }
        if self.allow.is_empty() && self.deny.is_empty() && self.header.is_none() {
            errors.push(ConfigError::new(
                "",
                "neither refuses a country nor tells it the upstream",
            ));
        }
        errors
    }
}
