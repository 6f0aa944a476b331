//! What is wrong with the settings of an upstream: values that are out of their range, by the field that holds them.

use http::{HeaderName, HeaderValue};

use crate::balance::{Balancing, HashOn};
use crate::health::{ActiveCheck, PassiveCheck, Probe};
use crate::limits::{Breaker, Limits};
use crate::settings::UpstreamSettings;

/// An hour in milliseconds: the longest time of any setting.
const HOUR: u32 = 3_600_000;
/// The most plans of a list.
const PLANS_MOST: usize = 100;

/// One value that cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Where it stands: `health/active/interval_ms`.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

/// Everything that is wrong with the settings of an upstream.
pub fn of_upstream(settings: &UpstreamSettings) -> Vec<Flaw> {
    let mut flaws = Flaws(Vec::new());
    flaws.millis("connect_timeout_ms", settings.connect_timeout_ms, 1);
    flaws.millis("first_byte_timeout_ms", settings.first_byte_timeout_ms, 1);
    flaws.millis("idle_timeout_ms", settings.idle_timeout_ms, 1);
    flaws.millis("header_timeout_ms", settings.header_timeout_ms, 0);
    flaws.millis("request_timeout_ms", settings.request_timeout_ms, 0);
    flaws.millis("resolve_every_ms", settings.resolve_every_ms, 1_000);
    flaws.millis("resolve_least_ms", settings.resolve_least_ms, 100);
    if settings.resolve_least_ms > settings.resolve_every_ms.max(1_000) {
        flaws.say("resolve_least_ms", "is more than `resolve_every_ms`");
    }
    flaws.range("retries", settings.retries.into(), 0, 5);
    flaws.percent("retry/budget_percent", settings.retry.budget_percent, 0);
    balancing(&mut flaws, &settings.balancing);
    flaws.percent("health/panic_percent", settings.health.panic_percent, 0);
    passive(&mut flaws, &settings.health.passive);
    if let Some(check) = &settings.health.active {
        active(&mut flaws, check);
    }
    if let Some(settings) = &settings.breaker {
        breaker(&mut flaws, settings);
    }
    limits(&mut flaws, &settings.limits);
    flaws.0
}

struct Flaws(Vec<Flaw>);

impl Flaws {
    fn say(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(Flaw {
            field: field.to_owned(),
            message: message.into(),
        });
    }

    fn range(&mut self, field: &str, value: u32, least: u32, most: u32) {
        if !(least..=most).contains(&value) {
            self.say(field, format!("is {value}; {least} to {most} are possible"));
        }
    }

    fn millis(&mut self, field: &str, value: u32, least: u32) {
        if !(least..=HOUR).contains(&value) {
            self.say(
                field,
                format!("is {value}; {least} to {HOUR} milliseconds are possible"),
            );
        }
    }

    fn percent(&mut self, field: &str, value: u8, least: u8) {
        self.range(field, value.into(), least.into(), 100);
    }
}

fn balancing(flaws: &mut Flaws, balancing: &Balancing) {
    let Balancing::ConsistentHash(on) = balancing else {
        return;
    };
    match on {
        HashOn::Header(name) if HeaderName::try_from(name.as_str()).is_err() => flaws.say(
            "balancing/consistent_hash/header",
            format!("`{name}` is not the name of a header"),
        ),
        HashOn::Cookie(name)
            if name.is_empty()
                || name.contains(|c: char| !c.is_ascii_graphic() || "=;,\"".contains(c)) =>
        {
            flaws.say(
                "balancing/consistent_hash/cookie",
                format!("`{name}` is not the name of a cookie"),
            );
        }
        _ => {}
    }
}

fn active(flaws: &mut Flaws, check: &ActiveCheck) {
    flaws.millis("health/active/interval_ms", check.interval_ms, 100);
    flaws.millis("health/active/timeout_ms", check.timeout_ms, 1);
    flaws.range(
        "health/active/healthy_after",
        check.healthy_after.into(),
        1,
        100,
    );
    flaws.range(
        "health/active/unhealthy_after",
        check.unhealthy_after.into(),
        1,
        100,
    );
    let Probe::Http(probe) = &check.probe else {
        return;
    };
    let is_path = probe.path.starts_with('/')
        && probe.path.bytes().all(|b| b.is_ascii_graphic())
        && probe.path.parse::<http::Uri>().is_ok();
    if !is_path {
        flaws.say(
            "health/active/probe/http/path",
            format!("`{}` is not a path that can be asked for", probe.path),
        );
    }
    if probe
        .host
        .as_ref()
        .is_some_and(|host| host.is_empty() || HeaderValue::from_str(host).is_err())
    {
        flaws.say("health/active/probe/http/host", "is not a host name");
    }
    if probe.statuses.is_empty() {
        flaws.say(
            "health/active/probe/http/statuses",
            "are none: no target would ever be healthy",
        );
    }
}

fn passive(flaws: &mut Flaws, check: &PassiveCheck) {
    flaws.percent("health/passive/error_percent", check.error_percent, 0);
    flaws.millis("health/passive/window_ms", check.window_ms, 100);
    flaws.millis("health/passive/eject_ms", check.eject_ms, 1);
    flaws.millis("health/passive/eject_most_ms", check.eject_most_ms, 1);
    if check.eject_most_ms < check.eject_ms {
        flaws.say(
            "health/passive/eject_most_ms",
            "is less than `eject_ms`, the shortest time",
        );
    }
}

fn breaker(flaws: &mut Flaws, breaker: &Breaker) {
    flaws.percent("breaker/error_percent", breaker.error_percent, 1);
    flaws.range(
        "breaker/minimum_requests",
        breaker.minimum_requests,
        1,
        1_000_000,
    );
    flaws.millis("breaker/window_ms", breaker.window_ms, 100);
    flaws.millis("breaker/open_ms", breaker.open_ms, 1);
    flaws.range("breaker/probes", breaker.probes, 1, 1_000);
}

fn limits(flaws: &mut Flaws, limits: &Limits) {
    let shedding = &limits.shedding;
    flaws.percent(
        "limits/shedding/default_percent",
        shedding.default_percent,
        1,
    );
    flaws.percent(
        "limits/shedding/sheddable_percent",
        shedding.sheddable_percent,
        1,
    );
    for (field, plans) in [
        ("limits/shedding/critical_plans", &shedding.critical_plans),
        ("limits/shedding/sheddable_plans", &shedding.sheddable_plans),
    ] {
        if plans.len() > PLANS_MOST {
            flaws.say(
                field,
                format!("are {}; at most {PLANS_MOST} are kept", plans.len()),
            );
        }
    }
    let both = shedding
        .sheddable_plans
        .iter()
        .find(|plan| shedding.critical_plans.contains(plan));
    if let Some(plan) = both {
        flaws.say(
            "limits/shedding/sheddable_plans",
            format!("hold `{plan}`, which is critical too"),
        );
    }
    let has_plans = !shedding.critical_plans.is_empty() || !shedding.sheddable_plans.is_empty();
    if has_plans && limits.requests == 0 {
        flaws.say(
            "limits/requests",
            "is 0, no bound: nothing would ever be shed",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(settings: Value, field: &str) {
        let settings: UpstreamSettings = serde_json::from_value(settings).unwrap();
        let fields: Vec<String> = of_upstream(&settings)
            .into_iter()
            .map(|flaw| flaw.field)
            .collect();
        assert_eq!(fields, [field], "{settings:?}");
    }

    #[test]
    fn the_defaults_have_no_flaw() {
        assert_eq!(of_upstream(&UpstreamSettings::default()), []);
    }

    #[test]
    fn every_flaw_names_its_field() {
        check(json!({ "connect_timeout_ms": 0 }), "connect_timeout_ms");
        check(
            json!({ "header_timeout_ms": 4_000_000 }),
            "header_timeout_ms",
        );
        check(json!({ "resolve_every_ms": 10 }), "resolve_every_ms");
        check(json!({ "resolve_least_ms": 10 }), "resolve_least_ms");
        check(json!({ "resolve_least_ms": 40_000 }), "resolve_least_ms");
        check(json!({ "retries": 6 }), "retries");
        check(
            json!({ "balancing": { "consistent_hash": { "header": "a b" } } }),
            "balancing/consistent_hash/header",
        );
        check(
            json!({ "balancing": { "consistent_hash": { "cookie": "a=b" } } }),
            "balancing/consistent_hash/cookie",
        );
        check(
            json!({ "health": { "active": { "probe": { "http": { "path": "health" } } } } }),
            "health/active/probe/http/path",
        );
        check(
            json!({ "health": { "active": { "probe": "tcp", "interval_ms": 1 } } }),
            "health/active/interval_ms",
        );
        check(
            json!({ "health": { "passive": { "eject_most_ms": 100 } } }),
            "health/passive/eject_most_ms",
        );
        check(json!({ "breaker": { "probes": 0 } }), "breaker/probes");
        check(
            json!({ "limits": { "shedding": { "critical_plans": ["gold"] } } }),
            "limits/requests",
        );
    }

    #[test]
    fn statuses_are_read_as_they_are_written() {
        let read = |text: &str| serde_json::from_value::<crate::health::StatusRange>(json!(text));
        assert!(read("200-299").unwrap().has(204) && !read("200").unwrap().has(201));
        assert_eq!(serde_json::to_value(read("200").unwrap()).unwrap(), "200");
        for text in ["", "2xx", "299-200", "99", "600"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
