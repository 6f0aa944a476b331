//! What happens around every answer: the nonce of the content security policy, and pages in place of failures.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use charts::format;
use domain::actor::Origin;
use faces::session::Front;

use crate::answer::{Failure, SAID};
use crate::dashboard::Dashboard;
use crate::failures::{Failed, NotFound, Refused};
use crate::layout::Gate;

/// The nonce of the scripts of one answer.
#[derive(Debug, Clone)]
pub(crate) struct Nonce(pub(crate) String);

/// Gives each request its nonce, and turns failures into pages.
pub(crate) async fn surround(
    State(dashboard): State<Dashboard>,
    mut request: Request,
    next: Next,
) -> Response {
    let nonce = dashboard.platform.random.token().reveal().to_owned();
    request.extensions_mut().insert(Nonce(nonce.clone()));
    let said = has_said(request.headers());
    let asked = Asked {
        path: request.uri().path().to_owned(),
        again: request
            .uri()
            .path_and_query()
            .map_or_else(|| "/".to_owned(), ToString::to_string),
        request_id: request
            .extensions()
            .get::<Origin>()
            .map(|origin| origin.request_id.clone())
            .unwrap_or_default(),
    };
    let mut response = next.run(request).await;
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        let mut page = asked.page(&dashboard, failure, &nonce);
        for (name, value) in response.headers() {
            page.headers_mut().entry(name).or_insert(value.clone());
        }
        response = page;
    }
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page {
        allow(response.headers_mut(), &nonce);
        if said {
            let gone = dashboard.cookies().remove(SAID);
            response.headers_mut().append(header::SET_COOKIE, gone);
        }
    }
    response
}

fn has_said(headers: &HeaderMap) -> bool {
    faces::cookie::Cookies::read(headers, SAID).is_some()
}

/// Nothing but this site's own files, and scripts only with the nonce of this answer.
fn allow(headers: &mut HeaderMap, nonce: &str) {
    let policy = format!(
        "default-src 'self'; style-src 'self'; script-src 'nonce-{nonce}'; img-src 'self' data:; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    if let Ok(value) = HeaderValue::from_str(&policy) {
        headers
            .entry(header::CONTENT_SECURITY_POLICY)
            .or_insert(value);
    }
}

/// What a failure's page tells of the request.
struct Asked {
    path: String,
    again: String,
    request_id: String,
}

impl Asked {
    fn page(self, dashboard: &Dashboard, failure: Failure, nonce: &str) -> Response {
        let gate = |title: &str| Gate {
            title: title.to_owned(),
            place: dashboard.place.clone(),
            nonce: nonce.to_owned(),
            plain: true,
        };
        let page = match failure.status {
            StatusCode::NOT_FOUND => NotFound::new(
                self.path,
                failure.what,
                dashboard.place.clone(),
                nonce.to_owned(),
            )
            .render(),
            StatusCode::FORBIDDEN => Refused {
                gate: gate("Your role does not reach this"),
                what: failure.what,
            }
            .render(),
            status => Failed {
                gate: gate(failure.title()),
                what: failure.what,
                again: self.again,
                request_id: self.request_id,
                when: format::exact(dashboard.platform.now().micros()),
                status: status.as_u16(),
                reason: status.canonical_reason().unwrap_or("").to_owned(),
                ours: status.is_server_error(),
            }
            .render(),
        };
        let page = page.expect("writing into a String cannot fail");
        (failure.status, Html(page)).into_response()
    }
}
