//! The model of the file: what people write, with names in place of ids. Unknown keys are refused; what is left out has
//! its default, and what has its default is left out when a declaration is written.

use domain::Timestamp;
use domain::api::{Approval, Lifecycle, PathKind, PlanState, ProductState, Visibility};
use domain::certificate::{CertificateUse, ClientAuth};
use domain::limit::{Quota, RateLimit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::credential::Application;
use crate::row::RowId;
use crate::wants;

/// The version of the format that this program reads and writes.
pub const FORMAT: u32 = 1;

/// A configuration, or a part of one: the parts of several files are put together.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Gatehouse declaration")]
pub struct Declaration {
    /// The version of the format: 1. Each file begins with it.
    pub gatehouse: u32,
    /// Other files and folders that belong to it, beside or below this file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// What everything in it carries once it is applied. Only what carries the same tag is ever pruned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// What is filled in where something is left out.
    #[serde(default, skip_serializing_if = "Defaults::is_empty")]
    pub defaults: Defaults,
    /// Bundles of authorities that clients or upstreams are verified with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorities: Vec<Authority>,
    /// Certificates with their keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<Certificate>,
    /// Where requests go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub upstreams: Vec<Upstream>,
    /// Policies for every request, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<Policy>,
    /// APIs with their versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apis: Vec<Api>,
    /// What is on offer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<Product>,
    /// Who calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub applications: Vec<Application>,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// What is filled in where something is left out: each key of `upstream` and `route` that the settings of an upstream or
/// a route do not have.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// For the settings of upstreams.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub upstream: Map<String, Value>,
    /// For the settings of routes.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub route: Map<String, Value>,
    /// For the hosts of versions that name none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// The e-mail address that owns applications without an owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

impl Defaults {
    /// Whether nothing is filled in.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A bundle of authorities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// Its name, each once.
    pub name: String,
    /// The certificates, PEM.
    pub bundle: String,
    /// Which row it is, where it was read from a store.
    #[serde(skip)]
    pub id: RowId,
}

/// A certificate with its key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Its name, each once.
    pub name: String,
    /// What it is shown to; callers when left out.
    #[serde(default = "wants::server", skip_serializing_if = "wants::is_server")]
    #[schemars(schema_with = "wants::certificate_use")]
    pub used_for: CertificateUse,
    /// The chain, PEM, the certificate itself first.
    pub chain: String,
    /// The private key, PEM: a reference such as `${file:edge.key}`, or the sealed text of an export.
    pub key: String,
    /// Whether callers of its hosts show a certificate of their own; not asked when left out.
    #[serde(default = "wants::unasked", skip_serializing_if = "wants::is_unasked")]
    #[schemars(schema_with = "wants::client_auth")]
    pub client_auth: ClientAuth,
    /// The name of the authorities that sign those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_authority: Option<String>,
    /// Which row it is, where it was read from a store.
    #[serde(skip)]
    pub id: RowId,
}

/// A group of targets that answer the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// Its name in URLs, each once.
    pub slug: String,
    /// Its name for people; the slug when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Target>,
    /// How it is spoken to: the settings of the admin API, with the names of `tls.ca` and `tls.client_certificate` in place
    /// of their ids.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, Value>,
    /// Which row it is, where it was read from a store.
    #[serde(skip)]
    pub id: RowId,
}

/// One address of an upstream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// `http://host:port/path` or `https://...`; `http+srv://_service._tcp.domain/path` or `https+srv://...` where SRV records
    /// name hosts and ports
    pub url: String,
    /// Its share of the requests, 0 to 10 000; 100 when left out.
    #[serde(default = "wants::hundred", skip_serializing_if = "wants::is_hundred")]
    pub weight: i64,
    /// Whether it gets requests.
    #[serde(default = "wants::yes", skip_serializing_if = "wants::is_yes")]
    pub enabled: bool,
}

/// Behaviour attached to what it stands in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Which behaviour: `rate_limit`.
    pub kind: String,
    /// What people call it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What `openapi/policies/<kind>.json` describes. Applications are named `owner/name`, products by their slug, and plans
    /// `product/plan`, in place of ids.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub config: Map<String, Value>,
    /// When it applies; always when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Map<String, Value>>,
    /// `open` or `closed`: what happens when it cannot do its work; its configuration says when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_error: Option<String>,
    /// Whether it does anything.
    #[serde(default = "wants::yes", skip_serializing_if = "wants::is_yes")]
    pub enabled: bool,
    /// Which row it is, where it was read from a store.
    #[serde(skip)]
    pub id: RowId,
}

/// A published contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// Its name in URLs, each once.
    pub slug: String,
    /// Its name for people; the slug when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// One sentence for its card.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// What it does, in Markdown: text, or a page by `${file:pages/shipping.md}`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Who sees it in the portal; everybody when left out.
    #[serde(default = "wants::public", skip_serializing_if = "wants::is_public")]
    #[schemars(schema_with = "wants::visibility")]
    pub visibility: Visibility,
    /// Words to filter by; the first is its shelf in the catalogue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Policies for every version, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<Policy>,
    /// Its versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<Version>,
    /// Which row it is, where it was read from a store.
    #[serde(skip)]
    pub id: RowId,
}

/// One version of an API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// `v2`, each once in its API.
    pub label: String,
    /// Where it stands; published when left out.
    #[serde(
        default = "wants::published",
        skip_serializing_if = "wants::is_published"
    )]
    #[schemars(schema_with = "wants::lifecycle")]
    pub lifecycle: Lifecycle,
    /// The slug of the upstream that gets its requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
    /// Host names; every host when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// What stands before the path of each route.
    #[serde(default = "wants::root", skip_serializing_if = "wants::is_root")]
    pub base_path: String,
    /// Since when it is deprecated; the moment of the apply when left out of one that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub deprecated_at: Option<Timestamp>,
    /// When it will go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub sunset_at: Option<Timestamp>,
    /// The version to move to: `v3`, or `other-api/v1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    /// Its OpenAPI document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
    /// Whether each operation of the document gets a route, beside those that are listed.
    #[serde(default, skip_serializing_if = "wants::is_no")]
    pub routes_from_document: bool,
    /// Policies for every route, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<Policy>,
    /// What is let through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// Which row it is, where it was read from a store.
    #[serde(skip)]
    pub id: RowId,
}

/// An OpenAPI document: in a file the path of another file, elsewhere its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "the path of an OpenAPI document, or `text` with the document in it"
)]
pub enum Document {
    /// Its path, beside or below the file that names it.
    Path(String),
    /// The document itself.
    Text(DocumentText),
}

/// An OpenAPI document in place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentText {
    /// The document, JSON or YAML.
    pub text: String,
}

impl Document {
    /// A document in place.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(DocumentText { text: text.into() })
    }
}

/// What is let through to a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Its name for people; methods and path when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Methods; every method when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// The path after the version's base path.
    pub path: String,
    /// How the path is read; as a template when left out.
    #[serde(
        default = "wants::template",
        skip_serializing_if = "wants::is_template"
    )]
    #[schemars(schema_with = "wants::path_kind")]
    pub path_kind: PathKind,
    /// Routes with a higher one are tried first.
    #[serde(default, skip_serializing_if = "wants::is_zero")]
    pub priority: i64,
    /// The slug of the operation of the document that it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Who may call it, and what becomes of its path: the settings of the admin API.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, Value>,
    /// Whether it matches at all.
    #[serde(default = "wants::yes", skip_serializing_if = "wants::is_yes")]
    pub enabled: bool,
    /// Policies, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<Policy>,
    /// Which row it is, where it was read from a store.
    #[serde(skip)]
    pub id: RowId,
}

/// A bundle of API versions on offer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Its name in URLs, each once.
    pub slug: String,
    /// Its name for people; the slug when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// One sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// Who sees it; everybody when left out.
    #[serde(default = "wants::public", skip_serializing_if = "wants::is_public")]
    #[schemars(schema_with = "wants::visibility")]
    pub visibility: Visibility,
    /// Where it stands; published when left out.
    #[serde(
        default = "wants::on_offer",
        skip_serializing_if = "wants::is_on_offer"
    )]
    #[schemars(schema_with = "wants::product_state")]
    pub state: ProductState,
    /// The slug of the API whose own product this is; left out for a bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_of: Option<String>,
    /// The versions in it: `shipping/v2`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
    /// Policies for what is called through it, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<Policy>,
    /// Its terms, in the order in which they are shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<Plan>,
    /// Which row it is, where it was read from a store.
    #[serde(skip)]
    pub id: RowId,
}

/// Terms of access to a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its name in URLs and headers, each once in its product.
    pub slug: String,
    /// Its name for people; the slug when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// One sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// Where it stands; active when left out.
    #[serde(
        default = "wants::active_plan",
        skip_serializing_if = "wants::is_active_plan"
    )]
    #[schemars(schema_with = "wants::plan_state")]
    pub state: PlanState,
    /// How a subscription begins; at once when left out.
    #[serde(default = "wants::instant", skip_serializing_if = "wants::is_instant")]
    #[schemars(schema_with = "wants::approval")]
    pub approval: Approval,
    /// Within how many hours a review is promised; 24 when left out of a plan that is reviewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_hours: Option<i64>,
    /// The price in words; empty for free.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub price: String,
    /// Rate limits, at most one for each window: `{ requests: 60, window: minute }`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "wants::rate_limits")]
    pub rate_limits: Vec<RateLimit>,
    /// The calendar budget: `{ requests: 10000, period: month }`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "wants::quota")]
    pub quota: Option<Quota>,
    /// The scopes that access tokens may be granted; all of them when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// The form that a developer fills in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// The terms to accept, in Markdown: text, or a page by `${file:pages/terms.md}`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub terms: String,
    /// Policies for what is called under it, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<Policy>,
    /// Which row it is, where it was read from a store.
    #[serde(skip)]
    pub id: RowId,
}

/// A question of a plan's form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its name in forms and answers; made from the label when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The question.
    pub label: String,
    /// `text`, `long_text` or `choice`.
    pub answer: String,
    /// The longest answer in characters, for texts; 200 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    /// The answers to choose from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Whether it must be answered.
    #[serde(default, skip_serializing_if = "wants::is_no")]
    pub required: bool,
}
