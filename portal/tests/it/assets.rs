//! Styles and scripts.

use axum::http::StatusCode;

use crate::{get, platform};

#[tokio::test]
async fn what_a_page_names_is_served_for_ever() {
    let platform = platform().await;
    let page = get(&platform, "/").await;
    let names: Vec<&str> = page
        .text()
        .split("/assets/")
        .skip(1)
        .map(|rest| rest.split(['"', '#', '\'', ')']).next().unwrap())
        .filter(|name| name.contains('.'))
        .collect();
    assert!(names.len() > 5, "{names:?}");
    for name in names {
        let asset = get(&platform, &format!("/assets/{name}")).await;
        assert_eq!(asset.status, StatusCode::OK, "{name}");
        assert!(
            asset.header("cache-control").ends_with("immutable"),
            "{name}"
        );
        assert!(!asset.body.is_empty(), "{name}");
    }
}

#[tokio::test]
async fn an_old_name_is_not_found() {
    let platform = platform().await;
    let asset = get(&platform, "/assets/portal-000000000000.css").await;
    assert_eq!(asset.status, StatusCode::NOT_FOUND);
}
