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

#[tokio::test]
async fn callers_are_brought_in_with_the_keys_that_they_have() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    let made = journey::walk(&house, &token).await;
    let people = json!({"items": [
        {"email": "north@pier.example", "name": "North"},
        {"email": "not an address", "name": "South"},
    ]});
    let (status, told) = call(&house, &token, "/accounts/batches", people).await;
    assert_eq!((status, &told["done"]), (200, &json!(1)), "{told}");
    assert_eq!(told["results"][1]["status"], 422, "{told}");
    let owner = told["results"][0]["made"]["id"].clone();
    let hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let wish = json!({"plan_id": made.plan, "accepts_terms": true});
    let applications = json!({"items": [
        {"owner_id": owner, "name": "Ferry", "subscriptions": [wish], "credentials": [{"label": "old", "hash": hash}, {"label": "new"}]},
        // the key is taken: nothing of this one is made
        {"owner_id": owner, "name": "Barge", "subscriptions": [wish], "credentials": [{"label": "same", "hash": hash}]},
        {"owner_id": owner, "name": "Raft"},
    ]});
    let (status, told) = call(&house, &token, "/applications/batches", applications).await;
    assert_eq!((status, &told["done"]), (200, &json!(2)), "{told}");
    let ferry = &told["results"][0]["made"];
    assert_eq!(ferry["application"]["owner_email"], "north@pier.example");
    assert_eq!(ferry["subscriptions"].as_array().unwrap().len(), 1);
    assert_eq!(ferry["credentials"][0]["secret"], Value::Null);
    assert!(
        ferry["credentials"][1]["secret"]
            .as_str()
            .unwrap()
            .starts_with("gh_live_")
    );
    let barge = &told["results"][1];
    assert_eq!(barge["status"], 422, "{barge}");
    assert_eq!(
        barge["problem"]["errors"][0]["field"], "credentials/0/hash",
        "{barge}"
    );
    let path = "/api/v1/applications?text=Barge";
    let listed = house
        .call(Method::GET, path, Some(&token), None, None)
        .await;
    assert_eq!(listed.json()["items"], json!([]), "{}", listed.text);
    let raft = &told["results"][2]["made"]["application"]["id"];
    let wanted = json!({"items": [
        {"application_id": raft, "plan_id": made.plan, "accepts_terms": true},
        {"application_id": raft, "plan_id": made.plan, "accepts_terms": true},
    ]});
    let (status, told) = call(&house, &token, "/subscriptions/batches", wanted).await;
    assert_eq!((status, &told["done"]), (200, &json!(1)), "{told}");
    assert_eq!(told["results"][1]["status"], 409, "{told}");
}

#[tokio::test]
async fn a_batch_that_is_sent_again_makes_nothing_twice() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    let owner = house.platform.developer("ed@pier.example").await;
    let owner = owner.account().unwrap().uuid();
    let body =
        json!({"items": [{"owner_id": owner, "name": "Once", "credentials": [{"label": "key"}]}]});
    let send = async || {
        let path = "/api/v1/applications/batches";
        let headers = [("idempotency-key", "batch-1")];
        let body = Some(body.to_string());
        house
            .call_with(Method::POST, path, Some(&token), &headers, body)
            .await
    };
    let (first, again) = (send().await, send().await);
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(first.text, again.text);
    let path = "/api/v1/applications?text=Once";
    let listed = house
        .call(Method::GET, path, Some(&token), None, None)
        .await;
    assert_eq!(listed.json()["items"].as_array().unwrap().len(), 1);
}
