//! Tests of `concurrency_limit`: who is let in, who waits, who is refused. The queue itself is tested with the slots.

use domain::refusal::Refusal;
use serde_json::json;

use crate::policy::{Flow, Outcome};
use crate::trial::{Table, compile, errors, exchange, header, ready, run, services, view};

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (json!({}), "missing field `limit`"),
        (json!({"limit": 0}), "limit: must be"),
        (json!({"limit": 1, "queue": 10_001}), "queue: must be"),
        (json!({"limit": 1, "wait_ms": 0}), "wait_ms: must be"),
        (json!({"limit": 1, "by": "header"}), "header: is needed"),
        (json!({"limit": 1, "que": 1}), "unknown field `que`"),
    ] {
        let said = errors("concurrency_limit", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}

#[test]
fn a_request_runs_until_its_exchange_ends() {
    let policy = compile("concurrency_limit", json!({"limit": 2}));
    let services = services(Table::default());
    let request = header("GET", "/", &[]);
    let (mut first, mut second, mut third) = (exchange(), exchange(), exchange());
    run(policy.as_ref(), &request, &mut first, &services).unwrap();
    run(policy.as_ref(), &request, &mut second, &services).unwrap();
    let failure = run(policy.as_ref(), &request, &mut third, &services).unwrap_err();
    assert_eq!(failure.refusal, Refusal::ConcurrencyLimited);
    assert_eq!(failure.detail, "2 requests per subscription run already");
    drop(first);
    run(policy.as_ref(), &request, &mut third, &services).unwrap();
}

#[tokio::test]
async fn one_waits_in_the_queue_and_the_next_is_refused() {
    let config = json!({"limit": 1, "queue": 1, "wait_ms": 5_000});
    let policy = compile("concurrency_limit", config);
    let services = services(Table::default());
    let head = header("GET", "/", &[]);
    let request = view(&head);
    let (mut first, mut second, mut third) = (exchange(), exchange(), exchange());
    ready(policy.request(&request, &mut first, &services)).unwrap();
    let Outcome::Later(waiting) = policy.request(&request, &mut second, &services) else {
        panic!("there is no slot");
    };
    let failure = ready(policy.request(&request, &mut third, &services)).unwrap_err();
    assert_eq!(
        failure.detail,
        "1 requests per subscription run already, and 1 wait"
    );
    drop(first);
    assert!(matches!(waiting.await, Ok(Flow::Next)));
    drop(second);
    assert!(services.slots.is_empty());
}

#[tokio::test]
async fn who_waits_too_long_is_refused() {
    let config = json!({"limit": 1, "queue": 1, "wait_ms": 1});
    let policy = compile("concurrency_limit", config);
    let services = services(Table::default());
    let head = header("GET", "/", &[]);
    let request = view(&head);
    let (mut first, mut second) = (exchange(), exchange());
    ready(policy.request(&request, &mut first, &services)).unwrap();
    let Outcome::Later(waiting) = policy.request(&request, &mut second, &services) else {
        panic!("there is no slot");
    };
    let failure = waiting.await.unwrap_err();
    assert_eq!(failure.refusal, Refusal::ConcurrencyLimited);
    assert!(failure.detail.ends_with("none ended within 1 ms"));
}
