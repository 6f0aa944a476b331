//! Host names: exact ones, then wildcards from the longest to the shortest, then the routes of every host.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use foldhash::quality::RandomState;
use http::HeaderValue;
use http::Method;

use super::VersionRouter;
use crate::condition::Asked;
use crate::route::CompiledRoute;
use crate::version::CompiledVersion;

/// What was found for a request.
#[derive(Clone)]
pub enum Found {
    /// A route.
    Route(Arc<CompiledRoute>),
    /// The path belongs to a retired version: 410.
    Retired(Arc<CompiledVersion>),
    /// The path has routes, but none for the method: 405.
    MethodNotAllowed {
        /// The methods that it has.
        allow: HeaderValue,
    },
    /// Nothing: 404.
    NotFound,
}

/// The key of the routes that answer on every host.
pub(crate) const ANY: &str = "";

/// The routers of all hosts. Replaced as a whole by pointer; the routers of hosts that did not change are shared.
#[derive(Clone, Default)]
pub(crate) struct HostTable {
    /// By lower-case name, `*.suffix`, or [`ANY`].
    hosts: HashMap<Box<str>, Arc<HostRouter>, RandomState>,
    has_wildcards: bool,
}

/// The routers of one host, by base path.
#[derive(Default)]
pub(crate) struct HostRouter {
    bases: HashMap<Box<str>, Vec<Arc<VersionRouter>>, RandomState>,
    deepest: usize,
}

impl HostRouter {
    pub(crate) fn new(versions: Vec<Arc<VersionRouter>>) -> Self {
        let mut bases: HashMap<Box<str>, Vec<Arc<VersionRouter>>, RandomState> = HashMap::default();
        let mut deepest = 0;
        for version in versions {
            let base = version.version.base_path.as_str();
            deepest = deepest.max(base.bytes().filter(|b| *b == b'/').count());
            bases.entry(base.into()).or_default().push(version);
        }
        Self { bases, deepest }
    }

    /// Shows every version whose base path the path is below.
    fn versions<'r>(&'r self, path: &str, found: &mut dyn FnMut(&'r VersionRouter)) {
        let mut show = |base: &str| {
            if let Some(versions) = self.bases.get(base) {
                versions.iter().for_each(|version| found(version));
            }
        };
        show("");
        let ends = path.match_indices('/').map(|(at, _)| at).skip(1);
        let mut ends = ends.chain([path.len()]);
        for _ in 0..self.deepest {
            match ends.next() {
                Some(end) => show(&path[..end]),
                None => break,
            }
        }
    }
}

impl HostTable {
    pub(crate) fn set(&mut self, host: &str, router: Option<HostRouter>) {
        match router {
            Some(router) => self.hosts.insert(host.into(), Arc::new(router)),
            None => self.hosts.remove(host),
        };
        self.has_wildcards = self.hosts.keys().any(|host| host.starts_with("*."));
    }

    /// The routers that may answer for a host, in order, with the pattern that each stands under.
    pub(crate) fn routers<'t>(
        &'t self,
        host: &str,
    ) -> impl Iterator<Item = (&'t str, &'t HostRouter)> {
        let host = normal(host);
        let exact = self.entry(&host).filter(|_| !host.is_empty());
        let mut wildcards = Vec::new();
        if self.has_wildcards {
            let mut rest: &str = &host;
            while let Some((_, parent)) = rest.split_once('.') {
                wildcards.extend(self.entry(&format!("*.{parent}")));
                rest = parent;
            }
        }
        exact.into_iter().chain(wildcards).chain(self.entry(ANY))
    }

    fn entry(&self, host: &str) -> Option<(&str, &HostRouter)> {
        self.hosts
            .get_key_value(host)
            .map(|(name, router)| (&**name, &**router))
    }

    /// Every route whose path matches on a host, in the order in which the hosts are asked.
    pub(crate) fn matches<'t>(
        &'t self,
        host: &str,
        path: &str,
        found: &mut dyn FnMut(&'t str, &'t Arc<CompiledRoute>),
    ) {
        for (name, router) in self.routers(host) {
            router.versions(path, &mut |version| {
                version.matches(path, &mut |route| found(name, route));
            });
        }
    }

    pub(crate) fn find(&self, asked: &Asked<'_>) -> Found {
        let (host, path) = (asked.host, asked.path);
        let mut retired: Option<&Arc<CompiledRoute>> = None;
        let mut others: Vec<&Arc<CompiledRoute>> = Vec::new();
        for (_, router) in self.routers(host) {
            let mut best: Option<&Arc<CompiledRoute>> = None;
            router.versions(path, &mut |version| {
                version.matches(path, &mut |route| {
                    if !route.conditions.hold(asked) {
                        // as if it were not there
                    } else if route.version.is_retired() {
                        retired = better(retired, route);
                    } else if route.takes(asked.method) {
                        best = better(best, route);
                    } else {
                        others.push(route);
                    }
                });
            });
            if let Some(route) = best {
                return Found::Route(route.clone());
            }
        }
        match retired {
            Some(route) => Found::Retired(route.version.clone()),
            None if others.is_empty() => Found::NotFound,
            None => Found::MethodNotAllowed {
                allow: allow(&others),
            },
        }
    }
}

fn better<'r>(
    best: Option<&'r Arc<CompiledRoute>>,
    route: &'r Arc<CompiledRoute>,
) -> Option<&'r Arc<CompiledRoute>> {
    match best {
        Some(best) if best.precedence >= route.precedence => Some(best),
        _ => Some(route),
    }
}

/// The `Allow` header (RFC 9110, section 10.2.1).
fn allow(routes: &[&Arc<CompiledRoute>]) -> HeaderValue {
    let mut methods: BTreeSet<&str> = BTreeSet::new();
    for method in routes.iter().flat_map(|route| &route.methods) {
        methods.insert(method.as_str());
        if method == Method::GET {
            methods.insert("HEAD");
        }
    }
    let text = methods.into_iter().collect::<Vec<_>>().join(", ");
    HeaderValue::try_from(text).expect("methods are tokens")
}

/// In lower case, without port and without the dot of the root.
fn normal(host: &str) -> Cow<'_, str> {
    let bare = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => {
            name
        }
        _ => host,
    };
    let bare = bare.strip_suffix('.').unwrap_or(bare);
    if bare.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(bare.to_ascii_lowercase())
    } else {
        Cow::Borrowed(bare)
    }
}
