//! Sums of usage as lines of JSON, for a gateway without a database.

use domain::Timestamp;
use serde::Serialize;
use store::usage::Row;

use super::batch::Batch;
use crate::config::UsageSink;

/// One sum: what was counted in a minute under one key.
#[derive(Serialize)]
struct Line<'a> {
    /// When the minute began.
    minute: Timestamp,
    api_version: String,
    operation: String,
    subscription: String,
    application: String,
    status: i64,
    #[serde(skip_serializing_if = "str::is_empty")]
    code: &'a str,
    requests: i64,
    bytes_in: i64,
    bytes_out: i64,
    duration_us: i64,
    upstream_us: i64,
}

impl<'a> From<&'a Row> for Line<'a> {
    fn from(row: &'a Row) -> Self {
        let (key, sums) = (&row.key, &row.sums);
        Self {
            minute: Timestamp::from_seconds(row.minute * 60),
            api_version: key.api_version_id.to_string(),
            operation: key.operation_id.to_string(),
            subscription: key.subscription_id.to_string(),
            application: key.application_id.to_string(),
            status: key.status,
            code: &key.code,
            requests: sums.requests,
            bytes_in: sums.bytes_in,
            bytes_out: sums.bytes_out,
            duration_us: sums.duration_us,
            upstream_us: sums.upstream_us,
        }
    }
}

/// Gives each sum of a batch to the sink.
pub(super) fn print(sink: &UsageSink, batch: &Batch) {
    for row in &batch.rows {
        match serde_json::to_string(&Line::from(row)) {
            Ok(line) => (sink.0)(&line),
            Err(error) => tracing::error!(%error, "a sum of usage could not be written"),
        }
    }
}
