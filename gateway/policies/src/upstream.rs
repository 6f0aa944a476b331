//! The request as it goes to the upstream, which policies may change.

use gateway_wire::request::Outgoing;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::request::decode;

/// A view of the head that will be sent. It keeps its headers' framing to itself: Host, Content-Length,
/// Transfer-Encoding, Connection and Upgrade cannot be changed from here.
pub struct UpstreamRequest<'a> {
    head: &'a mut dyn Outgoing,
    name: Option<&'a str>,
    base: &'a str,
}

/// Headers that decide where a message ends or goes; no policy may touch them.
pub const FRAMING: [HeaderName; 8] = [
    http::header::HOST,
    http::header::CONTENT_LENGTH,
    http::header::TRANSFER_ENCODING,
    http::header::CONNECTION,
    http::header::UPGRADE,
    http::header::TE,
    http::header::TRAILER,
    HeaderName::from_static("keep-alive"),
];

/// Whether a header decides where a message ends or goes.
pub fn is_framing(name: &HeaderName) -> bool {
    FRAMING.contains(name)
}

impl<'a> UpstreamRequest<'a> {
    /// A view over the head that the runtime is about to send.
    pub fn new(head: &'a mut dyn Outgoing) -> Self {
        Self {
            head,
            name: None,
            base: "",
        }
    }

    /// With the slug of the upstream that it goes to, and the path that its target puts before every path.
    #[must_use]
    pub fn to(self, name: &'a str, base: &'a str) -> Self {
        Self {
            name: Some(name),
            base: base.trim_end_matches('/'),
            ..self
        }
    }

    /// The slug of the upstream that it goes to.
    pub fn name(&self) -> Option<&str> {
        self.name
    }

    /// Path and query below the target's own path, as [`crate::services::UpstreamCall`] takes them.
    pub fn path_below(&self) -> &str {
        let whole = self.head.target();
        let below = whole.strip_prefix(self.base).unwrap_or(whole);
        if below.starts_with('/') { below } else { whole }
    }

    /// Its method.
    pub fn method(&self) -> &Method {
        self.head.method()
    }

    /// Its path as the upstream gets it.
    pub fn path(&self) -> &str {
        let target = self.head.target();
        target.split_once('?').map_or(target, |(path, _)| path)
    }

    /// All headers.
    pub fn headers(&self) -> &HeaderMap {
        self.head.map()
    }

    /// Replaces every header of the name.
    pub fn set(&mut self, name: &HeaderName, value: HeaderValue) {
        if !is_framing(name) {
            self.head.set(name, value);
        }
    }

    /// Adds one more header of the name.
    pub fn append(&mut self, name: &HeaderName, value: HeaderValue) {
        if !is_framing(name) {
            self.head.append(name, value);
        }
    }

    /// Removes every header of the name.
    pub fn remove(&mut self, name: &HeaderName) {
        if !is_framing(name) {
            self.head.remove(name);
        }
    }

    /// Puts another path in place of the one that begins after the target's own; the query stays. The text must be encoded;
    /// one that no URI can hold is left alone, and `false` says so.
    pub fn set_path(&mut self, path: &str) -> bool {
        let base = self.base;
        let target = match self.query() {
            Some(query) => format!("{base}{path}?{query}"),
            None => format!("{base}{path}"),
        };
        self.head.set_target(target)
    }

    /// What follows the `?`.
    pub fn query(&self) -> Option<&str> {
        self.head.target().split_once('?').map(|(_, query)| query)
    }

    /// Puts another query (without `?`) in place; `None` or an empty one leaves the bare path. The text must be encoded;
    /// one that no URI can hold is left alone, and `false` says so.
    pub fn set_query(&mut self, query: Option<&str>) -> bool {
        let path = self.path();
        let target = match query.filter(|q| !q.is_empty()) {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        };
        self.head.set_target(target)
    }

    /// Removes every query parameter of the name; whether there was one.
    pub fn remove_query_parameter(&mut self, name: &str) -> bool {
        let Some(query) = self.query() else {
            return false;
        };
        let is_named = |pair: &&str| {
            let key = pair.split_once('=').map_or(*pair, |(key, _)| key);
            decode(key).is_some_and(|key| key == name)
        };
        if !query.split('&').any(|pair| is_named(&pair)) {
            return false;
        }
        let rest: Vec<&str> = query.split('&').filter(|pair| !is_named(pair)).collect();
        let rest = rest.join("&");
        self.set_query(Some(&rest))
    }
}
