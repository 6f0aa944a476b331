//! The fields of an upstream's settings, as people see them.

use crate::form::Form;
use crate::parts::{Choice, Field, FormSection, Kind};

/// A whole number: its place, label, unit and hint.
pub(super) type Number = (&'static str, &'static str, &'static str, &'static str);

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

/// The name of a field: where its value stands.
pub(super) fn named(place: &str) -> String {
    format!("settings/{place}")
}

/// Every list of the form, by its place.
pub(super) fn lists() -> [&'static str; 4] {
    [RETRY_STATUSES, FAILURE_STATUSES, CRITICAL, SHEDDABLE].map(|(place, ..)| place)
}

/// Every whole number of the form.
pub(super) fn numbers() -> impl Iterator<Item = &'static Number> {
    PATIENCE
        .iter()
        .chain(&RETRIES)
        .chain(&PASSIVE)
        .chain(&ACTIVE)
        .chain(&BREAKER)
        .chain(&LIMITS)
        .chain(&SHEDDING)
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
            .hint("Only where the same caller goes to the same target."),
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
