//! The admin API's own OpenAPI document.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Gatehouse admin API",
        description = "Everything that the dashboard does, as HTTP.\n\nAuthenticate with a bearer token (dashboard, API tokens). Failures are problem documents (RFC 9457) with a stable `code`. Lists are paged by cursor. What can be changed carries an `ETag`; send it back as `If-Match`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    modifiers(&Bearer),
    security(("bearer" = [])),
)]
pub(crate) struct Base;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme(
            "bearer",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("An API token of the platform team."))
                    .build(),
            ),
        );
    }
}

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    crate::routes::table().1
}

/// The document as JSON, indented, ending with a line break: what is committed as `openapi/specs/admin-api.json`.
pub fn document_json() -> String {
    let mut text = document()
        .to_pretty_json()
        .expect("the document is made of strings");
    text.push('\n');
    text
}
