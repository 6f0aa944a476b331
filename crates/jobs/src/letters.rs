//! From an outbox row to a letter: the payload of each kind, and the template that it fills.

use std::time::Duration;

use design::mail::{
    AccountApproved, AccountExists, AccountRefused, AccountTurned, KeyExpires, KeyRevoked,
    KeyRotated, PasswordReset, Rendered, Sender, SubscriptionApproved, SubscriptionRefused,
    SubscriptionRequested, SubscriptionTurned, VerifyAddress, VersionEnds, Welcome,
};
use domain::Timestamp;
use operations::settings::Settings;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Why a message cannot become a letter. Trying again does not help.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No template has this name.
    #[error("there is no mail of the kind `{0}`")]
    Unknown(String),
    /// The payload does not fill the template.
    #[error("the payload does not fit the mail `{kind}`: {source}")]
    Payload {
        /// Which kind.
        kind: String,
        /// What is missing.
        #[source]
        source: serde_json::Error,
    },
}

#[derive(Deserialize)]
struct Link {
    name: String,
    link: String,
    hours: u64,
}
#[derive(Deserialize)]
struct Exists {
    name: String,
    sign_in: String,
    reset: String,
}
#[derive(Deserialize)]
struct Approved {
    name: String,
    link: String,
}
#[derive(Deserialize)]
struct Refused {
    name: String,
    reason: String,
}
#[derive(Deserialize)]
struct AccountChange {
    name: String,
    reason: String,
    link: String,
}
#[derive(Deserialize)]
struct Ends {
    name: String,
    version: String,
    applications: String,
    ends: Option<String>,
    successor: Option<String>,
    link: String,
}
#[derive(Deserialize)]
struct Requested {
    requester: String,
    application: String,
    product: String,
    plan: String,
    answers: Vec<(String, String)>,
    link: String,
}
#[derive(Deserialize)]
struct SubscriptionYes {
    name: String,
    decided_by: String,
    note: Option<String>,
    application: String,
    product: String,
    plan: String,
    limits: String,
    base_url: String,
    link: String,
}
#[derive(Deserialize)]
struct SubscriptionNo {
    name: String,
    decided_by: String,
    reason: String,
    application: String,
    product: String,
    plan: String,
    asked: String,
    link: String,
}
#[derive(Deserialize)]
struct Turned {
    name: String,
    decided_by: String,
    reason: String,
    application: String,
    product: String,
    plan: String,
    link: String,
}
#[derive(Deserialize)]
struct Expires {
    label: String,
    shown: String,
    application: String,
    left: String,
    expires: String,
    last_used: Option<String>,
    link: String,
}
#[derive(Deserialize)]
struct Rotated {
    label: String,
    old_shown: String,
    new_shown: String,
    application: String,
    rotated_by: String,
    old_ends: Option<String>,
    link: String,
}
#[derive(Deserialize)]
struct Revoked {
    label: String,
    shown: String,
    application: String,
    revoked_by: String,
    when: String,
    link: String,
}

/// `21 November 2026, 16:04 UTC`
pub fn in_words(at: Timestamp) -> String {
    at.to_jiff().strftime("%-d %B %Y, %H:%M UTC").to_string()
}

/// Makes the letter of a message that was written at `written`.
pub fn render(
    settings: &Settings,
    kind: &str,
    payload: &Value,
    written: Timestamp,
) -> Result<Rendered, Error> {
    let sender = Sender {
        product: &settings.publisher_name,
        portal_url: settings.portal_url.as_str().trim_end_matches('/'),
    };
    let kind = kind.strip_prefix("mail.").unwrap_or(kind);
    let until = |hours: u64| in_words(written + Duration::from_secs(hours * 3600));
    Ok(match kind {
        "verify_address" => {
            let p: Link = read(kind, payload)?;
            VerifyAddress {
                sender,
                name: &p.name,
                link: &p.link,
                good_until: &until(p.hours),
            }
            .render()
        }
        "reset_password" => {
            let p: Link = read(kind, payload)?;
            PasswordReset {
                sender,
                name: &p.name,
                link: &p.link,
                good_until: &until(p.hours),
            }
            .render()
        }
        "welcome" => {
            let p: Link = read(kind, payload)?;
            Welcome {
                sender,
                name: &p.name,
                link: &p.link,
                good_until: &until(p.hours),
            }
            .render()
        }
        "account_exists" => {
            let p: Exists = read(kind, payload)?;
            AccountExists {
                sender,
                name: &p.name,
                sign_in: &p.sign_in,
                reset: &p.reset,
            }
            .render()
        }
        "account_approved" => {
            let p: Approved = read(kind, payload)?;
            AccountApproved {
                sender,
                name: &p.name,
                link: &p.link,
            }
            .render()
        }
        "account_refused" => {
            let p: Refused = read(kind, payload)?;
            AccountRefused {
                sender,
                name: &p.name,
                reason: &p.reason,
            }
            .render()
        }
        "account_suspended" | "account_resumed" => {
            let p: AccountChange = read(kind, payload)?;
            let letter = AccountTurned {
                sender,
                name: &p.name,
                reason: &p.reason,
                link: &p.link,
            };
            if kind == "account_suspended" {
                letter.suspended()
            } else {
                letter.resumed()
            }
        }
        _ => about_access(sender, kind, payload)?,
    })
}

fn about_access(sender: Sender<'_>, kind: &str, payload: &Value) -> Result<Rendered, Error> {
    Ok(match kind {
        "subscription_requested" => {
            let p: Requested = read(kind, payload)?;
            let answers: Vec<(&str, &str)> = p
                .answers
                .iter()
                .map(|(q, a)| (q.as_str(), a.as_str()))
                .collect();
            SubscriptionRequested {
                sender,
                requester: &p.requester,
                application: &p.application,
                product: &p.product,
                plan: &p.plan,
                answers: &answers,
                link: &p.link,
            }
            .render()
        }
        "subscription_approved" => {
            let p: SubscriptionYes = read(kind, payload)?;
            SubscriptionApproved {
                sender,
                name: &p.name,
                decided_by: &p.decided_by,
                note: p.note.as_deref(),
                application: &p.application,
                product: &p.product,
                plan: &p.plan,
                limits: &p.limits,
                base_url: &p.base_url,
                link: &p.link,
            }
            .render()
        }
        "subscription_refused" => {
            let p: SubscriptionNo = read(kind, payload)?;
            SubscriptionRefused {
                sender,
                name: &p.name,
                decided_by: &p.decided_by,
                reason: &p.reason,
                application: &p.application,
                product: &p.product,
                plan: &p.plan,
                asked: &p.asked,
                link: &p.link,
            }
            .render()
        }
        "subscription_suspended"
        | "subscription_resumed"
        | "subscription_cancelled"
        | "subscription_plan_changed" => {
            let p: Turned = read(kind, payload)?;
            let letter = SubscriptionTurned {
                sender,
                name: &p.name,
                decided_by: &p.decided_by,
                reason: &p.reason,
                application: &p.application,
                product: &p.product,
                plan: &p.plan,
                link: &p.link,
            };
            match kind {
                "subscription_suspended" => letter.suspended(),
                "subscription_resumed" => letter.resumed(),
                "subscription_cancelled" => letter.ended(),
                _ => letter.moved(),
            }
        }
        "version_deprecated" | "version_retired" => {
            let p: Ends = read(kind, payload)?;
            let letter = VersionEnds {
                sender,
                name: &p.name,
                version: &p.version,
                applications: &p.applications,
                ends: p.ends.as_deref(),
                successor: p.successor.as_deref(),
                link: &p.link,
            };
            if kind == "version_deprecated" {
                letter.deprecated()
            } else {
                letter.retired()
            }
        }
        _ => about_keys(sender, kind, payload)?,
    })
}

fn about_keys(sender: Sender<'_>, kind: &str, payload: &Value) -> Result<Rendered, Error> {
    Ok(match kind {
        "key_expires" => {
            let p: Expires = read(kind, payload)?;
            KeyExpires {
                sender,
                label: &p.label,
                shown: &p.shown,
                application: &p.application,
                left: &p.left,
                expires: &p.expires,
                last_used: p.last_used.as_deref(),
                link: &p.link,
            }
            .render()
        }
        "key_rotated" => {
            let p: Rotated = read(kind, payload)?;
            KeyRotated {
                sender,
                label: &p.label,
                old_shown: &p.old_shown,
                new_shown: &p.new_shown,
                application: &p.application,
                rotated_by: &p.rotated_by,
                old_ends: p.old_ends.as_deref(),
                link: &p.link,
            }
            .render()
        }
        "key_revoked" => {
            let p: Revoked = read(kind, payload)?;
            KeyRevoked {
                sender,
                label: &p.label,
                shown: &p.shown,
                application: &p.application,
                revoked_by: &p.revoked_by,
                when: &p.when,
                link: &p.link,
            }
            .render()
        }
        unknown => return Err(Error::Unknown(unknown.to_owned())),
    })
}

fn read<T: DeserializeOwned>(kind: &str, payload: &Value) -> Result<T, Error> {
    T::deserialize(payload).map_err(|source| Error::Payload {
        kind: kind.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_link_says_until_when_it_is_good() {
        let payload = json!({"name": "Noor", "link": "http://127.0.0.1/verify/x", "hours": 24});
        let written = "2026-11-20T17:30:00Z".parse().unwrap();
        let letter = render(&Settings::default(), "verify_address", &payload, written).unwrap();
        assert!(letter.text.contains("http://127.0.0.1/verify/x"));
        assert!(
            letter.text.contains("21 November 2026, 17:30 UTC"),
            "{}",
            letter.text
        );
    }

    #[test]
    fn what_no_template_fits_is_named() {
        let at = Timestamp::default();
        let error = render(&Settings::default(), "carrier_pigeon", &json!({}), at).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no mail of the kind `carrier_pigeon`"
        );
        let error = render(&Settings::default(), "welcome", &json!({"name": "x"}), at).unwrap_err();
        assert!(
            error.to_string().contains("missing field `link`"),
            "{error}"
        );
    }
}
