//! A report and quotas as charts.

use charts::{Bucket, Heading, Ink, Line, Lines, Quota, Stacked, format};
use leptos::tachys::html::InertElement;
use operations::usage::{QuotaState, Report, RunsOut};

/// Calls by class of answer.
pub(super) fn answers(report: &Report) -> InertElement {
    let buckets: Vec<Bucket> = report
        .buckets
        .iter()
        .map(|bucket| Bucket {
            start: bucket.from.micros(),
            by_class: std::array::from_fn(|class| bucket.totals.classes[class + 2].unsigned_abs()),
        })
        .collect();
    let html = Stacked {
        heading: Heading {
            id: "by-answer",
            title: "Calls by answer",
            description: "Stacked bars over time, by class of answer: 2xx, 3xx, 4xx and 5xx.",
            level: 2,
        },
        buckets: &buckets,
        marker: None,
        note: None,
    }
    .to_html();
    InertElement::new(html)
}

/// Percentiles of latency.
pub(super) fn latency(report: &Report) -> InertElement {
    let starts: Vec<i64> = report.buckets.iter().map(|b| b.from.micros()).collect();
    let series = |share: f64| -> Vec<Option<f64>> {
        report
            .buckets
            .iter()
            .map(|bucket| bucket.totals.percentile(share).map(milliseconds))
            .collect()
    };
    let (p50, p95, p99) = (series(0.5), series(0.95), series(0.99));
    let line = |name, ink, values| Line {
        name,
        long_name: name,
        ink,
        values,
    };
    let html = Lines {
        heading: Heading {
            id: "latency",
            title: "Latency, ms",
            description: "Lines over time: the time that 50, 95 and 99 of 100 answers stayed within.",
            level: 2,
        },
        starts: &starts,
        lines: &[
            line("p99", Ink::P99, &p99),
            line("p95", Ink::P95, &p95),
            line("p50", Ink::P50, &p50),
        ],
        unit: "ms",
        note: None,
    }
    .to_html();
    InertElement::new(html)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "latencies stay far below 2^52 microseconds"
)]
fn milliseconds(micros: u64) -> f64 {
    micros as f64 / 1_000.0
}

/// A subscription's quota with the sentence of when it runs out. `number` tells the bars of a page apart.
pub(super) fn quota(state: &QuotaState, number: usize) -> InertElement {
    let line = &state.line;
    let what = format!(
        "calls used this {}: {}, {} by {}",
        state.quota.period, line.product_name, line.plan_name, line.application_name
    );
    let html = Quota {
        id: &format!("quota-{number}"),
        used: state.used,
        limit: state.quota.requests,
        projected: state.projected,
        what: &what,
        resets: &format!("resets {}", format::date_time(state.to.micros())),
        note: &sentence(state.runs_out, state.projected.is_some()),
    }
    .to_html();
    InertElement::new(html)
}

fn sentence(runs_out: RunsOut, is_measured: bool) -> String {
    match runs_out {
        RunsOut::Already => {
            "It is used up: calls are refused with quota_exceeded until it resets.".to_owned()
        }
        RunsOut::At(at) => format!(
            "At the pace of the last 7 days this runs out on {}. After that calls are refused with quota_exceeded until it resets.",
            format::date_time(at.micros())
        ),
        RunsOut::No if is_measured => {
            "At the pace of the last 7 days it lasts until it resets.".to_owned()
        }
        RunsOut::No => "There were no calls in the last 7 days to measure a pace by.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    #[test]
    fn the_sentence_says_when_it_runs_out() {
        let at = RunsOut::At(Timestamp::from_seconds(1_763_000_000));
        assert!(sentence(at, true).contains("runs out on 13 November 2025, 02:13 UTC"));
        assert!(sentence(RunsOut::Already, false).starts_with("It is used up"));
        assert!(sentence(RunsOut::No, true).contains("lasts until it resets"));
        assert!(sentence(RunsOut::No, false).contains("no calls"));
    }
}
