//! Mails about a key: it expires, it was rotated, it was revoked.

use super::letter::{Block, Letter, Rendered, Sender};

/// To the owners of an application: a key ends soon.
#[derive(Debug)]
pub struct KeyExpires<'a> {
    /// Who writes.
    pub sender: Sender<'a>,
    /// The key's label.
    pub label: &'a str,
    /// Prefix and last four characters: `gh_live_b20A…9KdE`.
    pub shown: &'a str,
    /// The application.
    pub application: &'a str,
    /// How long it still works: `13 days`.
    pub left: &'a str,
    /// When it ends, in words with the zone.
    pub expires: &'a str,
    /// When it was last used, in words; nothing if never.
    pub last_used: Option<&'a str>,
    /// Where to rotate it.
    pub link: &'a str,
}

impl KeyExpires<'_> {
    /// The mail.
    #[must_use]
    pub fn render(&self) -> Rendered {
        let title = match self.last_used {
            Some(_) => format!("A key in use expires in {}", self.left),
            None => format!("A key that was never used expires in {}", self.left),
        };
        Letter {
            sender: self.sender,
            subject: format!("In {} the key “{}” stops working", self.left, self.label),
            preview: "Rotating takes a minute and cuts nothing off.".to_owned(),
            title,
            blocks: vec![
                Block::Text(format!("From {} calls with the key below are refused with 401 key_expired.", self.expires)),
                Block::Facts(vec![
                    ("Key", format!("{}, {}", self.label, self.shown)),
                    ("Application", self.application.to_owned()),
                    ("Last used", self.last_used.unwrap_or("never").to_owned()),
                ]),
                Block::Act { label: "Rotate the key", url: self.link },
                Block::Text("Rotating makes a new key and lets the old one work beside it for as long as you say.".to_owned()),
            ],
            end: format!("You get this as an owner of {}.", self.application),
        }
        .into_rendered()
    }
}

/// To the owners of an application: a key has a successor.
#[derive(Debug)]
pub struct KeyRotated<'a> {
    /// Who writes.
    pub sender: Sender<'a>,
    /// The key's label.
    pub label: &'a str,
    /// The old key, as prefix and last four characters.
    pub old_shown: &'a str,
    /// The new key, likewise.
    pub new_shown: &'a str,
    /// The application.
    pub application: &'a str,
    /// Who rotated it.
    pub rotated_by: &'a str,
    /// Until when the old key works, in words with the zone; nothing if it works until it is revoked.
    pub old_ends: Option<&'a str>,
    /// The keys of the application.
    pub link: &'a str,
}

impl KeyRotated<'_> {
    /// The mail.
    #[must_use]
    pub fn render(&self) -> Rendered {
        let until = self.old_ends.map_or_else(
            || "until it is revoked".to_owned(),
            |time| format!("until {time}"),
        );
        Letter {
            sender: self.sender,
            subject: format!("The key “{}” was rotated", self.label),
            preview: format!("The old key works {until}."),
            title: "A key was rotated".to_owned(),
            blocks: vec![
                Block::Text(format!("{} made a new key. The old one works {until}.", self.rotated_by)),
                Block::Facts(vec![
                    ("Application", self.application.to_owned()),
                    ("New key", self.new_shown.to_owned()),
                    ("Old key", self.old_shown.to_owned()),
                ]),
                Block::Act { label: "See the keys", url: self.link },
            ],
            end: format!(
                "You get this as an owner of {}. If nobody of yours did this, revoke both keys and change your password.",
                self.application
            ),
        }
        .into_rendered()
    }
}

/// To the owners of an application: a key is refused from now on.
#[derive(Debug)]
pub struct KeyRevoked<'a> {
    /// Who writes.
    pub sender: Sender<'a>,
    /// The key's label.
    pub label: &'a str,
    /// Prefix and last four characters.
    pub shown: &'a str,
    /// The application.
    pub application: &'a str,
    /// Who revoked it.
    pub revoked_by: &'a str,
    /// When, in words with the zone.
    pub when: &'a str,
    /// The keys of the application.
    pub link: &'a str,
}

impl KeyRevoked<'_> {
    /// The mail.
    #[must_use]
    pub fn render(&self) -> Rendered {
        Letter {
            sender: self.sender,
            subject: format!("The key “{}” was revoked", self.label),
            preview: "Calls with it are refused.".to_owned(),
            title: "A key was revoked".to_owned(),
            blocks: vec![
                Block::Text(format!("{} revoked it. Calls with it are refused with 401 credential_revoked; it cannot come back.", self.revoked_by)),
                Block::Facts(vec![
                    ("Key", format!("{}, {}", self.label, self.shown)),
                    ("Application", self.application.to_owned()),
                    ("When", self.when.to_owned()),
                ]),
                Block::Act { label: "Make another key", url: self.link },
            ],
            end: format!("You get this as an owner of {}.", self.application),
        }
        .into_rendered()
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyExpires, KeyRevoked, KeyRotated, Sender};

    const SENDER: Sender<'_> = Sender {
        product: "Harbor Developers",
        portal_url: "https://developers.harbor.example",
    };

    #[test]
    fn an_unused_key_is_not_called_in_use() {
        let mail = |last_used| {
            KeyExpires {
                sender: SENDER,
                label: "Warehouse scanner",
                shown: "gh_live_b20A…9KdE",
                application: "Pier 9",
                left: "13 days",
                expires: "3 December 2026, 00:00 UTC",
                last_used,
                link: "https://developers.harbor.example/keys",
            }
            .render()
        };
        assert!(
            mail(Some("6 minutes ago"))
                .text
                .contains("A key in use expires in 13 days")
        );
        assert!(
            mail(None)
                .text
                .contains("A key that was never used expires in 13 days")
        );
        assert!(mail(None).text.contains("Last used:        never"));
    }

    #[test]
    fn a_rotation_says_how_long_the_old_key_works() {
        let mail = |old_ends| {
            KeyRotated {
                sender: SENDER,
                label: "Production",
                old_shown: "gh_live_aaaa…1111",
                new_shown: "gh_live_bbbb…2222",
                application: "Pier 9",
                rotated_by: "Noor Haddad",
                old_ends,
                link: "https://developers.harbor.example/keys",
            }
            .render()
        };
        assert!(
            mail(Some("21 November 2026, 16:04 UTC"))
                .text
                .replace('\n', " ")
                .contains("works until 21 November 2026, 16:04 UTC.")
        );
        assert!(
            mail(None)
                .text
                .contains("The old one works until it is revoked.")
        );
    }

    #[test]
    fn a_revocation_names_the_key() {
        let mail = KeyRevoked {
            sender: SENDER,
            label: "Pro\r\nduction",
            shown: "gh_live_aaaa…1111",
            application: "Pier 9",
            revoked_by: "Noor Haddad",
            when: "20 November 2026, 16:04 UTC",
            link: "https://developers.harbor.example/keys",
        }
        .render();
        assert_eq!(mail.subject, "The key “Pro duction” was revoked");
    }
}
