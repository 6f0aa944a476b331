//! Changes what is there and says something else.

use declaration::{Body, Item};
use uuid::Uuid;

use super::super::canonical::inputs::plan_input;
use super::catalog::{api_input, authority_input, product_input};
use super::writer::Writer;
use crate::error::{Error, Result};
use crate::{apis, cas, certificates, plans, policies, products, routes, upstreams};

impl Writer<'_> {
    pub(super) async fn update(&mut self, id: Uuid, item: &Item) -> Result<()> {
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
}
