//! A report as CSV (RFC 4180): one line for each bar.

use std::fmt::Write as _;

use super::report::Report;
use super::totals::Totals;

const HEAD: &str = "from,requests,1xx,2xx,3xx,4xx,5xx,refused,failed,bytes_in,bytes_out,mean_us,upstream_mean_us,p50_us,p95_us,p99_us\r\n";

/// The report as CSV. Times in UTC, durations in microseconds; cells without calls to measure are empty.
pub fn to_csv(report: &Report) -> String {
    let mut text = HEAD.to_owned();
    for bucket in &report.buckets {
        let _ = write!(text, "{}", bucket.from);
        line(&mut text, &bucket.totals);
        text.push_str("\r\n");
    }
    text
}

fn line(text: &mut String, t: &Totals) {
    let [_, c1, c2, c3, c4, c5] = t.classes;
    let numbers = [
        t.requests,
        c1,
        c2,
        c3,
        c4,
        c5,
        t.refused,
        t.failed,
        t.bytes_in,
        t.bytes_out,
    ];
    for number in numbers {
        let _ = write!(text, ",{number}");
    }
    for mean in [t.mean(), t.upstream_mean()] {
        cell(text, mean);
    }
    for p in [0.5, 0.95, 0.99] {
        cell(text, t.percentile(p));
    }
}

fn cell(text: &mut String, value: Option<impl std::fmt::Display>) {
    text.push(',');
    if let Some(value) = value {
        let _ = write!(text, "{value}");
    }
}
