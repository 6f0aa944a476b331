//! Standing orders for certificates: which names, how they are proven, and how it went.

use domain::Timestamp;
use domain::acme::{ChallengeKind, OrderState};
use domain::id::{AcmeOrderId, CertificateId, WorkspaceId};
use sqlx::types::Json;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

record! {
    /// A standing order.
    #[derive(Debug, Clone)]
    pub struct AcmeOrder {
        /// Its id.
        pub id: AcmeOrderId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// The host names that the certificate is for, lower case.
        pub names: Json<Vec<String>>,
        /// How they are proven.
        pub challenge: ChallengeKind,
        /// The certificate; nil until the first was issued.
        pub certificate_id: CertificateId,
        /// Where it stands.
        pub state: OrderState,
        /// Why the last attempt failed; empty after one that did not.
        pub last_error: String,
        /// Attempts that failed since the last that did not.
        pub attempts: i64,
        /// When it is tried again, or renewed.
        pub next_attempt_at: Timestamp,
        /// When the certificate in force was issued.
        pub issued_at: Option<Timestamp>,
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
        "id, workspace_id, names, challenge, certificate_id, state, last_error, attempts, next_attempt_at, issued_at, \
            created_at, updated_at, version"
    };
}

statements! {
    INSERT = concat!("INSERT INTO acme_order (", columns!(), ")
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
    UPDATE = "UPDATE acme_order SET certificate_id = $4, state = $5, last_error = $6, attempts = $7, next_attempt_at = $8, \
        issued_at = $9, updated_at = $10, version = version + 1 WHERE id = $1 AND workspace_id = $2 AND version = $3";
    DELETE = "DELETE FROM acme_order WHERE id = $1 AND workspace_id = $2 AND version = $3";
    FIND = concat!("SELECT ", columns!(), " FROM acme_order WHERE id = $1 AND workspace_id = $2");
    LIST = concat!("SELECT ", columns!(), " FROM acme_order WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT $3");
    DUE = concat!("SELECT ", columns!(), " FROM acme_order WHERE workspace_id = $1 AND next_attempt_at <= $2
        ORDER BY next_attempt_at, id LIMIT $3");
    FOR_CERTIFICATE = concat!("SELECT ", columns!(), " FROM acme_order WHERE workspace_id = $1 AND certificate_id = $2");
}

/// Writes a new order.
pub async fn insert(conn: &mut Conn, order: &AcmeOrder) -> Result<()> {
    let o = order.clone();
    conn.query(INSERT)
        .bind(o.id)
        .bind(o.workspace_id)
        .bind(o.names)
        .bind(o.challenge)
        .bind(o.certificate_id)
        .bind(o.state)
        .bind(o.last_error)
        .bind(o.attempts)
        .bind(o.next_attempt_at)
        .bind(o.issued_at)
        .bind(o.created_at)
        .bind(o.updated_at)
        .bind(o.version)
        .run()
        .await
        .map(drop)
}

/// Changes how it stands; `false` when `version` is no longer the stored one.
pub async fn update(conn: &mut Conn, order: &AcmeOrder) -> Result<bool> {
    let o = order.clone();
    let touched = conn
        .query(UPDATE)
        .bind(o.id)
        .bind(o.workspace_id)
        .bind(o.version)
        .bind(o.certificate_id)
        .bind(o.state)
        .bind(o.last_error)
        .bind(o.attempts)
        .bind(o.next_attempt_at)
        .bind(o.issued_at)
        .bind(o.updated_at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Deletes an order; `false` when `version` is no longer the stored one.
pub async fn delete(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: AcmeOrderId,
    version: i64,
) -> Result<bool> {
    let query = conn.query(DELETE).bind(id).bind(workspace).bind(version);
    Ok(query.run().await? == 1)
}

/// One order.
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: AcmeOrderId,
) -> Result<Option<AcmeOrder>> {
    conn.query(FIND).bind(id).bind(workspace).optional().await
}

/// At most `limit` orders in the order in which they were made, after this one.
pub async fn list(
    conn: &mut Conn,
    workspace: WorkspaceId,
    after: AcmeOrderId,
    limit: i64,
) -> Result<Vec<AcmeOrder>> {
    let query = conn.query(LIST).bind(workspace).bind(after).bind(limit);
    query.all().await
}

/// At most `limit` orders whose time has come, the longest overdue first.
pub async fn due(
    conn: &mut Conn,
    workspace: WorkspaceId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<AcmeOrder>> {
    let query = conn.query(DUE).bind(workspace).bind(now).bind(limit);
    query.all().await
}

/// The order that keeps a certificate fresh.
pub async fn for_certificate(
    conn: &mut Conn,
    workspace: WorkspaceId,
    certificate: CertificateId,
) -> Result<Option<AcmeOrder>> {
    let query = conn.query(FOR_CERTIFICATE).bind(workspace);
    query.bind(certificate).optional().await
}
