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

/// To the owner of a subscription that was stopped, or goes on.
#[derive(Debug)]
pub struct SubscriptionTurned<'a> {
    /// Who writes.
    pub sender: Sender<'a>,
    /// The person's name.
    pub name: &'a str,
    /// Who did it.
    pub decided_by: &'a str,
    /// Why; empty when no reason was given.
    pub reason: &'a str,
    /// The application.
    pub application: &'a str,
    /// The product.
    pub product: &'a str,
    /// The plan.
    pub plan: &'a str,
    /// The subscription's page.
    pub link: &'a str,
}

impl SubscriptionTurned<'_> {
    /// The mail that says it was stopped.
    #[must_use]
    pub fn suspended(&self) -> Rendered {
        self.letter(
            format!("{} is suspended for {}", self.product, self.application),
            "Calls are refused with 403 subscription_suspended until it is resumed.",
        )
    }

    /// The mail that says it goes on.
    #[must_use]
    pub fn resumed(&self) -> Rendered {
        self.letter(
            format!("{} is active again for {}", self.product, self.application),
            "Calls are taken again, with the same keys.",
        )
    }

    fn letter(&self, title: String, effect: &str) -> Rendered {
        let mut facts = vec![
            ("Application", self.application.to_owned()),
            ("Plan", format!("{}, {}", self.product, self.plan)),
            ("Decided by", self.decided_by.to_owned()),
        ];
        if !self.reason.is_empty() {
            facts.push(("Reason", self.reason.to_owned()));
        }
        Letter {
            sender: self.sender,
            subject: title.clone(),
            preview: effect.to_owned(),
            title,
            blocks: vec![
                Block::Text(format!(
                    "{}, a subscription of yours has changed. {effect}",
                    self.name
                )),
                Block::Facts(facts),
                Block::Act {
                    label: "See the subscription",
                    url: self.link,
                },
            ],
            end: format!("You get this as an owner of {}.", self.application),
        }
        .into_rendered()
    }
}
