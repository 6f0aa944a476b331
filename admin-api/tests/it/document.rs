//! The committed document, and the reference that is made of it.

use axum::http::{Method, StatusCode};

use crate::house::House;

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../openapi/specs/admin-api.json"
);

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
