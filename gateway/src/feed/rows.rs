//! Rows of the store as entities of the snapshot.

use domain::change::ChangeKind;
use domain::id::ApiVersionId;
use gateway_policies::policy::OnError;
use gateway_snapshot::model::{
    ApiVersion, Application, Ca, Certificate, Credential, OauthRevocation, Plan, Policy, Product,
    Route, SigningKey, Subscription, Target, Upstream,
};
use gateway_snapshot::problem::Problem;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;
use uuid::Uuid;

/// The settings of a row; a problem when this version of the gateway does not understand them.
fn settings<T: DeserializeOwned>(
    value: Value,
    kind: ChangeKind,
    id: impl Into<Uuid>,
    name: &str,
) -> Result<T, Problem> {
    serde_json::from_value(value)
        .map_err(|error| Problem::new(kind, id, format!("settings of `{name}`: {error}")))
}

pub(crate) fn signing_key(row: store::signing_keys::SigningKey) -> SigningKey {
    SigningKey {
        id: row.id,
        purpose: row.purpose,
        algorithm: row.algorithm,
        public_key: row.public_key,
        retired_at: row.retired_at,
    }
}

pub(crate) fn ca(row: store::cas::Ca) -> Result<Ca, Problem> {
    Ok(Ca {
        certificates: der(&row.bundle, ChangeKind::Ca, row.id, &row.name)?,
        id: row.id,
        name: row.name,
    })
}

pub(crate) fn certificate(row: store::certificates::Certificate) -> Result<Certificate, Problem> {
    Ok(Certificate {
        chain: der(&row.chain, ChangeKind::Certificate, row.id, &row.name)?,
        id: row.id,
        name: row.name,
        used_for: row.used_for,
        names: row.names.0,
        sealed_key: row.sealed_key,
        client_auth: row.client_auth,
        client_ca: row.client_ca_id,
    })
}

/// The certificates in a text; a problem when there is something else in it.
fn der(
    pem: &str,
    kind: ChangeKind,
    id: impl Into<Uuid>,
    name: &str,
) -> Result<Vec<Vec<u8>>, Problem> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .map(|certificate| certificate.map(|certificate| certificate.to_vec()))
        .collect::<Result<_, _>>()
        .map_err(|error| Problem::new(kind, id, format!("certificates of `{name}`: {error}")))
}

pub(crate) fn upstream(
    row: store::upstreams::Upstream,
    targets: impl IntoIterator<Item = store::upstreams::Target>,
) -> Result<Upstream, Problem> {
    Ok(Upstream {
        settings: settings(
            row.settings.0,
            ChangeKind::Upstream,
            row.id,
            row.slug.as_str(),
        )?,
        id: row.id,
        slug: row.slug.to_string(),
        targets: targets.into_iter().map(target).collect(),
    })
}

fn target(row: store::upstreams::Target) -> Target {
    Target {
        id: row.id,
        url: row.url,
        weight: u32::try_from(row.weight).unwrap_or(0),
        enabled: row.enabled,
    }
}

/// `successor` is the version to move to, when there is one.
pub(crate) fn api_version(
    row: store::api_versions::Named,
    successor: Option<&Successor>,
    portal: Option<&Url>,
) -> ApiVersion {
    ApiVersion {
        id: row.id,
        api: row.api_id,
        api_slug: row.api_slug,
        api_name: row.api_name,
        label: row.label,
        lifecycle: row.lifecycle,
        upstream: row.upstream_id,
        hosts: row.hosts.0,
        base_path: row.base_path,
        deprecated_at: row.deprecated_at,
        sunset_at: row.sunset_at,
        successor_url: successor.and_then(|successor| successor.page(portal)),
    }
}

/// The version to move to.
#[derive(Debug, Clone)]
pub(crate) struct Successor {
    api_slug: String,
}

impl Successor {
    pub(crate) fn of(row: &store::api_versions::Named) -> Self {
        Self {
            api_slug: row.api_slug.clone(),
        }
    }

    fn page(&self, portal: Option<&Url>) -> Option<String> {
        let base = portal?.as_str().trim_end_matches('/');
        Some(format!("{base}/apis/{}", self.api_slug))
    }
}

pub(crate) fn route(row: store::routes::Route) -> Result<Route, Problem> {
    Ok(Route {
        settings: settings(row.settings.0, ChangeKind::Route, row.id, &row.name)?,
        id: row.id,
        api_version: row.api_version_id,
        operation: row.operation_id,
        name: row.name,
        methods: row.methods.0,
        path: row.path,
        path_kind: row.path_kind,
        priority: i32::try_from(row.priority).unwrap_or(if row.priority < 0 {
            i32::MIN
        } else {
            i32::MAX
        }),
        enabled: row.enabled,
    })
}

pub(crate) fn policy(row: store::policies::Policy) -> Policy {
    Policy {
        id: row.id,
        kind: row.kind,
        scope: row.scope,
        scope_id: row.scope_id,
        config: row.config.0.to_string(),
        position: row.position,
        enabled: row.enabled,
        conditions: if row.conditions.0.is_null() {
            String::new()
        } else {
            row.conditions.0.to_string()
        },
        on_error: OnError::of_word(&row.on_error),
    }
}

pub(crate) fn oauth_revocation(row: &store::oauth_revocations::Revocation) -> OauthRevocation {
    OauthRevocation {
        id: row.id,
        expires_at: row.expires_at,
    }
}

pub(crate) fn product(row: store::products::Product, items: Vec<ApiVersionId>) -> Product {
    Product {
        id: row.id,
        slug: row.slug.to_string(),
        state: row.state,
        items,
    }
}

pub(crate) fn plan(row: store::plans::Plan) -> Plan {
    Plan {
        id: row.id,
        product: row.product_id,
        slug: row.slug.to_string(),
        state: row.state,
        rate_limits: row.rate_limits.0,
        quota: row.quota.map(|quota| quota.0),
        scopes: row.scopes.map(|scopes| scopes.0),
    }
}

pub(crate) fn application(row: store::applications::Application) -> Application {
    Application {
        id: row.id,
        name: row.name.to_string(),
        state: row.state,
    }
}

pub(crate) fn subscription(row: store::subscriptions::Subscription) -> Subscription {
    Subscription {
        id: row.id,
        application: row.application_id,
        product: row.product_id,
        plan: row.plan_id,
        state: row.state,
    }
}

pub(crate) fn credential(row: store::credentials::Credential) -> Credential {
    Credential {
        id: row.id,
        application: row.application_id,
        kind: row.kind,
        hash: row.hash,
        sealed: row.sealed,
        state: row.state,
        expires_at: row.expires_at,
    }
}
