//! Making a key, and changing its label and end.

use std::time::Duration;

use domain::Timestamp;
use domain::actor::Actor;
use domain::credential::{CredentialKind, CredentialState, KEY_PREFIX, KeyHint};
use domain::id::{AccountId, ApplicationId, CredentialId};
use domain::subscription::ApplicationState;
use domain::text::line;
use store::credentials::Credential;

use super::write::{changeable, insert, save};
use crate::applications::reach;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::secrets::{Secret, sha256};
use crate::work::Work;

/// How many keys of one application may be taken at the same time.
pub const MOST_LIVE: i64 = 20;
/// The longest label, in characters.
const LABEL_MOST: usize = 80;
/// The furthest end: five years.
const LIFE_MOST: Duration = Duration::from_secs(5 * 366 * 24 * 3_600);

/// What a person says of a new key.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Whose it is to be.
    pub application: ApplicationId,
    /// What people call it.
    pub label: String,
    /// From when on it is to be refused.
    pub expires_at: Option<Timestamp>,
}

/// A key that was made just now. This is the only time that its secret can be shown.
#[derive(Clone)]
pub struct Shown {
    /// Its id.
    pub id: CredentialId,
    /// What people call it.
    pub label: String,
    /// From when on it is refused.
    pub expires_at: Option<Timestamp>,
    /// What can be shown of it later.
    pub hint: KeyHint,
    /// The key itself.
    pub secret: Secret,
}

/// Makes a key.
pub async fn create(platform: &Platform, actor: &Actor, new: &NewKey) -> Result<Shown> {
    let label = check_label(&new.label)?;
    check_end(platform.now(), new.expires_at)?;
    let mut work = platform.begin(actor).await?;
    store::applications::lock(work.conn(), actor.workspace, new.application).await?;
    let application = reach::changeable(work.conn(), actor, new.application).await?;
    if application.state == ApplicationState::Suspended {
        return Err(Error::WrongState(format!(
            "application `{}` is suspended",
            application.name.as_str()
        )));
    }
    room_for(&mut work, application.id, MOST_LIVE).await?;
    let (credential, shown) = make(
        platform,
        &work,
        actor,
        application.id,
        label,
        new.expires_at,
    );
    insert(&mut work, "credential.created", &credential).await?;
    work.commit().await?;
    Ok(shown)
}

/// Changes label and end of a key that is taken.
pub async fn edit(
    platform: &Platform,
    actor: &Actor,
    id: CredentialId,
    seen: Option<i64>,
    label: &str,
    expires_at: Option<Timestamp>,
) -> Result<()> {
    let label = check_label(label)?;
    let mut work = platform.begin(actor).await?;
    let (before, _) = changeable(&mut work, actor, id, seen).await?;
    if before.state == CredentialState::Revoked {
        return Err(Error::WrongState(format!(
            "key `{}` is revoked",
            before.label
        )));
    }
    if expires_at != before.expires_at {
        check_end(work.at(), expires_at)?;
    }
    let after = Credential {
        label,
        expires_at,
        ..before.clone()
    };
    save(&mut work, "credential.updated", &before, after, "").await?;
    work.commit().await?;
    Ok(())
}

/// Goes on only while the application has fewer than `most` keys that are taken.
pub(super) async fn room_for(work: &mut Work, application: ApplicationId, most: i64) -> Result<()> {
    let (workspace, at) = (work.workspace(), work.at());
    let live = store::credentials::count_live(work.conn(), workspace, application, at).await?;
    if live < most {
        return Ok(());
    }
    Err(Error::WrongState(format!(
        "the application has {live} keys; revoke one that is not used"
    )))
}

/// A new key as it is kept, and as it is shown once.
pub(super) fn make(
    platform: &Platform,
    work: &Work,
    actor: &Actor,
    application: ApplicationId,
    label: String,
    expires_at: Option<Timestamp>,
) -> (Credential, Shown) {
    let secret = platform.random.key(KEY_PREFIX);
    let hint = KeyHint::of(secret.reveal());
    let credential = Credential {
        id: platform.new_id(),
        workspace_id: actor.workspace,
        application_id: application,
        kind: CredentialKind::ApiKey,
        label: label.clone(),
        hash: sha256(secret.reveal()),
        prefix: hint.prefix.clone(),
        last_four: hint.last_four.clone(),
        state: CredentialState::Active,
        replaced_by: CredentialId::NIL,
        created_by: actor.account().unwrap_or(AccountId::NIL),
        created_at: work.at(),
        expires_at,
        last_used_at: None,
        reminded_at: None,
        revoked_at: None,
        revoked_by: AccountId::NIL,
        updated_at: work.at(),
        version: 1,
    };
    let shown = Shown {
        id: credential.id,
        label,
        expires_at,
        hint,
        secret,
    };
    (credential, shown)
}

/// A label that can be kept.
pub(super) fn check_label(label: &str) -> Result<String> {
    line(label, LABEL_MOST).map_err(|error| Error::invalid("label", error))
}

fn check_end(now: Timestamp, end: Option<Timestamp>) -> Result<()> {
    match end {
        Some(end) if end <= now => Err(Error::invalid("expires_at", "lies in the past")),
        Some(end) if end > now + LIFE_MOST => Err(Error::invalid(
            "expires_at",
            "lies more than five years ahead; leave it out for a key without an end",
        )),
        _ => Ok(()),
    }
}
