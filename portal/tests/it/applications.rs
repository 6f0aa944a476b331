//! From nothing to a key, as a developer without scripts goes.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use domain::api::{Approval, Visibility};
use domain::id::WorkspaceId;
use operations::{catalog, plans, products};
use testkit::TestPlatform;

use crate::home::publish;
use crate::{Answer, get, platform, send};

const PASSWORD: &str = "nine+gulls+on+a+wet+pier";
const NOOR: &str = "noor@pier9.example";

#[tokio::test]
async fn an_account_comes_in_by_the_mailed_link() {
    let platform = platform().await;
    let short = format!("name=Noor&email={NOOR}&password=short");
    let page = post(&platform, "", "/sign-up", &short).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains("Noor") && page.text().contains("password-error"));

    let cookie = sign_in(&platform, NOOR).await;
    let page = read(&platform, &cookie, "/applications").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("No application yet"));

    let out = post(&platform, &cookie, "/sign-out", "").await;
    assert_eq!(out.status, StatusCode::SEE_OTHER);
    let page = read(&platform, &cookie, "/applications").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert_eq!(page.header("location"), "/sign-in?next=%2Fapplications");
}

#[tokio::test]
async fn a_wrong_password_and_a_used_link_say_so() {
    let platform = platform().await;
    let body = format!("email={NOOR}&password=wrong");
    let page = post(&platform, "", "/sign-in", &body).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains("the password is wrong") && page.text().contains(NOOR));
    for path in ["/verify", "/reset-password", "/welcome"] {
        let page = get(&platform, &format!("{path}?token=nothing")).await;
        assert_eq!(page.status, StatusCode::GONE, "{path}");
        assert!(page.text().contains("This link does not open anything"));
    }
}

#[tokio::test]
async fn a_key_is_shown_once_rotated_and_revoked() {
    let platform = platform().await;
    let cookie = sign_in(&platform, NOOR).await;
    let home = make(&platform, &cookie, "Storefront").await;

    let made = post(
        &platform,
        &cookie,
        &format!("{home}/keys"),
        "label=Production&days=90",
    )
    .await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(made.header("cache-control"), "private, no-store");
    let secret = between(made.text(), r#"<div class="secret"><code>"#, "<").to_owned();
    assert!(secret.starts_with("gh_live_"), "{secret}");
    let page = read(&platform, &cookie, &home).await;
    assert!(page.text().contains("Production") && !page.text().contains(&secret));

    let key = between(page.text(), &format!(r#"href="{home}/keys/"#), "\"").to_owned();
    let key = format!("{home}/keys/{key}");
    let page = read(&platform, &cookie, &key).await;
    let version = between(page.text(), r#"name="version" value=""#, "\"").to_owned();
    let body = format!("version={version}&overlap=day");
    let rotated = post(&platform, &cookie, &format!("{key}/rotate"), &body).await;
    assert_eq!(rotated.status, StatusCode::CREATED);
    assert!(rotated.text().contains("Rotating"));

    let revoke = format!("{key}/revoke");
    let page = post(&platform, &cookie, &revoke, "last_four=none").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let body = format!("last_four={}", &secret[secret.len() - 4..]);
    let page = post(&platform, &cookie, &revoke, &body).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let page = read(&platform, &cookie, &home).await;
    assert!(page.text().contains("Revoked"));

    let other = sign_in(&platform, "jonas@pier9.example").await;
    for path in [home.clone(), format!("{home}/settings"), key] {
        let page = read(&platform, &other, &path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
    }
    let gone = post(&platform, &other, &revoke, &body).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_subscription_starts_at_once_or_waits() {
    let platform = platform().await;
    let admin = platform.admin("ines@harbor.example").await;
    publish(&platform, &admin, "Labels", Visibility::Public).await;
    let api = catalog::api(&platform, &admin, "labels", None)
        .await
        .expect("the API");
    let shelves = products::shelves_of(&platform, &admin, api.version.id)
        .await
        .expect("a shelf");
    let standard = plans::Input {
        name: "Standard".to_owned(),
        approval: Approval::Reviewed,
        review_hours: 24,
        terms: "Be *kind*.".to_owned(),
        ..plans::Input::default()
    };
    let standard = plans::create(&platform, &admin, shelves[0].product.id, &standard)
        .await
        .expect("a plan");
    let sandbox = shelves[0].plans[0].id;

    let page = get(&platform, "/apis/labels/subscribe").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let cookie = sign_in(&platform, NOOR).await;
    let page = read(&platform, &cookie, "/apis/labels/subscribe").await;
    assert!(page.text().contains("starts at once"), "{}", page.text());

    let path = "/apis/labels/subscribe";
    let body = format!("plan={sandbox}&application=new&name=Storefront");
    let done = post(&platform, &cookie, path, &body).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let home = done.header("location").to_owned();
    assert!(home.starts_with("/applications/") && home.ends_with("?told=subscribed"));
    let home = home.trim_end_matches("?told=subscribed");
    let key = post(&platform, &cookie, &format!("{home}/keys"), "label=One").await;
    assert!(
        key.text().contains("curl &#x27;") || key.text().contains("curl '"),
        "{}",
        key.text()
    );

    let body = format!("plan={}&application=new&name=Nightly", standard.id);
    let page = post(&platform, &cookie, path, &body).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains("must be accepted") && page.text().contains("Nightly"));
    let body = format!("{body}&terms.{}=yes", standard.id);
    let done = post(&platform, &cookie, path, &body).await;
    let pending = done.header("location").to_owned();
    assert!(pending.starts_with("/subscriptions/"), "{pending}");
    let page = read(&platform, &cookie, &pending).await;
    assert!(
        page.text().contains("Waiting for approval") && page.text().contains("Get a Sandbox key")
    );
    let page = post(&platform, &cookie, &format!("{pending}/withdraw"), "").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let page = read(&platform, &cookie, &pending).await;
    assert!(page.text().contains("Ask again"));

    let other = sign_in(&platform, "jonas@pier9.example").await;
    let page = read(&platform, &other, &pending).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}

pub(crate) async fn post(platform: &TestPlatform, cookie: &str, path: &str, body: &str) -> Answer {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, cookie)
        .body(Body::from(body.to_owned()))
        .expect("a path");
    send(platform, request).await
}

pub(crate) async fn read(platform: &TestPlatform, cookie: &str, path: &str) -> Answer {
    let request = Request::get(path)
        .header(header::COOKIE, cookie)
        .body(Body::empty())
        .expect("a path");
    send(platform, request).await
}

/// An account by the pages: sign-up, the mailed link, sign-in. Its cookie.
pub(crate) async fn sign_in(platform: &TestPlatform, email: &str) -> String {
    let new = format!("name=Noor&email={email}&password={PASSWORD}");
    let sent = post(platform, "", "/sign-up", &new).await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.text());
    let link = mailed_link(platform, email).await;
    let (_, token) = link.split_once("?token=").expect("a link with a token");
    let page = get(platform, &format!("/verify?token={token}")).await;
    assert!(page.text().contains(email), "the page with the button");
    let verified = post(platform, "", "/verify", &format!("token={token}")).await;
    assert_eq!(verified.header("location"), "/sign-in?told=verified");

    let body = format!("email={email}&password={PASSWORD}&next=%2F%2Fevil.example");
    let answer = post(platform, "", "/sign-in", &body).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    assert_eq!(answer.header("location"), "/applications");
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("HttpOnly"), "{cookie}");
    cookie.split(';').next().expect("a first part").to_owned()
}

async fn mailed_link(platform: &TestPlatform, email: &str) -> String {
    let workspace: WorkspaceId = platform.settings.workspace;
    let mut conn = platform.db.read().await.expect("a connection");
    let mails = store::outbox::list(&mut conn, workspace, None, None, None, 100)
        .await
        .expect("the mails");
    let mail = mails
        .into_iter()
        .find(|mail| mail.kind == "verify_address" && mail.recipient == email)
        .expect("a mail to this address");
    mail.payload["link"].as_str().expect("a link").to_owned()
}

async fn make(platform: &TestPlatform, cookie: &str, name: &str) -> String {
    let made = post(
        platform,
        cookie,
        "/applications/new",
        &format!("name={name}"),
    )
    .await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
    made.header("location")
        .trim_end_matches("?told=made")
        .to_owned()
}

pub(crate) fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split(after).next().expect("a first part")
}
