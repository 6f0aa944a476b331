//! Trying an operation: what the island asks for, and the form without it.

use axum::http::StatusCode;
use domain::api::Visibility;
use serde_json::{Value, json};
use testkit::TestPlatform;

use crate::applications::{between, post, read, sign_in};
use crate::home::publish_document;
use crate::{Answer, platform};

const PAGE: &str = "/apis/tides/operations/book-berth";

/// The API, and a developer who is subscribed to it: the platform, the cookie and the subscription's id.
async fn subscribed() -> (TestPlatform, String, String) {
    let platform = platform().await;
    let admin = platform.admin("ines@harbor.example").await;
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Tides", "version": "1.0" },
        "paths": { "/ports/{port}/berths": { "post": {
            "operationId": "bookBerth",
            "parameters": [
                { "name": "port", "in": "path", "required": true, "schema": { "type": "string" }, "example": "galway" },
                { "name": "side", "in": "query", "schema": { "type": "string", "enum": ["left", "right"] } },
                { "name": "crew", "in": "cookie", "schema": { "type": "string" } },
            ],
            "requestBody": { "required": true, "content": { "application/json": { "example": { "length": 12 } } } },
            "responses": { "201": { "description": "booked" } },
        } } },
    });
    let text = document.to_string();
    publish_document(&platform, &admin, "Tides", Visibility::Public, text).await;
    let cookie = sign_in(&platform, "noor@pier9.example").await;
    let page = read(&platform, &cookie, PAGE).await;
    assert!(
        page.text().contains("See the plans"),
        "nothing to try it with"
    );
    let page = read(&platform, &cookie, "/apis/tides/subscribe").await;
    let plan = between(page.text(), r#"name="plan" value=""#, "\"");
    let body = format!("plan={plan}&application=new&name=Storefront");
    let done = post(&platform, &cookie, "/apis/tides/subscribe", &body).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let page = read(&platform, &cookie, PAGE).await;
    let select = between(page.text(), r#"name="subscription""#, "</select>");
    let subscription = between(select, r#"value=""#, "\"").to_owned();
    (platform, cookie, subscription)
}

fn object(answer: &Answer) -> Value {
    assert_eq!(answer.header("cache-control"), "private, no-store");
    serde_json::from_slice(&answer.body).expect("JSON")
}

#[tokio::test]
async fn the_form_is_in_its_island_and_the_page_may_call_the_gateway() {
    let (platform, cookie, _) = subscribed().await;
    let page = read(&platform, &cookie, PAGE).await;
    let text = page.text();
    assert!(text.contains("<leptos-island") && text.contains(r#"method="post""#));
    assert!(text.contains(r#"id="try-path.port""#) && text.contains(r#"<option value="right""#));
    assert!(
        !text.contains("try-cookie.crew"),
        "no page can set a cookie of the gateway"
    );
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("connect-src 'self' http://127.0.0.1:8000;"),
        "{policy}"
    );
}

#[tokio::test]
async fn a_call_is_prepared_with_a_token() {
    let (platform, cookie, subscription) = subscribed().await;
    let body = format!(
        "subscription={subscription}&path.port=cobh+west&query.side=right&body=%7B%22length%22%3A++9%7D"
    );
    let call = format!("{PAGE}/call");
    let prepared = post(&platform, &cookie, &call, &body).await;
    assert_eq!(prepared.status, StatusCode::OK, "{}", prepared.text());
    let prepared = object(&prepared);
    assert_eq!(prepared["method"], "POST");
    let url = prepared["url"].as_str().expect("an address");
    assert!(url.starts_with("http://127.0.0.1:8000/"), "{url}");
    assert!(
        url.ends_with("/ports/cobh%20west/berths?side=right"),
        "{url}"
    );
    assert_eq!(prepared["body"], "{\"length\":  9}");
    let headers = prepared["headers"].as_array().expect("headers");
    let has = |name: &str, begin: &str| {
        headers.iter().any(|pair| {
            pair[0] == name
                && pair[1]
                    .as_str()
                    .is_some_and(|value| value.starts_with(begin))
        })
    };
    assert!(has("x-api-key", "ghp_") && has("content-type", "application/json"));
    let samples = prepared["samples"].as_object().expect("samples");
    assert_eq!(samples.len(), 9);
    let curl = samples["curl"].as_str().expect("a sample");
    assert!(
        curl.contains("cobh%20west") && !curl.contains("ghp_"),
        "{curl}"
    );
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let (platform, cookie, subscription) = subscribed().await;
    let call = format!("{PAGE}/call");
    let refused = post(
        &platform,
        &cookie,
        &call,
        &format!("subscription={subscription}"),
    )
    .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        object(&refused)["errors"],
        json!([{ "field": "path.port", "message": "is needed" }, { "field": "body", "message": "is needed" }])
    );
    let away = format!("subscription={subscription}&path.port=..&body=1");
    let refused = post(&platform, &cookie, &call, &away).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);

    let page = post(&platform, &cookie, PAGE, "path.port=cobh&query.side=right").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains("try-body-error") && page.text().contains(r#"value="cobh""#));
    assert!(page.text().contains("The call was not sent"));
}

#[tokio::test]
async fn nobody_gets_a_token_for_what_is_not_theirs() {
    let (platform, cookie, subscription) = subscribed().await;
    let body = format!("subscription={subscription}&path.port=cobh&body=1");
    let call = format!("{PAGE}/call");
    let visitor = post(&platform, "", &call, &body).await;
    assert_eq!(visitor.status, StatusCode::UNAUTHORIZED);
    let other = sign_in(&platform, "jonas@pier9.example").await;
    let refused = post(&platform, &other, &call, &body).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(object(&refused)["errors"][0]["field"], "subscription");
    let gone = post(
        &platform,
        &cookie,
        "/apis/tides/operations/none/call",
        &body,
    )
    .await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn samples_follow_the_form_for_everybody() {
    let (platform, ..) = subscribed().await;
    let samples = post(
        &platform,
        "",
        &format!("{PAGE}/samples"),
        "path.port=cobh&body=7",
    )
    .await;
    assert_eq!(samples.status, StatusCode::OK);
    let samples = object(&samples);
    let python = samples["samples"]["python"].as_str().expect("a sample");
    assert!(python.contains("/ports/cobh/berths"), "{python}");
}
