//! Stories about checking and changing what passes.

use serde_json::{Value, json};

use super::scene::{Scene, refused};
use crate::client::Answer;
use crate::world::eventually;

pub(super) async fn stories(scene: &mut Scene) {
    requests(scene).await;
    responses(scene).await;
    documents(scene).await;
    hostile(scene).await;
    xml(scene).await;
    mask(scene).await;
    upstream_auth(scene).await;
    composite(scene).await;
}

#[track_caller]
fn is(answer: &Answer, expected: &Value) {
    assert_eq!(
        answer.status,
        200,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    assert_eq!(answer.json(), *expected);
}

async fn requests(scene: &mut Scene) {
    scene.example("request_transform", 0).await;
    let lines = ["X-Debug: 1", "X-Trace: abc"];
    let answer = scene
        .ask("GET /shop/any/x?internal=1&page=2", &lines, "")
        .await
        .json();
    let headers = &answer["headers"];
    assert_eq!(answer["target"], "/any/x?page=2&source=gateway");
    assert!(headers["x-debug"].is_null() && headers["x-trace"].is_null());
    assert_eq!(headers["x-request-trace"], "abc");
    assert_eq!(
        (&headers["x-region"], &headers["x-user"]),
        (&json!("north"), &json!("nobody"))
    );

    scene.example("request_transform", 1).await;
    let answer = scene.ask("GET /shop/any/x", &[], "").await.json();
    assert_eq!(answer["target"], "/v2/shop/any/x");
    let sent = json!({ "a": 1, "debug": true, "b": { "internal": 2, "c": 3 } });
    let json = ["Content-Type: application/json"];
    let answer = scene
        .ask("POST /shop/any/x", &json, &sent.to_string())
        .await
        .json();
    let caller = uuid::Uuid::from_u128(101);
    let left = json!({ "a": 1, "b": { "c": 3 }, "caller": { "application": caller.to_string() } });
    assert_eq!(
        answer["length"],
        left.to_string().len(),
        "the upstream got {left}"
    );

    scene.example("request_transform", 2).await;
    let sent = json!({ "user": { "id": 7, "name": "Ada" } });
    is(
        &scene.post(&sent).await,
        &json!({ "customer": 7, "greeting": "Hello Ada!", "tags": [] }),
    );
    refused(&scene.post(&json!({})).await, 500, "policy_failed");

    scene.example("request_transform", 3).await;
    let sent = json!({ "lines": [{ "sku": "a" }, { "sku": "\"b" }] });
    is(&scene.post(&sent).await, &sent);
}

async fn responses(scene: &mut Scene) {
    scene.example("response_transform", 0).await;
    let answer = scene.ask("GET /shop/any/x", &[], "").await;
    assert_eq!(answer.header("server"), "");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");

    scene.example("response_transform", 1).await;
    let answer = scene.post(&json!([1, 2])).await;
    assert_eq!(answer.header("x-total"), "0");
    is(
        &answer,
        &json!({ "data": [1, 2], "meta": { "path": "/shop/any/mirror", "status": 200 } }),
    );
    let broken = scene.ask("GET /shop/any/broken", &[], "").await;
    assert_eq!((broken.status, &broken.body[..]), (503, &b"broken"[..]));
}

async fn documents(scene: &mut Scene) {
    let good = json!({ "lines": [{ "sku": "a" }] });
    scene.example("request_validator", 0).await;
    is(&scene.post(&good).await, &good);
    let bad = scene.post(&json!({ "lines": [{}] })).await;
    refused(&bad, 400, "request_invalid");
    assert_eq!(bad.json()["detail"], "/lines/0/sku: is missing");
    let json = ["Content-Type: application/json"];
    let unknown = scene
        .ask("POST /shop/any/mirror?pgae=1", &json, &good.to_string())
        .await;
    refused(&unknown, 400, "request_invalid");

    scene.example("response_validator", 0).await;
    is(&scene.post(&good).await, &good);
    let bad = scene.post(&json!({ "lines": 7 })).await;
    refused(&bad, 502, "response_invalid");
    let unnamed = scene.ask("GET /shop/any/broken", &[], "").await;
    refused(&unnamed, 502, "response_invalid");

    scene.example("mock_response", 0).await;
    let before = scene.world.upstream.seen();
    is(&scene.post(&good).await, &json!({ "id": 1, "lines": [] }));
    let preferred = ["Prefer: code=404"];
    refused(
        &scene.ask("GET /shop/any/x", &preferred, "").await,
        400,
        "bad_request",
    );
    assert_eq!(scene.world.upstream.seen(), before);
}

async fn hostile(scene: &mut Scene) {
    scene.example("json_threat_protection", 0).await;
    let nested = |depth: usize| {
        let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        serde_json::from_str::<Value>(&text).unwrap()
    };
    is(&scene.post(&nested(10)).await, &nested(10));
    refused(&scene.post(&nested(11)).await, 400, "body_refused");
    let wide: serde_json::Map<String, Value> = (0..51).map(|n| (n.to_string(), json!(n))).collect();
    refused(&scene.post(&Value::Object(wide)).await, 400, "body_refused");
    refused(&scene.post(&json!(vec![0; 501])).await, 400, "body_refused");
    refused(
        &scene.post(&json!("x".repeat(4_001))).await,
        400,
        "body_refused",
    );

    scene.example("xml_threat_protection", 0).await;
    let xml = ["Content-Type: application/xml"];
    let line = "POST /shop/any/mirror";
    assert_eq!(scene.ask(line, &xml, "<a><b c='d'/></a>").await.status, 200);
    let deep = format!("{}{}", "<a>".repeat(17), "</a>".repeat(17));
    let attributes: String = (0..9).map(|n| format!(" a{n}=''")).collect();
    for body in [
        deep,
        format!("<a{attributes}/>"),
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>".to_owned(),
        "<a>&other;</a>".to_owned(),
    ] {
        refused(&scene.ask(line, &xml, &body).await, 400, "body_refused");
    }
}

async fn xml(scene: &mut Scene) {
    scene.example("xml_json", 0).await;
    let order = json!({ "order": { "id": 7, "paid": true, "item": ["a"] } });
    is(&scene.post(&order).await, &order);
    let echoed = scene.ask("GET /shop/any/x", &[], "").await;
    assert_eq!(
        echoed.status, 200,
        "an answer of another type passes as it is"
    );
}

async fn mask(scene: &mut Scene) {
    scene.example("mask", 0).await;
    let told = json!({
        "card": { "number": "4111111111111111" },
        "customers": [{ "email": "ada@example.com" }, { "email": "bo@example.com" }],
        "deep": { "deeper": { "internal_notes": "hush" }, "internal_notes": "hush" },
    });
    is(
        &scene.post(&told).await,
        &json!({
            "card": { "number": "************1111" },
            "customers": [{ "email": "(hidden)" }, { "email": "(hidden)" }],
            "deep": { "deeper": {} },
        }),
    );
    let other = scene
        .ask("GET /shop/any/say?x-served-by=node7", &[], "")
        .await;
    refused(&other, 500, "policy_failed");
    let line = "GET /shop/any/say?x-served-by=node7&content-type=application/json";
    let broken = scene.ask(line, &[], "").await;
    refused(&broken, 500, "policy_failed");
}

async fn upstream_auth(scene: &mut Scene) {
    scene.example("upstream_auth", 0).await;
    for _ in 0..2 {
        assert_eq!(
            scene.seen("authorization", &[]).await,
            "Bearer of-the-gateway"
        );
    }
    assert_eq!(scene.elsewhere.asked("token"), 1);

    scene.example("upstream_auth", 1).await;
    let signed = scene.seen("authorization", &[]).await;
    assert!(
        signed.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"),
        "{signed}"
    );
    assert!(
        signed.contains("/eu-central-1/execute-api/aws4_request"),
        "{signed}"
    );

    scene.example("upstream_auth", 2).await;
    let own = ["X-Internal-Key: forged"];
    assert_eq!(
        scene.seen("x-internal-key", &own).await,
        "the service's key"
    );
}

async fn composite(scene: &mut Scene) {
    scene.example("composite", 0).await;
    let before = scene.world.upstream.seen();
    let whole = json!({ "name": "Ada", "orders": ["account-7"], "in_stock": ["north"], "stock_is_known": true });
    // the stock has 300 ms, which a busy machine may need more than once
    eventually("three answers become one", async || {
        let line = "GET /shop/any/overview?customer=7";
        let answer = scene.ask(line, &[], "").await;
        let seen = (answer.status, answer.header("cache-control"));
        assert_eq!(seen, (200, "no-store"));
        answer.json() == whole
    })
    .await;
    let line = "GET /shop/any/overview?customer=7&region=closed";
    is(
        &scene.ask(line, &[], "").await,
        &json!({ "name": "Ada", "orders": ["account-7"], "in_stock": [], "stock_is_known": false }),
    );
    assert_eq!(scene.world.upstream.seen(), before);
}
