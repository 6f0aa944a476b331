//! Finding the application behind a proof other than an API key.

use domain::refusal::Refusal;
use sha2::{Digest, Sha256};

use crate::policy::Failure;
use crate::token;

/// Under what a credential is found: the SHA-256 of its look-up text (see `domain::credential`).
pub(crate) fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// What a refusal of the look-up means for a token that is good in itself.
pub(crate) fn of_token(refusal: Refusal, claim: &str) -> Failure {
    match refusal {
        Refusal::CredentialUnknown => {
            let detail = format!(
                "the token is good, but no application has taken its issuer and `{claim}` as a credential"
            );
            Failure::new(Refusal::ApplicationUnknown, detail)
        }
        other if other.status() == 401 => {
            token::challenge(other, other.explain().remedy, "invalid_token")
        }
        other => other.into(),
    }
}
