//! Certificates with their sealed keys: what the gateway shows to callers and to upstreams.

use domain::Timestamp;
use domain::certificate::{CertificateUse, ClientAuth};
use domain::id::{CaId, CertificateId, WorkspaceId};
use sqlx::types::Json;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

record! {
    /// A certificate with its sealed key.
    #[derive(Clone)]
    pub struct Certificate {
        /// Its id.
        pub id: CertificateId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// Its name for people, unique in the workspace.
        pub name: String,
        /// What it is shown to.
        pub used_for: CertificateUse,
        /// The host names in it, lower case; `*.` begins a wildcard.
        pub names: Json<Vec<String>>,
        /// The chain, PEM, the certificate itself first.
        pub chain: String,
        /// The private key (PKCS #8, PKCS #1 or SEC 1 in DER), sealed for `certificate:<id>`.
        pub sealed_key: Vec<u8>,
        /// SHA-256 of the certificate, lower-case hexadecimal.
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
        /// Who signs those; nil when they are not asked.
        pub client_ca_id: CaId,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub updated_at: Timestamp,
        /// Counts the changes.
        pub version: i64,
    }
}

macro_rules! columns {
    () => {
        "id, workspace_id, name, used_for, names, chain, sealed_key, fingerprint, issuer, key_kind, \
            not_before, not_after, client_auth, client_ca_id, created_at, updated_at, version"
    };
}

statements! {
    INSERT = concat!("INSERT INTO certificate (", columns!(), ")
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)");
    UPDATE = "UPDATE certificate SET name = $4, names = $5, chain = $6, sealed_key = $7, fingerprint = $8, issuer = $9,
        key_kind = $10, not_before = $11, not_after = $12, client_auth = $13, client_ca_id = $14, updated_at = $15,
        version = version + 1 WHERE id = $1 AND workspace_id = $2 AND version = $3";
    DELETE = "DELETE FROM certificate WHERE id = $1 AND workspace_id = $2 AND version = $3";
    FIND = concat!("SELECT ", columns!(), " FROM certificate WHERE id = $1 AND workspace_id = $2");
    LIST = concat!("SELECT ", columns!(), " FROM certificate
        WHERE workspace_id = $1 AND (name > $2 OR (name = $2 AND id > $3)) ORDER BY name, id LIMIT $4");
    ASKING = concat!("SELECT ", columns!(), " FROM certificate WHERE workspace_id = $1 AND client_ca_id = $2 ORDER BY name");
    NAMED = "SELECT COUNT(*) FROM certificate WHERE workspace_id = $1 AND name = $2";
    EVERY = concat!("SELECT ", columns!(), " FROM certificate ORDER BY id");
    BY_ID = concat!("SELECT ", columns!(), " FROM certificate WHERE id = $1");
}

/// Writes a new certificate.
pub async fn insert(conn: &mut Conn, certificate: &Certificate) -> Result<()> {
    let c = certificate.clone();
    conn.query(INSERT)
        .bind(c.id)
        .bind(c.workspace_id)
        .bind(c.name)
        .bind(c.used_for)
        .bind(c.names)
        .bind(c.chain)
        .bind(c.sealed_key)
        .bind(c.fingerprint)
        .bind(c.issuer)
        .bind(c.key_kind)
        .bind(c.not_before)
        .bind(c.not_after)
        .bind(c.client_auth)
        .bind(c.client_ca_id)
        .bind(c.created_at)
        .bind(c.updated_at)
        .bind(c.version)
        .run()
        .await
        .map(drop)
}

/// Changes everything but the id and what it is used for; `false` when `version` is no longer the stored one.
pub async fn update(conn: &mut Conn, certificate: &Certificate) -> Result<bool> {
    let c = certificate.clone();
    let touched = conn
        .query(UPDATE)
        .bind(c.id)
        .bind(c.workspace_id)
        .bind(c.version)
        .bind(c.name)
        .bind(c.names)
        .bind(c.chain)
        .bind(c.sealed_key)
        .bind(c.fingerprint)
        .bind(c.issuer)
        .bind(c.key_kind)
        .bind(c.not_before)
        .bind(c.not_after)
        .bind(c.client_auth)
        .bind(c.client_ca_id)
        .bind(c.updated_at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Deletes a certificate; `false` when `version` is no longer the stored one.
pub async fn delete(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: CertificateId,
    version: i64,
) -> Result<bool> {
    let touched = conn
        .query(DELETE)
        .bind(id)
        .bind(workspace)
        .bind(version)
        .run()
        .await?;
    Ok(touched == 1)
}

/// One certificate.
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: CertificateId,
) -> Result<Option<Certificate>> {
    conn.query(FIND).bind(id).bind(workspace).optional().await
}

/// At most `limit` certificates by name, after the one named `after` with that id.
pub async fn list(
    conn: &mut Conn,
    workspace: WorkspaceId,
    after: (&str, CertificateId),
    limit: i64,
) -> Result<Vec<Certificate>> {
    conn.query(LIST)
        .bind(workspace)
        .bind(after.0)
        .bind(after.1)
        .bind(limit)
        .all()
        .await
}

/// The certificates whose hosts verify their clients with this bundle.
pub async fn asking(conn: &mut Conn, workspace: WorkspaceId, ca: CaId) -> Result<Vec<Certificate>> {
    conn.query(ASKING).bind(workspace).bind(ca).all().await
}

/// Whether a certificate has this name.
pub async fn is_named(conn: &mut Conn, workspace: WorkspaceId, name: &str) -> Result<bool> {
    let query = conn.query(NAMED).bind(workspace).bind(name);
    Ok(query.one::<(i64,)>().await?.0 > 0)
}

/// Every certificate of every workspace, for the gateway.
pub async fn all(conn: &mut Conn) -> Result<Vec<Certificate>> {
    conn.query(EVERY).all().await
}

/// One certificate of whichever workspace, for the gateway.
pub async fn load(conn: &mut Conn, id: CertificateId) -> Result<Option<Certificate>> {
    conn.query(BY_ID).bind(id).optional().await
}
