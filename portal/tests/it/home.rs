//! The catalogue.

use axum::http::StatusCode;
use domain::actor::Actor;
use domain::api::{Approval, Visibility};
use domain::id::ApiVersionId;
use operations::import::{self, New, Source, UpstreamChoice};
use operations::versions::lifecycle;
use operations::{plans, products};
use testkit::TestPlatform;

use crate::{get, platform};

#[tokio::test]
async fn an_empty_catalogue_says_what_will_stand_there() {
    let platform = platform().await;
    let page = get(&platform, "/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("No API is published yet"));
    assert!(page.text().contains(r#"href="/sign-up""#));
}

#[tokio::test]
async fn a_published_api_stands_on_its_shelf_with_its_terms() {
    let platform = platform().await;
    let admin = platform.admin("ines@harbor.example").await;
    publish(&platform, &admin, "Labels & more", Visibility::Public).await;
    let page = get(&platform, "/").await;
    for expected in [
        "<h2>Shipping<small>1 API</small></h2>",
        r#"<a href="/apis/labels-more">Labels &amp; more</a>"#,
        "<b>From free</b>starts at once",
        "1 API, 1 operation",
        "data-relative",
        "just now",
    ] {
        assert!(page.text().contains(expected), "{expected}");
    }
}

#[tokio::test]
async fn visitors_do_not_see_what_is_for_members() {
    let platform = platform().await;
    let admin = platform.admin("ines@harbor.example").await;
    publish(&platform, &admin, "Labels", Visibility::Public).await;
    publish(&platform, &admin, "Payroll", Visibility::Registered).await;
    let page = get(&platform, "/").await;
    assert!(page.text().contains("Labels") && !page.text().contains("Payroll"));
}

#[tokio::test]
async fn filters_narrow_and_say_so() {
    let platform = platform().await;
    let admin = platform.admin("ines@harbor.example").await;
    publish(&platform, &admin, "Labels", Visibility::Public).await;
    publish(&platform, &admin, "Rates", Visibility::Public).await;
    let page = get(&platform, "/?q=label&access=instant").await;
    assert!(page.text().contains("1 of 2"));
    assert!(page.text().contains("/apis/labels") && !page.text().contains("/apis/rates"));
    let page = get(&platform, "/?q=%22%3E%3Cscript%3E&access=reviewed").await;
    assert!(page.text().contains("0 of 2"));
    assert!(page.text().contains(r#"href="/?q=%22%3E%3Cscript%3E""#));
    assert!(!page.text().contains("<script>"));
}

/// An API with one operation and an instant plan.
pub(crate) async fn publish(
    platform: &TestPlatform,
    admin: &Actor,
    title: &str,
    visibility: Visibility,
) {
    let slug = title.split(' ').next().unwrap_or(title).to_lowercase();
    let document = format!(
        r#"{{"openapi": "3.1.0", "info": {{"title": "{title}", "version": "1.0"}}, "paths": {{
            "/{slug}": {{"get": {{"responses": {{"200": {{"description": "all of them"}}}}}}}}}}}}"#
    );
    publish_document(platform, admin, title, visibility, document).await;
}

/// The same with a document of one's own.
pub(crate) async fn publish_document(
    platform: &TestPlatform,
    admin: &Actor,
    title: &str,
    visibility: Visibility,
    document: String,
) {
    let new = New {
        visibility,
        tags: vec!["Shipping".to_owned()],
        upstream: UpstreamChoice::Address("https://labels.example".to_owned()),
        ..New::from(Source::Bytes(document.into_bytes()))
    };
    let made = import::create(platform, admin, new)
        .await
        .expect("a document that can be read");
    lifecycle::publish(platform, admin, made.version.id, made.version.version)
        .await
        .expect("a version that is ready");
    offer(platform, admin, title, visibility, made.version.id).await;
}

/// A product on the shelf that holds the version, with an instant plan.
async fn offer(
    platform: &TestPlatform,
    admin: &Actor,
    name: &str,
    visibility: Visibility,
    version: ApiVersionId,
) {
    let product = products::Input {
        name: name.to_owned(),
        slug: String::new(),
        summary: String::new(),
        visibility,
    };
    let product = products::create(platform, admin, &product)
        .await
        .expect("a product");
    products::add_item(platform, admin, product.id, version)
        .await
        .expect("an item");
    let held = products::find(platform, admin, product.id)
        .await
        .expect("the product");
    products::publish(platform, admin, product.id, held.product.version)
        .await
        .expect("a product on the shelf");
    let plan = plans::Input {
        name: "Sandbox".to_owned(),
        approval: Approval::Instant,
        ..plans::Input::default()
    };
    plans::create(platform, admin, product.id, &plan)
        .await
        .expect("a plan");
}
