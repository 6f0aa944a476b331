//! Takes the steps of a plan: each by the operation that a person would use, all of them in one transaction.

use std::collections::HashMap;

use declaration::{Body, Document, Item, ItemKind, Key, Policy, Product, Route, Upstream, Version};
use domain::actor::Actor;
use domain::api::{PlanState, ProductState};
use domain::id::{ApiId, ApiVersionId, PlanId, PolicyId, ProductId, RouteId, UpstreamId};
use gateway_snapshot::settings::{RouteSettings, UpstreamSettings};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::canonical::{
    Means, Named, certificate_input, each_name, plan_input, route_input, take_names,
};
use super::plan::{Action, Step};
use crate::error::{Error, Result};
use crate::plans::Open;
use crate::platform::Platform;
use crate::policies::{Aside, Place};
use crate::upstreams::TargetInput;
use crate::{
    apis, cas, certificates, import, plans, policies, products, routes, upstreams, versions,
};

/// Takes steps. Everything goes through `platform`, which shares one transaction.
pub(super) struct Writer<'a> {
    pub(super) platform: &'a Platform,
    pub(super) actor: &'a Actor,
    pub(super) means: &'a Means,
    /// The rows of things by their names.
    pub(super) ids: HashMap<Key, Uuid>,
}

impl Writer<'_> {
    /// The row of a thing that something refers to.
    pub(super) fn id(&self, kind: ItemKind, path: &str) -> Result<Uuid> {
        let key = Key::new(kind, path);
        let found = self.ids.get(&key).copied();
        found.ok_or_else(|| {
            Error::invalid(key.path.clone(), format!("is named, and there is no {key}"))
        })
    }

    fn parent(&self, item: &Item) -> Result<Uuid> {
        match &item.parent {
            Some(key) => self.id(key.kind, &key.path),
            None => Ok(Uuid::nil()),
        }
    }

    /// Takes one step.
    pub(super) async fn take(&mut self, step: &Step) -> Result<()> {
        match (step.action, &step.before, &step.after) {
            (Action::Create, _, Some(item)) => {
                let id = Box::pin(self.create(item)).await?;
                self.ids.insert(item.key.clone(), id);
            }
            (Action::Update, Some(before), Some(item)) => {
                Box::pin(self.update(before.body.id().uuid(), item)).await?;
            }
            (Action::Delete, Some(item), _) => {
                Box::pin(self.delete(item)).await?;
                self.ids.remove(&item.key);
            }
            _ => {}
        }
        Ok(())
    }

    async fn create(&mut self, item: &Item) -> Result<Uuid> {
        let (platform, actor) = (self.platform, self.actor);
        Ok(match &item.body {
            Body::Authority(one) => cas::create(platform, actor, authority_input(one))
                .await?
                .id
                .uuid(),
            Body::Certificate(one) => {
                let input = self.certificate(one)?;
                certificates::create(platform, actor, one.used_for, input)
                    .await?
                    .id
                    .uuid()
            }
            Body::Upstream(one) => {
                let input = self.upstream(one)?;
                upstreams::create(platform, actor, input).await?.id.uuid()
            }
            Body::Api(one) => apis::create(platform, actor, api_input(one, None))
                .await?
                .id
                .uuid(),
            Body::Version(one) => {
                let api = ApiId::new(self.parent(item)?);
                let made = versions::create(platform, actor, api, self.version(one)?).await?;
                self.document(made.id, one).await?;
                made.id.uuid()
            }
            Body::Route(one) => {
                let version = ApiVersionId::new(self.parent(item)?);
                let input = self.route(version, one).await?;
                routes::create(platform, actor, version, input)
                    .await?
                    .id
                    .uuid()
            }
            Body::Product(one) => {
                let made = products::create(platform, actor, &product_input(one)).await?;
                self.product(made.id, one).await?;
                made.id.uuid()
            }
            Body::Plan(one) => {
                let product = ProductId::new(self.parent(item)?);
                let input = plan_input(one).map_err(|error| Error::invalid("questions", error))?;
                let made = plans::create(platform, actor, product, &input).await?;
                if one.state != PlanState::Active {
                    plans::set_open(platform, actor, made.id, made.version, one.state).await?;
                }
                self.place_plan(made.id, item.position).await?;
                made.id.uuid()
            }
            Body::Policy(one) => {
                let place = self.place(item)?;
                let (config, aside) = self.policy(one)?;
                let new = policies::New {
                    kind: one.kind.clone(),
                    place,
                    config,
                    enabled: one.enabled,
                    aside,
                };
                let made = policies::create(platform, actor, new).await?;
                policies::place_at(platform, actor, made.id, item.position).await?;
                made.id.uuid()
            }
            Body::Application(_) | Body::Subscription(_) | Body::Credential(_) => {
                self.create_caller(item).await?
            }
        })
    }

    async fn update(&mut self, id: Uuid, item: &Item) -> Result<()> {
        let (platform, actor) = (self.platform, self.actor);
        let mut work = platform.begin(actor).await?;
        let workspace = work.workspace();
        let conn = work.conn();
        let gone = || Error::not_found("thing of the declaration", item.key.path.clone());
        match &item.body {
            Body::Authority(one) => {
                let row = store::cas::find(conn, workspace, id.into())
                    .await?
                    .ok_or_else(gone)?;
                work.commit().await?;
                cas::update(platform, actor, row.id, row.version, authority_input(one)).await?;
            }
            Body::Certificate(one) => {
                let row = store::certificates::find(conn, workspace, id.into())
                    .await?
                    .ok_or_else(gone)?;
                work.commit().await?;
                if row.used_for != one.used_for {
                    let message = "cannot be changed; declare another certificate";
                    return Err(Error::invalid(
                        format!("certificates/{}/used_for", one.name),
                        message,
                    ));
                }
                let input = self.certificate(one)?;
                certificates::update(platform, actor, row.id, row.version, input).await?;
            }
            Body::Upstream(one) => {
                let row = store::upstreams::find(conn, workspace, id.into())
                    .await?
                    .ok_or_else(gone)?;
                work.commit().await?;
                upstreams::update(platform, actor, row.id, row.version, self.upstream(one)?)
                    .await?;
            }
            Body::Api(one) => {
                let row = store::apis::find(conn, workspace, id.into())
                    .await?
                    .ok_or_else(gone)?;
                work.commit().await?;
                let input = api_input(one, Some(row.owner_id));
                apis::update(platform, actor, row.id, row.version, input).await?;
            }
            Body::Version(one) => {
                work.commit().await?;
                self.document(id.into(), one).await?;
                self.update_version(id.into(), one).await?;
            }
            Body::Route(one) => {
                let row = store::routes::find(conn, workspace, id.into())
                    .await?
                    .ok_or_else(gone)?;
                work.commit().await?;
                let input = self.route(row.api_version_id, one).await?;
                routes::update(platform, actor, row.id, row.version, input).await?;
            }
            Body::Product(one) => {
                let row = store::products::find(conn, workspace, id.into())
                    .await?
                    .ok_or_else(gone)?;
                work.commit().await?;
                products::update(platform, actor, row.id, row.version, &product_input(one)).await?;
                self.product(row.id, one).await?;
            }
            Body::Plan(one) => {
                let row = store::plans::find(conn, workspace, id.into())
                    .await?
                    .ok_or_else(gone)?;
                work.commit().await?;
                let input = plan_input(one).map_err(|error| Error::invalid("questions", error))?;
                let after = plans::update(platform, actor, row.id, row.version, &input).await?;
                if after.state != one.state {
                    plans::set_open(platform, actor, row.id, after.version, one.state).await?;
                }
                self.place_plan(row.id, item.position).await?;
            }
            Body::Policy(one) => {
                let row = store::policies::find(conn, workspace, id.into())
                    .await?
                    .ok_or_else(gone)?;
                work.commit().await?;
                let (config, aside) = self.policy(one)?;
                policies::update(
                    platform,
                    actor,
                    row.id,
                    row.version,
                    config,
                    aside,
                    one.enabled,
                )
                .await?;
                policies::place_at(platform, actor, row.id, item.position).await?;
            }
            Body::Application(_) | Body::Subscription(_) | Body::Credential(_) => {
                work.commit().await?;
                self.update_caller(id, item).await?;
            }
        }
        Ok(())
    }

    async fn delete(&mut self, item: &Item) -> Result<()> {
        let (platform, actor) = (self.platform, self.actor);
        let id = item.body.id().uuid();
        let mut work = platform.begin(actor).await?;
        let workspace = work.workspace();
        let conn = work.conn();
        // what is gone already went with what it stood in
        match &item.body {
            Body::Authority(_) => {
                let row = store::cas::find(conn, workspace, id.into()).await?;
                work.commit().await?;
                if let Some(row) = row {
                    cas::delete(platform, actor, row.id, row.version).await?;
                }
            }
            Body::Certificate(_) => {
                let row = store::certificates::find(conn, workspace, id.into()).await?;
                work.commit().await?;
                if let Some(row) = row {
                    certificates::delete(platform, actor, row.id, row.version).await?;
                }
            }
            Body::Upstream(_) => {
                let row = store::upstreams::find(conn, workspace, UpstreamId::new(id)).await?;
                work.commit().await?;
                if let Some(row) = row {
                    upstreams::delete(platform, actor, row.id, row.version).await?;
                }
            }
            Body::Api(_) => {
                let row = store::apis::find(conn, workspace, ApiId::new(id)).await?;
                work.commit().await?;
                if let Some(row) = row {
                    apis::delete(platform, actor, row.id, row.version).await?;
                }
            }
            Body::Version(_) => {
                let row = store::api_versions::find(conn, workspace, ApiVersionId::new(id)).await?;
                work.commit().await?;
                if let Some(row) = row {
                    versions::delete(platform, actor, row.id, row.version).await?;
                }
            }
            Body::Route(_) => {
                // not by its own operation: the version is looked at when all of it is written
                if let Some(row) = store::routes::find(conn, workspace, RouteId::new(id)).await? {
                    routes::remove(&mut work, &row).await?;
                }
                work.commit().await?;
            }
            Body::Product(_) => {
                let row = store::products::find(conn, workspace, ProductId::new(id)).await?;
                work.commit().await?;
                if let Some(row) = row {
                    products::delete(platform, actor, row.id, row.version).await?;
                }
            }
            Body::Plan(_) => {
                let row = store::plans::find(conn, workspace, PlanId::new(id)).await?;
                work.commit().await?;
                if let Some(row) = row {
                    let retired =
                        plans::retire(platform, actor, row.id, row.version, Open::Cancel).await?;
                    plans::delete(platform, actor, row.id, retired.version).await?;
                }
            }
            Body::Policy(_) => {
                let row = store::policies::find(conn, workspace, PolicyId::new(id)).await?;
                work.commit().await?;
                if let Some(row) = row {
                    policies::delete(platform, actor, row.id, row.version).await?;
                }
            }
            Body::Application(_) | Body::Subscription(_) | Body::Credential(_) => {
                work.commit().await?;
                self.delete_caller(id, item).await?;
            }
        }
        Ok(())
    }

    fn certificate(&self, one: &declaration::Certificate) -> Result<certificates::Input> {
        let mut input = certificate_input(self.means, one)?;
        if let Some(name) = &one.client_authority {
            input.client_ca = Some(self.id(ItemKind::Authority, name)?.into());
        }
        Ok(input)
    }

    fn upstream(&self, one: &Upstream) -> Result<upstreams::Input> {
        let mut settings = one.settings.clone();
        let [ca, shown] = take_names(&mut settings);
        let mut settings: UpstreamSettings = typed(&one.slug, settings)?;
        if let Some(name) = ca {
            settings.tls.ca = Some(self.id(ItemKind::Authority, &name)?.into());
        }
        if let Some(name) = shown {
            settings.tls.client_certificate = Some(self.id(ItemKind::Certificate, &name)?.into());
        }
        let targets = one.targets.iter().map(|target| TargetInput {
            weight: target.weight,
            enabled: target.enabled,
            ..TargetInput::at(target.url.clone())
        });
        Ok(upstreams::Input {
            name: one.name.clone().unwrap_or_else(|| one.slug.clone()),
            slug: Some(one.slug.clone()),
            settings,
            targets: targets.collect(),
        })
    }

    fn version(&self, one: &Version) -> Result<versions::Input> {
        let upstream = match &one.upstream {
            Some(slug) => Some(self.id(ItemKind::Upstream, slug)?.into()),
            None => None,
        };
        Ok(versions::Input {
            label: one.label.clone(),
            upstream,
            hosts: one.hosts.clone(),
            base_path: one.base_path.clone(),
        })
    }

    /// Without a look at whether it can serve: its routes may follow.
    async fn update_version(&self, id: ApiVersionId, one: &Version) -> Result<()> {
        let input = self.version(one)?;
        let checked = versions::check(input)?;
        let mut work = self.platform.begin(self.actor).await?;
        let workspace = work.workspace();
        let before = versions::load(work.conn(), workspace, id).await?;
        let mut after = before.clone();
        after.upstream_id = checked.upstream;
        after.hosts = checked.hosts.into();
        after.base_path = checked.base_path;
        let same = (after.upstream_id, &after.hosts.0, &after.base_path)
            == (before.upstream_id, &before.hosts.0, &before.base_path);
        if !same {
            let after = versions::write(&mut work, after, before.version, &before).await?;
            versions::audit(&mut work, "api_version.updated", &before, &after).await?;
        }
        work.commit().await.map(drop)
    }

    async fn document(&self, id: ApiVersionId, one: &Version) -> Result<()> {
        if let Some(Document::Text(document)) = &one.document {
            import::put_document(self.platform, self.actor, id, &document.text).await?;
        }
        Ok(())
    }

    /// Where a version is to stand, once everything in it is written.
    pub(super) async fn ending(&self, api: &str, id: ApiVersionId, one: &Version) -> Result<()> {
        let successor = match &one.successor {
            Some(name) if name.contains('/') => self.id(ItemKind::Version, name)?.into(),
            Some(name) => self.id(ItemKind::Version, &format!("{api}/{name}"))?.into(),
            None => ApiVersionId::NIL,
        };
        let ending = versions::Ending {
            lifecycle: one.lifecycle,
            deprecated_at: one.deprecated_at,
            sunset_at: one.sunset_at,
            successor,
        };
        versions::declare(self.platform, self.actor, id, ending).await
    }

    async fn route(&self, version: ApiVersionId, one: &Route) -> Result<routes::Input> {
        let settings: RouteSettings = typed(&one.path, one.settings.clone())?;
        let mut input = route_input(one, settings);
        if let Some(slug) = &one.operation {
            let mut work = self.platform.begin(self.actor).await?;
            let workspace = work.workspace();
            let found =
                store::api_operations::find_by_slug(work.conn(), workspace, version, slug).await?;
            work.commit().await?;
            let found = found.ok_or_else(|| {
                Error::invalid(
                    format!("{}/operation", one.path),
                    format!("there is no operation `{slug}` in the document"),
                )
            })?;
            input.operation = Some(found.id);
        }
        Ok(input)
    }

    /// What a product is the own one of, what is in it, and where it stands.
    async fn product(&self, id: ProductId, one: &Product) -> Result<()> {
        let (platform, actor) = (self.platform, self.actor);
        let api = match &one.own_of {
            Some(slug) => self.id(ItemKind::Api, slug)?.into(),
            None => ApiId::NIL,
        };
        products::own(platform, actor, id, api).await?;
        let mut wanted = Vec::new();
        for name in &one.versions {
            wanted.push(ApiVersionId::new(self.id(ItemKind::Version, name)?));
        }
        let mut work = platform.begin(actor).await?;
        let workspace = work.workspace();
        let present = store::products::items(work.conn(), id).await?;
        let row = store::products::find(work.conn(), workspace, id).await?;
        work.commit().await?;
        for item in &present {
            if !wanted.contains(&item.api_version_id) {
                products::remove_item(platform, actor, id, item.api_version_id).await?;
            }
        }
        for version in wanted {
            if !present.iter().any(|item| item.api_version_id == version) {
                products::add_item(platform, actor, id, version).await?;
            }
        }
        let row = row.ok_or_else(|| Error::not_found("product", id))?;
        if row.state != one.state {
            match one.state {
                ProductState::Published => {
                    drop(products::publish(platform, actor, id, row.version).await?)
                }
                ProductState::Retired => {
                    drop(products::retire(platform, actor, id, row.version).await?)
                }
                ProductState::Draft => {
                    let message = "cannot become a draft again; retire it";
                    return Err(Error::invalid(
                        format!("products/{}/state", one.slug),
                        message,
                    ));
                }
            }
        }
        Ok(())
    }

    async fn place_plan(&self, id: PlanId, position: usize) -> Result<()> {
        let mut work = self.platform.begin(self.actor).await?;
        let workspace = work.workspace();
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        let row = store::plans::find(work.conn(), workspace, id).await?;
        if let Some(row) = row.filter(|row| row.position != position) {
            store::plans::place(work.conn(), row.product_id, id, position).await?;
        }
        work.commit().await.map(drop)
    }

    fn place(&self, item: &Item) -> Result<Place> {
        let id = self.parent(item)?;
        Ok(match item.parent.as_ref().map(|key| key.kind) {
            Some(ItemKind::Api) => Place::Api(id.into()),
            Some(ItemKind::Version) => Place::Version(id.into()),
            Some(ItemKind::Route) => Place::Route(id.into()),
            Some(ItemKind::Product) => Place::Product(id.into()),
            Some(ItemKind::Plan) => Place::Plan(id.into()),
            Some(ItemKind::Application) => Place::Application(id.into()),
            _ => Place::Global,
        })
    }

    fn policy(&self, one: &Policy) -> Result<(Value, Aside)> {
        let mut config = Value::Object(one.config.clone());
        let mut conditions = one.conditions.clone().map_or(Value::Null, Value::Object);
        self.ids_of(&mut config)?;
        self.ids_of(&mut conditions)?;
        let aside = Aside {
            name: one.name.clone(),
            conditions,
            on_error: one.on_error.clone().unwrap_or_default(),
        };
        Ok((config, aside))
    }

    /// Ids in place of names.
    fn ids_of(&self, value: &mut Value) -> Result<()> {
        let mut failed = None;
        each_name(value, &mut |named, text| {
            if text.parse::<Uuid>().is_ok() {
                return;
            }
            let kind = match named {
                Named::Application => ItemKind::Application,
                Named::Product => ItemKind::Product,
                Named::Plan => ItemKind::Plan,
            };
            let path = match (named, text.split_once('/')) {
                (Named::Application, Some((owner, name))) => {
                    Key::application(Some(owner), name).path
                }
                _ => text.clone(),
            };
            match self.id(kind, &path) {
                Ok(id) => *text = id.to_string(),
                Err(error) => failed = Some(error),
            }
        });
        failed.map_or(Ok(()), Err)
    }
}

fn typed<T: serde::de::DeserializeOwned>(place: &str, settings: Map<String, Value>) -> Result<T> {
    declaration::typed(Value::Object(settings))
        .map_err(|flaw| Error::invalid(format!("{place}/settings/{}", flaw.place), flaw.message))
}

fn authority_input(one: &declaration::Authority) -> cas::Input {
    cas::Input {
        name: one.name.clone(),
        bundle: one.bundle.clone(),
    }
}

fn api_input(one: &declaration::Api, owner: Option<domain::id::AccountId>) -> apis::Input {
    apis::Input {
        name: one.name.clone().unwrap_or_else(|| one.slug.clone()),
        slug: Some(one.slug.clone()),
        summary: one.summary.clone(),
        description: one.description.clone(),
        visibility: one.visibility,
        tags: one.tags.clone(),
        owner: owner.filter(|id| !id.is_nil()),
    }
}

fn product_input(one: &Product) -> products::Input {
    products::Input {
        name: one.name.clone().unwrap_or_else(|| one.slug.clone()),
        slug: one.slug.clone(),
        summary: one.summary.clone(),
        visibility: one.visibility,
    }
}
