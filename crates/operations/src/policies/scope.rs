//! What a policy can be attached to.

use domain::api::PolicyScope;
use domain::id::{ApiId, ApiVersionId, ApplicationId, PlanId, ProductId, RouteId, WorkspaceId};
use store::{Conn, api_versions, apis, applications, plans, products, routes};
use uuid::Uuid;

use crate::error::{Error, Result};

/// One scope: the kind of thing and which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Every request.
    Global,
    /// Every version of an API.
    Api(ApiId),
    /// One version.
    Version(ApiVersionId),
    /// One route.
    Route(RouteId),
    /// What is called through a product.
    Product(ProductId),
    /// What is called under a plan.
    Plan(PlanId),
    /// What an application calls.
    Application(ApplicationId),
}

impl Place {
    /// From the two columns of a row; nothing else fits [`PolicyScope::Global`] than nil.
    pub fn new(scope: PolicyScope, id: Uuid) -> Self {
        match scope {
            PolicyScope::Global => Self::Global,
            PolicyScope::Api => Self::Api(id.into()),
            PolicyScope::Version => Self::Version(id.into()),
            PolicyScope::Route => Self::Route(id.into()),
            PolicyScope::Product => Self::Product(id.into()),
            PolicyScope::Plan => Self::Plan(id.into()),
            PolicyScope::Application => Self::Application(id.into()),
        }
    }

    /// The kind of thing.
    pub const fn scope(self) -> PolicyScope {
        match self {
            Self::Global => PolicyScope::Global,
            Self::Api(_) => PolicyScope::Api,
            Self::Version(_) => PolicyScope::Version,
            Self::Route(_) => PolicyScope::Route,
            Self::Product(_) => PolicyScope::Product,
            Self::Plan(_) => PolicyScope::Plan,
            Self::Application(_) => PolicyScope::Application,
        }
    }

    /// Which one; nil for [`Place::Global`].
    pub const fn id(self) -> Uuid {
        match self {
            Self::Global => Uuid::nil(),
            Self::Api(id) => id.uuid(),
            Self::Version(id) => id.uuid(),
            Self::Route(id) => id.uuid(),
            Self::Product(id) => id.uuid(),
            Self::Plan(id) => id.uuid(),
            Self::Application(id) => id.uuid(),
        }
    }
}

/// Refuses a place that the workspace does not have.
pub(crate) async fn check(conn: &mut Conn, workspace: WorkspaceId, place: Place) -> Result<()> {
    let (what, there) = match place {
        Place::Global => return Ok(()),
        Place::Api(id) => ("API", apis::find(conn, workspace, id).await?.is_some()),
        Place::Version(id) => {
            let found = api_versions::find(conn, workspace, id).await?;
            ("API version", found.is_some())
        }
        Place::Route(id) => ("route", routes::find(conn, workspace, id).await?.is_some()),
        Place::Product(id) => (
            "product",
            products::find(conn, workspace, id).await?.is_some(),
        ),
        Place::Plan(id) => ("plan", plans::find(conn, workspace, id).await?.is_some()),
        Place::Application(id) => {
            let found = applications::find(conn, workspace, id).await?;
            ("application", found.is_some())
        }
    };
    if there {
        Ok(())
    } else {
        Err(Error::not_found(what, place.id()))
    }
}
