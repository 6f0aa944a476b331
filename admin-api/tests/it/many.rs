//! Calls for many things at once.

use axum::http::Method;
use domain::access::Role;
use serde_json::{Value, json};

use crate::house::House;
use crate::journey;

async fn call(house: &House, token: &str, path: &str, body: Value) -> (u16, Value) {
    let path = format!("/api/v1{path}");
    let answer = house
        .call(
            Method::POST,
            &path,
            Some(token),
            None,
            Some(body.to_string()),
        )
        .await;
    (answer.status.as_u16(), answer.json())
}

#[tokio::test]
async fn each_subscription_is_decided_for_itself() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    let made = journey::walk(&house, &token).await;
    let owner = house.platform.developer("ed@pier.example").await;
    let owner = owner.account().unwrap().uuid();
    let mut ids = Vec::new();
    for name in ["One", "Two"] {
        let application = json!({"name": name, "owner_id": owner});
        let (_, application) = call(&house, &token, "/applications", application).await;
        let wanted = json!({"application_id": application["id"], "plan_id": made.plan, "accepts_terms": true});
        let (_, subscription) = call(&house, &token, "/subscriptions", wanted).await;
        ids.push(subscription["id"].clone());
    }
    // one that is active already
    ids.push(json!(made.subscription));
    let body = json!({"subscription_ids": ids, "decision": "approve"});
    let (status, told) = call(&house, &token, "/subscriptions/decisions", body).await;
    assert_eq!((status, &told["done"]), (200, &json!(2)), "{told}");
    let statuses: Vec<_> = told["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["status"])
        .collect();
    assert_eq!(statuses, [&json!(200), &json!(200), &json!(409)], "{told}");
    let silent = json!({"subscription_ids": ids, "decision": "reject"});
    assert_eq!(
        call(&house, &token, "/subscriptions/decisions", silent)
            .await
            .0,
        422
    );
}

#[tokio::test]
async fn many_credentials_end_at_once() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    let made = journey::walk(&house, &token).await;
    let unknown = "0198a000-0000-7000-8000-000000000001";
    let body = json!({"credential_ids": [made.credential, unknown], "reason": "leaked"});
    let (status, told) = call(&house, &token, "/credentials/revocations", body).await;
    assert_eq!((status, &told["done"]), (200, &json!(1)), "{told}");
    assert_eq!(told["results"][1]["problem"]["code"], "not_found");
    let path = format!("/api/v1/credentials/{}", made.credential);
    let shown = house
        .call(Method::GET, &path, Some(&token), None, None)
        .await;
    assert_eq!(shown.json()["state"], "revoked", "{}", shown.text);
    let many = vec![unknown; 201];
    let body = json!({"credential_ids": many});
    assert_eq!(
        call(&house, &token, "/credentials/revocations", body)
            .await
            .0,
        422
    );
}
