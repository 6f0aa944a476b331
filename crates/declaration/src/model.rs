//! The model of the file: what people write, with names in place of ids. Unknown keys are refused; what is left out has
//! its default, and what has its default is left out when a declaration is written.

use domain::certificate::{CertificateUse, ClientAuth};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::catalog::Api;
use crate::credential::Application;
use crate::offer::Product;
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
