//! What an actor must hold before an operation begins.

use domain::access::Permission;
use domain::actor::{Actor, Who};
use domain::id::AccountId;

use crate::error::{Error, Result};

/// Goes on only for an actor that holds this permission.
pub fn need(actor: &Actor, permission: Permission) -> Result<()> {
    if actor.may(permission) {
        return Ok(());
    }
    Err(match actor.who {
        Who::Visitor | Who::Client { .. } => Error::SignInNeeded,
        _ => Error::Forbidden { permission },
    })
}

/// The person who acts: the account that is signed in, or the one whose token is used.
pub fn person(actor: &Actor) -> Result<AccountId> {
    actor.account().ok_or(Error::SignInNeeded)
}

/// The account that is signed in itself: what changes a password or ends sessions takes no token.
pub fn in_person(actor: &Actor) -> Result<AccountId> {
    match actor.who {
        Who::Account { id, .. } => Ok(id),
        _ => Err(Error::SignInNeeded),
    }
}
