//! Who calls: applications and their credentials, of which hashes stay.

use std::collections::HashMap;

use declaration::{Application, Credential};
use domain::credential::{CredentialKind, KeyHint, basic_holder, hmac_holder, jwt_holder};
use domain::text::{Email, Name, line, paragraph};
use gateway_policies::jose::key::Key;

use super::super::seal;
use super::form::Form;
use crate::secrets::sha256;

impl Form<'_> {
    pub(super) fn application(&mut self, one: &mut Application) {
        let owner = one.owner.clone().unwrap_or_default();
        let place = format!("applications/{owner}/{}", one.name);
        if let Some(email) = self.check(&format!("{place}/owner"), owner.parse::<Email>()) {
            one.owner = Some(String::from(email));
        }
        if let Some(name) = self.check(&format!("{place}/name"), one.name.parse::<Name>()) {
            one.name = name.to_string();
        }
        if let Some(text) = self.check(
            &format!("{place}/description"),
            paragraph(&one.description, 2_000),
        ) {
            one.description = text;
        }
        self.policies(&place, &mut one.policies);
        for (index, credential) in one.credentials.iter_mut().enumerate() {
            let place = format!("{place}/credentials/{index}");
            if let Some(label) =
                self.check(&format!("{place}/label"), line_or_empty(&credential.label))
            {
                credential.label = label;
            }
            if credential.kind == CredentialKind::OauthClient {
                self.client(&place, credential);
            } else if let Err(message) = self.credential(credential) {
                self.flaw(place, message);
            }
        }
    }

    /// Refuses credentials that a request could not tell apart. Called once each has its hash.
    pub(super) fn shared_hashes(&mut self, all: &[Application]) {
        let mut known: HashMap<&str, (&Application, usize)> = HashMap::new();
        for one in all {
            for (index, credential) in one.credentials.iter().enumerate() {
                let Some(hash) = credential.hash.as_deref() else {
                    continue;
                };
                if let Some((other, place)) = known.get(hash) {
                    let message = format!(
                        "is the same {} as {}: callers could not be told apart",
                        found_by(credential.kind),
                        credential_place(other, *place)
                    );
                    self.flaw(credential_place(one, index), message);
                } else {
                    known.insert(hash, (one, index));
                }
            }
        }
    }

    /// Its hash in place of its secret; a signing secret stays, sealed.
    fn credential(&self, one: &mut Credential) -> Result<(), String> {
        let foreign = [
            ("client_id", one.client_id.is_some()),
            ("secret_hash", one.secret_hash.is_some()),
            ("redirect_uris", !one.redirect_uris.is_empty()),
        ];
        if let Some((member, _)) = foreign.into_iter().find(|(_, given)| *given) {
            return Err(format!("has `{member}`, which only an `oauth_client` has"));
        }
        let sealer = &self.means.sealer;
        let secret = match one.secret.take() {
            Some(text) => {
                let plain = seal::reveal(sealer, &text)?;
                Some(String::from_utf8(plain).map_err(|_| "has a secret that is no text")?)
            }
            None => None,
        };
        let needed = |what: &str| format!("needs `{what}`");
        let hash = match one.kind {
            CredentialKind::ApiKey => secret.as_deref().map(sha256),
            // see `Form::client`
            CredentialKind::OauthClient => None,
            CredentialKind::Basic => {
                let name = one.username.as_deref().ok_or_else(|| needed("username"))?;
                secret
                    .as_deref()
                    .map(|secret| sha256(&basic_holder(name, secret)))
            }
            CredentialKind::Hmac => {
                let id = one.key_id.as_deref().ok_or_else(|| needed("key_id"))?;
                let secret = secret.as_deref().ok_or_else(|| needed("secret"))?;
                one.secret = Some(seal::hide(sealer, secret.as_bytes()));
                Some(sha256(&hmac_holder(id)))
            }
            CredentialKind::JwtIssuer => {
                let issuer = one.issuer.as_deref().ok_or_else(|| needed("issuer"))?;
                let subject = one.subject.as_deref().ok_or_else(|| needed("subject"))?;
                if let Some(key) = secret.as_deref() {
                    Key::of_credential(key.as_bytes())
                        .map_err(|error| format!("has a key that is of no use: {error}"))?;
                    one.secret = Some(seal::hide(sealer, key.as_bytes()));
                }
                Some(sha256(&jwt_holder(issuer, subject)))
            }
            CredentialKind::Mtls => match one.certificate.take() {
                Some(pem) => {
                    let read = crate::credentials::read_certificate(&pem).map_err(str::to_owned)?;
                    one.subject = Some(read.subject);
                    Some(read.fingerprint)
                }
                None => None,
            },
        };
        if let Some(secret) = secret.filter(|_| one.kind != CredentialKind::JwtIssuer) {
            let hint = KeyHint::of(&secret);
            (one.prefix, one.last_four) = (hint.prefix, hint.last_four);
        }
        match (hash, &one.hash) {
            (Some(hash), _) => one.hash = Some(data_encoding::HEXLOWER.encode(&hash)),
            (None, Some(text)) => {
                one.hash = Some(digits(text).ok_or("has a hash that is not 64 digits of base 16")?);
            }
            (None, None) => return Err("needs a secret or a hash".to_owned()),
        }
        Ok(())
    }
}

/// `applications/<owner>/<name>/credentials/0`
fn credential_place(of: &Application, index: usize) -> String {
    let owner = of.owner.as_deref().unwrap_or_default();
    format!("applications/{owner}/{}/credentials/{index}", of.name)
}

/// What finds a credential of a kind, in words.
const fn found_by(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::ApiKey => "key",
        CredentialKind::OauthClient => "client id",
        CredentialKind::Basic => "user name and password",
        CredentialKind::Hmac => "key id",
        CredentialKind::Mtls => "certificate",
        CredentialKind::JwtIssuer => "issuer and subject",
    }
}

/// A SHA-256 in base 16.
pub(super) fn digits(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let fits = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    fits.then_some(text)
}

fn line_or_empty(text: &str) -> Result<String, domain::text::TextError> {
    if text.trim().is_empty() {
        Ok(String::new())
    } else {
        line(text, 80)
    }
}
