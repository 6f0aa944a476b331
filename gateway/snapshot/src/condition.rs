//! Conditions of a route on headers and query, and the request as routes see it.

use std::fmt;
use std::str::FromStr;

use http::{HeaderMap, HeaderName, Method};
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::settings::RouteSettings;

/// The largest compiled regular expression of a condition, in bytes.
const LARGEST_REGEX: usize = 1 << 16;
/// The most conditions of one route on headers, and on the query.
const MOST: usize = 16;

/// What a header or a query parameter must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The name of the header (in any case) or of the query parameter (exactly).
    pub name: String,
    /// What its value must be; when it is there several times, one of them is enough.
    #[serde(default)]
    pub value: Test,
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// It is there, whatever it says.
    #[default]
    Present,
    /// It is not there.
    Absent,
    /// Exactly this text.
    Equals(String),
    /// This text at its beginning.
    Prefix(String),
    /// A regular expression over the whole value.
    Regex(String),
}

/// `name`, `!name`, `name = text`, `name ^= beginning` or `name ~ expression`: a condition in a line of a form.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.value {
            Test::Present => write!(f, "{name}"),
            Test::Absent => write!(f, "!{name}"),
            Test::Equals(text) => write!(f, "{name} = {text}"),
            Test::Prefix(text) => write!(f, "{name} ^= {text}"),
            Test::Regex(text) => write!(f, "{name} ~ {text}"),
        }
    }
}

/// A line that is no condition.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not a condition: write `name`, `!name`, `name = text`, `name ^= beginning` or `name ~ expression`"
)]
pub struct NotACondition(String);

impl FromStr for Condition {
    type Err = NotACondition;

    fn from_str(line: &str) -> Result<Self, NotACondition> {
        let line = line.trim();
        let sign = line.find(['=', '~', '^']);
        let (name, value) = match sign {
            Some(at) if line[at..].starts_with("^=") => {
                (&line[..at], Test::Prefix(line[at + 2..].trim().to_owned()))
            }
            Some(at) if line[at..].starts_with('=') => {
                (&line[..at], Test::Equals(line[at + 1..].trim().to_owned()))
            }
            Some(at) if line[at..].starts_with('~') => {
                (&line[..at], Test::Regex(line[at + 1..].trim().to_owned()))
            }
            Some(_) => return Err(NotACondition(line.to_owned())),
            None => match line.strip_prefix('!') {
                Some(name) => (name, Test::Absent),
                None => (line, Test::Present),
            },
        };
        let name = name.trim();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(NotACondition(line.to_owned()));
        }
        Ok(Self {
            name: name.to_owned(),
            value,
        })
    }
}

/// A request as routes see it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The method.
    pub method: &'a Method,
    /// The host, with or without a port.
    pub host: &'a str,
    /// The canonical path.
    pub path: &'a str,
    /// The headers; none when only the path is asked about.
    pub headers: Option<&'a HeaderMap>,
    /// The query without its question mark.
    pub query: Option<&'a str>,
}

impl<'a> Asked<'a> {
    /// A request without headers and query.
    pub fn new(method: &'a Method, host: &'a str, path: &'a str) -> Self {
        Self {
            method,
            host,
            path,
            headers: None,
            query: None,
        }
    }
}

/// The conditions of a route, ready to be asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conditions {
    headers: Vec<(HeaderName, Check)>,
    query: Vec<(String, Check)>,
}

#[derive(Debug, Clone)]
enum Check {
    Present,
    Absent,
    Equals(String),
    Prefix(String),
    Regex(Box<Regex>),
}

impl Conditions {
    /// Reads the conditions of a route; what cannot be asked is said.
    pub(crate) fn compile(settings: &RouteSettings) -> Result<Self, Vec<String>> {
        let mut flaws = Vec::new();
        for (what, conditions) in [("headers", &settings.headers), ("query", &settings.query)] {
            if conditions.len() > MOST {
                flaws.push(format!(
                    "has {} conditions on {what}; at most {MOST} are asked",
                    conditions.len()
                ));
            }
        }
        let mut compiled = Self::default();
        for condition in &settings.headers {
            let name = HeaderName::try_from(condition.name.as_str())
                .map_err(|_| format!("`{}` is not the name of a header", condition.name));
            match (name, Check::compile(condition)) {
                (Ok(name), Ok(check)) => compiled.headers.push((name, check)),
                (name, check) => flaws.extend(name.err().into_iter().chain(check.err())),
            }
        }
        for condition in &settings.query {
            match Check::compile(condition) {
                Ok(_) if condition.name.is_empty() => {
                    flaws.push("a condition on the query has no name".to_owned());
                }
                Ok(check) => compiled.query.push((condition.name.clone(), check)),
                Err(flaw) => flaws.push(flaw),
            }
        }
        if flaws.is_empty() {
            Ok(compiled)
        } else {
            Err(flaws)
        }
    }

    /// How many there are: on headers, on the query.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.headers.len(), self.query.len())
    }

    /// Whether all of them hold.
    pub(crate) fn hold(&self, asked: &Asked<'_>) -> bool {
        self.headers
            .iter()
            .all(|(name, check)| check.header(asked, name))
            && self
                .query
                .iter()
                .all(|(name, check)| check.query(asked, name))
    }

    /// The first that does not hold, in words.
    pub(crate) fn broken(&self, asked: &Asked<'_>) -> Option<String> {
        let header = self
            .headers
            .iter()
            .find(|(name, check)| !check.header(asked, name))
            .map(|(name, check)| format!("header `{name}` {check}"));
        header.or_else(|| {
            self.query
                .iter()
                .find(|(name, check)| !check.query(asked, name))
                .map(|(name, check)| format!("query parameter `{name}` {check}"))
        })
    }
}

impl Check {
    fn compile(condition: &Condition) -> Result<Self, String> {
        Ok(match &condition.value {
            Test::Present => Self::Present,
            Test::Absent => Self::Absent,
            Test::Equals(text) => Self::Equals(text.clone()),
            Test::Prefix(text) => Self::Prefix(text.clone()),
            Test::Regex(text) => RegexBuilder::new(&format!("^(?:{text})$"))
                .size_limit(LARGEST_REGEX)
                .dfa_size_limit(LARGEST_REGEX)
                .build()
                .map(|regex| Self::Regex(Box::new(regex)))
                .map_err(|error| {
                    format!(
                        "the condition on `{}` is not a regular expression that can be used: {error}",
                        condition.name
                    )
                })?,
        })
    }

    fn header(&self, asked: &Asked<'_>, name: &HeaderName) -> bool {
        let mut values = asked
            .headers
            .into_iter()
            .flat_map(|headers| headers.get_all(name));
        match self {
            Self::Present => values.next().is_some(),
            Self::Absent => values.next().is_none(),
            _ => values.any(|value| value.to_str().is_ok_and(|value| self.value(value))),
        }
    }

    fn query(&self, asked: &Asked<'_>, name: &str) -> bool {
        let pairs = asked
            .query
            .map(|query| url::form_urlencoded::parse(query.as_bytes()));
        let mut values = pairs
            .into_iter()
            .flatten()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value);
        match self {
            Self::Present => values.next().is_some(),
            Self::Absent => values.next().is_none(),
            _ => values.any(|value| self.value(&value)),
        }
    }

    fn value(&self, value: &str) -> bool {
        match self {
            Self::Present => true,
            Self::Absent => false,
            Self::Equals(text) => value == text,
            Self::Prefix(text) => value.starts_with(text.as_str()),
            Self::Regex(regex) => regex.is_match(value),
        }
    }
}

/// What is so when it does not hold.
impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present => f.write_str("is not there"),
            Self::Absent => f.write_str("is there"),
            Self::Equals(text) => write!(f, "is not `{text}`"),
            Self::Prefix(text) => write!(f, "does not begin with `{text}`"),
            Self::Regex(regex) => write!(f, "does not match `{}`", regex.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_written_in_a_line() {
        for line in ["x", "!x", "x = a = b", "x ^= de", "x ~ t-[0-9]+"] {
            let condition: Condition = line.parse().unwrap();
            assert_eq!(condition.to_string(), line);
        }
        for line in ["", "!", "= 1", "a b", "a ^ b"] {
            assert!(line.parse::<Condition>().is_err(), "{line}");
        }
    }
}
