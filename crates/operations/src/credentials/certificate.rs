//! Reading a client certificate that somebody pasted.

use domain::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// The longest text, in bytes: a certificate with its chain.
const LONGEST: usize = 64 << 10;

/// What is kept of a certificate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Read {
    /// SHA-256 of the DER.
    pub(crate) fingerprint: [u8; 32],
    /// Its subject.
    pub(crate) subject: String,
    /// From when on it is not valid any more.
    pub(crate) ends_at: Timestamp,
}

/// Reads the first certificate of a PEM text; otherwise what is wrong with it. A private key beside it is refused: it has no
/// business here, and whoever pasted it should know.
pub(crate) fn read(pem: &str) -> Result<Read, &'static str> {
    if pem.len() > LONGEST {
        return Err("is longer than a certificate could be");
    }
    if pem.contains("PRIVATE KEY") {
        return Err("holds a private key; keep that to yourself and paste the certificate alone");
    }
    let der = CertificateDer::from_pem_slice(pem.as_bytes())
        .map_err(|_| "is not a certificate in PEM, from BEGIN CERTIFICATE to END CERTIFICATE")?;
    let (rest, certificate) =
        X509Certificate::from_der(&der).map_err(|_| "is not an X.509 certificate")?;
    if !rest.is_empty() {
        return Err("has bytes behind the certificate");
    }
    if certificate.is_ca() {
        return Err("is that of an authority; paste the client's own");
    }
    Ok(Read {
        fingerprint: Sha256::digest(&der).into(),
        subject: certificate.subject().to_string(),
        ends_at: Timestamp::from_seconds(certificate.validity().not_after.timestamp()),
    })
}
