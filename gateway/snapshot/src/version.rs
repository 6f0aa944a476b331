//! An API version as the runtime uses it, with the headers that tell where it stands.

use std::time::{Duration, SystemTime};

use domain::Timestamp;
use domain::api::Lifecycle;
use domain::id::{ApiId, ApiVersionId};
use http::header::LINK;
use http::{HeaderName, HeaderValue};

use crate::model;

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// An API version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledVersion {
    /// Its id.
    pub id: ApiVersionId,
    /// The API.
    pub api: ApiId,
    /// The API's slug.
    pub api_slug: String,
    /// The API's name.
    pub api_name: String,
    /// `v2`
    pub label: String,
    /// Where it stands.
    pub lifecycle: Lifecycle,
    /// What every path begins with; empty for `/`.
    pub base_path: String,
    /// `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Link: rel="successor-version"` (RFC 5829), ready-made.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl CompiledVersion {
    pub(crate) fn compile(version: &model::ApiVersion, base_path: String) -> Self {
        Self {
            id: version.id,
            api: version.api,
            api_slug: version.api_slug.clone(),
            api_name: version.api_name.clone(),
            label: version.label.clone(),
            lifecycle: version.lifecycle,
            base_path,
            headers: headers(version),
        }
    }

    /// Whether calls are refused with 410.
    pub fn is_retired(&self) -> bool {
        self.lifecycle == Lifecycle::Retired
    }
}

fn headers(version: &model::ApiVersion) -> Vec<(HeaderName, HeaderValue)> {
    if !matches!(
        version.lifecycle,
        Lifecycle::Deprecated | Lifecycle::Retired
    ) {
        return Vec::new();
    }
    let deprecation = version
        .deprecated_at
        .and_then(|at| HeaderValue::try_from(format!("@{}", at.seconds())).ok());
    let sunset = version.sunset_at.and_then(http_date);
    let link = version
        .successor_url
        .as_deref()
        .filter(|url| !url.contains(['<', '>', '"']))
        .and_then(|url| HeaderValue::try_from(format!("<{url}>; rel=\"successor-version\"")).ok());
    [(DEPRECATION, deprecation), (SUNSET, sunset), (LINK, link)]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

/// An HTTP date (RFC 9110, section 5.6.7); `None` for a moment outside of its years.
fn http_date(at: Timestamp) -> Option<HeaderValue> {
    /// 9999-12-31T23:59:59Z
    const LAST: u64 = 253_402_300_799;
    let seconds = u64::try_from(at.seconds()).ok().filter(|s| *s <= LAST)?;
    let moment = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?;
    HeaderValue::try_from(httpdate::fmt_http_date(moment)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial;

    fn lines(lifecycle: Lifecycle) -> Vec<String> {
        let mut version = trial::version(1, "/a");
        version.lifecycle = lifecycle;
        version.deprecated_at = Some(Timestamp::from_seconds(1_688_169_599));
        version.sunset_at = Some(Timestamp::from_seconds(784_111_777));
        version.successor_url = Some("https://portal.example/apis/a/v2".into());
        headers(&version)
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect()
    }

    #[test]
    fn deprecated_and_retired_versions_say_so() {
        let expected = [
            "deprecation: @1688169599",
            "sunset: Sun, 06 Nov 1994 08:49:37 GMT",
            "link: <https://portal.example/apis/a/v2>; rel=\"successor-version\"",
        ];
        assert_eq!(lines(Lifecycle::Deprecated), expected);
        assert_eq!(lines(Lifecycle::Retired), expected);
        assert!(lines(Lifecycle::Published).is_empty());
    }
}
