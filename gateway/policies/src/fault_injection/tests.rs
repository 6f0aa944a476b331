//! Tests of `fault_injection`: its configuration, and how often which fault is met.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::dice::Dice;
use crate::policy::{Flow, Outcome};
use crate::services::Services;
use crate::trial::{Table, compile, errors, exchange, header, services, view};

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (json!({}), "needs `delay` or `abort`"),
        (json!({"abort": {"percent": 101}}), "abort.percent: must be"),
        (
            json!({"abort": {"percent": 1, "status": 200}}),
            "abort.status: must be",
        ),
        (
            json!({"delay": {"percent": 1, "ms": 0}}),
            "delay.ms: must be",
        ),
        (
            json!({"delay": {"percent": -1, "ms": 1}}),
            "delay.percent: must be",
        ),
        (
            json!({"delay": {"percent": 1, "ms": 1, "jitter_ms": 60_001}}),
            "delay.jitter_ms: must be",
        ),
    ] {
        let said = errors("fault_injection", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}

fn seeded(seed: u64) -> Services {
    Services {
        dice: Arc::new(Dice::seeded(seed)),
        ..services(Table::default())
    }
}

#[test]
fn the_share_is_kept_and_the_seed_fixes_which() {
    let policy = compile(
        "fault_injection",
        json!({"abort": {"percent": 25.0, "status": 502}}),
    );
    let head = header("GET", "/", &[]);
    let request = view(&head);
    let row = |seed| {
        let services = seeded(seed);
        let mut exchange = exchange();
        (0..400)
            .map(
                |_| match policy.request(&request, &mut exchange, &services) {
                    Outcome::Ready(Ok(Flow::Next)) => None,
                    Outcome::Ready(Ok(Flow::Answer(answer))) => Some(answer.status.as_u16()),
                    _ => panic!("nothing waits and nothing fails"),
                },
            )
            .collect::<Vec<_>>()
    };
    let aborted = row(1).iter().flatten().count();
    assert!((70..130).contains(&aborted), "{aborted}");
    assert!(row(1).iter().flatten().all(|status| *status == 502));
    assert_eq!(row(1), row(1));
    assert_ne!(row(1), row(2));
}

#[tokio::test]
async fn a_delay_comes_before_what_follows() {
    let config = json!({"delay": {"percent": 100, "ms": 20, "jitter_ms": 5},
        "abort": {"percent": 100}});
    let policy = compile("fault_injection", config);
    let head = header("GET", "/", &[]);
    let request = view(&head);
    let services = seeded(3);
    let mut exchange = exchange();
    let begun = Instant::now();
    let Outcome::Later(later) = policy.request(&request, &mut exchange, &services) else {
        panic!("it waits");
    };
    let Ok(Flow::Answer(answer)) = later.await else {
        panic!("it is aborted");
    };
    assert!(begun.elapsed() >= Duration::from_millis(20));
    assert_eq!(answer.status, 503);
    assert_eq!(answer.headers[1].1, "abort");
}
