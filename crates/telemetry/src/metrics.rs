//! Metrics in the OpenMetrics text format. Labels are few and bounded: never a key, a path or a caller.

use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;

/// The media type of [`render`]'s text.
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A registry whose names all begin with `gatehouse_`.
pub fn registry() -> Registry {
    Registry::with_prefix("gatehouse")
}

/// All metrics of a registry as text.
pub fn render(registry: &Registry) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    text::encode(&mut out, registry)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use prometheus_client::metrics::counter::Counter;

    use super::*;

    #[test]
    fn names_carry_the_prefix() {
        let mut registry = registry();
        let counter: Counter = Counter::default();
        registry.register("requests", "Requests admitted", counter.clone());
        counter.inc();
        assert!(
            render(&registry)
                .unwrap()
                .contains("gatehouse_requests_total 1")
        );
    }
}
