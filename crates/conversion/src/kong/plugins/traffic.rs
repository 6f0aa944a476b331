//! Plugins that let through, answer, remember or mark.

use serde_json::{Value, json};

use super::{Around, Made};
use crate::source::{flag, number, text, texts};

/// A list under its name today, or the one that it had before.
fn either(config: &Value, today: &str, before: &str) -> Vec<String> {
    let mut list = texts(config, today);
    list.extend(texts(config, before));
    list
}

pub(super) fn ip_restriction(config: &Value, _: &Around) -> Result<Made, String> {
    let made = Made::one(
        "ip_restriction",
        json!({
            "allow": either(config, "allow", "whitelist"),
            "deny": either(config, "deny", "blacklist"),
        }),
    );
    let own =
        text(config, "message").is_some() || number(config, "status").is_some_and(|it| it != 403);
    Ok(made.note(
        own,
        "its own status and message are left out: callers get a problem document with 403",
    ))
}

pub(super) fn bot_detection(config: &Value, _: &Around) -> Result<Made, String> {
    Ok(Made::one(
        "bot_detection",
        json!({
            "allow": either(config, "allow", "whitelist"),
            "deny": either(config, "deny", "blacklist"),
        }),
    ))
}

pub(super) fn opa(config: &Value, _: &Around) -> Result<Made, String> {
    let host = text(config, "opa_host").unwrap_or_else(|| "localhost".to_owned());
    let port = number(config, "opa_port").unwrap_or(8181);
    let scheme = text(config, "opa_protocol").unwrap_or_else(|| "http".to_owned());
    let path = text(config, "opa_path").ok_or("has no `opa_path`")?;
    let url = format!("{scheme}://{host}:{port}{path}");
    let made = Made::one("opa", json!({ "url": url }));
    Ok(made.note(
        true,
        "what the rules are told has another form: see the policy's page",
    ))
}

pub(super) fn cors(config: &Value, _: &Around) -> Result<Made, String> {
    let mut origins = texts(config, "origins");
    if origins.is_empty() {
        origins.push("*".to_owned());
    }
    let is_plain = |origin: &String| {
        origin == "*" || origin.contains("://") && !origin.contains(['\\', '(', '[', '^', '$', '?'])
    };
    let (plain, other): (Vec<String>, Vec<String>) = origins.into_iter().partition(is_plain);
    let asked = flag(config, "credentials").unwrap_or(false);
    let everybody = plain.iter().any(|origin| origin == "*");
    let mut made = json!({ "origins": plain, "credentials": asked && !everybody });
    for (theirs, ours) in [
        ("methods", "methods"),
        ("headers", "headers"),
        ("exposed_headers", "expose"),
    ] {
        let list = texts(config, theirs);
        if !list.is_empty() {
            made[ours] = json!(list);
        }
    }
    if let Some(seconds) = number(config, "max_age") {
        made["max_age_seconds"] = json!(seconds.clamp(0, 86_400));
    }
    if plain.is_empty() {
        return Err(format!(
            "its origins are expressions ({}), which are not possible here: name them, or `https://*.example.com`",
            other.join(", ")
        ));
    }
    Ok(Made::one("cors", made)
        .note(
            !other.is_empty(),
            "origins that are expressions are left out: name them, or `https://*.example.com`",
        )
        .note(
            asked && everybody,
            "credentials are not allowed together with the origin `*`: name the origins",
        )
        .note(
            flag(config, "preflight_continue").unwrap_or(false),
            "preflights are answered by the gateway and do not reach the upstream",
        ))
}

pub(super) fn request_termination(config: &Value, _: &Around) -> Result<Made, String> {
    if text(config, "trigger").is_some() {
        return Err(
            "is triggered by a header or parameter: make a route with that condition".to_owned(),
        );
    }
    let mut made = json!({ "status": number(config, "status_code").unwrap_or(503) });
    if let Some(body) = text(config, "body") {
        made["body"] = json!(body);
    }
    if let Some(message) = text(config, "message") {
        made["message"] = json!(message);
    }
    if let Some(kind) = text(config, "content_type") {
        made["content_type"] = json!(kind);
    }
    let echo = flag(config, "echo").unwrap_or(false);
    let told = made.get("message").is_some();
    Ok(Made::one("request_termination", made)
        .note(echo, "requests are not echoed")
        .note(told, "the message stands in a problem document (RFC 9457)"))
}

pub(super) fn redirect(config: &Value, _: &Around) -> Result<Made, String> {
    let to = text(config, "location").ok_or("has no `location`")?;
    let status = number(config, "status_code").unwrap_or(301);
    let made = json!({
        "to": to,
        "status": status.to_string(),
        "keep_path": flag(config, "keep_incoming_path").unwrap_or(false),
    });
    Ok(Made::one("redirect", made))
}

pub(super) fn correlation_id(config: &Value, _: &Around) -> Result<Made, String> {
    let header = text(config, "header_name").unwrap_or_else(|| "Kong-Request-ID".to_owned());
    let made =
        json!({ "header": header, "echo": flag(config, "echo_downstream").unwrap_or(false) });
    let generator = text(config, "generator");
    let counts = generator.is_some_and(|generator| generator != "uuid");
    Ok(Made::one("correlation_id", made).note(counts, "ids are random, not counters"))
}

pub(super) fn proxy_cache(config: &Value, _: &Around) -> Result<Made, String> {
    let seconds = number(config, "cache_ttl")
        .unwrap_or(300)
        .clamp(1, 31_536_000);
    let vary = texts(config, "vary_headers");
    let made = Made::one(
        "cache",
        json!({
            "default_ttl_s": seconds,
            "obey_requests": flag(config, "cache_control").unwrap_or(false),
            "vary": vary,
        }),
    );
    Ok(made.note(
        true,
        "what an answer says of itself (`Cache-Control`) goes before the plugin's times, and answers to known callers are \
         not shared unless they are `public` (RFC 9111)",
    ))
}

pub(super) fn mocking(_: &Value, _: &Around) -> Result<Made, String> {
    Err("import the API's OpenAPI document and use `mock_response`".to_owned())
}
