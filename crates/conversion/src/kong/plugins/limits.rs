//! Plugins that say how much.

use serde_json::{Value, json};

use super::{Around, Made};
use crate::source::{flag, members, number, text, texts};

const WINDOWS: [(&str, i64); 4] = [
    ("second", 1),
    ("minute", 60),
    ("hour", 3_600),
    ("day", 86_400),
];

pub(super) fn rate_limiting(config: &Value, around: &Around) -> Result<Made, String> {
    let limits: Vec<Value> = WINDOWS
        .iter()
        .filter_map(|(window, _)| {
            let requests = number(config, window).filter(|requests| *requests > 0)?;
            Some(json!({ "requests": requests, "window": window }))
        })
        .collect();
    let month = number(config, "month").filter(|requests| *requests > 0);
    let year = number(config, "year").filter(|requests| *requests > 0);
    let (by, notes) = counted(config, "limit_by", around);
    build(limits, month, by, notes, config).map(|made| {
        made.note(
            year.is_some(),
            "a limit of a year is left out; a quota's longest period is a month",
        )
    })
}

pub(super) fn rate_limiting_advanced(config: &Value, around: &Around) -> Result<Made, String> {
    let requests: Vec<i64> = texts(config, "limit")
        .iter()
        .filter_map(|it| it.parse().ok())
        .collect();
    let seconds: Vec<i64> = texts(config, "window_size")
        .iter()
        .filter_map(|it| it.parse().ok())
        .collect();
    let (by, mut notes) = counted(config, "identifier", around);
    let (mut limits, mut month) = (Vec::new(), None);
    for (requests, seconds) in requests
        .iter()
        .zip(&seconds)
        .filter(|(requests, _)| **requests > 0)
    {
        if let Some((window, _)) = WINDOWS.iter().find(|(_, length)| length == seconds) {
            limits.push(json!({ "requests": requests, "window": window }));
        } else if (27 * 86_400..=31 * 86_400).contains(seconds) {
            month = Some(*requests);
        } else {
            // the shortest window that holds it, with as many requests in proportion
            let (window, length) = WINDOWS
                .iter()
                .find(|(_, length)| length > seconds)
                .unwrap_or(&WINDOWS[3]);
            let scaled = (requests * length / (*seconds).max(1)).max(1);
            notes.push(format!(
                "{requests} in {seconds} s became {scaled} in a {window}: windows are a second, a minute, an hour or a day"
            ));
            limits.push(json!({ "requests": scaled, "window": window }));
        }
    }
    build(limits, month, by, notes, config)
}

fn build(
    limits: Vec<Value>,
    month: Option<i64>,
    by: (&'static str, Option<String>),
    notes: Vec<String>,
    config: &Value,
) -> Result<Made, String> {
    let (by, header) = by;
    let mut made = Made {
        policies: Vec::new(),
        notes,
    };
    if !limits.is_empty() {
        let mut limit = json!({ "limits": limits, "by": by });
        if let Some(header) = header {
            limit["header"] = json!(header);
        }
        made.policies.push(("rate_limit", limit));
    }
    if let Some(requests) = month {
        let owner = if by == "credential" {
            "credential"
        } else {
            "application"
        };
        made.policies.push((
            "quota",
            json!({ "requests": requests, "period": "month", "by": owner }),
        ));
        made.notes
            .push("the limit of a month is a quota of the calendar month".to_owned());
    }
    if made.policies.is_empty() {
        return Err("names no limit".to_owned());
    }
    let hides = flag(config, "hide_client_headers").unwrap_or(false);
    Ok(made.note(
        hides,
        "callers are told of their limits in headers all the same",
    ))
}

/// Who is counted, and the header by whose value.
fn counted(
    config: &Value,
    key: &str,
    around: &Around,
) -> ((&'static str, Option<String>), Vec<String>) {
    let asked = text(config, key).unwrap_or_else(|| "consumer".to_owned());
    let mut notes = Vec::new();
    let by = match asked.as_str() {
        "consumer" | "consumer-group" if !around.callers_are_known => {
            notes.push("nobody asks who calls: addresses are counted".to_owned());
            ("ip", None)
        }
        "consumer" | "consumer-group" => ("application", None),
        "credential" if around.callers_are_known => ("credential", None),
        "ip" | "credential" => ("ip", None),
        "header" => ("header", text(config, "header_name")),
        "path" | "service" => {
            notes.push(format!(
                "counts by `{asked}`: everybody together, each route for itself"
            ));
            ("route", None)
        }
        other => {
            notes.push(format!(
                "does not count by `{other}` here: addresses are counted"
            ));
            ("ip", None)
        }
    };
    (by, notes)
}

pub(super) fn response_ratelimiting(config: &Value, around: &Around) -> Result<Made, String> {
    let mut limits = Vec::new();
    for (unit, windows) in members(config, "limits").into_iter().flatten() {
        for (window, _) in WINDOWS {
            if let Some(amount) = number(windows, window).filter(|amount| *amount > 0) {
                limits.push(json!({ "unit": unit, "amount": amount, "window": window }));
            }
        }
    }
    if limits.is_empty() {
        return Err("names no limit by a second, a minute, an hour or a day".to_owned());
    }
    let by = if around.callers_are_known {
        "application"
    } else {
        "ip"
    };
    let header = text(config, "header_name").unwrap_or_else(|| "X-Kong-Limit".to_owned());
    let made = Made::one(
        "response_rate_limit",
        json!({ "usage_header": header, "limits": limits, "by": by }),
    );
    Ok(made.note(
        true,
        "the upstream tells what a call used in the header; see the policy's page for its form",
    ))
}

pub(super) fn request_size_limiting(config: &Value, _: &Around) -> Result<Made, String> {
    let size = number(config, "allowed_payload_size").unwrap_or(128);
    let unit: i64 = match text(config, "size_unit").as_deref() {
        Some("bytes") => 1,
        Some("kilobytes") => 1 << 10,
        _ => 1 << 20,
    };
    let bytes = size.saturating_mul(unit);
    let made = Made::one(
        "request_size_limit",
        json!({
            "max_body_bytes": bytes,
            "require_length": flag(config, "require_content_length").unwrap_or(false),
        }),
    );
    Ok(made.note(
        bytes > 10 << 20,
        "routes take bodies of 10 MiB by themselves: raise `settings.max_body_bytes` of those that need more",
    ))
}
