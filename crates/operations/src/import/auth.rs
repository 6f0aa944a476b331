//! The credential check that an imported version begins with.

use domain::id::ApiVersionId;
use gateway_policies::key_auth;
use openapi::KeyPlace;
use openapi::import::{Preview, Suggestion};
use serde_json::json;

use crate::policies::{Aside, New, Place};

/// `key_auth` on the whole version, where the document says that keys are sent; a version is never open by omission.
pub(super) fn policy(version: ApiVersionId, preview: &Preview) -> New {
    New {
        kind: "key_auth".to_owned(),
        place: Place::Version(version),
        config: json!(config(preview.suggested_auth.as_ref())),
        aside: Aside::default(),
        enabled: true,
    }
}

/// `X-API-Key` works wherever the document names no other header.
fn config(suggestion: Option<&Suggestion>) -> key_auth::Config {
    let mut config = key_auth::Config::default();
    let Some(Suggestion::ApiKey {
        place,
        name,
        prefix,
    }) = suggestion
    else {
        return config;
    };
    match place {
        KeyPlace::Header if name.eq_ignore_ascii_case("authorization") || prefix.is_some() => {
            config.bearer = true
        }
        KeyPlace::Header if http::HeaderName::from_bytes(name.as_bytes()).is_ok() => {
            config.headers = vec![name.clone()]
        }
        KeyPlace::Query if is_plain(name) => config.query = vec![name.clone()],
        KeyPlace::Cookie if is_plain(name) => config.cookies = vec![name.clone()],
        KeyPlace::Header | KeyPlace::Query | KeyPlace::Cookie => (),
    }
    config
}

/// A name that needs no encoding in a query or cookie.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(place: KeyPlace, name: &str, prefix: Option<&str>) -> key_auth::Config {
        config(Some(&Suggestion::ApiKey {
            place,
            name: name.to_owned(),
            prefix: prefix.map(str::to_owned),
        }))
    }

    #[test]
    fn keys_stay_where_the_document_has_them() {
        assert_eq!(config(None), key_auth::Config::default());
        assert_eq!(
            key(KeyPlace::Header, "X-Rates-Key", None).headers,
            ["X-Rates-Key"]
        );
        assert_eq!(key(KeyPlace::Query, "api_key", None).query, ["api_key"]);
        assert_eq!(key(KeyPlace::Query, "api_key", None).headers, ["X-API-Key"]);
        assert!(key(KeyPlace::Header, "Authorization", Some("Bearer")).bearer);
    }

    #[test]
    fn odd_names_fall_back() {
        assert_eq!(
            key(KeyPlace::Header, "no name", None),
            key_auth::Config::default()
        );
        assert_eq!(
            key(KeyPlace::Query, "a b", None),
            key_auth::Config::default()
        );
    }
}
