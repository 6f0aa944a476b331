//! Refused with the place, whatever is wrong; and nothing is written.

use axum::http::Method;
use domain::access::Role;
use serde_json::json;

use super::{HARBOR, PATH, get, send};
use crate::house::House;

/// A declaration that is refused, with the field (an empty one stands for any) and a part of the message.
async fn refused(house: &House, token: &str, text: &str, field: &str, message: &str) {
    let answer = send(house, token, "", None, text).await;
    assert_eq!(answer.status.as_u16(), 422, "{text}: {}", answer.text);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    let errors = problem["errors"].as_array().unwrap();
    let found = errors.iter().any(|error| {
        let told = error["message"].as_str().unwrap();
        (field.is_empty() || error["field"] == field) && told.contains(message)
    });
    assert!(found, "no {field}: {message} in {problem:#}");
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_place_and_nothing_is_written() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    let before = get(&house, &token, "", &[]).await.header("etag").to_owned();
    let version = |text: &str| {
        format!("gatehouse: 1\napis: [{{slug: a, versions: [{{label: v1, {text}}}]}}]")
    };
    let dangling = version("upstream: ratse");
    let outside = version("document: /etc/passwd");
    let cases = [
        (
            "gatehouse: 2\nnovelties: []",
            "gatehouse",
            "newer than this program",
        ),
        ("apis: []", "", "missing field `gatehouse`"),
        ("gatehouse: 1\napis: [", "", ""),
        (
            "gatehouse: 1\nupstreams:\n  - slug: a\n    tragets: []",
            "upstreams/0",
            "did you mean `targets`? (line 4, column 5)",
        ),
        (
            "gatehouse: 1\nupstreams: [{slug: a}, {slug: a}]",
            "upstreams/a",
            "is there twice",
        ),
        (
            dangling.as_str(),
            "apis/a/versions/v1/upstream",
            "there is no upstream `ratse`",
        ),
        (
            "gatehouse: 1\napis: [{slug: a, versions: [{label: v1, successor: v2}, {label: v2, successor: v1}]}]",
            "apis/a/versions/v1/successor",
            "leads back to itself",
        ),
        (
            "gatehouse: 1\npolicies: [{kind: rate_limti}]",
            "policies/0/kind",
            "rate_limti",
        ),
        (
            "gatehouse: 1\nupstreams: [{slug: a, targets: [{url: 'http://10.0.0.1'}]}]",
            "upstreams/a/targets/0/url",
            "",
        ),
        // what the server has is not for who is elsewhere
        (
            "gatehouse: 1\napis: [{slug: a, description: \"${HOME}\"}]",
            "apis/0/description",
            "`${HOME}` is not looked up",
        ),
        (
            "gatehouse: 1\napis: [{slug: a, description: \"${file:/etc/passwd}\"}]",
            "apis/0/description",
            "is not opened",
        ),
        (
            "gatehouse: 1\napis: [{slug: a, description: \"${vault:secret/edge#key}\"}]",
            "apis/0/description",
            "is not fetched",
        ),
        (
            outside.as_str(),
            "apis/a/versions/v1/document",
            "is not opened",
        ),
        ("gatehouse: 1\ninclude: [/etc]", "include", "is not opened"),
    ];
    for (text, field, message) in cases {
        refused(&house, &token, text, field, message).await;
    }
    let (long, many) = ("x".repeat(100_000), ["*a"; 50_000].join(", "));
    let bomb = format!("gatehouse: 1\ndefaults: {{upstream: {{a: &a {long}, b: [{many}]}}}}\n");
    let told = "unfolds into many times what was sent";
    refused(&house, &token, &bomb, "declaration", told).await;
    // where it cannot be known before it is written, what was written is taken back
    let late = HARBOR.replace("path: /rates", "path: /rates, operation: nothing");
    let answer = send(&house, &token, "", None, &late).await;
    assert_eq!(answer.status.as_u16(), 422, "{}", answer.text);
    assert!(
        answer.text.contains("route shipping/v1/GET /rates"),
        "{}",
        answer.text
    );
    assert_eq!(get(&house, &token, "", &[]).await.header("etag"), before);
}

#[tokio::test]
async fn what_cannot_be_a_declaration_is_told() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    let huge = " ".repeat((96 << 20) + 1);
    let answer = send(&house, &token, "", None, &huge).await;
    assert_eq!(answer.json()["code"], "body_too_large", "{}", answer.text);
    assert!(answer.text.contains("96 MiB"), "{}", answer.text);
    let headers = [("content-type", "application/xml")];
    let body = Some("<a/>".to_owned());
    let answer = house
        .call_with(Method::POST, PATH, Some(&token), &headers, body)
        .await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["code"]),
        (415, &json!("declaration_expected"))
    );
    let answer = send(&house, &token, "?dryrun=true", None, HARBOR).await;
    assert_eq!(answer.status.as_u16(), 400);
    assert!(
        answer.text.contains("did you mean `dry_run`?"),
        "{}",
        answer.text
    );
    let untagged = "gatehouse: 1\nupstreams: [{slug: a}]";
    let answer = send(&house, &token, "?prune=true", None, untagged).await;
    assert_eq!(
        answer.json()["errors"][0]["field"],
        "tag",
        "{}",
        answer.text
    );
}
