//! What importing a document would make of it, shown before anything is made.

mod auth;
mod conditions;
mod left_out;
mod routes;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::auth::{AuthPreview, Suggestion};
pub use self::conditions::{ConditionPlace, RouteCondition};
pub use self::left_out::LeftOut;
pub use self::routes::RoutePreview;
pub(crate) use self::routes::shape;
use crate::check;
use crate::document::{Document, list, loose_text, text};
use crate::finding::{Finding, Findings, Severity};
use crate::parse::Syntax;
use crate::reference;
use crate::servers::{self, Server, ServerKind};
use crate::version::Version;
use crate::{locate, names};

/// Servers that are shown.
const SERVERS: usize = 100;

/// What an import would make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// The specification the document was written for.
    pub version: Version,
    /// How it is written.
    pub syntax: Syntax,
    /// Its size in bytes.
    pub bytes: usize,
    /// What it says of itself.
    pub info: Info,
    /// A suggested slug.
    pub slug: String,
    /// A suggested path on the gateway, without a slash at its end.
    pub base_path: String,
    /// All servers in order.
    pub servers: Vec<Server>,
    /// The address to forward to: that of the first absolute server.
    pub upstream: Option<String>,
    /// The security schemes, with what becomes of them.
    pub security: Vec<AuthPreview>,
    /// The credential check that suits the document best.
    pub suggested_auth: Option<Suggestion>,
    /// The operations, with the routes they become.
    pub routes: Vec<RoutePreview>,
    /// Tags in order, with their operations.
    pub tags: Vec<TagPreview>,
    /// What will not be imported.
    pub left_out: Vec<LeftOut>,
    /// What was found, worst first, then by line.
    pub findings: Vec<Finding>,
    /// How many more findings there were.
    pub findings_left_out: usize,
}

/// What a document says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    /// Its title; "Untitled API" when it has none.
    pub title: String,
    /// Its own version.
    pub version: Option<String>,
    /// One line on it.
    pub summary: Option<String>,
    /// Markdown.
    pub description: Option<String>,
    /// Address of the terms of service.
    pub terms_of_service: Option<String>,
    /// Who to ask.
    pub contact: Option<Contact>,
    /// The licence.
    pub license: Option<License>,
}

/// Who to ask about an API.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// A name.
    pub name: Option<String>,
    /// An address on the web.
    pub url: Option<String>,
    /// An e-mail address.
    pub email: Option<String>,
}

/// The licence of an API.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct License {
    /// Its name.
    pub name: Option<String>,
    /// Its text's address.
    pub url: Option<String>,
    /// Its SPDX identifier.
    pub identifier: Option<String>,
}

/// A tag with the number of its operations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagPreview {
    /// Its name; nothing for operations without a tag.
    pub name: Option<String>,
    /// The heading.
    pub title: String,
    /// Markdown.
    pub description: Option<String>,
    /// How many operations are listed under it.
    pub operations: usize,
}

impl Preview {
    /// How many findings there are of one severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }

    /// The findings at or inside an operation.
    pub fn findings_of<'p>(&'p self, route: &'p RoutePreview) -> impl Iterator<Item = &'p Finding> {
        self.findings.iter().filter(|finding| {
            let rest = finding.pointer.strip_prefix(&route.pointer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// The routes that would be made.
    pub fn imported(&self) -> impl Iterator<Item = &RoutePreview> {
        self.routes.iter().filter(|route| route.imported)
    }
}

/// Looks through a document and tells what importing it would make, what not, and what is wrong with it.
pub fn preview(document: &Document) -> Preview {
    let mut findings = Findings::new(document.limits().findings);
    let info = info(document);
    let servers: Vec<Server> = list(document.root(), "servers")
        .iter()
        .take(SERVERS)
        .filter_map(servers::read)
        .collect();
    check::document(document, &servers, &mut findings);
    let routes = routes::read(document, &mut findings);
    let (mut found, left_out) = findings.into_parts();
    for finding in &mut found {
        finding.pointer = document.source_pointer(&finding.pointer);
    }
    let mut all: Vec<Finding> = document.findings().to_vec();
    all.append(&mut found);
    locate::locate(document, &mut all);
    all.sort_by_key(|finding| (finding.severity, finding.line));

    let security = auth::read(document);
    let tags = reference::index(document).groups.into_iter();
    Preview {
        version: document.version(),
        syntax: document.syntax(),
        bytes: document.text().len(),
        slug: names::api_slug(&info.title),
        base_path: base_path(&info),
        upstream: servers
            .iter()
            .find(|server| server.kind.is_absolute())
            .map(|server| upstream(&server.url)),
        suggested_auth: auth::suggestion(document, &security),
        security,
        routes,
        tags: tags
            .map(|group| TagPreview {
                name: group.tag,
                title: group.title,
                description: group.description,
                operations: group.operations.len(),
            })
            .collect(),
        left_out: left_out::read(
            document,
            servers
                .iter()
                .filter(|server| server.kind == ServerKind::Unusable)
                .count(),
        ),
        servers,
        info,
        findings: all,
        findings_left_out: left_out + document.findings_left_out(),
    }
}

/// What a document says of itself.
pub fn info(document: &Document) -> Info {
    let nothing = Value::Null;
    let info = document.root().get("info").unwrap_or(&nothing);
    let owned = |value: &Value, name: &str| text(value, name).map(|text| text.trim().to_owned());
    Info {
        title: owned(info, "title").unwrap_or_else(|| "Untitled API".to_owned()),
        version: loose_text(info, "version"),
        summary: owned(info, "summary"),
        description: text(info, "description").map(str::to_owned),
        terms_of_service: owned(info, "termsOfService"),
        contact: info
            .get("contact")
            .filter(|value| value.is_object())
            .map(|contact| Contact {
                name: owned(contact, "name"),
                url: owned(contact, "url"),
                email: owned(contact, "email"),
            }),
        license: info
            .get("license")
            .filter(|value| value.is_object())
            .map(|license| License {
                name: owned(license, "name"),
                url: owned(license, "url"),
                identifier: owned(license, "identifier"),
            }),
    }
}

/// `/slug`, with the major version where the document has a small one.
fn base_path(info: &Info) -> String {
    let slug = names::api_slug(&info.title);
    let version = info
        .version
        .as_deref()
        .unwrap_or_default()
        .trim()
        .trim_start_matches(['v', 'V']);
    let major = version
        .split(['.', '-', '+'])
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major @ 1..100) => format!("/{slug}/v{major}"),
        _ => format!("/{slug}"),
    }
}

fn upstream(url: &str) -> String {
    let without_query = url.split(['?', '#']).next().unwrap_or(url);
    without_query.trim_end_matches('/').to_owned()
}
