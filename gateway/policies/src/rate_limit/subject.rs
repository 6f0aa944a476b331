//! Whose counter a request belongs to.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::LazyLock;

use http::HeaderName;

use super::By;
use crate::exchange::Exchange;
use crate::request::Request;

/// The subject, and whether a stranger chose it.
pub(super) fn of(
    by: By,
    header: Option<&HeaderName>,
    request: &Request<'_>,
    exchange: &Exchange,
) -> (u128, bool) {
    let known = match by {
        By::Subscription => exchange.terms.map(|terms| terms.subscription.uuid()),
        By::Credential => exchange
            .caller
            .and_then(|caller| caller.credential().map(|id| id.uuid())),
        By::Application => exchange.caller.map(|caller| caller.application.uuid()),
        By::Route => Some(exchange.route.uuid()),
        By::Ip | By::Header => None,
    };
    if let Some(id) = known {
        return (id.as_u128(), false);
    }
    // A playground token has no credential of its own: its subscription stands in.
    if let (By::Credential, Some(terms)) = (by, exchange.terms) {
        return (terms.subscription.uuid().as_u128(), false);
    }
    let value = header.and_then(|name| request.header(name));
    match value {
        Some(value) if by == By::Header => (fingerprint(value.as_bytes()), true),
        _ => (network(request.client_ip()), true),
    }
}

/// An address as a number; of IPv6 the /64, which is what one customer has.
fn network(ip: IpAddr) -> u128 {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits() & !u128::from(u64::MAX),
    }
}

/// A text as a number that nobody outside can aim at: two keyed hashes with keys of this process.
fn fingerprint(text: &[u8]) -> u128 {
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
