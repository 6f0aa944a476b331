//! The request log.

pub(crate) mod list;

use serde::{Deserialize, Serialize};
use store::request_log::Request as Row;
use utoipa::ToSchema;
use uuid::Uuid;

/// One request through the gateway.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Request {
    /// When it was admitted.
    at: String,
    /// X-Request-Id.
    request_id: String,
    /// Method.
    method: String,
    /// Host.
    host: String,
    /// Path, without the query.
    path: String,
    /// Status of the answer.
    status: i64,
    /// The gateway's refusal; empty for answers of the upstream.
    code: String,
    /// Who called.
    #[serde(skip_serializing_if = "Option::is_none")]
    application_id: Option<Uuid>,
    /// Under which subscription.
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_id: Option<Uuid>,
    /// Whether it came from the try-it page.
    try_it: bool,
    /// Microseconds in all.
    duration_us: i64,
    /// Microseconds that the upstream took.
    upstream_us: i64,
    /// Bytes of the request.
    bytes_in: i64,
    /// Bytes of the answer.
    bytes_out: i64,
    /// The client's address.
    client_ip: String,
    /// User-Agent.
    user_agent: String,
}

impl From<Row> for Request {
    fn from(row: Row) -> Self {
        Self {
            at: row.at.to_string(),
            request_id: row.request_id.to_string(),
            method: row.method.to_string(),
            host: row.host.to_string(),
            path: row.path.to_string(),
            status: row.status,
            code: row.code.to_string(),
            application_id: (!row.application_id.is_nil()).then(|| row.application_id.uuid()),
            subscription_id: (!row.subscription_id.is_nil()).then(|| row.subscription_id.uuid()),
            try_it: row.try_it,
            duration_us: row.duration_us,
            upstream_us: row.upstream_us,
            bytes_in: row.bytes_in,
            bytes_out: row.bytes_out,
            client_ip: row.client_ip.to_string(),
            user_agent: row.user_agent.to_string(),
        }
    }
}

/// Which requests.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RequestQuery {
    /// Only this application's.
    pub(super) application: Option<Uuid>,
    /// Only with this status.
    pub(super) status: Option<u16>,
    /// Only with this refusal.
    pub(super) code: Option<String>,
    /// Part of the path, or a request id.
    #[serde(default)]
    pub(super) text: String,
}
