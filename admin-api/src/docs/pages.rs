//! The reference as HTML.

use askama::Template;
use openapi::reference::{Content, Index, OperationPage};
use openapi::samples::{self, Credential, Language};
use openapi::{KeyPlace, SchemaNode, markdown};
use url::Url;

/// All operations, by tag.
pub(super) fn contents(index: &Index, base: &Url) -> String {
    written(&Contents {
        index,
        key: "",
        base,
    })
}

/// One operation.
pub(super) fn operation(index: &Index, page: &OperationPage, base: &Url) -> String {
    let credential = Credential {
        place: KeyPlace::Header,
        name: "Authorization".to_owned(),
        prefix: Some("Bearer ".to_owned()),
    };
    let request = samples::request(page, base.as_str().trim_end_matches('/'), Some(&credential));
    written(&Operation {
        index,
        key: &page.key,
        page,
        sample: Language::Curl.write(&request),
    })
}

/// What is shown for an operation that does not exist.
pub(super) fn missing(index: &Index) -> String {
    written(&Missing { index, key: "" })
}

fn written(page: &impl Template) -> String {
    page.render()
        .expect("writing to a text does not fail, and the templates call nothing that does")
}

#[derive(Template)]
#[template(path = "contents.html")]
struct Contents<'a> {
    index: &'a Index,
    key: &'a str,
    base: &'a Url,
}

#[derive(Template)]
#[template(path = "operation.html")]
struct Operation<'a> {
    index: &'a Index,
    key: &'a str,
    page: &'a OperationPage,
    sample: String,
}

#[derive(Template)]
#[template(path = "missing.html")]
struct Missing<'a> {
    index: &'a Index,
    key: &'a str,
}

/// What a schema is made of, as a list inside lists.
#[derive(Template)]
#[template(path = "schema.html")]
struct Schema<'a> {
    node: &'a SchemaNode,
}

fn schema(node: &SchemaNode) -> String {
    written(&Schema { node })
}

/// Bodies that say what they hold.
fn described(contents: &[Content]) -> Option<&SchemaNode> {
    contents.iter().find_map(|content| content.schema.as_ref())
}

/// The first digit of a status, for its colour.
fn class(status: &str) -> &str {
    status.get(..1).unwrap_or_default()
}
