//! The file as a flat list of entities, whether they stand inside each other or refer to each other.

use std::collections::HashMap;

use serde_json::Value;

use super::plugins::Standing;
use super::{Entity, auth};
use crate::source::{SourceError, objects, text, texts};

static NOTHING: Value = Value::Null;

/// What stands for the service of routes that have none.
pub(super) const NO_SERVICE: &str = "@no-service";

/// Kinds of entities that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Service,
    Route,
    Upstream,
    Target,
    Consumer,
    Group,
    Plugin,
    Key,
    Basic,
    Hmac,
    Jwt,
    Acl,
}

impl Kind {
    /// What it is called.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Route => "route",
            Self::Upstream => "upstream",
            Self::Target => "target",
            Self::Consumer => "consumer",
            Self::Group => "consumer group",
            Self::Plugin => "plugin",
            Self::Key | Self::Basic | Self::Hmac | Self::Jwt => "credential",
            Self::Acl => "ACL group",
        }
    }
}

/// A kind with its list at the top, its list inside others, and what others call it.
struct Listed {
    kind: Kind,
    lists: &'static [&'static str],
    reference: &'static str,
    /// What it is referred to by.
    names: &'static [&'static str],
}

const LISTED: &[Listed] = &[
    Listed {
        kind: Kind::Service,
        lists: &["services"],
        reference: "service",
        names: &["name", "id"],
    },
    Listed {
        kind: Kind::Route,
        lists: &["routes"],
        reference: "route",
        names: &["name", "id"],
    },
    Listed {
        kind: Kind::Upstream,
        lists: &["upstreams"],
        reference: "upstream",
        names: &["name", "id"],
    },
    Listed {
        kind: Kind::Target,
        lists: &["targets"],
        reference: "target",
        names: &["target", "id"],
    },
    Listed {
        kind: Kind::Consumer,
        lists: &["consumers"],
        reference: "consumer",
        names: &["username", "custom_id", "id"],
    },
    Listed {
        kind: Kind::Group,
        lists: &["consumer_groups"],
        reference: "consumer_group",
        names: &["name", "id"],
    },
    Listed {
        kind: Kind::Plugin,
        lists: &["plugins", "consumer_group_plugins"],
        reference: "plugin",
        names: &["name", "id"],
    },
    Listed {
        kind: Kind::Key,
        lists: &["keyauth_credentials"],
        reference: "",
        names: &["id"],
    },
    Listed {
        kind: Kind::Basic,
        lists: &["basicauth_credentials"],
        reference: "",
        names: &["username", "id"],
    },
    Listed {
        kind: Kind::Hmac,
        lists: &["hmacauth_credentials"],
        reference: "",
        names: &["username", "id"],
    },
    Listed {
        kind: Kind::Jwt,
        lists: &["jwt_secrets"],
        reference: "",
        names: &["key", "id"],
    },
    Listed {
        kind: Kind::Acl,
        lists: &["acls"],
        reference: "",
        names: &["group", "id"],
    },
];

/// A file of Kong, flat.
pub(super) struct File<'v> {
    pub(super) root: &'v Value,
    pub(super) entities: Vec<Entity<'v>>,
    /// Whether paths with expressions begin with `~` (from format 3.0 on).
    pub(super) marks_expressions: bool,
    /// Where its plugins stand.
    pub(super) standing: Standing,
    /// What belongs to something, by the kind and the name of that.
    below: HashMap<(Kind, String), Vec<usize>>,
    /// The products that stand for groups.
    products: HashMap<String, String>,
}

impl<'v> File<'v> {
    pub(super) fn of(root: &'v Value) -> Result<Self, SourceError> {
        let format = text(root, "_format_version").ok_or_else(|| SourceError::Other {
            what: "file of Kong",
            why: "it has no `_format_version`".to_owned(),
        })?;
        let major: u32 = format
            .split('.')
            .next()
            .and_then(|major| major.parse().ok())
            .filter(|major| (1..=3).contains(major))
            .ok_or_else(|| SourceError::Other {
                what: "file of Kong that is understood",
                why: format!("its `_format_version` is `{format}`; 1.1 to 3.0 are"),
            })?;
        let mut file = Self {
            root,
            entities: Vec::new(),
            marks_expressions: major >= 3,
            standing: Standing::default(),
            below: HashMap::new(),
            products: HashMap::new(),
        };
        file.lists(root, "", &[]);
        file.memberships();
        file.without_service();
        for (index, entity) in file.entities.iter().enumerate() {
            for owner in &entity.owners {
                file.below.entry(owner.clone()).or_default().push(index);
            }
        }
        file.standing = Standing::of(&file);
        file.products = auth::products_of_groups(&file.entities);
        Ok(file)
    }

    /// Routes that have no service get one that leads nowhere: their plugins answer.
    fn without_service(&mut self) {
        let mut any = false;
        for route in self.entities.iter_mut() {
            if route.kind == Kind::Route && !route.has_owner(Kind::Service) {
                route.owners.push((Kind::Service, NO_SERVICE.to_owned()));
                any = true;
            }
        }
        if any {
            self.entities.push(Entity {
                kind: Kind::Service,
                value: &NOTHING,
                place: "routes without a service".to_owned(),
                names: vec![NO_SERVICE.to_owned()],
                owners: Vec::new(),
            });
        }
    }

    /// The product that stands for a group.
    pub(super) fn product_of(&self, group: &str) -> String {
        let known = self.products.get(group);
        known.cloned().unwrap_or_else(|| group.to_owned())
    }

    /// The entities of a kind that belong to another, in the order of the file.
    pub(super) fn owned<'e>(
        &'e self,
        kind: Kind,
        owner: &Entity<'_>,
    ) -> impl Iterator<Item = &'e Entity<'v>> + use<'e, 'v> {
        let mut found: Vec<usize> = owner
            .names
            .iter()
            .filter_map(|name| self.below.get(&(owner.kind, name.clone())))
            .flatten()
            .copied()
            .filter(|index| self.entities[*index].kind == kind)
            .collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(move |index| &self.entities[index])
    }

    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Entity<'v>> {
        self.entities
            .iter()
            .filter(move |entity| entity.kind == kind)
    }

    fn lists(&mut self, value: &'v Value, place: &str, above: &[(Kind, String)]) {
        for listed in LISTED {
            // a consumer that stands in its group is named there, and is not another one
            let names_members =
                listed.kind == Kind::Consumer && above.iter().any(|(kind, _)| *kind == Kind::Group);
            if names_members {
                continue;
            }
            for list in listed.lists {
                for (index, item) in objects(value, list) {
                    self.entity(listed, item, format!("{place}{list}[{index}]"), above);
                }
            }
        }
    }

    fn entity(
        &mut self,
        listed: &Listed,
        value: &'v Value,
        place: String,
        above: &[(Kind, String)],
    ) {
        let names: Vec<String> = listed
            .names
            .iter()
            .filter_map(|name| text(value, name))
            .collect();
        let place = match names.first() {
            Some(name) if !matches!(listed.kind, Kind::Key) => format!("{place} ({name})"),
            _ => place,
        };
        let mut owners = above.to_vec();
        for other in LISTED.iter().filter(|other| !other.reference.is_empty()) {
            let reference = match value.get(other.reference) {
                Some(Value::String(name)) => Some(name.clone()),
                Some(of) => text(of, "name")
                    .or_else(|| text(of, "username"))
                    .or_else(|| text(of, "id")),
                None => None,
            };
            // a plugin or an ACL may have members of such a name that are no references
            if let Some(name) = reference
                && other.kind != listed.kind
            {
                owners.push((other.kind, name));
            }
        }
        // what stands inside something without a name must still find it
        let names = match names.is_empty() {
            true => vec![format!("@{place}")],
            false => names,
        };
        let below: Vec<(Kind, String)> = vec![(listed.kind, names[0].clone())];
        self.entities.push(Entity {
            kind: listed.kind,
            value,
            place: place.clone(),
            names,
            owners,
        });
        let nests = matches!(
            listed.kind,
            Kind::Service | Kind::Route | Kind::Upstream | Kind::Consumer | Kind::Group
        );
        if nests {
            let mut below = below;
            // plugins of a route belong to it alone; routes of a service to the service
            if listed.kind == Kind::Group {
                below.extend(above.iter().cloned());
            }
            self.lists(value, &format!("{place}."), &below);
        }
    }

    /// Consumers name their groups, or a list at the top does.
    fn memberships(&mut self) {
        let root = self.root;
        let mut pairs: Vec<(String, String)> = objects(root, "consumer_group_consumers")
            .filter_map(|(_, pair)| {
                let of = |name: &str| match pair.get(name)? {
                    Value::String(name) => Some(name.clone()),
                    other => text(other, "username").or_else(|| text(other, "name")),
                };
                Some((of("consumer")?, of("consumer_group")?))
            })
            .collect();
        for group in self.of_kind(Kind::Group) {
            let mut members = texts(group.value, "consumers");
            members.extend(
                objects(group.value, "consumers")
                    .filter_map(|(_, one)| text(one, "username").or_else(|| text(one, "id"))),
            );
            pairs.extend(
                members
                    .into_iter()
                    .map(|one| (one, group.name().to_owned())),
            );
        }
        for entity in self
            .entities
            .iter_mut()
            .filter(|entity| entity.kind == Kind::Consumer)
        {
            let mut groups = texts(entity.value, "groups");
            groups.extend(
                objects(entity.value, "groups").filter_map(|(_, group)| text(group, "name")),
            );
            let told = pairs
                .iter()
                .filter(|(consumer, _)| entity.names.contains(consumer));
            groups.extend(told.map(|(_, group)| group.clone()));
            entity
                .owners
                .extend(groups.into_iter().map(|group| (Kind::Group, group)));
        }
    }
}

/// Whether a list at the top is one of those that are read.
pub(super) fn is_read(list: &str) -> bool {
    LISTED.iter().any(|listed| listed.lists.contains(&list))
}
