//! Mails about an account: confirm the address, set a new password, be let in; and the test of the settings.

use super::letter::{Block, Letter, Rendered, Sender};

/// To a person who signed up: the link opens a page with a button (scanners follow links).
#[derive(Debug)]
pub struct VerifyAddress<'a> {
    /// Who writes.
    pub sender: Sender<'a>,
    /// The person's name.
    pub name: &'a str,
    /// The page that confirms.
    pub link: &'a str,
    /// Until when, in words with the zone: `21 November 2026, 16:04 UTC`.
    pub good_until: &'a str,
}

impl VerifyAddress<'_> {
    /// The mail.
    #[must_use]
    pub fn render(&self) -> Rendered {
        Letter {
            sender: self.sender,
            subject: format!("Confirm your address for {}", self.sender.product),
            preview: format!("The link is good until {}.", self.good_until),
            title: "Confirm your address".to_owned(),
            blocks: vec![
                Block::Text(format!("{}, this link opens a page with one button. It makes the account yours.", self.name)),
                Block::Act { label: "Confirm the address", url: self.link },
                Block::Small(format!("The link is good until {} and works once.", self.good_until)),
            ],
            end: "Somebody made an account with this address. If it was not you, leave this mail be: without confirmation nobody can sign in with it.".to_owned(),
        }
        .into_rendered()
    }
}

/// To a person who has forgotten the password.
#[derive(Debug)]
pub struct PasswordReset<'a> {
    /// Who writes.
    pub sender: Sender<'a>,
    /// The person's name.
    pub name: &'a str,
    /// The page with the form.
    pub link: &'a str,
    /// Until when, in words with the zone.
    pub good_until: &'a str,
}

impl PasswordReset<'_> {
    /// The mail.
    #[must_use]
    pub fn render(&self) -> Rendered {
        Letter {
            sender: self.sender,
            subject: format!("A new password for {}", self.sender.product),
            preview: format!("The link is good until {}.", self.good_until),
            title: "Set a new password".to_owned(),
            blocks: vec![
                Block::Text(format!("{}, somebody asked for a new password for this address. If it was you, choose one here:", self.name)),
                Block::Act { label: "Choose a new password", url: self.link },
                Block::Small(format!(
                    "The link is good until {} and works once. A new password signs all other browsers out; keys of applications go on working.",
                    self.good_until
                )),
            ],
            end: "If it was not you, leave this mail be: the password stays as it is.".to_owned(),
        }
        .into_rendered()
    }
}

/// To a person whose account waited for a look and was let in.
#[derive(Debug)]
pub struct AccountApproved<'a> {
    /// Who writes.
    pub sender: Sender<'a>,
    /// The person's name.
    pub name: &'a str,
    /// The page to sign in.
    pub link: &'a str,
}

impl AccountApproved<'_> {
    /// The mail.
    #[must_use]
    pub fn render(&self) -> Rendered {
        Letter {
            sender: self.sender,
            subject: format!("Your account at {} is open", self.sender.product),
            preview: "You can sign in now.".to_owned(),
            title: "Your account is open".to_owned(),
            blocks: vec![
                Block::Text(format!("{}, your account was looked at and let in. Sign in, make an application, and choose a plan for it.", self.name)),
                Block::Act { label: "Sign in", url: self.link },
            ],
            end: "You get this because you asked for an account with this address.".to_owned(),
        }
        .into_rendered()
    }
}

/// To an administrator who pressed the test button.
#[derive(Debug)]
pub struct TestMail<'a> {
    /// Who writes.
    pub sender: Sender<'a>,
    /// Who pressed the button.
    pub asked_by: &'a str,
    /// The server that took it: `smtp.harbor.example:587`.
    pub server: &'a str,
}

impl TestMail<'_> {
    /// The mail.
    #[must_use]
    pub fn render(&self) -> Rendered {
        Letter {
            sender: self.sender,
            subject: format!("A test from {}", self.sender.product),
            preview: "Mail works.".to_owned(),
            title: "Mail works".to_owned(),
            blocks: vec![
                Block::Text(
                    "This mail left the platform as every other will. It came by way of:"
                        .to_owned(),
                ),
                Block::Machine(self.server),
            ],
            end: format!("{} asked for this test in the settings.", self.asked_by),
        }
        .into_rendered()
    }
}

#[cfg(test)]
mod tests {
    use super::{AccountApproved, PasswordReset, Sender, TestMail, VerifyAddress};

    const SENDER: Sender<'_> = Sender {
        product: "Harbor Developers",
        portal_url: "https://developers.harbor.example",
    };

    #[test]
    fn verify_address_reads_as_a_letter() {
        let mail = VerifyAddress {
            sender: SENDER,
            name: "Noor",
            link: "https://developers.harbor.example/verify?token=Jx39Qk",
            good_until: "21 November 2026, 16:04 UTC",
        }
        .render();
        insta::assert_snapshot!(format!("Subject: {}\n\n{}", mail.subject, mail.text), @r#"
Subject: Confirm your address for Harbor Developers

Harbor Developers

Confirm your address
====================

Noor, this link opens a page with one button. It makes the account
yours.

Confirm the address:
https://developers.harbor.example/verify?token=Jx39Qk

The link is good until 21 November 2026, 16:04 UTC and works once.

-- 
Somebody made an account with this address. If it was not you, leave
this mail be: without confirmation nobody can sign in with it.
Harbor Developers, https://developers.harbor.example
"#);
        assert!(
            mail.html
                .contains(r#"<a href="https://developers.harbor.example/verify?token=Jx39Qk""#)
        );
    }

    #[test]
    fn a_name_is_never_markup() {
        let hostile = "<script>alert(1)</script>\" onclick=\"x";
        let mails = [
            VerifyAddress {
                sender: SENDER,
                name: hostile,
                link: "https://a.example/",
                good_until: "soon",
            }
            .render(),
            PasswordReset {
                sender: SENDER,
                name: hostile,
                link: "https://a.example/?\"><b>",
                good_until: "soon",
            }
            .render(),
            AccountApproved {
                sender: SENDER,
                name: hostile,
                link: "https://a.example/",
            }
            .render(),
            TestMail {
                sender: SENDER,
                asked_by: hostile,
                server: hostile,
            }
            .render(),
        ];
        for mail in mails {
            assert!(!mail.html.contains("<script"), "{}", mail.html);
            assert!(!mail.html.contains("\" onclick"), "{}", mail.html);
            assert!(!mail.html.contains("?\"><b>"), "{}", mail.html);
            assert!(
                mail.text.contains("<script>"),
                "the text is not escaped: {}",
                mail.text
            );
        }
    }
}
