//! Tests of `response_rate_limit`: what answers cost, and who is kept out by it.

use std::time::Duration;

use pingora_http::ResponseHeader;
use serde_json::json;

use crate::exchange::Exchange;
use crate::policy::Policy;
use crate::response::Response;
use crate::services::Services;
use crate::trial::{NOW, Table, compile, errors, exchange, header, ready, run, services, view};

#[test]
fn configurations_are_checked() {
    let one = json!([{"unit": "u", "amount": 1, "window": "minute"}]);
    for (config, expected) in [
        (json!({}), "missing field `limits`"),
        (json!({"limits": []}), "limits: needs 1 to 8"),
        (
            json!({"limits": one, "usage_header": "a b"}),
            "usage_header: is not",
        ),
        (
            json!({"limits": [{"unit": "a b", "amount": 1, "window": "day"}]}),
            "limits[0].unit: may hold",
        ),
        (
            json!({"limits": [{"unit": "u", "amount": 0, "window": "day"}]}),
            "limits[0].amount: of 0",
        ),
        (
            json!({"limits": [one[0], one[0]]}),
            "limits[1]: its unit has this window",
        ),
    ] {
        let said = errors("response_rate_limit", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}

/// Answers with this usage; what the caller sees of it.
fn answer(
    policy: &dyn Policy,
    exchange: &mut Exchange,
    services: &Services,
    usage: &str,
) -> Option<String> {
    let head = header("GET", "/", &[]);
    let mut response = ResponseHeader::build(200, None).unwrap();
    response.insert_header("x-usage", usage).unwrap();
    let mut seen = Response::from_upstream(&mut response);
    ready(policy.response(&view(&head), &mut seen, exchange, services)).unwrap();
    let left = response.headers.get("x-usage");
    left.map(|value| value.to_str().unwrap().to_owned())
}

#[test]
fn what_answers_cost_keeps_later_requests_out() {
    let config = json!({"limits": [
        {"unit": "videos", "amount": 3, "window": "minute"},
        {"unit": "bytes", "amount": 1000, "window": "second"},
    ]});
    let policy = compile("response_rate_limit", config);
    let services = services(Table::default());
    let request = header("GET", "/", &[]);
    let call = |after: u64, usage: &str| {
        let mut exchange = exchange();
        exchange.now = NOW + Duration::from_millis(after);
        run(policy.as_ref(), &request, &mut exchange, &services).map_err(|f| f.detail)?;
        assert_eq!(
            answer(policy.as_ref(), &mut exchange, &services, usage),
            None
        );
        let left = exchange.readings.as_slice().iter().map(|r| r.remaining);
        Ok::<_, String>(left.collect::<Vec<_>>())
    };
    assert_eq!(call(0, "videos=2, bytes=10"), Ok(vec![1, 990]));
    assert_eq!(call(1, ""), Ok(vec![1, 990]));
    // let in with one video left, although it costs five
    assert_eq!(call(2, "bytes=990,videos=5"), Ok(vec![0, 0]));
    assert_eq!(
        call(3, "").unwrap_err(),
        "the limit of 3 videos in 60 s per subscription is used up; try again in 60 s"
    );
    assert!(call(59_999, "").is_err());
    assert!(call(60_002, "").is_ok());
}

#[test]
fn one_limit_takes_a_plain_number_and_the_header_may_stay() {
    let config = json!({"limits": [{"unit": "cost", "amount": 10, "window": "minute"}],
        "show_usage": true});
    let policy = compile("response_rate_limit", config);
    let services = services(Table::default());
    let mut exchange = exchange();
    let shown = answer(policy.as_ref(), &mut exchange, &services, "7");
    assert_eq!(shown.as_deref(), Some("7"));
    assert_eq!(exchange.readings.as_slice()[0].remaining, 3);
    // what is no number costs nothing
    answer(policy.as_ref(), &mut exchange, &services, "many");
    assert_eq!(exchange.readings.as_slice()[0].remaining, 3);
}
