//! What things say with ids in place of names, and what is written beside the operation of a thing.

use declaration::{Document, ItemKind, Product, Route, Upstream, Version};
use domain::api::ProductState;
use domain::id::{ApiId, ApiVersionId, PlanId, ProductId};
use gateway_snapshot::settings::{RouteSettings, UpstreamSettings};
use serde_json::{Map, Value};

use super::super::canonical::inputs::{certificate_input, route_input};
use super::super::canonical::names::take_names;
use super::writer::Writer;
use crate::error::{Error, Result};
use crate::upstreams::TargetInput;
use crate::{apis, cas, certificates, import, products, routes, upstreams, versions};

impl Writer<'_> {
    pub(super) fn certificate(
        &self,
        one: &declaration::Certificate,
    ) -> Result<certificates::Input> {
        let mut input = certificate_input(self.means, one)?;
        if let Some(name) = &one.client_authority {
            input.client_ca = Some(self.id(ItemKind::Authority, name)?.into());
        }
        Ok(input)
    }

    pub(super) fn upstream(&self, one: &Upstream) -> Result<upstreams::Input> {
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

    pub(super) fn version(&self, one: &Version) -> Result<versions::Input> {
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
    pub(super) async fn update_version(&self, id: ApiVersionId, one: &Version) -> Result<()> {
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

    pub(super) async fn document(&self, id: ApiVersionId, one: &Version) -> Result<()> {
        if let Some(Document::Text(document)) = &one.document {
            import::put_document(self.platform, self.actor, id, &document.text).await?;
        }
        Ok(())
    }

    /// Where a version is to stand, once everything in it is written.
    pub(in crate::declared) async fn ending(
        &self,
        api: &str,
        id: ApiVersionId,
        one: &Version,
    ) -> Result<()> {
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

    pub(super) async fn route(&self, version: ApiVersionId, one: &Route) -> Result<routes::Input> {
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
    pub(super) async fn product(&self, id: ProductId, one: &Product) -> Result<()> {
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

    pub(super) async fn place_plan(&self, id: PlanId, position: usize) -> Result<()> {
        let mut work = self.platform.begin(self.actor).await?;
        let workspace = work.workspace();
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        let row = store::plans::find(work.conn(), workspace, id).await?;
        if let Some(row) = row.filter(|row| row.position != position) {
            store::plans::place(work.conn(), row.product_id, id, position).await?;
        }
        work.commit().await.map(drop)
    }
}

fn typed<T: serde::de::DeserializeOwned>(place: &str, settings: Map<String, Value>) -> Result<T> {
    declaration::typed(Value::Object(settings))
        .map_err(|flaw| Error::invalid(format!("{place}/settings/{}", flaw.place), flaw.message))
}

pub(super) fn authority_input(one: &declaration::Authority) -> cas::Input {
    cas::Input {
        name: one.name.clone(),
        bundle: one.bundle.clone(),
    }
}

pub(super) fn api_input(
    one: &declaration::Api,
    owner: Option<domain::id::AccountId>,
) -> apis::Input {
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

pub(super) fn product_input(one: &Product) -> products::Input {
    products::Input {
        name: one.name.clone().unwrap_or_else(|| one.slug.clone()),
        slug: one.slug.clone(),
        summary: one.summary.clone(),
        visibility: one.visibility,
    }
}
