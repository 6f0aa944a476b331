//! `GET /config`

use super::{etag, hash_of};
use crate::caller::Caller;
use crate::list::Query;
use crate::state::Admin;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use faces::problem::Problem;
use operations::declared::{self, Selection};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which part of the configuration is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    /// Only what carries this tag.
    tag: Option<String>,
    /// With applications, their subscriptions and the hashes of their credentials. The hash in `ETag` is then that of the
    /// configuration with its applications.
    #[serde(default)]
    applications: bool,
}

/// The configuration as a declaration, in one text: YAML, or JSON where `Accept` prefers `application/json`. Secrets are
/// sealed, keys of applications are hashes. `ETag` is the hash of the whole configuration, whatever the tag.
#[utoipa::path(get, path = "/config", tag = "Configuration", operation_id = "export_config", params(Part, ("If-None-Match" = Option<String>, Header, description = "The ETag that is known: the same configuration is answered with 304")), responses((status = 200, description = "The declaration", content((String = "application/yaml"), (Object = "application/json"))), (status = 304, description = "It is what `If-None-Match` names"), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn export_config(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Query(part): Query<Part>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let selection = Selection {
        tag: part.tag,
        applications: part.applications,
    };
    let found = Box::pin(declared::export(&admin.platform, &actor, &selection)).await?;
    let about = [
        (header::ETAG, etag(&found.hash)),
        (header::VARY, HeaderValue::from_static("Accept")),
    ];
    if is_known(&headers, &found.hash) {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    let (media, text) = if prefers_json(&headers) {
        ("application/json", declared::json(found.declaration).await?)
    } else {
        ("application/yaml", declared::yaml(found.declaration).await?)
    };
    Ok((about, [(header::CONTENT_TYPE, media)], text).into_response())
}

fn is_known(headers: &HeaderMap, hash: &str) -> bool {
    let Some(known) = headers.get(header::IF_NONE_MATCH) else {
        return false;
    };
    let known = known.to_str().unwrap_or_default();
    known
        .split(',')
        .any(|tag| hash_of(tag.trim().trim_start_matches("W/")) == Some(hash))
}

/// Whether `Accept` (RFC 9110, section 12.5.1) prefers JSON to YAML; equal wishes get YAML.
fn prefers_json(headers: &HeaderMap) -> bool {
    let (mut json, mut yaml, mut any) = (None, None, 0.0_f32);
    let ranges = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    for range in ranges {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight: f32 = parts
            .find_map(|part| part.strip_prefix("q="))
            .map_or(Some(1.0), |text| text.parse().ok())
            .unwrap_or(0.0);
        match name.as_str() {
            "application/json" => json = Some(weight),
            "application/yaml" | "application/x-yaml" | "text/yaml" => yaml = Some(weight),
            "*/*" | "application/*" => {
                any = any.max(weight);
            }
            _ => {}
        }
    }
    // what is named is preferred to what is only not excluded
    let unnamed = any - 0.000_5;
    json.unwrap_or(unnamed) > yaml.unwrap_or(unnamed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_unless_json_is_preferred() {
        for (accept, json) in [
            ("*/*", false),
            ("application/json", true),
            ("application/yaml", false),
            ("application/json;q=0.5, application/yaml", false),
            ("application/yaml;q=0.2, application/json;q=0.3", true),
            ("text/html", false),
            ("application/json, text/plain, */*", true),
            ("application/yaml, */*", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(prefers_json(&headers), json, "{accept}");
        }
        assert!(!prefers_json(&HeaderMap::new()));
    }
}
