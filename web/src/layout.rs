//! What surrounds every screen: lintel, side bar, toasts; and the gate before one is in.

use domain::Timestamp;

use crate::parts::{Toast, Tone};

/// The screens that the side bar leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// What goes on, and what needs somebody.
    Overview,
    /// Requests that wait for a decision.
    Approvals,
    /// Published contracts.
    Apis,
    /// What is on offer.
    Products,
    /// Behaviour attached to a scope.
    Policies,
    /// Where requests go.
    Upstreams,
    /// People who call.
    Developers,
    /// What calls.
    Applications,
    /// What they show at the gate.
    Keys,
    /// Measurements.
    Analytics,
    /// Single requests.
    RequestLog,
    /// Running data planes.
    Nodes,
    /// What the gateway shows, and whom it believes.
    Certificates,
    /// What was declared, and whether the platform is that.
    Configuration,
    /// Who changed what.
    AuditLog,
    /// Mails and events that leave.
    Outbox,
    /// Who may do what here.
    Users,
    /// Tokens of the admin API.
    Tokens,
    /// Everything else.
    Settings,
}

/// Screens that belong together.
#[derive(Debug)]
pub struct Group {
    /// What they are about; the first group needs no name.
    pub name: Option<&'static str>,
    /// The screens in order.
    pub screens: &'static [Screen],
}

const GROUPS: &[Group] = &[
    Group {
        name: None,
        screens: &[Screen::Overview, Screen::Approvals],
    },
    Group {
        name: Some("Publish"),
        screens: &[
            Screen::Apis,
            Screen::Products,
            Screen::Policies,
            Screen::Upstreams,
        ],
    },
    Group {
        name: Some("People"),
        screens: &[Screen::Developers, Screen::Applications, Screen::Keys],
    },
    Group {
        name: Some("Watch"),
        screens: &[Screen::Analytics, Screen::RequestLog],
    },
    Group {
        name: Some("Run"),
        screens: &[
            Screen::Nodes,
            Screen::Certificates,
            Screen::Configuration,
            Screen::AuditLog,
            Screen::Outbox,
            Screen::Users,
            Screen::Tokens,
            Screen::Settings,
        ],
    },
];

impl Screen {
    /// Where the screen is.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Overview => "/",
            Self::Approvals => "/approvals",
            Self::Apis => "/apis",
            Self::Products => "/products",
            Self::Policies => "/policies",
            Self::Upstreams => "/upstreams",
            Self::Developers => "/developers",
            Self::Applications => "/applications",
            Self::Keys => "/keys",
            Self::Analytics => "/analytics",
            Self::RequestLog => "/log",
            Self::Nodes => "/nodes",
            Self::Certificates => "/certificates",
            Self::Configuration => "/configuration",
            Self::AuditLog => "/audit",
            Self::Outbox => "/outbox",
            Self::Users => "/users",
            Self::Tokens => "/tokens",
            Self::Settings => "/settings",
        }
    }

    /// What the screen is called.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Approvals => "Approvals",
            Self::Apis => "APIs",
            Self::Products => "Products and plans",
            Self::Policies => "Policies",
            Self::Upstreams => "Upstreams",
            Self::Developers => "Developers",
            Self::Applications => "Applications",
            Self::Keys => "Keys",
            Self::Analytics => "Analytics",
            Self::RequestLog => "Request log",
            Self::Nodes => "Nodes",
            Self::Certificates => "Certificates",
            Self::Configuration => "Configuration",
            Self::AuditLog => "Audit log",
            Self::Outbox => "Outbox",
            Self::Users => "Users and roles",
            Self::Tokens => "API tokens",
            Self::Settings => "Settings",
        }
    }

    /// The icon beside the label.
    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::Overview => "pulse",
            Self::Approvals => "inbox",
            Self::Apis => "api",
            Self::Products => "product",
            Self::Policies => "policy",
            Self::Upstreams => "route",
            Self::Developers => "user",
            Self::Applications => "application",
            Self::Keys => "key",
            Self::Analytics => "chart",
            Self::RequestLog => "terminal",
            Self::Nodes => "node",
            Self::Certificates => "certificate",
            Self::Configuration => "file",
            Self::AuditLog => "ledger",
            Self::Outbox => "mail",
            Self::Users => "team",
            Self::Tokens => "lock",
            Self::Settings => "settings",
        }
    }
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub struct Account {
    /// The person's name.
    pub name: String,
    /// The address that signs in.
    pub email: String,
}

impl Account {
    /// The first letters of the first and last word of the name.
    #[must_use]
    pub fn initials(&self) -> String {
        let mut words = self
            .name
            .split_whitespace()
            .filter_map(|word| word.chars().next());
        let first = words.next().or_else(|| self.email.chars().next());
        first
            .into_iter()
            .chain(words.next_back())
            .flat_map(char::to_uppercase)
            .collect()
    }
}

/// What the gateway nodes serve right now.
#[derive(Debug, Clone, Copy, Default)]
pub struct Live {
    /// The newest published revision.
    pub revision: i64,
    /// Nodes that were heard of lately.
    pub nodes: u64,
    /// Those of them that serve the newest revision.
    pub current_nodes: u64,
}

impl Live {
    /// Where the revision is live.
    #[must_use]
    pub fn in_words(self) -> String {
        match (self.nodes, self.current_nodes) {
            (0, _) => "no node is running".to_owned(),
            (1, 1) => "live on the node".to_owned(),
            (nodes, current) => format!("live on {current} of {nodes} nodes"),
        }
    }

    /// Whether nodes that run still read a change.
    #[must_use]
    pub fn is_settling(self) -> bool {
        self.current_nodes < self.nodes
    }

    /// Whether that is as it should be.
    #[must_use]
    pub fn tone(self) -> Tone {
        match self.nodes {
            0 => Tone::Bad,
            _ if self.is_settling() => Tone::Warn,
            _ => Tone::Good,
        }
    }

    /// The sign of the tone.
    #[must_use]
    pub fn icon(self) -> &'static str {
        match self.tone() {
            Tone::Good => "check-circle",
            Tone::Warn => "clock",
            _ => "alert",
        }
    }
}

/// What a screen tells the page around it. Each screen's template extends `layout.html` and has this as its field `layout`.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The title of the page, without the product's name.
    pub title: String,
    /// The chosen place in the side bar; none for pages that belong to no screen.
    pub current: Option<Screen>,
    /// The name of this installation, so that production is never taken for staging; may be empty.
    pub place: String,
    /// Who is signed in.
    pub account: Account,
    /// The nonce of the content security policy of this answer.
    pub nonce: String,
    /// What is live.
    pub live: Live,
    /// APIs and other things with changes that are not published.
    pub drafts: u64,
    /// Requests that wait for a decision.
    pub approvals: u64,
    /// What was searched for, on the page of results.
    pub query: String,
    /// The moment at which the page was made; times are told from it.
    pub now: Timestamp,
    /// What was just done.
    pub toast: Option<Toast>,
}

impl Layout {
    /// The side bar from top to bottom.
    #[must_use]
    pub fn groups(&self) -> &'static [Group] {
        GROUPS
    }

    /// Whether the page belongs to a screen.
    #[must_use]
    pub fn is_current(&self, screen: &Screen) -> bool {
        self.current.as_ref() == Some(screen)
    }

    /// What waits there for somebody.
    #[must_use]
    pub fn count(&self, screen: &Screen) -> Option<u64> {
        (*screen == Screen::Approvals && self.approvals > 0).then_some(self.approvals)
    }

    /// How many drafts there are.
    #[must_use]
    pub fn drafts_in_words(&self) -> String {
        if self.drafts == 1 {
            "1 draft".to_owned()
        } else {
            format!("{} drafts", self.drafts)
        }
    }
}

/// What a page before the sign-in tells the page around it. Its template extends `gate.html` and has this as its field `gate`.
#[derive(Debug, Clone)]
pub struct Gate {
    /// The heading and the title.
    pub title: String,
    /// The name of this installation; may be empty.
    pub place: String,
    /// The nonce of the content security policy of this answer.
    pub nonce: String,
    /// Whether the left side is text and not a form.
    pub plain: bool,
}

#[cfg(test)]
mod tests {
    use super::{Account, GROUPS, Live, Screen};

    #[test]
    fn initials_come_from_the_name_or_the_address() {
        let check = |name: &str, initials: &str| {
            assert_eq!(
                Account {
                    name: name.to_owned(),
                    email: "ines@harbor.example".to_owned()
                }
                .initials(),
                initials
            );
        };
        check("Ines Okafor", "IO");
        check("Ines Maria Okafor", "IO");
        check("Ines", "I");
        check("élodie  ", "É");
        check("", "I");
    }

    #[test]
    fn what_is_live_is_said_with_care() {
        let check = |nodes, current_nodes, words: &str, icon: &str| {
            let live = Live {
                revision: 7,
                nodes,
                current_nodes,
            };
            assert_eq!((live.in_words().as_str(), live.icon()), (words, icon));
        };
        check(0, 0, "no node is running", "alert");
        check(1, 1, "live on the node", "check-circle");
        check(3, 2, "live on 2 of 3 nodes", "clock");
        check(3, 3, "live on 3 of 3 nodes", "check-circle");
    }

    #[test]
    fn every_screen_has_its_own_address_and_a_known_icon() {
        let screens: Vec<Screen> = GROUPS
            .iter()
            .flat_map(|group| group.screens)
            .copied()
            .collect();
        let mut paths: Vec<&str> = screens.iter().map(|screen| screen.path()).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!((screens.len(), paths.len()), (19, 19));
        assert!(
            screens
                .iter()
                .all(|screen| design::icon_names().contains(&screen.icon()))
        );
    }
}
