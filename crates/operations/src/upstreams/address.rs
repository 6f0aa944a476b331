//! Addresses of targets: which URLs requests may be sent to.

use std::net::IpAddr;

use outbound::address::Verdict;
use thiserror::Error;
use url::{Host, Url};

/// The longest address, in characters.
const MOST: usize = 500;

/// Why an address was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressError {
    /// Not a URL at all.
    #[error("is not a URL, such as https://rates.internal.example")]
    NotAUrl,
    /// Another protocol.
    #[error("begins with `{0}:`; only http, https, http+srv and https+srv are proxied")]
    Scheme(String),
    /// A service that is no name, or with a port.
    #[error(
        "is no service, such as http+srv://_rates._tcp.internal.example; its records name hosts and ports"
    )]
    Service,
    /// A user name or password in it.
    #[error("carries a user name or password; add them as a header of the request instead")]
    Credentials,
    /// A query or fragment, which would be lost.
    #[error("has a query or a fragment, which is no part of a target")]
    Query,
    /// Longer than what is kept.
    #[error("is longer than {MOST} characters")]
    TooLong,
    /// This machine or a private network, and the operator has not allowed it.
    #[error("leads to {0}; an operator can allow it in `upstreams.allowed_networks`")]
    Refused(Verdict),
}

/// The address in its one spelling: host in lower case, no slash at its end. `allowed` holds what the operator permits
/// beyond public addresses. Names are not resolved, here or by the gateway: what a name leads to is
/// the operator's network to guard.
pub(crate) fn parse(text: &str, allowed: &outbound::Policy) -> Result<String, AddressError> {
    let text = text.trim();
    if text.chars().count() > MOST {
        return Err(AddressError::TooLong);
    }
    let url = Url::parse(text).map_err(|_| AddressError::NotAUrl)?;
    let is_service = match url.scheme() {
        "http" | "https" => false,
        "http+srv" | "https+srv" => true,
        other => return Err(AddressError::Scheme(other.to_owned())),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressError::Credentials);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(AddressError::Query);
    }
    let host = url.host().ok_or(AddressError::NotAUrl)?;
    if is_service {
        return service(&url, &host);
    }
    if let Some(verdict) = judge(&host, allowed) {
        return Err(AddressError::Refused(verdict));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// A service in its one spelling. Like a host's name it is not resolved.
fn service(url: &Url, host: &Host<&str>) -> Result<String, AddressError> {
    let Host::Domain(name) = host else {
        return Err(AddressError::Service);
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let domain = name
        .split('.')
        .find(|label| !label.is_empty() && !label.starts_with('_'));
    if url.port().is_some() || !name.bytes().all(is_name) || domain.is_none() {
        return Err(AddressError::Service);
    }
    let path = url.path().trim_end_matches('/');
    let name = name.to_ascii_lowercase();
    Ok(format!("{}://{name}{path}", url.scheme()))
}

fn judge(host: &Host<&str>, allowed: &outbound::Policy) -> Option<Verdict> {
    let ip = match host {
        Host::Ipv4(ip) => IpAddr::V4(*ip),
        Host::Ipv6(ip) => IpAddr::V6(*ip),
        Host::Domain(name) if is_localhost(name) => IpAddr::from([127, 0, 0, 1]),
        Host::Domain(_) => return None,
    };
    allowed.judge(&host.to_string(), ip)
}

/// RFC 6761: `localhost` and all names below it are this machine.
fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, AddressError>) {
        let found = parse(text, &outbound::Policy::default());
        assert_eq!(found, expected.map(str::to_owned), "{text}");
    }

    #[test]
    fn one_spelling_is_kept() {
        check(
            " https://Rates.Example:443/v1/ ",
            Ok("https://rates.example/v1"),
        );
        check("http://rates.example:8080", Ok("http://rates.example:8080"));
    }

    #[test]
    fn what_is_no_target_is_refused() {
        check("rates.example", Err(AddressError::NotAUrl));
        check(
            "ftp://rates.example",
            Err(AddressError::Scheme("ftp".to_owned())),
        );
        check(
            "https://me:secret@rates.example",
            Err(AddressError::Credentials),
        );
        check("https://rates.example/?a=1", Err(AddressError::Query));
        check(
            &format!("https://{}.example", "a".repeat(600)),
            Err(AddressError::TooLong),
        );
    }

    #[test]
    fn services_are_names_without_a_port() {
        check(
            "HTTP+SRV://_Rates._tcp.Internal.example/v1/",
            Ok("http+srv://_rates._tcp.internal.example/v1"),
        );
        check("https+srv://rates.consul", Ok("https+srv://rates.consul"));
        for bad in [
            "http+srv://_rates._tcp.internal:80",
            "http+srv://[::1]",
            "http+srv://_rates._tcp",
            "http+srv://_rates._tcp.a%20b",
        ] {
            check(bad, Err(AddressError::Service));
        }
        check("http+srv:///v1", Err(AddressError::NotAUrl));
        check("http+srv://a.b?c", Err(AddressError::Query));
    }

    #[test]
    fn private_addresses_need_the_operators_word() {
        for (text, verdict) in [
            ("http://127.0.0.1:9000", Verdict::Loopback),
            ("http://[::1]:9000", Verdict::Loopback),
            ("http://localhost", Verdict::Loopback),
            ("http://api.localhost.", Verdict::Loopback),
            ("http://2130706433", Verdict::Loopback),
            ("http://10.1.2.3", Verdict::Private),
            ("http://169.254.169.254/latest", Verdict::LinkLocal),
        ] {
            check(text, Err(AddressError::Refused(verdict)));
        }
        let loopback = outbound::Policy::default().with_loopback();
        assert!(parse("http://127.0.0.1:9000", &loopback).is_ok());
        assert!(parse("http://localhost:9000", &loopback).is_ok());
        assert!(parse("http://10.1.2.3", &loopback).is_err());
    }
}
