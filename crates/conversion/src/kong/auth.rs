//! Who may call a route there, and how that is said here: by its access, and by products for groups.

use std::collections::{BTreeSet, HashMap};

use declaration::{Api, Plan, Policy, Product, RowId};
use domain::api::{Approval, PlanState, ProductState, Visibility};
use serde_json::json;

use super::file::{File, Kind};
use super::{Entity, Work, plugins, version_names};
use crate::names::Slugs;
use crate::parts;
use crate::source::{text, texts};

/// Plugins that ask who calls.
const ASKING: &[&str] = &[
    "key-auth",
    "key-auth-enc",
    "basic-auth",
    "hmac-auth",
    "jwt",
    "oauth2",
    "oauth2-introspection",
    "openid-connect",
    "mtls-auth",
    "ldap-auth",
    "ldap-auth-advanced",
];
/// Those of them that have a policy here.
const KNOWN: &[&str] = &[
    "key-auth",
    "key-auth-enc",
    "basic-auth",
    "hmac-auth",
    "jwt",
    "oauth2-introspection",
    "openid-connect",
    "mtls-auth",
];

/// What callers of a route need.
pub(super) struct Gate {
    /// The API that the route is of.
    pub(super) api: usize,
    asks: bool,
    /// Every credential at once.
    pub(super) all: bool,
    /// Groups of which the caller must be in one.
    allow: Vec<String>,
}

impl Gate {
    /// The word of the route's setting.
    pub(super) fn access(&self) -> &'static str {
        match (self.allow.is_empty(), self.asks) {
            (false, _) => "subscription",
            (true, true) => "authenticated",
            (true, false) => "open",
        }
    }
}

/// Reads what a route needs from the plugins of itself, its service and all.
pub(super) fn gate(
    file: &File<'_>,
    service: &Entity<'_>,
    route: &Entity<'_>,
    work: &mut Work,
) -> Gate {
    let effective = |name: &str| plugins::effective(file, service, route, name);
    let asking: Vec<&Entity<'_>> = ASKING.iter().filter_map(|name| effective(name)).collect();
    let anonymous = asking.iter().any(|plugin| {
        plugin
            .value
            .get("config")
            .is_some_and(|config| text(config, "anonymous").is_some())
    });
    let known = asking
        .iter()
        .filter(|plugin| KNOWN.contains(&plugin.name()))
        .count();
    if known < asking.len() {
        let note = "asks for a credential of a kind that this gateway does not know: the route asks for an API key until a \
                    policy is chosen";
        work.report.approximated(&route.place, note);
    }
    if anonymous {
        let note = "lets callers without a credential through as `anonymous`; here they are refused. Make a second route \
                    with `access: open` where they must pass";
        work.report.approximated(&route.place, note);
    }
    let acl = effective("acl");
    let allow = acl.map_or_else(Vec::new, |plugin| {
        let config = plugin.value.get("config").unwrap_or(plugin.value);
        let mut groups = texts(config, "allow");
        groups.extend(texts(config, "whitelist"));
        groups
    });
    Gate {
        api: 0,
        asks: !asking.is_empty(),
        all: known > 1 && !anonymous,
        allow,
    }
}

/// The policy that asks for a subscription to the product of one of the groups in `allow`, and refuses one to those in `deny`.
pub(super) fn acl(file: &File<'_>, allow: &[String], deny: &[String]) -> Policy {
    let rules = |groups: &[String]| match groups {
        [] => json!([]),
        groups => {
            let products: Vec<String> = groups.iter().map(|group| file.product_of(group)).collect();
            json!([{ "subscribed": products }])
        }
    };
    parts::policy("acl", json!({ "allow": rules(allow), "deny": rules(deny) }))
}

/// The products that stand for groups, by the groups' names. Two names never share one.
pub(super) fn products_of_groups(entities: &[Entity<'_>]) -> HashMap<String, String> {
    let mut groups: BTreeSet<String> = BTreeSet::new();
    for entity in entities {
        if entity.kind == Kind::Acl {
            groups.extend(text(entity.value, "group"));
        } else if entity.kind == Kind::Plugin && entity.name() == "acl" {
            let config = entity.value.get("config").unwrap_or(entity.value);
            for list in ["allow", "deny", "whitelist", "blacklist"] {
                groups.extend(texts(config, list));
            }
        }
    }
    let mut slugs = Slugs::default();
    let named = |group: String| {
        let slug = slugs.fresh(&format!("group-{group}"), "group");
        (group, slug)
    };
    groups.into_iter().map(named).collect()
}

/// A product for each group that a route asks for, or that a consumer is in.
pub(super) fn products(file: &File<'_>, gates: &[Gate], apis: &[Api]) -> Vec<Product> {
    let mut groups: Vec<String> = gates.iter().flat_map(|gate| gate.allow.clone()).collect();
    groups.extend(
        file.of_kind(Kind::Acl)
            .filter_map(|acl| text(acl.value, "group")),
    );
    groups.sort();
    groups.dedup();
    let mut products: Vec<Product> = Vec::new();
    for group in groups {
        let slug = file.product_of(&group);
        if products.iter().any(|product| product.slug == slug) {
            continue;
        }
        let opens = gates.iter().filter(|gate| gate.allow.contains(&group));
        let mut opened: Vec<usize> = opens.map(|gate| gate.api).collect();
        opened.sort_unstable();
        opened.dedup();
        let versions = opened
            .into_iter()
            .filter_map(|api| apis.get(api))
            .flat_map(version_names)
            .collect();
        products.push(Product {
            id: RowId::default(),
            slug,
            name: Some(format!("Group {group}")),
            summary: "What the access list of this group opens.".to_owned(),
            visibility: Visibility::Hidden,
            state: ProductState::Published,
            own_of: None,
            versions,
            policies: Vec::new(),
            plans: vec![member()],
        });
    }
    products
}

fn member() -> Plan {
    Plan {
        id: RowId::default(),
        slug: "member".to_owned(),
        name: Some("Member".to_owned()),
        summary: String::new(),
        state: PlanState::Active,
        approval: Approval::Reviewed,
        review_hours: None,
        price: String::new(),
        rate_limits: Vec::new(),
        quota: None,
        scopes: None,
        questions: Vec::new(),
        terms: String::new(),
        policies: Vec::new(),
    }
}
