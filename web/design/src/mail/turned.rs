//! Mails about what a developer calls: a subscription was stopped, goes on, ended or changed its plan; a version ends.

use super::letter::{Block, Letter, Rendered, Sender};

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

    /// The mail that says it ended for good.
    #[must_use]
    pub fn ended(&self) -> Rendered {
        self.letter(
            format!("{} has ended for {}", self.product, self.application),
            "Calls are refused from now on. It can be asked for again.",
        )
    }

    /// The mail that says it is on another plan: the one that is named here.
    #[must_use]
    pub fn moved(&self) -> Rendered {
        self.letter(
            format!(
                "{} is on {} for {}",
                self.product, self.plan, self.application
            ),
            "The limits of the new plan hold from now on; the keys stay the same.",
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

/// To those who call an API version that is going to end, or has ended.
#[derive(Debug)]
pub struct VersionEnds<'a> {
    /// Who writes.
    pub sender: Sender<'a>,
    /// The person's name.
    pub name: &'a str,
    /// The version: `Payments v1`.
    pub version: &'a str,
    /// The person's applications that may call it.
    pub applications: &'a str,
    /// When it is going to end, in words with the zone; nothing where no day is set.
    pub ends: Option<&'a str>,
    /// What comes after it: `v2`.
    pub successor: Option<&'a str>,
    /// Its page.
    pub link: &'a str,
}

impl VersionEnds<'_> {
    /// The mail that says that the end was announced.
    #[must_use]
    pub fn deprecated(&self) -> Rendered {
        let when = self.ends.map_or_else(
            || "No day is set yet.".to_owned(),
            |day| format!("It goes on answering until {day}."),
        );
        self.letter(format!("{} is deprecated", self.version), &when)
    }

    /// The mail that says that it answers no more.
    #[must_use]
    pub fn retired(&self) -> Rendered {
        self.letter(
            format!("{} is retired", self.version),
            "Its calls are refused with 410 api_retired.",
        )
    }

    fn letter(&self, title: String, effect: &str) -> Rendered {
        let mut facts = vec![("Yours that may call it", self.applications.to_owned())];
        if let Some(next) = self.successor {
            facts.push(("What comes after it", next.to_owned()));
        }
        if let Some(day) = self.ends {
            facts.push(("Ends", day.to_owned()));
        }
        Letter {
            sender: self.sender,
            subject: title.clone(),
            preview: effect.to_owned(),
            title,
            blocks: vec![
                Block::Text(format!(
                    "{}, an API that you have access to has changed. {effect}",
                    self.name
                )),
                Block::Facts(facts),
                Block::Act {
                    label: "See the API",
                    url: self.link,
                },
            ],
            end: "You get this because applications of yours are subscribed to it.".to_owned(),
        }
        .into_rendered()
    }
}

#[cfg(test)]
mod tests {
    use super::{Sender, SubscriptionTurned, VersionEnds};

    const SENDER: Sender<'_> = Sender {
        product: "Harbor Developers",
        portal_url: "https://developers.harbor.example",
    };

    #[test]
    fn a_suspension_says_why() {
        let mail = SubscriptionTurned {
            sender: SENDER,
            name: "Noor",
            decided_by: "Ines Okafor",
            reason: "The bill is open.",
            application: "Pier 9 Storefront",
            product: "Payments",
            plan: "Standard",
            link: "https://developers.harbor.example/subscriptions/1",
        };
        let (suspended, resumed) = (mail.suspended(), mail.resumed());
        assert_eq!(
            suspended.subject,
            "Payments is suspended for Pier 9 Storefront"
        );
        assert!(
            suspended
                .text
                .contains("Reason:           The bill is open.\n")
        );
        assert!(suspended.html.contains("403 subscription_suspended"));
        assert!(resumed.text.contains("Calls are taken again"));
        assert_eq!(
            mail.moved().subject,
            "Payments is on Standard for Pier 9 Storefront"
        );
    }

    #[test]
    fn a_deprecation_names_the_day_and_the_way_out() {
        let mail = |ends| VersionEnds {
            sender: SENDER,
            name: "Noor",
            version: "Payments v1",
            applications: "Pier 9 Storefront, Till",
            ends,
            successor: Some("v2"),
            link: "https://developers.harbor.example/apis/payments",
        };
        let dated = mail(Some("31 March 2027, 00:00 UTC")).deprecated();
        assert_eq!(dated.subject, "Payments v1 is deprecated");
        assert!(dated.text.contains("until 31 March 2027, 00:00 UTC"));
        assert!(
            dated
                .text
                .contains("Yours that may call it:\n    Pier 9 Storefront, Till\n")
        );
        assert!(mail(None).deprecated().text.contains("No day is set yet."));
        assert!(mail(None).retired().html.contains("410 api_retired"));
    }
}
