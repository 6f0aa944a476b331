//! The request as policies see it: read-only, and the same for both lanes.

use std::net::IpAddr;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use percent_encoding::percent_decode_str;
use pingora_http::RequestHeader;

/// A view of one request. The path is the canonical one: what is matched here is what is forwarded.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    header: &'a RequestHeader,
    host: &'a str,
    path: &'a str,
    query: Option<&'a str>,
    client_ip: IpAddr,
    scheme: Scheme,
    certificate: Option<&'a ClientCertificate>,
    body: Option<&'a Bytes>,
}

/// How the caller reached the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scheme {
    /// In the clear.
    #[default]
    Http,
    /// Over TLS, ended here or at a trusted proxy.
    Https,
}

impl Scheme {
    /// `http` or `https`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// The certificate that the caller proved to own when the connection was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// SHA-256 of the DER.
    pub fingerprint: [u8; 32],
    /// The certificate itself.
    pub der: Bytes,
    /// Its subject as text (RFC 4514), for people.
    pub subject: String,
}

impl<'a> Request<'a> {
    /// A view over a parsed head. `host` is without port, `path` is canonical, `client_ip` the caller's (behind trusted
    /// proxies the one that they vouch for).
    pub fn new(header: &'a RequestHeader, host: &'a str, path: &'a str, client_ip: IpAddr) -> Self {
        Self {
            header,
            host,
            path,
            query: header.uri.query(),
            client_ip,
            scheme: Scheme::Http,
            certificate: None,
            body: None,
        }
    }

    /// With what is known about the caller's connection.
    #[must_use]
    pub fn over(self, scheme: Scheme, certificate: Option<&'a ClientCertificate>) -> Self {
        Self {
            scheme,
            certificate,
            ..self
        }
    }

    /// With the whole body, once it was read.
    #[must_use]
    pub fn with_body(self, body: Option<&'a Bytes>) -> Self {
        Self { body, ..self }
    }

    /// How the caller reached the gateway.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The certificate that the caller proved to own; `None` without TLS, or when it showed none.
    pub fn client_certificate(&self) -> Option<&'a ClientCertificate> {
        self.certificate
    }

    /// The whole body: only for a policy that asked for a buffer, and empty when the request has none.
    pub fn body(&self) -> Option<&'a Bytes> {
        self.body
    }

    /// Its method.
    pub fn method(&self) -> &'a Method {
        &self.header.method
    }

    /// The host it names, without the port.
    pub fn host(&self) -> &'a str {
        self.host
    }

    /// The host it names, with the port where it was sent.
    pub fn authority(&self) -> &'a str {
        let host = self.header(&http::header::HOST);
        let host = host.and_then(|value| value.to_str().ok());
        host.or_else(|| Some(self.header.uri.authority()?.as_str()))
            .unwrap_or(self.host)
    }

    /// Its canonical path.
    pub fn path(&self) -> &'a str {
        self.path
    }

    /// What follows the `?`, as it was sent.
    pub fn query(&self) -> Option<&'a str> {
        self.query
    }

    /// Who calls, by address.
    pub fn client_ip(&self) -> IpAddr {
        self.client_ip
    }

    /// All headers.
    pub fn headers(&self) -> &'a HeaderMap {
        &self.header.headers
    }

    /// The first header of a name.
    pub fn header(&self, name: &HeaderName) -> Option<&'a HeaderValue> {
        self.header.headers.get(name)
    }

    /// The first query parameter of a name, decoded (`+` is a space). `None` also when it is not UTF-8.
    pub fn query_parameter(&self, name: &str) -> Option<String> {
        let raw = self.query?.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key)? == name).then_some(value)
        })?;
        decode(raw)
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&'a str> {
        self.header
            .headers
            .get_all(http::header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .find_map(|pair| {
                let (key, value) = pair.split_once('=')?;
                (key.trim() == name).then(|| value.trim().trim_matches('"'))
            })
    }
}

/// A form-encoded piece of a query, decoded.
pub(crate) fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced)
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}
