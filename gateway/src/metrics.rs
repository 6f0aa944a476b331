//! The node's numbers in the OpenMetrics text format.

use gateway_snapshot::failures::PolicyFailures;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::status::Status;
use crate::upstreams::UpstreamReport;

/// What the text is.
pub(crate) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The numbers as they are now. Made anew for each scrape: the counts live with the workers.
pub(crate) fn text(status: &Status) -> Result<String, std::fmt::Error> {
    let mut registry = Registry::with_prefix("gatehouse_gateway");
    let counters = [
        ("requests", "Requests answered", status.requests_total),
        ("panics", "Requests that panicked", status.panics_total),
        (
            "handshakes_failed",
            "TLS handshakes that came to nothing",
            status.handshakes_failed_total,
        ),
        (
            "connections_turned_away",
            "Connections closed because their address had too many",
            status.connections_turned_away_total,
        ),
        (
            "direct_exchanges",
            "Requests that the direct exchange answered",
            status.direct_exchanges_total,
        ),
        (
            "log_left_out",
            "Requests without a line in the request log",
            status.log_left_out_total,
        ),
    ];
    for (name, help, value) in counters.into_iter().chain(status.cache.counters()) {
        let counter = Counter::<u64>::default();
        counter.inc_by(value);
        registry.register(name, help, counter);
    }
    let size = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let gauges = [
        ("revision", "The revision that is served", status.revision),
        ("lag", "Revisions behind the newest", status.lag),
        ("routes", "Routes that are served", size(status.routes)),
        ("credentials", "Credentials known", size(status.credentials)),
        (
            "applications",
            "Applications known",
            size(status.applications),
        ),
        (
            "journal_bytes",
            "Usage that is not in the database yet",
            i64::try_from(status.journal_bytes).unwrap_or(i64::MAX),
        ),
        (
            "targets_out",
            "Targets that get no requests because they fail",
            size(targets_out(status)),
        ),
        (
            "snapshot_problems",
            "Entities of the configuration of which an older form is in force",
            size(status.problems.len()),
        ),
    ];
    for (name, help, value) in gauges.into_iter().chain(status.cache.gauges()) {
        let gauge = Gauge::<i64>::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    }
    policy_failures(&mut registry, &status.policy_failures);
    upstreams(&mut registry, &status.upstreams);
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

fn targets_out(status: &Status) -> usize {
    let targets = status.upstreams.iter().flat_map(|one| &one.targets);
    targets.filter(|target| target.state != "healthy").count()
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Failed {
    policy: &'static str,
    request: &'static str,
}

/// How often policies could not do their work, and what became of the request.
fn policy_failures(registry: &mut Registry, failures: &[PolicyFailures]) {
    let family = Family::<Failed, Counter<u64>>::default();
    for one in failures {
        for (request, count) in [("refused", one.refused), ("passed", one.passed)] {
            let policy = one.policy;
            let counter = family.get_or_create(&Failed { policy, request });
            counter.inc_by(count);
        }
    }
    let help = "Policies that could not do their work; the request was refused, or passed where the policy fails open";
    registry.register("policy_failures", help, family);
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    upstream: String,
}

/// What is asked of each upstream. By upstream, not by target: there are few enough of them.
fn upstreams(registry: &mut Registry, reports: &[UpstreamReport]) {
    let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    type Value = fn(&UpstreamReport) -> u64;
    let gauges: [(&str, &str, Value); 4] = [
        ("upstream_in_flight", "Requests in flight", |one| {
            u64::from(one.in_flight)
        }),
        (
            "upstream_open",
            "Whether the circuit breaker keeps requests back",
            |one| u64::from(one.breaker != "closed"),
        ),
        (
            "upstream_panic",
            "Whether so few targets are healthy that health is ignored",
            |one| u64::from(one.panic),
        ),
        ("upstream_targets_healthy", "Healthy targets", |one| {
            let healthy = one.targets.iter().filter(|t| t.state == "healthy");
            u64::try_from(healthy.count()).unwrap_or(u64::MAX)
        }),
    ];
    for (name, help, value) in gauges {
        let family = Family::<Of, Gauge<i64>>::default();
        for report in reports {
            let upstream = report.slug.clone();
            family
                .get_or_create(&Of { upstream })
                .set(signed(value(report)));
        }
        registry.register(name, help, family);
    }
    let counters: [(&str, &str, Value); 4] = [
        ("upstream_retries", "Requests tried again", |one| {
            one.retries_total
        }),
        (
            "upstream_refused",
            "Requests refused because the upstream was open or had too much to do",
            |one| one.refused_total,
        ),
        ("upstream_attempts", "Requests sent to targets", |one| {
            one.targets.iter().map(|t| t.requests_total).sum()
        }),
        ("upstream_failures", "Attempts that failed", |one| {
            one.targets.iter().map(|t| t.failures_total).sum()
        }),
    ];
    for (name, help, value) in counters {
        let family = Family::<Of, Counter<u64>>::default();
        for report in reports {
            let upstream = report.slug.clone();
            family.get_or_create(&Of { upstream }).inc_by(value(report));
        }
        registry.register(name, help, family);
    }
}
