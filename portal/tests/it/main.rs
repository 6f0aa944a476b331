//! The portal's router as a browser meets it.

mod assets;
mod frame;
mod home;

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use portal::server::{Brand, Portal, router};
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

fn portal() -> Portal {
    let brand = Brand {
        name: "Harbor & Sons".to_owned(),
        ..Brand::default()
    };
    Portal {
        brand: Arc::new(brand),
        gateway_url: Arc::from("http://localhost:8000"),
        gateway_origin: Arc::from("http://localhost:8000"),
    }
}

async fn get(path: &str) -> Answer {
    send(Request::get(path).body(Body::empty()).expect("a path")).await
}

async fn send(request: Request<Body>) -> Answer {
    let response = router(portal())
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
