//! How the targets of an upstream do, node by node.

use askama::Template;
use operations::upstreams::{Standing, TargetStanding};

use super::state::{State, Tone};

/// A table for each node.
#[derive(Template, Debug, Clone)]
#[template(path = "parts/upstream_standing.html")]
pub struct UpstreamStanding {
    /// What the nodes tell.
    pub standing: Vec<Standing>,
}

fn target_state(target: &TargetStanding) -> State {
    match target.state.as_str() {
        "healthy" => State::new(Tone::Good, "check-circle", "Healthy"),
        "ejected" => State::new(Tone::Warn, "alert", "Left out: it failed"),
        _ => State::new(Tone::Bad, "cross-circle", "Unhealthy: a check says so"),
    }
}

fn breaker(one: &Standing) -> State {
    if one.told.breaker == "open" {
        State::new(Tone::Bad, "cross-circle", "Circuit open")
    } else {
        State::new(Tone::Warn, "clock", "Circuit trying")
    }
}

fn panic() -> State {
    State::new(Tone::Bad, "alert", "Too few healthy: health is ignored")
}

/// Microseconds in milliseconds, with one place.
fn millis(us: &u64) -> String {
    format!("{}.{}", us / 1_000, us % 1_000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn states_are_told_in_words_and_addresses_escaped() {
        let told = serde_json::from_value(json!({
            "id": "00000000-0000-0000-0000-00000000000a", "breaker": "open", "panic": true, "in_flight": 3,
            "retries_total": 1, "refused_total": 2,
            "targets": [
                { "url": "http://a/<b>", "state": "ejected", "ejected_for_ms": 1_500, "in_flight": 0, "connections": 1,
                  "latency_us": 12_345, "requests_total": 9, "failures_total": 4 },
            ],
        }))
        .unwrap();
        let standing = vec![Standing {
            node: "gate-1".to_owned(),
            told,
        }];
        let html = UpstreamStanding { standing }.render().unwrap();
        for words in [
            "gate-1",
            "Circuit open",
            "Left out",
            "tried again in 2 s",
            "12.3 ms",
            "&#60;b&#62;",
        ] {
            assert!(html.contains(words), "{words}: {html}");
        }
        let none = UpstreamStanding {
            standing: Vec::new(),
        };
        assert!(none.render().unwrap().contains("No running node"));
    }
}
