//! The parts of a declaration with everything that a source does not say at its default.

use declaration::{
    Api, Application, Credential, Declaration, FORMAT, Policy, Route, RowId, Target, Upstream,
    Version,
};
use domain::api::{Lifecycle, PathKind, Visibility};
use domain::credential::{CredentialKind, CredentialState};
use domain::subscription::ApplicationState;
use serde_json::{Map, Value};

pub(crate) fn declaration() -> Declaration {
    Declaration {
        gatehouse: FORMAT,
        ..Declaration::default()
    }
}

pub(crate) fn upstream(slug: &str, name: &str) -> Upstream {
    Upstream {
        id: RowId::default(),
        slug: slug.to_owned(),
        name: other_name(slug, name),
        targets: Vec::new(),
        settings: Map::new(),
    }
}

pub(crate) fn target(url: String, weight: i64) -> Target {
    Target {
        url,
        weight: weight.clamp(0, 10_000),
        enabled: true,
    }
}

pub(crate) fn policy(kind: &str, config: Value) -> Policy {
    Policy {
        id: RowId::default(),
        kind: kind.to_owned(),
        name: String::new(),
        config: object(config),
        conditions: None,
        on_error: None,
        enabled: true,
    }
}

pub(crate) fn api(slug: &str, name: &str) -> Api {
    Api {
        id: RowId::default(),
        slug: slug.to_owned(),
        name: other_name(slug, name),
        summary: String::new(),
        description: String::new(),
        visibility: Visibility::Public,
        tags: Vec::new(),
        policies: Vec::new(),
        versions: Vec::new(),
    }
}

pub(crate) fn version(label: &str, base_path: &str) -> Version {
    Version {
        id: RowId::default(),
        label: label.to_owned(),
        lifecycle: Lifecycle::Published,
        upstream: None,
        hosts: Vec::new(),
        base_path: base_path.to_owned(),
        deprecated_at: None,
        sunset_at: None,
        successor: None,
        document: None,
        routes_from_document: false,
        policies: Vec::new(),
        routes: Vec::new(),
    }
}

pub(crate) fn route(path: &str, path_kind: PathKind) -> Route {
    Route {
        id: RowId::default(),
        name: None,
        methods: Vec::new(),
        path: path.to_owned(),
        path_kind,
        priority: 0,
        operation: None,
        settings: Map::new(),
        enabled: true,
        policies: Vec::new(),
    }
}

pub(crate) fn application(name: &str) -> Application {
    Application {
        id: RowId::default(),
        name: name.to_owned(),
        owner: None,
        description: String::new(),
        state: ApplicationState::Active,
        policies: Vec::new(),
        subscriptions: Vec::new(),
        credentials: Vec::new(),
    }
}

pub(crate) fn credential(kind: CredentialKind, label: &str) -> Credential {
    Credential {
        id: RowId::default(),
        kind,
        label: label.to_owned(),
        secret: None,
        hash: None,
        client_id: None,
        secret_hash: None,
        redirect_uris: Vec::new(),
        username: None,
        key_id: None,
        certificate: None,
        issuer: None,
        subject: None,
        prefix: String::new(),
        last_four: String::new(),
        state: CredentialState::Active,
        expires_at: None,
    }
}

/// The members of an object; nothing for anything else.
pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn other_name(slug: &str, name: &str) -> Option<String> {
    let name = name.trim();
    (!name.is_empty() && name != slug).then(|| name.to_owned())
}
