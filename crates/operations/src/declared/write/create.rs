//! Makes what is not there yet.

use declaration::{Body, Item};
use domain::api::PlanState;
use domain::id::{ApiId, ApiVersionId, ProductId};
use uuid::Uuid;

use super::super::canonical::inputs::plan_input;
use super::catalog::{api_input, authority_input, product_input};
use super::writer::Writer;
use crate::error::{Error, Result};
use crate::{apis, cas, certificates, plans, policies, products, routes, upstreams, versions};

impl Writer<'_> {
    pub(super) async fn create(&mut self, item: &Item) -> Result<Uuid> {
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
}
