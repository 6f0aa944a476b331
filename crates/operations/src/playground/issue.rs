//! Who gets a playground token: a person, for an own application with an active subscription that holds the API version.

use domain::Timestamp;
use domain::actor::Actor;
use domain::id::{AccountId, ApiVersionId, ApplicationId, SubscriptionId};
use domain::subscription::{ApplicationState, SubscriptionState};
use store::subscription_lines::Line;

use super::key::signing_key;
use super::token::{Claims, LIFE, sign};
use crate::access::person;
use crate::applications::reach;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::secrets::Secret;

/// A token, good until it expires.
#[derive(Clone)]
pub struct Issued {
    /// What is sent in place of a key.
    pub token: Secret,
    /// From when on it is refused.
    pub expires_at: Timestamp,
    /// The subscription that calls count under.
    pub subscription: SubscriptionId,
}

/// An application of one's own that could call an API version.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Its subscription that holds the API version.
    pub line: Line,
    /// Whether a token would be issued now.
    pub works: bool,
}

/// The own applications with an open subscription that holds this API version; those that work come first.
pub async fn choices(
    platform: &Platform,
    actor: &Actor,
    version: ApiVersionId,
) -> Result<Vec<Choice>> {
    let owner = person(actor)?;
    let mut conn = platform.db.read().await?;
    let products = store::products::of_api_version(&mut conn, actor.workspace, version).await?;
    let lines = store::subscription_lines::of_owner(&mut conn, actor.workspace, owner).await?;
    let mut choices: Vec<Choice> = lines
        .into_iter()
        .filter(|l| l.state.is_open() && products.iter().any(|p| p.id == l.product_id))
        .map(|line| Choice {
            works: works(&line),
            line,
        })
        .collect();
    choices.sort_by_key(|choice| !choice.works);
    Ok(choices)
}

/// Signs a token for an application to call an API version with.
pub async fn issue(
    platform: &Platform,
    actor: &Actor,
    application: ApplicationId,
    version: ApiVersionId,
) -> Result<Issued> {
    let account = person(actor)?;
    let mut conn = platform.db.read().await?;
    let found = reach::changeable(&mut conn, actor, application).await?;
    let products = store::products::of_api_version(&mut conn, actor.workspace, version).await?;
    let lines =
        store::subscription_lines::of_application(&mut conn, actor.workspace, application).await?;
    drop(conn);
    let line = lines
        .iter()
        .find(|l| works(l) && products.iter().any(|p| p.id == l.product_id));
    let Some(line) = line else {
        return Err(Error::WrongState(format!(
            "application `{}` has no active subscription to this API",
            found.name.as_str()
        )));
    };
    for_line(platform, actor, account, line).await
}

/// Signs a token for one of the [`choices`], by its subscription.
pub async fn issue_under(
    platform: &Platform,
    actor: &Actor,
    subscription: SubscriptionId,
    version: ApiVersionId,
) -> Result<Issued> {
    let account = person(actor)?;
    let choices = choices(platform, actor, version).await?;
    let chosen = choices
        .iter()
        .find(|choice| choice.works && choice.line.id == subscription);
    let Some(choice) = chosen else {
        return Err(Error::WrongState(
            "this subscription is not active, or does not hold this API".to_owned(),
        ));
    };
    for_line(platform, actor, account, &choice.line).await
}

async fn for_line(
    platform: &Platform,
    actor: &Actor,
    account: AccountId,
    line: &Line,
) -> Result<Issued> {
    let (kid, key) = signing_key(platform, actor.workspace).await?;
    let now = platform.now();
    let jti = platform.new_id::<()>().uuid();
    let claims = Claims::new(line.id, line.application_id, account, now, jti);
    Ok(Issued {
        token: sign(&key, kid, &claims),
        expires_at: now + LIFE,
        subscription: line.id,
    })
}

fn works(line: &Line) -> bool {
    line.state == SubscriptionState::Active && line.application_state == ApplicationState::Active
}
