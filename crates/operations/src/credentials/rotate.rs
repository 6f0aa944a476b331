//! Rotating a key: a new one takes its place, and the old one is taken beside it for a while.

use std::time::Duration;

use domain::Timestamp;
use domain::account::Face;
use domain::actor::Actor;
use domain::credential::{CredentialKind, CredentialState};
use domain::id::{AccountId, CredentialId};
use serde_json::json;
use store::applications::Application;
use store::credentials::Credential;

use super::issue::{Parts, Wanted};
use super::make::{MOST_LIVE, Shown, check_label, room_for};
use super::write::{changeable, insert, owner, save, shown};
use crate::error::{Error, Result};
use crate::oauth::client::ClientFacts;
use crate::platform::Platform;
use crate::words;
use crate::work::Work;

/// For how long the old key is taken beside the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// Not at all: it is revoked at once.
    Now,
    /// 1 h.
    Hour,
    /// 24 h.
    Day,
    /// 7 d.
    Week,
    /// Until somebody revokes it.
    UntilRevoked,
}

impl Overlap {
    /// How long; nothing for "until somebody revokes it".
    pub const fn span(self) -> Option<Duration> {
        match self {
            Self::Now => Some(Duration::ZERO),
            Self::Hour => Some(Duration::from_secs(3_600)),
            Self::Day => Some(Duration::from_secs(86_400)),
            Self::Week => Some(Duration::from_secs(7 * 86_400)),
            Self::UntilRevoked => None,
        }
    }
}

/// Makes a key that takes the place of another one. Without a label it has the old one's; its life is as long.
pub async fn rotate(
    platform: &Platform,
    actor: &Actor,
    id: CredentialId,
    seen: Option<i64>,
    overlap: Overlap,
    label: Option<&str>,
) -> Result<Shown> {
    let label = label.map(check_label).transpose()?;
    let mut work = platform.begin(actor).await?;
    let (old, application) = changeable(&mut work, actor, id, seen).await?;
    store::applications::lock(work.conn(), actor.workspace, application.id).await?;
    let at = work.at();
    let ended = old.expires_at.is_some_and(|end| end <= at);
    if old.state != CredentialState::Active || ended {
        let state = if ended { "expired" } else { old.state.as_str() };
        return Err(Error::WrongState(format!(
            "key `{}` is {state}; only one in force is rotated",
            old.label
        )));
    }
    // An application that is full can still rotate every key once.
    room_for(&mut work, application.id, 2 * MOST_LIVE).await?;
    let end = old.expires_at.map(|end| at + end.since(old.created_at));
    let label = label.unwrap_or_else(|| old.label.clone());
    let wanted = same_kind(&old)?;
    let parts = Parts::of(platform, &wanted)?;
    let (new, issued) =
        parts.credential(platform, &work, actor, application.id, label, end, old.kind);
    insert(&mut work, "credential.created", &new).await?;
    let replaced = replaced(&old, &new, actor, at, overlap);
    let replaced = save(&mut work, "credential.rotated", &old, replaced, "").await?;
    tell(platform, &mut work, actor, &application, &replaced, &new).await?;
    work.commit().await?;
    issued.try_into()
}

/// What can take the place of a credential without asking anything.
fn same_kind(old: &Credential) -> Result<Wanted> {
    match old.kind {
        CredentialKind::ApiKey => Ok(Wanted::ApiKey),
        CredentialKind::Basic => Ok(Wanted::Basic),
        CredentialKind::Hmac => Ok(Wanted::Hmac),
        CredentialKind::OauthClient => {
            let facts = ClientFacts::of(old)?;
            if !facts.confidential {
                return Err(Error::WrongState(format!(
                    "client `{}` has no secret that could be replaced",
                    old.label
                )));
            }
            Ok(Wanted::OauthClient {
                redirect_uris: facts.redirect_uris,
                is_confidential: true,
            })
        }
        CredentialKind::Mtls | CredentialKind::JwtIssuer => Err(Error::WrongState(format!(
            "`{}` is not made by the platform; add its successor, and revoke it when that is in use",
            old.label
        ))),
    }
}

/// Gives a replaced key more time, counted from now.
pub async fn extend(
    platform: &Platform,
    actor: &Actor,
    id: CredentialId,
    seen: Option<i64>,
    overlap: Overlap,
) -> Result<()> {
    let mut work = platform.begin(actor).await?;
    let (before, _) = changeable(&mut work, actor, id, seen).await?;
    let at = work.at();
    let over = before.expires_at.is_some_and(|end| end <= at);
    if before.state != CredentialState::Rotating || over {
        return Err(Error::WrongState(format!(
            "key `{}` has no overlap that could be longer",
            before.label
        )));
    }
    let after = Credential {
        expires_at: overlap.span().map(|span| at + span),
        ..before.clone()
    };
    save(&mut work, "credential.extended", &before, after, "").await?;
    work.commit().await?;
    Ok(())
}

fn replaced(
    old: &Credential,
    new: &Credential,
    actor: &Actor,
    at: Timestamp,
    overlap: Overlap,
) -> Credential {
    let old = Credential {
        replaced_by: new.id,
        ..old.clone()
    };
    match overlap.span() {
        Some(Duration::ZERO) => Credential {
            state: CredentialState::Revoked,
            revoked_at: Some(at),
            revoked_by: actor.account().unwrap_or(AccountId::NIL),
            ..old
        },
        Some(span) => Credential {
            state: CredentialState::Rotating,
            expires_at: Some(old.expires_at.map_or(at + span, |end| end.min(at + span))),
            ..old
        },
        None => Credential {
            state: CredentialState::Rotating,
            ..old
        },
    }
}

async fn tell(
    platform: &Platform,
    work: &mut Work,
    actor: &Actor,
    application: &Application,
    old: &Credential,
    new: &Credential,
) -> Result<()> {
    let (_, email) = owner(work, application).await?;
    let path = format!("/applications/{}", application.id);
    let ends = match old.state {
        CredentialState::Revoked => old.revoked_at,
        _ => old.expires_at,
    };
    let payload = json!({
        "label": old.label,
        "old_shown": shown(old),
        "new_shown": shown(new),
        "application": application.name,
        "rotated_by": actor.name,
        "old_ends": ends.map(words::moment),
        "link": platform.settings.link(Face::Portal, &path),
    });
    work.mail("key_rotated", &email, payload);
    if actor.account() != Some(application.owner_id) {
        let title = format!("The key {} was rotated by {}", old.label, actor.name);
        work.notify(application.owner_id, "key_rotated", &title, "", &path);
    }
    Ok(())
}
