//! Single requests, kept for some days: who called what, the answer, and why the gateway refused.

use domain::Timestamp;
use domain::id::{
    AccountId, ApiId, ApiVersionId, ApplicationId, CredentialId, GatewayNodeId, OperationId,
    RequestLogId, SubscriptionId, WorkspaceId,
};

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::upsert::{ROWS, Text};
use crate::value::record;

const HEAD: &str = "INSERT INTO request_log (id, workspace_id, at, node_id, request_id, method, host, path, status, code, \
                    api_version_id, operation_id, subscription_id, application_id, credential_id, try_it, duration_us, \
                    upstream_us, bytes_in, bytes_out, client_ip, user_agent)";
const TAIL: &str = "ON CONFLICT (id) DO NOTHING";
static MANY: Text<12_000> = Text::insert(HEAD, 22, ROWS, TAIL);
static MANY_BY_PLACE: Text<5_000> = Text::by_place(HEAD, 22, ROWS, TAIL);
static ONE: Text<600> = Text::insert(HEAD, 22, 1, TAIL);

macro_rules! select {
    ($filter:literal) => {
        concat!(
            "SELECT r.id, r.at, r.node_id, r.request_id, r.method, r.host, r.path, r.status, r.code, r.api_version_id, \
             r.operation_id, r.subscription_id, r.application_id, r.credential_id, r.try_it, r.duration_us, r.upstream_us, \
             r.bytes_in, r.bytes_out, r.client_ip, r.user_agent FROM request_log AS r WHERE r.workspace_id = $1 ",
            $filter
        )
    };
}

macro_rules! filtered {
    () => {
        " AND r.at >= $4 AND r.at < $5 \
          AND (r.api_version_id = $6 OR $6 IS NULL) \
          AND (r.api_version_id IN (SELECT v.id FROM api_version AS v WHERE v.api_id = $7) OR $7 IS NULL) \
          AND (r.subscription_id = $8 OR $8 IS NULL) AND (r.operation_id = $18 OR $18 IS NULL) \
          AND (r.node_id = $19 OR $19 IS NULL) \
          AND (r.status / 100 = $9 OR $9 IS NULL) \
          AND (r.status = $10 OR $10 IS NULL) \
          AND (r.code = $11 OR $11 IS NULL) \
          AND (r.code <> '' OR r.status >= 400 OR NOT $12) \
          AND (r.request_id = $13 OR glob($14, r.path) OR $13 IS NULL) \
          AND (r.at < $15 OR (r.at = $15 AND r.id < $16) OR $15 IS NULL) \
          ORDER BY r.at DESC, r.id DESC LIMIT $17"
    };
}

macro_rules! page {
    ($scope:literal) => {
        concat!(select!($scope), filtered!())
    };
}

statements! {
    INSERT_MANY = MANY.as_str(), by place MANY_BY_PLACE.as_str();
    INSERT_ONE = ONE.as_str();
    FIND = select!("AND r.request_id = $2 ORDER BY r.at DESC LIMIT 20");
    PAGE = page!("AND (r.application_id = $2 OR $2 IS NULL) \
                  AND (r.application_id IN (SELECT a.id FROM application AS a WHERE a.owner_id = $3) OR $3 IS NULL)");
    PAGE_OWN = page!("AND r.application_id IN (SELECT a.id FROM application AS a \
                      WHERE a.workspace_id = $1 AND (a.id = $2 OR $2 IS NULL) AND (a.owner_id = $3 OR $3 IS NULL))");
    BY_CREDENTIAL = "SELECT credential_id, CAST(COUNT(*) AS BIGINT) AS calls FROM request_log \
                     WHERE workspace_id = $1 AND application_id = $2 AND at >= $3 GROUP BY credential_id";
    FORGET = "DELETE FROM request_log WHERE id IN (SELECT id FROM request_log WHERE at < $1 ORDER BY at LIMIT $2)";
}

record! {
    /// One request. Ids are nil, and the code is empty, where there is none; durations in microseconds.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Request {
        /// Its id; made by the node, so that a replay writes no second line.
        pub id: RequestLogId,
        /// When it was admitted.
        pub at: Timestamp,
        /// The node that took it.
        pub node_id: GatewayNodeId,
        /// `X-Request-Id`.
        pub request_id: String,
        /// HTTP method.
        pub method: String,
        /// `Host`.
        pub host: String,
        /// The path, without the query (which may hold secrets).
        pub path: String,
        /// HTTP status of the answer.
        pub status: i64,
        /// The gateway's refusal.
        pub code: String,
        /// The API version that was called.
        pub api_version_id: ApiVersionId,
        /// The operation of its document.
        pub operation_id: OperationId,
        /// The subscription that let the call in.
        pub subscription_id: SubscriptionId,
        /// Who called.
        pub application_id: ApplicationId,
        /// With which credential.
        pub credential_id: CredentialId,
        /// Whether it came from the try-it page.
        pub try_it: bool,
        /// From admission to the last byte.
        pub duration_us: i64,
        /// The part of it that the upstream took.
        pub upstream_us: i64,
        /// Bytes of the request's body.
        pub bytes_in: i64,
        /// Bytes of the response's body.
        pub bytes_out: i64,
        /// The client's address.
        pub client_ip: String,
        /// `User-Agent`.
        pub user_agent: String,
    }
}

/// Which requests a page of the log shows. `None` is "any".
#[derive(Debug, Clone)]
pub struct Filter {
    /// Applications of this person only.
    pub owner: Option<AccountId>,
    /// This application only.
    pub application: Option<ApplicationId>,
    /// Not before.
    pub from: Timestamp,
    /// Before.
    pub to: Timestamp,
    /// This API version.
    pub api_version: Option<ApiVersionId>,
    /// Any version of this API.
    pub api: Option<ApiId>,
    /// This operation.
    pub operation: Option<OperationId>,
    /// This subscription.
    pub subscription: Option<SubscriptionId>,
    /// Taken by this node.
    pub node: Option<GatewayNodeId>,
    /// 2 for 2xx and so on.
    pub class: Option<i64>,
    /// This very status.
    pub status: Option<i64>,
    /// This refusal.
    pub code: Option<String>,
    /// Whether what went well is left out.
    pub failures: bool,
    /// This request id, or a part of the path.
    pub text: Option<String>,
}

/// Adds lines; one that is there already stays as it is.
pub async fn insert(conn: &mut Conn, workspace: WorkspaceId, requests: &[Request]) -> Result<()> {
    let (full, rest) = requests.as_chunks::<ROWS>();
    let chunks = full
        .iter()
        .map(|chunk| (INSERT_MANY, chunk.as_slice()))
        .chain(rest.chunks(1).map(|row| (INSERT_ONE, row)));
    for (statement, chunk) in chunks {
        let mut query = conn.query(statement);
        for r in chunk {
            query = query
                .bind(r.id)
                .bind(workspace)
                .bind(r.at)
                .bind(r.node_id)
                .bind(r.request_id.as_str())
                .bind(r.method.as_str())
                .bind(r.host.as_str())
                .bind(r.path.as_str())
                .bind(r.status)
                .bind(r.code.as_str())
                .bind(r.api_version_id)
                .bind(r.operation_id)
                .bind(r.subscription_id)
                .bind(r.application_id)
                .bind(r.credential_id)
                .bind(r.try_it)
                .bind(r.duration_us)
                .bind(r.upstream_us)
                .bind(r.bytes_in)
                .bind(r.bytes_out)
                .bind(r.client_ip.as_str())
                .bind(r.user_agent.as_str());
        }
        query.run().await?;
    }
    Ok(())
}

/// The latest requests with this `X-Request-Id` (clients may choose it, so there can be several).
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    request_id: &str,
) -> Result<Vec<Request>> {
    conn.query(FIND)
        .bind(workspace)
        .bind(request_id)
        .all()
        .await
}

/// A page of the log, the latest first, behind the request that `after` names.
pub async fn page(
    conn: &mut Conn,
    workspace: WorkspaceId,
    filter: &Filter,
    after: Option<(Timestamp, RequestLogId)>,
    limit: i64,
) -> Result<Vec<Request>> {
    let narrow = filter.owner.is_some() || filter.application.is_some();
    conn.query(if narrow { PAGE_OWN } else { PAGE })
        .bind(workspace)
        .bind(filter.application)
        .bind(filter.owner)
        .bind(filter.from)
        .bind(filter.to)
        .bind(filter.api_version)
        .bind(filter.api)
        .bind(filter.subscription)
        .bind(filter.class)
        .bind(filter.status)
        .bind(filter.code.as_deref())
        .bind(filter.failures)
        .bind(filter.text.as_deref())
        .bind(filter.text.as_deref().map(crate::search::pattern))
        .bind(after.map(|(at, _)| at))
        .bind(after.map(|(_, id)| id))
        .bind(limit)
        .bind(filter.operation)
        .bind(filter.node)
        .all()
        .await
}

/// How many requests of an application are in the log since then, by credential (nil for the try-it page).
pub async fn count_by_credential(
    conn: &mut Conn,
    workspace: WorkspaceId,
    application: ApplicationId,
    since: Timestamp,
) -> Result<Vec<CredentialCalls>> {
    conn.query(BY_CREDENTIAL)
        .bind(workspace)
        .bind(application)
        .bind(since)
        .all()
        .await
}

record! {
    /// Requests in the log that came with one credential.
    #[derive(Debug, Clone, Copy)]
    pub struct CredentialCalls {
        /// Which credential.
        pub credential_id: CredentialId,
        /// How many requests.
        pub calls: i64,
    }
}

/// Drops at most `limit` of the lines before `before`, the oldest first. Call it until it answers less than `limit`.
pub async fn forget(conn: &mut Conn, before: Timestamp, limit: i64) -> Result<u64> {
    conn.query(FORGET).bind(before).bind(limit).run().await
}
