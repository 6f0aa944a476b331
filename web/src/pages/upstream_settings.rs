//! The settings of an upstream as fields of a form. A field is named by its place in the settings, so that what the operation
//! refuses is shown beside it; what has no field here stays as it is.

use gateway_snapshot::settings::UpstreamSettings;
use serde_json::{Map, Value, json};

use crate::form::Form;
use crate::parts::{Choice, Field, FormSection, Kind};

/// A whole number: its place, label, unit and hint.
type Number = (&'static str, &'static str, &'static str, &'static str);

const PATIENCE: [Number; 7] = [
    ("connect_timeout_ms", "To open a connection", "ms", ""),
    (
        "first_byte_timeout_ms",
        "To the first byte of the answer",
        "ms",
        "",
    ),
    ("idle_timeout_ms", "Between two pieces of a body", "ms", ""),
    (
        "header_timeout_ms",
        "To the whole head of the answer",
        "ms",
        "Over all attempts; 0 for no bound.",
    ),
    (
        "request_timeout_ms",
        "To the end of the answer",
        "ms",
        "Over all attempts; 0 for no bound. Not for WebSockets and event streams.",
    ),
    (
        "resolve_every_ms",
        "Until a name is looked up again",
        "ms",
        "At the latest; sooner when its record holds for less.",
    ),
    (
        "resolve_least_ms",
        "A name is kept for",
        "ms",
        "At the least, whatever its record says.",
    ),
];
const RETRIES: [Number; 3] = [
    (
        "retries",
        "Other targets that are tried",
        "",
        "When nothing was sent yet, or the method may be repeated.",
    ),
    (
        "retry/budget_percent",
        "Retries for a hundred requests",
        "%",
        "",
    ),
    (
        "retry/budget_per_second",
        "Retries that are always granted",
        "a second",
        "",
    ),
];
const PASSIVE: [Number; 7] = [
    (
        "health/passive/consecutive_failures",
        "Failures in a row",
        "",
        "After them a target gets no requests for a while; 0 for never.",
    ),
    (
        "health/passive/error_percent",
        "Share of failures",
        "%",
        "From this share on, too; 0 for never.",
    ),
    (
        "health/passive/minimum_requests",
        "Of at least",
        "requests",
        "",
    ),
    ("health/passive/window_ms", "Within", "ms", ""),
    (
        "health/passive/eject_ms",
        "Left out for",
        "ms",
        "Twice as long each further time.",
    ),
    ("health/passive/eject_most_ms", "At the most for", "ms", ""),
    (
        "health/panic_percent",
        "Panic threshold",
        "%",
        "When fewer targets are healthy, health is ignored and all are used. With 0 requests are refused instead.",
    ),
];
const ACTIVE: [Number; 4] = [
    ("health/active/interval_ms", "Every", "ms", ""),
    ("health/active/timeout_ms", "Answer within", "ms", ""),
    (
        "health/active/healthy_after",
        "Used again after",
        "good answers",
        "",
    ),
    (
        "health/active/unhealthy_after",
        "Not used after",
        "bad answers",
        "",
    ),
];
const BREAKER: [Number; 5] = [
    ("breaker/error_percent", "Opens at", "% failures", ""),
    ("breaker/minimum_requests", "Of at least", "requests", ""),
    ("breaker/window_ms", "Within", "ms", ""),
    ("breaker/open_ms", "Tried again after", "ms", ""),
    (
        "breaker/probes",
        "Requests that try",
        "",
        "When all of them go well, everything is sent again.",
    ),
];
const LIMITS: [Number; 3] = [
    (
        "limits/requests",
        "Requests in flight",
        "",
        "To the upstream, from each node; 0 for no bound.",
    ),
    (
        "limits/requests_per_target",
        "Requests in flight to one target",
        "",
        "",
    ),
    (
        "limits/connections_per_target",
        "Connections to one target",
        "",
        "",
    ),
];
const SHEDDING: [Number; 2] = [
    (
        "limits/shedding/default_percent",
        "Other plans are served up to",
        "%",
        "Of the requests in flight.",
    ),
    (
        "limits/shedding/sheddable_percent",
        "Sheddable plans are served up to",
        "%",
        "",
    ),
];

/// Lists, as words with commas: their place, label and hint.
const RETRY_STATUSES: (&str, &str, &str) = (
    "retry/statuses",
    "Statuses that are tried again",
    "Such as 503, or 502-504. Only for methods that may be repeated.",
);
const FAILURE_STATUSES: (&str, &str, &str) = (
    "health/passive/failure_statuses",
    "Statuses that count as failures",
    "Beside connections that fail and answers that do not come.",
);
const CRITICAL: (&str, &str, &str) = (
    "limits/shedding/critical_plans",
    "Critical plans",
    "By their names in addresses, with commas. Served to the last.",
);
const SHEDDABLE: (&str, &str, &str) = (
    "limits/shedding/sheddable_plans",
    "Sheddable plans",
    "Refused first when there is too much to do.",
);

fn named(place: &str) -> String {
    format!("settings/{place}")
}

fn numbers() -> impl Iterator<Item = &'static Number> {
    PATIENCE
        .iter()
        .chain(&RETRIES)
        .chain(&PASSIVE)
        .chain(&ACTIVE)
        .chain(&BREAKER)
        .chain(&LIMITS)
        .chain(&SHEDDING)
}

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
    for (place, ..) in [RETRY_STATUSES, FAILURE_STATUSES, CRITICAL, SHEDDABLE] {
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
    for (place, ..) in [RETRY_STATUSES, FAILURE_STATUSES, CRITICAL, SHEDDABLE] {
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

/// The sections of the form.
pub(crate) fn sections(form: &Form) -> Vec<FormSection> {
    let list = |(place, label, hint): (&str, &str, &str)| {
        form.field(Kind::Text, &named(place), label)
            .mono()
            .optional()
            .hint(hint)
    };
    let with = |all: &[Number], more: Vec<Field>| {
        let mut fields: Vec<Field> = all.iter().map(|one| number(form, one)).collect();
        fields.extend(more);
        fields
    };
    let mut limits = with(&LIMITS, vec![list(CRITICAL), list(SHEDDABLE)]);
    limits.extend(SHEDDING.iter().map(|one| number(form, one)));
    vec![
        FormSection::new(
            "Balancing",
            "Which target takes a request.",
            balancing(form),
        ),
        FormSection::new("Patience", "In milliseconds.", with(&PATIENCE, Vec::new())),
        FormSection::new("Retries", "", with(&RETRIES, vec![list(RETRY_STATUSES)])),
        FormSection::new(
            "Health, as the traffic shows it",
            "",
            with(&PASSIVE, vec![list(FAILURE_STATUSES)]),
        ),
        FormSection::new(
            "Health, asked for",
            "Beside the traffic, by each node.",
            active(form),
        ),
        FormSection::new("Circuit breaker", "", breaker(form)),
        FormSection::new("At a time", "What is too much is refused with 503.", limits),
        FormSection::new("Host that the upstream sees", "", host(form)),
    ]
}

fn number(form: &Form, (place, label, unit, hint): &Number) -> Field {
    let mut field = form.field(Kind::Number, &named(place), label);
    if !unit.is_empty() {
        field = field.affix(*unit);
    }
    if hint.is_empty() {
        field
    } else {
        field.hint(*hint)
    }
}

fn balancing(form: &Form) -> Vec<Field> {
    let ways = vec![
        Choice::new("round_robin", "In turns, by weight"),
        Choice::new(
            "least_connections",
            "The one with the fewest requests in flight",
        ),
        Choice::new("latency", "The sooner of two that are drawn"),
        Choice::new("consistent_hash", "The same caller to the same target"),
    ];
    let on = vec![
        Choice::new("ip", "the address"),
        Choice::new("application", "the application"),
        Choice::new("header", "a header"),
        Choice::new("cookie", "a cookie"),
    ];
    vec![
        form.field(Kind::Select(ways), "balancing", "Way"),
        form.field(Kind::Select(on), "hash_on", "A caller is known by")
            .hint("Only for the last way."),
        form.field(
            Kind::Text,
            "settings/balancing/consistent_hash",
            "Name of the header or cookie",
        )
        .mono()
        .optional(),
    ]
}

fn active(form: &Form) -> Vec<Field> {
    let probes = vec![
        Choice::new("none", "nothing"),
        Choice::new("http", "a GET"),
        Choice::new("tcp", "a connection"),
        Choice::new("grpc", "gRPC’s health service"),
    ];
    let text = |name: &str, label: &str| form.field(Kind::Text, name, label).mono().optional();
    let mut fields = vec![
        form.field(Kind::Select(probes), "probe", "Asked for"),
        text("settings/health/active/probe/http/path", "Path of the GET"),
        text("settings/health/active/probe/http/host", "Its host")
            .hint("The target’s own when empty."),
        text(
            "settings/health/active/probe/http/statuses",
            "Statuses of a healthy target",
        ),
        text("settings/health/active/probe/grpc/service", "gRPC service")
            .hint("Empty for the server as a whole."),
    ];
    fields.extend(ACTIVE.iter().map(|one| number(form, one)));
    fields
}

fn breaker(form: &Form) -> Vec<Field> {
    let mut fields = vec![
        form.field(
            Kind::Checkbox,
            "breaker",
            "Stop asking an upstream that fails",
        )
        .hint("Requests are refused with 503 until a few of them go well again."),
    ];
    fields.extend(BREAKER.iter().map(|one| number(form, one)));
    fields
}

fn host(form: &Form) -> Vec<Field> {
    let choices = vec![
        Choice::new("target", "That of the target’s address"),
        Choice::new("preserve", "The one that the caller used"),
        Choice::new("fixed", "This one"),
    ];
    vec![
        form.field(Kind::Radio(choices), "host", "Host"),
        form.field(Kind::Text, "settings/host", "This one")
            .mono()
            .optional(),
    ]
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
