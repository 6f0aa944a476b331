//! Tests of `quota`: its configuration and whose budget it is. Periods and headers are tested with whole pipelines.

use domain::limit::{Period, Quota};
use serde_json::json;
use uuid::Uuid;

use super::QuotaPolicy;
use crate::exchange::Proof;
use crate::trial::{Table, anonymous, compile, errors, exchange, header, id, run, services};

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (
            json!({"requests": 0, "period": "day"}),
            "requests: of 0 would refuse",
        ),
        (
            json!({"requests": 2_000_000_000_000_u64, "period": "day"}),
            "requests: is larger",
        ),
        (
            json!({"requests": 1, "period": "minute"}),
            "period: unknown variant `minute`",
        ),
        (
            json!({"requests": 1, "period": "day", "by": "ip"}),
            "by: unknown variant `ip`",
        ),
        (
            json!({"requests": 1, "period": "day", "name": ""}),
            "name: may hold",
        ),
        (
            json!({"request": 1, "period": "day"}),
            "unknown field `request`",
        ),
    ] {
        let said = errors("quota", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}

#[test]
fn a_plan_s_budget_is_the_subscription_s_and_a_policy_s_its_own() {
    let services = services(Table::default());
    let request = header("GET", "/", &[]);
    let plan = QuotaPolicy::of_plan(Quota {
        requests: 5,
        period: Period::Hour,
    });
    let mut by_plan = exchange();
    run(&plan, &request, &mut by_plan, &services).unwrap();
    assert_eq!(by_plan.charges[0].counter, Uuid::from_u128(3));
    let config = json!({"requests": 1, "period": "hour", "by": "credential"});
    let policy = compile("quota", config);
    let mut by_key = exchange();
    run(policy.as_ref(), &request, &mut by_key, &services).unwrap();
    let counter = by_key.charges[0].counter;
    assert_eq!(counter.get_version_num(), 8);
    let mut token = exchange();
    token.caller.as_mut().unwrap().proof = Proof::Playground(id(3));
    run(policy.as_ref(), &request, &mut token, &services).unwrap();
    assert_ne!(token.charges[0].counter, counter);
    assert!(run(policy.as_ref(), &request, &mut exchange(), &services).is_err());
}

#[test]
fn nobody_has_no_budget() {
    let policy = compile("quota", json!({"requests": 1, "period": "hour"}));
    let services = services(Table::default());
    for _ in 0..3 {
        let mut exchange = anonymous();
        run(
            policy.as_ref(),
            &header("GET", "/", &[]),
            &mut exchange,
            &services,
        )
        .unwrap();
        assert!(exchange.charges.is_empty());
    }
}
