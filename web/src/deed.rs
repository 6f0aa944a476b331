//! How a line of the audit log reads as a sentence: `Ines Okafor published version v1`.

use operations::audit::AuditEvent;

/// Acts on oneself, or in words that do not follow from their names.
const SENTENCES: &[(&str, &str)] = &[
    ("account.signed_in", "signed in"),
    ("account.signed_up", "signed up"),
    ("account.verified", "confirmed an address"),
    ("account.renamed", "changed a name"),
    ("account.password_changed", "changed a password"),
    ("account.waiting", "waits to be let in"),
    ("platform.set_up", "set the platform up"),
    ("session.ended", "signed out a session"),
    ("session.others_ended", "signed out everywhere else"),
];

/// Acts on what has a name, in words that do not follow from theirs.
const BEFORE_A_NAME: &[(&str, &str)] = &[
    ("account.approved", "let in"),
    ("account.refused", "refused an account to"),
    ("api_version.created", "drafted"),
    ("cache.purged", "had stored answers forgotten of"),
    ("configuration.applied", "applied the declaration"),
    (
        "configuration.drifted",
        "found a difference from the declaration",
    ),
    ("configuration.forgotten", "forgot the declaration"),
    (
        "configuration.restored",
        "found no difference any more from the declaration",
    ),
    ("identity.linked", "linked a sign-in to"),
    ("outbox.retried", "sent again"),
    ("product.item_added", "added a version to"),
    ("product.item_removed", "took a version out of"),
    ("role.assigned", "gave a role to"),
    ("role.revoked", "took a role from"),
    ("subscription.plan_changed", "changed the plan of"),
];

/// Who did what to what.
pub(crate) fn sentence(event: &AuditEvent) -> String {
    let who = &event.actor_name;
    let action = event.action.as_str();
    if let Some((_, words)) = SENTENCES.iter().find(|(known, _)| *known == action) {
        return format!("{who} {words}");
    }
    let name = &event.entity_name;
    if let Some((_, words)) = BEFORE_A_NAME.iter().find(|(known, _)| *known == action) {
        return format!("{who} {words} {name}");
    }
    let (kind, verb) = action.split_once('.').unwrap_or(("", action));
    let noun = match kind {
        "api" => "API",
        "api_version" => "version",
        "ca" => "authority",
        "outbox" => "message",
        kind => &kind.replace('_', " "),
    };
    format!("{who} {} {noun} {name}", verb.replace('_', " "))
}

/// The icon of what was done.
pub(crate) fn icon(event: &AuditEvent) -> &'static str {
    let (kind, verb) = event.action.split_once('.').unwrap_or_default();
    match (kind, verb) {
        ("credential" | "token" | "signing_key", "revoked" | "deleted") => "key-off",
        (_, "published" | "imported" | "reimported") => "upload",
        (_, "approved" | "resumed" | "enabled" | "verified") => "check-circle",
        (_, "refused" | "rejected" | "cancelled" | "disabled") => "cross-circle",
        (_, "suspended") => "pause",
        (_, "deleted") => "trash",
        (_, "deprecated" | "retired") => "sunset",
        (_, "rotated") => "rotate",
        ("credential" | "token" | "signing_key", _) => "key",
        ("account" | "user" | "session" | "role" | "identity", _) => "user",
        ("certificate" | "ca", _) => "certificate",
        ("policy", _) => "policy",
        ("route", _) => "route",
        (_, "created") => "plus",
        (_, "updated" | "moved" | "reordered") => "edit",
        _ => "ledger",
    }
}

#[cfg(test)]
mod tests {
    use store::audit::AuditEvent;

    use super::*;

    fn event(action: &str, name: &str) -> AuditEvent {
        AuditEvent {
            id: domain::id::AuditEventId::from(uuid::Uuid::nil()),
            workspace_id: domain::id::WorkspaceId::from(uuid::Uuid::nil()),
            at: domain::Timestamp::from_micros(0),
            actor_kind: "account".to_owned(),
            actor_id: uuid::Uuid::nil(),
            actor_name: "Ines Okafor".to_owned(),
            action: action.to_owned(),
            entity_kind: String::new(),
            entity_id: uuid::Uuid::nil(),
            entity_name: name.to_owned(),
            before: None,
            after: None,
            request_id: String::new(),
            ip: String::new(),
        }
    }

    #[test]
    fn acts_read_as_sentences() {
        let said = |action, name| sentence(&event(action, name));
        assert_eq!(said("account.signed_in", "Ines"), "Ines Okafor signed in");
        assert_eq!(
            said("api_version.published", "Parcels v1"),
            "Ines Okafor published version Parcels v1"
        );
        assert_eq!(
            said("product.item_added", "Parcels"),
            "Ines Okafor added a version to Parcels"
        );
        assert_eq!(
            said("signing_key.created", "a_b"),
            "Ines Okafor created signing key a_b"
        );
        assert_eq!(icon(&event("credential.revoked", "")), "key-off");
        assert_eq!(icon(&event("plan.created", "")), "plus");
    }
}
