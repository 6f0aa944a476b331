//! Writing a credential with its audit line and its line of the change feed, and telling its owner.

use domain::actor::Actor;
use domain::change::ChangeKind;
use domain::credential::KeyHint;
use domain::id::CredentialId;
use serde_json::{Value, json};
use store::applications::Application;
use store::credentials::Credential;

use crate::applications::reach;
use crate::error::{Error, Result};
use crate::work::Work;

/// The credential with its application, if the actor may change that, and at the version that the actor saw.
pub(super) async fn changeable(
    work: &mut Work,
    actor: &Actor,
    id: CredentialId,
    seen: Option<i64>,
) -> Result<(Credential, Application)> {
    let found = store::credentials::find(work.conn(), actor.workspace, id).await?;
    let credential = found.ok_or_else(|| missing(id))?;
    let application = reach::changeable(work.conn(), actor, credential.application_id)
        .await
        .map_err(|error| match error {
            Error::NotFound { .. } => missing(id),
            other => other,
        })?;
    match seen {
        Some(version) if version != credential.version => Err(conflict(credential.version)),
        _ => Ok((credential, application)),
    }
}

/// Writes a new credential.
pub(super) async fn insert(work: &mut Work, action: &str, credential: &Credential) -> Result<()> {
    store::credentials::insert(work.conn(), credential).await?;
    work.changed(ChangeKind::Credential, credential.id);
    note(work, action, None, credential, "");
    Ok(())
}

/// Writes a credential over the one that was read.
pub(super) async fn save(
    work: &mut Work,
    action: &str,
    before: &Credential,
    after: Credential,
    reason: &str,
) -> Result<Credential> {
    let mut after = Credential {
        updated_at: work.at(),
        ..after
    };
    if !store::credentials::update(work.conn(), &after).await? {
        return Err(conflict(before.version + 1));
    }
    after.version += 1;
    work.changed(ChangeKind::Credential, after.id);
    note(work, action, Some(before), &after, reason);
    Ok(after)
}

/// `gh_live_7hK2…Xq9B`
pub(super) fn shown(credential: &Credential) -> String {
    let hint = KeyHint {
        prefix: credential.prefix.clone(),
        last_four: credential.last_four.clone(),
    };
    hint.to_string()
}

/// The owner of an application: name and address.
pub(super) async fn owner(work: &mut Work, application: &Application) -> Result<(String, String)> {
    let workspace = work.workspace();
    let line = store::applications::find_line(work.conn(), workspace, application.id)
        .await?
        .ok_or_else(|| Error::not_found("application", application.id))?;
    Ok((line.owner_name, line.owner_email))
}

pub(super) fn missing(id: CredentialId) -> Error {
    Error::not_found("credential", id)
}

const fn conflict(current_version: i64) -> Error {
    Error::Conflict {
        what: "credential",
        current_version,
    }
}

fn note(
    work: &mut Work,
    action: &str,
    before: Option<&Credential>,
    after: &Credential,
    reason: &str,
) {
    let mut now = facts(after);
    if !reason.is_empty() {
        now["reason"] = json!(reason);
    }
    let name = format!("{} ({})", after.label, shown(after));
    work.audit(
        action,
        "credential",
        after.id,
        &name,
        before.map(facts),
        Some(now),
    );
}

fn facts(c: &Credential) -> Value {
    json!({
        "application_id": c.application_id, "kind": c.kind, "label": c.label, "state": c.state, "expires_at": c.expires_at,
        "replaced_by": (!c.replaced_by.is_nil()).then_some(c.replaced_by),
    })
}
