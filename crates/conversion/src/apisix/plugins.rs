//! Plugins of routes, services and consumers, each to the policies that do the same.

use declaration::Policy;
use serde_json::{Map, Value, json};

use crate::policy::checked;
use crate::report::Report;
use crate::source::{flag, members, number, text, texts};

/// Plugins that ask who calls.
const ASKING: &[&str] = &[
    "key-auth",
    "basic-auth",
    "jwt-auth",
    "hmac-auth",
    "openid-connect",
    "authz-keycloak",
    "ldap-auth",
    "wolf-rbac",
];

/// What the plugins of a route became.
#[derive(Debug, Default)]
pub(super) struct Plugins {
    pub(super) policies: Vec<Policy>,
    /// The path that the upstream gets.
    pub(super) rewrite: Option<String>,
    asks: bool,
}

impl Plugins {
    /// The plugins in force, the nearest layer first: each is taken from the first layer that has it.
    pub(super) fn of(layers: &[&Value], place: &str, report: &mut Report) -> Self {
        let mut seen: Map<String, Value> = Map::new();
        for layer in layers {
            for (name, config) in members(layer, "plugins").into_iter().flatten() {
                seen.entry(name.clone()).or_insert_with(|| config.clone());
            }
        }
        let asks = seen.keys().any(|name| ASKING.contains(&name.as_str()));
        Self::convert(seen, asks, place, report)
    }

    /// The plugins of a consumer, without its credentials.
    pub(super) fn of_caller(consumer: &Value, place: &str, report: &mut Report) -> Self {
        let mut own = members(consumer, "plugins").cloned().unwrap_or_default();
        own.retain(|name, _| !ASKING.contains(&name.as_str()));
        Self::convert(own, true, place, report)
    }

    pub(super) fn access(&self) -> &'static str {
        if self.asks { "authenticated" } else { "open" }
    }

    fn convert(plugins: Map<String, Value>, asks: bool, place: &str, report: &mut Report) -> Self {
        let mut made = Self {
            asks,
            ..Self::default()
        };
        for (name, config) in plugins {
            let place = format!("{place}.plugins.{name}");
            let off = config.pointer("/_meta/disable") == Some(&Value::Bool(true))
                || flag(&config, "disable") == Some(true);
            if name == "proxy-rewrite" {
                made.rewrite(&config, &place, report);
                continue;
            }
            match one(&name, &config, asks) {
                Ok((kind, config, note)) => match checked(kind, config) {
                    Ok(mut policy) => {
                        policy.enabled = !off;
                        made.policies.push(policy);
                        match note {
                            Some(note) => report.approximated(&place, note),
                            None => report.taken(&place, format!("`{kind}`")),
                        }
                    }
                    Err(why) => report.left_out(&place, why),
                },
                Err(why) => report.left_out(&place, why),
            }
        }
        made
    }

    fn rewrite(&mut self, config: &Value, place: &str, report: &mut Report) {
        if let Some(uri) = text(config, "uri") {
            match uri.contains('$') {
                true => report.left_out(
                    place,
                    format!("`{uri}` holds a variable: write `rewrite` of the route anew"),
                ),
                false => self.rewrite = Some(uri),
            }
        }
        if config.get("regex_uri").is_some() {
            report.left_out(
                place,
                "`regex_uri`: make the route a regular expression and use `rewrite`",
            );
        }
        if text(config, "method").is_some() {
            report.left_out(place, "the method is not changed");
        }
        if text(config, "host").is_some() {
            report.approximated(
                place,
                "`host` is a setting of the upstream: `settings.host`",
            );
        }
        let edits = config.get("headers").map(edits);
        if let Some(edits) = edits.filter(|edits| !crate::edits::all_empty(edits)) {
            match checked("request_transform", json!({ "headers": edits })) {
                Ok(policy) => {
                    self.policies.push(policy);
                    report.taken(place, "`request_transform`");
                }
                Err(why) => report.left_out(place, why),
            }
        } else if self.rewrite.is_some() {
            report.taken(place, "`rewrite` of the route");
        }
    }
}

/// `set`, `add` and `remove`, or a plain map that sets.
fn edits(headers: &Value) -> Value {
    let grouped = ["set", "add", "remove"]
        .iter()
        .any(|key| headers.get(*key).is_some());
    let text_map = |value: Option<&Value>| {
        let mut found = Map::new();
        for (name, value) in value.and_then(Value::as_object).into_iter().flatten() {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            // variables of nginx cannot be read here
            if !value.contains('$') {
                found.insert(name.clone(), json!(value));
            }
        }
        found
    };
    match grouped {
        true => json!({
            "set": text_map(headers.get("set")),
            "add": text_map(headers.get("add")),
            "remove": texts(headers, "remove"),
        }),
        false => json!({ "set": text_map(Some(headers)) }),
    }
}

type One = Result<(&'static str, Value, Option<&'static str>), String>;

fn one(name: &str, config: &Value, asks: bool) -> One {
    let hide = flag(config, "hide_credentials").unwrap_or(false);
    match name {
        "key-auth" => {
            let header = text(config, "header").unwrap_or_else(|| "apikey".to_owned());
            let query = text(config, "query").unwrap_or_else(|| "apikey".to_owned());
            let config = json!({ "headers": [header], "query": [query], "hide_credential": hide });
            Ok(("key_auth", config, None))
        }
        "basic-auth" => Ok(("basic_auth", json!({ "hide_credential": hide }), None)),
        "hmac-auth" => Ok((
            "hmac_auth",
            json!({ "hide_credential": hide, "require_digest": flag(config, "validate_request_body").unwrap_or(false) }),
            Some("signatures are those of RFC 9421 here: callers must sign anew"),
        )),
        "openid-connect" => {
            let discovery = text(config, "discovery").ok_or("has no `discovery`")?;
            let issuer = discovery.trim_end_matches("/.well-known/openid-configuration");
            Ok((
                "jwt",
                json!({ "issuer": issuer }),
                Some(
                    "bearer tokens of the issuer are taken; applications need a credential of kind `jwt_issuer`",
                ),
            ))
        }
        "limit-count" => limit_count(config, asks),
        "limit-req" => {
            let rate = config.get("rate").and_then(Value::as_f64).unwrap_or(0.0);
            let burst = config.get("burst").and_then(Value::as_f64).unwrap_or(0.0);
            if rate < 1.0 {
                return Err("lets less than one request a second through".to_owned());
            }
            let config = json!({
                "limits": [{ "requests": rate as u64, "window": "second" }], "by": by(config, asks),
                "algorithm": "gcra", "burst": (rate + burst).max(1.0) as u64,
            });
            Ok((
                "rate_limit",
                config,
                Some("requests over the rate are refused, not delayed"),
            ))
        }
        "limit-conn" => {
            let limit = number(config, "conn").unwrap_or(1).max(1);
            let config = json!({ "limit": limit, "by": by(config, asks) });
            Ok((
                "concurrency_limit",
                config,
                Some("requests over the number are refused, not delayed"),
            ))
        }
        "ip-restriction" => Ok((
            "ip_restriction",
            json!({ "allow": texts(config, "whitelist"), "deny": texts(config, "blacklist") }),
            None,
        )),
        "ua-restriction" => {
            let mut allow = texts(config, "allowlist");
            allow.extend(texts(config, "whitelist"));
            let mut deny = texts(config, "denylist");
            deny.extend(texts(config, "blacklist"));
            let config = json!({ "allow": allow, "deny": deny, "deny_known": false });
            Ok(("bot_detection", config, None))
        }
        "cors" => cors(config),
        "response-rewrite" => {
            if text(config, "body").is_some() || number(config, "status_code").is_some() {
                return Err("body and status are not replaced: see `request_termination` and `response_transform`".to_owned());
            }
            let edits = config.get("headers").map(edits).unwrap_or_default();
            Ok(("response_transform", json!({ "headers": edits }), None))
        }
        "request-id" => {
            let header = text(config, "header_name").unwrap_or_else(|| "X-Request-Id".to_owned());
            let echo = flag(config, "include_in_response").unwrap_or(true);
            Ok((
                "correlation_id",
                json!({ "header": header, "echo": echo }),
                None,
            ))
        }
        "redirect" => match (flag(config, "http_to_https"), text(config, "uri")) {
            (Some(true), _) => Err(
                "plain HTTP is sent to HTTPS by `redirect` with `only_http`: name where to"
                    .to_owned(),
            ),
            (_, Some(uri)) if !uri.contains('$') => {
                let status = number(config, "ret_code").unwrap_or(302);
                Ok(("redirect", json!({ "to": uri, "status": status }), None))
            }
            _ => Err("holds variables: write `redirect` of the route anew".to_owned()),
        },
        "client-control" => {
            let bytes = number(config, "max_body_size").ok_or("names no size")?;
            Ok((
                "request_size_limit",
                json!({ "max_body_bytes": bytes }),
                None,
            ))
        }
        "proxy-cache" => {
            let seconds = number(config, "cache_ttl").unwrap_or(300).max(1);
            let note = "what an answer says of itself goes before the plugin's times (RFC 9111)";
            Ok(("cache", json!({ "default_ttl_s": seconds }), Some(note)))
        }
        "fault-injection" => fault(config),
        "prometheus" | "opentelemetry" | "zipkin" | "skywalking" => {
            Err("metrics and traces are settings of the gateway".to_owned())
        }
        _ if name.ends_with("-logger") => {
            Err("requests are logged by the gateway; see its settings".to_owned())
        }
        "consumer-restriction" => Err("name the applications in an `acl`".to_owned()),
        "jwt-auth" => Err(
            "name issuer and keys in a `jwt` policy; the route asks for an API key until then"
                .to_owned(),
        ),
        "traffic-split" => Err("name the upstreams in a `traffic_split`".to_owned()),
        "serverless-pre-function" | "serverless-post-function" => {
            Err("code does not move".to_owned())
        }
        _ => Err("there is no policy like it here".to_owned()),
    }
}

fn by(config: &Value, asks: bool) -> &'static str {
    match text(config, "key").as_deref() {
        Some("consumer_name") if asks => "application",
        _ => "ip",
    }
}

fn limit_count(config: &Value, asks: bool) -> One {
    let count = number(config, "count").ok_or("its `count` is no number")?;
    let seconds = number(config, "time_window")
        .ok_or("its `time_window` is no number")?
        .max(1);
    let windows = [
        ("second", 1),
        ("minute", 60),
        ("hour", 3_600),
        ("day", 86_400),
    ];
    let exact = windows.iter().find(|(_, length)| *length == seconds);
    let (window, length) = exact
        .or_else(|| windows.iter().find(|(_, length)| *length > seconds))
        .copied()
        .unwrap_or(windows[3]);
    let requests = (count * length / seconds).max(1);
    let mut made =
        json!({ "limits": [{ "requests": requests, "window": window }], "by": by(config, asks) });
    if let Some(header) =
        text(config, "key").and_then(|key| key.strip_prefix("http_").map(str::to_owned))
    {
        made["by"] = json!("header");
        made["header"] = json!(header.replace('_', "-"));
    }
    let note = "windows are a second, a minute, an hour or a day: the limit is in proportion";
    Ok(("rate_limit", made, exact.is_none().then_some(note)))
}

fn cors(config: &Value) -> One {
    let list = |name: &str| -> Vec<String> {
        let text = text(config, name).unwrap_or_else(|| "*".to_owned());
        text.split(',').map(|part| part.trim().to_owned()).collect()
    };
    let origins = match list("allow_origins") {
        all if all == ["**"] => vec!["*".to_owned()],
        all => all,
    };
    let asked = flag(config, "allow_credential").unwrap_or(false);
    let everybody = origins.iter().any(|origin| origin == "*");
    let mut made = json!({
        "origins": origins,
        "credentials": asked && !everybody,
        "max_age_seconds": number(config, "max_age").unwrap_or(5).clamp(0, 86_400),
    });
    for (theirs, ours) in [
        ("allow_methods", "methods"),
        ("allow_headers", "headers"),
        ("expose_headers", "expose"),
    ] {
        let list = list(theirs);
        if !list.iter().any(|one| one.starts_with('*')) {
            made[ours] = json!(list);
        }
    }
    let note = "credentials are not allowed together with the origin `*`: name the origins";
    Ok(("cors", made, (asked && everybody).then_some(note)))
}

fn fault(config: &Value) -> One {
    let mut made = json!({});
    if let Some(abort) = config.get("abort") {
        let percent = abort
            .get("percentage")
            .and_then(Value::as_f64)
            .unwrap_or(100.0);
        made["abort"] =
            json!({ "percent": percent, "status": number(abort, "http_status").unwrap_or(500) });
    }
    if let Some(delay) = config.get("delay") {
        let percent = delay
            .get("percentage")
            .and_then(Value::as_f64)
            .unwrap_or(100.0);
        let seconds = delay.get("duration").and_then(Value::as_f64).unwrap_or(0.0);
        made["delay"] = json!({ "percent": percent, "ms": (seconds * 1_000.0) as u64 });
    }
    Ok((
        "fault_injection",
        made,
        Some("conditions (`vars`) and an own body are left out"),
    ))
}
