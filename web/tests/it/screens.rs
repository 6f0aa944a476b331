//! Every screen: shown to an admin, also while there is nothing; hidden from everybody else.

use domain::access::Role;

use crate::house::House;

const SCREENS: &[(&str, &str)] = &[
    ("/", "nothing passes yet"),
    ("/approvals", "Nobody waits"),
    ("/approvals?tab=accounts", "No account waits"),
    ("/approvals?tab=decided", "Nothing was decided yet"),
    ("/apis", "No API yet"),
    ("/apis?state=draft", "No API matches"),
    ("/import", "Import a document"),
    ("/tester", "Route tester"),
    ("/products", "Nothing is on offer yet"),
    ("/products/-/new", "New product"),
    ("/policies", "Nothing is attached here"),
    ("/policies?new=rate_limit", "Add the policy"),
    ("/policies?new=cors", "Add the policy"),
    ("/policies?new=request_transform", "request_transform"),
    ("/upstreams", "No upstream yet"),
    ("/upstreams/-/new", "New upstream"),
    ("/developers", "Ines Okafor"),
    ("/developers?state=suspended", "Nobody matches"),
    ("/applications", "No application yet"),
    ("/keys", "No key yet"),
    ("/keys?q=gh_live_abcd", "No key matches"),
    ("/subscriptions", "No subscription matches"),
    ("/analytics", "No calls in this range"),
    ("/analytics?range=30d&class=5", "Requests by answer"),
    ("/log", "No request matches"),
    ("/nodes", "No node has been heard of"),
    ("/certificates", "No certificate yet"),
    ("/certificates/-/new", "New certificate"),
    ("/authorities/-/new", "New authority"),
    ("/configuration", "Nothing was declared here yet"),
    ("/audit", "user"),
    ("/outbox", "Outbox"),
    ("/users", "Ines Okafor"),
    ("/users/-/new", "New user"),
    ("/tokens", "No token yet"),
    ("/tokens/-/new", "New token"),
    ("/settings", "gateway.public_url"),
    ("/account", "This one"),
    ("/search?q=ines", "ines@harbor.example"),
    ("/search?q=", "Find anything"),
];

#[tokio::test]
async fn an_admin_sees_every_screen() {
    let house = House::with(Role::Admin).await;
    for (path, text) in SCREENS {
        let page = house.get(path).await;
        page.shows(200, text);
        assert_eq!(page.html.matches("<h1>").count(), 1, "{path}");
        assert!(!page.html.contains(" style=\""), "{path}");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("script-src 'nonce-") && !policy.contains("unsafe"),
            "{path}: {policy}"
        );
    }
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_asked_to() {
    let house = House::empty().await;
    for (path, _) in SCREENS {
        let page = house.get(path).await;
        assert_eq!(page.status.as_u16(), 303, "{path}");
        assert!(page.location.starts_with("/sign-in"), "{path}");
    }
    house
        .get("/apis?state=draft")
        .await
        .leads_to("/sign-in?next=%2Fapis%3Fstate%3Ddraft");
}

#[tokio::test]
async fn a_role_that_does_not_reach_a_screen_is_told_so() {
    let house = House::with(Role::Viewer).await;
    for path in [
        "/audit",
        "/outbox",
        "/import",
        "/users/-/new",
        "/tokens?of=everybody",
    ] {
        house
            .get(path)
            .await
            .shows(403, "Your role does not reach this");
    }
    house.get("/apis").await.shows(200, "No API yet");
    let refused = house
        .post(
            "/products/-/new",
            &[("name", "Parcels"), ("visibility", "public")],
        )
        .await;
    refused.shows(403, "catalog:write");
}

#[tokio::test]
async fn an_address_that_leads_nowhere_says_so() {
    let house = House::with(Role::Admin).await;
    for path in [
        "/nowhere",
        "/apis/missing",
        "/products/0190b0a0-0000-7000-8000-000000000000",
        "/products/not-an-id",
        "/log/none",
        "/assets/none.css",
    ] {
        house
            .get(path)
            .await
            .shows(404, "There is no page at this address");
    }
}

#[tokio::test]
async fn assets_are_kept_by_the_browser_for_ever() {
    let house = House::empty().await;
    let page = house.get(design::url("admin.css")).await;
    page.shows(200, "@layer");
    assert!(
        page.headers["cache-control"]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
}
