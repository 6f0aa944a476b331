//! Whose counter a request belongs to.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::LazyLock;

use http::HeaderName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::config_error::ConfigError;
use crate::exchange::Exchange;
use crate::request::Request;

/// Who is counted. Where a request has none of it (no caller on an open route, no such header) its address is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Each subscription.
    #[default]
    Subscription,
    /// Each credential.
    Credential,
    /// Each application, over all its subscriptions.
    Application,
    /// Each client address; of IPv6 the /64 network.
    Ip,
    /// Each value of a header.
    Header,
    /// Everybody together, each route for itself.
    Route,
    /// Everybody together, each operation of the document for itself; a route without one is its own.
    Operation,
    /// Everybody together, over all routes that the policy holds for.
    Everybody,
}

impl By {
    /// The word in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Subscription => "subscription",
            Self::Credential => "credential",
            Self::Application => "application",
            Self::Ip => "ip",
            Self::Header => "header",
            Self::Route => "route",
            Self::Operation => "operation",
            Self::Everybody => "everybody",
        }
    }
}

/// What is counted apart from each other for one and the same caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Each {
    /// Nothing: one counter for all that the policy holds for.
    #[default]
    All,
    /// Each route.
    Route,
    /// Each operation of the document; a route without one is its own.
    Operation,
    /// Each API version.
    Version,
}

/// Who is counted, compiled.
#[derive(Debug, Clone)]
pub struct Subject {
    by: By,
    header: Option<HeaderName>,
    each: Each,
}

impl Subject {
    /// From a configuration that [`check`] found nothing wrong with.
    pub fn new(by: By, header: Option<&str>, each: Each) -> Self {
        Self {
            by,
            header: header.and_then(|name| name.parse().ok()),
            each,
        }
    }

    /// Who is counted.
    pub fn by(&self) -> By {
        self.by
    }

    /// The subject as a number, and whether a stranger chose it.
    pub fn of(&self, request: &Request<'_>, exchange: &Exchange) -> (u128, bool) {
        let (subject, foreign) = self.who(request, exchange);
        let part = match self.each {
            Each::All => return (subject, foreign),
            Each::Route => exchange.route.uuid(),
            Each::Operation => operation(exchange),
            Each::Version => exchange.api_version.uuid(),
        };
        let mixed = part
            .as_u128()
            .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        (subject ^ mixed.rotate_left(32), foreign)
    }

    fn who(&self, request: &Request<'_>, exchange: &Exchange) -> (u128, bool) {
        let known = match self.by {
            By::Subscription => exchange
                .terms
                .map(|terms| terms.subscription.uuid().as_u128()),
            By::Credential => exchange
                .caller
                .and_then(|caller| caller.credential().map(|id| id.uuid().as_u128())),
            By::Application => exchange
                .caller
                .map(|caller| caller.application.uuid().as_u128()),
            By::Route => Some(exchange.route.uuid().as_u128()),
            By::Operation => Some(operation(exchange).as_u128()),
            By::Everybody => Some(0),
            By::Ip | By::Header => None,
        };
        if let Some(id) = known {
            return (id, false);
        }
        // A playground token has no credential of its own: its subscription stands in.
        if let (By::Credential, Some(terms)) = (self.by, exchange.terms) {
            return (terms.subscription.uuid().as_u128(), false);
        }
        let value = self.header.as_ref().and_then(|name| request.header(name));
        match value {
            Some(value) if self.by == By::Header => (fingerprint(value.as_bytes()), true),
            _ => (network(request.client_ip()), true),
        }
    }
}

fn operation(exchange: &Exchange) -> Uuid {
    let operation = exchange.operation.uuid();
    if operation.is_nil() {
        exchange.route.uuid()
    } else {
        operation
    }
}

/// What is wrong with the keys `by` and `header` together.
pub fn check(by: By, header: Option<&str>) -> Option<ConfigError> {
    let problem = match (by, header) {
        (By::Header, None) => "is needed with `by: header`",
        (By::Header, Some(name)) if name.parse::<HeaderName>().is_err() => "is not a header name",
        (By::Header, Some(_)) | (_, None) => return None,
        (_, Some(_)) => "is only used with `by: header`",
    };
    Some(ConfigError::new("header", problem))
}

/// An address as a number; of IPv6 the /64, which is what one customer has.
fn network(ip: IpAddr) -> u128 {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits() & !u128::from(u64::MAX),
    }
}

/// A text as a number that nobody outside can aim at: two keyed hashes with keys of this process.
pub(crate) fn fingerprint(text: &[u8]) -> u128 {
    static KEYS: LazyLock<(RandomState, RandomState)> =
        LazyLock::new(|| (RandomState::new(), RandomState::new()));
    u128::from(KEYS.0.hash_one(text)) << 64 | u128::from(KEYS.1.hash_one(text))
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn mapped_addresses_are_the_address_and_v6_is_a_network() {
        let net = |text: &str| network(text.parse().unwrap());
        assert_eq!(net("::ffff:192.0.2.1"), net("192.0.2.1"));
        assert_ne!(net("192.0.2.2"), net("192.0.2.1"));
        assert_eq!(net("2001:db8::1"), net("2001:db8::ffff:1"));
        assert_ne!(net("2001:db8:0:1::1"), net("2001:db8::1"));
    }
}
