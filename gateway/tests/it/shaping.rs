//! Policies that change, check or make bodies, through a real gateway.

use domain::id::DEFAULT_WORKSPACE;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::catalogue::{STANDARD, VERSION};
use crate::client::{Answer, Connection, call, get};
use crate::world::{Started, World, eventually};

/// The route `/shop/any`.
const ANY: u128 = 41;
const JSON: &str = "application/json";
const XML: &str = "application/xml";

impl World {
    async fn with_policy(&self, id: u128, kind: &str, scope: &str, on: u128, config: Value) {
        sqlx::query("INSERT INTO policy (id, workspace_id, kind, scope, scope_id, config, position, enabled, name, conditions, on_error, created_at, updated_at, version) VALUES (?, ?, ?, ?, ?, ?, 0, TRUE, '', 'null', '', 0, 0, 1)")
            .bind(Uuid::from_u128(id))
            .bind(DEFAULT_WORKSPACE.uuid())
            .bind(kind)
            .bind(scope)
            .bind(Uuid::from_u128(on))
            .bind(config.to_string())
            .execute(&self.pool)
            .await
            .unwrap();
    }

    /// A document of the published version, with an operation for a route.
    async fn document(&self, id: u128, operation: u128, slug: &str, route: u128, document: &Value) {
        sqlx::query("INSERT INTO spec_revision (id, workspace_id, api_version_id, number, media_type, source, checksum, overview, findings, changes, created_by, created_at) VALUES (?, ?, ?, ?, 'application/json', ?, '', '{}', '[]', '[]', ?, 0)")
            .bind(Uuid::from_u128(id))
            .bind(DEFAULT_WORKSPACE.uuid())
            .bind(Uuid::from_u128(VERSION))
            .bind(i64::try_from(id).unwrap())
            .bind(document.to_string().into_bytes())
            .bind(Uuid::nil())
            .execute(&self.pool)
            .await
            .unwrap();
        sqlx::query("INSERT INTO operation (id, workspace_id, api_version_id, slug, method, path, summary, about, tag, deprecated, position, page) VALUES (?, ?, ?, ?, 'POST', '', '', '', '', FALSE, 0, '{}') ON CONFLICT DO NOTHING")
            .bind(Uuid::from_u128(operation))
            .bind(DEFAULT_WORKSPACE.uuid())
            .bind(Uuid::from_u128(VERSION))
            .bind(slug)
            .execute(&self.pool)
            .await
            .unwrap();
        sqlx::query("UPDATE route SET operation_id = ? WHERE id = ?")
            .bind(Uuid::from_u128(operation))
            .bind(Uuid::from_u128(route))
            .execute(&self.pool)
            .await
            .unwrap();
        sqlx::query("UPDATE api_version SET spec_revision_id = ? WHERE id = ?")
            .bind(Uuid::from_u128(id))
            .bind(Uuid::from_u128(VERSION))
            .execute(&self.pool)
            .await
            .unwrap();
    }
}

/// A POST to `/shop/any/mirror`.
async fn post(gateway: &Started, key: &str, content_type: &str, body: &[u8]) -> Answer {
    let headers = [
        &*format!("X-API-Key: {key}"),
        &*format!("Content-Type: {content_type}"),
    ];
    call(gateway.address, "POST", "/shop/any/mirror", &headers, body).await
}

async fn with(policies: &[(&str, Value)]) -> (World, Started, String) {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    for (n, (kind, config)) in (900..).zip(policies) {
        world
            .with_policy(n, kind, "route", ANY, config.clone())
            .await;
    }
    let gateway = world.start().await;
    (world, gateway, key)
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_changed_on_the_way_there_and_back() {
    let (_world, gateway, key) = with(&[
        (
            "request_transform",
            json!({"body": {"remove": ["/debug"], "set": {"/path": "{{ request.path }}"}}}),
        ),
        (
            "response_transform",
            json!({"body": {"json": {"data": "{{ body }}", "status": "{{ response.status }}"}}}),
        ),
        (
            "mask",
            json!({"fields": [{"path": "/data/card", "action": "keep_last"}]}),
        ),
    ])
    .await;
    let sent = json!({"card": "4111111111111111", "debug": true});
    let answer = post(&gateway, &key, JSON, sent.to_string().as_bytes()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({"data": {"card": "************1111", "path": "/shop/any/mirror"}, "status": 200})
    );
    assert_eq!(answer.header("etag"), "");
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn xml_callers_meet_a_json_upstream() {
    let (_world, gateway, key) = with(&[(
        "xml_json",
        json!({"request": "xml_to_json", "response": "json_to_xml"}),
    )])
    .await;
    let answer = post(&gateway, &key, XML, b"<order><id>7</id><id>8</id></order>").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with(XML));
    let body = String::from_utf8(answer.body).unwrap();
    assert!(
        body.ends_with("<order><id>7</id><id>8</id></order>"),
        "{body}"
    );
    let refused = post(&gateway, &key, JSON, b"{}").await;
    assert_eq!(
        refused.problem(),
        (415, "unsupported_media_type".to_owned())
    );
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_bodies_never_reach_the_upstream() {
    let (world, gateway, key) = with(&[
        ("xml_threat_protection", json!({})),
        ("json_threat_protection", json!({"max_depth": 20})),
    ])
    .await;
    let laughs = b"<!DOCTYPE l [<!ENTITY a \"a\"><!ENTITY b \"&a;&a;\">]><l>&b;</l>";
    let file = b"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>";
    let bomb = "[".repeat(50_000);
    let refused = |code: &str| (400, code.to_owned());
    for (content_type, body, code) in [
        (XML, &laughs[..], "body_refused"),
        (XML, &file[..], "body_refused"),
        (XML, b"<a>", "invalid_body"),
        (JSON, bomb.as_bytes(), "body_refused"),
        (JSON, b"{\"a\":", "invalid_body"),
    ] {
        let answer = post(&gateway, &key, content_type, body).await;
        assert_eq!(answer.problem(), refused(code), "{content_type}");
    }
    assert_eq!(world.upstream.seen(), 0);
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_json_is_refused_while_it_passes() {
    let (_world, gateway, key) = with(&[("json_threat_protection", json!({}))]).await;
    let fine = format!("[{}1]", "\"some text\", ".repeat(9_000));
    let answer = post(&gateway, &key, JSON, fine.as_bytes()).await;
    assert_eq!((answer.status, answer.body.len()), (200, fine.len()));
    let deep = format!("[{}{}", "\"some text\", ".repeat(9_000), "[".repeat(100));
    let answer = post(&gateway, &key, JSON, deep.as_bytes()).await;
    assert_eq!(answer.problem(), (400, "body_refused".to_owned()));
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_larger_than_a_policy_may_read_is_refused() {
    let (world, gateway, key) = with(&[(
        "request_transform",
        json!({"body": {"set": {"/a": 1}}, "max_body_bytes": 1000}),
    )])
    .await;
    let head = format!(
        "POST /shop/any/mirror HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\nContent-Type: {JSON}\r\nConnection: close\r\n"
    );
    let said = format!("{head}Content-Length: 10000000\r\n\r\n\"");
    let unsaid = format!(
        "{head}Transfer-Encoding: chunked\r\n\r\n7d0\r\n{}\r\n0\r\n\r\n",
        "1".repeat(2000)
    );
    for request in [said, unsaid] {
        let mut connection = Connection::open(gateway.address).await;
        connection.send(request).await;
        let answer = connection.answer_to("POST").await.unwrap();
        assert_eq!(answer.problem(), (413, "body_too_large".to_owned()));
    }
    assert_eq!(world.upstream.seen(), 0);
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_larger_than_a_policy_may_read_is_held_back() {
    let (_world, gateway, key) = with(&[(
        "mask",
        json!({"fields": [{"path": "/secret"}], "max_body_bytes": 100_000}),
    )])
    .await;
    let large = format!("{{\"secret\":\"{}\"}}", "x".repeat(1_000_000));
    let answer = post(&gateway, &key, JSON, large.as_bytes()).await;
    assert!(answer.status >= 500, "{}", answer.status);
    assert!(!answer.json()["code"].as_str().unwrap().is_empty());
    let small = post(&gateway, &key, JSON, b"{\"secret\":\"x\"}").await;
    assert_eq!(small.json(), json!({"secret": "***"}));
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expression_that_fails_closes_the_door_and_is_counted() {
    let (world, gateway, key) = with(&[(
        "request_transform",
        json!({"body": {"json": {"who": "{{ body.user.name }}"}}}),
    )])
    .await;
    let answer = post(&gateway, &key, JSON, b"{\"user\":{}}").await;
    assert_eq!(answer.problem(), (500, "policy_failed".to_owned()));
    assert!(
        answer.json()["detail"]
            .as_str()
            .unwrap()
            .contains("body/who")
    );
    assert_eq!(world.upstream.seen(), 0);
    eventually("the refusal is counted under its code", async || {
        let counted =
            "SELECT COALESCE(SUM(requests), 0) FROM usage_minute WHERE code = 'policy_failed'";
        world.number(counted).await == 1
    })
    .await;
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_holds_no_masked_path_even_of_a_refused_request() {
    let (world, gateway, key) = with(&[(
        "mask",
        json!({"log": {"path": ["/any/([^/]+)"], "client_ip": true}}),
    )])
    .await;
    for key in [&*key, "wrong"] {
        get(gateway.address, "/shop/any/ada", key).await;
    }
    eventually("both are logged without the name", async || {
        world
            .number(
                "SELECT COUNT(*) FROM request_log WHERE path = '/shop/any/***' AND client_ip = ''",
            )
            .await
            == 2
    })
    .await;
    gateway.running.shutdown().await;
}

impl World {
    /// The document of the shop, with the operation that `/shop/any` stands for.
    pub(crate) async fn shop_document(&self) {
        let order = json!({"$ref": "#/components/schemas/Order"});
        self.document(70, 71, "mirror", ANY, &shop(&order)).await;
    }
}

fn shop(answer: &Value) -> Value {
    json!({
        "openapi": "3.1.0", "info": {"title": "Shop", "version": "1"},
        "paths": {"/any/mirror": {"post": {
            "operationId": "mirror",
            "parameters": [{"name": "page", "in": "query", "schema": {"type": "integer"}}],
            "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}},
            "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": answer,
                "examples": {"one": {"value": {"id": 1, "lines": []}}}}}}},
        }}},
        "components": {"schemas": {"Order": {"type": "object", "required": ["lines"], "properties": {
            "lines": {"type": "array", "items": {"type": "object", "required": ["sku"]}},
        }}}},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_and_answers_are_held_against_the_document() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let order = json!({"$ref": "#/components/schemas/Order"});
    world.document(70, 71, "mirror", ANY, &shop(&order)).await;
    world
        .with_policy(900, "request_validator", "version", VERSION, json!({}))
        .await;
    world
        .with_policy(901, "response_validator", "version", VERSION, json!({}))
        .await;
    let gateway = world.start().await;

    let fine = post(&gateway, &key, JSON, b"{\"lines\":[{\"sku\":\"a\"}]}").await;
    assert_eq!(
        (fine.status, fine.json()),
        (200, json!({"lines": [{"sku": "a"}]}))
    );
    let refused = post(&gateway, &key, JSON, b"{\"lines\":[{\"sku\":\"a\"},{}]}").await;
    assert_eq!(refused.problem(), (400, "request_invalid".to_owned()));
    assert_eq!(refused.json()["detail"], "/lines/1/sku: is missing");
    assert_eq!(world.upstream.seen(), 1);
    // a route that stands for no operation cannot be checked
    let other = get(gateway.address, "/shop/echo", &key).await;
    assert_eq!(other.problem(), (500, "policy_failed".to_owned()));

    // another document promises another answer: in force as soon as the version names it
    let promised = json!({"type": "object", "required": ["total"]});
    world
        .document(72, 71, "mirror", ANY, &shop(&promised))
        .await;
    world
        .change(
            "api_version",
            VERSION,
            "UPDATE api_version SET updated_at = 1 WHERE id = ?",
        )
        .await;
    eventually("the new document is in force", async || {
        let answer = post(&gateway, &key, JSON, b"{\"lines\":[]}").await;
        answer.status == 502
    })
    .await;
    let held = post(&gateway, &key, JSON, b"{\"lines\":[]}").await;
    assert_eq!(held.problem(), (502, "response_invalid".to_owned()));
    assert_eq!(held.json()["detail"], "/total: is missing");
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mock_answers_without_the_upstream_and_from_the_disk() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let order = json!({"$ref": "#/components/schemas/Order"});
    world.document(70, 71, "mirror", ANY, &shop(&order)).await;
    world
        .with_policy(900, "mock_response", "route", ANY, json!({}))
        .await;
    let gateway = world.start().await;
    let answer = post(&gateway, &key, JSON, b"{}").await;
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({"id": 1, "lines": []}))
    );
    assert_eq!(world.upstream.seen(), 0);
    gateway.running.shutdown().await;

    let config = gateway::Config {
        database: gateway::config::Database::None,
        ..world.config()
    };
    let gateway = Started::new(config).await;
    let answer = post(&gateway, &key, JSON, b"{}").await;
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({"id": 1, "lines": []}))
    );
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_calls_become_one() {
    let call = |name: &str, path: &str, after: &[&str]| json!({"name": name, "upstream": "shop", "path": path, "after": after});
    let (world, gateway, key) = with(&[(
        "composite",
        json!({
            "calls": [
                call("first", "/one", &[]),
                call("second", "/two", &[]),
                call("third", "/three/{{ calls.first.body.method }}", &["first"]),
                {"name": "gone", "upstream": "nowhere", "path": "/", "optional": true, "fallback": "none"},
            ],
            "answer": {"json": {
                "targets": ["{{ calls.first.body.target }}", "{{ calls.second.body.target }}", "{{ calls.third.body.target }}"],
                "gone": "{{ calls.gone.body }}",
            }},
        }),
    )])
    .await;
    let answer = get(gateway.address, "/shop/any/overview", &key).await;
    assert_eq!(
        (answer.status, answer.json()),
        (
            200,
            json!({"targets": ["/one", "/two", "/three/GET"], "gone": "none"})
        )
    );
    assert_eq!(world.upstream.seen(), 3);
    gateway.running.shutdown().await;
}
