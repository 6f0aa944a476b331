//! Reading certificates and keys, and refusing those that would fail or be too weak, with the reason.

use std::fmt::Write as _;

use domain::Timestamp;
use domain::certificate::CertificateUse;
use rustls::crypto::ring::sign;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use x509_parser::oid_registry::Oid;
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};
use x509_parser::public_key::PublicKey;

/// The longest text that is read: some forty certificates.
const LONGEST: usize = 100_000;
/// The smallest RSA key, in bits (NIST SP 800-131A).
const RSA_LEAST: usize = 2_048;
/// Signatures with MD5 or SHA-1.
const BROKEN_SIGNATURES: [&str; 5] = [
    "1.2.840.113549.1.1.4",
    "1.2.840.113549.1.1.5",
    "1.2.840.10045.4.1",
    "1.2.840.10040.4.3",
    "1.3.14.3.2.29",
];

/// Why a certificate is not taken.
#[derive(Debug, Error)]
pub enum PaperError {
    /// No certificate in the text.
    #[error("holds no certificate; it begins with -----BEGIN CERTIFICATE-----")]
    NoCertificate,
    /// Longer than what is read.
    #[error("is longer than {LONGEST} bytes")]
    TooLong,
    /// PEM that cannot be read.
    #[error("is not PEM: {0}")]
    Pem(String),
    /// A certificate that cannot be read.
    #[error("certificate {0} of the chain cannot be read")]
    Unreadable(usize),
    /// Past its end.
    #[error("`{subject}` expired on {at}")]
    Expired {
        /// Whose.
        subject: String,
        /// When.
        at: Timestamp,
    },
    /// Before its beginning.
    #[error("`{subject}` holds only from {at} on")]
    NotYet {
        /// Whose.
        subject: String,
        /// When.
        at: Timestamp,
    },
    /// An RSA key that is too small.
    #[error("`{subject}` has an RSA key of {bits} bits; at least {RSA_LEAST} are needed")]
    SmallKey {
        /// Whose.
        subject: String,
        /// How many.
        bits: usize,
    },
    /// Signed with an algorithm that is broken.
    #[error("`{subject}` is signed with MD5 or SHA-1, which can be forged")]
    BrokenSignature {
        /// Whose.
        subject: String,
    },
    /// No host name in it.
    #[error("names no host: clients read the subject alternative names only (RFC 9525)")]
    NoNames,
    /// The certificates do not follow from each other.
    #[error("is out of order: `{after}` does not come from `{before}`")]
    OutOfOrder {
        /// The one that was signed.
        after: String,
        /// The one that should have signed it.
        before: String,
    },
    /// No authority.
    #[error("`{0}` is no authority: it may not sign certificates")]
    NoAuthority(String),
    /// No key in the text.
    #[error("holds no private key; it begins with -----BEGIN PRIVATE KEY-----")]
    NoKey,
    /// A key behind a pass phrase.
    #[error("is encrypted; take the pass phrase off first (openssl pkey -in key.pem)")]
    EncryptedKey,
    /// A key that cannot be used.
    #[error(
        "is of no kind that can be used: RSA of at least 2048 bits, ECDSA P-256 or P-384, Ed25519"
    )]
    UnknownKey,
    /// The key is not the certificate's.
    #[error("does not belong to the certificate: they hold different public keys")]
    Mismatch,
}

impl PaperError {
    /// The field that it is about.
    pub(super) fn field(&self) -> &'static str {
        match self {
            Self::NoKey | Self::EncryptedKey | Self::UnknownKey | Self::Mismatch => "key",
            _ => "chain",
        }
    }
}

/// What a chain says.
#[derive(Debug, Clone)]
pub struct Paper {
    /// The chain in PEM, and nothing else of the text.
    pub chain: String,
    /// Host names, lower case.
    pub names: Vec<String>,
    /// SHA-256 of the certificate, hexadecimal.
    pub fingerprint: String,
    /// Who issued it.
    pub issuer: String,
    /// `RSA 2048`
    pub key_kind: String,
    /// From when it holds.
    pub not_before: Timestamp,
    /// Until when it holds.
    pub not_after: Timestamp,
}

/// A chain with its key.
pub(crate) struct Pair {
    pub(crate) paper: Paper,
    /// DER.
    pub(crate) key: Vec<u8>,
}

/// What a bundle of authorities says.
#[derive(Debug, Clone)]
pub(crate) struct Bundle {
    pub(crate) pem: String,
    pub(crate) subjects: Vec<String>,
    pub(crate) not_after: Timestamp,
}

/// Reads a chain and its key.
pub(crate) fn pair(
    chain: &str,
    key: &str,
    used_for: CertificateUse,
    now: Timestamp,
) -> Result<Pair, PaperError> {
    let ders = certificates(chain)?;
    let parsed = parsed(&ders)?;
    for certificate in &parsed {
        strong(certificate)?;
        in_force(certificate, now)?;
    }
    for link in parsed.windows(2) {
        if link[0].issuer() != link[1].subject() {
            return Err(PaperError::OutOfOrder {
                after: link[0].subject().to_string(),
                before: link[1].subject().to_string(),
            });
        }
    }
    let Some(leaf) = parsed.first() else {
        return Err(PaperError::NoCertificate);
    };
    let names = names(leaf);
    if names.is_empty() && used_for == CertificateUse::Server {
        return Err(PaperError::NoNames);
    }
    let key = matching_key(key, &ders)?;
    let fingerprint = Sha256::digest(&ders[0]);
    let paper = Paper {
        chain: to_pem(&ders),
        names,
        fingerprint: fingerprint.iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("writing to a string does not fail");
            hex
        }),
        issuer: leaf.issuer().to_string(),
        key_kind: key_kind(leaf),
        not_before: moment(leaf.validity().not_before.timestamp()),
        not_after: moment(leaf.validity().not_after.timestamp()),
    };
    Ok(Pair { paper, key })
}

/// Reads a bundle of authorities.
pub(crate) fn bundle(text: &str, now: Timestamp) -> Result<Bundle, PaperError> {
    let ders = certificates(text)?;
    let parsed = parsed(&ders)?;
    for certificate in &parsed {
        if !certificate.is_ca() {
            return Err(PaperError::NoAuthority(certificate.subject().to_string()));
        }
        in_force(certificate, now)?;
        if let Some(bits) = rsa_bits(certificate).filter(|bits| *bits < RSA_LEAST) {
            return Err(PaperError::SmallKey {
                subject: certificate.subject().to_string(),
                bits,
            });
        }
    }
    let ends = parsed.iter().map(|c| c.validity().not_after.timestamp());
    Ok(Bundle {
        pem: to_pem(&ders),
        subjects: parsed.iter().map(|c| c.subject().to_string()).collect(),
        not_after: moment(ends.min().unwrap_or_default()),
    })
}

fn certificates(text: &str) -> Result<Vec<CertificateDer<'static>>, PaperError> {
    if text.len() > LONGEST {
        return Err(PaperError::TooLong);
    }
    let ders = CertificateDer::pem_slice_iter(text.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| PaperError::Pem(error.to_string()))?;
    if ders.is_empty() {
        return Err(PaperError::NoCertificate);
    }
    Ok(ders)
}

fn parsed<'d>(ders: &'d [CertificateDer<'static>]) -> Result<Vec<X509Certificate<'d>>, PaperError> {
    let one = |(n, der): (usize, &'d CertificateDer<'static>)| {
        let (rest, certificate) =
            X509Certificate::from_der(der).map_err(|_| PaperError::Unreadable(n + 1))?;
        if rest.is_empty() {
            Ok(certificate)
        } else {
            Err(PaperError::Unreadable(n + 1))
        }
    };
    ders.iter().enumerate().map(one).collect()
}

fn in_force(certificate: &X509Certificate<'_>, now: Timestamp) -> Result<(), PaperError> {
    let subject = || certificate.subject().to_string();
    let validity = certificate.validity();
    let (from, until) = (
        moment(validity.not_before.timestamp()),
        moment(validity.not_after.timestamp()),
    );
    if until <= now {
        return Err(PaperError::Expired {
            subject: subject(),
            at: until,
        });
    }
    if from > now {
        return Err(PaperError::NotYet {
            subject: subject(),
            at: from,
        });
    }
    Ok(())
}

/// The signature of an authority that signed itself says nothing, so it may be an old one.
fn strong(certificate: &X509Certificate<'_>) -> Result<(), PaperError> {
    let subject = || certificate.subject().to_string();
    if let Some(bits) = rsa_bits(certificate).filter(|bits| *bits < RSA_LEAST) {
        return Err(PaperError::SmallKey {
            subject: subject(),
            bits,
        });
    }
    let algorithm: &Oid<'_> = &certificate.signature_algorithm.algorithm;
    let is_root = certificate.is_ca() && certificate.subject() == certificate.issuer();
    if !is_root && BROKEN_SIGNATURES.contains(&algorithm.to_id_string().as_str()) {
        return Err(PaperError::BrokenSignature { subject: subject() });
    }
    Ok(())
}

fn rsa_bits(certificate: &X509Certificate<'_>) -> Option<usize> {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => Some(key.key_size()),
        _ => None,
    }
}

fn key_kind(certificate: &X509Certificate<'_>) -> String {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => format!("RSA {}", key.key_size()),
        Ok(PublicKey::EC(point)) => match point.key_size() {
            // the point's own size, which is a little more than the curve's
            size if size < 300 => "ECDSA P-256".to_owned(),
            size if size < 450 => "ECDSA P-384".to_owned(),
            _ => "ECDSA P-521".to_owned(),
        },
        _ => "Ed25519".to_owned(),
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let names = names.value.general_names.iter();
    let mut names: Vec<String> = names
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(name.trim_end_matches('.').to_ascii_lowercase()),
            _ => None,
        })
        .filter(|name| !name.is_empty())
        .collect();
    names.sort();
    names.dedup();
    names
}

fn matching_key(text: &str, chain: &[CertificateDer<'static>]) -> Result<Vec<u8>, PaperError> {
    if text.len() > LONGEST {
        return Err(PaperError::NoKey);
    }
    if text.contains("ENCRYPTED") {
        return Err(PaperError::EncryptedKey);
    }
    let key = match PrivateKeyDer::from_pem_slice(text.as_bytes()) {
        Ok(key) => key,
        Err(pem::Error::NoItemsFound) => return Err(PaperError::NoKey),
        Err(error) => return Err(PaperError::Pem(error.to_string())),
    };
    let signing = sign::any_supported_type(&key).map_err(|_| PaperError::UnknownKey)?;
    CertifiedKey::new(chain.to_vec(), signing)
        .keys_match()
        .map_err(|_| PaperError::Mismatch)?;
    Ok(key.secret_der().to_vec())
}

/// The certificates alone: what else stood in the text (a key, by mistake) is not kept.
fn to_pem(ders: &[CertificateDer<'static>]) -> String {
    ders.iter().fold(String::new(), |mut text, der| {
        text.push_str("-----BEGIN CERTIFICATE-----\n");
        let encoded = data_encoding::BASE64.encode(der);
        for line in encoded.as_bytes().chunks(64) {
            text.push_str(&String::from_utf8_lossy(line));
            text.push('\n');
        }
        text.push_str("-----END CERTIFICATE-----\n");
        text
    })
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}
