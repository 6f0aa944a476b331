//! Kong: decK's files and the declarative files of DB-less Kong, formats 1.1 to 3.0.

mod auth;
mod consumers;
mod defaults;
mod file;
mod plugins;
mod routes;
mod services;
mod tokens;
mod unread;

use std::collections::HashSet;

use declaration::{Api, Credential, Policy};
use serde_json::Value;

use self::file::{File, Kind};
use self::plugins::Scoped;
use crate::names::Slugs;
use crate::report::Report;
use crate::source::{self, SourceError};
use crate::{Converted, parts, placement};

/// Converts a file of Kong.
///
/// # Errors
/// When it cannot be read, or is no file of Kong.
pub fn kong(bytes: &[u8]) -> Result<Converted, SourceError> {
    let mut value = source::read(bytes)?;
    defaults::fill_in(&mut value);
    let file = File::of(&value)?;
    let mut work = Work {
        report: Report::default(),
        secrets: Vec::new(),
        slugs: Slugs::default(),
        told: HashSet::new(),
        variables: HashSet::new(),
    };
    unread::unknown(&value, &mut work.report);
    unread::orphans(&file, &mut work.report);
    unread::of_consumers(&file, &mut work.report);
    let mut made = parts::declaration();
    made.policies = plugins::policies(&file, &Scoped::Global, &mut work);

    let services = services::services(&file, &mut work);
    let mut groups = Vec::new();
    let mut gates = Vec::new();
    for service in services {
        let mut api = parts::api(&service.slug, &service.name);
        api.tags = service.tags.clone();
        api.policies = plugins::policies(&file, &Scoped::Service(&service.entity), &mut work);
        let index = made.apis.len();
        let wanted = routes::of_service(&file, &service, index, &mut gates, &mut work);
        groups.push(placement::Group {
            api: index,
            upstream: service.upstream.as_ref().map(|one| one.slug.clone()),
            wanted,
        });
        made.upstreams.extend(service.upstream);
        made.apis.push(api);
    }
    for (api, version) in placement::versions(groups, &mut work.report) {
        made.apis[api].versions.push(version);
    }
    // before any API goes: gates name theirs by its place
    made.products = auth::products(&file, &gates, &made.apis);
    made.apis.retain(|api| !api.versions.is_empty());
    made.applications = consumers::applications(&file, &mut work);
    if !made.applications.is_empty() {
        made.defaults.owner = Some("${APPLICATIONS_OWNER}".to_owned());
    }
    plugins::unused(&file, &mut work.report);
    Ok(Converted {
        declaration: made,
        report: work.report,
        secrets: work.secrets,
    })
}

/// What is gathered on the way.
struct Work {
    report: Report,
    secrets: Vec<(String, String)>,
    slugs: Slugs,
    /// Places of plugins that the report tells of already.
    told: HashSet<String>,
    /// Names of the variables that hold secrets.
    variables: HashSet<String>,
}

impl Work {
    /// Keeps the secret of a credential under a name of its own: two names of the source may come to one variable.
    fn keep(&mut self, credential: &mut Credential, told: Option<(String, String)>) {
        let Some((wanted, value)) = told else { return };
        let mut name = wanted.clone();
        let mut number = 2;
        while !self.variables.insert(name.clone()) {
            name = format!("{wanted}_{number}");
            number += 1;
        }
        credential.secret = Some(format!("${{{name}}}"));
        self.secrets.push((name, value));
    }
}

/// An entity of the file: what it says, where it stands, and what it belongs to.
#[derive(Debug, Clone)]
struct Entity<'v> {
    kind: Kind,
    value: &'v Value,
    place: String,
    /// Its own name or id, by which others refer to it.
    names: Vec<String>,
    /// The kinds and names of what it belongs to.
    owners: Vec<(Kind, String)>,
}

impl Entity<'_> {
    fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// Whether it belongs to this other one.
    fn is_of(&self, other: &Entity<'_>) -> bool {
        self.owners
            .iter()
            .any(|(kind, name)| *kind == other.kind && other.names.contains(name))
    }

    fn has_owner(&self, kind: Kind) -> bool {
        self.owners.iter().any(|(owner, _)| *owner == kind)
    }
}

/// Where a policy of one kind is among others.
fn has_kind(policies: &[Policy], kind: &str) -> bool {
    policies.iter().any(|policy| policy.kind == kind)
}

/// The versions of an API as products name them.
fn version_names(api: &Api) -> impl Iterator<Item = String> {
    api.versions
        .iter()
        .map(|version| format!("{}/{}", api.slug, version.label))
}
