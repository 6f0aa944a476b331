//! Tests of `rate_limit`: its configuration. Counting is tested with the counters, headers with whole pipelines.

use domain::limit::{RateLimit, Window};
use serde_json::json;

use super::RateLimiter;
use crate::policy::Flow;
use crate::trial::{Table, anonymous, compile, errors, exchange, header, run, services};

#[test]
fn configurations_are_checked() {
    let limits = json!([{"requests": 1, "window": "minute"}]);
    for (config, expected) in [
        (json!({}), "missing field `limits`"),
        (json!({"limits": []}), "limits: needs 1 to 8 entries"),
        (
            json!({"limits": [{"requests": 0, "window": "day"}]}),
            "limits[0].requests: of 0 would refuse",
        ),
        (
            json!({"limits": [{"requests": -1, "window": "day"}]}),
            "limits[0].requests: invalid value",
        ),
        (
            json!({"limits": [{"requests": 1, "window": "year"}]}),
            "limits[0].window: unknown variant `year`",
        ),
        (
            json!({"limits": [{"requests": 1, "window": "day", "x": 1}]}),
            "limits[0].x: unknown field `x`",
        ),
        (
            json!({"limits": [{"requests": 1, "window": "day", "name": "\""}]}),
            "limits[0].name: may hold",
        ),
        (
            json!({"limits": [{"requests": 1, "window": "day"}, {"requests": 2, "window": "day"}]}),
            "limits[1].window: is there already",
        ),
        (
            json!({"limits": limits, "by": "header"}),
            "header: is needed",
        ),
        (
            json!({"limits": limits, "by": "header", "header": "a b"}),
            "header: is not a header name",
        ),
        (
            json!({"limits": limits, "header": "X"}),
            "header: is only used",
        ),
        (json!({"limits": limits, "burst": 3}), "burst: is only used"),
        (
            json!({"limits": limits, "algorithm": "gcra", "burst": 0}),
            "burst: of 0",
        ),
        (
            json!({"limits": limits, "on_error": "ignore"}),
            "on_error: unknown variant",
        ),
    ] {
        let said = errors("rate_limit", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}

#[test]
fn without_a_caller_the_address_is_counted() {
    let config =
        json!({"limits": [{"requests": 2, "window": "hour"}], "algorithm": "gcra", "burst": 1});
    let policy = compile("rate_limit", config);
    let services = services(Table::default());
    let request = header("GET", "/", &[]);
    let call = |mut exchange| run(policy.as_ref(), &request, &mut exchange, &services);
    assert!(matches!(call(anonymous()), Ok(Flow::Next)));
    assert!(
        matches!(call(exchange()), Ok(Flow::Next)),
        "a subscription is counted apart"
    );
    let failure = call(anonymous()).unwrap_err();
    assert_eq!(
        failure.detail,
        "the limit of 2 requests in 3600 s per subscription is reached; try again in 1800 s"
    );
}

#[test]
fn of_two_limits_of_a_plan_for_one_window_the_smaller_decides() {
    let limit = |requests| RateLimit {
        requests,
        window: Window::Minute,
    };
    let limiter = RateLimiter::of_plan(&[limit(5), limit(1), limit(3)]).unwrap();
    let services = services(Table::default());
    let request = header("GET", "/", &[]);
    let mut first = exchange();
    assert!(run(&limiter, &request, &mut first, &services).is_ok());
    assert_eq!(first.readings.as_slice().len(), 1);
    assert_eq!(first.readings.as_slice()[0].limit, 1);
    assert!(run(&limiter, &request, &mut exchange(), &services).is_err());
    assert!(RateLimiter::of_plan(&[]).is_none());
}
