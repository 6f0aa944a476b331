//! The settings of an upstream as fields of a form. A field is named by its place in the settings, so that what the operation
//! refuses is shown beside it; what has no field here stays as it is.

mod fields;

use gateway_snapshot::settings::UpstreamSettings;
use serde_json::{Map, Value, json};

pub(crate) use self::fields::sections;
use self::fields::{lists, named, numbers};
use crate::form::Form;

/// Writes settings into a form.
pub(crate) fn fill(form: &mut Form, settings: &UpstreamSettings) {
    let all = json!(settings);
    // parts that are off show what they would begin with
    let off = json!({
        "health": { "active": { "interval_ms": 5_000, "timeout_ms": 1_000, "healthy_after": 2, "unhealthy_after": 2 } },
        "breaker": gateway_snapshot::limits::Breaker::default(),
    });
    for (place, ..) in numbers() {
        let pointer = format!("/{place}");
        let value = all.pointer(&pointer).or_else(|| off.pointer(&pointer));
        form.set(
            &named(place),
            value.map(Value::to_string).unwrap_or_default(),
        );
    }
    for place in lists() {
        form.set(&named(place), words(all.pointer(&format!("/{place}"))));
    }
    let text = |pointer: &str| {
        let text = all.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let (way, on, name) = match &all["balancing"] {
        Value::String(way) => (way.clone(), "ip".to_owned(), String::new()),
        other => match other.get("consistent_hash") {
            Some(Value::String(on)) => ("consistent_hash".to_owned(), on.clone(), String::new()),
            Some(Value::Object(on)) => {
                let (on, name) = on
                    .iter()
                    .next()
                    .map(|(on, name)| (on.clone(), name.as_str().unwrap_or_default().to_owned()))
                    .unwrap_or_default();
                ("consistent_hash".to_owned(), on, name)
            }
            _ => ("round_robin".to_owned(), "ip".to_owned(), String::new()),
        },
    };
    form.set("balancing", way);
    form.set("hash_on", on);
    form.set("settings/balancing/consistent_hash", name);
    let probe = match all.pointer("/health/active/probe") {
        Some(Value::String(probe)) => probe.clone(),
        Some(Value::Object(probe)) => probe.keys().next().cloned().unwrap_or_default(),
        _ => "none".to_owned(),
    };
    form.set("probe", probe);
    let http = "/health/active/probe/http";
    let path = text(&format!("{http}/path"));
    form.set(
        "settings/health/active/probe/http/path",
        if path.is_empty() {
            "/".to_owned()
        } else {
            path
        },
    );
    form.set(
        "settings/health/active/probe/http/host",
        text(&format!("{http}/host")),
    );
    let statuses = words(all.pointer(&format!("{http}/statuses")));
    form.set(
        "settings/health/active/probe/http/statuses",
        if statuses.is_empty() {
            "200-399".to_owned()
        } else {
            statuses
        },
    );
    form.set(
        "settings/health/active/probe/grpc/service",
        text("/health/active/probe/grpc/service"),
    );
    form.set("breaker", (!all["breaker"].is_null()).to_string());
    let (host, fixed) = match &all["host"] {
        Value::String(host) => (host.clone(), String::new()),
        other => (
            "fixed".to_owned(),
            other["fixed"].as_str().unwrap_or_default().to_owned(),
        ),
    };
    form.set("host", host);
    form.set("settings/host", fixed);
}

fn words(list: Option<&Value>) -> String {
    let list = list.and_then(Value::as_array);
    let words: Vec<&str> = list
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    words.join(", ")
}

/// Reads settings out of a form, over those that were there.
pub(crate) fn read(
    form: &mut Form,
    before: &UpstreamSettings,
) -> Result<UpstreamSettings, operations::Error> {
    let mut all = json!(before);
    let probe = form.get("probe").to_owned();
    let is_asked = matches!(probe.as_str(), "http" | "tcp" | "grpc");
    let has_breaker = form.is("breaker");
    if !is_asked {
        all["health"]["active"] = Value::Null;
    } else {
        all["health"]["active"] = json!({ "probe": probe_of(form, &probe) });
    }
    all["breaker"] = if has_breaker { json!({}) } else { Value::Null };
    for (place, ..) in numbers() {
        let is_off = place.starts_with("breaker/") && !has_breaker
            || place.starts_with("health/active/") && !is_asked;
        if !is_off && form.some(&named(place)).is_some() {
            let value = u32::try_from(form.whole(&named(place))).unwrap_or(u32::MAX);
            put(&mut all, place, fitting(place, value));
        }
    }
    for place in lists() {
        if !form.all(&named(place)).is_empty() {
            put(&mut all, place, json!(form.lines(&named(place))));
        }
    }
    let name = form.text("settings/balancing/consistent_hash");
    all["balancing"] = match form.get("balancing") {
        "consistent_hash" => match form.get("hash_on") {
            on @ ("header" | "cookie") => json!({ "consistent_hash": { on: name } }),
            "application" => json!({ "consistent_hash": "application" }),
            _ => json!({ "consistent_hash": "ip" }),
        },
        way @ ("least_connections" | "latency") => json!(way),
        _ => json!("round_robin"),
    };
    all["host"] = match form.get("host") {
        "preserve" => json!("preserve"),
        "fixed" => json!({ "fixed": form.text("settings/host") }),
        _ => json!("target"),
    };
    form.check()?;
    serde_json::from_value(all)
        .map_err(|error| operations::Error::invalid("settings", error.to_string()))
}

/// A number that its type can hold: what is too large is refused by name, not by type.
fn fitting(place: &str, value: u32) -> Value {
    let is_small =
        place.ends_with("percent") || place.ends_with("healthy_after") || place == "retries";
    if is_small {
        json!(value.min(u32::from(u8::MAX)))
    } else {
        json!(value)
    }
}

fn probe_of(form: &Form, probe: &str) -> Value {
    let http = |name: &str| format!("settings/health/active/probe/http/{name}");
    match probe {
        "http" => json!({ "http": {
            "path": form.text(&http("path")),
            "host": form.some(&http("host")),
            "statuses": form.lines(&http("statuses")),
        } }),
        "grpc" => {
            json!({ "grpc": { "service": form.text("settings/health/active/probe/grpc/service") } })
        }
        _ => json!("tcp"),
    }
}

fn put(all: &mut Value, place: &str, value: Value) {
    let mut at = all;
    for name in place.split('/') {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        at = &mut at[name];
    }
    *at = value;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(settings: Value) {
        let settings: UpstreamSettings = serde_json::from_value(settings).unwrap();
        let mut form = Form::default();
        fill(&mut form, &settings);
        let read = read(&mut form, &UpstreamSettings::default()).unwrap();
        assert_eq!(read, settings);
    }

    #[test]
    fn what_is_shown_is_what_is_saved() {
        round_trip(json!({}));
        round_trip(json!({
            "connect_timeout_ms": 100, "header_timeout_ms": 7, "request_timeout_ms": 8, "retries": 3,
            "host": { "fixed": "a.example" },
            "balancing": { "consistent_hash": { "header": "X-Tenant" } },
            "retry": { "budget_percent": 10, "budget_per_second": 1, "statuses": ["503"] },
            "health": {
                "active": { "probe": { "http": { "path": "/up", "statuses": ["200", "204-206"] } }, "interval_ms": 900 },
                "passive": { "consecutive_failures": 2, "failure_statuses": ["500-599"] },
                "panic_percent": 0,
            },
            "breaker": { "open_ms": 9 },
            "limits": { "requests": 50, "shedding": { "critical_plans": ["gold"], "sheddable_plans": ["free", "trial"] } },
        }));
        round_trip(
            json!({ "host": "preserve", "balancing": { "consistent_hash": "application" }, "health": { "active": { "probe": "tcp" } } }),
        );
        round_trip(
            json!({ "balancing": "latency", "health": { "active": { "probe": { "grpc": { "service": "a.B" } } } } }),
        );
    }

    #[test]
    fn a_number_that_is_none_is_told_at_its_field() {
        let mut form = Form::default();
        fill(&mut form, &UpstreamSettings::default());
        form.set("settings/retries", "many");
        let error = read(&mut form, &UpstreamSettings::default()).unwrap_err();
        assert!(error.to_string().contains("settings/retries"), "{error}");
    }
}
