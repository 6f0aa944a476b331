//! What is left out filled in, and what can be said of a declaration by itself: nothing twice, nothing that leads to
//! itself.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::text::NAME_MOST;
use serde_json::{Map, Value};

use crate::catalog::Route;
use crate::flaw::{Flaw, Flaws};
use crate::model::Declaration;

/// Fills in defaults and names. What a declaration says afterwards no longer depends on its defaults.
pub(crate) fn fill(all: &mut Declaration) {
    let defaults = std::mem::take(&mut all.defaults);
    for upstream in &mut all.upstreams {
        upstream.name.get_or_insert_with(|| upstream.slug.clone());
        under(&mut upstream.settings, &defaults.upstream);
    }
    for api in &mut all.apis {
        api.name.get_or_insert_with(|| api.slug.clone());
        for version in &mut api.versions {
            if version.hosts.is_empty() {
                version.hosts.clone_from(&defaults.hosts);
            }
            for route in &mut version.routes {
                under(&mut route.settings, &defaults.route);
                name_route(route);
            }
        }
    }
    for product in &mut all.products {
        product.name.get_or_insert_with(|| product.slug.clone());
        for plan in &mut product.plans {
            plan.name.get_or_insert_with(|| plan.slug.clone());
        }
    }
    for application in &mut all.applications {
        if application.owner.is_none() {
            application.owner.clone_from(&defaults.owner);
        }
    }
}

/// The name of a route that has none: "GET /rates/{id}".
fn name_route(route: &mut Route) {
    for method in &mut route.methods {
        *method = method.trim().to_ascii_uppercase();
    }
    if route.name.is_none() {
        let methods = match route.methods.as_slice() {
            [] => "any".to_owned(),
            methods => methods.join("|"),
        };
        let name = format!("{methods} {}", route.path);
        route.name = Some(name.chars().take(NAME_MOST).collect());
    }
}

fn under(settings: &mut Map<String, Value>, defaults: &Map<String, Value>) {
    for (key, value) in defaults {
        if !settings.contains_key(key) {
            settings.insert(key.clone(), value.clone());
        }
    }
}

/// Whether a declaration is sound by itself. What it refers to may stand elsewhere: see [`crate::dangling`].
pub fn check(all: &Declaration) -> Result<(), Flaws> {
    let mut flaws = Vec::new();
    twice(
        &mut flaws,
        "authorities",
        all.authorities.iter().map(|one| one.name.as_str()),
    );
    twice(
        &mut flaws,
        "certificates",
        all.certificates.iter().map(|one| one.name.as_str()),
    );
    twice(
        &mut flaws,
        "upstreams",
        all.upstreams.iter().map(|one| one.slug.as_str()),
    );
    twice(
        &mut flaws,
        "apis",
        all.apis.iter().map(|one| one.slug.as_str()),
    );
    twice(
        &mut flaws,
        "products",
        all.products.iter().map(|one| one.slug.as_str()),
    );
    for api in &all.apis {
        let place = format!("apis/{}/versions", api.slug);
        twice(
            &mut flaws,
            &place,
            api.versions.iter().map(|one| one.label.as_str()),
        );
    }
    for product in &all.products {
        let place = format!("products/{}/plans", product.slug);
        twice(
            &mut flaws,
            &place,
            product.plans.iter().map(|one| one.slug.as_str()),
        );
        let place = format!("products/{}/versions", product.slug);
        twice(
            &mut flaws,
            &place,
            product.versions.iter().map(String::as_str),
        );
    }
    let mut known = HashSet::new();
    for application in &all.applications {
        let owner = application.owner.as_deref().unwrap_or_default();
        let place = format!("applications/{owner}/{}", application.name);
        if !known.insert((owner.to_lowercase(), application.name.as_str())) {
            flaws.push(Flaw::at(&place, "is there twice"));
        }
        let products = application
            .subscriptions
            .iter()
            .map(|one| one.product.as_str());
        twice(&mut flaws, &format!("{place}/subscriptions"), products);
    }
    circles(all, &mut flaws);
    if flaws.is_empty() {
        Ok(())
    } else {
        Err(Flaws(flaws))
    }
}

fn twice<'a>(flaws: &mut Vec<Flaw>, place: &str, names: impl Iterator<Item = &'a str>) {
    let mut known = HashSet::new();
    for name in names {
        if !known.insert(name) {
            flaws.push(Flaw::at(format!("{place}/{name}"), "is there twice"));
        }
    }
}

/// `v3` of an API is `api/v3`.
pub(crate) fn whole_version(api: &str, named: &str) -> String {
    if named.contains('/') {
        named.to_owned()
    } else {
        format!("{api}/{named}")
    }
}

/// Successors that lead back to where they began.
fn circles(all: &Declaration, flaws: &mut Vec<Flaw>) {
    let next: BTreeMap<String, String> = all
        .apis
        .iter()
        .flat_map(|api| api.versions.iter().map(move |version| (api, version)))
        .filter_map(|(api, version)| {
            let successor = version.successor.as_deref()?;
            Some((
                format!("{}/{}", api.slug, version.label),
                whole_version(&api.slug, successor),
            ))
        })
        .collect();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for start in next.keys() {
        let mut seen = vec![start.as_str()];
        let mut at = start.as_str();
        while let Some(following) = next.get(at) {
            if following == start {
                if !seen.iter().any(|one| told.contains(one)) {
                    let (api, label) = start.split_once('/').unwrap_or((start, ""));
                    let place = format!("apis/{api}/versions/{label}/successor");
                    let message = format!("leads back to itself: {} -> {start}", seen.join(" -> "));
                    flaws.push(Flaw::at(place, message));
                    told.extend(seen.iter().copied());
                }
                break;
            }
            if seen.contains(&following.as_str()) {
                break;
            }
            seen.push(following);
            at = following;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{Names, dangling};
    use crate::parse::parse;

    fn flaws(text: &str) -> Vec<String> {
        let mut all = parse(text).expect("it is read");
        fill(&mut all);
        let mut flaws = check(&all).err().map_or_else(Vec::new, |flaws| flaws.0);
        flaws.extend(dangling(&all, Names::default()));
        flaws.iter().map(Flaw::to_string).collect()
    }

    #[test]
    fn duplicate_slugs_are_named() {
        let found = flaws(
            "gatehouse: 1\nupstreams: [{slug: a}, {slug: a}]\nproducts: [{slug: p, plans: [{slug: x}, {slug: x}]}]",
        );
        assert_eq!(
            found,
            [
                "upstreams/a: is there twice",
                "products/p/plans/x: is there twice"
            ]
        );
    }

    #[test]
    fn references_that_lead_nowhere_are_named_with_what_is_near() {
        let found = flaws(
            "gatehouse: 1\nupstreams: [{slug: rates, settings: {tls: {ca: mine}}}]\napis: [{slug: a, versions: [{label: v1, upstream: ratse}]}]",
        );
        assert_eq!(
            found,
            [
                "upstreams/rates/settings/tls/ca: there is no authority `mine`",
                "apis/a/versions/v1/upstream: there is no upstream `ratse`; did you mean `rates`?",
            ]
        );
    }

    #[test]
    fn successors_in_a_circle_are_named_once() {
        let found = flaws(
            "gatehouse: 1\napis: [{slug: a, versions: [{label: v1, successor: v2}, {label: v2, successor: a/v3}, {label: v3, successor: v1}]}]",
        );
        assert_eq!(
            found,
            ["apis/a/versions/v1/successor: leads back to itself: a/v1 -> a/v2 -> a/v3 -> a/v1",]
        );
    }

    #[test]
    fn defaults_stand_under_what_is_said() {
        let mut all = parse("gatehouse: 1\ndefaults: {upstream: {retries: 0, protocol: http2}, hosts: [api.example.com]}\nupstreams: [{slug: a, settings: {retries: 3}}]\napis: [{slug: a, versions: [{label: v1, routes: [{methods: [get], path: /x}]}]}]").expect("it is read");
        fill(&mut all);
        assert_eq!(
            Value::Object(all.upstreams[0].settings.clone()),
            serde_json::json!({"retries": 3, "protocol": "http2"})
        );
        assert_eq!(all.apis[0].versions[0].hosts, ["api.example.com"]);
        assert_eq!(
            all.apis[0].versions[0].routes[0].name.as_deref(),
            Some("GET /x")
        );
    }
}
