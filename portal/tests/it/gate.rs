//! The pages before one is in keep where the person was going.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::id::DEFAULT_WORKSPACE;
use testkit::TestPlatform;

use crate::{Answer, get, platform, send};

const GOING: &str = "/apis/rates?lang=go";
const ENCODED: &str = "%2Fapis%2Frates%3Flang%3Dgo";

async fn post(platform: &TestPlatform, path: &str, form: &str) -> Answer {
    let request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()))
        .expect("a path");
    send(platform, request).await
}

/// The link of the newest mail of a kind, without its host.
async fn mailed(platform: &TestPlatform, kind: &str, link: &str) -> String {
    let mut conn = platform.db.read().await.expect("a store");
    let mails = store::outbox::list(&mut conn, DEFAULT_WORKSPACE, None, None, None, 20)
        .await
        .expect("a store");
    let mail = mails.into_iter().find(|mail| mail.kind == kind);
    let link = mail.expect("a mail").payload[link].clone();
    let portal = platform.settings.portal_url.as_str().trim_end_matches('/');
    let path = link.as_str().expect("a link").strip_prefix(portal);
    path.expect("a page of the portal").to_owned()
}

fn sign_up(email: &str, next: &str) -> String {
    format!("name=Noor&email={email}&password=nine+gulls+on+a+wet+pier&next={next}")
}

#[tokio::test]
async fn a_new_account_leads_on_to_where_the_person_was_going() {
    let platform = platform().await;
    let door = get(&platform, &format!("/sign-in?next={ENCODED}")).await;
    let to_sign_up = format!(r#"href="/sign-up?next={ENCODED}""#);
    assert!(door.text().contains(&to_sign_up), "{}", door.text());
    let carried = format!(r#"name="next" value="{GOING}""#);
    let page = get(&platform, &format!("/sign-up?next={ENCODED}")).await;
    assert!(page.text().contains(&carried), "{}", page.text());
    let back = format!(r#"href="/sign-in?next={ENCODED}""#);
    assert!(page.text().contains(&back), "{}", page.text());

    let short = sign_up("noor%40pier9.example", ENCODED).replace("+on+a+wet+pier", "");
    let again = post(&platform, "/sign-up", &short).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text().contains(&carried), "{}", again.text());

    let sent = post(
        &platform,
        "/sign-up",
        &sign_up("noor%40pier9.example", ENCODED),
    )
    .await;
    assert_eq!(sent.status, StatusCode::OK);
    assert!(sent.text().contains(&carried), "{}", sent.text());
    let sent = format!("email=noor%40pier9.example&next={ENCODED}");
    let sent = post(&platform, "/verify/again", &sent).await;
    assert_eq!(sent.status, StatusCode::OK);

    let link = mailed(&platform, "verify_address", "link").await;
    assert!(link.ends_with(&format!("&next={ENCODED}")), "{link}");
    let page = get(&platform, &link).await;
    assert!(page.text().contains(&carried), "{}", page.text());
    let (_, token) = link.split_once("token=").expect("a token");
    let done = post(&platform, "/verify", &format!("token={token}")).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let expected = format!("/sign-in?told=verified&next={ENCODED}");
    assert_eq!(done.header("location"), expected);
    let over = get(&platform, &link).await;
    assert_eq!(over.status, StatusCode::GONE);
    assert!(over.text().contains(&carried), "{}", over.text());
}

#[tokio::test]
async fn the_mail_to_who_has_an_account_leads_on_too() {
    let platform = platform().await;
    platform.developer("noor@pier9.example").await;
    post(
        &platform,
        "/sign-up",
        &sign_up("noor%40pier9.example", ENCODED),
    )
    .await;
    let link = mailed(&platform, "account_exists", "sign_in").await;
    assert_eq!(link, format!("/sign-in?next={ENCODED}"));
}

#[tokio::test]
async fn nobody_is_led_elsewhere() {
    let platform = platform().await;
    for (n, foreign) in [
        "https%3A%2F%2Fevil.test",
        "%2F%2Fevil.test",
        "%2F%5Cevil.test",
    ]
    .into_iter()
    .enumerate()
    {
        let door = get(&platform, &format!("/sign-in?next={foreign}")).await;
        assert!(!door.text().contains("/sign-up?next"), "{foreign}");
        let email = format!("noor{n}%40pier9.example");
        post(&platform, "/sign-up", &sign_up(&email, foreign)).await;
        let link = mailed(&platform, "verify_address", "link").await;
        assert!(!link.contains("evil"), "{link}");
        let (_, token) = link.split_once("token=").expect("a token");
        let form = format!("token={token}&next={foreign}");
        let done = post(&platform, "/verify", &form).await;
        assert_eq!(done.header("location"), "/sign-in?told=verified");
    }
}
