//! Credentials of consumers for JSON Web Tokens: each becomes a credential with a key of its own.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD};
use declaration::Credential;
use serde_json::Value;

use crate::source::{has_reference, plain, text};
use crate::{jwk, secrets};

/// A credential, the variable that its key stands in with the value, and what is different.
pub(super) type Made = (Credential, Option<(String, String)>, Option<&'static str>);

/// The credential for the tokens of a consumer; `decoded` when its secret is written in base64.
pub(super) fn credential(value: &Value, label: &str, decoded: bool) -> Result<Made, String> {
    let issuer = text(value, "key").ok_or("has no `key`: Kong made it up, export it first")?;
    let algorithm = text(value, "algorithm").unwrap_or_else(|| "HS256".to_owned());
    let mut credential = secrets::issuer(&issuer, &issuer, label);
    if !algorithm.starts_with("HS") {
        let pem = text(value, "rsa_public_key").ok_or("has no `rsa_public_key`")?;
        credential.secret = Some(match has_reference(&pem) {
            true => return with_variable(credential, pem),
            // a public key is no secret
            false => jwk::of_pem(&pem, &algorithm)?,
        });
        return Ok((credential, None, None));
    }
    let secret =
        text(value, "secret").ok_or("has no `secret`: Kong made it up, export it first")?;
    if has_reference(&secret) {
        return with_variable(credential, secret);
    }
    let secret = plain(&secret);
    let bytes = match decoded {
        true => from_base64(&secret).ok_or("has a `secret` that is no base64")?,
        false => secret.into_bytes(),
    };
    let key = jwk::of_secret(&bytes, &algorithm)?;
    let (reference, told) = secrets::kept(&["JWT", &issuer], &key);
    credential.secret = Some(reference);
    Ok((credential, told, None))
}

fn with_variable(mut credential: Credential, reference: String) -> Result<Made, String> {
    credential.secret = Some(reference);
    let note = "its key stands in a variable, which must hold it as a JWK from now on: \
                {\"kty\": \"oct\", \"alg\": \"HS256\", \"k\": \"...\"}";
    Ok((credential, None, Some(note)))
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let forms = [BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD];
    forms
        .iter()
        .find_map(|form| form.decode(text.as_bytes()).ok())
}
