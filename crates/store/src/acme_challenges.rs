//! Proofs that a host is ours: every node answers them while they are there.

use domain::Timestamp;
use domain::acme::ChallengeKind;
use domain::id::{AcmeChallengeId, AcmeOrderId, WorkspaceId};

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

record! {
    /// A proof.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct AcmeChallenge {
        /// Its id.
        pub id: AcmeChallengeId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// The order that needs it.
        pub order_id: AcmeOrderId,
        /// How it is asked for.
        pub kind: ChallengeKind,
        /// The host, lower case.
        pub host: String,
        /// The last part of the path that is asked for (HTTP-01).
        pub token: String,
        /// The key authorization (RFC 8555 section 8.1): what is answered, or what the shown certificate holds a digest of.
        pub authorization_text: String,
        /// When it was made.
        pub created_at: Timestamp,
    }
}

statements! {
    INSERT = "INSERT INTO acme_challenge (id, workspace_id, order_id, kind, host, token, authorization_text, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    OF_ORDER = "SELECT id, workspace_id, order_id, kind, host, token, authorization_text, created_at FROM acme_challenge \
        WHERE workspace_id = $1 AND order_id = $2 ORDER BY id";
    EVERY = "SELECT id, workspace_id, order_id, kind, host, token, authorization_text, created_at FROM acme_challenge \
        ORDER BY id";
    DELETE = "DELETE FROM acme_challenge WHERE id = $1 AND workspace_id = $2";
}

/// Writes a proof.
pub async fn insert(conn: &mut Conn, challenge: AcmeChallenge) -> Result<()> {
    conn.query(INSERT)
        .bind(challenge.id)
        .bind(challenge.workspace_id)
        .bind(challenge.order_id)
        .bind(challenge.kind)
        .bind(challenge.host)
        .bind(challenge.token)
        .bind(challenge.authorization_text)
        .bind(challenge.created_at)
        .run()
        .await
        .map(drop)
}

/// The proofs of an order.
pub async fn of_order(
    conn: &mut Conn,
    workspace: WorkspaceId,
    order: AcmeOrderId,
) -> Result<Vec<AcmeChallenge>> {
    let query = conn.query(OF_ORDER).bind(workspace).bind(order);
    query.all().await
}

/// Every proof of every workspace, for the gateway.
pub async fn all(conn: &mut Conn) -> Result<Vec<AcmeChallenge>> {
    conn.query(EVERY).all().await
}

/// Takes a proof back.
pub async fn delete(conn: &mut Conn, workspace: WorkspaceId, id: AcmeChallengeId) -> Result<()> {
    let query = conn.query(DELETE).bind(id).bind(workspace);
    query.run().await.map(drop)
}
