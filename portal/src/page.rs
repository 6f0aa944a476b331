//! One request for a page: who asks, and how the answer is drawn.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::actor::Origin;
use hydration_context::SsrSharedContext;
use leptos::nonce::{provide_nonce, use_nonce};
use leptos::prelude::{AnyView, Owner, RenderHtml};

use crate::frame;
use crate::policy;
use crate::server::{Portal, Viewer};

/// What the frame around every page needs to know; handlers take it as an argument.
#[derive(Clone)]
pub struct Page {
    pub(crate) portal: Portal,
    /// Who is signed in.
    pub(crate) viewer: Option<Viewer>,
    /// The address that was asked for, without its query.
    pub(crate) path: String,
    /// The id that the log has for this request.
    pub(crate) request_id: Option<String>,
}

impl FromRequestParts<Portal> for Page {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Infallible> {
        Ok(Self {
            portal: portal.clone(),
            viewer: parts.extensions.get::<Viewer>().cloned(),
            path: parts.uri.path().to_owned(),
            request_id: parts
                .extensions
                .get::<Origin>()
                .map(|origin| origin.request_id.clone()),
        })
    }
}

impl Page {
    /// The page as it was asked for.
    pub fn show(&self, title: &str, content: impl FnOnce() -> AnyView) -> Response {
        self.draw(StatusCode::OK, title, content)
    }

    /// The page again, because a form on it cannot be taken as it is: 422, with what was typed
    /// and what is wrong with it.
    pub fn refuse_form(&self, title: &str, content: impl FnOnce() -> AnyView) -> Response {
        self.draw(StatusCode::UNPROCESSABLE_ENTITY, title, content)
    }

    /// A page with a status of its own.
    pub fn draw(
        &self,
        status: StatusCode,
        title: &str,
        content: impl FnOnce() -> AnyView,
    ) -> Response {
        let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
        let (html, nonce, has_islands) = owner.with(|| {
            provide_nonce();
            let nonce = use_nonce().unwrap_or_default();
            let main = content().to_html();
            // What people write is escaped, so this is a tag of ours or nothing.
            let has_islands = main.contains("<leptos-island");
            let document = frame::document(self, title, main, has_islands, &nonce).to_html();
            (format!("<!doctype html>{document}"), nonce, has_islands)
        });
        owner.unset_with_forced_cleanup();
        let security =
            policy::content_security_policy(&nonce, has_islands, &self.portal.gateway_origin);
        let headers = [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=utf-8"),
            ),
            // A copy would carry a spent nonce, and perhaps somebody's name.
            (
                header::CACHE_CONTROL,
                HeaderValue::from_static("private, no-store"),
            ),
            (header::CONTENT_SECURITY_POLICY, security),
        ];
        (status, headers, html).into_response()
    }
}
