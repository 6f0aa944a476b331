//! The committed document, and the reference that is made of it.

use axum::http::{Method, StatusCode};
use serde_json::Value;

use crate::house::House;

const FILE: &str = "../openapi/specs/admin-api.json";

#[test]
fn the_committed_document_is_what_the_code_describes() {
    let described = admin_api::document_json();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(FILE, &described).unwrap();
    }
    let committed = std::fs::read_to_string(FILE).unwrap();
    assert!(
        committed == described,
        "openapi/specs/admin-api.json is old: run `cargo xtask openapi`"
    );
}

#[test]
fn our_own_lint_finds_nothing_to_mend() {
    let text = admin_api::document_json();
    let document = openapi::parse(text.as_bytes(), &openapi::Limits::default()).unwrap();
    let preview = openapi::import::preview(&document);
    let found: Vec<String> = preview
        .findings
        .iter()
        .filter(|finding| finding.severity != openapi::Severity::Note)
        .map(|finding| format!("{}: {}", finding.pointer, finding.message))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(preview.routes.iter().all(|route| route.imported));
}

/// What is set or unset as a whole, whatever it was before: there is nothing to overwrite unseen.
const SWITCHES: [&str; 5] = [
    "/api/v1/accounts/{account}/roles/{role}",
    "/api/v1/authorisations/{authorisation}",
    "/api/v1/config/declarations/{declaration}",
    "/api/v1/products/{product}/items/{version_id}",
    "/api/v1/tokens/{token}",
];

#[test]
fn changes_name_a_version_and_posts_take_a_key() {
    let document: Value = serde_json::from_str(&admin_api::document_json()).unwrap();
    let has = |operation: &Value, name: &str| {
        let parameters = operation["parameters"].as_array();
        parameters.is_some_and(|list| list.iter().any(|parameter| parameter["name"] == name))
    };
    for (path, item) in document["paths"].as_object().unwrap() {
        for verb in ["put", "patch", "delete"] {
            if let Some(operation) = item.get(verb) {
                let switch = SWITCHES.contains(&path.as_str());
                assert_eq!(has(operation, "If-Match"), !switch, "{verb} {path}");
            }
        }
        if let Some(operation) = item.get("post") {
            assert!(has(operation, "Idempotency-Key"), "{path}");
        }
    }
}

#[tokio::test]
async fn each_operation_has_a_page_under_a_strict_policy() {
    let house = House::build().await;
    let contents = house.call(Method::GET, "/docs", None, None, None).await;
    assert_eq!(contents.status, StatusCode::OK);
    assert!(
        contents
            .header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    let links: Vec<&str> = contents
        .text
        .split("href=\"/docs/")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(links.len() > 100, "{} links", links.len());
    for key in &links[..3] {
        let page = house
            .call(Method::GET, &format!("/docs/{key}"), None, None, None)
            .await;
        assert_eq!(page.status, StatusCode::OK, "{key}");
        assert!(page.text.contains("curl"), "{key}");
        assert!(!page.text.contains("style=\""), "{key}");
    }
    let none = house
        .call(Method::GET, "/docs/none", None, None, None)
        .await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}
