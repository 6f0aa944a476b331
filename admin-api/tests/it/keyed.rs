//! Requests that are repeated under an idempotency key.

use std::time::Duration;

use axum::http::Method;
use domain::access::Role;
use domain::id::DEFAULT_WORKSPACE;
use futures_util::future::join_all;
use serde_json::Value;
use store::idempotency_keys::{self, Owner};
use testkit::TestDb;

use crate::house::{Answer, House};
use crate::journey;

const ONE: &str = r#"{"name":"Parcels","slug":"parcels"}"#;
const OTHER: &str = r#"{"name":"Letters","slug":"letters"}"#;

async fn post(house: &House, token: &str, path: &str, key: &str, body: &str) -> Answer {
    let path = format!("/api/v1{path}");
    let headers = [("idempotency-key", key)];
    house
        .call_with(
            Method::POST,
            &path,
            Some(token),
            &headers,
            Some(body.to_owned()),
        )
        .await
}

async fn count(house: &House, token: &str) -> usize {
    let answer = house
        .call(Method::GET, "/api/v1/apis", Some(token), None, None)
        .await;
    answer.json()["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn the_same_request_is_carried_out_once() {
    for db in [TestDb::sqlite().await, TestDb::postgres().await] {
        let house = House::over(db).await;
        let token = house.token(Some(Role::Admin)).await;
        let first = post(&house, &token, "/apis", "k1", ONE).await;
        let second = post(&house, &token, "/apis", "k1", ONE).await;
        assert_eq!(first.status.as_u16(), 201, "{}", first.text);
        assert_eq!((second.status, &second.text), (first.status, &first.text));
        for name in ["etag", "content-type"] {
            assert_eq!(first.header(name), second.header(name), "{name}");
        }
        assert_eq!(second.header("idempotency-replayed"), "true");
        assert_eq!(first.header("idempotency-replayed"), "");
        assert_eq!(count(&house, &token).await, 1);
    }
}

#[tokio::test]
async fn a_key_is_for_one_request_of_one_actor() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    post(&house, &token, "/apis", "k1", ONE).await;
    for (path, body) in [("/apis", OTHER), ("/products", ONE)] {
        let answer = post(&house, &token, path, "k1", body).await;
        let told = (answer.status.as_u16(), answer.json()["code"].clone());
        assert_eq!(told, (422, Value::from("idempotency_key_reused")), "{path}");
    }
    let second = house.second_admin().await;
    let answer = post(&house, &second, "/apis", "k1", OTHER).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
}

#[tokio::test]
async fn what_made_nothing_frees_its_key() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    let refused = post(&house, &token, "/apis", "k1", r#"{"name":""}"#).await;
    assert_eq!(refused.status.as_u16(), 422);
    let mended = post(&house, &token, "/apis", "k1", ONE).await;
    assert_eq!(mended.status.as_u16(), 201, "{}", mended.text);
}

#[tokio::test]
async fn a_key_ends_after_a_day() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    post(&house, &token, "/apis", "k1", ONE).await;
    house.platform.wait(Duration::from_secs(86_399));
    let kept = post(&house, &token, "/apis", "k1", OTHER).await;
    assert_eq!(kept.status.as_u16(), 422);
    house.platform.wait(Duration::from_secs(2));
    let fresh = post(&house, &token, "/apis", "k1", OTHER).await;
    assert_eq!(fresh.status.as_u16(), 201, "{}", fresh.text);
}

#[tokio::test]
async fn many_at_once_make_one() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    let calls = (0..8).map(|_| post(&house, &token, "/apis", "k1", ONE));
    let answers = join_all(calls).await;
    for answer in &answers {
        let status = answer.status.as_u16();
        assert!(matches!(status, 201 | 409), "{status} {}", answer.text);
        if status == 409 {
            assert_eq!(answer.json()["code"], "idempotency_key_under_way");
        }
    }
    assert!(answers.iter().any(|answer| answer.status.as_u16() == 201));
    assert_eq!(count(&house, &token).await, 1);
}

#[tokio::test]
async fn a_secret_is_given_again_and_kept_sealed() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    let made = journey::walk(&house, &token).await;
    let path = format!("/applications/{}/credentials", made.application);
    let body = r#"{"label":"again"}"#;
    let first = post(&house, &token, &path, "k1", body).await;
    let second = post(&house, &token, &path, "k1", body).await;
    assert!(first.text.contains("gh_live_"), "{}", first.text);
    assert_eq!(first.text, second.text);
    let tokens = house
        .call(Method::GET, "/api/v1/tokens", Some(&token), None, None)
        .await;
    let actor = tokens.json()["items"][0]["id"].as_str().unwrap().parse();
    let owner = Owner {
        workspace: DEFAULT_WORKSPACE,
        actor: actor.unwrap(),
        key: "k1".to_owned(),
    };
    let mut conn = house.platform.db.read().await.unwrap();
    let kept = idempotency_keys::find(&mut conn, &owner).await.unwrap();
    let sealed = kept.unwrap().sealed_answer;
    assert!(sealed.len() > first.text.len());
    assert!(!sealed.windows(8).any(|part| part == b"gh_live_"));
}

#[tokio::test]
async fn keys_that_are_none_are_refused() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    for key in ["", " ", &"k".repeat(256), "a\u{e9}"] {
        let answer = post(&house, &token, "/apis", key, ONE).await;
        assert_eq!(answer.status.as_u16(), 400, "{key:?}");
    }
    let nobody = house
        .call_with(
            Method::POST,
            "/api/v1/apis",
            None,
            &[("idempotency-key", "k")],
            None,
        )
        .await;
    assert_eq!(nobody.status.as_u16(), 401);
}
