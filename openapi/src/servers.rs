//! Servers: addresses with their variables filled in.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::{loose_text, text};

/// A server of the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// As written, perhaps with `{variables}`.
    pub written: String,
    /// With the variables' defaults filled in.
    pub url: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The variables that were filled in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<Variable>,
    /// What kind of address it is.
    pub kind: ServerKind,
}

/// A variable in a server's address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What was filled in; nothing when the document gives no default.
    pub value: Option<String>,
    /// What else is possible.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

/// What kind of address a server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerKind {
    /// `http` or `https` with a host that may be public.
    Public,
    /// `http` or `https` with a host that is private, or this machine.
    Private,
    /// Without a host: relative to where the document lies.
    Relative,
    /// Neither: another protocol, or a variable without a value.
    Unusable,
}

impl ServerKind {
    /// Has a host that requests can be sent to.
    pub fn is_absolute(self) -> bool {
        matches!(self, Self::Public | Self::Private)
    }
}

/// Variables that are filled in.
const VARIABLES: usize = 20;

/// Reads one server; nothing when it has no address.
pub(crate) fn read(server: &Value) -> Option<Server> {
    let written = server.get("url")?.as_str()?.trim().to_owned();
    let mut url = written.clone();
    let mut variables = Vec::new();
    for name in names(&written) {
        let variable = server
            .get("variables")
            .and_then(|variables| variables.get(&name));
        let choices: Vec<String> = variable
            .and_then(|variable| variable.get("enum")?.as_array())
            .into_iter()
            .flatten()
            .map(crate::schema::in_words)
            .collect();
        let value = variable
            .and_then(|variable| {
                loose_text(variable, "default").or_else(|| empty_default(variable))
            })
            .or_else(|| choices.first().cloned());
        if let Some(value) = &value {
            url = url.replace(&format!("{{{name}}}"), value);
        }
        variables.push(Variable {
            name,
            value,
            choices,
        });
    }
    let kind = kind(&url);
    let description = text(server, "description").map(str::to_owned);
    Some(Server {
        written,
        url,
        description,
        variables,
        kind,
    })
}

/// A default that is written, and is the empty text.
fn empty_default(variable: &Value) -> Option<String> {
    variable
        .get("default")
        .filter(|value| value.as_str() == Some(""))
        .map(|_| String::new())
}

fn names(url: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in url.split('{').skip(1).take(VARIABLES) {
        if let Some((name, _)) = part.split_once('}')
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
    }
    names
}

fn kind(url: &str) -> ServerKind {
    let lower = url.to_ascii_lowercase();
    let Some(rest) = lower
        .strip_prefix("https://")
        .or_else(|| lower.strip_prefix("http://"))
    else {
        let other = lower.contains("://") || lower.contains('{') || lower.starts_with("//");
        return if other {
            ServerKind::Unusable
        } else {
            ServerKind::Relative
        };
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    if host.is_empty() || host.contains(['{', '}', ' ']) {
        return ServerKind::Unusable;
    }
    if is_private(host) {
        ServerKind::Private
    } else {
        ServerKind::Public
    }
}

fn is_private(host: &str) -> bool {
    if let Some(v6) = host.strip_prefix('[') {
        let address = v6
            .split(']')
            .next()
            .unwrap_or_default()
            .parse::<std::net::Ipv6Addr>();
        return address.is_ok_and(|address| {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local()
        });
    }
    let name = host.split(':').next().unwrap_or_default();
    match name.parse::<std::net::Ipv4Addr>() {
        Ok(address) => {
            address.is_loopback()
                || address.is_private()
                || address.is_link_local()
                || address.is_unspecified()
        }
        Err(_) => {
            !name.contains('.')
                || [".localhost", ".local", ".internal"]
                    .iter()
                    .any(|end| name.ends_with(end))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(url: &str, expected: ServerKind) {
        assert_eq!(
            read(&json!({ "url": url })).expect("a server").kind,
            expected,
            "{url}"
        );
    }

    #[test]
    fn kinds_of_addresses() {
        check("https://api.example.org/v1", ServerKind::Public);
        check("http://localhost:9000", ServerKind::Private);
        check("http://[::1]:9000", ServerKind::Private);
        check("http://192.168.1.2/a", ServerKind::Private);
        check("/v1", ServerKind::Relative);
        check("", ServerKind::Relative);
        check("wss://example.org", ServerKind::Unusable);
        check("https://{tenant}.example.org", ServerKind::Unusable);
    }

    #[test]
    fn variables_are_filled_in() {
        let server = json!({
            "url": "https://{region}.example.org:{port}/{base}",
            "variables": { "region": { "default": "eu", "enum": ["eu", "us"] }, "port": { "default": 8443 }, "base": { "enum": ["v2"] } },
        });
        let server = read(&server).expect("a server");
        assert_eq!(server.url, "https://eu.example.org:8443/v2");
        assert_eq!(
            (server.variables.len(), server.kind),
            (3, ServerKind::Public)
        );
    }
}
