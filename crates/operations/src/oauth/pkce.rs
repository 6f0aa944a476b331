//! Proof that who redeems a code is who asked for it (RFC 7636). S256 only.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest as _, Sha256};

/// Whether a text can be a challenge: SHA-256 in base64url.
pub(super) fn is_challenge(text: &str) -> bool {
    BASE64URL_NOPAD
        .decode(text.as_bytes())
        .is_ok_and(|bytes| bytes.len() == 32)
}

/// Whether a verifier is the one that a challenge was made from.
pub(super) fn fits(verifier: &str, challenge: &str) -> bool {
    let is_verifier = (43..=128).contains(&verifier.len())
        && verifier
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    is_verifier && BASE64URL_NOPAD.encode(&Sha256::digest(verifier.as_bytes())) == challenge
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_fits() {
        // RFC 7636, appendix B
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(is_challenge(challenge) && fits(verifier, challenge));
        assert!(!fits(&verifier[1..], challenge));
        assert!(!fits(challenge, challenge));
        assert!(!is_challenge("plain"));
        assert!(!fits(
            "short",
            &BASE64URL_NOPAD.encode(&Sha256::digest("short"))
        ));
    }
}
