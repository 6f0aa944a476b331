//! Forms that come back: with what was typed, and with what is wrong beside it.

use domain::access::Role;
use operations::{Paging, policies, products, upstreams};

use crate::house::House;

#[tokio::test]
async fn a_quota_of_nought_is_refused_beside_its_field() {
    let house = House::with(Role::Admin).await;
    let product = product(&house).await;
    let plan = [
        ("name", "Standard"),
        ("quota", "0"),
        ("rate_minute", "many"),
        ("approval", "instant"),
    ];
    let page = house
        .post(&format!("/products/{product}/plans/new"), &plan)
        .await;
    page.shows(422, "is not a whole number");
    page.shows(422, "value=\"many\"");
    page.shows(422, "value=\"Standard\"");
}

#[tokio::test]
async fn two_admins_at_one_product_see_what_differs() {
    let house = House::with(Role::Admin).await;
    let product = product(&house).await;
    let path = format!("/products/{product}");
    let first = [
        ("name", "Theirs"),
        ("visibility", "public"),
        ("version", "1"),
    ];
    house.post(&path, &first).await.leads_to("/products");
    let second = [("name", "Mine"), ("visibility", "public"), ("version", "1")];
    let page = house.post(&path, &second).await;
    page.shows(422, "somebody changed this product meanwhile");
    page.shows(422, "it is “Theirs” now, yours is “Mine”");
    page.shows(422, "value=\"Mine\"");
    let again = [("name", "Mine"), ("visibility", "public"), ("version", "2")];
    house.post(&path, &again).await.leads_to("/products");
}

#[tokio::test]
async fn a_policy_is_made_by_its_form_and_by_its_json() {
    let house = House::with(Role::Admin).await;
    let by_form = [
        ("back", "/policies"),
        ("as", "form"),
        ("new", "rate_limit"),
        ("config/limits/0/requests", "60"),
        ("config/limits/0/window", "minute"),
    ];
    let page = house.post("/policies/at/global", &by_form).await;
    assert!(
        page.location.starts_with("/policies?policy="),
        "{}",
        page.html
    );
    house.get(&page.location).await.shows(200, "value=\"60\"");
    let nonsense = [
        ("back", "/policies"),
        ("as", "form"),
        ("new", "rate_limit"),
        ("config/limits/0/requests", "0"),
        ("config/limits/0/window", "minute"),
    ];
    let page = house.post("/policies/at/global", &nonsense).await;
    page.shows(422, "would refuse every call");
    let by_json = [("as", "json"), ("new", "cors"), ("json", "{ nonsense")];
    let page = house.post("/policies/at/global", &by_json).await;
    page.shows(422, "is not JSON");
    page.shows(422, "{ nonsense");
    let admin = house.platform.admin("second@harbor.example").await;
    let all = policies::list(&house.platform, &admin, policies::Place::Global)
        .await
        .unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].config.0["limits"][0]["requests"], 60);
}

#[tokio::test]
async fn an_upstream_keeps_the_ids_of_its_targets() {
    let house = House::with(Role::Admin).await;
    let new = [
        ("name", "Rates"),
        ("settings/connect_timeout_ms", "2500"),
        ("settings/retries", "2"),
        ("balancing", "least_connections"),
        ("breaker", "true"),
        ("settings/limits/requests", "40"),
        ("host", "target"),
        ("targets/0/url", "https://rates.example.com"),
        ("targets/0/enabled", "true"),
    ];
    house
        .post("/upstreams/-/new", &new)
        .await
        .leads_to("/upstreams");
    let admin = house.platform.admin("second@harbor.example").await;
    let made = upstreams::list(&house.platform, &admin, &Paging::first(5))
        .await
        .unwrap()
        .items
        .remove(0);
    assert_eq!(made.settings.connect_timeout_ms, 2_500);
    assert_eq!(made.settings.limits.requests, 40);
    assert!(made.settings.breaker.is_some());
    assert_eq!(
        made.settings.health.passive,
        gateway_snapshot::health::PassiveCheck::default()
    );
    let page = house.get(&format!("/upstreams/{}", made.id)).await;
    page.shows(200, &made.targets[0].id.to_string());
    let private = [("name", "Bad"), ("targets/0/url", "http://10.0.0.1")];
    let page = house.post("/upstreams/-/new", &private).await;
    page.shows(422, "value=\"http://10.0.0.1\"");
    let impossible = [
        ("name", "Bad"),
        ("breaker", "true"),
        ("settings/breaker/probes", "0"),
    ];
    let page = house.post("/upstreams/-/new", &impossible).await;
    page.shows(422, "id=\"field-settings/breaker/probes-error\"");
}

#[tokio::test]
async fn a_token_is_shown_once() {
    let house = House::with(Role::Admin).await;
    let new = [
        ("name", "deploy"),
        ("days", "30"),
        ("scope", "catalog:read"),
    ];
    let page = house.post("/tokens/-/new", &new).await;
    page.shows(200, "gh_admin_");
    let list = house.get("/tokens").await;
    list.shows(200, "deploy");
    assert_eq!(list.html.matches("gh_admin_").count(), 1, "only its prefix");
    house
        .post("/tokens/-/new", &[("name", "")])
        .await
        .shows(422, "aria-invalid");
}

#[tokio::test]
async fn a_new_user_gets_a_link_and_roles_are_given_and_taken() {
    let house = House::with(Role::Admin).await;
    let new = [
        ("name", "Aoife Brennan"),
        ("email", "aoife@harbor.example"),
        ("role", "approver"),
    ];
    let page = house.post("/users/-/new", &new).await;
    page.shows(200, "/welcome?token=");
    let token = page.html.split("/welcome?token=").nth(1).unwrap();
    let token = token.split('<').next().unwrap();
    house
        .get(&format!("/welcome?token={token}"))
        .await
        .shows(200, "Welcome, Aoife Brennan");
    let twice = house.post("/users/-/new", &new).await;
    twice.shows(422, "value=\"aoife@harbor.example\"");
}

async fn product(house: &House) -> domain::id::ProductId {
    let admin = house.platform.admin("maker@harbor.example").await;
    let input = products::Input {
        name: "Parcels".to_owned(),
        slug: String::new(),
        summary: String::new(),
        visibility: domain::api::Visibility::Public,
    };
    products::create(&house.platform, &admin, &input)
        .await
        .unwrap()
        .id
}
