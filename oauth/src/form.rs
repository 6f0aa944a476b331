//! Parameters of a request: a form, each parameter at most once (RFC 6749, section 3.2).

use axum::body::Body;
use axum::http::{HeaderMap, header};
use operations::oauth::{Code, OauthError};
use url::form_urlencoded;

/// The largest form that is read, in bytes.
const LARGEST: usize = 64 << 10;

/// What was sent.
#[derive(Debug, Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads the body of a request.
    pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, OauthError> {
        let refuse =
            |description: &str| Err(OauthError::refused(Code::InvalidRequest, description));
        let kind = headers.get(header::CONTENT_TYPE);
        let is_form = kind
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if !is_form {
            return refuse("the body must be application/x-www-form-urlencoded");
        }
        let Ok(bytes) = axum::body::to_bytes(body, LARGEST).await else {
            return refuse("the body is larger than 64 KiB, or broke off");
        };
        Self::of(&bytes)
    }

    fn of(bytes: &[u8]) -> Result<Self, OauthError> {
        let mut all: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(bytes) {
            if all.iter().any(|(known, _)| *known == name) {
                let description = format!("`{}` is there twice", name.escape_debug());
                return Err(OauthError::refused(Code::InvalidRequest, description));
            }
            all.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(all))
    }

    /// A parameter; one that is empty counts as left out.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The same, to keep.
    pub(crate) fn take(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// A parameter that must be there.
    pub(crate) fn needed(&self, name: &str) -> Result<&str, OauthError> {
        self.get(name).ok_or_else(|| {
            OauthError::refused(Code::InvalidRequest, format!("`{name}` is missing"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_counts_once() {
        let read = Parameters::of(b"a=1&b=&c=x+y").unwrap();
        assert_eq!((read.get("a"), read.get("b")), (Some("1"), None));
        assert_eq!(read.needed("c").unwrap(), "x y");
        assert!(read.needed("d").is_err());
        assert!(Parameters::of(b"a=1&a=1").is_err());
    }
}
