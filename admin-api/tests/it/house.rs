//! The admin API over a database of its own, with a token of every kind.

use admin_api::router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use domain::access::{Permission, Role};
use domain::actor::Actor;
use http_body_util::BodyExt as _;
use operations::tokens::{self, NewToken};
use operations::users;
use serde_json::Value;
use testkit::{PlatformBuilder, TestDb, TestPlatform};
use tower::ServiceExt as _;

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// A platform and its API.
pub(crate) struct House {
    pub(crate) platform: TestPlatform,
    pub(crate) admin: Actor,
    router: axum::Router,
}

impl House {
    pub(crate) async fn build() -> Self {
        Self::over(TestDb::sqlite().await).await
    }

    pub(crate) async fn over(db: TestDb) -> Self {
        let platform = PlatformBuilder::default()
            .settings(|settings| {
                settings.acme.directory = Some("https://acme.example/directory".parse().unwrap());
                settings.acme.terms_agreed = true;
            })
            .over(db);
        let admin = platform.admin("ada@harbor.example").await;
        let router = router((*platform).clone());
        Self {
            platform,
            admin,
            router,
        }
    }

    /// A token of somebody new with this role. Without one: of somebody who lost it since.
    pub(crate) async fn token(&self, role: Option<Role>) -> String {
        self.token_of(role.map_or("nobody", |role| role.as_str()), role)
            .await
    }

    /// A token of an admin other than the one of [`House::token`].
    pub(crate) async fn second_admin(&self) -> String {
        self.token_of("second", Some(Role::Admin)).await
    }

    async fn token_of(&self, name: &str, role: Option<Role>) -> String {
        let held = role.unwrap_or(Role::Viewer);
        let email = format!("{name}@harbor.example");
        let person = self.platform.person(&email, &[held]).await;
        let scopes = Permission::ALL.iter().copied();
        let new = NewToken {
            name: "test".to_owned(),
            scopes: scopes.filter(|scope| held.allows(*scope)).collect(),
            expires_at: None,
            account: None,
        };
        let made = tokens::create(&self.platform, &person, new).await.unwrap();
        if role.is_none() {
            let id = person.account().unwrap();
            users::revoke_role(&self.platform, &self.admin, id, held)
                .await
                .unwrap();
        }
        made.text.reveal().to_owned()
    }

    /// One call; a body goes as JSON.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        seen: Option<&str>,
        body: Option<String>,
    ) -> Answer {
        let headers: Vec<_> = seen.map(|seen| ("if-match", seen)).into_iter().collect();
        self.call_with(method, path, token, &headers, body).await
    }

    /// One call with headers; a body goes as JSON.
    pub(crate) async fn call_with(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let request = request.body(Body::from(body.unwrap_or_default())).unwrap();
        let (head, body) = self
            .router
            .clone()
            .oneshot(request)
            .await
            .unwrap()
            .into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }
}
