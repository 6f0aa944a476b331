//! The portal's router as a browser meets it.

mod api;
mod applications;
mod assets;
mod frame;
mod gate;
mod home;
mod outage;
mod own;
mod try_it;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use faces::throttle::Throttle;
use http_body_util::BodyExt;
use portal::server::{Portal, router};
use testkit::{PlatformBuilder, TestDb, TestPlatform};
use tower::ServiceExt;

/// An answer, read to its end.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("pages are UTF-8")
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("our headers are ASCII"))
    }
}

/// A platform over SQLite: what is asked of the store is tested where it is written.
async fn platform() -> TestPlatform {
    PlatformBuilder::default()
        .settings(|settings| "Harbor & Sons".clone_into(&mut settings.publisher_name))
        .over(TestDb::sqlite().await)
}

async fn get(platform: &TestPlatform, path: &str) -> Answer {
    let request = Request::get(path).body(Body::empty()).expect("a path");
    send(platform, request).await
}

async fn send(platform: &TestPlatform, request: Request<Body>) -> Answer {
    let portal = Portal::new((*platform).clone(), Throttle::new());
    let response = router(portal)
        .oneshot(request)
        .await
        .expect("a router answers");
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: body
            .collect()
            .await
            .expect("a body in memory")
            .to_bytes()
            .to_vec(),
    }
}
