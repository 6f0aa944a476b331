//! Where routes of another gateway stand here: a version has hosts and a base path of its own, and its routes lie below.

use std::collections::HashSet;

use declaration::{Policy, Route, Version};
use domain::api::PathKind;
use serde_json::{Map, Value, json};

use crate::parts;
use crate::report::Report;

/// How a path of the other gateway is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rule {
    /// It and everything below.
    Prefix(String),
    /// Only it.
    Exact(String),
    /// Segments with `{name}`, the last perhaps `{name*}`.
    Template(String),
    /// A regular expression over the beginning of the path.
    Regex(String),
}

/// One path of a route of the other gateway, with all that holds for it.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// Where it stands in the source.
    pub(crate) place: String,
    pub(crate) name: Option<String>,
    /// None for every host.
    pub(crate) hosts: Vec<String>,
    pub(crate) methods: Vec<String>,
    pub(crate) rule: Rule,
    /// Whether what the rule matches is removed before the request goes on.
    pub(crate) strip: bool,
    pub(crate) priority: i64,
    pub(crate) enabled: bool,
    /// More settings of the route.
    pub(crate) settings: Map<String, Value>,
    pub(crate) policies: Vec<Policy>,
}

/// All that goes to one upstream.
#[derive(Debug)]
pub(crate) struct Group {
    /// The API that it becomes.
    pub(crate) api: usize,
    pub(crate) upstream: Option<String>,
    pub(crate) wanted: Vec<Wanted>,
}

/// Versions with the API that each belongs to. Within one API each has a label of its own.
pub(crate) fn versions(groups: Vec<Group>, report: &mut Report) -> Vec<(usize, Version)> {
    let mut placed: Vec<Placed> = Vec::new();
    for group in groups {
        for (hosts, wanted) in by_hosts(group.wanted) {
            let base = common(wanted.iter().map(|one| literal(&one.rule)));
            placed.push(Placed {
                api: group.api,
                upstream: group.upstream.clone(),
                hosts,
                base,
                wanted,
            });
        }
    }
    let placed = divide(placed);
    let mut claimed = HashSet::new();
    let mut versions: Vec<(usize, Version)> = Vec::new();
    for place in placed {
        let hosts: Vec<Option<String>> = match place.hosts.is_empty() {
            true => vec![None],
            false => place.hosts.iter().cloned().map(Some).collect(),
        };
        let claims: Vec<_> = hosts
            .into_iter()
            .map(|host| (host, place.base.clone()))
            .collect();
        if claims.iter().any(|claim| claimed.contains(claim)) {
            for one in &place.wanted {
                report.left_out(
                    &one.place,
                    format!(
                        "another service answers at `{}` on the same host already; here one path belongs to one upstream: \
                         use `traffic_split` on it, or give one of them a path of its own",
                        place.base
                    ),
                );
            }
            continue;
        }
        claimed.extend(claims);
        let number = versions.iter().filter(|(api, _)| *api == place.api).count() + 1;
        let label = match number {
            1 => "v1".to_owned(),
            number => format!("v1-{number}"),
        };
        versions.push((place.api, place.version(&label, report)));
    }
    versions
}

struct Placed {
    api: usize,
    upstream: Option<String>,
    hosts: Vec<String>,
    base: String,
    wanted: Vec<Wanted>,
}

/// Where two would share hosts and base path, both are divided by the paths of their routes.
fn divide(placed: Vec<Placed>) -> Vec<Placed> {
    let clashes: Vec<bool> = placed
        .iter()
        .enumerate()
        .map(|(index, one)| {
            placed.iter().enumerate().any(|(other, two)| {
                index != other && one.base == two.base && share(&one.hosts, &two.hosts)
            })
        })
        .collect();
    let mut divided = Vec::new();
    for (one, clashes) in placed.into_iter().zip(clashes) {
        if !clashes {
            divided.push(one);
            continue;
        }
        let mut parts: Vec<Placed> = Vec::new();
        for wanted in one.wanted {
            let base = literal(&wanted.rule);
            match parts.iter_mut().find(|part| part.base == base) {
                Some(part) => part.wanted.push(wanted),
                None => parts.push(Placed {
                    api: one.api,
                    upstream: one.upstream.clone(),
                    hosts: one.hosts.clone(),
                    base,
                    wanted: vec![wanted],
                }),
            }
        }
        divided.extend(parts);
    }
    divided
}

fn share(one: &[String], two: &[String]) -> bool {
    one.is_empty() && two.is_empty() || one.iter().any(|host| two.contains(host))
}

fn by_hosts(wanted: Vec<Wanted>) -> Vec<(Vec<String>, Vec<Wanted>)> {
    let mut groups: Vec<(Vec<String>, Vec<Wanted>)> = Vec::new();
    for mut one in wanted {
        one.hosts.sort_unstable();
        one.hosts.dedup();
        match groups.iter_mut().find(|(hosts, _)| *hosts == one.hosts) {
            Some((_, group)) => group.push(one),
            None => groups.push((one.hosts.clone(), vec![one])),
        }
    }
    groups
}

/// The segments of a rule that hold no pattern, as a path without a slash at its end; `/` for none.
fn literal(rule: &Rule) -> String {
    let segments: Vec<&str> = match rule {
        Rule::Prefix(path) => segments(path).collect(),
        Rule::Exact(path) => {
            let mut all: Vec<&str> = segments(path).collect();
            all.pop();
            all
        }
        Rule::Template(path) => segments(path)
            .take_while(|segment| !segment.contains('{'))
            .collect(),
        Rule::Regex(pattern) => {
            let plain =
                |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '~' | '%');
            let end = pattern.find(|c| !plain(c)).unwrap_or(pattern.len());
            // a quantifier behind the last character makes that one no literal
            let end = pattern[..end].rfind('/').unwrap_or(0);
            segments(&pattern[..end]).collect()
        }
    };
    path_of(&segments)
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

fn path_of(segments: &[&str]) -> String {
    match segments.is_empty() {
        true => "/".to_owned(),
        false => format!("/{}", segments.join("/")),
    }
}

/// The longest path that all begin with.
fn common(paths: impl Iterator<Item = String>) -> String {
    let mut shared: Option<Vec<String>> = None;
    for path in paths {
        let own: Vec<String> = segments(&path).map(str::to_owned).collect();
        shared = Some(match shared {
            None => own,
            Some(shared) => shared
                .into_iter()
                .zip(own)
                .take_while(|(one, two)| one == two)
                .map(|(one, _)| one)
                .collect(),
        });
    }
    let shared = shared.unwrap_or_default();
    path_of(&shared.iter().map(String::as_str).collect::<Vec<_>>())
}

impl Placed {
    fn version(self, label: &str, report: &mut Report) -> Version {
        let mut version = parts::version(label, &self.base);
        version.hosts = self.hosts;
        version.upstream = self.upstream;
        let mut taken = HashSet::new();
        for wanted in self.wanted {
            for route in routes(&wanted, &self.base) {
                let conditions = ["headers", "query"].map(|name| route.settings.get(name).cloned());
                let methods = match route.methods.is_empty() {
                    true => vec![String::new()],
                    false => route.methods.clone(),
                };
                let key = |method: String| {
                    let conditions = json!(conditions).to_string();
                    (method, route.path.clone(), route.priority, conditions)
                };
                if methods
                    .iter()
                    .cloned()
                    .any(|method| !taken.insert(key(method)))
                {
                    let path = format!("{}{}", self.base.trim_end_matches('/'), route.path);
                    let note = format!("`{path}` is matched by a route before it in every case");
                    report.left_out(&wanted.place, note);
                    continue;
                }
                version.routes.push(route);
            }
        }
        version
    }
}

/// The routes that one rule becomes below a base path.
fn routes(wanted: &Wanted, base: &str) -> Vec<Route> {
    let made = |path: &str, kind: PathKind, rewrite: Option<&str>| {
        let mut route = parts::route(path, kind);
        route.name = wanted.name.clone();
        route.methods = wanted.methods.clone();
        route.priority = wanted.priority;
        route.enabled = wanted.enabled;
        route.policies = wanted.policies.clone();
        route.settings = wanted.settings.clone();
        match rewrite {
            Some(rewrite) => {
                route.settings.insert("rewrite".to_owned(), json!(rewrite));
            }
            None if !wanted.strip && base != "/" && !route.settings.contains_key("rewrite") => {
                route
                    .settings
                    .insert("strip_base_path".to_owned(), json!(false));
            }
            None => {}
        }
        route
    };
    match &wanted.rule {
        Rule::Prefix(path) => {
            let below = below(path, base);
            match wanted.strip && below != "/" {
                false => vec![made(&below, PathKind::Prefix, None)],
                true => vec![
                    made(&below, PathKind::Exact, Some("/")),
                    made(
                        &format!("{below}/{{rest*}}"),
                        PathKind::Template,
                        Some("/{rest}"),
                    ),
                ],
            }
        }
        Rule::Exact(path) => {
            let rewrite = wanted.strip.then_some("/");
            vec![made(&below(path, base), PathKind::Exact, rewrite)]
        }
        Rule::Template(path) => vec![made(&below(path, base), PathKind::Template, None)],
        Rule::Regex(pattern) => {
            let below = match base {
                "/" => pattern.as_str(),
                base => pattern.strip_prefix(base).unwrap_or(pattern),
            };
            let whole = below.strip_suffix('$');
            match (whole, wanted.strip) {
                (Some(whole), true) => vec![made(whole, PathKind::Regex, Some("/"))],
                (Some(whole), false) => vec![made(whole, PathKind::Regex, None)],
                (None, true) => vec![made(
                    &format!("{}/?(?<rest_of_path>.*)", together(below)),
                    PathKind::Regex,
                    Some("/{rest_of_path}"),
                )],
                (None, false) => vec![made(
                    &format!("{}.*", together(below)),
                    PathKind::Regex,
                    None,
                )],
            }
        }
    }
}

/// An expression to put something behind: alternatives in brackets, still beginning with a slash.
fn together(pattern: &str) -> String {
    match pattern.contains('|') || !pattern.starts_with('/') {
        true => format!("/?(?:{pattern})"),
        false => pattern.to_owned(),
    }
}

fn below(path: &str, base: &str) -> String {
    let all: Vec<&str> = segments(path).collect();
    let skipped = segments(base).count();
    path_of(&all[skipped.min(all.len())..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(rule: Rule, hosts: &[&str], strip: bool) -> Wanted {
        Wanted {
            place: format!("{rule:?}"),
            name: None,
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
            methods: Vec::new(),
            rule,
            strip,
            priority: 0,
            enabled: true,
            settings: Map::new(),
            policies: Vec::new(),
        }
    }

    fn prefix(path: &str) -> Wanted {
        wanted(Rule::Prefix(path.to_owned()), &[], false)
    }

    fn placed(groups: Vec<Vec<Wanted>>) -> (Vec<String>, Report) {
        let groups = groups
            .into_iter()
            .enumerate()
            .map(|(api, wanted)| Group {
                api,
                upstream: None,
                wanted,
            })
            .collect();
        let mut report = Report::default();
        let told = versions(groups, &mut report)
            .into_iter()
            .map(|(api, version)| {
                let paths: Vec<&str> = version.routes.iter().map(|it| it.path.as_str()).collect();
                format!(
                    "{api} {} {} {}",
                    version.label,
                    version.base_path,
                    paths.join(" ")
                )
            })
            .collect();
        (told, report)
    }

    #[test]
    fn the_base_path_is_what_all_routes_share() {
        let (told, _) = placed(vec![
            vec![prefix("/shop/a"), prefix("/shop/b/c")],
            vec![prefix("/x")],
        ]);
        assert_eq!(told, ["0 v1 /shop /a /b/c", "1 v1 /x /"]);
    }

    #[test]
    fn services_that_share_a_base_path_are_divided() {
        let (told, report) = placed(vec![
            vec![prefix("/a"), prefix("/b")],
            vec![prefix("/c"), prefix("/d")],
        ]);
        assert_eq!(
            told,
            ["0 v1 /a /", "0 v1-2 /b /", "1 v1 /c /", "1 v1-2 /d /"]
        );
        assert!(report.entries.is_empty());
        let (told, report) = placed(vec![vec![prefix("/a")], vec![prefix("/a")]]);
        assert_eq!((told.len(), report.entries.len()), (1, 1));
    }

    #[test]
    fn hosts_are_places_of_their_own() {
        let on = |host: &str| wanted(Rule::Prefix("/".to_owned()), &[host], false);
        let (told, report) = placed(vec![vec![on("a.test"), on("b.test")], vec![on("c.test")]]);
        assert_eq!(told, ["0 v1 / /", "0 v1-2 / /", "1 v1 / /"]);
        assert!(report.entries.is_empty());
    }

    #[test]
    fn what_is_stripped_below_the_base_path_is_rewritten() {
        let deep = wanted(Rule::Prefix("/a/b".to_owned()), &[], true);
        let made = routes(&deep, "/a");
        let told: Vec<_> = made
            .iter()
            .map(|it| (it.path.as_str(), &it.settings["rewrite"]))
            .collect();
        assert_eq!(
            told,
            [("/b", &json!("/")), ("/b/{rest*}", &json!("/{rest}"))]
        );
        let made = routes(&wanted(Rule::Prefix("/a".to_owned()), &[], true), "/a");
        assert!(made[0].settings.is_empty(), "{made:?}");
        let made = routes(&prefix("/a"), "/a");
        assert_eq!(made[0].settings["strip_base_path"], false);
    }

    #[test]
    fn expressions_match_the_beginning_of_a_path() {
        let regex = |text: &str| Rule::Regex(text.to_owned());
        assert_eq!(literal(&regex(r"/v1/users/\d+")), "/v1/users");
        assert_eq!(literal(&regex("/v1/use?r")), "/v1");
        let made = routes(&wanted(regex(r"/v1/u/\d+"), &[], true), "/v1");
        assert_eq!(made[0].path, r"/u/\d+/?(?<rest_of_path>.*)");
        let made = routes(&wanted(regex(r"/v1/u/\d+$"), &[], false), "/v1");
        assert_eq!(made[0].path, r"/u/\d+");
    }
}
