//! Making a credential of any kind: what is shown once, what is kept, and under what it is found.

use domain::Timestamp;
use domain::access::Permission;
use domain::actor::Actor;
use domain::credential::{
    CredentialKind, CredentialState, KEY_PREFIX, KeyHint, basic_holder, hmac_holder, jwt_holder,
    oauth_holder, sealing_purpose,
};
use domain::id::{AccountId, ApplicationId, CredentialId};
use domain::subscription::ApplicationState;
use domain::text::line;
use serde_json::{Value, json};
use store::credentials::Credential;
use store::seal::NONCE;

use super::certificate;
use super::make::{MOST_LIVE, check_end, check_label, room_for};
use super::write::insert;
use crate::access::need;
use crate::applications::reach;
use crate::error::{Error, Result};
use crate::oauth::client::{self, ClientFacts};
use crate::oauth::redirect;
use crate::platform::Platform;
use crate::secrets::{Secret, sha256};
use crate::work::Work;

/// How every password that is made for an application begins, so that secret scanners can find one.
const PASSWORD_PREFIX: &str = "gh_basic_";
/// How every secret that signs requests begins.
const SIGNING_PREFIX: &str = "gh_hmac_";
/// How every secret of an OAuth client begins.
const CLIENT_SECRET_PREFIX: &str = "gh_oauth_";
/// How ids of OAuth clients begin.
const CLIENT_ID_PREFIX: &str = "ghc_";
/// How user names and key ids begin, and how many random characters follow.
const NAME_PREFIX: &str = "app_";
const KEY_ID_PREFIX: &str = "ghk_";
const NAME_RANDOM: usize = 16;
/// The longest issuer and subject, in characters.
const PARTY_MOST: usize = 500;

/// What kind of credential is wanted, with what the kind needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// An API key.
    ApiKey,
    /// An API key that the caller has already, by its SHA-256: for who brings callers in from elsewhere.
    KnownKey([u8; 32]),
    /// A user name and a password (RFC 7617).
    Basic,
    /// A key id and a secret that signs requests (RFC 9421).
    Hmac,
    /// A client certificate, as PEM.
    Mtls(String),
    /// Tokens of this issuer whose application claim has this value.
    JwtIssuer {
        /// `iss` of the tokens.
        issuer: String,
        /// What the application claim of the tokens says: a client id or a subject.
        subject: String,
    },
    /// A client of the OAuth 2 server.
    OauthClient {
        /// Where people may be sent back to, each in full; none for a client that only stands for itself.
        redirect_uris: Vec<String>,
        /// Whether it can keep a secret. One that cannot stands for people only, and proves itself with PKCE.
        is_confidential: bool,
    },
}

impl Wanted {
    /// A key from elsewhere, by the 64 digits of base 16 of its SHA-256.
    pub fn known_key(digits: &str) -> Result<Self> {
        let digits = digits.trim().to_ascii_lowercase();
        let bytes = data_encoding::HEXLOWER.decode(digits.as_bytes()).ok();
        let hash = bytes.and_then(|bytes| bytes.try_into().ok());
        hash.map(Self::KnownKey)
            .ok_or_else(|| Error::invalid("hash", "is not 64 digits of base 16"))
    }

    /// Which kind it is.
    pub const fn kind(&self) -> CredentialKind {
        match self {
            Self::ApiKey | Self::KnownKey(_) => CredentialKind::ApiKey,
            Self::Basic => CredentialKind::Basic,
            Self::Hmac => CredentialKind::Hmac,
            Self::Mtls(_) => CredentialKind::Mtls,
            Self::JwtIssuer { .. } => CredentialKind::JwtIssuer,
            Self::OauthClient { .. } => CredentialKind::OauthClient,
        }
    }
}

/// A credential that was made just now. This is the only time that its secret can be shown.
#[derive(Clone)]
pub struct Issued {
    /// Its id.
    pub id: CredentialId,
    /// What kind it is.
    pub kind: CredentialKind,
    /// What people call it.
    pub label: String,
    /// From when on it is refused.
    pub expires_at: Option<Timestamp>,
    /// What can be shown of its secret later; empty for kinds without one.
    pub hint: KeyHint,
    /// What anybody may see of it: `username`; `key_id`; `subject` and `fingerprint`; `issuer` and `subject`; `client_id`,
    /// `confidential` and `redirect_uris`.
    pub facts: Value,
    /// The key, password or signing secret; nothing for a certificate or an issuer.
    pub secret: Option<Secret>,
}

/// Makes a credential. A certificate's end is the credential's, unless an earlier one is asked for.
pub async fn issue(
    platform: &Platform,
    actor: &Actor,
    application: ApplicationId,
    label: &str,
    expires_at: Option<Timestamp>,
    wanted: &Wanted,
) -> Result<Issued> {
    if matches!(wanted, Wanted::KnownKey(_)) {
        need(actor, Permission::ConsumersWrite)?;
    }
    let label = check_label(label)?;
    check_end(platform.now(), expires_at)?;
    let parts = Parts::of(platform, wanted)?;
    let mut work = platform.begin(actor).await?;
    store::applications::lock(work.conn(), actor.workspace, application).await?;
    let application = reach::changeable(work.conn(), actor, application).await?;
    if application.state == ApplicationState::Suspended {
        return Err(Error::WrongState(format!(
            "application `{}` is suspended",
            application.name.as_str()
        )));
    }
    room_for(&mut work, application.id, MOST_LIVE).await?;
    parts.is_free(&mut work, wanted).await?;
    let expires_at = match (expires_at, parts.ends_at) {
        (Some(asked), Some(end)) => Some(asked.min(end)),
        (asked, end) => asked.or(end),
    };
    let (credential, issued) = parts.credential(
        platform,
        &work,
        actor,
        application.id,
        label,
        expires_at,
        wanted.kind(),
    );
    insert(&mut work, "credential.created", &credential).await?;
    work.commit().await?;
    Ok(issued)
}

/// What a credential is made of.
pub(super) struct Parts {
    secret: Option<Secret>,
    hash: [u8; 32],
    facts: Value,
    hint: KeyHint,
    /// Whether the secret must be readable again.
    is_sealed: bool,
    /// Of the secret, where it is not found by that.
    secret_hash: Option<[u8; 32]>,
    ends_at: Option<Timestamp>,
}

impl Parts {
    /// Fresh ones.
    pub(super) fn of(platform: &Platform, wanted: &Wanted) -> Result<Self> {
        let random = &platform.random;
        let of_secret = |secret: Secret, hash, facts, is_sealed| Self {
            hint: KeyHint::of(secret.reveal()),
            secret: Some(secret),
            hash,
            facts,
            is_sealed,
            secret_hash: None,
            ends_at: None,
        };
        Ok(match wanted {
            Wanted::ApiKey => {
                let key = random.key(KEY_PREFIX);
                let hash = sha256(key.reveal());
                of_secret(key, hash, json!({}), false)
            }
            Wanted::KnownKey(hash) => Self::found_by(*hash, json!({})),
            Wanted::Basic => {
                let name = format!("{NAME_PREFIX}{}", random.base62(NAME_RANDOM));
                let password = random.key(PASSWORD_PREFIX);
                let hash = sha256(&basic_holder(&name, password.reveal()));
                of_secret(password, hash, json!({ "username": name }), false)
            }
            Wanted::Hmac => {
                let key_id = format!("{KEY_ID_PREFIX}{}", random.base62(NAME_RANDOM));
                let secret = random.key(SIGNING_PREFIX);
                let hash = sha256(&hmac_holder(&key_id));
                of_secret(secret, hash, json!({ "key_id": key_id }), true)
            }
            Wanted::OauthClient {
                redirect_uris,
                is_confidential,
            } => Self::of_client(platform, redirect_uris, *is_confidential)?,
            Wanted::Mtls(pem) => Self::of_certificate(pem, platform.now())?,
            Wanted::JwtIssuer { issuer, subject } => {
                let party = |field: &'static str, text: &str| {
                    let text = line(text, PARTY_MOST).map_err(|e| Error::invalid(field, e))?;
                    if text.is_empty() {
                        return Err(Error::invalid(field, "is needed"));
                    }
                    Ok(text)
                };
                let issuer = party("issuer", issuer)?;
                let subject = party("subject", subject)?;
                let hash = sha256(&jwt_holder(&issuer, &subject));
                Self::found_by(hash, json!({ "issuer": issuer, "subject": subject }))
            }
        })
    }

    /// Nothing that could be shown.
    fn found_by(hash: [u8; 32], facts: Value) -> Self {
        Self {
            secret: None,
            hash,
            facts,
            hint: nothing(),
            is_sealed: false,
            secret_hash: None,
            ends_at: None,
        }
    }

    fn of_client(
        platform: &Platform,
        redirect_uris: &[String],
        is_confidential: bool,
    ) -> Result<Self> {
        let random = &platform.random;
        let facts = ClientFacts {
            client_id: format!("{CLIENT_ID_PREFIX}{}", random.base62(NAME_RANDOM)),
            confidential: is_confidential,
            redirect_uris: redirect::check_all(redirect_uris, is_confidential)?,
        };
        let secret = is_confidential.then(|| random.key(CLIENT_SECRET_PREFIX));
        Ok(Self {
            hash: sha256(&oauth_holder(&facts.client_id)),
            hint: client::hint(&facts.client_id),
            secret_hash: secret.as_ref().map(|secret| sha256(secret.reveal())),
            facts: json!(facts),
            secret,
            is_sealed: false,
            ends_at: None,
        })
    }

    fn of_certificate(pem: &str, now: Timestamp) -> Result<Self> {
        let read = certificate::read(pem).map_err(|e| Error::invalid("certificate", e))?;
        if read.ends_at <= now {
            return Err(Error::invalid("certificate", "has expired"));
        }
        let digits = data_encoding::HEXLOWER.encode(&read.fingerprint);
        Ok(Self {
            secret: None,
            hash: read.fingerprint,
            facts: json!({ "subject": read.subject, "fingerprint": digits }),
            hint: KeyHint {
                prefix: digits[..12].to_owned(),
                last_four: digits[digits.len() - 4..].to_owned(),
            },
            is_sealed: false,
            secret_hash: None,
            ends_at: Some(read.ends_at),
        })
    }

    /// Certificates, subjects of issuers and keys from elsewhere speak for one application, once: what was revoked is not taken again.
    async fn is_free(&self, work: &mut Work, wanted: &Wanted) -> Result<()> {
        let field = match wanted {
            Wanted::Mtls(_) => "certificate",
            Wanted::JwtIssuer { .. } => "subject",
            Wanted::KnownKey(_) => "hash",
            _ => return Ok(()),
        };
        match store::credentials::by_hash(work.conn(), &self.hash).await? {
            None => Ok(()),
            Some(known) if known.state == CredentialState::Revoked => {
                Err(Error::invalid(field, "was revoked, and is not taken again"))
            }
            Some(_) => Err(Error::invalid(
                field,
                "is a credential of an application already",
            )),
        }
    }

    /// The credential as it is kept, and as it is shown once.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is one column of what is written"
    )]
    pub(super) fn credential(
        self,
        platform: &Platform,
        work: &Work,
        actor: &Actor,
        application: ApplicationId,
        label: String,
        expires_at: Option<Timestamp>,
        kind: CredentialKind,
    ) -> (Credential, Issued) {
        let id: CredentialId = platform.new_id();
        let sealed = match &self.secret {
            Some(secret) if self.is_sealed => {
                let nonce = platform.random.bytes::<NONCE>();
                let plain = secret.reveal().as_bytes();
                platform.sealer.seal(nonce, &sealing_purpose(id), plain)
            }
            _ => Vec::new(),
        };
        let credential = Credential {
            id,
            workspace_id: actor.workspace,
            application_id: application,
            kind,
            label: label.clone(),
            hash: self.hash,
            facts: self.facts.clone().into(),
            sealed,
            secret_hash: self.secret_hash.map(Vec::from).unwrap_or_default(),
            prefix: self.hint.prefix.clone(),
            last_four: self.hint.last_four.clone(),
            state: CredentialState::Active,
            replaced_by: CredentialId::NIL,
            created_by: actor.account().unwrap_or(AccountId::NIL),
            created_at: work.at(),
            expires_at,
            last_used_at: None,
            reminded_at: None,
            revoked_at: None,
            revoked_by: AccountId::NIL,
            updated_at: work.at(),
            version: 1,
        };
        let issued = Issued {
            id,
            kind,
            label,
            expires_at,
            hint: self.hint,
            facts: self.facts,
            secret: self.secret,
        };
        (credential, issued)
    }
}

const fn nothing() -> KeyHint {
    KeyHint {
        prefix: String::new(),
        last_four: String::new(),
    }
}
