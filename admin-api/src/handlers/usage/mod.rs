//! Usage: what was called, and how it went.

pub(crate) mod report;

use operations::usage::{Only, Preset, Query, Range, Report, Scope};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Which calls.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsageQuery {
    /// 1h, 24h (when left out), 7d or 30d.
    range: Option<String>,
    /// Only this application's.
    application: Option<Uuid>,
    /// Only of this API.
    api: Option<Uuid>,
    /// Only of this version.
    api_version: Option<Uuid>,
    /// Only under this plan.
    plan: Option<Uuid>,
    /// Only under this subscription.
    subscription: Option<Uuid>,
}

impl UsageQuery {
    pub(super) fn read(self) -> Result<Query, faces::problem::Problem> {
        let word = self.range.as_deref().unwrap_or("24h");
        let preset = Preset::parse(word)
            .ok_or_else(|| operations::Error::invalid("range", "is one of 1h, 24h, 7d, 30d"))?;
        Ok(Query {
            scope: match self.application {
                Some(id) => Scope::Application(id.into()),
                None => Scope::Everything,
            },
            range: Range::Last(preset),
            only: Only {
                api: self.api.map(Into::into),
                api_version: self.api_version.map(Into::into),
                plan: self.plan.map(Into::into),
                subscription: self.subscription.map(Into::into),
                ..Only::default()
            },
        })
    }
}

/// Calls of a time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Totals {
    /// How many.
    requests: i64,
    /// By the first digit of the status: 1xx, 2xx, 3xx, 4xx, 5xx at 1 to 5.
    classes: Vec<i64>,
    /// How many the gateway refused.
    refused: i64,
    /// How many failed (5xx).
    failed: i64,
    /// Bytes of requests.
    bytes_in: i64,
    /// Bytes of answers.
    bytes_out: i64,
    /// Microseconds that half of the calls stayed within.
    #[serde(skip_serializing_if = "Option::is_none")]
    p50_us: Option<u64>,
    /// Microseconds that 95 % of the calls stayed within.
    #[serde(skip_serializing_if = "Option::is_none")]
    p95_us: Option<u64>,
    /// Microseconds that 99 % of the calls stayed within.
    #[serde(skip_serializing_if = "Option::is_none")]
    p99_us: Option<u64>,
}

impl From<&operations::usage::Totals> for Totals {
    fn from(totals: &operations::usage::Totals) -> Self {
        Self {
            requests: totals.requests,
            classes: totals.classes.to_vec(),
            refused: totals.refused,
            failed: totals.failed,
            bytes_in: totals.bytes_in,
            bytes_out: totals.bytes_out,
            p50_us: totals.percentile(0.50),
            p95_us: totals.percentile(0.95),
            p99_us: totals.percentile(0.99),
        }
    }
}

/// Calls between two moments.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Bucket {
    /// When it begins (RFC 3339).
    from: String,
    /// The calls.
    totals: Totals,
}

/// A report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UsageReport {
    /// When it begins.
    from: String,
    /// When it ends.
    to: String,
    /// All calls.
    totals: Totals,
    /// The same of the time before, of the same length.
    before: Totals,
    /// In order.
    buckets: Vec<Bucket>,
}

impl From<Report> for UsageReport {
    fn from(report: Report) -> Self {
        Self {
            from: report.window.from.to_string(),
            to: report.window.to.to_string(),
            totals: Totals::from(&report.totals),
            before: Totals::from(&report.before),
            buckets: report
                .buckets
                .iter()
                .map(|bucket| Bucket {
                    from: bucket.from.to_string(),
                    totals: Totals::from(&bucket.totals),
                })
                .collect(),
        }
    }
}
