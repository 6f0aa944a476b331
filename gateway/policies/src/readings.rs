//! What the limits said about a request, and the headers that tell the caller.

use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use smallvec::SmallVec;

/// `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11).
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// `RateLimit-Policy` (the same draft).
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// The limit, for clients that know only the older headers.
pub const X_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
/// What is left of it.
pub const X_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
/// Seconds until there is more.
pub const X_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Where one limit or quota stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The limit's name in the headers: printable ASCII without quotes and backslashes.
    pub name: Arc<str>,
    /// Requests allowed.
    pub limit: u64,
    /// In so many seconds.
    pub window: u64,
    /// Requests left.
    pub remaining: u64,
    /// Seconds until there are more.
    pub reset: u64,
}

/// The readings of one exchange, in the order in which the limits were asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readings(SmallVec<[Reading; 3]>);

impl Readings {
    /// Adds one.
    pub fn push(&mut self, reading: Reading) {
        self.0.push(reading);
    }

    /// Puts one in the place of an earlier one of the same limit, or adds it.
    pub fn set(&mut self, reading: Reading) {
        let same = |known: &&mut Reading| Arc::ptr_eq(&known.name, &reading.name);
        match self.0.iter_mut().find(same) {
            Some(known) => *known = reading,
            None => self.0.push(reading),
        }
    }

    /// All of them.
    pub fn as_slice(&self) -> &[Reading] {
        &self.0
    }

    /// The one that will refuse first: the least remaining; of equals the one that is refilled last.
    pub fn tightest(&self) -> Option<&Reading> {
        self.0
            .iter()
            .min_by_key(|r| (r.remaining, u64::MAX - r.reset))
    }

    /// `RateLimit-Policy`, `RateLimit` and the three `X-RateLimit-*` of the tightest one; nothing without a limit.
    pub fn headers(&self) -> SmallVec<[(HeaderName, HeaderValue); 5]> {
        let mut headers = SmallVec::new();
        let Some(tightest) = self.tightest() else {
            return headers;
        };
        let mut policy = String::with_capacity(48 * self.0.len());
        let mut limit = String::with_capacity(32 * self.0.len());
        for r in &self.0 {
            item(&mut policy, &r.name, [(";q=", r.limit), (";w=", r.window)]);
            item(
                &mut limit,
                &r.name,
                [(";r=", r.remaining), (";t=", r.reset)],
            );
        }
        let text = |text: String| {
            HeaderValue::try_from(text).expect("names of limits are checked to be header text")
        };
        headers.push((RATE_LIMIT_POLICY, text(policy)));
        headers.push((RATE_LIMIT, text(limit)));
        headers.push((X_LIMIT, HeaderValue::from(tightest.limit)));
        headers.push((X_REMAINING, HeaderValue::from(tightest.remaining)));
        headers.push((X_RESET, HeaderValue::from(tightest.reset)));
        headers
    }
}

/// Appends one item of a list with its parameters (RFC 9651, section 4.1). For every request: without the machinery of `write!`.
fn item(list: &mut String, name: &str, parameters: [(&str, u64); 2]) {
    list.push_str(if list.is_empty() { "\"" } else { ", \"" });
    list.push_str(name);
    list.push('"');
    for (key, number) in parameters {
        list.push_str(key);
        list.push_str(itoa::Buffer::new().format(number));
    }
}

/// Whether a text may name a limit: what a structured-field string takes without escapes (RFC 9651, section 3.3.3).
pub fn is_limit_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| matches!(b, 0x20..=0x7e) && b != b'"' && b != b'\\')
}

/// Microseconds as whole seconds, rounded up: what a client should wait.
pub fn whole_seconds(micros: u64) -> u64 {
    micros.div_ceil(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(name: &str, limit: u64, window: u64, remaining: u64, reset: u64) -> Reading {
        Reading {
            name: name.into(),
            limit,
            window,
            remaining,
            reset,
        }
    }

    #[test]
    fn headers_name_every_limit_and_the_tightest() {
        let mut readings = Readings::default();
        assert!(readings.headers().is_empty());
        readings.push(reading("minute", 60, 60, 12, 4));
        readings.push(reading("month", 1_000, 2_592_000, 7, 86_400));
        let lines: Vec<String> = readings
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        assert_eq!(
            lines,
            [
                "ratelimit-policy: \"minute\";q=60;w=60, \"month\";q=1000;w=2592000",
                "ratelimit: \"minute\";r=12;t=4, \"month\";r=7;t=86400",
                "x-ratelimit-limit: 1000",
                "x-ratelimit-remaining: 7",
                "x-ratelimit-reset: 86400",
            ]
        );
    }

    #[test]
    fn names_need_no_escapes() {
        assert!(is_limit_name("per minute"));
        for bad in ["", "a\"b", "a\\b", "é", "a\nb"] {
            assert!(!is_limit_name(bad), "{bad:?}");
        }
    }
}
