//! Classic API definitions.

use serde_json::{Map, Value, json};

use super::Work;
use crate::parts;
use crate::placement::{Group, Rule, Wanted};
use crate::policy::checked;
use crate::source::{flag, number, text, texts};

pub(super) fn read(value: &Value, place: &str, work: &mut Work) {
    let name = text(value, "name").unwrap_or_else(|| "API".to_owned());
    let place = match place.is_empty() {
        true => name.clone(),
        false => format!("{place} ({name})"),
    };
    let nothing = Value::Null;
    let proxy = value.get("proxy").unwrap_or(&nothing);
    let slug = work.slugs.fresh(&name, "api");
    let mut upstream = parts::upstream(&slug, &name);
    let balanced = flag(proxy, "enable_load_balancing").unwrap_or(false);
    match (
        balanced,
        texts(proxy, "target_list"),
        text(proxy, "target_url"),
    ) {
        (true, list, _) if !list.is_empty() => {
            upstream.targets = list
                .into_iter()
                .map(|url| parts::target(trimmed(&url), 100))
                .collect();
        }
        (_, _, Some(url)) => upstream.targets.push(parts::target(trimmed(&url), 100)),
        _ => work.report.left_out(&place, "has no `target_url`"),
    }
    if flag(proxy, "preserve_host_header").unwrap_or(false) {
        upstream
            .settings
            .insert("host".to_owned(), json!("preserve"));
    }
    if proxy.pointer("/transport/ssl_insecure_skip_verify") == Some(&Value::Bool(true)) {
        upstream
            .settings
            .insert("tls".to_owned(), json!({ "verify": false }));
    }
    let mut api = parts::api(&slug, &name);
    let access = authentication(value, &mut api.policies, &place, work);
    limits(value, &mut api.policies, &place, work);
    shared(value, &mut api.policies, &place, work);
    let mut settings = Map::new();
    settings.insert("access".to_owned(), json!(access));
    let listen = text(proxy, "listen_path").unwrap_or_else(|| "/".to_owned());
    let hosts = text(value, "domain")
        .into_iter()
        .filter(|_| !flag(value, "domain_disabled").unwrap_or(false));
    let base = Wanted {
        place: place.clone(),
        name: None,
        hosts: hosts.collect(),
        methods: Vec::new(),
        rule: Rule::Prefix(listen.clone()),
        strip: flag(proxy, "strip_listen_path").unwrap_or(false),
        priority: 0,
        enabled: flag(value, "active").unwrap_or(true),
        settings,
        policies: Vec::new(),
    };
    let wanted = paths(value, &base, &listen, &place, work);
    work.report.taken(
        &place,
        format!(
            "API `{slug}` with {} routes, access `{access}`",
            wanted.len()
        ),
    );
    work.groups.push(Group {
        api: work.made.apis.len(),
        upstream: Some(slug),
        wanted,
    });
    work.made.upstreams.push(upstream);
    work.made.apis.push(api);
    for (key, why) in [
        ("custom_middleware", "code does not move"),
        (
            "jwt_default_policies",
            "make policies of Tyk plans of a product",
        ),
        ("response_processors", "see `response_transform`"),
    ] {
        if value
            .get(key)
            .is_some_and(|it| !crate::edits::all_empty(it))
        {
            work.report.left_out(&format!("{place}.{key}"), why);
        }
    }
}

fn trimmed(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

fn authentication(
    value: &Value,
    policies: &mut Vec<declaration::Policy>,
    place: &str,
    work: &mut Work,
) -> &'static str {
    if flag(value, "use_keyless").unwrap_or(false) {
        return "open";
    }
    let configs = value.get("auth_configs");
    let of = |name: &str| {
        configs
            .and_then(|all| all.get(name))
            .or_else(|| value.get("auth"))
            .cloned()
            .unwrap_or_default()
    };
    let mut add = |kind: &str, config: Value, work: &mut Work| match checked(kind, config) {
        Ok(policy) => policies.push(policy),
        Err(why) => work.report.left_out(place, why),
    };
    if flag(value, "use_basic_auth").unwrap_or(false) {
        add("basic_auth", json!({}), work);
    }
    if flag(value, "enable_jwt").unwrap_or(false) {
        let source = text(value, "jwt_source").unwrap_or_default();
        match source.starts_with("http") {
            true => {
                let claim =
                    text(value, "jwt_identity_base_field").unwrap_or_else(|| "sub".to_owned());
                add(
                    "jwt",
                    json!({ "issuer": source, "jwks_url": source, "application_claim": claim }),
                    work,
                );
                work.report.approximated(
                    place,
                    "name the `issuer` of the tokens: Tyk does not know it",
                );
            }
            false => work
                .report
                .left_out(place, "its JWT key: name issuer and keys in a `jwt` policy"),
        }
    }
    if flag(value, "enable_signature_checking").unwrap_or(false) {
        add("hmac_auth", json!({}), work);
        work.report.approximated(
            place,
            "signatures are those of RFC 9421 here: callers must sign anew",
        );
    }
    if flag(value, "use_mutual_tls_auth").unwrap_or(false) {
        add("mtls_auth", json!({}), work);
    }
    for key in [
        "use_oauth2",
        "use_openid",
        "enable_coprocess_auth",
        "use_go_plugin_auth",
    ] {
        if flag(value, key).unwrap_or(false) {
            work.report.left_out(
                &format!("{place}.{key}"),
                "choose an authentication policy for it",
            );
        }
    }
    let keys = flag(value, "use_standard_auth").unwrap_or(false) || policies.is_empty();
    if keys {
        let config = of("authToken");
        let header =
            text(&config, "auth_header_name").unwrap_or_else(|| "Authorization".to_owned());
        let bearer = header.eq_ignore_ascii_case("authorization");
        let mut made = json!({
            "headers": if bearer { Vec::new() } else { vec![header] },
            "bearer": bearer,
            "hide_credential": flag(value, "strip_auth_data").unwrap_or(false),
        });
        if flag(&config, "use_param").unwrap_or(false) {
            made["query"] =
                json!([text(&config, "param_name").unwrap_or_else(|| "api_key".to_owned())]);
        }
        if bearer {
            work.report.approximated(
                place,
                "keys stand behind the word `Bearer` in `Authorization` here",
            );
        }
        match checked("key_auth", made) {
            Ok(policy) => policies.push(policy),
            Err(why) => work.report.left_out(place, why),
        }
    }
    work.report.left_out(place, "keys of Tyk are not in its definitions: issue them anew, or add them to applications by their hash");
    "authenticated"
}

fn limits(value: &Value, policies: &mut Vec<declaration::Policy>, place: &str, work: &mut Work) {
    let limit = value.get("global_rate_limit").cloned().unwrap_or_default();
    let rate = limit.get("rate").and_then(Value::as_f64).unwrap_or(0.0);
    let per = limit.get("per").and_then(Value::as_f64).unwrap_or(0.0);
    if rate <= 0.0 || per <= 0.0 || flag(value, "disable_rate_limit").unwrap_or(false) {
        return;
    }
    let windows = [
        ("second", 1.0),
        ("minute", 60.0),
        ("hour", 3_600.0),
        ("day", 86_400.0),
    ];
    let (window, length) = windows
        .into_iter()
        .find(|(_, length)| *length >= per)
        .unwrap_or(windows[3]);
    let requests = (rate * length / per).max(1.0) as u64;
    let config =
        json!({ "limits": [{ "requests": requests, "window": window }], "by": "everybody" });
    match checked("rate_limit", config) {
        Ok(policy) => policies.push(policy),
        Err(why) => work.report.left_out(place, why),
    }
    if length > per {
        let note = format!("{rate} in {per} s became {requests} in a {window}");
        work.report
            .approximated(&format!("{place}.global_rate_limit"), note);
    }
}

fn shared(value: &Value, policies: &mut Vec<declaration::Policy>, place: &str, work: &mut Work) {
    let mut add = |kind: &str, config: Value, place: String| match checked(kind, config) {
        Ok(policy) => {
            policies.push(policy);
            work.report.taken(&place, format!("`{kind}`"));
        }
        Err(why) => work.report.left_out(&place, why),
    };
    if flag(value, "enable_ip_whitelisting").unwrap_or(false) {
        add(
            "ip_restriction",
            json!({ "allow": texts(value, "allowed_ips") }),
            format!("{place}.allowed_ips"),
        );
    }
    if flag(value, "enable_ip_blacklisting").unwrap_or(false) {
        add(
            "ip_restriction",
            json!({ "deny": texts(value, "blacklisted_ips") }),
            format!("{place}.blacklisted_ips"),
        );
    }
    if let Some(cors) = value
        .get("CORS")
        .filter(|cors| flag(cors, "enable").unwrap_or(false))
    {
        let origins = texts(cors, "allowed_origins");
        let everybody = origins.iter().any(|origin| origin == "*");
        let mut config = json!({
            "origins": origins,
            "credentials": flag(cors, "allow_credentials").unwrap_or(false) && !everybody,
            "max_age_seconds": number(cors, "max_age").unwrap_or(600).clamp(0, 86_400),
        });
        for (theirs, ours) in [
            ("allowed_methods", "methods"),
            ("allowed_headers", "headers"),
            ("exposed_headers", "expose"),
        ] {
            let list = texts(cors, theirs);
            if !list.is_empty() {
                config[ours] = json!(list);
            }
        }
        add("cors", config, format!("{place}.CORS"));
    }
    if let Some(cache) = value
        .get("cache_options")
        .filter(|cache| flag(cache, "enable_cache").unwrap_or(false))
    {
        let seconds = number(cache, "cache_timeout").unwrap_or(60).max(1);
        add(
            "cache",
            json!({ "default_ttl_s": seconds }),
            format!("{place}.cache_options"),
        );
    }
    for (number, version) in versions(value) {
        let set = version.get("global_headers").cloned().unwrap_or_default();
        let remove = texts(version, "global_headers_remove");
        if !crate::edits::all_empty(&set) || !remove.is_empty() {
            let set = if set.is_object() { set } else { json!({}) };
            add(
                "request_transform",
                json!({ "headers": { "set": set, "remove": remove } }),
                format!("{place}.version_data.versions.{number}.global_headers"),
            );
        }
    }
}

fn versions(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value
        .pointer("/version_data/versions")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// The whole path, or only what is listed where there is a list; what is ignored is open.
fn paths(value: &Value, base: &Wanted, listen: &str, place: &str, work: &mut Work) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    let mut only_listed = false;
    let all: Vec<_> = versions(value).collect();
    if all.len() > 1 {
        work.report.left_out(
            place,
            "has several versions; the first one is taken, make the others versions of the API",
        );
    }
    if let Some((number, version)) = all.first()
        && let Some(paths) = version.get("extended_paths")
    {
        let place = format!("{place}.version_data.versions.{number}.extended_paths");
        for (list, access) in [("white_list", None), ("ignored", Some("open"))] {
            for entry in paths
                .get(list)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let Some(path) = text(entry, "path").or_else(|| entry.as_str().map(str::to_owned))
                else {
                    continue;
                };
                let mut one = base.clone();
                one.place = format!("{place}.{list}");
                one.rule = template(listen, &path);
                one.methods = entry
                    .get("method_actions")
                    .and_then(Value::as_object)
                    .map_or_else(
                        || text(entry, "method").into_iter().collect(),
                        |it| it.keys().cloned().collect(),
                    );
                if let Some(access) = access {
                    one.settings.insert("access".to_owned(), json!(access));
                }
                only_listed |= list == "white_list";
                wanted.push(one);
            }
        }
        for (key, lists) in paths.as_object().into_iter().flatten() {
            let count = lists.as_array().map_or(0, Vec::len);
            if count > 0 && !matches!(key.as_str(), "white_list" | "ignored") {
                let note = format!("{count} entries: give their routes policies of their own");
                work.report.left_out(&format!("{place}.{key}"), note);
            }
        }
    }
    if !only_listed {
        wanted.push(base.clone());
    }
    wanted
}

pub(super) fn template(listen: &str, path: &str) -> Rule {
    let full = format!(
        "{}/{}",
        listen.trim_end_matches('/'),
        path.trim_start_matches('/')
    );
    match full.contains('{') {
        true => Rule::Template(full),
        false => Rule::Exact(full),
    }
}
