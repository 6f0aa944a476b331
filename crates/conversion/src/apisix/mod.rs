//! Apache APISIX: the standalone file, and dumps of its admin API.

mod plugins;
mod read;

use std::collections::HashSet;

use declaration::Upstream;
use serde_json::{Map, Value, json};

use self::plugins::Plugins;
use self::read::{Dump, Item};
use crate::names::Slugs;
use crate::placement::{Group, Rule, Wanted};
use crate::report::Report;
use crate::source::{self, SourceError, flag, members, number, text, texts};
use crate::{Converted, parts, placement, secrets};

/// Converts a file of APISIX.
///
/// # Errors
/// When it cannot be read, or is no file of APISIX.
pub fn apisix(bytes: &[u8]) -> Result<Converted, SourceError> {
    let value = source::read(bytes)?;
    let dump = Dump::of(&value)?;
    let mut report = Report::default();
    dump.unknown(&value, &mut report);
    let mut made = parts::declaration();
    let mut slugs = Slugs::default();
    for rule in dump.list("global_rules") {
        let found = Plugins::of(&[rule.value], &rule.place, &mut report);
        made.policies.extend(found.policies);
    }
    let mut groups: Vec<(String, Group)> = Vec::new();
    for route in dump.list("routes") {
        let service = dump.referred(route.value, "service_id", "services");
        let shared = dump.referred(route.value, "plugin_config_id", "plugin_configs");
        let Some((key, upstream)) = upstream_of(&dump, &route, service.as_ref()) else {
            report.left_out(&route.place, "has no upstream that is in the file");
            continue;
        };
        // what stands nearer to the route goes before what stands further away
        let mut layers = vec![route.value];
        layers.extend(shared.iter().map(|item| item.value));
        layers.extend(service.iter().map(|item| item.value));
        let found = Plugins::of(&layers, &route.place, &mut report);
        let wanted = wanted(&route, service.as_ref(), &found, &mut report);
        report.taken(
            &route.place,
            format!("{} routes, access `{}`", wanted.len(), found.access()),
        );
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, group)) => group.wanted.extend(wanted),
            None => {
                let name = service
                    .as_ref()
                    .and_then(|item| text(item.value, "name"))
                    .or_else(|| text(upstream, "name"))
                    .or_else(|| text(route.value, "name"))
                    .unwrap_or_else(|| key.clone());
                let slug = slugs.fresh(&name, "api");
                made.upstreams.push(upstream_from(
                    &slug,
                    &name,
                    upstream,
                    &route.place,
                    &mut report,
                ));
                groups.push((
                    key,
                    Group {
                        api: made.apis.len(),
                        upstream: Some(slug.clone()),
                        wanted,
                    },
                ));
                made.apis.push(parts::api(&slug, &name));
            }
        }
    }
    let groups = groups.into_iter().map(|(_, group)| group).collect();
    for (api, version) in placement::versions(groups, &mut report) {
        made.apis[api].versions.push(version);
    }
    made.apis.retain(|api| !api.versions.is_empty());
    let told = consumers(&dump, &mut made, &mut report);
    Ok(Converted {
        declaration: made,
        report,
        secrets: told,
    })
}

/// The upstream of a route with a key that is the same for the same one.
fn upstream_of<'v>(
    dump: &Dump<'v>,
    route: &Item<'v>,
    service: Option<&Item<'v>>,
) -> Option<(String, &'v Value)> {
    for owner in [Some(route), service].into_iter().flatten() {
        if let Some(own) = owner.value.get("upstream").filter(|it| it.is_object()) {
            return Some((owner.place.clone(), own));
        }
        if let Some(item) = dump.referred(owner.value, "upstream_id", "upstreams") {
            // routes of one service stay together even where several services share an upstream
            let key = service.map_or(&item.place, |service| &service.place);
            return Some((key.clone(), item.value));
        }
    }
    None
}

fn wanted(
    route: &Item<'_>,
    service: Option<&Item<'_>>,
    plugins: &Plugins,
    report: &mut Report,
) -> Vec<Wanted> {
    let value = route.value;
    let mut hosts = texts(value, "hosts");
    hosts.extend(text(value, "host"));
    if hosts.is_empty() {
        hosts = service.map_or_else(Vec::new, |service| texts(service.value, "hosts"));
    }
    let mut settings = Map::new();
    settings.insert("access".to_owned(), json!(plugins.access()));
    if let Some(rewrite) = &plugins.rewrite {
        settings.insert("rewrite".to_owned(), json!(rewrite));
    }
    conditions(route, &mut settings, report);
    if !texts(value, "remote_addrs").is_empty() || text(value, "remote_addr").is_some() {
        report.left_out(
            &route.place,
            "routes are not chosen by the caller's address; use `ip_restriction`",
        );
    }
    if text(value, "filter_func").is_some() || text(value, "script").is_some() {
        report.left_out(&route.place, "its Lua does not move");
    }
    let mut uris = texts(value, "uris");
    uris.extend(text(value, "uri"));
    uris.into_iter()
        .map(|uri| Wanted {
            place: route.place.clone(),
            name: text(value, "name"),
            hosts: hosts.clone(),
            methods: texts(value, "methods"),
            rule: rule(&uri),
            strip: false,
            priority: number(value, "priority").unwrap_or(0),
            enabled: number(value, "status").unwrap_or(1) == 1,
            settings: settings.clone(),
            policies: plugins.policies.clone(),
        })
        .collect()
}

/// `/a` is exact, `/a/*` everything below, `/a/:id` and `/a/*rest` templates of the router with parameters.
fn rule(uri: &str) -> Rule {
    if let Some(prefix) = uri.strip_suffix('*')
        && !prefix.contains(':')
    {
        return Rule::Prefix(prefix.trim_end_matches('/').to_owned());
    }
    if !uri.contains([':', '*']) {
        return Rule::Exact(uri.to_owned());
    }
    let segments = uri.split('/').map(|segment| {
        if let Some(name) = segment.strip_prefix(':') {
            format!("{{{}}}", name.replace('-', "_"))
        } else if let Some(name) = segment.strip_prefix('*') {
            format!("{{{}*}}", if name.is_empty() { "rest" } else { name })
        } else {
            segment.to_owned()
        }
    });
    Rule::Template(segments.collect::<Vec<_>>().join("/"))
}

/// `vars`: `[["arg_name", "==", "json"]]`.
fn conditions(route: &Item<'_>, settings: &mut Map<String, Value>, report: &mut Report) {
    let (mut headers, mut query) = (Vec::new(), Vec::new());
    let vars = route.value.get("vars").and_then(Value::as_array);
    for var in vars.into_iter().flatten() {
        let part = |index: usize| var.get(index).and_then(Value::as_str).unwrap_or_default();
        let wanted = match var.get(2) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let test = match part(1) {
            "==" => json!({ "equals": wanted }),
            "~~" => json!({ "regex": format!(".*(?:{wanted}).*") }),
            "~*" => json!({ "regex": format!("(?i).*(?:{wanted}).*") }),
            _ => Value::Null,
        };
        let name = part(0);
        if let Some(header) = name.strip_prefix("http_").filter(|_| !test.is_null()) {
            headers.push(json!({ "name": header.replace('_', "-"), "value": test }));
        } else if let Some(parameter) = name.strip_prefix("arg_").filter(|_| !test.is_null()) {
            query.push(json!({ "name": parameter, "value": test }));
        } else {
            let note =
                format!("the condition {var} has no counterpart: the route answers without it");
            report.left_out(&route.place, note);
        }
    }
    for (name, list) in [("headers", headers), ("query", query)] {
        if !list.is_empty() {
            settings.insert(name.to_owned(), json!(list));
        }
    }
}

fn upstream_from(
    slug: &str,
    name: &str,
    value: &Value,
    place: &str,
    report: &mut Report,
) -> Upstream {
    let mut upstream = parts::upstream(slug, name);
    let scheme = text(value, "scheme").unwrap_or_else(|| "http".to_owned());
    let (scheme, is_grpc) = match scheme.as_str() {
        "https" => ("https", false),
        "grpc" => ("http", true),
        "grpcs" => ("https", true),
        _ => ("http", false),
    };
    let mut add = |authority: String, weight: i64| {
        upstream
            .targets
            .push(parts::target(format!("{scheme}://{authority}"), weight));
    };
    match value.get("nodes") {
        Some(Value::Object(nodes)) => {
            for (authority, weight) in nodes {
                add(authority.clone(), weight.as_i64().unwrap_or(1));
            }
        }
        Some(Value::Array(nodes)) => {
            for node in nodes {
                let host = text(node, "host").unwrap_or_default();
                let authority = match number(node, "port") {
                    Some(port) => format!("{host}:{port}"),
                    None => host,
                };
                add(authority, number(node, "weight").unwrap_or(1));
            }
        }
        _ => report.left_out(
            place,
            "finds its targets by discovery: name them in `targets`",
        ),
    }
    let settings = &mut upstream.settings;
    if is_grpc {
        settings.insert("protocol".to_owned(), json!("http2"));
    }
    if let Some(timeout) = members(value, "timeout") {
        let milliseconds = |name: &str| {
            let seconds = timeout.get(name)?.as_f64()?;
            Some((seconds * 1_000.0).clamp(1.0, 4e9) as u64)
        };
        for (theirs, ours) in [
            ("connect", "connect_timeout_ms"),
            ("read", "first_byte_timeout_ms"),
        ] {
            if let Some(value) = milliseconds(theirs) {
                settings.insert(ours.to_owned(), json!(value));
            }
        }
    }
    if let Some(retries) = number(value, "retries") {
        settings.insert("retries".to_owned(), json!(retries.clamp(0, 10)));
    }
    match text(value, "pass_host").as_deref() {
        Some("node") => {}
        Some("rewrite") => {
            if let Some(host) = text(value, "upstream_host") {
                settings.insert("host".to_owned(), json!({ "fixed": host }));
            }
        }
        // APISIX hands the caller's host on unless told otherwise
        _ => {
            settings.insert("host".to_owned(), json!("preserve"));
        }
    }
    let key = text(value, "key").unwrap_or_default();
    let balancing = match text(value, "type").as_deref() {
        Some("least_conn") => Some(json!("least_connections")),
        Some("ewma") => Some(json!("latency")),
        Some("chash") => {
            Some(match (text(value, "hash_on").as_deref(), key.as_str()) {
                (Some("header"), name) => {
                    json!({ "consistent_hash": { "header": name.trim_start_matches("http_").replace('_', "-") } })
                }
                (Some("cookie"), name) => json!({ "consistent_hash": { "cookie": name } }),
                (Some("consumer"), _) => json!({ "consistent_hash": "application" }),
                (_, "remote_addr") => json!({ "consistent_hash": "ip" }),
                (_, other) => {
                    report.approximated(place, format!("hashing on `{other}` is not possible here; the caller's address is hashed"));
                    json!({ "consistent_hash": "ip" })
                }
            })
        }
        _ => None,
    };
    if let Some(balancing) = balancing {
        settings.insert("balancing".to_owned(), balancing);
    }
    if let Some(active) = value.pointer("/checks/active") {
        let path = text(active, "http_path").unwrap_or_else(|| "/".to_owned());
        let probe = match text(active, "type").as_deref() {
            Some("tcp") => json!("tcp"),
            _ => json!({ "http": { "path": path } }),
        };
        let seconds = active
            .pointer("/healthy/interval")
            .and_then(Value::as_u64)
            .unwrap_or(1);
        let health = json!({ "active": { "probe": probe, "interval_ms": (seconds * 1_000).clamp(500, 600_000) } });
        settings.insert("health".to_owned(), health);
    }
    if scheme == "https"
        && !flag(value.get("tls").unwrap_or(&Value::Null), "verify").unwrap_or(false)
    {
        report.approximated(place, "the upstream's certificate is verified from now on; set `settings.tls.verify` to false where it cannot be");
    }
    upstream
}

/// Consumers with the credentials that stand in their plugins.
fn consumers(
    dump: &Dump<'_>,
    made: &mut declaration::Declaration,
    report: &mut Report,
) -> Vec<(String, String)> {
    let mut told = Vec::new();
    let mut taken = HashSet::new();
    for consumer in dump.list("consumers") {
        let Some(name) = text(consumer.value, "username").filter(|name| taken.insert(name.clone()))
        else {
            report.left_out(&consumer.place, "has no `username` of its own");
            continue;
        };
        let mut application = parts::application(&name);
        application.description = text(consumer.value, "desc").unwrap_or_default();
        let mut sources = vec![consumer.value];
        let credentials: Vec<Item<'_>> = dump
            .list("credentials")
            .filter(|item| {
                item.place.contains(&format!("consumers/{name}/"))
                    || text(item.value, "consumer").as_deref() == Some(&name)
            })
            .collect();
        sources.extend(credentials.iter().map(|item| item.value));
        for source in sources {
            for (kind, config) in members(source, "plugins").into_iter().flatten() {
                match kind.as_str() {
                    "key-auth" => application
                        .credentials
                        .extend(text(config, "key").map(|key| secrets::key(&key, "from APISIX"))),
                    "basic-auth" => {
                        if let (Some(name), Some(password)) =
                            (text(config, "username"), text(config, "password"))
                        {
                            application.credentials.push(secrets::basic(
                                &name,
                                &password,
                                "from APISIX",
                            ));
                        }
                    }
                    "hmac-auth" => {
                        let id = text(config, "key_id").or_else(|| text(config, "access_key"));
                        if let (Some(id), Some(secret)) = (id, text(config, "secret_key")) {
                            let (credential, variable) =
                                secrets::signing(&id, &secret, "from APISIX");
                            application.credentials.push(credential);
                            told.extend(variable);
                            report.approximated(
                                &consumer.place,
                                "requests are signed after RFC 9421 here, which callers must learn",
                            );
                        }
                    }
                    "jwt-auth" => report.left_out(
                        &consumer.place,
                        "its JWT key: name issuer and keys in a `jwt` policy",
                    ),
                    _ => {}
                }
            }
        }
        let found = Plugins::of_caller(consumer.value, &consumer.place, report);
        application.policies = found.policies;
        if text(consumer.value, "group_id").is_some() {
            report.left_out(&consumer.place, "its group: make it a plan of a product");
        }
        let count = application.credentials.len();
        report.taken(
            &consumer.place,
            format!("application with {count} credentials"),
        );
        made.applications.push(application);
    }
    if !made.applications.is_empty() {
        made.defaults.owner = Some("${APPLICATIONS_OWNER}".to_owned());
    }
    told
}
