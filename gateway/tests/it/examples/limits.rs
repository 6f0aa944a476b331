//! Stories about how much.

use std::time::Instant;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::scene::{Scene, refused};
use crate::client::{Answer, Connection};

pub(super) async fn stories(scene: &mut Scene) {
    rate_limit(scene).await;
    quota(scene).await;
    spike_arrest(scene).await;
    concurrency_limit(scene).await;
    response_rate_limit(scene).await;
    request_size_limit(scene).await;
}

const LINE: &str = "GET /shop/any/x";

/// So many requests at once.
async fn at_once(scene: &Scene, count: usize, line: &str, headers: &[&str]) -> Vec<Answer> {
    let all: FuturesUnordered<_> = (0..count).map(|_| scene.ask(line, headers, "")).collect();
    all.collect().await
}

fn passed(answers: &[Answer]) -> usize {
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        refused(answer, 429, "rate_limited");
        assert!(!answer.header("retry-after").is_empty());
    }
    answers.iter().filter(|answer| answer.status == 200).count()
}

async fn rate_limit(scene: &mut Scene) {
    scene.example("rate_limit", 0).await;
    // within the minute, however slow the machine is
    let passed_in_all = passed(&at_once(scene, 320, LINE, &[]).await);
    assert!((10..=300).contains(&passed_in_all), "{passed_in_all}");
    let other = scene.ask(LINE, &["X-Forwarded-For: 203.0.113.5"], "").await;
    assert_eq!(other.status, 200, "another address");
    assert!(other.header("ratelimit-policy").contains("q=300"));

    scene.example("rate_limit", 1).await;
    let begun = Instant::now();
    let burst = passed(&at_once(scene, 60, LINE, &["X-Tenant: a"]).await);
    // twenty at once, and one more every 600 ms
    let most = 21 + begun.elapsed().as_millis() / 600;
    assert!(burst >= 20 && burst as u128 <= most, "{burst} of {most}");
    let other = scene.ask(LINE, &["X-Tenant: b"], "").await;
    assert_eq!(other.status, 200);
    assert!(
        other.header("ratelimit").starts_with("\"tenant\""),
        "{}",
        other.header("ratelimit")
    );

    scene.example("rate_limit", 2).await;
    let line = "GET /shop/any/say?x-units=120";
    let first = scene.ask(line, &[], "").await;
    assert!(
        first.header("ratelimit").contains("r=4880"),
        "{}",
        first.header("ratelimit")
    );
    let dear = scene.ask("GET /shop/any/say?x-units=9000", &[], "").await;
    assert!(
        dear.header("ratelimit").contains("r=4380"),
        "no more than `most` is believed"
    );
}

async fn quota(scene: &mut Scene) {
    scene.example("quota", 0).await;
    let answer = scene.ask(LINE, &[], "").await;
    let told = answer.header("ratelimit-policy");
    assert!(
        told.contains("\"all subscriptions\"") && told.contains("q=50000"),
        "{told}"
    );
    assert!(answer.header("ratelimit").contains("r=49999"));

    scene.example("quota", 1).await;
    let line = "GET /shop/any/say?x-credits=250";
    let answer = scene.ask(line, &[], "").await;
    assert_eq!(answer.status, 200);
    let next = scene.ask(LINE, &[], "").await;
    let left = next.header("ratelimit");
    assert!(
        left.contains("\"credits\"") && left.contains("r=99749"),
        "{left}"
    );
}

async fn spike_arrest(scene: &mut Scene) {
    scene.example("spike_arrest", 0).await;
    let begun = Instant::now();
    let passed = passed(&at_once(scene, 200, LINE, &[]).await);
    // five at once, and one more every 20 ms
    let most = 6 + begun.elapsed().as_millis() / 20;
    assert!(passed >= 5 && passed as u128 <= most, "{passed} of {most}");
}

async fn concurrency_limit(scene: &mut Scene) {
    scene.example("concurrency_limit", 0).await;
    let gate = scene.world.upstream.gate.clone();
    let mut all: FuturesUnordered<_> = (0..13)
        .map(|_| scene.ask("GET /shop/any/hold", &[], ""))
        .collect();
    // four run and eight wait: the thirteenth is refused, and it is the first to be answered
    refused(&all.next().await.unwrap(), 429, "concurrency_limited");
    gate.add_permits(12);
    let rest: Vec<Answer> = all.collect().await;
    assert!(rest.iter().all(|answer| answer.status == 200));
}

async fn response_rate_limit(scene: &mut Scene) {
    scene.example("response_rate_limit", 0).await;
    let cheap = scene
        .ask("GET /shop/any/say?x-usage=tokens%3D40", &[], "")
        .await;
    assert_eq!((cheap.status, cheap.header("x-usage")), (200, ""));
    assert!(
        cheap.header("ratelimit").contains("r=99960"),
        "{}",
        cheap.header("ratelimit")
    );
    let dear = "GET /shop/any/say?x-usage=tokens%3D5%2C%20images%3D60";
    assert_eq!(scene.ask(dear, &[], "").await.status, 200);
    refused(&scene.ask(LINE, &[], "").await, 429, "rate_limited");
}

async fn request_size_limit(scene: &mut Scene) {
    scene.example("request_size_limit", 0).await;
    let line = "POST /shop/any/x";
    assert_eq!(scene.ask(line, &[], &"x".repeat(65_536)).await.status, 200);
    refused(
        &scene.ask(line, &[], &"x".repeat(65_537)).await,
        413,
        "body_too_large",
    );
    let long = format!("GET /shop/any/{}", "x".repeat(2_048));
    refused(&scene.ask(&long, &[], "").await, 414, "url_too_long");
    let mut connection = Connection::open(scene.gateway.address).await;
    connection
        .send(format!(
            "POST /shop/any/x HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\nx\r\n0\r\n\r\n",
            scene.key
        ))
        .await;
    refused(&connection.answer().await.unwrap(), 411, "length_required");
}
