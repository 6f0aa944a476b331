//! Stories about who may call.

use uuid::Uuid;

use super::scene::{Scene, file, refused};
use crate::catalogue::STANDARD;

pub(super) async fn stories(scene: &mut Scene) {
    acl(scene).await;
    addresses(scene).await;
    countries(scene).await;
    decisions(scene).await;
    programs_and_pages(scene).await;
}

const LINE: &str = "GET /shop/any/x";

async fn acl(scene: &mut Scene) {
    let (plan, application) = (
        Uuid::from_u128(STANDARD).to_string(),
        Uuid::from_u128(101).to_string(),
    );
    let plan = ("0198a3c2-1111-7000-8000-000000000001", plan.as_str());
    scene.example_with("acl", 0, &[plan]).await;
    assert_eq!(scene.ask(LINE, &[], "").await.status, 200);
    let other = format!("X-API-Key: {}", scene.other_key);
    let another_plan = scene.bare(LINE, &[&other], "").await;
    refused(&another_plan, 403, "caller_not_allowed");
    let denied = ("0198a3c2-2222-7000-8000-000000000002", application.as_str());
    scene.example_with("acl", 0, &[plan, denied]).await;
    refused(&scene.ask(LINE, &[], "").await, 403, "caller_not_allowed");
}

async fn addresses(scene: &mut Scene) {
    scene.example("ip_restriction", 0).await;
    for (address, status) in [
        ("203.0.113.7", 200),
        ("203.0.113.66", 403),
        ("2001:db8:7::1", 200),
        ("2001:db8:8::1", 403),
        ("198.51.100.1", 403),
    ] {
        let from = format!("X-Forwarded-For: {address}");
        let answer = scene.ask(LINE, &[&from], "").await;
        assert_eq!(answer.status, status, "{address}");
        if status == 403 {
            refused(&answer, 403, "ip_not_allowed");
        }
    }
}

async fn countries(scene: &mut Scene) {
    scene.example("geo", 0).await;
    let from_germany = ["X-Forwarded-For: 192.0.2.7", "X-Country: XX"];
    assert_eq!(scene.seen("x-country", &from_germany).await, "DE");
    let from_nowhere = scene.ask(LINE, &["X-Forwarded-For: 203.0.113.9"], "").await;
    refused(&from_nowhere, 403, "country_not_allowed");

    let database = file(".mmdb", include_bytes!("country.mmdb"));
    let path = database.path().to_str().unwrap();
    let own = ("/var/lib/gatehouse/GeoLite2-Country.mmdb", path);
    scene.example_with("geo", 1, &[own]).await;
    let denied = scene.ask(LINE, &["X-Forwarded-For: 192.0.2.7"], "").await;
    refused(&denied, 403, "country_not_allowed");
    let unknown = scene
        .ask(LINE, &["X-Forwarded-For: 198.51.100.9"], "")
        .await;
    assert_eq!(unknown.status, 200);
}

async fn decisions(scene: &mut Scene) {
    scene.example("opa", 0).await;
    assert_eq!(
        scene.seen("x-department", &["X-Department: forged"]).await,
        "sales"
    );
    assert_eq!(scene.seen("x-other", &[]).await, "");
    let denied = scene.ask("DELETE /shop/any/x", &[], "").await;
    refused(&denied, 403, "caller_not_allowed");
    assert!(
        denied.json()["detail"]
            .as_str()
            .unwrap()
            .contains("only reading is allowed")
    );

    scene.example("forward_auth", 0).await;
    let good = ["Cookie: session=good", "X-User: forged"];
    assert_eq!(scene.seen("x-user", &good).await, "ada");
    let answer = scene.ask(LINE, &["Cookie: session=bad"], "").await;
    let body = String::from_utf8(answer.body).unwrap();
    assert_eq!((answer.status, body.as_str()), (401, "sign in first"));
}

async fn programs_and_pages(scene: &mut Scene) {
    scene.example("bot_detection", 0).await;
    for (agent, status) in [
        ("our-monitor/1.0 (sqlmap)", 200),
        ("curl/8.5", 200),
        ("sqlmap/1.8", 403),
        ("old-client/3.1", 403),
        ("old-client/4.1", 200),
    ] {
        let named = format!("User-Agent: {agent}");
        let answer = scene.ask(LINE, &[&named], "").await;
        assert_eq!(answer.status, status, "{agent}");
    }
    refused(&scene.ask(LINE, &[], "").await, 403, "bot_not_allowed");

    scene.example("cors", 0).await;
    let preflight = async |origin: &str| {
        let lines = [
            &*format!("Origin: {origin}"),
            "Access-Control-Request-Method: POST",
            "Access-Control-Request-Headers: x-api-key",
        ];
        scene.bare("OPTIONS /shop/any/x", &lines, "").await
    };
    for origin in [
        "https://app.example.com",
        "https://pr-7.preview.example.com",
    ] {
        let answer = preflight(origin).await;
        assert_eq!(answer.status, 204, "{origin}");
        assert_eq!(answer.header("access-control-allow-origin"), origin);
        assert_eq!(answer.header("access-control-max-age"), "3600");
    }
    refused(
        &preflight("https://evil.example").await,
        403,
        "origin_not_allowed",
    );
    let refusal = scene
        .bare(LINE, &["Origin: https://app.example.com"], "")
        .await;
    assert_eq!(refusal.status, 401);
    assert_eq!(
        refusal.header("access-control-allow-origin"),
        "https://app.example.com"
    );
}
