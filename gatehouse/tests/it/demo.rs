//! The demo from its first start to its second: what a stranger sees.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use http::Method;
use serde_json::json;

use crate::process::{Demo, STOP, json as body};

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_answers_counts_and_forgets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path()).await;
    let mode = std::fs::metadata(&demo.file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let key = demo.fact("api_key").to_owned();
    let before = month(&demo).await;
    let answer = demo.call(&key).await;
    assert_eq!(answer.status, 200);
    for header in [
        "ratelimit",
        "ratelimit-policy",
        "x-ratelimit-remaining",
        "x-request-id",
    ] {
        assert!(answer.headers.contains_key(header), "{header}");
    }
    refusals(&demo, &key).await;
    // The call is in the report within two seconds, and the quota in the header is the quota in the store.
    let deadline = Instant::now() + Duration::from_secs(5);
    while month(&demo).await <= before {
        assert!(Instant::now() < deadline, "the call was not counted");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    suspension(&demo, &key).await;
    shut_out(&demo, &key).await;

    let upstream = upstream(&demo).await;
    let (status, took) = demo.stop();
    assert!(status.success() && took < STOP, "{status} after {took:?}");

    let again = Demo::start(folder.path()).await;
    assert_eq!(again.fact("api_key"), key);
    assert_eq!(again.call(&key).await.status, 200);
    // Where it was, so that what the gateway finds on its disk is right from the first call on.
    assert_eq!(self::upstream(&again).await, upstream);
}

/// Where the demo's upstream is, and the version of it.
async fn upstream(demo: &Demo) -> (String, i64) {
    let list = body(&demo.admin(Method::GET, "/upstreams", &[], "").await);
    let items = list["items"].as_array().unwrap();
    let found = items.iter().find(|one| one["slug"] == "demo-upstream");
    let found = found.unwrap();
    let url = found["targets"][0]["url"].as_str().unwrap();
    (url.to_owned(), found["version"].as_i64().unwrap())
}

/// Requests of the last thirty days, as the platform reports them.
async fn month(demo: &Demo) -> i64 {
    let answer = demo.admin(Method::GET, "/usage?range=30d", &[], "").await;
    body(&answer)["totals"]["requests"].as_i64().unwrap()
}

async fn refusals(demo: &Demo, key: &str) {
    let example = demo.fact("example_url");
    let without = demo.get(example, &[]).await;
    assert_eq!(
        (without.status.as_u16(), code(&without)),
        (401, "credential_missing".to_owned())
    );
    let unknown = demo.call("gh_live_nobody").await;
    assert_eq!(
        (unknown.status.as_u16(), code(&unknown)),
        (401, "credential_unknown".to_owned())
    );
    // A key of another product's subscription.
    let apis = body(&demo.admin(Method::GET, "/apis", &[], "").await);
    let billing = apis["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|api| api["slug"] == "harbor-billing")
        .unwrap()
        .clone();
    let base = billing["versions"][0]["base_path"].as_str().unwrap();
    let url = format!("{}{base}/invoices", demo.fact("gateway_url"));
    let other = demo.get(&url, &[("x-api-key", key)]).await;
    assert_eq!(
        (other.status.as_u16(), code(&other)),
        (403, "subscription_missing".to_owned())
    );
}

fn code(answer: &outbound::Fetched) -> String {
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    body(answer)["code"].as_str().unwrap().to_owned()
}

/// What an admin stops shows on the wire within a second.
async fn suspension(demo: &Demo, key: &str) {
    let list = body(
        &demo
            .admin(Method::GET, "/subscriptions?state=active", &[], "")
            .await,
    );
    let found = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["application_name"] == "Pier 9 Storefront")
        .unwrap()
        .clone();
    let path = format!("/subscriptions/{}", found["id"].as_str().unwrap());
    let tag = format!("\"{}\"", found["version"]);
    let reason = json!({"reason": "a test"}).to_string();
    let stopped = demo
        .admin(
            Method::POST,
            &format!("{path}/suspend"),
            &[("if-match", &tag)],
            &reason,
        )
        .await;
    assert_eq!(stopped.status, 200, "{:?}", stopped.body);
    wait_for(demo, key, 403).await;
    let tag = format!("\"{}\"", body(&stopped)["version"]);
    let resumed = demo
        .admin(
            Method::POST,
            &format!("{path}/resume"),
            &[("if-match", &tag)],
            "",
        )
        .await;
    assert_eq!(resumed.status, 200, "{:?}", resumed.body);
    wait_for(demo, key, 200).await;
}

/// The keys of a person who is shut out open nothing, and open it again when the person is let in.
async fn shut_out(demo: &Demo, key: &str) {
    let email = demo.fact("developer_email");
    let accounts = body(&demo.admin(Method::GET, "/accounts", &[], "").await);
    let account = accounts["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|account| account["email"] == email)
        .unwrap()
        .clone();
    let path = format!("/accounts/{}", account["id"].as_str().unwrap());
    let reason = json!({"reason": "a test"}).to_string();
    let suspend = format!("{path}/suspend");
    let stopped = demo.admin(Method::POST, &suspend, &[], &reason).await;
    assert!(stopped.status.is_success(), "{:?}", stopped.body);
    wait_for(demo, key, 403).await;
    assert_eq!(code(&demo.call(key).await), "application_suspended");
    let resume = format!("{path}/resume");
    let resumed = demo.admin(Method::POST, &resume, &[], "").await;
    assert!(resumed.status.is_success(), "{:?}", resumed.body);
    wait_for(demo, key, 200).await;
}

async fn wait_for(demo: &Demo, key: &str, status: u16) {
    let deadline = Instant::now() + Duration::from_secs(1);
    loop {
        let answer = demo.call(key).await;
        if answer.status == status {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "still {} after a second",
            answer.status
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
