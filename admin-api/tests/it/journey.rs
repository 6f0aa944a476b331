//! From a document to a key, by the API alone.

use axum::http::Method;
use domain::access::Role;
use serde_json::{Value, json};

use crate::house::House;

pub(crate) const DOCUMENT: &str = r#"{"openapi":"3.1.0","info":{"title":"Parcels","version":"1.0.0"},"servers":[{"url":"https://parcels.example.com/"}],"paths":{"/parcels":{"get":{"operationId":"listParcels","responses":{"200":{"description":"Parcels"}}}}}}"#;

/// What was made on the way: ids and versions.
pub(crate) struct Made {
    pub(crate) api: String,
    pub(crate) version: String,
    pub(crate) product: String,
    pub(crate) plan: String,
    pub(crate) application: String,
    pub(crate) subscription: String,
    pub(crate) credential: String,
}

/// Does this, and fails unless it is done.
async fn done(house: &House, token: &str, call: (Method, &str), seen: &str, body: Value) -> Value {
    let (method, path) = call;
    let path = format!("/api/v1{path}");
    let body = Some(body.to_string()).filter(|_| method != Method::GET);
    let seen = Some(seen).filter(|seen| !seen.is_empty());
    let answer = house.call(method, &path, Some(token), seen, body).await;
    assert!(
        answer.status.is_success(),
        "{path}: {} {}",
        answer.status,
        answer.text
    );
    answer.json()
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

fn seen(value: &Value) -> String {
    format!("\"{}\"", value["version"].as_i64().unwrap())
}

/// Publishes an API in a product with a reviewed plan, subscribes to it and makes a key.
pub(crate) async fn walk(house: &House, token: &str) -> Made {
    let body = json!({"document": DOCUMENT});
    let imported = done(house, token, (Method::POST, "/imports"), "", body).await;
    let version = &imported["version"];
    let path = format!("/versions/{}/publish", id(version));
    done(
        house,
        token,
        (Method::POST, &path),
        &seen(version),
        json!({}),
    )
    .await;
    let product = json!({"name": "Parcels", "slug": "parcels"});
    let product = done(house, token, (Method::POST, "/products"), "", product).await;
    let path = format!("/products/{}/items/{}", id(&product), id(version));
    done(house, token, (Method::PUT, &path), "", json!({})).await;
    let path = format!("/products/{}/plans", id(&product));
    let plan = json!({"name": "Standard", "slug": "standard", "approval": "reviewed"});
    let plan = done(house, token, (Method::POST, &path), "", plan).await;
    let path = format!("/products/{}", id(&product));
    let product = done(house, token, (Method::GET, &path), "", Value::Null).await;
    let path = format!("/products/{}/publish", id(&product));
    done(
        house,
        token,
        (Method::POST, &path),
        &seen(&product),
        json!({}),
    )
    .await;
    let owner = house
        .platform
        .developer("dora@pier.example")
        .await
        .account()
        .unwrap();
    let application = json!({"name": "Storefront", "owner_id": owner.uuid()});
    let application = done(
        house,
        token,
        (Method::POST, "/applications"),
        "",
        application,
    )
    .await;
    let wanted =
        json!({"application_id": id(&application), "plan_id": id(&plan), "accepts_terms": true});
    let subscription = done(house, token, (Method::POST, "/subscriptions"), "", wanted).await;
    assert_eq!(subscription["state"], "pending");
    let path = format!("/subscriptions/{}/approve", id(&subscription));
    let call = (Method::POST, path.as_str());
    let approved = done(house, token, call, &seen(&subscription), json!({})).await;
    assert_eq!(approved["state"], "active");
    let path = format!("/applications/{}/credentials", id(&application));
    let key = json!({"label": "first"});
    let key = done(house, token, (Method::POST, &path), "", key).await;
    let listed = done(house, token, (Method::GET, &path), "", Value::Null).await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert!(key.to_string().contains("gh_live_"), "{key}");
    assert!(!listed.to_string().contains("secret"), "{listed}");
    Made {
        api: imported["api_id"].as_str().unwrap().to_owned(),
        version: id(version),
        product: id(&product),
        plan: id(&plan),
        application: id(&application),
        subscription: id(&subscription),
        credential: id(&listed["items"][0]),
    }
}

#[tokio::test]
async fn from_a_document_to_a_key() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    walk(&house, &token).await;
}
