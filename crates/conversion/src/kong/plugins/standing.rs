//! Where plugins stand. There the most specific plugin of a name runs alone; here most kinds of policies add up, from the
//! widest scope to the narrowest. So a plugin that a narrower one takes the place of stands at each of the narrower scopes
//! that have none of their own, rather than above them all.

use std::collections::HashMap;

use super::super::Entity;
use super::super::file::{File, Kind};
use crate::source::flag;

/// Plugins whose policies add up here.
const ADDING: &[&str] = &[
    "acl",
    "ip-restriction",
    "opa",
    "rate-limiting",
    "rate-limiting-advanced",
    "request-size-limiting",
    "request-transformer",
    "request-transformer-advanced",
    "response-ratelimiting",
    "response-transformer",
    "response-transformer-advanced",
];

/// The place of the scope of everything.
const EVERYTHING: &str = "";

/// Plugins by the place of the scope that they stand at.
#[derive(Debug, Default)]
pub(in crate::kong) struct Standing {
    at: HashMap<String, Vec<usize>>,
    /// Those that stand elsewhere than in the file, and at how many scopes.
    moved: HashMap<String, usize>,
}

impl Standing {
    /// Finds out where the plugins of a file stand that are not those of a caller.
    pub(in crate::kong) fn of(file: &File<'_>) -> Self {
        let mut standing = Self::default();
        let scopes = Scopes::of(file);
        for (index, plugin) in file.entities.iter().enumerate() {
            let by_caller = plugin.has_owner(Kind::Consumer) || plugin.has_owner(Kind::Group);
            if plugin.kind != Kind::Plugin || by_caller {
                continue;
            }
            let own = scopes.own(plugin);
            let adds = ADDING.contains(&plugin.name()) && is_on(plugin);
            let narrower = match (adds, &own) {
                (true, Own::Everything) => scopes.below_everything(plugin.name()),
                (true, Own::Service(place)) => scopes.below_service(place, plugin.name()),
                _ => None,
            };
            let places = match (narrower, own) {
                (Some(places), _) => {
                    standing.moved.insert(plugin.place.clone(), places.len());
                    places
                }
                (None, Own::Everything) => vec![EVERYTHING.to_owned()],
                (None, Own::Service(place) | Own::Route(place)) => vec![place],
                (None, Own::Nowhere) => Vec::new(),
            };
            for place in places {
                standing.at.entry(place).or_default().push(index);
            }
        }
        // in the order of the file, whatever was moved
        standing.at.values_mut().for_each(|all| all.sort_unstable());
        standing
    }

    /// The plugins at a scope; of everything without one.
    pub(in crate::kong) fn at(&self, scope: Option<&Entity<'_>>) -> &[usize] {
        let place = scope.map_or(EVERYTHING, |scope| scope.place.as_str());
        self.at.get(place).map(Vec::as_slice).unwrap_or_default()
    }

    /// At how many scopes a plugin stands in place of one above them.
    pub(in crate::kong) fn moved(&self, place: &str) -> Option<usize> {
        self.moved.get(place).copied()
    }
}

/// The scope that a plugin names itself, by its place.
enum Own {
    Everything,
    Service(String),
    Route(String),
    /// It names what is not there.
    Nowhere,
}

/// The services with their routes, and which plugins each has itself.
struct Scopes<'e, 'v> {
    services: Vec<(&'e Entity<'v>, Vec<&'e Entity<'v>>)>,
    /// Names of the plugins that are on, by the place of the scope.
    has: HashMap<String, Vec<String>>,
}

impl<'e, 'v> Scopes<'e, 'v> {
    fn of(file: &'e File<'v>) -> Self {
        let services = file
            .of_kind(Kind::Service)
            .map(|service| (service, file.owned(Kind::Route, service).collect()))
            .collect();
        let mut scopes = Self {
            services,
            has: HashMap::new(),
        };
        for plugin in file.of_kind(Kind::Plugin) {
            let by_caller = plugin.has_owner(Kind::Consumer) || plugin.has_owner(Kind::Group);
            if by_caller || !is_on(plugin) {
                continue;
            }
            if let Own::Service(place) | Own::Route(place) = scopes.own(plugin) {
                let names = scopes.has.entry(place).or_default();
                names.push(plugin.name().to_owned());
            }
        }
        scopes
    }

    fn own(&self, plugin: &Entity<'_>) -> Own {
        let mut routes = self.services.iter().flat_map(|(_, routes)| routes);
        // the names of what it belongs to are few, the services of a platform at most some thousands
        let place = match (
            plugin.has_owner(Kind::Route),
            plugin.has_owner(Kind::Service),
        ) {
            (false, false) => return Own::Everything,
            (true, _) => routes
                .find(|route| plugin.is_of(route))
                .map(|route| Own::Route(route.place.clone())),
            (false, true) => self
                .services
                .iter()
                .find(|(service, _)| plugin.is_of(service))
                .map(|(service, _)| Own::Service(service.place.clone())),
        };
        place.unwrap_or(Own::Nowhere)
    }

    fn has(&self, scope: &Entity<'_>, name: &str) -> bool {
        let names = self.has.get(&scope.place);
        names.is_some_and(|names| names.iter().any(|known| known == name))
    }

    /// Where a plugin of everything stands instead; `None` when nothing below has one of the name.
    fn below_everything(&self, name: &str) -> Option<Vec<String>> {
        let takes = |(service, routes): &(&Entity<'_>, Vec<&Entity<'_>>)| {
            self.has(service, name) || routes.iter().any(|route| self.has(route, name))
        };
        if !self.services.iter().any(takes) {
            return None;
        }
        let mut places = Vec::new();
        for (service, routes) in &self.services {
            if self.has(service, name) {
                continue;
            }
            match self.free(routes, name) {
                None => places.push(service.place.clone()),
                Some(free) => places.extend(free),
            }
        }
        Some(places)
    }

    fn below_service(&self, place: &str, name: &str) -> Option<Vec<String>> {
        let (_, routes) = self
            .services
            .iter()
            .find(|(service, _)| service.place == place)?;
        self.free(routes, name)
    }

    /// The routes without a plugin of the name; `None` when none has one.
    fn free(&self, routes: &[&Entity<'_>], name: &str) -> Option<Vec<String>> {
        let (with, without): (Vec<&&Entity<'_>>, Vec<_>) =
            routes.iter().partition(|route| self.has(route, name));
        let places = without.into_iter().map(|route| route.place.clone());
        (!with.is_empty()).then(|| places.collect())
    }
}

pub(in crate::kong) fn is_on(plugin: &Entity<'_>) -> bool {
    flag(plugin.value, "enabled").unwrap_or(true)
}
