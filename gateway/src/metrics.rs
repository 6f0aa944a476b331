//! The node's numbers in the OpenMetrics text format.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::status::Status;

/// What the text is.
pub(crate) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The numbers as they are now. Made anew for each scrape: the counts live with the workers.
pub(crate) fn text(status: &Status) -> Result<String, std::fmt::Error> {
    let mut registry = Registry::with_prefix("gatehouse_gateway");
    let counters = [
        ("requests", "Requests answered", status.requests_total),
        ("panics", "Requests that panicked", status.panics_total),
        (
            "log_dropped",
            "Lines of the request log that found no room",
            status.log_dropped_total,
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
            "targets_paused",
            "Targets passed over because they refused a connection",
            size(status.targets_paused),
        ),
    ];
    for (name, help, value) in gauges.into_iter().chain(status.cache.gauges()) {
        let gauge = Gauge::<i64>::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    }
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}
