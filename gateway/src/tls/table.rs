//! Certificates by host name, ready to be shown; and what upstreams are verified with.

use std::collections::HashMap;
use std::sync::Arc;

use domain::certificate::{CertificateUse, ClientAuth};
use domain::id::{CaId, CertificateId};
use gateway_snapshot::live::Papers;
use gateway_snapshot::model::{Ca, Certificate};
use pingora::utils::tls::CertKey;
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::{default_provider, sign};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion, version};
use store::seal::Sealer;
use thiserror::Error;

use super::upstream::{self, Authorities};
use crate::config::TlsVersion;

/// Both versions that are spoken, the newer first.
const BOTH: &[&SupportedProtocolVersion] = &[&version::TLS13, &version::TLS12];
/// The newer one alone.
const NEWEST: &[&SupportedProtocolVersion] = &[&version::TLS13];

/// Why a certificate cannot be shown.
#[derive(Debug, Error)]
enum PaperError {
    #[error("this node has no master key to open it with")]
    NoSealer,
    #[error("its key does not open: {0}")]
    Sealed(#[source] store::seal::SealError),
    #[error("its key is of no kind that is known")]
    Key,
    #[error("the authority for its clients is not known")]
    NoAuthority,
    #[error("{0}")]
    Tls(#[from] rustls::Error),
    #[error("its authorities cannot verify clients: {0}")]
    Verifier(#[from] rustls::client::VerifierBuilderError),
}

/// What is shown for the host names of one certificate, and asked of who comes.
#[derive(Debug)]
pub(crate) struct Paper {
    pub(crate) id: CertificateId,
    pub(crate) client_auth: ClientAuth,
    from_1_2: Arc<ServerConfig>,
    from_1_3: Arc<ServerConfig>,
}

impl Paper {
    /// The settings of a handshake on a listener that takes no version below this one.
    pub(crate) fn config(&self, minimum: TlsVersion) -> Arc<ServerConfig> {
        match minimum {
            TlsVersion::V1_2 => self.from_1_2.clone(),
            TlsVersion::V1_3 => self.from_1_3.clone(),
        }
    }
}

/// Every certificate that can be used.
#[derive(Default)]
pub(crate) struct Table {
    /// By host name; `None` where the certificate cannot be used: such a host is refused, never served with less.
    exact: HashMap<String, Option<Arc<Paper>>>,
    /// By what follows `*.`.
    wildcard: HashMap<String, Option<Arc<Paper>>>,
    /// For clients that name no host.
    nameless: Option<Arc<Paper>>,
    pub(super) clients: HashMap<CertificateId, Arc<CertKey>>,
    pub(super) authorities: HashMap<CaId, Arc<Authorities>>,
    pub(super) problems: Vec<String>,
}

impl Table {
    /// Makes ready what the snapshot holds. Of two certificates for one name the newer counts.
    pub(super) fn new(papers: &Papers, sealer: Option<&Sealer>) -> Self {
        let mut table = Self::default();
        let provider = Arc::new(default_provider());
        for ca in &papers.cas {
            match upstream::authorities(ca) {
                Some(authorities) => {
                    table.authorities.insert(ca.id, authorities);
                }
                None => table.problem("authority", &ca.name, "it holds no certificate"),
            }
        }
        for certificate in &papers.certificates {
            match certificate.used_for {
                CertificateUse::Server => table.server(certificate, &papers.cas, sealer, &provider),
                CertificateUse::Client => match client(certificate, sealer) {
                    Ok(key) => {
                        table.clients.insert(certificate.id, key);
                    }
                    Err(error) => table.problem("certificate", &certificate.name, error),
                },
            }
        }
        table
    }

    fn problem(&mut self, what: &str, name: &str, error: impl std::fmt::Display) {
        self.problems.push(format!("{what} `{name}`: {error}"));
    }

    fn server(
        &mut self,
        certificate: &Certificate,
        cas: &[Ca],
        sealer: Option<&Sealer>,
        provider: &Arc<CryptoProvider>,
    ) {
        let made = server(certificate, cas, sealer, provider);
        if let Err(error) = &made {
            self.problem("certificate", &certificate.name, error);
        }
        let paper = made.ok().map(Arc::new);
        for name in &certificate.names {
            match name.strip_prefix("*.") {
                Some(parent) => self.wildcard.insert(parent.to_owned(), paper.clone()),
                None => self.exact.insert(name.clone(), paper.clone()),
            };
        }
        // a client that names nobody must not slip past a demand for a certificate
        if let Some(paper) = paper.filter(|paper| paper.client_auth != ClientAuth::Required) {
            self.nameless.get_or_insert(paper);
        }
    }

    /// What is shown to a client that asks for this host; `None`: it is refused. A wildcard stands for one label
    /// (RFC 9525 section 6.3).
    pub(crate) fn choose(&self, host: Option<&str>) -> Option<Arc<Paper>> {
        match host {
            Some(host) => self.find(host)?.clone(),
            None => self.nameless.clone(),
        }
    }

    /// Whether a host has a certificate, be it one that cannot be used.
    pub(crate) fn covers(&self, host: &str) -> bool {
        self.find(host).is_some()
    }

    fn find(&self, host: &str) -> Option<&Option<Arc<Paper>>> {
        self.exact.get(host).or_else(|| {
            let (_, parent) = host.split_once('.')?;
            self.wildcard.get(parent)
        })
    }

    /// Whether a connection made with this certificate (or without any) may ask for that host: a host that verifies its
    /// clients is only reached through its own handshake, whatever `Host` says.
    pub(crate) fn admits(&self, host: &str, came_with: Option<CertificateId>) -> bool {
        match self.find(host) {
            None => true,
            Some(Some(paper)) => {
                paper.client_auth == ClientAuth::None || came_with == Some(paper.id)
            }
            Some(None) => false,
        }
    }
}

/// Shows nothing: the handshake ends with an alert.
#[derive(Debug)]
struct Nothing;

impl ResolvesServerCert for Nothing {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        None
    }
}

/// The settings for a host that nobody has a certificate for.
pub(super) fn refusing() -> Result<Arc<ServerConfig>, rustls::Error> {
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(BOTH)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Nothing));
    Ok(Arc::new(config))
}

fn key(certificate: &Certificate, sealer: Option<&Sealer>) -> Result<Vec<u8>, PaperError> {
    let sealer = sealer.ok_or(PaperError::NoSealer)?;
    sealer
        .open(
            &format!("certificate:{}", certificate.id),
            &certificate.sealed_key,
        )
        .map_err(PaperError::Sealed)
}

fn certified(
    certificate: &Certificate,
    sealer: Option<&Sealer>,
) -> Result<CertifiedKey, PaperError> {
    let key = key(certificate, sealer)?;
    let key = PrivateKeyDer::try_from(key).map_err(|_| PaperError::Key)?;
    let chain = certificate.chain.iter().cloned();
    let certified = CertifiedKey::new(
        chain.map(CertificateDer::from).collect(),
        sign::any_supported_type(&key)?,
    );
    certified.keys_match()?;
    Ok(certified)
}

fn client(certificate: &Certificate, sealer: Option<&Sealer>) -> Result<Arc<CertKey>, PaperError> {
    // checked first: what Pingora makes of it must not panic later
    certified(certificate, sealer)?;
    let key = key(certificate, sealer)?;
    Ok(Arc::new(CertKey::new(certificate.chain.clone(), key)))
}

fn server(
    certificate: &Certificate,
    cas: &[Ca],
    sealer: Option<&Sealer>,
    provider: &Arc<CryptoProvider>,
) -> Result<Paper, PaperError> {
    let shown = Arc::new(SingleCertAndKey::from(certified(certificate, sealer)?));
    let verifier = match certificate.client_auth {
        ClientAuth::None => None,
        asked => {
            let roots = roots(certificate.client_ca, cas)?;
            let builder = WebPkiClientVerifier::builder_with_provider(roots, provider.clone());
            Some(match asked {
                ClientAuth::Optional => builder.allow_unauthenticated().build()?,
                _ => builder.build()?,
            })
        }
    };
    let config = |versions: &[&'static SupportedProtocolVersion]| {
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(versions)?;
        let builder = match &verifier {
            Some(verifier) => builder.with_client_cert_verifier(verifier.clone()),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_cert_resolver(shown.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok::<_, rustls::Error>(Arc::new(config))
    };
    Ok(Paper {
        id: certificate.id,
        client_auth: certificate.client_auth,
        from_1_2: config(BOTH)?,
        from_1_3: config(NEWEST)?,
    })
}

fn roots(id: CaId, cas: &[Ca]) -> Result<Arc<RootCertStore>, PaperError> {
    let ca = cas
        .iter()
        .find(|ca| ca.id == id)
        .ok_or(PaperError::NoAuthority)?;
    let mut roots = RootCertStore::empty();
    for certificate in &ca.certificates {
        roots.add(CertificateDer::from(certificate.clone()))?;
    }
    Ok(Arc::new(roots))
}
