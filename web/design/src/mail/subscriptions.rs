//! Mails about a subscription: asked for, approved, refused.

use super::letter::{Block, Letter, Rendered, Sender};

/// To those who may decide.
#[derive(Debug)]
pub struct SubscriptionRequested<'a> {
    /// Who writes; the address is the dashboard's.
    pub sender: Sender<'a>,
    /// The person who asks.
    pub requester: &'a str,
    /// The application the plan is for.
    pub application: &'a str,
    /// The product.
    pub product: &'a str,
    /// The plan.
    pub plan: &'a str,
    /// The plan's questions with their answers.
    pub answers: &'a [(&'a str, &'a str)],
    /// The request in the inbox.
    pub link: &'a str,
}

impl SubscriptionRequested<'_> {
    /// The mail.
    #[must_use]
    pub fn render(&self) -> Rendered {
        let mut facts = vec![
            ("Application", self.application.to_owned()),
            ("Plan", format!("{}, {}", self.product, self.plan)),
            ("Asked by", self.requester.to_owned()),
        ];
        facts.extend(
            self.answers
                .iter()
                .map(|(question, answer)| (*question, (*answer).to_owned())),
        );
        Letter {
            sender: self.sender,
            subject: format!(
                "To decide: {}, {}, for {}",
                self.product, self.plan, self.application
            ),
            preview: format!("{} waits for an answer.", self.requester),
            title: format!("{} asks for {}", self.application, self.product),
            blocks: vec![
                Block::Text(format!(
                    "{} asks for the plan {} and waits for a decision.",
                    self.requester, self.plan
                )),
                Block::Facts(facts),
                Block::Act {
                    label: "Read and decide",
                    url: self.link,
                },
            ],
            end: "You get this because you may decide requests.".to_owned(),
        }
        .into_rendered()
    }
}

/// To the person who asked: it is open.
#[derive(Debug)]
pub struct SubscriptionApproved<'a> {
    /// Who writes.
    pub sender: Sender<'a>,
    /// The person's name.
    pub name: &'a str,
    /// Who decided.
    pub decided_by: &'a str,
    /// What the decider wrote, if anything.
    pub note: Option<&'a str>,
    /// The application.
    pub application: &'a str,
    /// The product.
    pub product: &'a str,
    /// The plan.
    pub plan: &'a str,
    /// Limits and quota in words: `600 a minute, 100 000 a month`.
    pub limits: &'a str,
    /// Where the calls go.
    pub base_url: &'a str,
    /// Where a key is made.
    pub link: &'a str,
}

impl SubscriptionApproved<'_> {
    /// The mail.
    #[must_use]
    pub fn render(&self) -> Rendered {
        let mut blocks = vec![
            Block::Text(format!(
                "{}, {} approved your request.",
                self.name, self.decided_by
            )),
            Block::Facts(vec![
                ("Application", self.application.to_owned()),
                ("Plan", self.plan.to_owned()),
                ("Limits", self.limits.to_owned()),
                ("Base URL", self.base_url.to_owned()),
            ]),
        ];
        if let Some(note) = self.note {
            blocks.push(Block::Text(format!("A word with it: “{note}”")));
        }
        blocks.push(Block::Act {
            label: "Make a key",
            url: self.link,
        });
        Letter {
            sender: self.sender,
            subject: format!(
                "Approved: {}, {}, for {}",
                self.product, self.plan, self.application
            ),
            preview: "Make a key and call.".to_owned(),
            title: format!("{} is open to you", self.product),
            blocks,
            end: "You get this because you asked for the plan.".to_owned(),
        }
        .into_rendered()
    }
}

/// To the person who asked: it was refused, and why.
#[derive(Debug)]
pub struct SubscriptionRefused<'a> {
    /// Who writes.
    pub sender: Sender<'a>,
    /// The person's name.
    pub name: &'a str,
    /// Who decided.
    pub decided_by: &'a str,
    /// Why, in the decider's words.
    pub reason: &'a str,
    /// The application.
    pub application: &'a str,
    /// The product.
    pub product: &'a str,
    /// The plan.
    pub plan: &'a str,
    /// When it was asked for, in words with the zone.
    pub asked: &'a str,
    /// Where to ask again.
    pub link: &'a str,
}

impl SubscriptionRefused<'_> {
    /// The mail.
    #[must_use]
    pub fn render(&self) -> Rendered {
        Letter {
            sender: self.sender,
            subject: format!(
                "Refused: {}, {}, for {}",
                self.product, self.plan, self.application
            ),
            preview: self.reason.to_owned(),
            title: format!("{} was refused, and why", self.product),
            blocks: vec![
                Block::Text(format!(
                    "{}, {} read your request and refused it. The reason:",
                    self.name, self.decided_by
                )),
                Block::Reason(self.reason),
                Block::Facts(vec![
                    ("Application", self.application.to_owned()),
                    ("Plan", format!("{}, {}", self.product, self.plan)),
                    ("Asked", self.asked.to_owned()),
                ]),
                Block::Act {
                    label: "Change the answers and ask again",
                    url: self.link,
                },
            ],
            end: "You get this because you asked for the plan. Nothing else of yours is affected."
                .to_owned(),
        }
        .into_rendered()
    }
}

#[cfg(test)]
mod tests {
    use super::{Sender, SubscriptionApproved, SubscriptionRefused, SubscriptionRequested};

    const SENDER: Sender<'_> = Sender {
        product: "Harbor Developers",
        portal_url: "https://developers.harbor.example",
    };

    #[test]
    fn a_refusal_says_why_and_what_next() {
        let mail = SubscriptionRefused {
            sender: SENDER,
            name: "Noor",
            decided_by: "Ines Okafor",
            reason: "Payouts needs a registered company, and the number you gave is still “in formation”. Send the extract from the register when it comes.",
            application: "Pier 9 Storefront",
            product: "Payouts",
            plan: "Business",
            asked: "19 November 2026, 09:40 UTC",
            link: "https://developers.harbor.example/applications/pier-9",
        }
        .render();
        insta::assert_snapshot!(format!("Subject: {}\n\n{}", mail.subject, mail.text), @r#"
Subject: Refused: Payouts, Business, for Pier 9 Storefront

Harbor Developers

Payouts was refused, and why
============================

Noor, Ines Okafor read your request and refused it. The reason:

  | Payouts needs a registered company, and the number you gave is still
  | “in formation”. Send the extract from the register when it comes.

Application:      Pier 9 Storefront
Plan:             Payouts, Business
Asked:            19 November 2026, 09:40 UTC

Change the answers and ask again:
https://developers.harbor.example/applications/pier-9

-- 
You get this because you asked for the plan. Nothing else of yours is
affected.
Harbor Developers, https://developers.harbor.example
"#);
        assert!(mail.html.contains("still “in formation”"));
    }

    #[test]
    fn an_approval_carries_the_note_only_when_there_is_one() {
        let mail = |note| {
            SubscriptionApproved {
                sender: SENDER,
                name: "Noor",
                decided_by: "Tomas Lind",
                note,
                application: "Pier 9 <b>",
                product: "Payments",
                plan: "Standard",
                limits: "600 a minute",
                base_url: "https://api.harbor.example/payments/v2",
                link: "https://developers.harbor.example/keys/new",
            }
            .render()
        };
        assert!(
            mail(Some("Retry with care"))
                .text
                .contains("A word with it: “Retry with care”")
        );
        assert!(!mail(None).text.contains("A word with it"));
        assert!(mail(None).html.contains("Pier 9 &#60;b&#62;"));
    }

    #[test]
    fn a_request_shows_the_answers() {
        let mail = SubscriptionRequested {
            sender: SENDER,
            requester: "Noor Haddad",
            application: "Pier 9",
            product: "Payments",
            plan: "Partner",
            answers: &[("Calls a day", "about 40 000")],
            link: "https://admin.harbor.example/approvals/1",
        }
        .render();
        assert!(
            mail.text.contains("Calls a day:      about 40 000\n"),
            "{}",
            mail.text
        );
        assert_eq!(mail.subject, "To decide: Payments, Partner, for Pier 9");
    }
}
