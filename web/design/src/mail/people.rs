//! Mails about people that somebody else began: an invitation, a second sign-up, a refusal.

use super::letter::{Block, Letter, Rendered, Sender};

/// To a person for whom the platform team made an account.
#[derive(Debug)]
pub struct Welcome<'a> {
    /// Who writes.
    pub sender: Sender<'a>,
    /// The person's name.
    pub name: &'a str,
    /// The page to choose a password.
    pub link: &'a str,
    /// Until when, in words with the zone.
    pub good_until: &'a str,
}

impl Welcome<'_> {
    /// The mail.
    #[must_use]
    pub fn render(&self) -> Rendered {
        Letter {
            sender: self.sender,
            subject: format!("Your account at {}", self.sender.product),
            preview: "Choose a password to begin.".to_owned(),
            title: "An account was made for you".to_owned(),
            blocks: vec![
                Block::Text(format!(
                    "{}, the platform team made an account for this address. Choose a password, and it is yours.",
                    self.name
                )),
                Block::Act {
                    label: "Choose a password",
                    url: self.link,
                },
                Block::Small(format!(
                    "The link is good until {} and works once.",
                    self.good_until
                )),
            ],
            end: "If you do not expect this, leave this mail be: without a password nobody can sign in."
                .to_owned(),
        }
        .into_rendered()
    }
}

/// To a person who signed up with an address that has an account already.
#[derive(Debug)]
pub struct AccountExists<'a> {
    /// Who writes.
    pub sender: Sender<'a>,
    /// The person's name.
    pub name: &'a str,
    /// The page to sign in.
    pub sign_in: &'a str,
    /// The page to ask for a new password.
    pub reset: &'a str,
}

impl AccountExists<'_> {
    /// The mail.
    #[must_use]
    pub fn render(&self) -> Rendered {
        Letter {
            sender: self.sender,
            subject: format!("You have an account at {} already", self.sender.product),
            preview: "Sign in, or set a new password.".to_owned(),
            title: "You have an account already".to_owned(),
            blocks: vec![
                Block::Text(format!(
                    "{}, somebody signed up with this address, which has an account. Nothing was changed.",
                    self.name
                )),
                Block::Act {
                    label: "Sign in",
                    url: self.sign_in,
                },
                Block::Text(format!("Forgotten the password? Set a new one: {}", self.reset)),
            ],
            end: "If it was not you, there is nothing to do: nobody got in.".to_owned(),
        }
        .into_rendered()
    }
}

/// To a person whose account was not let in.
#[derive(Debug)]
pub struct AccountRefused<'a> {
    /// Who writes.
    pub sender: Sender<'a>,
    /// The person's name.
    pub name: &'a str,
    /// Why.
    pub reason: &'a str,
}

impl AccountRefused<'_> {
    /// The mail.
    #[must_use]
    pub fn render(&self) -> Rendered {
        Letter {
            sender: self.sender,
            subject: format!("Your account at {} was not opened", self.sender.product),
            preview: self.reason.to_owned(),
            title: "Your account was not opened".to_owned(),
            blocks: vec![
                Block::Text(format!(
                    "{}, the platform team looked at your account and did not let it in.",
                    self.name
                )),
                Block::Text(format!("The reason: {}", self.reason)),
            ],
            end: "You get this because you asked for an account with this address.".to_owned(),
        }
        .into_rendered()
    }
}

/// To a person who was shut out, or is let in again.
#[derive(Debug)]
pub struct AccountTurned<'a> {
    /// Who writes.
    pub sender: Sender<'a>,
    /// The person's name.
    pub name: &'a str,
    /// Why; empty when no reason was given.
    pub reason: &'a str,
    /// The page to sign in.
    pub link: &'a str,
}

impl AccountTurned<'_> {
    /// The mail that says it was suspended.
    #[must_use]
    pub fn suspended(&self) -> Rendered {
        let mut blocks = vec![Block::Text(format!(
            "{}, the platform team suspended your account. Nobody can sign in with it, and calls with the keys of your \
             applications are refused with 403 application_suspended.",
            self.name
        ))];
        if !self.reason.is_empty() {
            blocks.push(Block::Reason(self.reason));
        }
        blocks.push(Block::Small(
            "Nothing was deleted: with the account, its keys and subscriptions come back."
                .to_owned(),
        ));
        self.letter("Your account is suspended", blocks)
    }

    /// The mail that says it is open again.
    #[must_use]
    pub fn resumed(&self) -> Rendered {
        let text = format!(
            "{}, your account is open again. The keys of your applications work as before.",
            self.name
        );
        let act = Block::Act {
            label: "Sign in",
            url: self.link,
        };
        self.letter("Your account is open again", vec![Block::Text(text), act])
    }

    fn letter<'b>(&'b self, title: &str, blocks: Vec<Block<'b>>) -> Rendered {
        Letter {
            sender: self.sender,
            subject: format!("{title}: {}", self.sender.product),
            preview: title.to_owned(),
            title: title.to_owned(),
            blocks,
            end: "You get this because the account is yours.".to_owned(),
        }
        .into_rendered()
    }
}
