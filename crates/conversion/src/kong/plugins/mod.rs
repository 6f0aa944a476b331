//! Plugins, each to the policies that do the same.

mod asking;
mod limits;
mod shape;
mod standing;
mod traffic;

pub(super) use standing::Standing;

use declaration::Policy;
use serde_json::{Value, json};

use super::auth::acl;
use super::file::{File, Kind};
use super::{Entity, Work, has_kind};
use crate::policy::checked;
use crate::report::Report;
use crate::source::{text, texts};

/// What a plugin holds for.
pub(super) enum Scoped<'e, 'v> {
    Global,
    Service(&'e Entity<'v>),
    Route(&'e Entity<'v>),
    Consumer(&'e Entity<'v>),
    Group(&'e Entity<'v>),
}

/// What a plugin became.
#[derive(Debug, Default)]
struct Made {
    policies: Vec<(&'static str, Value)>,
    /// What is a little different.
    notes: Vec<String>,
}

impl Made {
    fn one(kind: &'static str, config: Value) -> Self {
        Self {
            policies: vec![(kind, config)],
            notes: Vec::new(),
        }
    }

    fn note(mut self, when: bool, note: &str) -> Self {
        if when {
            self.notes.push(note.to_owned());
        }
        self
    }
}

/// What a plugin is asked with.
struct Around {
    /// Whether callers of its scope are known.
    callers_are_known: bool,
}

type Convert = fn(&Value, &Around) -> Result<Made, String>;

/// Plugins that have a policy here.
const TABLE: &[(&str, Convert)] = &[
    ("key-auth", asking::key_auth),
    ("key-auth-enc", asking::key_auth),
    ("basic-auth", asking::basic_auth),
    ("hmac-auth", asking::hmac_auth),
    ("jwt", asking::jwt),
    ("openid-connect", asking::openid_connect),
    ("oauth2-introspection", asking::introspection),
    ("mtls-auth", asking::mtls_auth),
    ("ip-restriction", traffic::ip_restriction),
    ("bot-detection", traffic::bot_detection),
    ("opa", traffic::opa),
    ("rate-limiting", limits::rate_limiting),
    ("rate-limiting-advanced", limits::rate_limiting_advanced),
    ("response-ratelimiting", limits::response_ratelimiting),
    ("request-size-limiting", limits::request_size_limiting),
    ("request-transformer", shape::request_transformer),
    ("request-transformer-advanced", shape::request_transformer),
    ("response-transformer", shape::response_transformer),
    ("response-transformer-advanced", shape::response_transformer),
    ("cors", traffic::cors),
    ("request-termination", traffic::request_termination),
    ("redirect", traffic::redirect),
    ("correlation-id", traffic::correlation_id),
    ("proxy-cache", traffic::proxy_cache),
    ("proxy-cache-advanced", traffic::proxy_cache),
    ("mocking", traffic::mocking),
];

/// Plugins that have no policy here, and what to do instead.
const WITHOUT: &[(&str, &str)] = &[
    (
        "prometheus",
        "metrics are at `/metrics` of the status listener without a plugin",
    ),
    (
        "opentelemetry",
        "traces are a setting of the gateway: `telemetry`",
    ),
    ("zipkin", "traces are a setting of the gateway: `telemetry`"),
    ("datadog", "read the metrics of the status listener"),
    ("statsd", "read the metrics of the status listener"),
    (
        "file-log",
        "requests are logged by the gateway; see its settings",
    ),
    (
        "http-log",
        "requests are logged by the gateway; see its settings",
    ),
    (
        "tcp-log",
        "requests are logged by the gateway; see its settings",
    ),
    (
        "udp-log",
        "requests are logged by the gateway; see its settings",
    ),
    (
        "syslog",
        "requests are logged by the gateway; see its settings",
    ),
    (
        "loggly",
        "requests are logged by the gateway; see its settings",
    ),
    ("acme", "certificates by ACME are a setting of the gateway"),
    (
        "oauth2",
        "tokens that Kong issues end with it; make OAuth clients of the applications",
    ),
    (
        "ldap-auth",
        "there is no LDAP here; put an issuer of tokens before it and use `jwt`",
    ),
    (
        "ldap-auth-advanced",
        "there is no LDAP here; put an issuer of tokens before it and use `jwt`",
    ),
    ("session", "use an issuer of tokens and `jwt`"),
    (
        "pre-function",
        "code does not move; see `request_transform` and `forward_auth`",
    ),
    (
        "post-function",
        "code does not move; see `response_transform`",
    ),
    (
        "aws-lambda",
        "name the function's URL as an upstream with `upstream_auth` (AWS SigV4)",
    ),
    ("canary", "use `traffic_split`"),
    (
        "request-validator",
        "import the API's OpenAPI document and use `request_validator`",
    ),
    ("grpc-web", "there is no translation of gRPC"),
    ("grpc-gateway", "there is no translation of gRPC"),
];

/// The policies of a scope, in the order of the file.
pub(super) fn policies(file: &File<'_>, scoped: &Scoped<'_, '_>, work: &mut Work) -> Vec<Policy> {
    let standing = |scope: Option<&Entity<'_>>| {
        let plugins = file.standing.at(scope).iter();
        plugins.map(|index| &file.entities[*index]).collect()
    };
    let plugins: Vec<&Entity<'_>> = match scoped {
        Scoped::Global => standing(None),
        Scoped::Service(scope) | Scoped::Route(scope) => standing(Some(*scope)),
        Scoped::Consumer(caller) | Scoped::Group(caller) => {
            file.owned(Kind::Plugin, caller).collect()
        }
    };
    let mut made: Vec<Policy> = Vec::new();
    for plugin in plugins {
        // one that stands at many scopes is told of once
        let mut aside = Report::default();
        let is_told = !work.told.insert(plugin.place.clone());
        if is_told {
            std::mem::swap(&mut work.report, &mut aside);
        }
        let found = convert(file, plugin, scoped, work);
        for note in differences(file, plugin, scoped) {
            work.report.approximated(&plugin.place, note);
        }
        for policy in found {
            if has_kind(&made, &policy.kind) && policy.kind != "rate_limit" {
                let note = format!("a second `{}` of the same scope", policy.kind);
                work.report.approximated(&plugin.place, note);
            }
            made.push(policy);
        }
        if is_told {
            std::mem::swap(&mut work.report, &mut aside);
        }
    }
    made
}

/// What is different because of where a plugin stands.
fn differences(file: &File<'_>, plugin: &Entity<'_>, scoped: &Scoped<'_, '_>) -> Vec<String> {
    let mut notes = Vec::new();
    if matches!(scoped, Scoped::Consumer(_) | Scoped::Group(_)) {
        if plugin.has_owner(Kind::Service) || plugin.has_owner(Kind::Route) {
            let note = "holds for this caller on one service or route there; here it holds for all that the caller calls";
            notes.push(note.to_owned());
        }
        let is_wider = |other: &&Entity<'_>| {
            let by_caller = other.has_owner(Kind::Consumer) || other.has_owner(Kind::Group);
            other.name() == plugin.name() && !by_caller && standing::is_on(other)
        };
        let wider = file.of_kind(Kind::Plugin).filter(is_wider);
        let wider: Vec<&str> = wider.map(|other| other.place.as_str()).collect();
        if !wider.is_empty() {
            notes.push(format!(
                "takes the place of {} for this caller there; here both hold",
                wider.join(", ")
            ));
        }
    } else if let Some(scopes) = file.standing.moved(&plugin.place)
        && plugin.name().contains("limiting")
        && plugin.name() != "request-size-limiting"
    {
        notes.push(format!(
            "narrower ones take its place in part: it stands at the {scopes} scopes that are left, each with counters of its own"
        ));
    }
    notes
}

/// Tells of plugins that narrower ones take the place of everywhere.
pub(super) fn unused(file: &File<'_>, report: &mut Report) {
    for plugin in file.of_kind(Kind::Plugin) {
        if file.standing.moved(&plugin.place) == Some(0) {
            let note = "narrower ones take its place everywhere: it was never in force";
            report.left_out(&plugin.place, note);
        }
    }
}

fn holds(plugin: &Entity<'_>, scoped: &Scoped<'_, '_>) -> bool {
    let has = |kind| plugin.has_owner(kind);
    let by_caller = has(Kind::Consumer) || has(Kind::Group);
    match scoped {
        Scoped::Global => !by_caller && !has(Kind::Service) && !has(Kind::Route),
        Scoped::Service(service) => !by_caller && !has(Kind::Route) && plugin.is_of(service),
        Scoped::Route(route) => !by_caller && plugin.is_of(route),
        Scoped::Consumer(consumer) => plugin.is_of(consumer),
        Scoped::Group(group) => plugin.is_of(group),
    }
}

/// The plugin of a name that is in force at a route: the narrowest.
pub(super) fn effective<'e, 'v>(
    file: &'e File<'v>,
    service: &Entity<'_>,
    route: &Entity<'_>,
    name: &str,
) -> Option<&'e Entity<'v>> {
    [
        Scoped::Route(route),
        Scoped::Service(service),
        Scoped::Global,
    ]
    .iter()
    .find_map(|scoped| {
        file.of_kind(Kind::Plugin).find(|plugin| {
            standing::is_on(plugin) && plugin.name() == name && holds(plugin, scoped)
        })
    })
}

fn convert(
    file: &File<'_>,
    plugin: &Entity<'_>,
    scoped: &Scoped<'_, '_>,
    work: &mut Work,
) -> Vec<Policy> {
    let nothing = json!({});
    let mut config = plugin.value.get("config").unwrap_or(&nothing).clone();
    if let Some(shared) = text(plugin.value, "_config")
        && let Some(base) = file
            .root
            .get("_plugin_configs")
            .and_then(|all| all.get(&shared))
    {
        let mut merged = base.clone();
        if let (Some(into), Value::Object(own)) = (merged.as_object_mut(), config) {
            into.extend(own);
        }
        config = merged;
    }
    let name = plugin.name();
    if name == "acl" {
        return access_list(file, plugin, &config, work);
    }
    let Some((_, convert)) = TABLE.iter().find(|(known, _)| *known == name) else {
        let why = WITHOUT.iter().find(|(known, _)| *known == name);
        let why = why.map_or("there is no policy like it here", |(_, why)| why);
        work.report.left_out(&plugin.place, why);
        return Vec::new();
    };
    let around = Around {
        callers_are_known: callers_are_known(file, scoped),
    };
    let made = match convert(&config, &around) {
        Ok(made) => made,
        Err(why) => {
            work.report.left_out(&plugin.place, why);
            return Vec::new();
        }
    };
    let mut policies = Vec::new();
    for (kind, config) in made.policies {
        match checked(kind, config) {
            Ok(mut policy) => {
                policy.enabled = standing::is_on(plugin);
                policy.name = text(plugin.value, "instance_name").unwrap_or_default();
                policies.push(policy);
            }
            Err(why) => work.report.left_out(&plugin.place, why),
        }
    }
    let kinds: Vec<&str> = policies.iter().map(|policy| policy.kind.as_str()).collect();
    if made.notes.is_empty() && !kinds.is_empty() {
        work.report
            .taken(&plugin.place, format!("`{}`", kinds.join("`, `")));
    }
    for note in made.notes {
        work.report.approximated(&plugin.place, note);
    }
    policies
}

/// Groups become products that the callers in them are subscribed to.
fn access_list(
    file: &File<'_>,
    plugin: &Entity<'_>,
    config: &Value,
    work: &mut Work,
) -> Vec<Policy> {
    let both = |today: &str, before: &str| {
        let mut groups = texts(config, today);
        groups.extend(texts(config, before));
        groups
    };
    let (allow, deny) = (both("allow", "whitelist"), both("deny", "blacklist"));
    if allow.is_empty() && deny.is_empty() {
        let note = "neither allows nor denies a group";
        work.report.left_out(&plugin.place, note);
        return Vec::new();
    }
    work.report
        .taken(&plugin.place, "`acl` on products that stand for the groups");
    let mut policy = acl(file, &allow, &deny);
    policy.enabled = standing::is_on(plugin);
    vec![policy]
}

fn callers_are_known(file: &File<'_>, scoped: &Scoped<'_, '_>) -> bool {
    let asks = |plugin: &Entity<'_>| {
        let kinds = [
            "key-auth",
            "key-auth-enc",
            "basic-auth",
            "hmac-auth",
            "jwt",
            "openid-connect",
            "oauth2-introspection",
            "mtls-auth",
        ];
        kinds.contains(&plugin.name()) && standing::is_on(plugin)
    };
    let at = |scoped: &Scoped<'_, '_>| {
        file.of_kind(Kind::Plugin)
            .any(|plugin| asks(plugin) && holds(plugin, scoped))
    };
    if at(&Scoped::Global) {
        return true;
    }
    match scoped {
        Scoped::Consumer(_) | Scoped::Group(_) => true,
        Scoped::Global => file.of_kind(Kind::Plugin).any(asks),
        Scoped::Service(_) => at(scoped),
        Scoped::Route(route) => {
            let services = file
                .of_kind(Kind::Service)
                .filter(|service| route.is_of(service));
            at(scoped)
                || services
                    .into_iter()
                    .any(|service| at(&Scoped::Service(service)))
        }
    }
}
