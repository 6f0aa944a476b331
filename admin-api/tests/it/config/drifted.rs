//! Held against what was applied: in step, drifted with who did it, forgotten.

use axum::http::Method;
use domain::access::Role;
use serde_json::{Value, json};
use testkit::each_database;

use super::{HARBOR, applied};
use crate::house::House;

async fn checked(house: &House, token: &str) -> Value {
    let path = "/api/v1/config/declarations/check";
    let answer = house
        .call(Method::POST, path, Some(token), None, None)
        .await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    answer.json()["items"][0].clone()
}

#[tokio::test]
async fn drift_is_told_with_who_caused_it_until_it_is_mended_or_forgotten() {
    each_database(async |db| {
        let house = House::over(db).await;
        let token = house.token(Some(Role::Admin)).await;
        applied(&house, &token, HARBOR).await;
        let fresh = checked(&house, &token).await;
        assert_eq!((&fresh["state"], &fresh["tag"]), (&json!("in_step"), &json!("harbor")), "{fresh}");
        assert_eq!((&fresh["things"], &fresh["differing"]), (&json!(7), &json!(0)));

        house.platform.wait(std::time::Duration::from_secs(60));
        let upstreams = house
            .call(Method::GET, "/api/v1/upstreams", Some(&token), None, None)
            .await
            .json();
        let upstream = &upstreams["items"][0];
        let path = format!("/api/v1/upstreams/{}", upstream["id"].as_str().unwrap());
        let seen = format!("\"{}\"", upstream["version"]);
        let body = json!({ "name": "By hand", "slug": "rates", "targets": [{ "url": "https://rates.example" }] });
        let second = house.second_admin().await;
        let answer = house
            .call(Method::PUT, &path, Some(&second), Some(&seen), Some(body.to_string()))
            .await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
        let drifted = checked(&house, &token).await;
        assert_eq!((&drifted["state"], &drifted["differing"]), (&json!("drifted"), &json!(1)), "{drifted}");
        let difference = &drifted["differences"][0];
        assert_eq!(
            (&difference["how"], &difference["kind"], &difference["name"]),
            (&json!("changed"), &json!("upstream"), &json!("rates"))
        );
        assert_eq!(
            difference["members"][0],
            json!({ "name": "name", "declared": "rates", "found": "By hand" })
        );
        assert_eq!(difference["by"]["action"], "upstream.updated", "{drifted}");

        let viewer = house.token(Some(Role::Viewer)).await;
        let list = "/api/v1/config/declarations";
        let seen = house.call(Method::GET, list, Some(&viewer), None, None).await;
        assert_eq!(seen.json()["items"][0]["state"], "drifted", "{}", seen.text);
        assert!(seen.json()["items"][0]["differences"][0]["by"].is_null(), "{}", seen.text);

        applied(&house, &token, HARBOR).await;
        assert_eq!(checked(&house, &token).await["state"], "in_step");
        let id = drifted["id"].as_str().unwrap();
        let path = format!("{list}/{id}");
        let gone = house.call(Method::DELETE, &path, Some(&token), None, None).await;
        assert_eq!(gone.status.as_u16(), 204, "{}", gone.text);
        let left = house.call(Method::GET, list, Some(&token), None, None).await;
        assert_eq!(left.json()["items"], json!([]));
        let again = house.call(Method::DELETE, &path, Some(&token), None, None).await;
        assert_eq!(again.status.as_u16(), 404);
    })
    .await;
}
