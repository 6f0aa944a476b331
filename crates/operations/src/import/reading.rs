//! Reading a document off the request threads: everything that is stored of it, made in one go.

use data_encoding::HEXLOWER;
use domain::api::PathKind;
use openapi::diff::{self, Change};
use openapi::import::Preview;
use openapi::{Document, Finding, Limits, Severity, Syntax, reference};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::shelf::{Kept, Shelf};
use super::{GroupHead, Overview};
use crate::error::{Error, Result};
use crate::routes::path;

/// Documents that are read at the same time: a large one takes many times its size in memory.
static READERS: Semaphore = Semaphore::const_new(2);
/// The most operations of one document.
const OPERATIONS_MOST: usize = 30_000;
/// What all pages of one document may take, in bytes.
const PAGES_MOST: usize = 400 << 20;

/// A document and all that is stored of it.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) source: Vec<u8>,
    pub(super) checksum: String,
    pub(super) media_type: &'static str,
    pub(super) preview: Preview,
    pub(super) overview: Overview,
    /// In the order of the document, and of `preview.routes`.
    pub(super) operations: Vec<OperationRow>,
    /// Where their pages wait.
    pub(super) shelf: Shelf,
    /// What is different from the document before, the breaking changes first.
    pub(super) changes: Vec<Change>,
}

/// What is stored of one operation.
#[derive(Debug)]
pub(super) struct OperationRow {
    pub(super) slug: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) summary: String,
    pub(super) about: String,
    pub(super) tag: String,
    pub(super) deprecated: bool,
    pub(super) page: Kept,
}

/// SHA-256 in hexadecimal: the same document is not stored twice in a row.
pub(super) fn checksum(source: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(source))
}

/// What would be imported, without its pages.
pub(super) async fn glance(source: Vec<u8>) -> Result<(Preview, String)> {
    off_thread(move || {
        let document = parse(&source)?;
        Ok((preview_of(&document), checksum(&source)))
    })
    .await
}

/// What would be imported, read on this thread.
pub(super) fn preview(source: &[u8]) -> Result<Preview> {
    Ok(preview_of(&parse(source)?))
}

/// All of it; `before` is the document that it is compared with.
pub(super) async fn read(source: Vec<u8>, before: Option<Vec<u8>>) -> Result<Reading> {
    off_thread(move || whole(source, before.as_deref())).await
}

/// What is different between two documents, and what would be imported of the second.
pub(super) async fn compare(before: Vec<u8>, after: Vec<u8>) -> Result<(Preview, Vec<Change>)> {
    off_thread(move || {
        let (before, after) = (parse(&before)?, parse(&after)?);
        Ok((preview_of(&after), diff::between(&before, &after)))
    })
    .await
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let _turn = READERS
        .acquire()
        .await
        .expect("the semaphore is never closed");
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

fn parse(source: &[u8]) -> Result<Document> {
    openapi::parse(source, &Limits::default()).map_err(Error::Unreadable)
}

fn whole(source: Vec<u8>, before: Option<&[u8]>) -> Result<Reading> {
    let document = parse(&source)?;
    let changes = match before {
        Some(before) => diff::between(&parse(before)?, &document),
        None => Vec::new(),
    };
    let preview = preview_of(&document);
    if preview.routes.len() > OPERATIONS_MOST {
        let count = preview.routes.len();
        return Err(Error::invalid(
            "document",
            format!("has {count} operations; at most {OPERATIONS_MOST} are imported"),
        ));
    }
    let mut shelf = Shelf::default();
    let operations = operations(&document, &mut shelf)?;
    Ok(Reading {
        checksum: checksum(&source),
        media_type: media_type(document.syntax()),
        overview: overview(&document, &preview),
        source,
        preview,
        operations,
        shelf,
        changes,
    })
}

/// The library's preview, less the routes that the gateway would not take.
fn preview_of(document: &Document) -> Preview {
    let mut preview = openapi::import::preview(document);
    for route in preview.routes.iter_mut().filter(|route| route.imported) {
        let Some(refusal) = refusal(&route.route) else {
            continue;
        };
        route.imported = false;
        preview.findings.push(Finding {
            severity: Severity::Error,
            pointer: route.pointer.clone(),
            line: Some(route.line),
            column: None,
            message: format!("the path `{}` {refusal}", shortened(&route.path)),
            consequence: "It does not become a route.".to_owned(),
        });
    }
    preview
        .findings
        .sort_by_key(|finding| (finding.severity, finding.line));
    preview
}

/// Why a path cannot be a route, as the end of a sentence about it: by the rules for people's routes, then by the gateway
/// itself, since one route that it cannot compile would hold back all others.
fn refusal(path: &str) -> Option<String> {
    if let Err(error) = path::check(PathKind::Template, path) {
        return Some(error.to_string());
    }
    let taken = gateway_snapshot::check::path(path, PathKind::Template);
    taken
        .err()
        .map(|problem| format!("cannot be routed: {problem}"))
}

fn operations(document: &Document, shelf: &mut Shelf) -> Result<Vec<OperationRow>> {
    let index = reference::index(document);
    let about: std::collections::HashMap<&str, &str> = index
        .entries()
        .filter_map(|entry| Some((entry.key.as_str(), entry.about.as_deref()?)))
        .collect();
    let mut bytes = 0;
    let mut rows = Vec::new();
    for page in reference::pages(document) {
        let text = serde_json::to_string(&page).expect("a page has text keys only");
        bytes += text.len();
        if bytes > PAGES_MOST {
            return Err(Error::invalid(
                "document",
                "makes a reference of more than 400 MiB; divide it",
            ));
        }
        rows.push(OperationRow {
            about: about
                .get(page.key.as_str())
                .copied()
                .unwrap_or_default()
                .to_owned(),
            tag: page.tags.into_iter().next().unwrap_or_default(),
            slug: page.key,
            method: page.method,
            path: page.path,
            summary: page.title,
            deprecated: page.deprecated,
            page: shelf.put(text),
        });
    }
    Ok(rows)
}

fn overview(document: &Document, preview: &Preview) -> Overview {
    Overview {
        info: preview.info.clone(),
        version: preview.version,
        syntax: preview.syntax,
        bytes: preview.bytes,
        servers: preview.servers.clone(),
        security: preview.security.clone(),
        groups: reference::index(document)
            .groups
            .into_iter()
            .map(|group| GroupHead {
                tag: group.tag,
                title: group.title,
                slug: group.slug,
                description: group.description,
                external_docs: group.external_docs,
            })
            .collect(),
    }
}

fn media_type(syntax: Syntax) -> &'static str {
    match syntax {
        Syntax::Json => "application/json",
        Syntax::Yaml => "application/yaml",
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
