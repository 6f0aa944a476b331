//! Secrets in declarations: the same secret is always sealed to the same text, so that exports do not differ and what
//! stands in a file can be compared with what is kept.

use data_encoding::BASE64;
use gateway_policies::secret::{self, SEALED};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::seal::{NONCE, Sealer};

/// What secrets of certificates and credentials are sealed for in an export.
const PURPOSE: &str = "declaration";
/// What the nonces of exports are derived for.
const NONCES: &str = "declaration_nonce";

/// Seals a text. The nonce follows from key, purpose and text alone: it is repeated only for the same text.
pub(super) fn bytes(sealer: &Sealer, purpose: &str, plain: &[u8]) -> Vec<u8> {
    let of = [purpose.as_bytes(), b"\0", plain].concat();
    let digest = Sha256::digest(sealer.seal([0; NONCE], NONCES, &of));
    let mut nonce = [0; NONCE];
    nonce.copy_from_slice(&digest[..NONCE]);
    sealer.seal(nonce, purpose, plain)
}

fn sealed(sealer: &Sealer, purpose: &str, plain: &[u8]) -> String {
    format!("{SEALED}{}", BASE64.encode(&bytes(sealer, purpose, plain)))
}

fn opened(sealer: &Sealer, purpose: &str, text: &str) -> Option<Vec<u8>> {
    let sealed = BASE64.decode(text.strip_prefix(SEALED)?.as_bytes()).ok()?;
    sealer.open(purpose, &sealed).ok()
}

/// A secret of a certificate or credential as it stands in an export.
pub(super) fn hide(sealer: &Sealer, plain: &[u8]) -> String {
    sealed(sealer, PURPOSE, plain)
}

/// A secret of a file: plain, or sealed by an export of a platform with the same master key.
pub(super) fn reveal(sealer: &Sealer, text: &str) -> Result<Vec<u8>, &'static str> {
    if !text.starts_with(SEALED) {
        return Ok(text.as_bytes().to_vec());
    }
    opened(sealer, PURPOSE, text)
        .ok_or("was sealed under another master key; give the secret itself by a reference")
}

/// Whether a text is sealed.
pub(super) fn is_sealed(text: &str) -> bool {
    text.starts_with(SEALED)
}

/// The secrets of a policy's configuration, each in its one sealed form. One that does not open stays as it is.
pub(super) fn policy(sealer: &Sealer, schema: &Value, config: &mut Value) {
    secret::each(schema, config, &mut |text| {
        let plain = match is_sealed(text) {
            true => opened(sealer, secret::PURPOSE, text),
            false => Some(text.as_bytes().to_vec()),
        };
        if let Some(plain) = plain {
            *text = sealed(sealer, secret::PURPOSE, &plain);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_secret_is_sealed_to_the_same_text_and_another_is_not() {
        let sealer = Sealer::new([7; 32]);
        let one = hide(&sealer, b"a secret");
        assert_eq!(one, hide(&sealer, b"a secret"));
        assert_ne!(one, hide(&sealer, b"a sacred"));
        assert_eq!(reveal(&sealer, &one), Ok(b"a secret".to_vec()));
        assert!(reveal(&Sealer::new([8; 32]), &one).is_err());
    }
}
