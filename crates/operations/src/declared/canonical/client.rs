//! Clients of the OAuth server: the hash of the secret stays, and people are sent only where the client says.

use data_encoding::HEXLOWER;
use declaration::Credential;
use domain::credential::oauth_holder;

use super::super::seal;
use super::callers::digits;
use super::form::Form;
use crate::oauth::{client, redirect};
use crate::secrets::sha256;

/// The shortest and the longest client id, in characters.
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=200;

impl Form<'_> {
    /// What a client says of itself is checked as when it is made in the portal. With a secret, or the hash of one, it is
    /// one that can keep a secret.
    pub(super) fn client(&mut self, place: &str, one: &mut Credential) {
        let id = client_id(one.client_id.as_deref());
        let Some(id) = self.check(&format!("{place}/client_id"), id) else {
            return;
        };
        if let Some(secret) = one.secret.take() {
            let hash = secret_hash(seal::reveal(&self.means.sealer, &secret));
            let Some(hash) = self.check(&format!("{place}/secret"), hash) else {
                return;
            };
            one.secret_hash = Some(hash);
        } else if let Some(text) = &one.secret_hash {
            let hash = digits(text).ok_or("is not 64 digits of base 16");
            let Some(hash) = self.check(&format!("{place}/secret_hash"), hash) else {
                return;
            };
            one.secret_hash = Some(hash);
        }
        let addresses = redirect::check_all(&one.redirect_uris, one.secret_hash.is_some());
        if let Some(addresses) = self.operation(place, addresses) {
            one.redirect_uris = addresses;
        }
        let hash = HEXLOWER.encode(&sha256(&oauth_holder(&id)));
        if one
            .hash
            .as_ref()
            .is_some_and(|given| digits(given).as_ref() != Some(&hash))
        {
            let message =
                "is not that of the client id: leave it out; the hash of a secret is `secret_hash`";
            self.flaw(format!("{place}/hash"), message);
        }
        let hint = client::hint(&id);
        (one.prefix, one.last_four) = (hint.prefix, hint.last_four);
        (one.client_id, one.hash) = (Some(id), Some(hash));
    }
}

/// RFC 6749, appendix A.1, without the space and the colon, which other servers and HTTP Basic stumble over.
fn client_id(text: Option<&str>) -> Result<String, &'static str> {
    let text = text.ok_or("is needed")?.trim();
    if !LENGTHS.contains(&text.len()) {
        return Err("has fewer than 3 or more than 200 characters");
    }
    if !text.bytes().all(|b| b.is_ascii_graphic() && b != b':') {
        return Err("may hold only visible ASCII without colons");
    }
    Ok(text.to_owned())
}

fn secret_hash(secret: Result<Vec<u8>, &'static str>) -> Result<String, &'static str> {
    let secret = String::from_utf8(secret?).map_err(|_| "is no text")?;
    if secret.is_empty() {
        return Err("is empty");
    }
    Ok(HEXLOWER.encode(&sha256(&secret)))
}
