//! The names that a declaration refers to: what leads to nothing is told, with what is near.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use crate::flaw::{Flaw, did_you_mean};
use crate::model::Declaration;
use crate::sound::whole_version;

/// Names of things that a declaration may refer to.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Of authorities.
    pub authorities: BTreeSet<String>,
    /// Of certificates.
    pub certificates: BTreeSet<String>,
    /// Slugs of upstreams.
    pub upstreams: BTreeSet<String>,
    /// Slugs of APIs.
    pub apis: BTreeSet<String>,
    /// `api/label`.
    pub versions: BTreeSet<String>,
    /// Slugs of products.
    pub products: BTreeSet<String>,
    /// `product/plan`.
    pub plans: BTreeSet<String>,
}

impl Names {
    /// Those of a declaration.
    pub fn of(all: &Declaration) -> Self {
        let mut names = Self::default();
        names
            .authorities
            .extend(all.authorities.iter().map(|one| one.name.clone()));
        names
            .certificates
            .extend(all.certificates.iter().map(|one| one.name.clone()));
        names
            .upstreams
            .extend(all.upstreams.iter().map(|one| one.slug.clone()));
        for api in &all.apis {
            names.apis.insert(api.slug.clone());
            let versions = api.versions.iter();
            names
                .versions
                .extend(versions.map(|one| format!("{}/{}", api.slug, one.label)));
        }
        for product in &all.products {
            names.products.insert(product.slug.clone());
            let plans = product.plans.iter();
            names
                .plans
                .extend(plans.map(|one| format!("{}/{}", product.slug, one.slug)));
        }
        names
    }

    /// Those of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.authorities.extend(other.authorities);
        self.certificates.extend(other.certificates);
        self.upstreams.extend(other.upstreams);
        self.apis.extend(other.apis);
        self.versions.extend(other.versions);
        self.products.extend(other.products);
        self.plans.extend(other.plans);
        self
    }
}

/// References that lead to nothing in the declaration and nothing in `elsewhere`.
pub fn dangling(all: &Declaration, elsewhere: Names) -> Vec<Flaw> {
    let names = Names::of(all).and(elsewhere);
    let mut flaws = Vec::new();
    let mut look = |place: String, what: &str, name: &str, known: &BTreeSet<String>| {
        if !known.contains(name) {
            let hint = did_you_mean(name, known.iter().map(String::as_str));
            flaws.push(Flaw::at(
                place,
                format!("there is no {what} `{name}`{hint}"),
            ));
        }
    };
    for one in &all.certificates {
        if let Some(name) = &one.client_authority {
            let place = format!("certificates/{}/client_authority", one.name);
            look(place, "authority", name, &names.authorities);
        }
    }
    for one in &all.upstreams {
        for (key, what, known) in [
            ("ca", "authority", &names.authorities),
            ("client_certificate", "certificate", &names.certificates),
        ] {
            let name = one
                .settings
                .get("tls")
                .and_then(|tls| tls.get(key))
                .and_then(Value::as_str);
            if let Some(name) = name {
                look(
                    format!("upstreams/{}/settings/tls/{key}", one.slug),
                    what,
                    name,
                    known,
                );
            }
        }
    }
    for api in &all.apis {
        for one in &api.versions {
            let place = format!("apis/{}/versions/{}", api.slug, one.label);
            if let Some(name) = &one.upstream {
                look(
                    format!("{place}/upstream"),
                    "upstream",
                    name,
                    &names.upstreams,
                );
            }
            if let Some(name) = &one.successor {
                let name = whole_version(&api.slug, name);
                look(
                    format!("{place}/successor"),
                    "API version",
                    &name,
                    &names.versions,
                );
            }
        }
    }
    for product in &all.products {
        let place = format!("products/{}", product.slug);
        if let Some(name) = &product.own_of {
            look(format!("{place}/own_of"), "API", name, &names.apis);
        }
        for name in &product.versions {
            look(
                format!("{place}/versions"),
                "API version",
                name,
                &names.versions,
            );
        }
    }
    let mut plans: HashMap<String, ()> = HashMap::new();
    for application in &all.applications {
        let owner = application.owner.as_deref().unwrap_or_default();
        let place = format!("applications/{owner}/{}/subscriptions", application.name);
        for one in &application.subscriptions {
            let plan = format!("{}/{}", one.product, one.plan);
            if plans.contains_key(&plan) {
                continue;
            }
            if names.products.contains(&one.product) {
                look(
                    format!("{place}/{}", one.product),
                    "plan",
                    &plan,
                    &names.plans,
                );
            } else {
                look(
                    format!("{place}/{}", one.product),
                    "product",
                    &one.product,
                    &names.products,
                );
            }
            plans.insert(plan, ());
        }
    }
    flaws
}
