//! A connection of the load to a peer, in the clear or over TLS, with one request at a time.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Waker, Poll};

use anyhow::{Context, Result, bail};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::work::{ROUTES, Work};

/// A connection.
pub(crate) struct Stream {
    socket: Socket,
    buffer: Vec<u8>,
}

enum Socket {
    Clear(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Connects; for work over TLS with the handshake done.
    pub(crate) async fn connect(address: &str, work: Work) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let socket = if work == Work::Tls {
            let name = ServerName::try_from("localhost")?;
            let connector = TlsConnector::from(Arc::new(any_certificate()?));
            Socket::Tls(Box::new(connector.connect(name, stream).await?))
        } else {
            Socket::Clear(stream)
        };
        Ok(Self {
            socket,
            buffer: Vec::with_capacity(96 * 1024),
        })
    }

    /// Sends the request with a number and reads its answer, which says its length; returns its status.
    pub(crate) async fn exchange(
        &mut self,
        work: Work,
        keys: &[String],
        number: usize,
    ) -> Result<u16> {
        let request = request(work, keys, number);
        self.socket.write_all(request.as_bytes()).await?;
        self.socket.flush().await?;
        self.answer().await
    }

    async fn answer(&mut self) -> Result<u16> {
        self.buffer.clear();
        let head = loop {
            let end = self.buffer.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                break end + 4;
            }
            self.more().await?;
        };
        let text = std::str::from_utf8(&self.buffer[..head])?.to_ascii_lowercase();
        let status = text.split(' ').nth(1).context("no status")?.parse()?;
        let length: usize = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .context("an answer without its length")?
            .trim()
            .parse()?;
        while self.buffer.len() < head + length {
            self.more().await?;
        }
        Ok(status)
    }

    async fn more(&mut self) -> Result<()> {
        if self.socket.read_buf(&mut self.buffer).await? == 0 {
            bail!("the connection ended");
        }
        Ok(())
    }
}

fn request(work: Work, keys: &[String], number: usize) -> String {
    let key_of = |number: usize| keys.get(number % keys.len().max(1)).map(String::as_str);
    let (path, key) = match work {
        Work::Plain | Work::Large | Work::Tls => (work.path().to_owned(), None),
        Work::Full => (
            format!("/api/{}/small", number * 7 % ROUTES),
            key_of(number),
        ),
        Work::Refuse => (work.path().to_owned(), Some("gh_live_unknown")),
        Work::Limited => (work.path().to_owned(), key_of(number)),
    };
    let key = key.map_or(String::new(), |key| format!("X-API-Key: {key}\r\n"));
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{key}\r\n")
}

/// For TLS 1.3 with a certificate that was made for the measurement.
fn any_certificate() -> Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(AnyCertificate(provider.clone()));
    Ok(ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// Takes every certificate: the peers are on this machine, and what is measured is not who they are.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        waker: &mut Waker<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_read(waker, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(waker, buffer),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        waker: &mut Waker<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_write(waker, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(waker, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_flush(waker),
            Self::Tls(stream) => Pin::new(stream).poll_flush(waker),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_shutdown(waker),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(waker),
        }
    }
}
