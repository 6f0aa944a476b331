//! An API's page and the pages of its operations: what they offer depends on where the version stands.

use axum::http::StatusCode;
use domain::actor::Actor;
use domain::api::{ProductState, Visibility};
use domain::id::ApiVersionId;
use operations::import::{self, New, Source, UpstreamChoice};
use operations::versions::lifecycle::{self, Deprecation};
use operations::{Paging, products, versions};
use testkit::TestPlatform;

use crate::home::publish;
use crate::{get, platform};

const OFFERS: [&str; 3] = ["Get access", "/subscribe?plan=", ">Start<"];

async fn version_of(platform: &TestPlatform, admin: &Actor) -> (ApiVersionId, i64) {
    let all = versions::all(platform, admin).await.expect("a store");
    let id = all.first().expect("a version").id;
    let row = versions::find(platform, admin, id).await.expect("a store");
    (id, row.version)
}

#[tokio::test]
async fn a_version_on_its_way_out_offers_no_access() {
    let platform = platform().await;
    let admin = platform.admin("ines@harbor.example").await;
    publish(&platform, &admin, "Labels", Visibility::Public).await;
    let page = get(&platform, "/apis/labels").await;
    for offer in OFFERS {
        assert!(page.text().contains(offer), "{offer}");
    }
    let (id, version) = version_of(&platform, &admin).await;
    let how = Deprecation::default();
    lifecycle::deprecate(&platform, &admin, id, version, how)
        .await
        .expect("a published version");
    let deprecated = get(&platform, "/apis/labels").await;
    assert!(deprecated.text().contains("takes no new subscriptions"));
    let (id, version) = version_of(&platform, &admin).await;
    lifecycle::retire(&platform, &admin, id, version)
        .await
        .expect("a deprecated version");
    let retired = get(&platform, "/apis/labels").await;
    assert!(retired.text().contains("is retired"));
    for page in [deprecated, retired] {
        assert_eq!(page.status, StatusCode::OK);
        for offer in OFFERS {
            assert!(!page.text().contains(offer), "{offer}");
        }
    }
}

#[tokio::test]
async fn without_an_open_plan_no_key_is_promised() {
    let platform = platform().await;
    let admin = platform.admin("ines@harbor.example").await;
    publish(&platform, &admin, "Labels", Visibility::Public).await;
    let on_offer = Some(ProductState::Published);
    let all = products::list(&platform, &admin, on_offer, None, &Paging::first(20))
        .await
        .expect("a store");
    for product in all.items {
        products::retire(&platform, &admin, product.id, product.version)
            .await
            .expect("a product on the shelf");
    }
    let page = get(&platform, "/apis/labels").await;
    assert!(page.text().contains("No plan is open"), "{}", page.text());
    assert!(!page.text().contains("Choose a plan below"));
}

#[tokio::test]
async fn an_operation_without_a_route_says_so() {
    let platform = platform().await;
    let admin = platform.admin("ines@harbor.example").await;
    let document = r#"{"openapi": "3.1.0", "info": {"title": "Labels", "version": "1.0"}, "paths": {
        "/labels": {"get": {"operationId": "listLabels", "summary": "List labels", "responses": {"200": {"description": "all"}}}},
        "/admin": {"get": {"operationId": "listAdmins", "summary": "List admins", "responses": {"200": {"description": "all"}}}}}}"#;
    let new = New {
        upstream: UpstreamChoice::Address("https://labels.example".to_owned()),
        left_out: vec!["list-admins".to_owned()],
        ..New::from(Source::Bytes(document.as_bytes().to_vec()))
    };
    let made = import::create(&platform, &admin, new)
        .await
        .expect("a document that can be read");
    lifecycle::publish(&platform, &admin, made.version.id, made.version.version)
        .await
        .expect("a version that is ready");
    let page = get(&platform, "/apis/labels").await;
    assert_eq!(page.text().matches("(not on the gateway)").count(), 1);
    assert!(page.text().contains("1 not on the gateway"));
    let off = get(&platform, "/apis/labels/operations/list-admins").await;
    assert_eq!(off.status, StatusCode::OK);
    let says = "This operation is not on the gateway.";
    assert!(off.text().contains(says) && !off.text().contains("Try it"));
    let on = get(&platform, "/apis/labels/operations/list-labels").await;
    assert!(!on.text().contains(says) && on.text().contains("Try it"));
}

/// So many operations under each of two tags.
fn long_document(each: usize) -> String {
    let mut paths = serde_json::Map::new();
    for (tag, path) in [("Parcels", "parcels"), ("Things elsewhere", "things")] {
        for n in 0..each {
            let get = serde_json::json!({
                "operationId": format!("{path}{n:05}"), "summary": format!("Read number {n:05} of {path}"), "tags": [tag],
                "responses": { "200": { "description": "one" } },
            });
            paths.insert(format!("/{path}/{n:05}"), serde_json::json!({ "get": get }));
        }
    }
    serde_json::json!({ "openapi": "3.1.0", "info": { "title": "Long", "version": "1.0" }, "paths": paths }).to_string()
}

#[tokio::test]
async fn a_long_reference_is_folded_by_group() {
    let platform = platform().await;
    let admin = platform.admin("ines@harbor.example").await;
    let new = New {
        upstream: UpstreamChoice::Address("https://long.example".to_owned()),
        ..New::from(Source::Bytes(long_document(850).into_bytes()))
    };
    let made = import::create(&platform, &admin, new)
        .await
        .expect("a document that can be read");
    lifecycle::publish(&platform, &admin, made.version.id, made.version.version)
        .await
        .expect("a version that is ready");
    let side = async |path: &str| {
        let page = get(&platform, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let text = page.text();
        let from = text.find("class=\"contents\"").expect("contents");
        text[from..from + text[from..].find("</nav>").expect("an end")].to_owned()
    };
    let shown = |side: &str| side.matches("/apis/long/operations/").count();
    let folded = side("/apis/long").await;
    assert_eq!(shown(&folded), 0, "{folded}");
    for group in ["group=parcels#in-parcels", "group=things-elsewhere#in-"] {
        assert!(folded.contains(group), "{group}");
    }
    assert!(folded.contains(">850</span>"), "{folded}");

    let first = side("/apis/long?group=parcels").await;
    assert_eq!(shown(&first), 100);
    assert!(first.contains("<details open"), "{first}");
    assert!(first.contains("Read number 00099 of parcels"));
    assert!(first.contains("The next 100 of 850") && !first.contains(" before"));
    assert!(
        first.contains("group=parcels&amp;from=100#in-parcels"),
        "{first}"
    );
    let last = side("/apis/long?group=parcels&from=999999").await;
    assert_eq!(shown(&last), 50);
    assert!(last.contains("The 100 before") && !last.contains("The next"));
    assert_eq!(shown(&side("/apis/long?group=nowhere").await), 0);

    // the page of an operation has the part of its group that it stands in
    let there = side("/apis/long/operations/things00150").await;
    assert_eq!(shown(&there), 100);
    assert!(there.contains("The 100 before") && there.contains("The next 100 of 850"));
    assert_eq!(there.matches("aria-current=\"page\"").count(), 1);
    assert!(!there.contains("<details open"));
}
