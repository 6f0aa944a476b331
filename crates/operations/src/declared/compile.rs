//! A declaration as what a gateway runs, without a store: for a gateway that has no database.

mod contract;
mod policy;
mod together;
mod unserved;

use std::collections::HashMap;

use data_encoding::HEXLOWER;
use declaration::{Body, Declaration, Flaw, Flaws, Item, ItemKind, Names, items};
use domain::Id;
use domain::api::Lifecycle;
use domain::credential::sealing_purpose;
use gateway_snapshot::model::{self, Entity};
use gateway_snapshot::problem::Problem;
use gateway_snapshot::settings::{RouteSettings, UpstreamSettings};
use openapi::contract::Wants;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use self::contract::{contract, operation, wants};
use self::together::together;
use super::canonical::inputs::certificate_input;
use super::canonical::names::take_names;
use super::canonical::{Means, canonical};
use super::seal;
use crate::certificates::paper;

/// Compiles a declaration: everything in it that a gateway needs, under ids that follow from the names, so that the same
/// thing keeps its id (and so its counters) from one file to the next.
pub fn compile(means: &Means, all: Declaration) -> Result<Vec<Entity>, Flaws> {
    let all = canonical(means, all)?;
    let dangling = declaration::dangling(&all, Names::default());
    if !dangling.is_empty() {
        return Err(Flaws(dangling));
    }
    let items = items(all);
    let mut compiler = Compiler {
        means,
        versions: HashMap::new(),
        wants: wants(&items),
        entities: Vec::with_capacity(items.len()),
        flaws: Vec::new(),
    };
    for item in &items {
        if let Err(message) = compiler.item(item) {
            compiler.flaws.push(Flaw::at(item.key.to_string(), message));
        }
    }
    for entity in &compiler.entities {
        for problem in gateway_snapshot::check::entity(entity)
            .err()
            .into_iter()
            .flatten()
        {
            compiler.flaws.push(placed(&items, problem));
        }
    }
    if compiler.flaws.is_empty() {
        let problems = together(&compiler.entities).into_iter();
        compiler.flaws = problems.map(|one| placed(&items, one)).collect();
    }
    if compiler.flaws.is_empty() {
        Ok(compiler.entities)
    } else {
        Err(Flaws(compiler.flaws))
    }
}

/// A problem at the name of the thing that has it.
fn placed(items: &[Item], problem: Problem) -> Flaw {
    let item = items
        .iter()
        .find(|item| id(item.key.kind, &item.key.path) == problem.id);
    match item {
        Some(item) => Flaw::at(item.key.to_string(), problem.message),
        None => Flaw::at(problem.kind.as_str(), problem.to_string()),
    }
}

/// The id of a thing: a UUID of version 8 (RFC 9562, 5.8) made of its name.
fn id(kind: ItemKind, path: &str) -> Uuid {
    named(&format!("{} {path}", kind.as_str()))
}

fn named(text: &str) -> Uuid {
    let digest = Sha256::digest(text);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

struct Compiler<'a> {
    means: &'a Means,
    /// Name and slug of the API of each version.
    versions: HashMap<String, String>,
    wants: HashMap<String, Wants>,
    entities: Vec<Entity>,
    flaws: Vec<Flaw>,
}

impl Compiler<'_> {
    fn item(&mut self, item: &Item) -> Result<(), String> {
        let own = id(item.key.kind, &item.key.path);
        let above = item
            .parent
            .as_ref()
            .map_or(Uuid::nil(), |key| id(key.kind, &key.path));
        let entity = match &item.body {
            Body::Authority(one) => Entity::Ca(model::Ca {
                id: own.into(),
                name: one.name.clone(),
                certificates: ders(&one.bundle)?,
            }),
            Body::Certificate(one) => self.certificate(own, one)?,
            Body::Upstream(one) => upstream(own, one)?,
            Body::Api(one) => {
                let name = one.name.clone().unwrap_or_else(|| one.slug.clone());
                self.versions.insert(one.slug.clone(), name);
                return Ok(());
            }
            Body::Version(one) => {
                let path = item
                    .parent
                    .as_ref()
                    .map(|key| key.path.as_str())
                    .unwrap_or_default();
                let contract = contract(&self.wants, own, path, one)?;
                self.entities.extend(contract.map(Entity::Contract));
                self.version(own, above, path, one)
            }
            Body::Route(one) => {
                let version = item
                    .parent
                    .as_ref()
                    .map(|key| key.path.as_str())
                    .unwrap_or_default();
                let operation = one
                    .operation
                    .as_deref()
                    .map(|slug| operation(version, slug));
                Entity::Route(model::Route {
                    id: own.into(),
                    api_version: above.into(),
                    operation: operation.unwrap_or(Uuid::nil()).into(),
                    name: one.name.clone().unwrap_or_default(),
                    methods: one.methods.clone(),
                    path: one.path.clone(),
                    path_kind: one.path_kind,
                    priority: i32::try_from(one.priority).unwrap_or_default(),
                    settings: typed::<RouteSettings>(one.settings.clone())?,
                    enabled: one.enabled,
                })
            }
            Body::Product(one) => Entity::Product(model::Product {
                id: own.into(),
                slug: one.slug.clone(),
                state: one.state,
                items: one
                    .versions
                    .iter()
                    .map(|path| id(ItemKind::Version, path).into())
                    .collect(),
            }),
            Body::Plan(one) => Entity::Plan(model::Plan {
                id: own.into(),
                product: above.into(),
                slug: one.slug.clone(),
                state: one.state,
                rate_limits: one.rate_limits.clone(),
                quota: one.quota,
                scopes: one.scopes.clone(),
            }),
            Body::Application(one) => Entity::Application(model::Application {
                id: own.into(),
                name: one.name.clone(),
                state: one.state,
            }),
            Body::Subscription(one) => Entity::Subscription(model::Subscription {
                id: own.into(),
                application: above.into(),
                product: id(ItemKind::Product, &one.product).into(),
                plan: id(ItemKind::Plan, &format!("{}/{}", one.product, one.plan)).into(),
                state: one.state,
            }),
            Body::Credential(one) => self.credential(own, above, one)?,
            Body::Policy(one) => policy::entity(own, above, item, one)?,
        };
        self.entities.push(entity);
        Ok(())
    }

    fn certificate(&self, own: Uuid, one: &declaration::Certificate) -> Result<Entity, String> {
        let input = certificate_input(self.means, one).map_err(|error| error.to_string())?;
        let key = input.key.unwrap_or_default();
        let pair = paper::pair(&one.chain, &key, one.used_for, self.means.now)
            .map_err(|error| error.to_string())?;
        let purpose = format!("certificate:{own}");
        let authority = one.client_authority.as_deref();
        Ok(Entity::Certificate(model::Certificate {
            id: own.into(),
            name: one.name.clone(),
            used_for: one.used_for,
            names: pair.paper.names,
            chain: ders(&pair.paper.chain)?,
            sealed_key: seal::bytes(&self.means.sealer, &purpose, &pair.key),
            client_auth: one.client_auth,
            client_ca: authority.map_or(Id::NIL, |name| id(ItemKind::Authority, name).into()),
        }))
    }

    fn version(&self, own: Uuid, api: Uuid, slug: &str, one: &declaration::Version) -> Entity {
        Entity::ApiVersion(model::ApiVersion {
            id: own.into(),
            api: api.into(),
            api_slug: slug.to_owned(),
            api_name: self.versions.get(slug).cloned().unwrap_or_default(),
            label: one.label.clone(),
            lifecycle: one.lifecycle,
            upstream: one
                .upstream
                .as_deref()
                .map(|slug| id(ItemKind::Upstream, slug).into()),
            hosts: one.hosts.clone(),
            base_path: one.base_path.clone(),
            deprecated_at: one
                .deprecated_at
                .or_else(|| (one.lifecycle == Lifecycle::Deprecated).then_some(self.means.now)),
            sunset_at: one.sunset_at,
            // there is no portal with a page of it
            successor_url: None,
        })
    }

    fn credential(
        &self,
        own: Uuid,
        above: Uuid,
        one: &declaration::Credential,
    ) -> Result<Entity, String> {
        let digits = one.hash.as_deref().unwrap_or_default();
        let hash = HEXLOWER
            .decode(digits.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok());
        let sealed = match &one.secret {
            Some(text) => {
                let plain = seal::reveal(&self.means.sealer, text)?;
                seal::bytes(&self.means.sealer, &sealing_purpose(own.into()), &plain)
            }
            None => Vec::new(),
        };
        Ok(Entity::Credential(model::Credential {
            id: own.into(),
            application: above.into(),
            kind: one.kind,
            hash: hash.ok_or("has a hash that is not 64 digits of base 16")?,
            sealed,
            state: one.state,
            expires_at: one.expires_at,
        }))
    }
}

fn ders(pem: &str) -> Result<Vec<Vec<u8>>, String> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .map(|one| {
            one.map(|one| one.to_vec())
                .map_err(|error| error.to_string())
        })
        .collect()
}

fn upstream(own: Uuid, one: &declaration::Upstream) -> Result<Entity, String> {
    let mut settings = one.settings.clone();
    let [ca, shown] = take_names(&mut settings);
    let mut settings: UpstreamSettings = typed(settings)?;
    settings.tls.ca = ca.map(|name| id(ItemKind::Authority, &name).into());
    settings.tls.client_certificate = shown.map(|name| id(ItemKind::Certificate, &name).into());
    let targets = one.targets.iter().map(|target| model::Target {
        id: named(&format!("target {}/{}", one.slug, target.url)).into(),
        url: target.url.clone(),
        weight: u32::try_from(target.weight).unwrap_or_default(),
        enabled: target.enabled,
    });
    Ok(Entity::Upstream(model::Upstream {
        id: own.into(),
        slug: one.slug.clone(),
        settings,
        targets: targets.collect(),
    }))
}

fn typed<T: serde::de::DeserializeOwned>(settings: Map<String, Value>) -> Result<T, String> {
    declaration::typed(Value::Object(settings)).map_err(|flaw| flaw.to_string())
}
