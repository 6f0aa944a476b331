//! Certificates: what the gateway shows to callers and to upstreams. The key is sealed, and never comes back out.

mod input;
pub mod paper;

use domain::access::Permission;
use domain::actor::Actor;
use domain::certificate::{CertificateUse, ClientAuth};
use domain::change::ChangeKind;
use domain::id::{CaId, CertificateId};
use domain::text::Name;
use domain::{Id, Timestamp};
use serde::Serialize;
use serde_json::json;
use store::{Conn, acme_orders, certificates as rows};

use self::input::Checked;
pub use self::input::Input;
use crate::access::need;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::paging::{Page, Paging};
use crate::platform::Platform;

/// A certificate as people see it: everything but its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// Its id.
    pub id: CertificateId,
    /// Its name for people.
    pub name: String,
    /// What it is shown to.
    pub used_for: CertificateUse,
    /// The host names in it.
    pub names: Vec<String>,
    /// The chain, PEM; public.
    pub chain: String,
    /// SHA-256 of the certificate, hexadecimal.
    pub fingerprint: String,
    /// Who issued it.
    pub issuer: String,
    /// `RSA 2048`, `ECDSA P-256`, `Ed25519`.
    pub key_kind: String,
    /// From when it holds.
    pub not_before: Timestamp,
    /// Until when it holds.
    pub not_after: Timestamp,
    /// Whether callers of its hosts show one of their own.
    pub client_auth: ClientAuth,
    /// Who signs those.
    pub client_ca: Option<CaId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts the changes.
    pub version: i64,
}

impl From<rows::Certificate> for Certificate {
    fn from(row: rows::Certificate) -> Self {
        Self {
            id: row.id,
            name: row.name,
            used_for: row.used_for,
            names: row.names.0,
            chain: row.chain,
            fingerprint: row.fingerprint,
            issuer: row.issuer,
            key_kind: row.key_kind,
            not_before: row.not_before,
            not_after: row.not_after,
            client_auth: row.client_auth,
            client_ca: (!row.client_ca_id.is_nil()).then_some(row.client_ca_id),
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// Uploads a certificate. Refused with the reason: see [`paper::PaperError`].
pub async fn create(
    platform: &Platform,
    actor: &Actor,
    used_for: CertificateUse,
    input: Input,
) -> Result<Certificate> {
    need(actor, Permission::CatalogWrite)?;
    let checked = input::check(platform, used_for, input)?;
    let Some(pair) = checked.pair else {
        return Err(Error::invalid("chain", "is needed, with its key"));
    };
    let mut work = platform.begin(actor).await?;
    let workspace = work.workspace();
    known_ca(work.conn(), actor, checked.client_ca).await?;
    let id: CertificateId = platform.new_id();
    let row = rows::Certificate {
        id,
        workspace_id: workspace,
        name: checked.name.to_string(),
        used_for,
        names: pair.paper.names.into(),
        chain: pair.paper.chain,
        sealed_key: seal(platform, id, &pair.key),
        fingerprint: pair.paper.fingerprint,
        issuer: pair.paper.issuer,
        key_kind: pair.paper.key_kind,
        not_before: pair.paper.not_before,
        not_after: pair.paper.not_after,
        client_auth: checked.client_auth,
        client_ca_id: checked.client_ca.unwrap_or(Id::NIL),
        created_at: work.at(),
        updated_at: work.at(),
        version: 1,
    };
    rows::insert(work.conn(), &row)
        .await
        .map_err(|error| taken(error, &checked.name))?;
    work.changed(ChangeKind::Certificate, id);
    let made = Certificate::from(row);
    work.audit(
        "certificate.created",
        "certificate",
        id,
        &made.name,
        None,
        Some(told(&made)),
    );
    work.commit().await?;
    Ok(made)
}

/// Changes a certificate: with a chain and a key it is replaced, without them the one that is there stays.
pub async fn update(
    platform: &Platform,
    actor: &Actor,
    id: CertificateId,
    version: i64,
    input: Input,
) -> Result<Certificate> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let before = load(work.conn(), actor, id).await?;
    let Checked {
        name,
        pair,
        client_auth,
        client_ca,
    } = input::check(platform, before.used_for, input)?;
    known_ca(work.conn(), actor, client_ca).await?;
    let mut row = rows::Certificate {
        name: name.to_string(),
        client_auth,
        client_ca_id: client_ca.unwrap_or(Id::NIL),
        updated_at: work.at(),
        version,
        ..before.clone()
    };
    if let Some(pair) = pair {
        row.names = pair.paper.names.into();
        row.chain = pair.paper.chain;
        row.sealed_key = seal(platform, id, &pair.key);
        row.fingerprint = pair.paper.fingerprint;
        row.issuer = pair.paper.issuer;
        row.key_kind = pair.paper.key_kind;
        row.not_before = pair.paper.not_before;
        row.not_after = pair.paper.not_after;
    }
    let current = rows::update(work.conn(), &row)
        .await
        .map_err(|error| taken(error, &name))?;
    if !current {
        return Err(stale(before.version));
    }
    row.version += 1;
    work.changed(ChangeKind::Certificate, id);
    let (before, after) = (Certificate::from(before), Certificate::from(row));
    work.audit(
        "certificate.updated",
        "certificate",
        id,
        &after.name,
        Some(told(&before)),
        Some(told(&after)),
    );
    work.commit().await?;
    Ok(after)
}

/// Deletes a certificate that no upstream is shown. Its hosts are refused from then on.
pub async fn delete(
    platform: &Platform,
    actor: &Actor,
    id: CertificateId,
    version: i64,
) -> Result<()> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let before = load(work.conn(), actor, id).await?;
    let users = crate::upstreams::tls::shown(work.conn(), actor.workspace, id).await?;
    if !users.is_empty() {
        return Err(Error::InUse(format!(
            "certificate `{}` is shown to {}",
            before.name,
            users.join(", ")
        )));
    }
    if !rows::delete(work.conn(), actor.workspace, id, version).await? {
        return Err(stale(before.version));
    }
    work.removed(ChangeKind::Certificate, id);
    // what is deleted by hand is not to come back by itself
    if let Some(order) = acme_orders::for_certificate(work.conn(), actor.workspace, id).await? {
        acme_orders::delete(work.conn(), actor.workspace, order.id, order.version).await?;
        work.audit(
            "acme_order.deleted",
            "acme_order",
            order.id,
            &before.name,
            None,
            None,
        );
    }
    let before = Certificate::from(before);
    work.audit(
        "certificate.deleted",
        "certificate",
        id,
        &before.name,
        Some(told(&before)),
        None,
    );
    work.commit().await?;
    Ok(())
}

/// One certificate.
pub async fn find(platform: &Platform, actor: &Actor, id: CertificateId) -> Result<Certificate> {
    need(actor, Permission::CatalogRead)?;
    let row = load(&mut platform.db.read().await?, actor, id).await?;
    Ok(row.into())
}

/// Certificates by name.
pub async fn list(
    platform: &Platform,
    actor: &Actor,
    paging: &Paging,
) -> Result<Page<Certificate>> {
    need(actor, Permission::CatalogRead)?;
    let after: (String, CertificateId) = paging.cursor()?.unwrap_or_default();
    let mut conn = platform.db.read().await?;
    let rows = rows::list(
        &mut conn,
        actor.workspace,
        (&after.0, after.1),
        paging.probe(),
    )
    .await?;
    let page = paging.page(rows, |row| (row.name.clone(), row.id));
    Ok(Page {
        items: page.items.into_iter().map(Certificate::from).collect(),
        next: page.next,
    })
}

async fn load(conn: &mut Conn, actor: &Actor, id: CertificateId) -> Result<rows::Certificate> {
    rows::find(conn, actor.workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("certificate", id))
}

async fn known_ca(conn: &mut Conn, actor: &Actor, ca: Option<CaId>) -> Result<()> {
    let Some(id) = ca else { return Ok(()) };
    if store::cas::find(conn, actor.workspace, id).await?.is_some() {
        return Ok(());
    }
    let mut fields = Fields::new();
    fields.refuse("client_ca", format!("`{id}` is no authority"));
    fields.finish()
}

fn seal(platform: &Platform, id: CertificateId, key: &[u8]) -> Vec<u8> {
    platform
        .sealer
        .seal(platform.random.bytes(), &format!("certificate:{id}"), key)
}

/// For the audit log: the chain is told by its fingerprint.
fn told(certificate: &Certificate) -> serde_json::Value {
    json!({
        "name": certificate.name, "used_for": certificate.used_for,
        "names": certificate.names, "fingerprint": certificate.fingerprint, "issuer": certificate.issuer,
        "not_after": certificate.not_after, "client_auth": certificate.client_auth, "client_ca": certificate.client_ca,
    })
}

fn stale(current_version: i64) -> Error {
    Error::Conflict {
        what: "certificate",
        current_version,
    }
}

fn taken(error: store::Error, name: &Name) -> Error {
    if error.is_taken("certificate") {
        return Error::invalid("name", format!("`{name}` belongs to another certificate"));
    }
    error.into()
}
