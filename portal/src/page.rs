//! One request for a page: who asks, and how the answer is drawn.

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::actor::Actor;
use faces::session::Visit;
use hydration_context::SsrSharedContext;
use leptos::nonce::{provide_nonce, use_nonce};
use leptos::prelude::{AnyView, Owner, RenderHtml};

use crate::frame;
use crate::policy;
use crate::server::Portal;

/// What the frame around every page needs to know; handlers take it as an argument.
#[derive(Clone)]
pub struct Page {
    pub(crate) portal: Portal,
    /// Who asks; a visitor where nobody is signed in.
    pub(crate) actor: Actor,
    /// Who is signed in.
    pub(crate) viewer: Option<Viewer>,
    /// The address that was asked for, without its query.
    pub(crate) path: String,
    /// The id that the log has for this request.
    pub(crate) request_id: Option<String>,
}

/// Somebody who is signed in, as the frame shows them.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    /// The name that people know.
    pub(crate) name: String,
    /// Notifications that were not read yet.
    pub(crate) unread: i64,
}

impl FromRequestParts<Portal> for Page {
    type Rejection = Infallible;

    /// A store that does not answer makes a visitor of everybody: the page then says what failed.
    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Infallible> {
        let origin = faces::session::origin(parts);
        let request_id = (!origin.request_id.is_empty()).then(|| origin.request_id.clone());
        let visit = Visit::of(parts, portal)
            .await
            .inspect_err(|error| {
                tracing::error!(error = error as &dyn Error, "no session was read")
            })
            .ok();
        let viewer = match visit.as_ref().and_then(|visit| visit.signed_in.as_ref()) {
            Some(signed_in) => Some(Viewer {
                name: signed_in.name.clone(),
                unread: unread(portal, &signed_in.actor).await,
            }),
            None => None,
        };
        Ok(Self {
            portal: portal.clone(),
            actor: visit.map_or_else(
                || Actor::visitor(portal.platform.settings.workspace, origin),
                |visit| visit.actor,
            ),
            viewer,
            path: parts.uri.path().to_owned(),
            request_id,
        })
    }
}

/// A number in the frame is no reason for a page to fail.
async fn unread(portal: &Portal, actor: &Actor) -> i64 {
    operations::notifications::unread(&portal.platform, actor)
        .await
        .unwrap_or_else(|error| {
            tracing::error!(
                error = &error as &dyn Error,
                "notifications were not counted"
            );
            0
        })
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
        let gateway = self.portal.platform.settings.gateway_url.origin();
        let security =
            policy::content_security_policy(&nonce, has_islands, &gateway.ascii_serialization());
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
