//! What can be done with header fields, for heads that keep them in different ways.

use http::{HeaderMap, HeaderName, HeaderValue};
use pingora_http::{RequestHeader, ResponseHeader};

/// What can be done with header fields, however they are kept.
pub trait Lines: Send + Sync {
    /// All of them, as a map.
    fn map(&self) -> &HeaderMap;

    /// The first value of a name.
    fn value(&self, name: &HeaderName) -> Option<&[u8]>;

    /// Shows every field, name and value, in order.
    fn each<'a>(&'a self, see: &mut dyn FnMut(&'a [u8], &'a [u8]));

    /// Replaces every field of a name.
    fn set(&mut self, name: &HeaderName, value: HeaderValue);

    /// Adds one more field.
    fn append(&mut self, name: &HeaderName, value: HeaderValue);

    /// Removes every field of a name.
    fn remove(&mut self, name: &HeaderName);

    /// Whether there is a field of that name.
    fn has(&self, name: &HeaderName) -> bool {
        self.value(name).is_some()
    }

    /// Every value of a name.
    fn values(&self, name: &HeaderName) -> Vec<&[u8]> {
        let mut values = Vec::new();
        self.each(&mut |of, value| {
            if of.eq_ignore_ascii_case(name.as_str().as_bytes()) {
                values.push(value);
            }
        });
        values
    }
}

/// How names are spelled that did not come from anybody: those of framing and content with capitals.
pub(super) fn titled(name: &HeaderName) -> &[u8] {
    use http::header as known;
    match *name {
        known::CONNECTION => b"Connection",
        known::CONTENT_LENGTH => b"Content-Length",
        known::CONTENT_TYPE => b"Content-Type",
        known::CACHE_CONTROL => b"Cache-Control",
        known::DATE => b"Date",
        known::HOST => b"Host",
        known::SET_COOKIE => b"Set-Cookie",
        known::TRANSFER_ENCODING => b"Transfer-Encoding",
        _ => name.as_str().as_bytes(),
    }
}

/// Lines that a head keeps in its `fields`.
macro_rules! lines_of_fields {
    ($head:ty) => {
        impl $crate::fields::Lines for $head {
            fn map(&self) -> &http::HeaderMap {
                self.fields.map()
            }

            fn value(&self, name: &http::HeaderName) -> Option<&[u8]> {
                self.fields.value(name)
            }

            fn each<'a>(&'a self, see: &mut dyn FnMut(&'a [u8], &'a [u8])) {
                self.fields.each(see);
            }

            fn set(&mut self, name: &http::HeaderName, value: http::HeaderValue) {
                self.fields.set(name, value);
            }

            fn append(&mut self, name: &http::HeaderName, value: http::HeaderValue) {
                self.fields.append(name, value);
            }

            fn remove(&mut self, name: &http::HeaderName) {
                self.fields.remove(name);
            }
        }
    };
}

pub(crate) use lines_of_fields;

macro_rules! lines_of_pingora {
    ($head:ty) => {
        impl Lines for $head {
            fn map(&self) -> &HeaderMap {
                &self.headers
            }

            fn value(&self, name: &HeaderName) -> Option<&[u8]> {
                self.headers.get(name).map(HeaderValue::as_bytes)
            }

            fn each<'a>(&'a self, see: &mut dyn FnMut(&'a [u8], &'a [u8])) {
                for (name, value) in &self.headers {
                    see(titled(name), value.as_bytes());
                }
            }

            fn set(&mut self, name: &HeaderName, value: HeaderValue) {
                self.insert_header(name, value)
                    .expect("a HeaderValue is a valid value");
            }

            fn append(&mut self, name: &HeaderName, value: HeaderValue) {
                self.append_header(name, value)
                    .expect("a HeaderValue is a valid value");
            }

            fn remove(&mut self, name: &HeaderName) {
                self.remove_header(name);
            }

            fn has(&self, name: &HeaderName) -> bool {
                self.headers.contains_key(name)
            }

            fn values(&self, name: &HeaderName) -> Vec<&[u8]> {
                let values = self.headers.get_all(name).iter();
                values.map(HeaderValue::as_bytes).collect()
            }
        }
    };
}

lines_of_pingora!(RequestHeader);
lines_of_pingora!(ResponseHeader);
