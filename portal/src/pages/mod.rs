//! One file a page: what it reads, what it shows.

pub(crate) mod account;
pub(crate) mod api;
pub(crate) mod application;
pub(crate) mod applications;
pub(crate) mod authorisations;
pub(crate) mod consent;
pub(crate) mod errors;
pub(crate) mod failed;
mod first_call;
pub(crate) mod gate;
pub(crate) mod home;
pub(crate) mod log;
pub(crate) mod not_found;
pub(crate) mod notifications;
pub(crate) mod operation;
pub(crate) mod refused;
pub(crate) mod search;
pub(crate) mod subscribe;
pub(crate) mod subscription;
pub(crate) mod typed;
pub(crate) mod usage;

use axum::response::{IntoResponse, Redirect, Response};

/// Leads to the sign-in page, and from there back to `address`.
pub(crate) fn sign_in_first(address: &str) -> Response {
    let query = [("next", address)];
    let next = serde_html_form::to_string(query).unwrap_or_default();
    Redirect::to(&format!("/sign-in?{next}")).into_response()
}
