//! Headers that say who somebody is: only the gateway's own reach an upstream, in whatever spelling they came.

use crate::catalogue::STANDARD;
use crate::client::{Connection, call};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn identity_is_never_the_callers_word() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    let spoofed = [
        "X-Application-Id: spoofed",
        "x-application-id: spoofed",
        "X_Application_Id: spoofed",
        "X-Application_Id: spoofed",
        "X-Application-Name: spoofed",
        "X-Subscription-Id: spoofed",
        "x_subscription_id: spoofed",
        "X-Plan: spoofed",
        "X_PLAN: spoofed",
        "X-Credential-Id: spoofed",
        "X_Credential-Id: spoofed",
        "Forwarded: for=spoofed",
        "X-Forwarded-For: spoofed",
        "X_Forwarded_For: spoofed",
        "X-Forwarded-Proto: spoofed",
        "X-Forwarded-Host: spoofed",
        "X-Forwarded-Prefix: spoofed",
        "X-Real-IP: spoofed",
        "X-Original-URL: /spoofed",
        "X-Rewrite-URL: /spoofed",
    ];
    for line in spoofed {
        let keyed = format!("X-API-Key: {key}");
        let answer = call(gateway.address, "GET", "/shop/echo", &[&keyed, line], b"").await;
        let told = answer.json().to_string();
        assert_eq!(answer.status, 200, "{line}");
        assert!(!told.contains("spoofed"), "{line}: {told}");
    }
    // an open route has no caller: nobody stands there either
    for line in spoofed {
        let answer = call(gateway.address, "GET", "/shop/open/x", &[line], b"").await;
        let told = answer.json().to_string();
        assert!(!told.contains("spoofed"), "{line}: {told}");
    }
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_cannot_nominate_what_the_gateway_adds() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    for nominated in [
        "X-Application-Id",
        "close, X-Application-Id",
        "X-Plan, X-Subscription-Id, X-Credential-Id",
        "keep-alive, X-Request-Id, X-Plan",
    ] {
        let mut connection = Connection::open(gateway.address).await;
        connection
            .send(format!(
                "GET /shop/echo HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\nConnection: {nominated}\r\n\r\n"
            ))
            .await;
        let answer = connection.answer().await.unwrap();
        // refused as a whole, or passed on with all that the gateway says
        if answer.status == 200 {
            let headers = &answer.json()["headers"];
            for name in [
                "x-application-id",
                "x-subscription-id",
                "x-plan",
                "x-credential-id",
                "x-request-id",
            ] {
                assert!(headers.get(name).is_some(), "{nominated}: {name} is gone");
            }
        } else {
            assert_eq!(answer.status, 400, "{nominated}");
        }
    }
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platforms_cookies_stay_here() {
    let world = World::new().await;
    let gateway = world.start().await;
    for cookie in [
        "Cookie: __Host-gatehouse-portal=secret",
        "Cookie: a=1; __Host-gatehouse-admin=secret; b=2",
        "Cookie: a=1;__Host-gatehouse-admin=secret",
        "Cookie: gatehouse-portal=secret; a=1",
        "Cookie: __HOST-GATEHOUSE-ADMIN=secret",
        "cookie:    gatehouse-admin=secret",
    ] {
        let answer = call(
            gateway.address,
            "GET",
            "/shop/open/x",
            &[cookie, "Cookie: z=9"],
            b"",
        )
        .await;
        let told = answer.json().to_string();
        assert!(!told.contains("secret"), "{cookie}: {told}");
        assert!(told.contains("z=9"), "{cookie}: {told}");
    }
    gateway.running.shutdown().await;
}
