//! Services with their upstreams and targets: each becomes an upstream of its own.

use declaration::Upstream;
use serde_json::{Map, Value, json};

use super::file::{File, Kind, NO_SERVICE};
use super::{Entity, Work};
use crate::parts;
use crate::source::{flag, has_reference, members, number, text, texts};

/// A service.
pub(super) struct Service<'v> {
    pub(super) entity: Entity<'v>,
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) tags: Vec<String>,
    pub(super) enabled: bool,
    /// Where it leads; nowhere for routes without a service.
    pub(super) upstream: Option<Upstream>,
}

pub(super) fn services<'v>(file: &File<'v>, work: &mut Work) -> Vec<Service<'v>> {
    let mut services = Vec::new();
    for entity in file.of_kind(Kind::Service) {
        if entity.names.iter().any(|name| name == NO_SERVICE) {
            services.push(Service {
                entity: entity.clone(),
                slug: work.slugs.fresh("no-service", "service"),
                name: "Routes without a service".to_owned(),
                tags: Vec::new(),
                enabled: true,
                upstream: None,
            });
            continue;
        }
        let Some(address) = Address::of(entity, work) else {
            continue;
        };
        let name = match entity.name().starts_with('@') {
            true => address.host.clone(),
            false => entity.name().to_owned(),
        };
        let slug = work.slugs.fresh(&name, "service");
        let mut upstream = parts::upstream(&slug, &name);
        let balanced = file
            .of_kind(Kind::Upstream)
            .find(|upstream| upstream.names.contains(&address.host));
        match balanced {
            Some(other) => {
                for target in file.owned(Kind::Target, other) {
                    let authority = text(target.value, "target").unwrap_or_default();
                    let authority = match authority.rsplit_once(':') {
                        Some((_, port)) if port.parse::<u16>().is_ok() => authority,
                        // what stands in a variable may have its port in it
                        _ if has_reference(&authority) => authority,
                        _ => format!("{authority}:8000"),
                    };
                    let weight = number(target.value, "weight").unwrap_or(100);
                    let url = format!("{}://{authority}{}", address.scheme, address.path);
                    upstream.targets.push(parts::target(url, weight));
                }
                balancing(other, &mut upstream.settings, work);
            }
            None => upstream.targets.push(parts::target(address.url(), 100)),
        }
        timeouts(entity.value, &mut upstream.settings);
        tls(entity, &address, &mut upstream.settings, work);
        host(file, entity, balanced, &mut upstream.settings, work);
        if address.is_grpc {
            upstream
                .settings
                .insert("protocol".to_owned(), json!("http2"));
        }
        let tags: Vec<String> = texts(entity.value, "tags").into_iter().take(10).collect();
        let count = upstream.targets.len();
        work.report.taken(
            &entity.place,
            format!("API and upstream `{slug}` with {count} targets"),
        );
        services.push(Service {
            entity: entity.clone(),
            slug,
            name,
            tags,
            enabled: flag(entity.value, "enabled").unwrap_or(true),
            upstream: Some(upstream),
        });
    }
    let unused = |upstream: &&Entity<'_>| {
        !services.iter().any(|service| {
            Address::parts(service.entity.value).is_some_and(|it| upstream.names.contains(&it.1))
        })
    };
    for upstream in file.of_kind(Kind::Upstream).filter(unused) {
        work.report
            .left_out(&upstream.place, "no service sends anything there");
    }
    services
}

struct Address {
    scheme: &'static str,
    host: String,
    port: i64,
    path: String,
    is_grpc: bool,
}

impl Address {
    fn of(entity: &Entity<'_>, work: &mut Work) -> Option<Self> {
        let Some((protocol, host, port, path)) = Self::parts(entity.value) else {
            work.report
                .left_out(&entity.place, "it has neither `url` nor `host`");
            return None;
        };
        let (scheme, usual) = match protocol.as_str() {
            "http" | "ws" | "grpc" => ("http", 80),
            "https" | "wss" | "grpcs" => ("https", 443),
            other => {
                let note = format!("`{other}` is not HTTP; this gateway carries HTTP only");
                work.report.left_out(&entity.place, note);
                return None;
            }
        };
        Some(Self {
            scheme,
            host,
            port: port.unwrap_or(usual),
            path: path.trim_end_matches('/').to_owned(),
            is_grpc: protocol.starts_with("grpc"),
        })
    }

    /// Protocol, host, port and path of a service.
    fn parts(value: &Value) -> Option<(String, String, Option<i64>, String)> {
        if let Some(url) = text(value, "url") {
            let (scheme, rest) = url.split_once("://")?;
            let (authority, path) = match rest.find('/') {
                Some(at) => rest.split_at(at),
                None => (rest, ""),
            };
            let (host, port) = match authority.rsplit_once(':') {
                // not the colons of an address of IPv6 in brackets
                Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
                _ => (authority, None),
            };
            return Some((
                scheme.to_lowercase(),
                host.to_owned(),
                port,
                path.to_owned(),
            ));
        }
        let protocol = text(value, "protocol").unwrap_or_else(|| "http".to_owned());
        // Kong's own default port is 80 for every protocol; decK writes it out
        let port = number(value, "port");
        let path = text(value, "path").unwrap_or_default();
        Some((protocol, text(value, "host")?, port, path))
    }

    fn url(&self) -> String {
        let usual = if self.scheme == "https" { 443 } else { 80 };
        let host = &self.host;
        match self.port == usual {
            true => format!("{}://{host}{}", self.scheme, self.path),
            false => format!("{}://{host}:{}{}", self.scheme, self.port, self.path),
        }
    }
}

fn timeouts(service: &Value, settings: &mut Map<String, Value>) {
    let milliseconds = |name: &str| {
        number(service, name).filter(|value| (1..=i64::from(u32::MAX)).contains(value))
    };
    if let Some(connect) = milliseconds("connect_timeout") {
        settings.insert("connect_timeout_ms".to_owned(), json!(connect));
    }
    if let Some(read) = milliseconds("read_timeout") {
        settings.insert("first_byte_timeout_ms".to_owned(), json!(read));
        settings.insert("idle_timeout_ms".to_owned(), json!(read));
    }
    if let Some(retries) = number(service, "retries") {
        settings.insert("retries".to_owned(), json!(retries.clamp(0, 10)));
    }
}

fn tls(entity: &Entity<'_>, address: &Address, settings: &mut Map<String, Value>, work: &mut Work) {
    if entity
        .value
        .get("client_certificate")
        .is_some_and(|it| !it.is_null())
    {
        let note = "give the client certificate in `certificates` and name it in `settings.tls.client_certificate`";
        work.report
            .left_out(&format!("{}.client_certificate", entity.place), note);
    }
    if address.scheme != "https" {
        return;
    }
    match flag(entity.value, "tls_verify") {
        Some(false) => {
            settings.insert("tls".to_owned(), json!({ "verify": false }));
        }
        Some(true) => {}
        None => work.report.approximated(
            &entity.place,
            "the upstream's certificate is verified from now on; Kong does not unless told to. Set `settings.tls.verify` to \
             false where it cannot be",
        ),
    }
}

/// Which `Host` the upstream sees: a matter of routes there, of the upstream here.
fn host(
    file: &File<'_>,
    service: &Entity<'_>,
    balanced: Option<&Entity<'_>>,
    settings: &mut Map<String, Value>,
    work: &mut Work,
) {
    let choices: Vec<bool> = file
        .owned(Kind::Route, service)
        .map(|route| flag(route.value, "preserve_host").unwrap_or(false))
        .collect();
    let preserve = choices.iter().filter(|choice| **choice).count();
    if preserve > 0 && preserve < choices.len() {
        work.report.approximated(
            &service.place,
            "some of its routes keep the caller's `Host` and some do not; here all of an upstream's do. All keep it now",
        );
    }
    let fixed = balanced.and_then(|upstream| text(upstream.value, "host_header"));
    if preserve > 0 {
        settings.insert("host".to_owned(), json!("preserve"));
    } else if let Some(host) = fixed {
        settings.insert("host".to_owned(), json!({ "fixed": host }));
    }
}

fn balancing(upstream: &Entity<'_>, settings: &mut Map<String, Value>, work: &mut Work) {
    let value = upstream.value;
    let algorithm = text(value, "algorithm").unwrap_or_else(|| "round-robin".to_owned());
    let hash_on = text(value, "hash_on").unwrap_or_else(|| "none".to_owned());
    let named = |name: &str| text(value, name).unwrap_or_default();
    let balancing = match (algorithm.as_str(), hash_on.as_str()) {
        ("least-connections", _) => Some(json!("least_connections")),
        ("latency", _) => Some(json!("latency")),
        (_, "header") => Some(json!({ "consistent_hash": { "header": named("hash_on_header") } })),
        (_, "cookie") => Some(json!({ "consistent_hash": { "cookie": named("hash_on_cookie") } })),
        (_, "ip") => Some(json!({ "consistent_hash": "ip" })),
        (_, "consumer") => Some(json!({ "consistent_hash": "application" })),
        ("consistent-hashing", other) => {
            let note = format!(
                "hashing on `{other}` is not possible here; the caller's address is hashed"
            );
            work.report.approximated(&upstream.place, note);
            Some(json!({ "consistent_hash": "ip" }))
        }
        _ => None,
    };
    if let Some(balancing) = balancing {
        settings.insert("balancing".to_owned(), balancing);
    }
    if let Some(health) = members(value, "healthchecks") {
        let health = Value::Object(health.clone());
        if let Some(health) = health_checks(&health) {
            settings.insert("health".to_owned(), health);
        }
    }
    work.report
        .taken(&upstream.place, "balancing and health checks");
}

fn health_checks(checks: &Value) -> Option<Value> {
    let nothing = Value::Null;
    let part = |of: &Value, name: &str| of.get(name).cloned().unwrap_or(Value::Null);
    let (active, passive) = (part(checks, "active"), part(checks, "passive"));
    let (good, bad) = (part(&active, "healthy"), part(&active, "unhealthy"));
    let seconds = |of: &Value, name: &str| of.get(name).and_then(Value::as_f64).unwrap_or(0.0);
    let interval = [seconds(&good, "interval"), seconds(&bad, "interval")]
        .into_iter()
        .filter(|interval| *interval > 0.0)
        .fold(f64::INFINITY, f64::min);
    let mut health = Map::new();
    let most = |of: &Value, names: &[&str]| {
        let counts = names.iter().filter_map(|name| number(of, name));
        counts.filter(|count| *count > 0).min()
    };
    if interval.is_finite() {
        let statuses: Vec<String> = texts(&good, "http_statuses");
        let path = text(&active, "http_path").unwrap_or_else(|| "/".to_owned());
        let probe = match text(&active, "type").as_deref() {
            Some("tcp") => json!("tcp"),
            Some("grpc" | "grpcs") => json!({ "grpc": {} }),
            _ if statuses.is_empty() => json!({ "http": { "path": path } }),
            _ => json!({ "http": { "path": path, "statuses": statuses } }),
        };
        let timeout = seconds(&active, "timeout");
        let milliseconds = |seconds: f64| (seconds * 1_000.0).clamp(100.0, 600_000.0) as u64;
        health.insert(
            "active".to_owned(),
            json!({
                "probe": probe,
                "interval_ms": milliseconds(interval).max(500),
                "timeout_ms": milliseconds(if timeout > 0.0 { timeout } else { 1.0 }),
                "healthy_after": most(&good, &["successes"]).unwrap_or(2).min(100),
                "unhealthy_after": most(&bad, &["http_failures", "tcp_failures", "timeouts"]).unwrap_or(2).min(100),
            }),
        );
    }
    let failing = passive.get("unhealthy").unwrap_or(&nothing);
    if let Some(failures) = most(failing, &["http_failures", "tcp_failures", "timeouts"]) {
        let mut passive = json!({ "consecutive_failures": failures });
        let statuses = texts(failing, "http_statuses");
        if !statuses.is_empty() {
            passive["failure_statuses"] = json!(statuses);
        }
        health.insert("passive".to_owned(), passive);
    }
    (!health.is_empty()).then_some(Value::Object(health))
}
