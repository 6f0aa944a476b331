//! What a person sees and changes of the own account.

use domain::Timestamp;
use domain::account::AccountState;
use domain::actor::Actor;
use domain::id::AccountId;
use domain::text::Name;
use serde_json::json;

use crate::Platform;
use crate::access::{in_person, person};
use crate::error::{Error, Result};

/// The own account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its id.
    pub id: AccountId,
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// Where it stands.
    pub state: AccountState,
    /// Whether it can sign in with a password.
    pub has_password: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The account of whoever acts.
pub async fn profile(platform: &Platform, actor: &Actor) -> Result<Profile> {
    let id = person(actor)?;
    let mut conn = platform.db.read().await?;
    let account = store::accounts::find(&mut conn, actor.workspace, id)
        .await?
        .ok_or(Error::SignInNeeded)?;
    Ok(Profile {
        id,
        email: account.email,
        name: account.name,
        state: account.state,
        has_password: account.password_hash.is_some(),
        created_at: account.created_at,
    })
}

/// Changes what the person is called.
pub async fn rename(platform: &Platform, actor: &Actor, name: &str) -> Result<()> {
    let id = in_person(actor)?;
    let name: Name = name.parse().map_err(|e| Error::invalid("name", e))?;
    let mut work = platform.begin(actor).await?;
    let (at, workspace) = (work.at(), work.workspace());
    if !store::accounts::rename(work.conn(), workspace, id, name.as_str(), at).await? {
        return Err(Error::SignInNeeded);
    }
    let (before, after) = (json!({"name": actor.name}), json!({"name": name}));
    work.audit(
        "account.renamed",
        "account",
        id,
        name.as_str(),
        Some(before),
        Some(after),
    );
    work.commit().await?;
    Ok(())
}
