//! The file as a flat list of entities, whether they stand inside each other or refer to each other.

use serde_json::Value;

use super::Entity;
use crate::report::Report;
use crate::source::{SourceError, objects, text, texts};

/// Kinds of entities that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// Other lists at the top that are known, and why they are not taken over.
const KNOWN: &[(&str, &str)] = &[
    (
        "certificates",
        "private keys do not belong in this file: give them in `certificates` by `${file:...}`",
    ),
    ("ca_certificates", "give them in `authorities`"),
    (
        "snis",
        "the names of a certificate are read from the certificate itself",
    ),
    ("vaults", "use `${vault:...}` and `${file:...}` references"),
    (
        "oauth2_credentials",
        "tokens of Kong end with Kong; make OAuth clients anew",
    ),
    (
        "mtls_auth_credentials",
        "upload the certificates to their applications",
    ),
    ("keys", "keys of issuers stand in a `jwt` policy"),
    ("key_sets", "keys of issuers stand in a `jwt` policy"),
    ("rbac_roles", "roles are given to accounts"),
    ("filter_chains", "there are no WASM filters here"),
    (
        "partials",
        "shared Redis settings are settings of the gateway",
    ),
    ("licenses", "there is no licence to bring"),
];

/// Keys at the top that say nothing of the traffic.
const SILENT: &[&str] = &[
    "_format_version",
    "_transform",
    "_info",
    "_comment",
    "_ignore",
    "_workspace",
    "_konnect",
    "_plugin_configs",
    "consumer_group_consumers",
];

/// A file of Kong, flat.
pub(super) struct File<'v> {
    pub(super) root: &'v Value,
    pub(super) entities: Vec<Entity<'v>>,
    /// Whether paths with expressions begin with `~` (from format 3.0 on).
    pub(super) marks_expressions: bool,
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
        };
        file.lists(root, "", &[]);
        file.memberships();
        Ok(file)
    }

    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Entity<'v>> {
        self.entities
            .iter()
            .filter(move |entity| entity.kind == kind)
    }

    fn lists(&mut self, value: &'v Value, place: &str, above: &[(Kind, String)]) {
        for listed in LISTED {
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
        let pairs: Vec<(String, String)> = objects(root, "consumer_group_consumers")
            .filter_map(|(_, pair)| {
                let of = |name: &str| match pair.get(name)? {
                    Value::String(name) => Some(name.clone()),
                    other => text(other, "username").or_else(|| text(other, "name")),
                };
                Some((of("consumer")?, of("consumer_group")?))
            })
            .collect();
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

/// Tells of lists at the top that are not taken over.
pub(super) fn unknown(root: &Value, report: &mut Report) {
    for (key, value) in root.as_object().into_iter().flatten() {
        let count = value.as_array().map_or(1, Vec::len);
        let is_read = LISTED
            .iter()
            .any(|listed| listed.lists.contains(&key.as_str()));
        if is_read || SILENT.contains(&key.as_str()) || count == 0 {
            continue;
        }
        match KNOWN.iter().find(|(known, _)| known == key) {
            Some((_, why)) => report.left_out(key, format!("{count} of them: {why}")),
            None => report.left_out(key, "is not known here"),
        }
    }
}
