//! Where people are sent back to: addresses that a client named before, compared to the letter.

use std::net::IpAddr;

use url::{Host, Url};

use crate::error::Result;
use crate::fields::Fields;

/// How many addresses a client may name.
const MOST: usize = 20;
/// The longest address, in bytes.
const LONGEST: usize = 2_000;

/// The addresses of a new client. One without a secret needs one: it stands for people only.
pub(crate) fn check_all(addresses: &[String], is_confidential: bool) -> Result<Vec<String>> {
    let mut fields = Fields::new();
    let mut taken: Vec<String> = Vec::new();
    for (n, address) in addresses.iter().enumerate() {
        let address = address.trim();
        fields.check(format!("redirect_uris/{n}"), check(address));
        if !taken.iter().any(|known| known == address) {
            taken.push(address.to_owned());
        }
    }
    if taken.len() > MOST {
        let message = format!("are {}; a client may have {MOST}", taken.len());
        fields.refuse("redirect_uris", message);
    }
    if taken.is_empty() && !is_confidential {
        let message =
            "is needed: a client without a secret stands for people, who must be sent back";
        fields.refuse("redirect_uris", message);
    }
    fields.finish()?;
    Ok(taken)
}

/// Whether people may be sent to an address: https, a program on their own machine (http to loopback), or an app's own
/// scheme with a dot in it (RFC 8252, section 7).
fn check(address: &str) -> Result<(), &'static str> {
    if address.len() > LONGEST {
        return Err("is longer than 2000 characters");
    }
    if !address.bytes().all(|b| b.is_ascii_graphic()) || address.contains(['"', '\'', ';', ',']) {
        return Err("may hold only visible ASCII without quotes, commas and semicolons");
    }
    let url =
        Url::parse(address).map_err(|_| "is not an address such as https://app.example/back")?;
    if url.fragment().is_some() {
        return Err("must not have a fragment (#)");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or a password");
    }
    match url.scheme() {
        "https" if url.has_host() => Ok(()),
        "http" if is_loopback(&url) => Ok(()),
        "http" => Err("must begin with https, unless it leads to the person's own machine"),
        // no browser gives a meaning of its own to a scheme with a dot
        scheme if scheme.contains('.') => Ok(()),
        _ => {
            Err("must begin with https, or with a scheme of the app's own such as com.example.app:")
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

/// What a page must allow so that its form may lead to an address: its origin, or its scheme.
pub fn form_target(address: &str) -> String {
    let Ok(url) = Url::parse(address) else {
        return String::new();
    };
    match url.scheme() {
        "http" | "https" => url.origin().ascii_serialization(),
        scheme => format!("{scheme}:"),
    }
}

/// An address with more parameters in its query.
pub(super) fn with(address: &str, parameters: &[(&str, &str)]) -> String {
    let Ok(mut url) = Url::parse(address) else {
        return address.to_owned();
    };
    url.query_pairs_mut().extend_pairs(parameters);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_that_belong_to_the_client() {
        for good in [
            "https://app.example/back",
            "https://app.example/back?a=b",
            "http://127.0.0.1:8400/back",
            "http://[::1]/back",
            "http://localhost/back",
            "com.example.app:/back",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "/back",
            "http://app.example/back",
            "http://127.0.0.1.evil.example/",
            "https://app.example/back#part",
            "https://a:b@app.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "myapp:/back",
            "https://app.example/a b",
            "https://app.example/;script-src",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn parameters_are_added_to_those_there_are() {
        assert_eq!(
            with("https://a.example/b?c=d", &[("state", "x&y")]),
            "https://a.example/b?c=d&state=x%26y"
        );
        assert_eq!(
            with("com.example.app:/back", &[("code", "1")]),
            "com.example.app:/back?code=1"
        );
    }
}
