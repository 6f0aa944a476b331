//! The configuration as a whole over the API: given out, applied, refused with the place, and held against what was applied.

use axum::http::Method;
use domain::access::{Permission, Role};
use operations::tokens::{self, NewToken};
use serde_json::{Value, json};
use testkit::each_database;

use crate::house::{Answer, House};

const PATH: &str = "/api/v1/config";

const HARBOR: &str = r#"
gatehouse: 1
tag: harbor
upstreams:
  - slug: rates
    targets: [{ url: "https://rates.example" }]
apis:
  - slug: shipping
    name: Shipping
    policies:
      - kind: upstream_auth
        config: { header: { name: X-Upstream-Key, value: "a-secret-of-the-upstream" } }
    versions:
      - label: v1
        upstream: rates
        base_path: /shipping/v1
        routes: [{ methods: [GET], path: /rates }]
products:
  - slug: parcels
    own_of: shipping
    versions: [shipping/v1]
    plans: [{ slug: sandbox }]
"#;

const CALLERS: &str = r#"
applications:
  - name: Storefront
    owner: noor@pier.example
    subscriptions: [{ product: parcels, plan: sandbox }]
    credentials: [{ label: Production, secret: "gh_live_0123456789abcdefghijklmnopqrstuvwxyzAB" }]
"#;

async fn send(house: &House, token: &str, query: &str, seen: Option<&str>, text: &str) -> Answer {
    let mut headers = vec![("content-type", "application/yaml")];
    headers.extend(seen.map(|seen| ("if-match", seen)));
    let path = format!("{PATH}{query}");
    let body = Some(text.to_owned());
    house
        .call_with(Method::POST, &path, Some(token), &headers, body)
        .await
}

async fn get(house: &House, token: &str, query: &str, headers: &[(&str, &str)]) -> Answer {
    let path = format!("{PATH}{query}");
    house
        .call_with(Method::GET, &path, Some(token), headers, None)
        .await
}

/// Applies a declaration; the answer's body.
pub(crate) async fn applied(house: &House, token: &str, text: &str) -> Value {
    let answer = send(house, token, "", None, text).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn what_is_given_out_is_taken_elsewhere_and_is_the_same_there() {
    each_database(async |db| {
        let house = House::over(db).await;
        let token = house.token(Some(Role::Admin)).await;
        let made = applied(&house, &token, &format!("{HARBOR}{CALLERS}")).await;
        assert_eq!(made["applied"], true);
        let whole = get(&house, &token, "?applications=true", &[]).await;
        assert_eq!(whole.header("content-type"), "application/yaml");
        assert_eq!(
            whole.header("etag"),
            format!("\"{}\"", made["after"].as_str().unwrap())
        );
        assert!(
            !whole.text.contains("a-secret-of-the-upstream"),
            "{}",
            whole.text
        );
        assert!(
            !whole.text.contains("gh_live_0123456789abcdefg"),
            "{}",
            whole.text
        );

        let other = House::build().await;
        let there = other.token(Some(Role::Admin)).await;
        applied(&other, &there, &whole.text).await;
        let again = get(&other, &there, "?applications=true", &[]).await;
        assert_eq!(again.header("etag"), whole.header("etag"));
        assert_eq!(again.text, whole.text);
    })
    .await;
}

#[tokio::test]
async fn json_is_given_where_it_is_asked_for_and_nothing_where_it_is_known() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    applied(&house, &token, HARBOR).await;
    let json = get(&house, &token, "", &[("accept", "application/json")]).await;
    assert_eq!(json.header("content-type"), "application/json");
    assert_eq!(json.json()["apis"][0]["slug"], "shipping");
    assert_eq!(json.header("vary"), "Accept");
    let known = json.header("etag");
    let same = get(&house, &token, "", &[("if-none-match", known)]).await;
    assert_eq!((same.status.as_u16(), same.text.as_str()), (304, ""));
    let tagged = get(&house, &token, "?tag=nothing", &[]).await;
    assert!(!tagged.text.contains("shipping"), "{}", tagged.text);
    assert_eq!(tagged.header("etag"), known, "the hash is of all there is");
    let odd = get(&house, &token, "?tags=harbor", &[]).await;
    assert_eq!(odd.json()["code"], "query_unreadable");
}

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
async fn who_saw_the_applications_may_name_what_they_saw() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    applied(&house, &token, &format!("{HARBOR}{CALLERS}")).await;
    let with = get(&house, &token, "?applications=true", &[]).await;
    let without = get(&house, &token, "", &[]).await;
    assert_ne!(with.header("etag"), without.header("etag"));
    let dry = "?dry_run=true";
    for (seen, text, status) in [
        (with.header("etag"), HARBOR.to_owned(), 200),
        (without.header("etag"), HARBOR.to_owned(), 200),
        (with.header("etag"), format!("{HARBOR}{CALLERS}"), 200),
        // the applications are declared and were not seen
        (without.header("etag"), format!("{HARBOR}{CALLERS}"), 412),
    ] {
        let answer = send(&house, &token, dry, Some(seen), &text).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    }
}

/// A declaration that is refused, with the field (an empty one stands for any) and a part of the message.
async fn refused(house: &House, token: &str, text: &str, field: &str, message: &str) {
    let answer = send(house, token, "", None, text).await;
    assert_eq!(answer.status.as_u16(), 422, "{text}: {}", answer.text);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    let errors = problem["errors"].as_array().unwrap();
    let found = errors.iter().any(|error| {
        let told = error["message"].as_str().unwrap();
        (field.is_empty() || error["field"] == field) && told.contains(message)
    });
    assert!(found, "no {field}: {message} in {problem:#}");
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_place_and_nothing_is_written() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    let before = get(&house, &token, "", &[]).await.header("etag").to_owned();
    let version = |text: &str| {
        format!("gatehouse: 1\napis: [{{slug: a, versions: [{{label: v1, {text}}}]}}]")
    };
    let dangling = version("upstream: ratse");
    let outside = version("document: /etc/passwd");
    let cases = [
        (
            "gatehouse: 2\nnovelties: []",
            "gatehouse",
            "newer than this program",
        ),
        ("apis: []", "", "missing field `gatehouse`"),
        ("gatehouse: 1\napis: [", "", ""),
        (
            "gatehouse: 1\nupstreams:\n  - slug: a\n    tragets: []",
            "upstreams/0",
            "did you mean `targets`? (line 4, column 5)",
        ),
        (
            "gatehouse: 1\nupstreams: [{slug: a}, {slug: a}]",
            "upstreams/a",
            "is there twice",
        ),
        (
            dangling.as_str(),
            "apis/a/versions/v1/upstream",
            "there is no upstream `ratse`",
        ),
        (
            "gatehouse: 1\napis: [{slug: a, versions: [{label: v1, successor: v2}, {label: v2, successor: v1}]}]",
            "apis/a/versions/v1/successor",
            "leads back to itself",
        ),
        (
            "gatehouse: 1\npolicies: [{kind: rate_limti}]",
            "policies/0/kind",
            "rate_limti",
        ),
        (
            "gatehouse: 1\nupstreams: [{slug: a, targets: [{url: 'http://10.0.0.1'}]}]",
            "upstreams/a/targets/0/url",
            "",
        ),
        // what the server has is not for who is elsewhere
        (
            "gatehouse: 1\napis: [{slug: a, description: \"${HOME}\"}]",
            "apis/0/description",
            "`${HOME}` is not looked up",
        ),
        (
            "gatehouse: 1\napis: [{slug: a, description: \"${file:/etc/passwd}\"}]",
            "apis/0/description",
            "is not opened",
        ),
        (
            "gatehouse: 1\napis: [{slug: a, description: \"${vault:secret/edge#key}\"}]",
            "apis/0/description",
            "is not fetched",
        ),
        (
            outside.as_str(),
            "apis/a/versions/v1/document",
            "is not opened",
        ),
        ("gatehouse: 1\ninclude: [/etc]", "include", "is not opened"),
    ];
    for (text, field, message) in cases {
        refused(&house, &token, text, field, message).await;
    }
    let (long, many) = ("x".repeat(100_000), ["*a"; 50_000].join(", "));
    let bomb = format!("gatehouse: 1\ndefaults: {{upstream: {{a: &a {long}, b: [{many}]}}}}\n");
    let told = "unfolds into many times what was sent";
    refused(&house, &token, &bomb, "declaration", told).await;
    // where it cannot be known before it is written, what was written is taken back
    let late = HARBOR.replace("path: /rates", "path: /rates, operation: nothing");
    let answer = send(&house, &token, "", None, &late).await;
    assert_eq!(answer.status.as_u16(), 422, "{}", answer.text);
    assert!(
        answer.text.contains("route shipping/v1/GET /rates"),
        "{}",
        answer.text
    );
    assert_eq!(get(&house, &token, "", &[]).await.header("etag"), before);
}

#[tokio::test]
async fn what_cannot_be_a_declaration_is_told() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    let huge = " ".repeat((96 << 20) + 1);
    let answer = send(&house, &token, "", None, &huge).await;
    assert_eq!(answer.json()["code"], "body_too_large", "{}", answer.text);
    assert!(answer.text.contains("96 MiB"), "{}", answer.text);
    let headers = [("content-type", "application/xml")];
    let body = Some("<a/>".to_owned());
    let answer = house
        .call_with(Method::POST, PATH, Some(&token), &headers, body)
        .await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["code"]),
        (415, &json!("declaration_expected"))
    );
    let answer = send(&house, &token, "?dryrun=true", None, HARBOR).await;
    assert_eq!(answer.status.as_u16(), 400);
    assert!(
        answer.text.contains("`dryrun` is none of dry_run"),
        "{}",
        answer.text
    );
    let untagged = "gatehouse: 1\nupstreams: [{slug: a}]";
    let answer = send(&house, &token, "?prune=true", None, untagged).await;
    assert_eq!(
        answer.json()["errors"][0]["field"],
        "tag",
        "{}",
        answer.text
    );
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
