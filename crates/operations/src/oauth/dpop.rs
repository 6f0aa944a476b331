//! What a client proves at the token endpoint: the key that its tokens are to be bound to (DPoP, RFC 9449, section 5).

use domain::Timestamp;
use gateway_policies::jose::dpop::{Proof, Target};

use super::error::{Code, OauthError};
use super::metadata::{TOKEN_PATH, issuer};
use crate::platform::Platform;
use crate::work::Work;

/// The thumbprint (RFC 7638) of the key that a request proves; nothing where it carries no proof. A proof is good once, on every
/// process of the platform.
pub(super) async fn proven(
    platform: &Platform,
    work: &mut Work,
    proof: Option<&str>,
) -> Result<Option<String>, OauthError> {
    let Some(proof) = proof else {
        return Ok(None);
    };
    let proof = Proof::verify(proof).map_err(refused)?;
    let endpoint = format!("{}{TOKEN_PATH}", issuer(&platform.settings));
    let (scheme, rest) = endpoint.split_once("://").unwrap_or(("", &endpoint));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let target = Target {
        method: "POST",
        scheme,
        authority,
        path,
        token: None,
    };
    proof.check(&target, work.at()).map_err(refused)?;
    let (workspace, end) = (work.workspace(), Timestamp::from_seconds(proof.end()));
    if store::dpop_proofs::take(work.conn(), workspace, proof.hash(), end).await? {
        return Ok(Some(proof.thumbprint));
    }
    Err(refused("it was used before (`jti`)"))
}

fn refused(why: &str) -> OauthError {
    let description = format!("the proof in the header DPoP is not good: {why}");
    OauthError::refused(Code::InvalidDpopProof, description)
}
