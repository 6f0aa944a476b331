//! Routes: each path of one becomes a route here.

use serde_json::{Map, Value, json};

use super::auth::{self, Gate};
use super::file::{File, Kind};
use super::plugins::{self, Scoped};
use super::services::Service;
use super::{Entity, Work};
use crate::placement::{Rule, Wanted};
use crate::source::{flag, members, number, text, texts};

/// Routes with expressions come before all others there.
const EXPRESSION: i64 = 1_000;
/// What one more sort of condition is worth there, before the path is looked at.
const SORT: i64 = 10_000;

/// The routes of a service, with what callers need for each.
pub(super) fn of_service(
    file: &File<'_>,
    service: &Service<'_>,
    api: usize,
    gates: &mut Vec<Gate>,
    work: &mut Work,
) -> Vec<Wanted> {
    let least = file
        .of_kind(Kind::Route)
        .map(|route| sorts(route.value))
        .min()
        .unwrap_or(0);
    let mut all = Vec::new();
    for route in file.owned(Kind::Route, &service.entity) {
        if text(route.value, "expression").is_some() {
            let note =
                "a route by `expression` must be written anew with `path`, `methods` and `headers`";
            work.report.left_out(&route.place, note);
            continue;
        }
        warnings(route, work);
        let mut gate = auth::gate(file, &service.entity, route, work);
        let mut settings = Map::new();
        settings.insert("access".to_owned(), json!(gate.access()));
        if gate.all {
            settings.insert("authentication".to_owned(), json!("all"));
        }
        let conditions = conditions(route, work);
        if !conditions.is_empty() {
            settings.insert("headers".to_owned(), json!(conditions));
        }
        let policies = plugins::policies(file, &Scoped::Route(route), work);
        let base = Wanted {
            place: route.place.clone(),
            name: Some(route.name())
                .filter(|name| !name.starts_with('@'))
                .map(str::to_owned),
            hosts: hosts(route, work),
            methods: texts(route.value, "methods"),
            rule: Rule::Prefix("/".to_owned()),
            strip: flag(route.value, "strip_path").unwrap_or(true),
            priority: SORT * (sorts(route.value) - least),
            enabled: service.enabled,
            settings,
            policies,
        };
        let paths = match texts(route.value, "paths") {
            paths if paths.is_empty() => vec!["/".to_owned()],
            paths => paths,
        };
        let mut made = 0;
        for path in paths {
            let Some(rule) = rule(file, route, &path, work) else {
                continue;
            };
            let mut one = base.clone();
            if matches!(rule, Rule::Regex(_)) {
                let own = number(route.value, "regex_priority").unwrap_or(0);
                one.priority += EXPRESSION + own.clamp(-999, 8_000);
            }
            one.rule = rule;
            all.push(one);
            made += 1;
        }
        if made > 0 {
            let who = gate.access();
            work.report
                .taken(&route.place, format!("{made} routes, access `{who}`"));
            gate.api = api;
            gates.push(gate);
        }
    }
    all
}

/// How many sorts of conditions a route has beside its paths and hosts.
fn sorts(route: &Value) -> i64 {
    let has = |name: &str| match route.get(name) {
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(items)) => !items.is_empty(),
        _ => false,
    };
    i64::from(has("methods")) + i64::from(has("headers"))
}

fn rule(file: &File<'_>, route: &Entity<'_>, path: &str, work: &mut Work) -> Option<Rule> {
    let place = format!("{} path `{path}`", route.place);
    let expression = match path.strip_prefix('~') {
        Some(expression) if file.marks_expressions => Some(expression),
        _ if file.marks_expressions => None,
        // before 3.0 a path with anything that no plain path has is an expression
        _ => Some(path).filter(|path| {
            !path
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "/.-_~%:@".contains(c))
        }),
    };
    let Some(expression) = expression else {
        if path.contains("//") {
            work.report.left_out(
                &place,
                "two slashes in a row are refused before a route is looked for",
            );
            return None;
        }
        return Some(Rule::Prefix(path.to_owned()));
    };
    let expression = expression.trim_start_matches('^');
    if let Err(error) = regex::Regex::new(expression) {
        let why = error.to_string();
        let why = why
            .lines()
            .last()
            .unwrap_or_default()
            .trim_start_matches("error: ");
        work.report
            .left_out(&place, format!("the expression cannot be used here: {why}"));
        return None;
    }
    Some(Rule::Regex(expression.to_owned()))
}

fn hosts(route: &Entity<'_>, work: &mut Work) -> Vec<String> {
    let mut hosts = Vec::new();
    for host in texts(route.value, "hosts") {
        let (name, port) = match host.split_once(':') {
            Some((name, port)) => (name.to_owned(), Some(port.to_owned())),
            None => (host.clone(), None),
        };
        if let Some(port) = port {
            let note = format!("the port {port} of `{host}` is not looked at here");
            work.report.approximated(&route.place, note);
        }
        if name.ends_with(".*") {
            let note = format!("`{name}`: only a star at the beginning of a host is possible here");
            work.report.left_out(&route.place, note);
            continue;
        }
        hosts.push(name.to_lowercase());
    }
    hosts
}

fn conditions(route: &Entity<'_>, work: &mut Work) -> Vec<Value> {
    let mut conditions = Vec::new();
    for (name, values) in members(route.value, "headers").into_iter().flatten() {
        let values = texts(&json!({ "values": values }), "values");
        let value = match values.as_slice() {
            [] => json!("present"),
            [one] => match one.strip_prefix("~*") {
                Some(expression) => json!({ "regex": format!("(?i).*(?:{expression}).*") }),
                None => json!({ "equals": one }),
            },
            many => {
                let choices: Vec<String> = many.iter().map(|one| regex::escape(one)).collect();
                json!({ "regex": choices.join("|") })
            }
        };
        conditions.push(json!({ "name": name, "value": value }));
    }
    if conditions.len() > 16 {
        work.report.left_out(
            &route.place,
            "has more than 16 conditions on headers; the first 16 count",
        );
        conditions.truncate(16);
    }
    conditions
}

/// What a route says that nothing here stands for.
fn warnings(route: &Entity<'_>, work: &mut Work) {
    let value = route.value;
    for (name, why) in [
        (
            "snis",
            "routes are not chosen by the name of the TLS handshake; the host says the same",
        ),
        (
            "sources",
            "routes are not chosen by the caller's address; use `ip_restriction`",
        ),
        (
            "destinations",
            "routes are not chosen by the gateway's address",
        ),
    ] {
        if value
            .get(name)
            .and_then(Value::as_array)
            .is_some_and(|it| !it.is_empty())
        {
            work.report
                .left_out(&format!("{}.{name}", route.place), why);
        }
    }
    let protocols = texts(value, "protocols");
    let carries = |one: &String| {
        matches!(
            one.as_str(),
            "http" | "https" | "grpc" | "grpcs" | "ws" | "wss"
        )
    };
    if protocols.iter().any(|one| !carries(one)) {
        work.report.left_out(
            &format!("{}.protocols", route.place),
            "this gateway carries HTTP only",
        );
    } else if protocols == ["https"] {
        work.report.approximated(
            &format!("{}.protocols", route.place),
            "the route answers on every listener; add `redirect` with `only_http` where plain HTTP is to be sent to HTTPS",
        );
    }
}
