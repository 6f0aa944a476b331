//! Who may call a route there, and how that is said here: by its access, and by products for groups.

use declaration::{Api, Declaration, Plan, Policy, Product, RowId};
use domain::api::{Approval, PlanState, ProductState, Visibility};
use serde_json::json;

use super::file::{File, Kind};
use super::{Entity, Work, plugins, version_names};
use crate::names::slug;
use crate::source::{text, texts};
use crate::{parts, secrets};

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
    /// Whether the list of groups stands at the route itself.
    own: bool,
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

    /// What holds a route to its own groups.
    pub(super) fn policy(&self) -> Option<Policy> {
        (self.own && !self.allow.is_empty()).then(|| acl(&self.allow))
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
        own: acl.is_some_and(|plugin| plugin.is_of(route)),
        allow,
    }
}

/// The policy that asks for a subscription to the product of one of these groups.
pub(super) fn acl(groups: &[String]) -> Policy {
    let products: Vec<String> = groups.iter().map(|group| product_of(group)).collect();
    parts::policy("acl", json!({ "allow": [{ "products": products }] }))
}

/// The product that stands for a group.
pub(super) fn product_of(group: &str) -> String {
    format!("group-{}", slug(group))
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
        let slug = product_of(&group);
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
        questions: Vec::new(),
        terms: String::new(),
        policies: Vec::new(),
    }
}

/// The keys of consumers' JWTs: one issuer for each scope is possible here.
pub(super) fn issuers(file: &File<'_>, made: &mut Declaration, work: &mut Work) {
    let credentials: Vec<_> = file.of_kind(Kind::Jwt).collect();
    let configs = made
        .policies
        .iter_mut()
        .chain(made.apis.iter_mut().flat_map(|api| {
            let below = api.versions.iter_mut().flat_map(|version| {
                version
                    .routes
                    .iter_mut()
                    .flat_map(|route| route.policies.iter_mut())
            });
            api.policies.iter_mut().chain(below)
        }))
        .filter(|policy| policy.kind == "jwt" && !policy.config.contains_key("issuer"));
    let first = credentials.first();
    let mut used = false;
    for policy in configs {
        used = true;
        let Some(first) = first else {
            policy.enabled = false;
            continue;
        };
        let issuer = text(first.value, "key").unwrap_or_default();
        let algorithm = text(first.value, "algorithm").unwrap_or_else(|| "HS256".to_owned());
        policy.config.insert("issuer".to_owned(), json!(issuer));
        policy
            .config
            .insert("algorithms".to_owned(), json!([algorithm]));
        if let Some(secret) = text(first.value, "secret").filter(|_| algorithm.starts_with("HS")) {
            let (reference, told) = secrets::kept(&["JWT", &issuer], &secret);
            policy.config.insert("secret".to_owned(), json!(reference));
            if !work
                .secrets
                .iter()
                .any(|known| Some(known) == told.as_ref())
            {
                work.secrets.extend(told);
            }
        } else {
            policy.enabled = false;
        }
    }
    if !used {
        return;
    }
    match first {
        None => work.report.left_out("jwt", "no consumer has a key for it: its policies are switched off until an `issuer` is given"),
        Some(first) => {
            let has_secret = text(first.value, "secret").is_some();
            let note = match has_secret {
                true => "its issuer and key stand in the `jwt` policies now",
                false => "name its public key as a JWK in `keys` of the `jwt` policies, which are switched off until then",
            };
            work.report.approximated(&first.place, note);
        }
    }
    for other in credentials.iter().skip(1) {
        work.report.left_out(
            &other.place,
            "a scope takes tokens of one issuer here: let one issuer sign for all consumers, or give this consumer routes of \
             its own",
        );
    }
}
