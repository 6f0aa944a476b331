//! The catalogue.

use axum::http::StatusCode;

use crate::{get, platform};

#[tokio::test]
async fn an_empty_catalogue_says_what_will_stand_there() {
    let platform = platform().await;
    let page = get(&platform, "/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("No API is published yet"));
    assert!(page.text().contains(r#"href="/sign-up""#));
}
