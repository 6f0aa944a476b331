//! The pages before one is in.

use axum::http::header;
use domain::access::Role;

use crate::house::{House, PASSWORD};

#[tokio::test]
async fn the_set_up_link_makes_the_first_admin_once() {
    let house = House::empty().await;
    let link = operations::accounts::set_up_link(&house.platform)
        .await
        .unwrap()
        .unwrap();
    let path = &link[link.find("/set-up").unwrap()..];
    let token = path.split_once("token=").unwrap().1;
    house
        .get(path)
        .await
        .shows(200, "Make the first administrator");

    let short = [
        ("token", token),
        ("name", "Ines"),
        ("email", "ines@harbor.example"),
        ("password", "short"),
    ];
    let page = house.post("/set-up", &short).await;
    page.shows(422, "aria-invalid");
    page.shows(422, "value=\"ines@harbor.example\"");
    assert!(
        !page.html.contains("value=\"short\""),
        "a password came back"
    );

    let good = [
        ("token", token),
        ("name", "Ines"),
        ("email", "ines@harbor.example"),
        ("password", PASSWORD),
    ];
    let page = house.post("/set-up", &good).await;
    page.leads_to("/");
    let cookie = page.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    house
        .get(path)
        .await
        .shows(410, "This link does not open anything");
}

#[tokio::test]
async fn a_wrong_password_comes_back_with_the_address() {
    let house = House::with(Role::Admin).await;
    let wrong = [
        ("email", "ines@harbor.example"),
        ("password", "not this one"),
    ];
    let page = house.post("/sign-in", &wrong).await;
    page.shows(422, "The e-mail address or the password is wrong.");
    page.shows(422, "value=\"ines@harbor.example\"");
    let right = [
        ("email", "ines@harbor.example"),
        ("password", PASSWORD),
        ("next", "//evil.example"),
    ];
    house.post("/sign-in", &right).await.leads_to("/");
}

#[tokio::test]
async fn after_signing_out_the_session_is_over() {
    let house = House::with(Role::Admin).await;
    house.get("/account").await.shows(200, "Your account");
    house.post("/sign-out", &[]).await.leads_to("/sign-in");
    assert_eq!(house.get("/account").await.status.as_u16(), 303);
}

#[tokio::test]
async fn a_forgotten_password_is_answered_alike_for_everybody() {
    let house = House::with(Role::Admin).await;
    let known = house
        .post("/forgotten", &[("email", "ines@harbor.example")])
        .await;
    let unknown = house
        .post("/forgotten", &[("email", "nobody@harbor.example")])
        .await;
    known.shows(200, "If the address has an account");
    unknown.shows(200, "If the address has an account");
}
