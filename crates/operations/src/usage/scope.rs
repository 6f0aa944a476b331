//! Whose calls are looked at, and which of them.

use domain::access::Permission;
use domain::actor::Actor;
use domain::id::{
    AccountId, ApiId, ApiVersionId, ApplicationId, OperationId, PlanId, SubscriptionId,
};
use store::Conn;
use store::analytics::Filter;

use crate::access::{need, person};
use crate::applications::reach;
use crate::error::Result;

/// Whose calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Of all applications of the person who acts.
    Own,
    /// Of one application: an own one, or anybody's with the permission.
    Application(ApplicationId),
    /// Of everybody, and of nobody (calls without a valid key): for the platform team.
    Everything,
}

/// Which calls. `None` is "any".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Only {
    /// Of any version of this API.
    pub api: Option<ApiId>,
    /// Of this API version.
    pub api_version: Option<ApiVersionId>,
    /// Under subscriptions that are on this plan now.
    pub plan: Option<PlanId>,
    /// Under this subscription.
    pub subscription: Option<SubscriptionId>,
    /// Of this operation.
    pub operation: Option<OperationId>,
    /// With such an answer: 2 for 2xx and so on.
    pub class: Option<u16>,
}

impl Scope {
    /// The owner and the application to filter by, when the actor may look at them.
    pub(crate) async fn resolve(
        self,
        conn: &mut Conn,
        actor: &Actor,
    ) -> Result<(Option<AccountId>, Option<ApplicationId>)> {
        match self {
            Self::Own => Ok((Some(person(actor)?), None)),
            Self::Application(id) if actor.may(Permission::UsageRead) => Ok((None, Some(id))),
            Self::Application(id) => {
                reach::readable(conn, actor, id).await?;
                Ok((None, Some(id)))
            }
            Self::Everything => {
                need(actor, Permission::UsageRead)?;
                Ok((None, None))
            }
        }
    }

    /// The store's filter for these calls.
    pub(super) async fn filter(
        self,
        conn: &mut Conn,
        actor: &Actor,
        only: &Only,
    ) -> Result<Filter> {
        let (owner, application) = self.resolve(conn, actor).await?;
        Ok(Filter {
            owner,
            application,
            api: only.api,
            api_version: only.api_version,
            plan: only.plan,
            subscription: only.subscription,
            operation: only.operation,
            class: only.class.map(i64::from),
        })
    }
}
