//! The configuration as a whole over the API: what the tests of it share.

mod applied;
mod drifted;
mod given;
mod refused;

use axum::http::Method;
use serde_json::Value;

use crate::house::{Answer, House};

pub(in crate::config) const PATH: &str = "/api/v1/config";

pub(in crate::config) const HARBOR: &str = r#"
gatehouse: 1
tag: harbor
upstreams:
  - slug: rates
    targets: [{ url: "https://rates.example" }]
apis:
  - slug: shipping
    name: Shipping
    policies:
      - kind: upstream_auth
        config: { header: { name: X-Upstream-Key, value: "a-secret-of-the-upstream" } }
    versions:
      - label: v1
        upstream: rates
        base_path: /shipping/v1
        routes: [{ methods: [GET], path: /rates }]
products:
  - slug: parcels
    own_of: shipping
    versions: [shipping/v1]
    plans: [{ slug: sandbox }]
"#;

pub(in crate::config) const CALLERS: &str = r#"
applications:
  - name: Storefront
    owner: noor@pier.example
    subscriptions: [{ product: parcels, plan: sandbox }]
    credentials: [{ label: Production, secret: "gh_live_0123456789abcdefghijklmnopqrstuvwxyzAB" }]
"#;

pub(in crate::config) async fn send(
    house: &House,
    token: &str,
    query: &str,
    seen: Option<&str>,
    text: &str,
) -> Answer {
    let mut headers = vec![("content-type", "application/yaml")];
    headers.extend(seen.map(|seen| ("if-match", seen)));
    let path = format!("{PATH}{query}");
    let body = Some(text.to_owned());
    house
        .call_with(Method::POST, &path, Some(token), &headers, body)
        .await
}

pub(in crate::config) async fn get(
    house: &House,
    token: &str,
    query: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let path = format!("{PATH}{query}");
    house
        .call_with(Method::GET, &path, Some(token), headers, None)
        .await
}

/// Applies a declaration; the answer's body.
pub(crate) async fn applied(house: &House, token: &str, text: &str) -> Value {
    let answer = send(house, token, "", None, text).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    answer.json()
}
