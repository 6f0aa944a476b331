//! What is around every page.

use axum::http::StatusCode;

use crate::{Answer, get, platform};

#[tokio::test]
async fn a_page_is_one_whole_document() {
    let platform = platform().await;
    let page = get(&platform, "/").await;
    let html = page.text();
    assert!(
        html.starts_with("<!doctype html><html lang=\"en\">"),
        "{html}"
    );
    assert!(html.contains("<title>APIs · Harbor &amp; Sons</title>"));
    assert!(html.contains(r##"<a class="skip" href="#main">"##));
    assert_eq!(html.matches("<h1").count(), 1);
    assert_eq!(html.matches("<main").count(), 1);
    assert!(html.trim_end().ends_with("</html>"));
}

#[tokio::test]
async fn scripts_run_by_a_nonce_that_is_never_the_same() {
    let platform = platform().await;
    let (first, second) = (get(&platform, "/").await, get(&platform, "/").await);
    let nonce = nonce(&first);
    assert!(nonce.len() >= 20);
    assert_ne!(nonce, self::nonce(&second));
    for script in first.text().split("<script").skip(1) {
        let tag = script.split('>').next().unwrap();
        assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{tag}");
    }
    for forbidden in [" style=", " onclick=", "javascript:"] {
        assert!(!first.text().contains(forbidden), "{forbidden}");
    }
}

#[tokio::test]
async fn nothing_stays_in_a_cache() {
    let platform = platform().await;
    let page = get(&platform, "/").await;
    assert_eq!(page.header("cache-control"), "private, no-store");
    assert!(
        page.header("content-security-policy")
            .contains("frame-ancestors 'none'")
    );
}

#[tokio::test]
async fn an_unknown_address_gets_a_page_of_its_own() {
    let platform = platform().await;
    let page = get(&platform, "/apis/payment%3Cscript%3E").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text().contains("There is no page at this address"));
    assert!(page.text().contains("/apis/payment%3Cscript%3E"));
    assert!(!page.text().contains("<script>"));
}

#[tokio::test]
async fn a_store_that_is_gone_makes_a_page_that_says_so() {
    let platform = platform().await;
    platform.db.close().await;
    let page = get(&platform, "/?q=labels").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text().contains("This page failed, not your calls"));
    assert!(page.text().contains("Try again"));
    // What went wrong is for the log.
    assert!(!page.text().to_lowercase().contains("pool"));
}

#[tokio::test]
async fn a_query_that_no_page_of_ours_makes_is_refused_with_a_page() {
    let platform = platform().await;
    let page = get(&platform, "/?q=a&q=b").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.text().starts_with("<!doctype html>"));
}

fn nonce(page: &Answer) -> String {
    let policy = page.header("content-security-policy");
    let (_, rest) = policy.split_once("'nonce-").expect("a nonce");
    rest.split('\'').next().expect("a first part").to_owned()
}
