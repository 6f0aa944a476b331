//! Stories about answering and steering.

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::scene::{Scene, refused};
use crate::client::Answer;
use crate::world::eventually;

pub(super) async fn stories(scene: &mut Scene) {
    cache(scene).await;
    instead(scene).await;
    correlation_id(scene).await;
    traffic_split(scene).await;
    mirror(scene).await;
    fallback(scene).await;
    fault_injection(scene).await;
}

const LINE: &str = "GET /shop/any/x";

async fn cache(scene: &mut Scene) {
    scene.example("cache", 0).await;
    let english = ["Accept-Language: en"];
    let line = "GET /shop/any/say";
    let first = scene.ask(line, &english, "").await;
    assert_eq!(first.header("cache-status"), "gatehouse; fwd=miss; stored");
    let hit = scene.ask(line, &english, "").await;
    assert!(
        hit.header("cache-status")
            .starts_with("gatehouse; hit; ttl=")
    );
    assert_eq!(hit.body, first.body);
    let german = scene.ask(line, &["Accept-Language: de"], "").await;
    assert_ne!(german.body, first.body);
    let other = format!("X-API-Key: {}", scene.other_key);
    let another_caller = scene.bare(line, &[english[0], &other], "").await;
    assert_ne!(another_caller.body, first.body, "it is not public");
}

async fn instead(scene: &mut Scene) {
    scene.example("request_termination", 0).await;
    let answer = scene.ask(LINE, &[], "").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "3600"));
    assert_eq!(
        answer.json()["detail"],
        "orders are closed for maintenance until 09:00 UTC"
    );

    scene.example("redirect", 0).await;
    let answer = scene.ask("GET /shop/any/x?a=1", &[], "").await;
    let place = "https://api.example.com/v2/shop/any/x?a=1";
    assert_eq!((answer.status, answer.header("location")), (308, place));
    scene.example("redirect", 1).await;
    let answer = scene.ask(LINE, &[], "").await;
    assert_eq!(answer.status, 301);
    let place = answer.header("location");
    assert!(
        place.starts_with("https://api.test") && place.ends_with("/shop/any/x"),
        "{place}"
    );
    let secure = scene.ask(LINE, &["X-Forwarded-Proto: https"], "").await;
    assert_eq!(secure.status, 200, "over TLS it passes");
}

async fn correlation_id(scene: &mut Scene) {
    scene.example("correlation_id", 0).await;
    let own = ["X-Correlation-Id: abc-7"];
    let answer = scene.ask(LINE, &own, "").await;
    assert_eq!(answer.header("x-correlation-id"), "abc-7");
    assert_eq!(answer.json()["headers"]["x-correlation-id"], "abc-7");
    let refusal = scene.bare(LINE, &[], "").await;
    refused(&refusal, 401, "credential_missing");
    assert_eq!(refusal.header("x-correlation-id").len(), 36, "a UUID");
}

async fn traffic_split(scene: &mut Scene) {
    scene.example("traffic_split", 0).await;
    let canary = scene.ask(LINE, &["X-Canary: always"], "").await;
    assert_eq!(
        (canary.header("x-branch"), canary.header("x-from")),
        ("canary", "elsewhere")
    );
    let mine = scene.ask(LINE, &[], "").await;
    for _ in 0..20 {
        let again = scene.ask(LINE, &[], "").await;
        assert_eq!(
            again.header("x-branch"),
            mine.header("x-branch"),
            "it sticks"
        );
    }

    scene.example("traffic_split", 1).await;
    let before = scene.world.upstream.seen();
    assert_eq!(scene.ask(LINE, &[], "").await.header("x-from"), "elsewhere");
    assert_eq!(scene.world.upstream.seen(), before);
}

async fn many(scene: &Scene, count: usize, line: &str) -> Vec<Answer> {
    let all: FuturesUnordered<_> = (0..count).map(|_| scene.ask(line, &[], "")).collect();
    all.collect().await
}

async fn mirror(scene: &mut Scene) {
    scene.example("mirror", 0).await;
    let answers = many(scene, 300, LINE).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    eventually("about a tenth of them was copied", async || {
        (5..90).contains(&scene.elsewhere.asked("mirror"))
    })
    .await;
    let copied = scene.elsewhere.asked("mirror");
    for _ in 0..50 {
        scene.ask("POST /shop/any/x", &[], "a body").await;
    }
    assert!(
        scene.elsewhere.asked("mirror") <= copied + 32,
        "only what was under way"
    );
}

async fn fallback(scene: &mut Scene) {
    scene.example("fallback", 0).await;
    let answer = scene.ask("GET /shop/any/broken", &[], "").await;
    assert_eq!(
        (answer.status, answer.header("x-fallback")),
        (200, "upstream")
    );
    assert_eq!(answer.json()["from"], "elsewhere");
    let answer = scene.ask("POST /shop/any/broken", &[], "a body").await;
    assert_eq!(
        (answer.status, answer.header("x-fallback")),
        (200, "answer")
    );
    assert_eq!(answer.json(), serde_json::json!({ "items": [] }));
    assert_eq!(scene.ask(LINE, &[], "").await.header("x-fallback"), "");
}

async fn fault_injection(scene: &mut Scene) {
    scene.example("fault_injection", 0).await;
    // that none of so many is aborted happens once in twenty-five thousand runs
    let answers = many(scene, 400, LINE).await;
    let (aborted, fine): (Vec<_>, Vec<_>) = answers
        .iter()
        .partition(|answer| answer.header("x-fault-injected") == "abort");
    assert!(
        !aborted.is_empty() && aborted.len() < 60,
        "{}",
        aborted.len()
    );
    assert!(aborted.iter().all(|answer| answer.status == 503));
    assert!(fine.iter().all(|answer| answer.status == 200));
}
