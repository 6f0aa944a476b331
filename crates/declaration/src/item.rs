//! A declaration taken apart: one item for each thing, with a name that is the same on every platform.

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};

use crate::catalog::{Api, Route, Version};
use crate::credential::{Application, Credential, Subscription};
use crate::model::{Authority, Certificate, Declaration, Policy, Upstream};
use crate::offer::{Plan, Product};

/// What kind of thing, in the order in which things are made; they go in the opposite order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// See [`Authority`].
    Authority,
    /// See [`Certificate`].
    Certificate,
    /// See [`Upstream`].
    Upstream,
    /// See [`Api`].
    Api,
    /// See [`Version`].
    Version,
    /// See [`Route`].
    Route,
    /// See [`Product`].
    Product,
    /// See [`Plan`].
    Plan,
    /// See [`Application`].
    Application,
    /// See [`Subscription`].
    Subscription,
    /// See [`Credential`].
    Credential,
    /// See [`Policy`].
    Policy,
}

impl ItemKind {
    /// The word in keys and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authority => "authority",
            Self::Certificate => "certificate",
            Self::Upstream => "upstream",
            Self::Api => "api",
            Self::Version => "version",
            Self::Route => "route",
            Self::Product => "product",
            Self::Plan => "plan",
            Self::Application => "application",
            Self::Subscription => "subscription",
            Self::Credential => "credential",
            Self::Policy => "policy",
        }
    }
}

/// The name of a thing: its kind, and names from the top down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Its kind.
    pub kind: ItemKind,
    /// `shipping/v2/GET /rates`
    pub path: String,
}

impl Key {
    /// A name.
    pub fn new(kind: ItemKind, path: impl Into<String>) -> Self {
        Self {
            kind,
            path: path.into(),
        }
    }

    /// Of an application: its owner's address in lower case, and its name.
    pub fn application(owner: Option<&str>, name: &str) -> Self {
        let owner = owner.unwrap_or_default().trim().to_lowercase();
        Self::new(ItemKind::Application, format!("{owner}/{name}"))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.path)
    }
}

/// What one thing says, without what stands below it.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// See [`Authority`].
    Authority(Authority),
    /// See [`Certificate`].
    Certificate(Certificate),
    /// See [`Upstream`].
    Upstream(Upstream),
    /// See [`Api`].
    Api(Api),
    /// See [`Version`].
    Version(Version),
    /// See [`Route`].
    Route(Route),
    /// See [`Product`].
    Product(Product),
    /// See [`Plan`].
    Plan(Plan),
    /// See [`Application`].
    Application(Application),
    /// See [`Subscription`].
    Subscription(Subscription),
    /// See [`Credential`].
    Credential(Credential),
    /// See [`Policy`].
    Policy(Policy),
}

impl Body {
    /// The row that it was read from.
    pub fn id(&self) -> crate::RowId {
        match self {
            Self::Authority(one) => one.id,
            Self::Certificate(one) => one.id,
            Self::Upstream(one) => one.id,
            Self::Api(one) => one.id,
            Self::Version(one) => one.id,
            Self::Route(one) => one.id,
            Self::Product(one) => one.id,
            Self::Plan(one) => one.id,
            Self::Application(one) => one.id,
            Self::Subscription(one) => one.id,
            Self::Credential(one) => one.id,
            Self::Policy(one) => one.id,
        }
    }

    /// As JSON, its secrets left out: for people and reports.
    pub fn shown(&self) -> Value {
        let mut value = match self {
            Self::Authority(one) => json!(one),
            Self::Certificate(one) => json!(one),
            Self::Upstream(one) => json!(one),
            Self::Api(one) => json!(one),
            Self::Version(one) => json!(one),
            Self::Route(one) => json!(one),
            Self::Product(one) => json!(one),
            Self::Plan(one) => json!(one),
            Self::Application(one) => json!(one),
            Self::Subscription(one) => json!(one),
            Self::Credential(one) => json!(one),
            Self::Policy(one) => json!(one),
        };
        let hidden: &[&str] = match self {
            Self::Certificate(_) => &["key"],
            // a hash is as good as the secret to whoever guesses
            Self::Credential(_) => &["secret", "hash", "secret_hash"],
            _ => &[],
        };
        for member in hidden {
            if let Some(found) = value.get_mut(member) {
                *found = json!("(secret)");
            }
        }
        value
    }
}

/// One thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its name.
    pub key: Key,
    /// What it stands in; `None` at the top.
    pub parent: Option<Key>,
    /// Its place among its like in what it stands in.
    pub position: usize,
    /// What it says.
    pub body: Body,
}

/// Every thing of a declaration, what stands above before what stands below.
pub fn items(all: Declaration) -> Vec<Item> {
    let mut list = List::default();
    for one in all.authorities {
        let key = Key::new(ItemKind::Authority, one.name.clone());
        list.push(key, None, Body::Authority(one));
    }
    for one in all.certificates {
        let key = Key::new(ItemKind::Certificate, one.name.clone());
        list.push(key, None, Body::Certificate(one));
    }
    for one in all.upstreams {
        let key = Key::new(ItemKind::Upstream, one.slug.clone());
        list.push(key, None, Body::Upstream(one));
    }
    list.policies(None, all.policies);
    for one in all.apis {
        list.api(one);
    }
    for one in all.products {
        list.product(one);
    }
    for one in all.applications {
        list.application(one);
    }
    list.items
}

#[derive(Default)]
struct List {
    items: Vec<Item>,
    /// How many things carry a name already.
    names: HashMap<Key, usize>,
    /// How many things of a kind stand in another.
    counts: HashMap<(Option<Key>, ItemKind), usize>,
}

impl List {
    fn push(&mut self, mut key: Key, parent: Option<Key>, body: Body) -> Key {
        let same = self.names.entry(key.clone()).or_insert(0);
        *same += 1;
        if *same > 1 {
            key.path = format!("{} ({same})", key.path);
        }
        let position = self.counts.entry((parent.clone(), key.kind)).or_insert(0);
        let at = *position;
        *position += 1;
        self.items.push(Item {
            key: key.clone(),
            parent,
            position: at,
            body,
        });
        key
    }

    fn policies(&mut self, parent: Option<&Key>, policies: Vec<Policy>) {
        for one in policies {
            let of = parent.map_or_else(|| "global".to_owned(), Key::to_string);
            let name = if one.name.is_empty() {
                &one.kind
            } else {
                &one.name
            };
            let path = if one.name.is_empty() {
                format!("{of}/{name}")
            } else {
                format!("{of}/{}/{name}", one.kind)
            };
            self.push(
                Key::new(ItemKind::Policy, path),
                parent.cloned(),
                Body::Policy(one),
            );
        }
    }

    fn api(&mut self, mut one: Api) {
        let (policies, versions) = (
            std::mem::take(&mut one.policies),
            std::mem::take(&mut one.versions),
        );
        let slug = one.slug.clone();
        let key = self.push(Key::new(ItemKind::Api, slug.clone()), None, Body::Api(one));
        self.policies(Some(&key), policies);
        for mut version in versions {
            let policies = std::mem::take(&mut version.policies);
            let routes = std::mem::take(&mut version.routes);
            let path = format!("{slug}/{}", version.label);
            let above = Some(key.clone());
            let key = self.push(
                Key::new(ItemKind::Version, path.clone()),
                above,
                Body::Version(version),
            );
            self.policies(Some(&key), policies);
            for mut route in routes {
                let policies = std::mem::take(&mut route.policies);
                let name = route.name.clone().unwrap_or_else(|| route.path.clone());
                let path = format!("{path}/{name}");
                let above = Some(key.clone());
                let key = self.push(Key::new(ItemKind::Route, path), above, Body::Route(route));
                self.policies(Some(&key), policies);
            }
        }
    }

    fn product(&mut self, mut one: Product) {
        let (policies, plans) = (
            std::mem::take(&mut one.policies),
            std::mem::take(&mut one.plans),
        );
        let slug = one.slug.clone();
        let key = self.push(
            Key::new(ItemKind::Product, slug.clone()),
            None,
            Body::Product(one),
        );
        self.policies(Some(&key), policies);
        for mut plan in plans {
            let policies = std::mem::take(&mut plan.policies);
            let path = format!("{slug}/{}", plan.slug);
            let above = Some(key.clone());
            let key = self.push(Key::new(ItemKind::Plan, path), above, Body::Plan(plan));
            self.policies(Some(&key), policies);
        }
    }

    fn application(&mut self, mut one: Application) {
        let policies = std::mem::take(&mut one.policies);
        let subscriptions = std::mem::take(&mut one.subscriptions);
        let credentials = std::mem::take(&mut one.credentials);
        let key = Key::application(one.owner.as_deref(), &one.name);
        let key = self.push(key, None, Body::Application(one));
        self.policies(Some(&key), policies);
        for one in subscriptions {
            let path = format!("{}/{}", key.path, one.product);
            let below = Key::new(ItemKind::Subscription, path);
            self.push(below, Some(key.clone()), Body::Subscription(one));
        }
        for one in credentials {
            let name = if one.label.is_empty() {
                one.kind.as_str()
            } else {
                &one.label
            };
            let path = format!("{}/{name}", key.path);
            let below = Key::new(ItemKind::Credential, path);
            self.push(below, Some(key.clone()), Body::Credential(one));
        }
    }
}
