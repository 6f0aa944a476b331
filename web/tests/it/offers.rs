//! The way from a version that nobody can subscribe to to its first plan: nothing is made or offered unasked.

use domain::access::Role;
use domain::actor::Actor;
use domain::api::{ProductState, Visibility};
use domain::id::{ApiVersionId, DEFAULT_WORKSPACE};
use operations::import::{self, New, Source, UpstreamChoice};
use operations::versions::lifecycle;
use operations::{Paging, products};
use store::products::Product;

use crate::house::House;

const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"title": "Rates", "version": "1.0"}, "paths": {
    "/rates": {"get": {"responses": {"200": {"description": "all of them"}}}}}}"#;

fn system() -> Actor {
    Actor::system(DEFAULT_WORKSPACE)
}

/// A version on the gateway that no product holds.
async fn publish(house: &House) -> ApiVersionId {
    let new = New {
        label: Some("v1".to_owned()),
        upstream: UpstreamChoice::Address("https://rates.example".to_owned()),
        ..New::from(Source::Bytes(DOCUMENT.as_bytes().to_vec()))
    };
    let made = import::create(&house.platform, &system(), new)
        .await
        .unwrap();
    let (id, version) = (made.version.id, made.version.version);
    lifecycle::publish(&house.platform, &system(), id, version)
        .await
        .unwrap();
    id
}

async fn holding(house: &House, version: ApiVersionId) -> Vec<Product> {
    products::holding(&house.platform, &system(), version)
        .await
        .unwrap()
}

async fn all(house: &House) -> Vec<Product> {
    products::list(&house.platform, &system(), None, None, &Paging::first(9))
        .await
        .unwrap()
        .items
}

#[tokio::test]
async fn looking_makes_nothing_and_a_draft_stays_one() {
    let house = House::with(Role::Admin).await;
    let version = publish(&house).await;
    let overview = house.get("/apis/rates/v1").await;
    overview.shows(200, "Nobody can subscribe yet");
    overview.shows(200, r#"href="/apis/rates/v1/offer""#);
    let page = house.get("/apis/rates/v1/offer").await;
    page.shows(200, "A new product, Rates, as a draft");
    page.shows(200, "A new product, Rates, on offer at once");
    let unsaid = house.post("/apis/rates/v1/offer", &[]).await;
    unsaid.shows(422, "is not chosen yet");
    assert!(all(&house).await.is_empty(), "nothing was asked for");

    let chosen = house
        .post("/apis/rates/v1/offer", &[("product", "draft")])
        .await;
    let made = holding(&house, version).await.remove(0);
    assert_eq!(made.state, ProductState::Draft);
    let plan = format!("/products/{}/plans/new", made.id);
    chosen.leads_to(&plan);
    house.get("/apis/rates/v1/offer").await.leads_to(&plan);
}

#[tokio::test]
async fn it_goes_on_offer_or_into_a_product_that_is_there() {
    let house = House::with(Role::Admin).await;
    let version = publish(&house).await;
    house
        .post("/apis/rates/v1/offer", &[("product", "on_offer")])
        .await;
    assert_eq!(
        holding(&house, version).await[0].state,
        ProductState::Published
    );

    let house = House::with(Role::Admin).await;
    let version = publish(&house).await;
    let input = products::Input {
        name: "Everything".to_owned(),
        slug: String::new(),
        summary: String::new(),
        visibility: Visibility::Public,
    };
    let other = products::create(&house.platform, &system(), &input)
        .await
        .unwrap();
    house
        .get("/apis/rates/v1/offer")
        .await
        .shows(200, "A draft; its plans then open this version too.");
    let id = other.id.to_string();
    house
        .post("/apis/rates/v1/offer", &[("product", id.as_str())])
        .await
        .leads_to(&format!("/products/{id}/plans/new"));
    assert_eq!(holding(&house, version).await[0].id, other.id);
    assert_eq!(all(&house).await.len(), 1);
}

#[tokio::test]
async fn who_may_not_write_makes_nothing() {
    let house = House::with(Role::Viewer).await;
    publish(&house).await;
    let refused = house
        .post("/apis/rates/v1/offer", &[("product", "draft")])
        .await;
    refused.shows(403, "catalog:write");
    assert!(all(&house).await.is_empty());
}
