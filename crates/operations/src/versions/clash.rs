//! Routes that would match the same requests: inside one version, and across what is on the gateway.

use std::collections::HashMap;

use domain::api::PathKind;
use domain::id::{ApiVersionId, RouteId, WorkspaceId};
use store::Conn;
use store::api_versions::{self, ApiVersion};
use store::routes::{self, Route};

use crate::routes::path;

/// Something that is there already.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Clash {
    /// Another version has the same base path on the same host.
    #[error(
        "{other} is on the gateway with the same base path `{base_path}`{}",
        on(host)
    )]
    Placement {
        /// API and label of the other one.
        other: String,
        /// The base path of both.
        base_path: String,
        /// The host of both; none for every host.
        host: Option<String>,
    },
    /// Another route matches the same requests.
    #[error(
        "route `{route}` matches the same requests as route `{other}`{}",
        of(version)
    )]
    Route {
        /// The name of the one.
        route: String,
        /// The name of the one that was there first.
        other: String,
        /// API and label of the other one's version; none for the same version.
        version: Option<String>,
    },
}

fn on(host: &Option<String>) -> String {
    host.as_ref()
        .map(|host| format!(" on {host}"))
        .unwrap_or_default()
}

fn of(version: &Option<String>) -> String {
    version
        .as_ref()
        .map(|version| format!(" of {version}"))
        .unwrap_or_default()
}

/// What two routes have in common that match the same paths at the same turn: the last is their conditions on headers
/// and query.
type Key = (PathKind, String, i64, String);

/// Enabled routes by what they match.
#[derive(Debug, Default)]
pub(crate) struct Taken(HashMap<Key, Vec<Holder>>);

#[derive(Debug)]
struct Holder {
    id: RouteId,
    name: String,
    methods: Vec<String>,
    version: Option<String>,
}

impl Taken {
    /// Adds a route under a base path; `version` names it where that is not the version at hand.
    pub(crate) fn add(&mut self, base_path: &str, route: &Route, version: Option<&str>) {
        if route.enabled {
            self.0
                .entry(key(base_path, route))
                .or_default()
                .push(Holder {
                    id: route.id,
                    name: route.name.clone(),
                    methods: route.methods.0.clone(),
                    version: version.map(str::to_owned),
                });
        }
    }

    /// The route that stands in the way of this one, if there is one.
    pub(crate) fn clash(&self, base_path: &str, route: &Route) -> Option<Clash> {
        let holders = self.0.get(&key(base_path, route))?;
        let other = holders
            .iter()
            .find(|holder| holder.id != route.id && overlap(&holder.methods, &route.methods.0))?;
        Some(Clash::Route {
            route: route.name.clone(),
            other: other.name.clone(),
            version: other.version.clone(),
        })
    }
}

/// The first clash among the enabled routes of one version.
pub(crate) fn within(routes: &[Route]) -> Option<Clash> {
    let mut taken = Taken::default();
    for route in routes.iter().filter(|route| route.enabled) {
        if let Some(clash) = taken.clash("/", route) {
            return Some(clash);
        }
        taken.add("/", route, None);
    }
    None
}

/// The version on the gateway that has this base path on every host, as "Shipping Rates v2".
pub(crate) async fn holder(
    conn: &mut Conn,
    workspace: WorkspaceId,
    base_path: &str,
) -> store::Result<Option<String>> {
    let all = api_versions::named(conn, workspace).await?;
    let holds = |row: &&api_versions::Named| {
        row.lifecycle.is_routed() && row.hosts.0.is_empty() && row.base_path == base_path
    };
    Ok(all
        .iter()
        .find(holds)
        .map(|row| format!("{} {}", row.api_name, row.label)))
}

/// The first clash between a version that is on the gateway, or about to be, and the other ones there.
pub(crate) async fn across(
    conn: &mut Conn,
    version: &ApiVersion,
    own: &[Route],
) -> store::Result<Option<Clash>> {
    let mut taken = Taken::default();
    for other in api_versions::named(conn, version.workspace_id).await? {
        if other.id == version.id || !other.lifecycle.is_routed() {
            continue;
        }
        let Some(host) = shared_host(&version.hosts.0, &other.hosts.0) else {
            continue;
        };
        let name = format!("{} {}", other.api_name, other.label);
        if other.base_path == version.base_path {
            let base_path = other.base_path;
            return Ok(Some(Clash::Placement {
                other: name,
                base_path,
                host,
            }));
        }
        if is_below(&other.base_path, &version.base_path)
            || is_below(&version.base_path, &other.base_path)
        {
            add_all(conn, &mut taken, version, other.id, &other.base_path, &name).await?;
        }
    }
    let enabled = own.iter().filter(|route| route.enabled);
    Ok(enabled
        .filter_map(|route| taken.clash(&version.base_path, route))
        .next())
}

async fn add_all(
    conn: &mut Conn,
    taken: &mut Taken,
    version: &ApiVersion,
    other: ApiVersionId,
    base_path: &str,
    name: &str,
) -> store::Result<()> {
    for route in routes::of_version(conn, version.workspace_id, other).await? {
        taken.add(base_path, &route, Some(name));
    }
    Ok(())
}

fn key(base_path: &str, route: &Route) -> Key {
    let full = path::full(base_path, &path::shape(route.path_kind, &route.path));
    (
        route.path_kind,
        full,
        route.priority,
        conditions(&route.settings.0),
    )
}

/// The conditions of a route as one text; empty for none.
fn conditions(settings: &serde_json::Value) -> String {
    let of = |name: &str| {
        let list = settings.get(name).and_then(serde_json::Value::as_array);
        let mut texts: Vec<String> = list
            .into_iter()
            .flatten()
            .map(ToString::to_string)
            .collect();
        texts.sort();
        texts
    };
    let (headers, query) = (of("headers"), of("query"));
    if headers.is_empty() && query.is_empty() {
        String::new()
    } else {
        format!("{headers:?} {query:?}")
    }
}

/// Whether two lists of methods have one in common; an empty list is all of them.
fn overlap(one: &[String], other: &[String]) -> bool {
    one.is_empty() || other.is_empty() || one.iter().any(|method| other.contains(method))
}

/// The host that both are on (`None` inside for every host). A name is more specific than a wildcard or none, so that
/// only the same spelling is the same place.
pub(crate) fn shared_host(one: &[String], other: &[String]) -> Option<Option<String>> {
    if one.is_empty() && other.is_empty() {
        return Some(None);
    }
    one.iter()
        .find(|host| other.contains(host))
        .map(|host| Some(host.clone()))
}

/// Whether `path` is `base`, or below it.
fn is_below(base: &str, path: &str) -> bool {
    base == "/"
        || path
            .strip_prefix(base)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_spelling_of_a_host_is_shared() {
        let hosts = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(shared_host(&[], &[]), Some(None));
        assert_eq!(shared_host(&[], &hosts(&["a.example"])), None);
        assert_eq!(
            shared_host(&hosts(&["b.example", "a.example"]), &hosts(&["a.example"])),
            Some(Some("a.example".to_owned()))
        );
    }

    #[test]
    fn below_is_told_by_segments() {
        assert!(is_below("/", "/a") && is_below("/a", "/a/b") && is_below("/a", "/a"));
        assert!(!is_below("/a", "/ab"));
    }

    #[test]
    fn no_methods_are_all_methods() {
        let get = vec!["GET".to_owned()];
        assert!(overlap(&[], &get) && overlap(&get, &get));
        assert!(!overlap(&get, &["POST".to_owned()]));
    }
}
