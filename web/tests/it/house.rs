//! A dashboard over a database of its own, and a browser without scripts.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use axum::middleware::from_fn_with_state;
use domain::access::Role;
use domain::account::Face;
use domain::actor::Actor;
use domain::id::DEFAULT_WORKSPACE;
use faces::headers::{Hardening, harden};
use faces::protect;
use faces::throttle::Throttle;
use http_body_util::BodyExt as _;
use operations::secrets::Secret;
use operations::sign_in::{Attempt, with_password};
use operations::users::{self, NewUser};
use testkit::{PlatformBuilder, TestDb, TestPlatform};
use tower::ServiceExt as _;

pub(crate) const PASSWORD: &str = "weir lantern copper nine";

pub(crate) struct House {
    pub(crate) platform: TestPlatform,
    router: Router,
    cookie: String,
}

/// What came back.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) html: String,
}

impl House {
    /// With nobody signed in.
    pub(crate) async fn empty() -> Self {
        let platform = PlatformBuilder::default().over(TestDb::sqlite().await);
        let dashboard = web::Dashboard {
            platform: platform.clone(),
            throttle: Throttle::new(),
            place: "test-place".to_owned(),
            stash: web::Stash::default(),
        };
        let csrf = protect::cross_site(&platform.settings.admin_url).unwrap();
        let router = web::router(dashboard)
            .layer(csrf)
            .layer(from_fn_with_state(Hardening { https: false }, harden));
        Self {
            router,
            platform,
            cookie: String::new(),
        }
    }

    /// With a member of the team signed in.
    pub(crate) async fn with(role: Role) -> Self {
        let mut house = Self::empty().await;
        let system = Actor::system(DEFAULT_WORKSPACE);
        let new = NewUser {
            email: "ines@harbor.example".to_owned(),
            name: "Ines Okafor".to_owned(),
            roles: vec![role],
            password: Some(Secret::new(PASSWORD)),
        };
        users::create(&house.platform, &system, new).await.unwrap();
        let attempt = Attempt {
            face: Face::Admin,
            email: "ines@harbor.example".to_owned(),
            password: Secret::new(PASSWORD),
            user_agent: "tests".to_owned(),
        };
        let visitor = house.platform.visitor();
        let opened = with_password(&house.platform, &visitor, attempt)
            .await
            .unwrap();
        house.cookie = format!("gatehouse-admin={}", opened.token.reveal());
        house
    }

    /// Follows a link.
    pub(crate) async fn get(&self, path: &str) -> Page {
        let request = Request::get(path)
            .header(header::COOKIE, &self.cookie)
            .body(Body::empty())
            .unwrap();
        self.send(request).await
    }

    /// Sends a form.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = Request::post(path)
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    /// Sends a form with a document in it.
    pub(crate) async fn upload(&self, path: &str, document: &str) -> Page {
        let body = format!(
            "--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"api.yaml\"\r\n\
             Content-Type: application/yaml\r\n\r\n{document}\r\n--frontier--\r\n"
        );
        let request = Request::post(path)
            .header(header::COOKIE, &self.cookie)
            .header(
                header::CONTENT_TYPE,
                "multipart/form-data; boundary=frontier",
            )
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    async fn send(&self, request: Request<Body>) -> Page {
        let response: Response<Body> = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Page {
            status: parts.status,
            location: parts
                .headers
                .get(header::LOCATION)
                .map(|value| value.to_str().unwrap().to_owned())
                .unwrap_or_default(),
            headers: parts.headers,
            html: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

impl Page {
    /// 303 to there.
    #[track_caller]
    pub(crate) fn leads_to(&self, path: &str) {
        assert_eq!(
            (self.status, self.location.as_str()),
            (StatusCode::SEE_OTHER, path),
            "{}",
            self.html
        );
    }

    /// A page with this text in it.
    #[track_caller]
    pub(crate) fn shows(&self, status: u16, text: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.html);
        assert!(self.html.contains(text), "no `{text}` in {}", self.html);
    }
}
