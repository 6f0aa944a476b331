//! The handshake with a caller: the host that it asks for decides what it is shown and asked.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use domain::certificate::ClientAuth;
use gateway_policies::request::ClientCertificate;
use pingora::protocols::l4::stream::Stream as Layer4;
use rustls::ServerConfig;
use rustls::server::{Acceptor, ClientHello};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio::io::AsyncWriteExt as _;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::table::{self, Paper, Table};
use crate::acme::{PROTOCOL, Proofs};
use crate::config::TlsVersion;

/// Why there is no connection.
#[derive(Debug, Error)]
pub(crate) enum HandshakeError {
    /// Not TLS, cut off, no common version or cipher, or a client certificate that does not verify.
    #[error(transparent)]
    Failed(#[from] std::io::Error),
    /// Nobody has a certificate for the host.
    #[error("there is no certificate for `{0}`")]
    UnknownHost(String),
    /// A proof was asked for and shown; nothing else goes over such a connection (RFC 8737 section 4).
    #[error("a proof was shown for `{0}`")]
    Proof(String),
    /// The settings that refuse cannot be made.
    #[error(transparent)]
    Settings(#[from] rustls::Error),
}

/// What is known of a connection after its handshake.
#[derive(Debug)]
pub(crate) struct Secured {
    pub(crate) paper: Arc<Paper>,
    /// Whether HTTP/2 was agreed upon.
    pub(crate) http2: bool,
    pub(crate) version: &'static str,
    pub(crate) cipher: &'static str,
    /// What the caller proved to own.
    pub(crate) client: Option<Arc<ClientCertificate>>,
}

static REFUSING: OnceLock<Arc<ServerConfig>> = OnceLock::new();

/// Shakes hands.
pub(crate) async fn accept(
    stream: Layer4,
    table: &Table,
    proofs: &Proofs,
    minimum: TlsVersion,
) -> Result<(TlsStream<Layer4>, Secured), HandshakeError> {
    let begun = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
    let host = begun
        .client_hello()
        .server_name()
        .map(|name| name.trim_end_matches('.').to_ascii_lowercase());
    if let Some(host) = &host
        && asks_for_proof(&begun.client_hello())
        && let Some(proof) = proofs.handshake(host)
    {
        begun.into_stream(proof).await?.shutdown().await?;
        return Err(HandshakeError::Proof(host.clone()));
    }
    let Some(paper) = table.choose(host.as_deref()) else {
        // the client is told by an alert before the connection ends
        let refusing = match REFUSING.get() {
            Some(config) => config.clone(),
            None => {
                let made = table::refusing()?;
                REFUSING.get_or_init(|| made).clone()
            }
        };
        begun.into_stream(refusing).await?;
        return Err(HandshakeError::UnknownHost(host.unwrap_or_default()));
    };
    let tls = begun.into_stream(paper.config(minimum)).await?;
    let session = tls.get_ref().1;
    let client = match paper.client_auth {
        ClientAuth::None => None,
        _ => session
            .peer_certificates()
            .and_then(<[_]>::first)
            .map(|der| Arc::new(client(der))),
    };
    let secured = Secured {
        http2: session.alpn_protocol() == Some(b"h2"),
        version: session
            .protocol_version()
            .and_then(|version| version.as_str())
            .unwrap_or_default(),
        cipher: session
            .negotiated_cipher_suite()
            .and_then(|suite| suite.suite().as_str())
            .unwrap_or_default(),
        client,
        paper,
    };
    Ok((tls, secured))
}

/// Whether the client speaks nothing but the protocol for proofs.
fn asks_for_proof(hello: &ClientHello<'_>) -> bool {
    let Some(mut offered) = hello.alpn() else {
        return false;
    };
    offered.next() == Some(PROTOCOL) && offered.next().is_none()
}

fn client(der: &[u8]) -> ClientCertificate {
    let subject = X509Certificate::from_der(der)
        .map(|(_, certificate)| certificate.subject().to_string())
        .unwrap_or_default();
    ClientCertificate {
        fingerprint: Sha256::digest(der).into(),
        der: Bytes::copy_from_slice(der),
        subject,
    }
}
