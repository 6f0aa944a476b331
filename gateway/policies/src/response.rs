//! The head of the answer, which policies may change.

use gateway_wire::fields::Lines;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use pingora_http::ResponseHeader;

use crate::upstream::is_framing;

/// A view of the head that goes to the caller. Headers that decide where a message ends cannot be changed from here.
pub struct Response<'a> {
    status: StatusCode,
    lines: &'a mut dyn Lines,
    from_upstream: bool,
}

impl<'a> Response<'a> {
    /// A view over the upstream's answer, however it is kept.
    pub fn over(status: StatusCode, lines: &'a mut dyn Lines) -> Self {
        Self {
            status,
            lines,
            from_upstream: true,
        }
    }

    /// A view over the upstream's answer.
    pub fn from_upstream(header: &'a mut ResponseHeader) -> Self {
        Self::over(header.status, header)
    }

    /// A view over an answer that the gateway made itself.
    pub fn from_gateway(header: &'a mut ResponseHeader) -> Self {
        Self {
            from_upstream: false,
            ..Self::from_upstream(header)
        }
    }

    /// Whether the upstream answered, rather than the gateway for it.
    pub fn is_from_upstream(&self) -> bool {
        self.from_upstream
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// All headers.
    pub fn headers(&self) -> &HeaderMap {
        self.lines.map()
    }

    /// Replaces every header of the name.
    pub fn set(&mut self, name: &HeaderName, value: HeaderValue) {
        if !is_framing(name) {
            self.lines.set(name, value);
        }
    }

    /// Adds one more header of the name.
    pub fn append(&mut self, name: &HeaderName, value: HeaderValue) {
        if !is_framing(name) {
            self.lines.append(name, value);
        }
    }

    /// Removes every header of the name.
    pub fn remove(&mut self, name: &HeaderName) {
        if !is_framing(name) {
            self.lines.remove(name);
        }
    }

    /// Adds names to `Vary` that it does not have yet.
    pub fn vary(&mut self, name: &HeaderName) {
        let known = self
            .headers()
            .get_all(http::header::VARY)
            .iter()
            .any(|line| {
                line.to_str().is_ok_and(|line| {
                    line.split(',')
                        .any(|v| v.trim() == "*" || v.trim().eq_ignore_ascii_case(name.as_str()))
                })
            });
        if !known {
            self.append(&http::header::VARY, HeaderValue::from(name.clone()));
        }
    }
}
