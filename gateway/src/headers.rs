//! Headers between the two sides: what is removed on the way up and down, and who the caller is.

use std::net::IpAddr;

use gateway_wire::fields::Lines;
use http::StatusCode;
use http::header::{
    CONNECTION, CONTENT_LENGTH, COOKIE, HOST, HeaderName, HeaderValue, PROXY_AUTHENTICATE, SERVER,
    SET_COOKIE, TRANSFER_ENCODING,
};
use pingora_http::RequestHeader;

use crate::pipeline::answer::AnswerHead;

/// The id of a request, in and out.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const X_POWERED_BY: HeaderName = HeaderName::from_static("x-powered-by");

/// How the platform's own cookies are called, behind `__Host-` where the page came by HTTPS.
const OWN_COOKIE: &str = "gatehouse-";

/// Whether a header says who the caller is, which only the gateway may say.
fn is_identity(name: &[u8]) -> bool {
    begins(name, b"x-application-")
        || begins(name, b"x-subscription-")
        || begins(name, b"x-credential-")
        || begins(name, b"x-plan") && matches!(name.get(6), None | Some(b'-' | b'_'))
}

/// Whether a header says where a request came from, which only a trusted proxy may say.
fn is_forwarding(name: &[u8]) -> bool {
    begins(name, b"x-forwarded")
        || begins(name, b"forwarded")
        || begins(name, b"x-real-ip")
        || begins(name, b"x-original-")
        || begins(name, b"x-rewrite-")
}

/// Whether a name begins so, with either spelling of the dash: many servers read `_` as `-`.
fn begins(name: &[u8], prefix: &[u8]) -> bool {
    let same = |(a, b): (&u8, &u8)| a.to_ascii_lowercase() == *b || *a == b'_' && *b == b'-';
    name.len() >= prefix.len() && name.iter().zip(prefix).all(same)
}

/// Whether a header, in any spelling, is one that a caller may not send.
pub(crate) fn is_spoofable(name: &[u8], trusted_peer: bool) -> bool {
    is_identity(name) || !trusted_peer && is_forwarding(name)
}

/// The address that a request came from: the peer, or what a trusted peer says in `X-Forwarded-For`. That list is
/// read from its end, and the first address that is not trusted itself counts.
pub(crate) fn client_ip(
    peer: IpAddr,
    request: &RequestHeader,
    trusts: impl Fn(IpAddr) -> bool,
) -> IpAddr {
    let mut client = peer.to_canonical();
    if !trusts(client) {
        return client;
    }
    let lists: Vec<&HeaderValue> = request.headers.get_all(&X_FORWARDED_FOR).iter().collect();
    for list in lists.into_iter().rev() {
        let Ok(list) = list.to_str() else {
            return client;
        };
        for entry in list.rsplit(',') {
            let Ok(hop) = entry.trim().parse::<IpAddr>() else {
                return client;
            };
            client = hop.to_canonical();
            if !trusts(client) {
                return client;
            }
        }
    }
    client
}

/// Whether a trusted proxy says that the caller came by HTTPS.
pub(crate) fn came_by_https(request: &RequestHeader) -> bool {
    let scheme = request.headers.get(&X_FORWARDED_PROTO);
    scheme.is_some_and(|scheme| scheme.as_bytes().eq_ignore_ascii_case(b"https"))
}

/// Removes the platform's own cookies: they would let an upstream act as the person who is signed in.
pub(crate) fn strip_own_cookies(request: &mut impl Lines) {
    let holds_own = |value: &[u8]| {
        let mut windows = value.windows(OWN_COOKIE.len());
        windows.any(|window| window.eq_ignore_ascii_case(OWN_COOKIE.as_bytes()))
    };
    if !request.has(&COOKIE) || !request.values(&COOKIE).into_iter().any(holds_own) {
        return;
    }
    let kept: Vec<HeaderValue> = request
        .values(&COOKIE)
        .into_iter()
        .filter_map(|value| {
            let pairs = value.split(|byte| *byte == b';');
            let kept: Vec<&[u8]> = pairs
                .map(<[u8]>::trim_ascii)
                .filter(|pair| !pair.is_empty() && !is_own_cookie(pair))
                .collect();
            let kept = kept.join(&b"; "[..]);
            HeaderValue::from_bytes(&kept)
                .ok()
                .filter(|kept| !kept.is_empty())
        })
        .collect();
    request.remove(&COOKIE);
    for value in kept {
        request.append(&COOKIE, value);
    }
}

/// Whether `name=value` (as sent or as set) is one of the platform's cookies.
fn is_own_cookie(pair: &[u8]) -> bool {
    let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
    let mut name = name.trim_ascii();
    for prefix in [&b"__Host-"[..], b"__Secure-"] {
        if name.len() >= prefix.len() && name[..prefix.len()].eq_ignore_ascii_case(prefix) {
            name = &name[prefix.len()..];
        }
    }
    name.len() >= OWN_COOKIE.len()
        && name[..OWN_COOKIE.len()].eq_ignore_ascii_case(OWN_COOKIE.as_bytes())
}

/// Says to the upstream where the request came from. A trusted proxy's words are kept and continued.
pub(crate) fn set_forwarded(
    request: &mut impl Lines,
    peer: &HeaderValue,
    host: Option<&HeaderValue>,
    secure: bool,
) {
    let chain = if request.has(&X_FORWARDED_FOR) {
        let before = request.values(&X_FORWARDED_FOR).into_iter();
        let before = before.filter(|value| value.iter().all(u8::is_ascii));
        let chain: Vec<&[u8]> = before.chain([peer.as_bytes()]).collect();
        HeaderValue::from_bytes(&chain.join(&b", "[..])).unwrap_or_else(|_| peer.clone())
    } else {
        peer.clone()
    };
    request.set(&X_FORWARDED_FOR, chain);
    if !request.has(&X_FORWARDED_PROTO) {
        let scheme = if secure { "https" } else { "http" };
        request.append(&X_FORWARDED_PROTO, HeaderValue::from_static(scheme));
    }
    if let Some(host) = host
        && !request.has(&X_FORWARDED_HOST)
    {
        request.append(&X_FORWARDED_HOST, host.clone());
    }
}

/// The host that the caller named, in lower case, without its port.
pub(crate) fn host_name(request: &RequestHeader) -> String {
    let named = request
        .headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| request.uri.authority().map(http::uri::Authority::as_str))
        .unwrap_or_default();
    without_port(named).to_ascii_lowercase()
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !name.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Removes from an upstream's answer what says how it is made, what belongs to its own connection, and cookies that
/// would overwrite the platform's.
pub(crate) fn clean_response(response: &mut impl AnswerHead) {
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        strip_nominated(response);
    }
    response.remove_names(&[
        &SERVER,
        &X_POWERED_BY,
        &KEEP_ALIVE,
        &PROXY_CONNECTION,
        &PROXY_AUTHENTICATE,
    ]);
    let sets_own = |value: &[u8]| is_own_cookie(value.trim_ascii());
    if response.has(&SET_COOKIE) && response.values(&SET_COOKIE).into_iter().any(sets_own) {
        let kept: Vec<HeaderValue> = response
            .values(&SET_COOKIE)
            .into_iter()
            .filter(|value| !sets_own(value))
            .filter_map(|value| HeaderValue::from_bytes(value).ok())
            .collect();
        response.remove(&SET_COOKIE);
        for value in kept {
            response.append(&SET_COOKIE, value);
        }
    }
}

/// Removes what the upstream's `Connection` names: that is for this hop alone (RFC 9110 section 7.6.1). Where the body ends is
/// said to us, and stays; so does what an upgrade is made of.
fn strip_nominated(response: &mut impl Lines) {
    if !response.has(&CONNECTION) {
        return;
    }
    let names: Vec<HeaderName> = response
        .values(&CONNECTION)
        .into_iter()
        .flat_map(|value| value.split(|byte| *byte == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .filter(|name| ![CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING].contains(name))
        .collect();
    for name in &names {
        response.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use pingora_http::ResponseHeader;

    use super::*;

    fn request(fields: &[(&str, &str)]) -> RequestHeader {
        let mut request = RequestHeader::build("GET", b"/", None).unwrap();
        for (name, value) in fields {
            request
                .append_header((*name).to_owned(), (*value).to_owned())
                .unwrap();
        }
        request
    }

    #[test]
    fn identity_cannot_be_spoofed_in_any_spelling() {
        let sent = request(&[
            ("X-Application-Id", "1"),
            ("x_subscription-ID", "1"),
            ("X-Plan", "gold"),
            ("X_Credential_Id", "1"),
            ("Forwarded", "for=1.1.1.1"),
            ("X-Forwarded-For", "1.1.1.1"),
            ("x_forwarded_proto", "https"),
            ("X-Planet", "mars"),
            ("Accept", "*/*"),
        ]);
        let mut left: Vec<&str> = sent.headers.keys().map(HeaderName::as_str).collect();
        left.retain(|name| !is_spoofable(name.as_bytes(), false));
        left.sort_unstable();
        assert_eq!(left, ["accept", "x-planet"]);
        assert!(is_spoofable(b"X_Plan-NAME", true));
        assert!(!is_spoofable(b"X-Forwarded-For", true));
    }

    #[test]
    fn platform_cookies_stay_here() {
        let mut sent = request(&[
            ("Cookie", "a=1; __Host-gatehouse-portal=secret; b=2"),
            ("Cookie", "gatehouse-admin=secret"),
        ]);
        strip_own_cookies(&mut sent);
        let left: Vec<_> = sent.headers.get_all(COOKIE).iter().collect();
        assert_eq!(left, ["a=1; b=2"]);

        let mut answer = ResponseHeader::build(200, None).unwrap();
        for cookie in ["__Host-gatehouse-admin=x; Path=/", "own=1"] {
            answer.append_header(SET_COOKIE, cookie).unwrap();
        }
        clean_response(&mut answer);
        let left: Vec<_> = answer.headers.get_all(SET_COOKIE).iter().collect();
        assert_eq!(left, ["own=1"]);
    }

    #[test]
    fn what_an_upstreams_connection_names_stays_here() {
        let mut answer = ResponseHeader::build(200, None).unwrap();
        for (name, value) in [
            ("Connection", "close, X-Mine, Content-Length"),
            ("X-Mine", "1"),
            ("X-Yours", "1"),
            ("Content-Length", "5"),
        ] {
            answer.append_header(name, value).unwrap();
        }
        clean_response(&mut answer);
        assert!(!answer.headers.contains_key("x-mine"));
        assert!(answer.headers.contains_key("x-yours"));
        assert!(answer.headers.contains_key(CONTENT_LENGTH));
    }

    #[test]
    fn only_trusted_hops_name_the_client() {
        let sent = request(&[("X-Forwarded-For", "6.6.6.6, 9.9.9.9, 10.0.0.2")]);
        let peer: IpAddr = "10.0.0.1".parse().unwrap();
        let near = |ip: IpAddr| ip.to_string().starts_with("10.");
        assert_eq!(client_ip(peer, &sent, near).to_string(), "9.9.9.9");
        assert_eq!(client_ip(peer, &sent, |_| false), peer);
    }

    #[test]
    fn hosts_lose_their_port() {
        assert_eq!(
            host_name(&request(&[("Host", "Api.Test:8000")])),
            "api.test"
        );
        assert_eq!(host_name(&request(&[("Host", "[::1]:8000")])), "[::1]");
    }
}
