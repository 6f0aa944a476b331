//! Applied: told before, done once, refused where somebody else was first or applications would be cut off.

use axum::http::Method;
use domain::access::{Permission, Role};
use operations::tokens::{self, NewToken};
use serde_json::json;
use testkit::each_database;

use super::{CALLERS, HARBOR, PATH, applied, get, send};
use crate::house::House;

#[tokio::test]
async fn an_apply_tells_what_it_does_and_the_second_does_nothing() {
    each_database(async |db| {
        let house = House::over(db).await;
        let token = house.token(Some(Role::Admin)).await;
        let empty = get(&house, &token, "", &[]).await.header("etag").to_owned();
        let dry = send(&house, &token, "?dry_run=true", None, HARBOR).await;
        let told = dry.json();
        assert_eq!(
            (&told["applied"], &told["differs"]),
            (&json!(false), &json!(true)),
            "{told}"
        );
        assert_eq!(
            (&told["created"], &told["updated"]),
            (&json!(7), &json!(0)),
            "{told}"
        );
        assert_eq!(dry.header("etag"), empty);
        assert_eq!(get(&house, &token, "", &[]).await.header("etag"), empty);

        let done = send(&house, &token, "", None, HARBOR).await;
        let told = done.json();
        assert!(told["revision"].is_i64(), "{told}");
        let names: Vec<&str> = told["changes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|change| change["name"].as_str().unwrap())
            .collect();
        assert!(names.contains(&"shipping/v1/GET /rates"), "{names:?}");
        assert_eq!(
            get(&house, &token, "", &[]).await.header("etag"),
            done.header("etag")
        );

        let again = send(&house, &token, "", None, HARBOR).await.json();
        assert_eq!(
            (&again["applied"], &again["differs"]),
            (&json!(false), &json!(false))
        );
        assert_eq!(again["changes"], json!([]));

        // in JSON too, and the difference is told by its member
        let changed = json!({ "gatehouse": 1, "tag": "harbor", "upstreams": [
            { "slug": "rates", "name": "Rates", "targets": [{ "url": "https://rates.example" }] },
        ]});
        let headers = [("content-type", "application/json")];
        let body = Some(changed.to_string());
        let answer = house
            .call_with(Method::POST, PATH, Some(&token), &headers, body)
            .await;
        let change = &answer.json()["changes"][0];
        assert_eq!(change["action"], "update", "{}", answer.text);
        assert_eq!(
            change["members"]["name"],
            json!({ "from": "rates", "to": "Rates" })
        );
        assert_eq!(answer.json()["kept"], 6);
    })
    .await;
}

#[tokio::test]
async fn the_loser_of_a_race_is_told_and_has_done_nothing() {
    each_database(async |db| {
        let house = House::over(db).await;
        let token = house.token(Some(Role::Admin)).await;
        let seen = get(&house, &token, "", &[]).await.header("etag").to_owned();
        let other =
            "gatehouse: 1\nupstreams: [{slug: other, targets: [{url: 'https://x.example'}]}]";
        let (one, two) = tokio::join!(
            send(&house, &token, "", Some(&seen), HARBOR),
            send(&house, &token, "", Some(&seen), other),
        );
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412], "{} {}", one.text, two.text);
        let loser = if one.status.as_u16() == 412 {
            &one
        } else {
            &two
        };
        assert_eq!(loser.json()["code"], "version_conflict");
        let all = get(&house, &token, "", &[]).await.text;
        assert_ne!(
            all.contains("slug: other"),
            all.contains("slug: shipping"),
            "{all}"
        );
        let unreadable = send(&house, &token, "", Some("W/\"a\""), HARBOR).await;
        assert_eq!(unreadable.json()["code"], "version_unreadable");
    })
    .await;
}

#[tokio::test]
async fn applications_are_cut_off_only_where_that_is_allowed() {
    each_database(async |db| {
        let house = House::over(db).await;
        let token = house.token(Some(Role::Admin)).await;
        applied(&house, &token, &format!("{HARBOR}{CALLERS}")).await;
        let retired = HARBOR.replace("label: v1", "label: v1\n        lifecycle: retired");
        let answer = send(&house, &token, "", None, &retired).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["code"]),
            (409, &json!("wrong_state")),
            "{}",
            answer.text
        );
        assert!(
            answer.text.contains("cut off 1 applications"),
            "{}",
            answer.text
        );
        assert!(
            answer.text.contains("allow_cut_off=true"),
            "{}",
            answer.text
        );
        let dry = send(&house, &token, "?dry_run=true", None, &retired).await;
        assert_eq!(dry.json()["impact"]["applications"], 1, "{}", dry.text);
        let done = send(&house, &token, "?allow_cut_off=true", None, &retired).await;
        assert_eq!(done.json()["applied"], true, "{}", done.text);
    })
    .await;
}

#[tokio::test]
async fn only_what_is_selected_is_touched_and_only_the_tag_is_pruned() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    let only = send(
        &house,
        &token,
        "?select=upstream+*&select=api+*",
        None,
        HARBOR,
    )
    .await;
    assert_eq!(only.json()["created"], 2, "{}", only.text);
    applied(&house, &token, HARBOR).await;
    let by_hand =
        "gatehouse: 1\nupstreams: [{slug: by-hand, targets: [{url: 'https://x.example'}]}]";
    applied(&house, &token, by_hand).await;
    let nothing = "gatehouse: 1\ntag: harbor\n";
    let answer = send(
        &house,
        &token,
        "?prune=true&allow_cut_off=true",
        None,
        nothing,
    )
    .await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    let left = get(&house, &token, "", &[]).await.text;
    assert!(
        left.contains("by-hand") && !left.contains("shipping"),
        "{left}"
    );
}

#[tokio::test]
async fn applications_need_their_own_permission_and_an_apply_is_audited() {
    let house = House::build().await;
    let admin = house.token(Some(Role::Admin)).await;
    let person = house.platform.admin("ben@harbor.example").await;
    let new = NewToken {
        name: "pipeline".to_owned(),
        scopes: vec![Permission::CatalogWrite],
        expires_at: None,
        account: None,
    };
    let made = tokens::create(&house.platform, &person, new).await.unwrap();
    let token = made.text.reveal().to_owned();
    let callers = send(&house, &token, "", None, &format!("{HARBOR}{CALLERS}")).await;
    assert_eq!(callers.status.as_u16(), 403, "{}", callers.text);
    let whole = get(&house, &token, "?applications=true", &[]).await;
    assert_eq!(whole.status.as_u16(), 403);
    applied(&house, &token, HARBOR).await;
    let log = house
        .call(
            Method::GET,
            "/api/v1/audit?action=configuration.applied",
            Some(&admin),
            None,
            None,
        )
        .await
        .json();
    let line = &log["items"][0];
    assert_eq!(line["actor_kind"], "token", "{log:#}");
    assert_eq!(line["after"]["through"], "api", "{log:#}");
    assert_eq!(line["after"]["created"], 7);
}
