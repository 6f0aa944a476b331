//! Whose applications an actor may see and change: the own ones, or those of everybody with a permission. Somebody
//! else's application is not there at all.

use domain::access::Permission;
use domain::actor::{Actor, Who};
use domain::id::{AccountId, ApplicationId};
use store::Conn;
use store::applications::Application;

use crate::error::{Error, Result};

/// The application, if the actor owns it or may read those of everybody.
pub(crate) async fn readable(
    conn: &mut Conn,
    actor: &Actor,
    id: ApplicationId,
) -> Result<Application> {
    let found = store::applications::find(conn, actor.workspace, id).await?;
    found
        .filter(|a| owns(actor, a.owner_id) || actor.may(Permission::ConsumersRead))
        .ok_or_else(|| missing(actor, id))
}

/// The application, if the actor owns it or may change those of everybody.
pub(crate) async fn changeable(
    conn: &mut Conn,
    actor: &Actor,
    id: ApplicationId,
) -> Result<Application> {
    let application = readable(conn, actor, id).await?;
    if owns(actor, application.owner_id) || actor.may(Permission::ConsumersWrite) {
        return Ok(application);
    }
    Err(Error::Forbidden {
        permission: Permission::ConsumersWrite,
    })
}

/// Whether the actor is this person, signed in. A token of the admin API is not: it has permissions instead.
pub(crate) fn owns(actor: &Actor, owner: AccountId) -> bool {
    matches!(actor.who, Who::Account { id, .. } if id == owner)
}

fn missing(actor: &Actor, id: ApplicationId) -> Error {
    match actor.who {
        Who::Visitor => Error::SignInNeeded,
        _ => Error::not_found("application", id),
    }
}
