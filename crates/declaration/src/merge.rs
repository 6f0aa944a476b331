//! Parts of several files put together: each thing once, each default once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::flaw::Flaw;
use crate::model::{Declaration, Defaults, FORMAT};

/// Which file a thing of the top level came from: `apis/shipping` to a path.
pub(crate) type Sources = HashMap<String, PathBuf>;

/// What was put together so far.
#[derive(Debug)]
pub(crate) struct Merged {
    pub(crate) declaration: Declaration,
    pub(crate) sources: Sources,
    pub(crate) flaws: Vec<Flaw>,
}

impl Merged {
    pub(crate) fn new() -> Self {
        Self {
            declaration: Declaration {
                gatehouse: FORMAT,
                ..Declaration::default()
            },
            sources: Sources::new(),
            flaws: Vec::new(),
        }
    }

    /// Adds the part of one file.
    pub(crate) fn add(&mut self, file: &Path, part: Declaration) {
        for place in places(&part) {
            if let Some(other) = self.sources.get(&place) {
                let message = if other == file {
                    "is there twice".to_owned()
                } else {
                    format!("is in `{}` already", other.display())
                };
                self.flaws.push(Flaw::at(place, message).inside(file));
            } else {
                self.sources.insert(place, file.to_owned());
            }
        }
        if let Some(tag) = part.tag {
            self.single("tag", file, |all| &mut all.tag, tag);
        }
        self.defaults(file, part.defaults);
        let all = &mut self.declaration;
        all.authorities.extend(part.authorities);
        all.certificates.extend(part.certificates);
        all.upstreams.extend(part.upstreams);
        all.policies.extend(part.policies);
        all.apis.extend(part.apis);
        all.products.extend(part.products);
        all.applications.extend(part.applications);
    }

    fn single(
        &mut self,
        place: &str,
        file: &Path,
        of: fn(&mut Declaration) -> &mut Option<String>,
        value: String,
    ) {
        let slot = of(&mut self.declaration);
        match slot {
            Some(known) if *known != value => {
                let message = format!("is `{value}` here and `{known}` in another file");
                self.flaws.push(Flaw::at(place, message).inside(file));
            }
            slot => *slot = Some(value),
        }
    }

    fn defaults(&mut self, file: &Path, given: Defaults) {
        let mut flaws = Vec::new();
        let all = &mut self.declaration.defaults;
        fill(
            "defaults/upstream",
            &mut all.upstream,
            given.upstream,
            &mut flaws,
        );
        fill("defaults/route", &mut all.route, given.route, &mut flaws);
        if !given.hosts.is_empty() {
            if !all.hosts.is_empty() && all.hosts != given.hosts {
                flaws.push(Flaw::at(
                    "defaults/hosts",
                    "differ from those of another file",
                ));
            }
            all.hosts = given.hosts;
        }
        if let Some(owner) = given.owner {
            self.single("defaults/owner", file, |all| &mut all.defaults.owner, owner);
        }
        self.flaws
            .extend(flaws.into_iter().map(|flaw| flaw.inside(file)));
    }
}

fn fill(
    place: &str,
    all: &mut Map<String, Value>,
    given: Map<String, Value>,
    flaws: &mut Vec<Flaw>,
) {
    for (key, value) in given {
        match all.get(&key) {
            Some(known) if *known != value => {
                flaws.push(Flaw::at(
                    format!("{place}/{key}"),
                    "differs from that of another file",
                ));
            }
            _ => drop(all.insert(key, value)),
        }
    }
}

/// Where each thing of the top level stands.
fn places(part: &Declaration) -> Vec<String> {
    let authorities = part
        .authorities
        .iter()
        .map(|one| format!("authorities/{}", one.name));
    let certificates = part
        .certificates
        .iter()
        .map(|one| format!("certificates/{}", one.name));
    let upstreams = part
        .upstreams
        .iter()
        .map(|one| format!("upstreams/{}", one.slug));
    let apis = part.apis.iter().map(|one| format!("apis/{}", one.slug));
    let products = part
        .products
        .iter()
        .map(|one| format!("products/{}", one.slug));
    let applications = part.applications.iter().map(|one| {
        let owner = one.owner.as_deref().unwrap_or_default();
        format!("applications/{owner}/{}", one.name)
    });
    authorities
        .chain(certificates)
        .chain(upstreams)
        .chain(apis)
        .chain(products)
        .chain(applications)
        .collect()
}
