//! What is refused says why, as a problem document.

use axum::http::Method;
use domain::access::Role;

use crate::house::House;

const NAMED: &str = r#"{"name":"Parcels","slug":"parcels"}"#;

#[tokio::test]
async fn changes_name_the_version_they_are_made_to() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    let body = || Some(NAMED.to_owned());
    let made = house
        .call(Method::POST, "/api/v1/apis", Some(&token), None, body())
        .await;
    let path = format!("/api/v1/apis/{}", made.json()["id"].as_str().unwrap());
    let tag = house
        .call(Method::GET, &path, Some(&token), None, None)
        .await;
    let blind = house
        .call(Method::PUT, &path, Some(&token), None, body())
        .await;
    assert_eq!(
        (blind.status.as_u16(), &blind.json()["code"]),
        (428, &"version_needed".into())
    );
    let stale = house
        .call(Method::PUT, &path, Some(&token), Some("\"99\""), body())
        .await;
    assert_eq!(stale.status.as_u16(), 412);
    assert_eq!(stale.json()["current_version"], tag.json()["version"]);
    assert_eq!(stale.header("content-type"), "application/problem+json");
    let seen = tag.header("etag");
    let done = house
        .call(Method::PUT, &path, Some(&token), Some(seen), body())
        .await;
    assert_eq!(done.status.as_u16(), 200, "{}", done.text);
}

#[tokio::test]
async fn what_cannot_be_read_is_told() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    let cases = [
        (r#"{"name":"","slug":"A B"}"#.to_owned(), 422, "invalid"),
        ("{".to_owned(), 400, "json_unreadable"),
        (r#"{"name":"A","nmae":"B"}"#.to_owned(), 422, "invalid"),
        (" ".repeat((2 << 20) + 1), 413, "body_too_large"),
    ];
    for (body, status, code) in cases {
        let answer = house
            .call(Method::POST, "/api/v1/apis", Some(&token), None, Some(body))
            .await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
        assert_eq!(answer.json()["code"], code);
    }
    let fields = Some(r#"{"name":"","slug":"A B"}"#.to_owned());
    let answer = house
        .call(Method::POST, "/api/v1/apis", Some(&token), None, fields)
        .await;
    assert!(
        answer.text.contains("\"field\":\"name\""),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn a_mistyped_policy_names_key_and_place() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    for (kind, config, field, words) in [
        (
            "rate_limit",
            r#"{"limits":[{"requests":9,"windw":"day"}]}"#,
            "config/limits/0",
            "did you mean `window`?",
        ),
        (
            "rate_limit",
            r#"{"limits":[{"requests":"9","window":"day"}]}"#,
            "config/limits/0/requests",
            "expected u64",
        ),
        (
            "cors",
            r#"{"originz":["*"]}"#,
            "config",
            "unknown field `originz`",
        ),
    ] {
        let body = format!(r#"{{"kind":"{kind}","scope":"global","config":{config}}}"#);
        let answer = house
            .call(
                Method::POST,
                "/api/v1/policies",
                Some(&token),
                None,
                Some(body),
            )
            .await;
        assert_eq!(answer.status.as_u16(), 422, "{}", answer.text);
        let errors = answer.json()["errors"].clone();
        let named = errors.as_array().unwrap().iter().any(|error| {
            let message = error["message"].as_str().unwrap_or_default();
            error["field"].as_str().unwrap().starts_with(field) && message.contains(words)
        });
        assert!(named, "{errors}");
    }
}

#[tokio::test]
async fn documents_may_be_larger() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    let path = "/api/v1/imports/preview";
    let wide = " ".repeat(3 << 20) + "{}";
    let answer = house
        .call(Method::POST, path, Some(&token), None, Some(wide))
        .await;
    assert_eq!(answer.json()["code"], "invalid", "{}", answer.text);
    let huge = " ".repeat((96 << 20) + 1);
    let answer = house
        .call(Method::POST, path, Some(&token), None, Some(huge))
        .await;
    assert_eq!(answer.status.as_u16(), 413);
    assert!(answer.text.contains("96 MiB"), "{}", answer.text);
}

#[tokio::test]
async fn lists_go_on_where_they_ended() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    for name in ["Alpha", "Beta", "Gamma"] {
        let body = Some(format!(r#"{{"name":"{name}"}}"#));
        let made = house
            .call(Method::POST, "/api/v1/apis", Some(&token), None, body)
            .await;
        assert_eq!(made.status.as_u16(), 201, "{}", made.text);
    }
    let mut names = Vec::new();
    let mut path = "/api/v1/apis?limit=2".to_owned();
    loop {
        let page = house
            .call(Method::GET, &path, Some(&token), None, None)
            .await
            .json();
        let items = page["items"].as_array().unwrap();
        assert!((1..=2).contains(&items.len()));
        names.extend(
            items
                .iter()
                .map(|api| api["name"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/api/v1/apis?limit=2&after={next}");
    }
    assert_eq!(names, ["Alpha", "Beta", "Gamma"]);
    let broken = house
        .call(
            Method::GET,
            "/api/v1/apis?after=x",
            Some(&token),
            None,
            None,
        )
        .await;
    assert!(broken.status.is_client_error(), "{}", broken.text);
}

#[tokio::test]
async fn strangers_are_told_how_to_come_in() {
    let house = House::build().await;
    for token in [None, Some("gh_admin_unknown"), Some("")] {
        let answer = house
            .call(Method::GET, "/api/v1/me", token, None, None)
            .await;
        assert_eq!(answer.status.as_u16(), 401);
        assert_eq!(answer.json()["code"], "sign_in_needed");
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
        let unknown = answer.text.contains("unknown");
        assert_eq!(unknown, token.is_some(), "{}", answer.text);
    }
}

#[tokio::test]
async fn settings_are_refused_at_their_place() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    let check = async |settings: &str, field: &str| {
        let body = format!(
            r#"{{"name":"Rates","targets":[{{"url":"https://rates.example.com"}}],"settings":{settings}}}"#
        );
        let path = "/api/v1/upstreams";
        let answer = house
            .call(Method::POST, path, Some(&token), None, Some(body))
            .await;
        assert_eq!(answer.status.as_u16(), 422, "{}", answer.text);
        let named = format!("\"field\":\"{field}");
        assert!(answer.text.contains(&named), "{named}: {}", answer.text);
    };
    check(
        r#"{"health":{"passive":{"eject_ms":"soon"}}}"#,
        "settings/health/passive/eject_ms",
    )
    .await;
    check(
        r#"{"retry":{"statuses":["5xx"]}}"#,
        "settings/retry/statuses/0",
    )
    .await;
    check(r#"{"breaker":{"probes":0}}"#, "settings/breaker/probes").await;
    check(
        r#"{"limits":{"shedding":{"critical_plans":["gold"]}}}"#,
        "settings/limits/requests",
    )
    .await;
    check(r#"{"balancing":"random"}"#, "settings/balancing").await;
}

#[tokio::test]
async fn what_is_not_in_the_table_is_a_problem_too() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    for (method, path, status, code) in [
        (Method::GET, "/api/v1/nothing/here", 404, "not_found"),
        (Method::PATCH, "/api/v1/apis", 405, "method_not_allowed"),
    ] {
        let answer = house.call(method, path, Some(&token), None, None).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.json()["code"], code);
    }
}
