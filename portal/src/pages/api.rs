//! An API: what it does, how to begin, on what terms, and where its reference is.

mod contents;
mod plans;
mod view;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::account::Face;
use openapi::text::Llms;
use operations::catalog::{self, ApiPage, Format};
use operations::products;
use serde::Deserialize;

pub(super) use self::contents::{Here, contents};
pub(super) use self::view::back;
use crate::failure::PageError;
use crate::form::Asked;
use crate::page::Page;
use crate::pages::first_call::first_call;
use crate::server::Portal;

/// Which version of an API an address asks for; the current one without a word.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Version {
    pub(super) version: Option<String>,
}

/// What the address of an API's page asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Overview {
    version: Option<String>,
    /// The group of operations that is unfolded, by its name in URLs.
    group: Option<String>,
    /// From which of its operations on, from 0.
    from: usize,
}

/// `GET /apis/{api}`
pub(crate) async fn show(
    page: Page,
    Path(slug): Path<String>,
    Asked(asked): Asked<Overview>,
) -> Result<Response, PageError> {
    let platform = &page.portal.platform;
    let api = catalog::api(platform, &page.actor, &slug, asked.version.as_deref()).await?;
    let shelves = products::shelves_of(platform, &page.actor, api.version.id).await?;
    let changes =
        catalog::changelog(platform, &page.actor, &slug, asked.version.as_deref()).await?;
    let call = first_call(&page, &api).await?;
    let title = api.api.name.to_string();
    let here = Here::Overview {
        group: asked.group.as_deref(),
        from: asked.from,
    };
    Ok(page.show(&title, || {
        view::view(&page, &api, here, &shelves, call.as_ref(), &changes)
    }))
}

/// `GET /apis/{api}/openapi.json` and `.yaml`: the document, with the gateway as its server.
pub(crate) async fn json(
    page: Page,
    Path(slug): Path<String>,
    Asked(asked): Asked<Version>,
) -> Result<Response, PageError> {
    download(&page, &slug, asked.version.as_deref(), Format::Json).await
}

/// See [`json`].
pub(crate) async fn yaml(
    page: Page,
    Path(slug): Path<String>,
    Asked(asked): Asked<Version>,
) -> Result<Response, PageError> {
    download(&page, &slug, asked.version.as_deref(), Format::Yaml).await
}

async fn download(
    page: &Page,
    slug: &str,
    label: Option<&str>,
    format: Format,
) -> Result<Response, PageError> {
    let platform = &page.portal.platform;
    let file = catalog::document(platform, &page.actor, slug, label, format).await?;
    let name = format!("attachment; filename=\"{}\"", file.file_name);
    let mut response = Body::from(file.content).into_response();
    let headers = response.headers_mut();
    for (header, value) in [
        (header::CONTENT_TYPE, file.media_type),
        (header::CONTENT_DISPOSITION, name),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(header, value);
        }
    }
    Ok(response)
}

/// `GET /llms.txt`: the catalogue for programs that read.
pub(crate) async fn catalogue_llms(
    State(portal): State<Portal>,
    page: Page,
) -> Result<Response, PageError> {
    let listing = catalog::list(&portal.platform, &page.actor, &catalog::Filter::default()).await?;
    let mut text = format!(
        "# {}\n\n> {}\n\n## APIs\n\n",
        portal.brand.name, portal.brand.headline
    );
    for entry in listing.entries {
        let link = portal
            .platform
            .settings
            .link(Face::Portal, &format!("/apis/{}/llms.txt", entry.slug));
        text.push_str(&format!("- [{}]({link}): {}\n", entry.name, entry.summary));
    }
    Ok(markdown(text, "text/plain; charset=utf-8"))
}

/// `GET /apis/{api}/llms.txt`: the index of one API.
pub(crate) async fn llms(page: Page, Path(slug): Path<String>) -> Result<Response, PageError> {
    let api = catalog::api(&page.portal.platform, &page.actor, &slug, None).await?;
    let pages_url = page
        .portal
        .platform
        .settings
        .link(Face::Portal, &format!("/apis/{slug}/operations/"));
    let text = openapi::text::llms(
        &api.index,
        Llms {
            title: api.api.name.as_str(),
            description: Some(api.api.summary.as_str()),
            base_url: &api.base_url,
            pages_url: &pages_url,
        },
    );
    Ok(markdown(text, "text/plain; charset=utf-8"))
}

pub(super) fn markdown(text: String, media_type: &'static str) -> Response {
    ([(header::CONTENT_TYPE, media_type)], text).into_response()
}

/// The address of an API's page, in the version that is shown.
pub(super) fn href(api: &ApiPage) -> String {
    format!("/apis/{}{}", api.api.slug, query(api))
}

/// `?version=v1` for a version that is not the current one.
pub(super) fn query(api: &ApiPage) -> String {
    if api.version.label == api.current {
        return String::new();
    }
    let query = [("version", api.version.label.as_str())];
    format!("?{}", serde_html_form::to_string(query).unwrap_or_default())
}
