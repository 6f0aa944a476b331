//! Making a key, and changing its label and end.

use std::time::Duration;

use domain::Timestamp;
use domain::actor::Actor;
use domain::credential::{CredentialKind, CredentialState, KeyHint};
use domain::id::{ApplicationId, CredentialId};
use domain::text::line;
use serde_json::Value;
use store::credentials::Credential;

use super::issue::{Issued, Wanted, issue};
use super::write::{changeable, save};
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::secrets::Secret;
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
    /// What kind of secret it is.
    pub kind: CredentialKind,
    /// What anybody may see of it: the user name of a password, the key id of a signing secret.
    pub facts: Value,
    /// The key itself.
    pub secret: Secret,
}

impl TryFrom<Issued> for Shown {
    type Error = Error;

    /// A certificate and an issuer have no secret that could be shown.
    fn try_from(issued: Issued) -> Result<Self> {
        let secret = issued.secret.ok_or_else(|| {
            Error::WrongState(format!(
                "a credential of kind {} has no secret",
                issued.kind
            ))
        })?;
        Ok(Self {
            id: issued.id,
            label: issued.label,
            expires_at: issued.expires_at,
            hint: issued.hint,
            kind: issued.kind,
            facts: issued.facts,
            secret,
        })
    }
}

/// Makes a key.
pub async fn create(platform: &Platform, actor: &Actor, new: &NewKey) -> Result<Shown> {
    let application = new.application;
    let wanted = Wanted::ApiKey;
    let issued = issue(
        platform,
        actor,
        application,
        &new.label,
        new.expires_at,
        &wanted,
    )
    .await?;
    issued.try_into()
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

/// A label that can be kept.
pub(super) fn check_label(label: &str) -> Result<String> {
    line(label, LABEL_MOST).map_err(|error| Error::invalid("label", error))
}

/// An end that lies neither behind nor too far ahead.
pub(super) fn check_end(now: Timestamp, end: Option<Timestamp>) -> Result<()> {
    match end {
        Some(end) if end <= now => Err(Error::invalid("expires_at", "lies in the past")),
        Some(end) if end > now + LIFE_MOST => Err(Error::invalid(
            "expires_at",
            "lies more than five years ahead; leave it out for a key without an end",
        )),
        _ => Ok(()),
    }
}
