//! Tests of `spike_arrest`: its configuration, and the distance that it keeps.

use std::time::Duration;

use domain::refusal::Refusal;
use serde_json::json;

use crate::trial::{NOW, Table, compile, errors, exchange, header, run, services};

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (json!({}), "missing field `rate`"),
        (json!({"rate": 0}), "rate: must be"),
        (json!({"rate": 1, "burst": 0}), "burst: must be"),
        (
            json!({"rate": 1, "per": "hour"}),
            "per: unknown variant `hour`",
        ),
        (json!({"rate": 1, "header": "X"}), "header: is only used"),
    ] {
        let said = errors("spike_arrest", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}

#[test]
fn requests_are_kept_apart() {
    let policy = compile("spike_arrest", json!({"rate": 10}));
    let services = services(Table::default());
    let request = header("GET", "/", &[]);
    let at = |millis| {
        let mut exchange = exchange();
        exchange.now = NOW + Duration::from_millis(millis);
        run(policy.as_ref(), &request, &mut exchange, &services)
    };
    assert!(at(0).is_ok());
    let failure = at(40).unwrap_err();
    assert_eq!(failure.refusal, Refusal::RateLimited);
    assert_eq!(
        failure.detail,
        "requests come too close together; the next one is taken in 60 ms"
    );
    assert!(at(99).is_err());
    assert!(at(100).is_ok());
    // a long silence saves nothing up
    assert!(at(5_000).is_ok());
    assert!(at(5_001).is_err());
}

#[test]
fn a_burst_is_let_through_and_subjects_are_apart() {
    let config = json!({"rate": 60, "per": "minute", "burst": 3, "by": "header", "header": "X-T"});
    let policy = compile("spike_arrest", config);
    let services = services(Table::default());
    let call = |tenant| {
        let request = header("GET", "/", &[("X-T", tenant)]);
        run(policy.as_ref(), &request, &mut exchange(), &services).is_ok()
    };
    assert_eq!(
        [call("a"), call("a"), call("a"), call("a")],
        [true, true, true, false]
    );
    assert!(call("b"));
}
