//! The catalogue.

use axum::http::StatusCode;

use crate::get;

#[tokio::test]
async fn an_empty_catalogue_says_what_will_stand_there() {
    let page = get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("No API is published yet"));
    assert!(page.text().contains(r#"href="/sign-up""#));
}
