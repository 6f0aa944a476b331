//! Making tokens, listing them, revoking them.

use domain::Timestamp;
use domain::access::Permission;
use domain::account::AccountState;
use domain::actor::{Actor, Who};
use domain::credential::KeyHint;
use domain::id::{AccountId, ApiTokenId};
use domain::text::Name;
use serde_json::json;
use store::api_tokens::ApiToken;

use crate::Platform;
use crate::access::{need, person};
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::paging::{Page, Paging};
use crate::secrets::{Secret, sha256};
use crate::tokens::PREFIX;

/// A token to make.
pub struct NewToken {
    /// What it is called.
    pub name: String,
    /// What it is for. Cut to what its owner may do, now and whenever it is used.
    pub scopes: Vec<Permission>,
    /// When it stops being good; never without.
    pub expires_at: Option<Timestamp>,
    /// Whose it is: from the command line on the machine only. Others make tokens for themselves.
    pub account: Option<AccountId>,
}

/// A token that was made.
pub struct Created {
    /// What is kept of it.
    pub token: ApiToken,
    /// The token itself. Nobody can tell it again.
    pub text: Secret,
}

/// Whose tokens to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The actor's own.
    Mine,
    /// Everybody's: for who manages people.
    Everybodys,
}

/// Makes a token. Tokens make no tokens.
pub async fn create(platform: &Platform, actor: &Actor, new: NewToken) -> Result<Created> {
    let (account, allowed) = owner(platform, actor, new.account).await?;
    let now = platform.now();
    let mut fields = Fields::new();
    let name = fields.parse::<Name>("name", &new.name);
    let mut scopes = new.scopes;
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        fields.refuse("scopes", "is empty");
    }
    for scope in scopes.iter().filter(|scope| !allowed.contains(scope)) {
        fields.refuse(
            "scopes",
            format!("holds `{scope}`, which its owner may not do"),
        );
    }
    if new.expires_at.is_some_and(|at| at <= now) {
        fields.refuse("expires_at", "is not in the future");
    }
    let Some(name) = name else {
        return Err(fields.into_error());
    };
    fields.finish()?;
    let text = platform.random.key(PREFIX);
    let hint = KeyHint::of(text.reveal());
    let mut work = platform.begin(actor).await?;
    let token = ApiToken {
        id: platform.new_id(),
        workspace_id: work.workspace(),
        account_id: account,
        account_name: actor.name.clone(),
        name: name.into(),
        prefix: hint.prefix,
        last_four: hint.last_four,
        scopes: scopes.into(),
        created_at: work.at(),
        expires_at: new.expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    store::api_tokens::insert(work.conn(), token.clone(), sha256(text.reveal())).await?;
    let told = json!({"scopes": token.scopes, "expires_at": token.expires_at, "owner": account});
    work.audit(
        "token.created",
        "api_token",
        token.id,
        &token.name,
        None,
        Some(told),
    );
    work.commit().await?;
    Ok(Created { token, text })
}

/// Tokens, newest first, revoked ones among them.
pub async fn list(
    platform: &Platform,
    actor: &Actor,
    whose: Whose,
    paging: &Paging,
) -> Result<Page<ApiToken>> {
    let account = match whose {
        Whose::Mine => Some(person(actor)?),
        Whose::Everybodys => {
            need(actor, Permission::SystemWrite)?;
            None
        }
    };
    let after = paging.cursor()?;
    let mut conn = platform.db.read().await?;
    let rows =
        store::api_tokens::list(&mut conn, actor.workspace, account, after, paging.probe()).await?;
    Ok(paging.page(rows, |token| (token.created_at, token.id)))
}

/// Revokes a token: one's own, or anybody's for who manages people.
pub async fn revoke(platform: &Platform, actor: &Actor, id: ApiTokenId) -> Result<()> {
    let mut work = platform.begin(actor).await?;
    let (at, workspace) = (work.at(), work.workspace());
    let token = store::api_tokens::find(work.conn(), workspace, id)
        .await?
        .filter(|token| {
            actor.account() == Some(token.account_id) || actor.may(Permission::SystemWrite)
        })
        .ok_or_else(|| Error::not_found("token", id))?;
    if !store::api_tokens::revoke(work.conn(), workspace, id, at).await? {
        let text = format!("token `{}` was revoked already", token.name);
        return Err(Error::WrongState(text));
    }
    work.audit("token.revoked", "api_token", id, &token.name, None, None);
    work.commit().await?;
    Ok(())
}

/// Whose the new token is, and what that person may do.
async fn owner(
    platform: &Platform,
    actor: &Actor,
    named: Option<AccountId>,
) -> Result<(AccountId, Vec<Permission>)> {
    let account = match (&actor.who, named) {
        (Who::Account { id, .. }, None) => *id,
        (Who::System, Some(id)) => id,
        (Who::System, None) => return Err(Error::invalid("account", "is missing")),
        (Who::Token { .. }, _) => {
            return Err(Error::PersonNeeded(
                "a token makes no tokens; make one in the dashboard, or with `gatehouse token create` on the machine",
            ));
        }
        (Who::Account { .. }, Some(_)) => {
            return Err(Error::Forbidden {
                permission: Permission::SystemWrite,
            });
        }
        (Who::Visitor | Who::Client { .. }, _) => return Err(Error::SignInNeeded),
    };
    let mut conn = platform.db.read().await?;
    let found = store::accounts::find(&mut conn, actor.workspace, account).await?;
    let found = found.ok_or_else(|| Error::not_found("account", account))?;
    if let Some(why) = idle(found.state) {
        let text = format!("a token of {} would open nothing: {why}", found.email);
        return Err(Error::WrongState(text));
    }
    let allowed = super::authenticate::permissions(&mut conn, actor.workspace, account).await?;
    if allowed.is_empty() {
        return Err(match actor.who {
            Who::System => Error::WrongState(format!(
                "a token of {} would open nothing: the account has no role in the platform team",
                found.email
            )),
            _ => Error::Forbidden {
                permission: Permission::CatalogRead,
            },
        });
    }
    Ok((account, allowed))
}

/// Why the tokens of an account in this state are good for nothing.
const fn idle(state: AccountState) -> Option<&'static str> {
    match state {
        AccountState::Active => None,
        AccountState::Unverified => Some(
            "the address is not confirmed yet; its owner chooses a password by the link that was mailed",
        ),
        AccountState::PendingApproval => Some("the account waits for approval"),
        AccountState::Suspended => Some("the account is suspended"),
    }
}
