//! Who is signed in, and the page around what they see: the extractor that every screen begins with.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use domain::Timestamp;
use domain::access::Permission;
use domain::actor::Actor;
use faces::cookie::Cookies;
use faces::session::Visit;
use operations::Platform;
use operations::overview::Standing;
use operations::sign_in::SignedIn;

use crate::answer::{self, Answer, Fault, SAID};
use crate::dashboard::Dashboard;
use crate::layout::{Account, Layout, Live, Screen};
use crate::parts::{ApiCall, Toast};
use crate::surround::Nonce;

/// A member of the platform team on a screen.
pub(crate) struct Admin {
    pub(crate) platform: Platform,
    pub(crate) actor: Actor,
    pub(crate) signed_in: SignedIn,
    place: String,
    nonce: String,
    standing: Standing,
    toast: Option<Toast>,
}

impl FromRequestParts<Dashboard> for Admin {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &Dashboard) -> Result<Self, Fault> {
        let visit = Visit::of(parts, state).await?;
        let Some(signed_in) = visit.signed_in else {
            let next = (parts.method == Method::GET)
                .then(|| parts.uri.path_and_query())
                .flatten()
                .map(ToString::to_string)
                .unwrap_or_default();
            return Err(Fault::SignIn(next));
        };
        let standing = operations::overview::standing(&state.platform, &visit.actor).await?;
        let nonce = parts
            .extensions
            .get::<Nonce>()
            .map(|nonce| nonce.0.clone())
            .unwrap_or_default();
        let toast = Cookies::read(&parts.headers, SAID)
            .and_then(|cookie| answer::said(&cookie))
            .map(|(tone, text)| Toast {
                tone,
                text,
                undo: None,
            });
        Ok(Self {
            platform: state.platform.clone(),
            actor: visit.actor,
            signed_in,
            place: state.place.clone(),
            nonce,
            standing,
            toast,
        })
    }
}

impl Admin {
    /// The page around a screen.
    pub(crate) fn layout(&self, title: impl Into<String>, current: Option<Screen>) -> Layout {
        Layout {
            title: title.into(),
            current,
            place: self.place.clone(),
            account: Account {
                name: self.signed_in.name.clone(),
                email: self.signed_in.email.clone(),
            },
            nonce: self.nonce.clone(),
            live: self.live(),
            drafts: self.standing.drafts,
            approvals: self.standing.approvals,
            query: String::new(),
            now: self.now(),
            toast: self.toast.clone(),
        }
    }

    /// Where the newest revision serves.
    pub(crate) fn live(&self) -> Live {
        Live {
            revision: self.standing.revision,
            nodes: self.standing.nodes,
            current_nodes: self.standing.current_nodes,
        }
    }

    /// The moment it is.
    pub(crate) fn now(&self) -> Timestamp {
        self.platform.now()
    }

    /// What is live and what waits.
    pub(crate) fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Whether to show what needs this permission. Operations check it again.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.actor.may(permission)
    }

    /// The same act as a call of the admin API.
    pub(crate) fn api_call(
        &self,
        method: &'static str,
        path: impl Into<String>,
        body: Option<serde_json::Value>,
    ) -> ApiCall {
        ApiCall {
            method,
            base_url: self
                .platform
                .settings
                .admin_url
                .as_str()
                .trim_end_matches('/')
                .to_owned(),
            path: path.into(),
            body: body.map(|body| format!("{body:#}")),
            version: None,
        }
    }
}

/// A page that is as it should be.
pub(crate) fn show(template: &impl askama::Template) -> Answer {
    Ok(answer::page(StatusCode::OK, template))
}

/// A page whose form came back.
pub(crate) fn show_again(template: &impl askama::Template) -> Answer {
    Ok(answer::page(StatusCode::UNPROCESSABLE_ENTITY, template))
}

/// A page: 422 when its form came back with what is wrong, else 200.
pub(crate) fn show_form(came_back: bool, template: &impl askama::Template) -> Answer {
    if came_back {
        show_again(template)
    } else {
        show(template)
    }
}

/// A file to keep.
pub(crate) fn file(name: &str, mime: &'static str, bytes: Vec<u8>) -> Response {
    use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
    use axum::response::IntoResponse;
    let name: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c))
        .collect();
    let disposition = format!("attachment; filename=\"{name}\"");
    (
        [
            (CONTENT_TYPE, mime.to_owned()),
            (CONTENT_DISPOSITION, disposition),
        ],
        bytes,
    )
        .into_response()
}
