//! Secrets of callers on their way in: hashed where the gateway needs no more than a hash.

use data_encoding::HEXLOWER;
use declaration::Credential;
use domain::credential::{CredentialKind, KeyHint, basic_holder};
use sha2::{Digest, Sha256};

use crate::names::variable;
use crate::parts;
use crate::source::{has_reference, plain};

/// A key: its hash, or the variable that it stands in.
pub(crate) fn key(key: &str, label: &str) -> Credential {
    let mut credential = parts::credential(CredentialKind::ApiKey, label);
    if has_reference(key) {
        credential.secret = Some(key.to_owned());
        return credential;
    }
    let key = plain(key);
    let hint = KeyHint::of(&key);
    credential.hash = Some(sha256(&key));
    credential.prefix = hint.prefix;
    credential.last_four = hint.last_four;
    credential
}

/// A user name with its password.
pub(crate) fn basic(username: &str, password: &str, label: &str) -> Credential {
    let mut credential = parts::credential(CredentialKind::Basic, label);
    credential.username = Some(username.to_owned());
    if has_reference(password) {
        credential.secret = Some(password.to_owned());
    } else {
        let holder = basic_holder(&plain(username), &plain(password));
        credential.hash = Some(sha256(&holder));
    }
    credential
}

/// A secret that signs: it must be readable again, so that the declaration names a variable in its place. Gives back the
/// variable with its value too, unless it stands in one already.
pub(crate) fn signing(
    key_id: &str,
    secret: &str,
    label: &str,
) -> (Credential, Option<(String, String)>) {
    let mut credential = parts::credential(CredentialKind::Hmac, label);
    credential.key_id = Some(key_id.to_owned());
    let (reference, told) = kept(&["HMAC", key_id], secret);
    credential.secret = Some(reference);
    (credential, told)
}

/// A reference in place of a secret, and the variable with its value.
pub(crate) fn kept(words: &[&str], secret: &str) -> (String, Option<(String, String)>) {
    if has_reference(secret) {
        return (secret.to_owned(), None);
    }
    let name = variable(words);
    (format!("${{{name}}}"), Some((name, plain(secret))))
}

/// Tokens of an issuer whose application claim has a value.
pub(crate) fn issuer(issuer: &str, subject: &str, label: &str) -> Credential {
    let mut credential = parts::credential(CredentialKind::JwtIssuer, label);
    credential.issuer = Some(issuer.to_owned());
    credential.subject = Some(subject.to_owned());
    credential
}

fn sha256(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_hashed_and_variables_stay() {
        let made = key("secret-key-of-a-partner-1234", "first");
        assert_eq!(made.hash, Some(sha256("secret-key-of-a-partner-1234")));
        assert_eq!((made.secret, made.last_four.as_str()), (None, "1234"));
        let named = key("${PARTNER_KEY}", "second");
        assert_eq!(
            (named.hash, named.secret),
            (None, Some("${PARTNER_KEY}".to_owned()))
        );
    }

    #[test]
    fn signing_secrets_are_named_by_a_variable() {
        let (made, told) = signing("shop-1", "s3cret", "");
        assert_eq!(made.secret.as_deref(), Some("${HMAC_SHOP_1}"));
        assert_eq!(told, Some(("HMAC_SHOP_1".to_owned(), "s3cret".to_owned())));
    }
}
