//! Limits and quotas of plans and policies, over the wire's headers.

use std::time::Duration;

use domain::Timestamp;
use domain::api::PolicyScope;
use domain::limit::{Period, Quota, RateLimit, Window};
use gateway_policies::quotas::Charge;
use gateway_snapshot::model::{Change, Entity};
use uuid::Uuid;

use crate::world::{Call, KEY, World, policy};

fn plan(world: &World, limits: &[(u64, Window)], quota: Option<(u64, Period)>) {
    let mut changes = Vec::new();
    for entity in world.live.entities() {
        if let Entity::Plan(mut plan) = entity {
            plan.rate_limits = limits
                .iter()
                .map(|(requests, window)| RateLimit {
                    requests: *requests,
                    window: *window,
                })
                .collect();
            plan.quota = quota.map(|(requests, period)| Quota { requests, period });
            changes.push(Change::Put(Entity::Plan(plan)));
        }
    }
    world.live.apply(2, changes).unwrap();
}

fn call(world: &World) -> Call {
    world.get("/a/things/1", &[("X-API-Key", KEY)])
}

fn outcomes(world: &World, n: usize) -> Vec<String> {
    (0..n).map(|_| call(world).outcome).collect()
}

#[test]
fn answers_tell_what_is_left() {
    let world = World::new(|_| {});
    let got = call(&world);
    let lines: Vec<&str> = got.answer.iter().map(String::as_str).collect();
    assert_eq!(
        lines,
        [
            "ratelimit-policy: \"minute\";q=60;w=60, \"month-quota\";q=1000;w=2592000",
            "ratelimit: \"minute\";r=59;t=60, \"month-quota\";r=999;t=887400",
            "x-ratelimit-limit: 60",
            "x-ratelimit-remaining: 59",
            "x-ratelimit-reset: 60",
        ]
    );
}

#[test]
fn over_the_limit_is_429_until_the_window_moves() {
    let world = World::new(|_| {});
    plan(&world, &[(2, Window::Minute)], None);
    assert_eq!(outcomes(&world, 3), ["through", "through", "rate_limited"]);
    world.clock.advance(Duration::from_secs(48));
    let refused = call(&world);
    assert_eq!(refused.header("retry-after"), Some("12"));
    assert_eq!(refused.header("ratelimit"), Some("\"minute\";r=0;t=12"));
    world.clock.advance(Duration::from_secs(12));
    assert_eq!(outcomes(&world, 3), ["through", "through", "rate_limited"]);
}

#[test]
fn a_larger_plan_helps_at_once() {
    let world = World::new(|_| {});
    plan(&world, &[(1, Window::Minute)], Some((1, Period::Month)));
    assert_eq!(outcomes(&world, 2), ["through", "rate_limited"]);
    plan(&world, &[(3, Window::Minute)], Some((2, Period::Month)));
    assert_eq!(outcomes(&world, 2), ["through", "quota_exceeded"]);
}

#[test]
fn a_quota_ends_with_its_period() {
    let world = World::new(|_| {});
    plan(&world, &[], Some((2, Period::Day)));
    assert_eq!(
        outcomes(&world, 3),
        ["through", "through", "quota_exceeded"]
    );
    // 17:30 to midnight.
    let seconds = 6 * 3_600 + 1_800;
    let refused = call(&world);
    assert_eq!(
        refused.header("retry-after"),
        Some(seconds.to_string().as_str())
    );
    world.clock.advance(Duration::from_secs(seconds));
    assert_eq!(
        outcomes(&world, 3),
        ["through", "through", "quota_exceeded"]
    );
}

#[test]
fn what_is_refused_is_not_charged() {
    // The second quota (of a policy) is asked after the plan's, and refuses what the plan's had taken already.
    let world = World::new(|entities| {
        let config = r#"{"requests": 1, "period": "month", "by": "application"}"#;
        entities.push(policy(20, "quota", PolicyScope::Application, 6, config));
    });
    let first = call(&world);
    assert_eq!(first.charges.len(), 2);
    let counter = Uuid::from_u128(7);
    let month = first.charges[0].period_start;
    assert_eq!(
        (first.charges[0].counter, first.charges[0].amount),
        (counter, 1)
    );
    for _ in 0..5 {
        let refused = call(&world);
        assert_eq!(refused.outcome, "quota_exceeded");
        assert!(refused.charges.is_empty());
    }
    assert_eq!(world.services.quotas.used(counter, month), 1);
}

#[test]
fn counters_survive_a_restart_from_store_and_journal() {
    let month: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    let counter = Uuid::from_u128(7);
    let world = World::new(|_| {});
    world.services.quotas.observe(counter, month, 990);
    world.services.quotas.replay(Charge {
        counter,
        period_start: month,
        amount: 8,
    });
    assert_eq!(
        outcomes(&world, 3),
        ["through", "through", "quota_exceeded"]
    );
    // A flush moves what is pending into the store's sum, and changes no total.
    world.services.quotas.flushed(Charge {
        counter,
        period_start: month,
        amount: 10,
    });
    assert_eq!(world.services.quotas.used(counter, month), 1_000);
    // Another node's use is seen when the store is read again.
    world.services.quotas.observe(counter, month, 900);
    assert_eq!(outcomes(&world, 1), ["through"]);
    world
        .services
        .quotas
        .sweep(month + Duration::from_secs(40 * 86_400));
    assert_eq!(world.services.quotas.used(counter, month), 901);
}

#[test]
fn policies_limit_by_address_header_and_route() {
    let by = |by: &str| {
        format!(
            r#"{{"limits": [{{"requests": 1, "window": "hour"}}], "by": "{by}", "header": null}}"#
        )
    };
    for subject in ["credential", "application", "ip", "route", "subscription"] {
        let world = World::new(|entities| {
            entities.push(policy(
                20,
                "rate_limit",
                PolicyScope::Global,
                0,
                &by(subject),
            ));
        });
        assert_eq!(
            outcomes(&world, 2),
            ["through", "rate_limited"],
            "{subject}"
        );
        let policy = format!("\"{subject}-hour\";q=1;w=3600");
        assert_eq!(
            call(&world).header("ratelimit-policy"),
            Some(policy.as_str())
        );
    }
    let world = World::new(|entities| {
        let config = r#"{"limits": [{"requests": 1, "window": "hour"}], "by": "header", "header": "X-Tenant"}"#;
        entities.push(policy(20, "rate_limit", PolicyScope::Route, 3, config));
    });
    let tenant = |name: &str| {
        let headers = [("X-API-Key", KEY), ("X-Tenant", name)];
        world.get("/a/things/1", &headers).outcome
    };
    assert_eq!([tenant("a"), tenant("b")], ["through", "through"]);
    assert_eq!([tenant("a"), tenant("b")], ["rate_limited", "rate_limited"]);
}

#[test]
fn a_full_table_fails_closed_unless_told_otherwise() {
    for (on_error, expected) in [("closed", "policy_failed"), ("open", "through")] {
        let mut world = World::new(|entities| {
            let config = format!(
                r#"{{"limits": [{{"requests": 9, "window": "hour"}}], "by": "ip", "on_error": "{on_error}"}}"#
            );
            entities.push(policy(20, "rate_limit", PolicyScope::Global, 0, &config));
        });
        world.services.counters = std::sync::Arc::new(gateway_policies::counters::Counters::new(0));
        assert_eq!(call(&world).outcome, expected);
    }
}
