//! Takes away what is not declared any more.

use declaration::{Body, Item};
use domain::id::{ApiId, ApiVersionId, PlanId, PolicyId, ProductId, RouteId, UpstreamId};

use super::writer::Writer;
use crate::error::Result;
use crate::plans::Open;
use crate::{apis, cas, certificates, plans, policies, products, routes, upstreams, versions};

impl Writer<'_> {
    pub(super) async fn delete(&mut self, item: &Item) -> Result<()> {
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
}
