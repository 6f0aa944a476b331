//! `bot_detection`: whether the program that calls is one that may, by what it says of itself.

mod config;
#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

use domain::refusal::Refusal;
use http::header::USER_AGENT;
use regex::Regex;

pub use config::Config;

use crate::exchange::Exchange;
use crate::kind::{Composition, Instance, Kind, ROUTE_SCOPES, Stage, read, schema_of};
use crate::policy::{Failure, Outcome, PASS, Policy};
use crate::request::Request;
use crate::services::Services;

/// The registry's entry.
pub const KIND: Kind = Kind {
    name: "bot_detection",
    summary: "Refuses crawlers and attack tools that say what they are",
    stage: Stage::Arrive,
    composition: Composition::Narrowest,
    scopes: ROUTE_SCOPES,
    schema: schema_of::<Config>,
    compile: |value, _: Instance| Ok(Arc::new(BotDetection::new(&read(value)?))),
    readme: include_str!("README.md"),
};

/// Programs that say who they are and have no business with an API: search engines, trainers of models, scanners.
const KNOWN: [&str; 36] = [
    "AhrefsBot",
    "Amazonbot",
    "Applebot",
    "archive\\.org_bot",
    "Baiduspider",
    "bingbot",
    "BLEXBot",
    "Bytespider",
    "CCBot",
    "ClaudeBot",
    "DataForSeoBot",
    "DotBot",
    "DuckDuckBot",
    "facebookexternalhit",
    "Googlebot",
    "GPTBot",
    "MJ12bot",
    "PerplexityBot",
    "PetalBot",
    "Scrapy",
    "SemrushBot",
    "SeznamBot",
    "YandexBot",
    "acunetix",
    "dirbuster",
    "ffuf",
    "gobuster",
    "masscan",
    "nessus",
    "nikto",
    "nmap scripting engine",
    "nuclei",
    "openvas",
    "sqlmap",
    "wpscan",
    "zgrab",
];

static KNOWN_PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    config::pattern(&KNOWN.join("|")).expect("the names above are a regular expression")
});

/// The policy.
pub struct BotDetection {
    allow: Vec<Regex>,
    deny: Vec<Regex>,
    deny_unnamed: bool,
}

impl BotDetection {
    /// From a configuration that was checked.
    pub fn new(config: &Config) -> Self {
        let compile = |list: &[String]| -> Vec<Regex> {
            list.iter()
                .filter_map(|text| config::pattern(text).ok())
                .collect()
        };
        let mut deny = compile(&config.deny);
        if config.deny_known {
            deny.push(KNOWN_PATTERN.clone());
        }
        Self {
            allow: compile(&config.allow),
            deny,
            deny_unnamed: config.deny_unnamed,
        }
    }

    fn decide(&self, agent: &str) -> Result<(), &'static str> {
        if agent.trim().is_empty() {
            return if self.deny_unnamed {
                Err("the request says not which program sends it; set a User-Agent")
            } else {
                Ok(())
            };
        }
        let matches = |patterns: &[Regex]| patterns.iter().any(|pattern| pattern.is_match(agent));
        if !matches(&self.allow) && matches(&self.deny) {
            return Err("the API takes no calls from the program that User-Agent names");
        }
        Ok(())
    }
}

impl Policy for BotDetection {
    fn request<'a>(
        &'a self,
        request: &'a Request<'a>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        let agent = request.header(&USER_AGENT).map(|value| value.as_bytes());
        // bytes beyond ASCII are no part of any name that is looked for
        let agent = String::from_utf8_lossy(agent.unwrap_or_default());
        match self.decide(&agent) {
            Ok(()) => PASS,
            Err(detail) => Failure::new(Refusal::BotNotAllowed, detail).into(),
        }
    }
}
