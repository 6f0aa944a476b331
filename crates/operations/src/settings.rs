//! What the operator configured: read once at start by the binary, the same until the process ends.

use std::time::Duration;

use domain::account::Face;
use domain::id::{DEFAULT_WORKSPACE, WorkspaceId};
use domain::oauth::SigningAlgorithm;
use url::Url;

use crate::secrets::Secret;

/// The static configuration of the platform.
#[derive(Clone)]
pub struct Settings {
    /// What the platform is called in pages and mails: "Gatehouse".
    pub product_name: String,
    /// Who publishes the APIs: "Harbor Freight Exchange".
    pub publisher_name: String,
    /// Where developers can ask; empty when nowhere.
    pub support_email: String,
    /// Where the gateway is reached from outside.
    pub gateway_url: Url,
    /// Where admin API and dashboard are reached from outside.
    pub admin_url: Url,
    /// Where the portal is reached from outside.
    pub portal_url: Url,
    /// The workspace that people without one act in.
    pub workspace: WorkspaceId,
    /// Who may have an account of the portal.
    pub sign_up: SignUp,
    /// Whether mails go out by SMTP; without it they are shown on the dashboard's outbox page.
    pub mail: Mail,
    /// Which addresses upstreams may have beside public ones.
    pub upstreams: outbound::Policy,
    /// Sign-in with other issuers. Empty: e-mail and password only.
    pub providers: Vec<Provider>,
    /// Who issues certificates by ACME.
    pub acme: Acme,
    /// What the next key of the OAuth server signs with.
    pub token_signing: SigningAlgorithm,
}

/// Who issues certificates by ACME (RFC 8555), and as whom it is asked.
#[derive(Clone, Default)]
pub struct Acme {
    /// The server's directory; nowhere when left out.
    pub directory: Option<Url>,
    /// Where the server may write to: mail addresses.
    pub contacts: Vec<String>,
    /// Whether the operator agreed to the server's terms.
    pub terms_agreed: bool,
    /// Authorities beside those of the machine that the server's own certificate may come from, PEM.
    pub roots: String,
    /// The account with the server's owner that ours is bound to (RFC 8555 section 7.3.4).
    pub external: Option<ExternalAccount>,
}

/// An account outside of ACME.
#[derive(Clone)]
pub struct ExternalAccount {
    /// What the server's owner calls the key.
    pub key_id: String,
    /// The key (HMAC), base64url.
    pub key: Secret,
}

impl Acme {
    /// What is missing before a certificate can be ordered.
    pub fn missing(&self) -> Option<&'static str> {
        if self.directory.is_none() {
            return Some("acme.directory names no server");
        }
        (!self.terms_agreed).then_some("acme.terms_agreed is not set")
    }
}

/// Who may have an account of the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUp {
    /// Whoever proves an address.
    Open,
    /// Whoever proves an address and is then let in by the platform team.
    Approved,
    /// Only whom an admin invites.
    Closed,
}

/// How mails leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mail {
    /// By an SMTP server.
    Smtp,
    /// Not at all: they are kept, and shown to the platform team.
    Kept,
}

/// Somebody else who says who a person is.
#[derive(Clone)]
pub struct Provider {
    /// Its name in URLs: `google`.
    pub slug: String,
    /// Its name on the button: "Google".
    pub label: String,
    /// How it is asked.
    pub kind: ProviderKind,
    /// Who we are to it.
    pub client_id: String,
    /// What proves that.
    pub client_secret: Secret,
    /// The faces that offer it.
    pub faces: Vec<Face>,
}

/// How a provider is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderKind {
    /// OpenID Connect with discovery (OpenID Connect Discovery 1.0).
    Oidc {
        /// The issuer, without `/.well-known/...`.
        issuer: Url,
    },
    /// GitHub, which has OAuth 2 (RFC 6749) and a user API.
    GitHub {
        /// `https://github.com`, or that of an Enterprise server.
        site: Url,
        /// `https://api.github.com`, or that of an Enterprise server.
        api: Url,
    },
}

impl Provider {
    /// Sign-in with Google, on both faces.
    pub fn google(client_id: String, client_secret: Secret) -> Self {
        Self {
            slug: "google".to_owned(),
            label: "Google".to_owned(),
            kind: ProviderKind::Oidc {
                issuer: fixed("https://accounts.google.com"),
            },
            client_id,
            client_secret,
            faces: Face::ALL.to_vec(),
        }
    }

    /// Sign-in with GitHub, on both faces.
    pub fn github(client_id: String, client_secret: Secret) -> Self {
        Self {
            slug: "github".to_owned(),
            label: "GitHub".to_owned(),
            kind: ProviderKind::GitHub {
                site: fixed("https://github.com"),
                api: fixed("https://api.github.com"),
            },
            client_id,
            client_secret,
            faces: Face::ALL.to_vec(),
        }
    }
}

impl Default for Settings {
    /// Everything on this machine: what `gatehouse up` has without a configuration.
    fn default() -> Self {
        Self {
            product_name: "Gatehouse".to_owned(),
            publisher_name: "Gatehouse".to_owned(),
            support_email: String::new(),
            gateway_url: fixed("http://127.0.0.1:8000"),
            admin_url: fixed("http://127.0.0.1:8001"),
            portal_url: fixed("http://127.0.0.1:8002"),
            workspace: DEFAULT_WORKSPACE,
            sign_up: SignUp::Open,
            mail: Mail::Kept,
            upstreams: outbound::Policy::default(),
            providers: Vec::new(),
            acme: Acme::default(),
            token_signing: SigningAlgorithm::RS256,
        }
    }
}

impl Settings {
    /// Where a face is reached from outside.
    pub const fn face_url(&self, face: Face) -> &Url {
        match face {
            Face::Portal => &self.portal_url,
            Face::Admin => &self.admin_url,
        }
    }

    /// A page of a face as a link for a mail. `path` begins with a slash.
    pub fn link(&self, face: Face, path: &str) -> String {
        let base = self.face_url(face).as_str().trim_end_matches('/');
        format!("{base}{path}")
    }
}

/// How long a link that proves an address is good.
pub const VERIFY_LINK: Duration = Duration::from_secs(24 * 3600);
/// How long a link that sets a new password is good.
pub const RESET_LINK: Duration = Duration::from_secs(3600);
/// How long the first password of an account that an admin made can be chosen.
pub const WELCOME_LINK: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long the set-up link of an empty platform is good.
pub const SET_UP_LINK: Duration = Duration::from_secs(15 * 60);

fn fixed(url: &str) -> Url {
    Url::parse(url).expect("a URL written here")
}
