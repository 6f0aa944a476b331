//! A report as JSON: the totals, those of the range before, and one entry for each bar.

use serde_json::{Value, json};

use super::report::Report;
use super::totals::Totals;

/// The report as JSON. Times in UTC (RFC 3339), durations in microseconds; null where there are no calls to measure.
pub fn to_json(report: &Report) -> Value {
    let buckets: Vec<Value> = report
        .buckets
        .iter()
        .map(|bucket| {
            let mut line = totals(&bucket.totals);
            line["from"] = json!(bucket.from.to_string());
            line
        })
        .collect();
    json!({
        "from": report.window.from.to_string(),
        "to": report.window.to.to_string(),
        "totals": totals(&report.totals),
        "before": totals(&report.before),
        "buckets": buckets,
    })
}

fn totals(t: &Totals) -> Value {
    let [c0, c1, c2, c3, c4, c5] = t.classes;
    json!({
        "requests": t.requests,
        "classes": { "unanswered": c0, "1xx": c1, "2xx": c2, "3xx": c3, "4xx": c4, "5xx": c5 },
        "refused": t.refused,
        "failed": t.failed,
        "bytes_in": t.bytes_in,
        "bytes_out": t.bytes_out,
        "mean_us": t.mean(),
        "upstream_mean_us": t.upstream_mean(),
        "p50_us": t.percentile(0.5),
        "p95_us": t.percentile(0.95),
        "p99_us": t.percentile(0.99),
    })
}
