//! Pages of whoever is signed in: usage, the request log, messages, the account.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::account::Face;
use domain::actor::Actor;
use domain::histogram::{BUCKETS, bucket};
use domain::id::{
    AccountId, ApiVersionId, ApplicationId, CredentialId, NotificationId, OperationId,
    SubscriptionId,
};
use operations::accounts::{self, NewAccount};
use operations::applications;
use operations::secrets::Secret;
use operations::sign_in::{Attempt, with_password};
use store::usage::{Flush, Key, Row, Sums};
use testkit::TestPlatform;

use crate::{Answer, get, platform, send};

const EMAIL: &str = "noor@pier9.example";
const PASSWORD: &str = "nine gulls on a wet pier";

/// A developer who is signed in.
struct Developer {
    actor: Actor,
    account: AccountId,
    cookie: String,
}

impl Developer {
    /// Whoever sets the platform up is a developer like any other here.
    async fn new(platform: &TestPlatform) -> Self {
        let link = accounts::set_up_link(platform).await.expect("a store");
        let link = link.expect("a platform without an admin");
        let (_, token) = link.split_once("token=").expect("a link with a token");
        let new = NewAccount {
            email: EMAIL.to_owned(),
            name: "Noor".to_owned(),
            password: Secret::new(PASSWORD),
        };
        accounts::set_up(platform, &platform.visitor(), token, new)
            .await
            .expect("a first admin");
        Self::again(platform).await
    }

    /// The same person in another browser.
    async fn again(platform: &TestPlatform) -> Self {
        let attempt = Attempt {
            face: Face::Portal,
            email: EMAIL.to_owned(),
            password: Secret::new(PASSWORD),
            user_agent: "Harbour Browser 9".to_owned(),
        };
        let opened = with_password(platform, &platform.visitor(), attempt)
            .await
            .expect("the right password");
        Self {
            cookie: format!("gatehouse-portal={}", opened.token.reveal()),
            account: opened.signed_in.account,
            actor: opened.signed_in.actor,
        }
    }

    async fn get(&self, platform: &TestPlatform, path: &str) -> Answer {
        let request = Request::get(path)
            .header("cookie", &self.cookie)
            .body(Body::empty())
            .expect("a path");
        send(platform, request).await
    }

    async fn post(&self, platform: &TestPlatform, path: &str, form: &str) -> Answer {
        let request = Request::post(path)
            .header("cookie", &self.cookie)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .expect("a path");
        send(platform, request).await
    }
}

#[tokio::test]
async fn visitors_are_led_to_the_door_and_back() {
    let platform = platform().await;
    for path in ["/usage", "/usage.csv", "/log", "/notifications", "/account"] {
        let page = get(&platform, path).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}");
        let next = format!("/sign-in?next=%2F{}", &path[1..]);
        assert_eq!(page.header("location"), next);
    }
}

#[tokio::test]
async fn errors_are_explained_to_everybody() {
    let platform = platform().await;
    let page = get(&platform, "/errors").await;
    assert!(
        page.text()
            .contains(r#"href="/errors/subscription_missing""#)
    );
    let page = get(&platform, "/errors/rate_limited").await;
    for expected in [
        "HTTP/1.1 429 Too Many Requests",
        "/errors/rate_limited\"",
        r#"href="/errors/quota_exceeded""#,
        "/sign-in?next=%2Ferrors%2Frate_limited",
    ] {
        assert!(page.text().contains(expected), "{expected}");
    }
    let page = get(&platform, "/errors/wrong_weather").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_was_called_is_counted_and_explained() {
    let platform = platform().await;
    let noor = Developer::new(&platform).await;
    let page = noor.get(&platform, "/usage").await;
    assert!(page.text().contains("Nothing calls yet"));
    let input = applications::Input {
        name: "Storefront".to_owned(),
        ..applications::Input::default()
    };
    let application = applications::create(&platform, &noor.actor, &input)
        .await
        .expect("an application")
        .id;
    let page = noor.get(&platform, "/usage").await;
    assert!(page.text().contains("No calls in this time"));
    let page = noor.get(&platform, "/log").await;
    assert!(page.text().contains("No calls yet"));

    call(&platform, &noor, application).await;
    let page = noor
        .get(
            &platform,
            &format!("/usage?range=1h&application={application}"),
        )
        .await;
    for expected in ["Calls by answer", "Latency, ms", "25 %", "rate_limited"] {
        assert!(page.text().contains(expected), "{expected}");
    }
    let csv = noor.get(&platform, "/usage.csv?range=1h").await;
    assert!(csv.text().starts_with("from,requests,"));
    assert!(csv.text().contains(",4,0,3,0,1,0,1,0,"));

    let log = format!("/applications/{application}/log");
    for path in [log.as_str(), "/log?answer=4&q=req_limited"] {
        let page = noor.get(&platform, path).await;
        assert!(
            page.text().contains(r#"href="/errors/rate_limited""#),
            "{path}"
        );
    }
    let page = noor.get(&platform, "/log?answer=2").await;
    assert!(page.text().contains("No call is like that"));
    let page = noor.get(&platform, "/errors/rate_limited").await;
    assert!(page.text().contains("A call of yours met this error"));
}

#[tokio::test]
async fn strangers_see_no_log() {
    let platform = platform().await;
    let stranger = platform.developer("sam@dock.example").await;
    let input = applications::Input {
        name: "Crane".to_owned(),
        ..applications::Input::default()
    };
    let application = applications::create(&platform, &stranger, &input)
        .await
        .expect("an application")
        .id;
    let noor = Developer::new(&platform).await;
    for path in [
        format!("/applications/{application}/log"),
        format!("/usage?application={application}"),
        "/applications/storefront/log".to_owned(),
    ] {
        let page = noor.get(&platform, &path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn messages_are_read_one_by_one_or_all() {
    let platform = platform().await;
    let noor = Developer::new(&platform).await;
    let page = noor.get(&platform, "/notifications").await;
    assert!(page.text().contains("No messages"));
    let id = tell(&platform, &noor, "Your subscription is approved").await;
    tell(&platform, &noor, "<b>Your key</b> expires").await;
    let page = noor.get(&platform, "/notifications").await;
    assert!(page.text().contains("2 are unread."));
    assert!(page.text().contains("&lt;b>Your key") || page.text().contains("&lt;b&gt;Your key"));
    let read = format!("/notifications/{id}/read");
    let answer = noor.post(&platform, &read, "next=//evil.example").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), "/notifications");
    let page = noor.get(&platform, "/notifications").await;
    assert!(page.text().contains("One is unread."));
    noor.post(&platform, "/notifications/read", "").await;
    let page = noor.get(&platform, "/notifications").await;
    assert!(page.text().contains("You have read everything."));
}

#[tokio::test]
async fn name_password_and_sessions_change() {
    let platform = platform().await;
    let noor = Developer::new(&platform).await;
    let answer = noor
        .post(&platform, "/account/name", "name=Noor+Haddad")
        .await;
    assert_eq!(answer.header("location"), "/account?done=name");
    let page = noor.get(&platform, "/account").await;
    assert!(page.text().contains(r#"value="Noor Haddad""#));
    let page = noor.post(&platform, "/account/name", "name=++").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains(r##"href="#name""##));

    let form = "current=wrong&password=eleven+gulls+on+a+dry+pier";
    let page = noor.post(&platform, "/account/password", form).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.text()
            .contains("Present password is not the password.")
    );
    assert!(!page.text().contains("eleven"));

    let elsewhere = Developer::again(&platform).await;
    let page = noor.get(&platform, "/account").await;
    assert!(page.text().contains("Sign out everywhere else"));
    let current = PASSWORD.replace(' ', "+");
    let form = format!("current={current}&password=eleven+gulls+on+a+dry+pier");
    let answer = noor.post(&platform, "/account/password", &form).await;
    assert_eq!(answer.header("location"), "/account?done=password");
    let page = elsewhere.get(&platform, "/account").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let page = noor.get(&platform, "/account?done=password").await;
    assert!(page.text().contains("Your password is changed"));
}

async fn tell(platform: &TestPlatform, to: &Developer, title: &str) -> NotificationId {
    let id = platform.new_id();
    let message = store::notifications::Notification {
        id,
        workspace_id: to.actor.workspace,
        account_id: to.account,
        kind: "subscription.approved".to_owned(),
        title: title.to_owned(),
        body: String::new(),
        link: String::new(),
        created_at: platform.now(),
        read_at: None,
    };
    let mut tx = platform.db.begin().await.expect("a transaction");
    store::notifications::insert(&mut tx, message)
        .await
        .expect("a message");
    tx.commit().await.expect("a commit");
    id
}

/// Three calls that went well, and one too many; only that one's line is in the log.
async fn call(platform: &TestPlatform, noor: &Developer, application: ApplicationId) {
    let (node, now) = (platform.new_id(), platform.now());
    let row = |status, code: &str, requests: i64| {
        let mut buckets = [0; BUCKETS];
        buckets[bucket(2_000)] = requests;
        Row {
            minute: now.minute(),
            key: Key {
                api_version_id: ApiVersionId::NIL,
                operation_id: OperationId::NIL,
                subscription_id: SubscriptionId::NIL,
                application_id: application,
                status,
                code: code.to_owned(),
            },
            sums: Sums {
                requests,
                bytes_in: 0,
                bytes_out: 0,
                duration_us: 2_000 * requests,
                upstream_us: 0,
                buckets,
            },
        }
    };
    let request = store::request_log::Request {
        id: platform.new_id(),
        at: now,
        node_id: node,
        request_id: "req_limited".to_owned(),
        method: "GET".to_owned(),
        host: "api.harbor.example".to_owned(),
        path: "/labels".to_owned(),
        status: 429,
        code: "rate_limited".to_owned(),
        api_version_id: ApiVersionId::NIL,
        operation_id: OperationId::NIL,
        subscription_id: SubscriptionId::NIL,
        application_id: application,
        credential_id: CredentialId::NIL,
        try_it: false,
        duration_us: 300,
        upstream_us: 0,
        bytes_in: 0,
        bytes_out: 200,
        client_ip: "192.0.2.7".to_owned(),
        user_agent: String::new(),
    };
    let flush = Flush {
        workspace_id: noor.actor.workspace,
        node_id: node,
        epoch: 1,
        sequence: 1,
        at: now,
        rows: vec![row(200, "", 3), row(429, "rate_limited", 1)].into(),
        charges: Vec::new().into(),
        seen: Vec::new().into(),
        requests: vec![request].into(),
    };
    let mut tx = platform.db.begin().await.expect("a transaction");
    store::usage::flush(&mut tx, &flush)
        .await
        .expect("a first flush");
    tx.commit().await.expect("a commit");
}
