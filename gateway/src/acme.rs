//! Answering a server that asks for a proof that a host is ours (ACME, RFC 8555 section 8.3 and RFC 8737).

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use domain::acme::ChallengeKind;
use gateway_policies::policy::Answer;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::crypto::ring::{default_provider, sign};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ServerConfig, version};
use sha2::{Digest as _, Sha256};
use store::acme_challenges::AcmeChallenge;
use thiserror::Error;

/// What an asking server agrees upon in the handshake (RFC 8737 section 4).
pub(crate) const PROTOCOL: &[u8] = b"acme-tls/1";
/// Where proofs are asked for in the clear.
const PATH: &str = "/.well-known/acme-challenge/";

/// Why a proof cannot be shown.
#[derive(Debug, Error)]
enum ProofError {
    #[error("the certificate for the proof could not be made: {0}")]
    Certificate(#[from] rcgen::Error),
    #[error("its key is of no kind that is known")]
    Key,
    #[error(transparent)]
    Tls(#[from] rustls::Error),
}

/// The proofs that are shown now. Replaced as a whole by the feed.
#[derive(Default)]
pub(crate) struct Proofs(ArcSwap<Table>);

#[derive(Default)]
struct Table {
    /// By token: the host it is for, and the text.
    texts: HashMap<String, (String, String)>,
    /// By host.
    certificates: HashMap<String, Arc<ServerConfig>>,
}

impl Proofs {
    /// Shows these, and no others.
    pub(crate) fn replace(&self, challenges: Vec<AcmeChallenge>) {
        if challenges.is_empty() && self.0.load().is_empty() {
            return;
        }
        let mut table = Table::default();
        for challenge in challenges {
            let (host, text) = (challenge.host, challenge.authorization_text);
            match challenge.kind {
                ChallengeKind::Http01 => {
                    table.texts.insert(challenge.token, (host, text));
                }
                ChallengeKind::TlsAlpn01 => match certificate(&host, &text) {
                    Ok(config) => {
                        table.certificates.insert(host, config);
                    }
                    Err(error) => tracing::error!(%host, %error, "a proof cannot be shown"),
                },
            }
        }
        self.0.store(Arc::new(table));
    }

    /// The answer to a request for a proof, if it is one that we have. All others are requests like any.
    pub(crate) fn answer(&self, method: &Method, host: &str, path: &str) -> Option<Answer> {
        let token = path.strip_prefix(PATH)?;
        let table = self.0.load();
        let (_, text) = table.texts.get(token).filter(|(of, _)| of == host)?;
        matches!(*method, Method::GET | Method::HEAD).then(|| Answer {
            status: StatusCode::OK,
            headers: vec![
                (
                    CONTENT_TYPE,
                    HeaderValue::from_static("application/octet-stream"),
                ),
                (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            ],
            body: Bytes::from(text.clone()),
            for_upstream: false,
        })
    }

    /// What is shown in a handshake that asks for the proof of a host.
    pub(crate) fn handshake(&self, host: &str) -> Option<Arc<ServerConfig>> {
        self.0.load().certificates.get(host).cloned()
    }
}

impl Table {
    fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.certificates.is_empty()
    }
}

/// A certificate of its own making that holds the digest of the proof (RFC 8737 section 3).
fn certificate(host: &str, text: &str) -> Result<Arc<ServerConfig>, ProofError> {
    let digest = Sha256::digest(text.as_bytes());
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec![host.to_owned()])?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(&digest)];
    let made = params.self_signed(&key)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(|_| ProofError::Key)?;
    let certified = CertifiedKey::new(vec![made.der().clone()], sign::any_supported_type(&key)?);
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use domain::id::{AcmeChallengeId, AcmeOrderId, WorkspaceId};

    use super::*;

    fn challenge(kind: ChallengeKind) -> AcmeChallenge {
        AcmeChallenge {
            id: AcmeChallengeId::NIL,
            workspace_id: WorkspaceId::NIL,
            order_id: AcmeOrderId::NIL,
            kind,
            host: "shop.test".to_owned(),
            token: "t0".to_owned(),
            authorization_text: "t0.thumb".to_owned(),
            created_at: Timestamp::from_seconds(0),
        }
    }

    #[test]
    fn a_proof_is_shown_for_its_host_and_token_alone() {
        let proofs = Proofs::default();
        proofs.replace(vec![challenge(ChallengeKind::Http01)]);
        let asked = |method: Method, host, path| proofs.answer(&method, host, path);
        let path = "/.well-known/acme-challenge/t0";
        let answer = asked(Method::GET, "shop.test", path).unwrap();
        assert_eq!(answer.body, "t0.thumb");
        assert!(asked(Method::POST, "shop.test", path).is_none());
        assert!(asked(Method::GET, "other.test", path).is_none());
        assert!(asked(Method::GET, "shop.test", &path[..path.len() - 1]).is_none());
        assert!(proofs.handshake("shop.test").is_none());
        proofs.replace(Vec::new());
        assert!(asked(Method::GET, "shop.test", path).is_none());
    }

    #[test]
    fn a_proof_for_handshakes_is_for_that_protocol_alone() {
        let proofs = Proofs::default();
        proofs.replace(vec![challenge(ChallengeKind::TlsAlpn01)]);
        let config = proofs.handshake("shop.test").unwrap();
        assert_eq!(config.alpn_protocols, [PROTOCOL.to_vec()]);
        assert!(proofs.handshake("other.test").is_none());
        let path = "/.well-known/acme-challenge/t0";
        assert!(proofs.answer(&Method::GET, "shop.test", path).is_none());
    }
}
