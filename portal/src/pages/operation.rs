//! One operation of an API: its parameters, body and answers, samples in nine languages, and a form to try it.

mod samples;
mod schema;
mod try_it;
mod view;

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use operations::catalog::{self, OperationView};
use operations::playground;
use serde::Deserialize;

pub(crate) use self::try_it::{call, samples as filled_samples, send};
use crate::failure::PageError;
use crate::form::Asked;
use crate::page::Page;

/// What an operation's address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Query {
    version: Option<String>,
    /// The language of the sample, as a slug.
    lang: Option<String>,
}

/// `GET /apis/{api}/operations/{operation}`, and the same as Markdown with `.md` behind it.
pub(crate) async fn show(
    page: Page,
    Path((slug, operation)): Path<(String, String)>,
    Asked(query): Asked<Query>,
) -> Result<Response, PageError> {
    if let Some(key) = operation.strip_suffix(".md") {
        return as_markdown(&page, &slug, key, query.version.as_deref()).await;
    }
    let found = find(&page, &slug, &operation, query.version.as_deref()).await?;
    if found.page.key != operation {
        let link = format!("/apis/{slug}/operations/{}", found.page.key);
        return Ok(Redirect::permanent(&link).into_response());
    }
    let choices = choices(&page, &found).await?;
    let title = format!("{}, {}", found.page.title, found.api.api.name);
    Ok(page.show(&title, || {
        view::view(&page, &found, query.lang.as_deref(), &choices, None)
    }))
}

pub(super) async fn find(
    page: &Page,
    slug: &str,
    operation: &str,
    version: Option<&str>,
) -> Result<OperationView, PageError> {
    let platform = &page.portal.platform;
    Ok(catalog::operation(platform, &page.actor, slug, version, operation).await?)
}

/// The applications that can try it; none for a visitor.
pub(super) async fn choices(
    page: &Page,
    found: &OperationView,
) -> Result<Vec<playground::Choice>, PageError> {
    if page.viewer.is_none() {
        return Ok(Vec::new());
    }
    let version = found.api.version.id;
    Ok(playground::choices(&page.portal.platform, &page.actor, version).await?)
}

async fn as_markdown(
    page: &Page,
    slug: &str,
    key: &str,
    version: Option<&str>,
) -> Result<Response, PageError> {
    let found = find(page, slug, key, version).await?;
    let text = openapi::text::operation(
        &found.page,
        &found.api.base_url,
        Some(&found.api.credential),
    );
    Ok(super::api::markdown(text, "text/markdown; charset=utf-8"))
}
