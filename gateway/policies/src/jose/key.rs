//! A key that verifies signatures, with the algorithms that it is for: the key decides, never the token.

use data_encoding::BASE64URL_NOPAD;
use domain::oauth::{RSA_EXPONENT, SigningAlgorithm};
use ring::{hmac, signature};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use smallvec::SmallVec;

use super::algorithm::Algorithm;

/// The shortest modulus of an RSA key, in bytes (2048 bits).
const RSA_SHORTEST: usize = 256;
/// The longest (8192 bits).
const RSA_LONGEST: usize = 1_024;

/// A key.
#[derive(Clone)]
pub struct Key {
    /// Its name, in its set.
    pub id: Option<String>,
    /// What it may verify.
    pub algorithms: SmallVec<[Algorithm; 2]>,
    material: Material,
}

#[derive(Clone)]
enum Material {
    Secret(Vec<u8>),
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// Why a JWK is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a JWK at all.
    #[error("is not a JSON Web Key: {0}")]
    Shape(String),
    /// For something else than verifying signatures, or of a type, curve or algorithm that is not taken.
    #[error("{0}")]
    OfNoUse(String),
    /// Its numbers are no key.
    #[error("{0}")]
    Broken(&'static str),
}

/// The members of a JWK that matter (RFC 7517, RFC 7518 section 6, RFC 8037).
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Key {
    /// A shared secret, for one algorithm. Too short a one is refused.
    pub fn secret(secret: &[u8], algorithm: Algorithm) -> Result<Self, KeyError> {
        if !algorithm.is_symmetric() {
            return Err(KeyError::OfNoUse(format!(
                "{} needs a public key, not a secret",
                algorithm.as_str()
            )));
        }
        if secret.len() < algorithm.shortest_secret() {
            return Err(KeyError::Broken(
                "the secret is shorter than the hash of its algorithm",
            ));
        }
        Ok(Self {
            id: None,
            algorithms: SmallVec::from_slice(&[algorithm]),
            material: Material::Secret(secret.to_vec()),
        })
    }

    /// A public key from a JWK. Without `alg` an EC or OKP key is for the one algorithm of its curve, and an RSA key for those
    /// of `rsa`. Symmetric keys are refused: a set that can be fetched holds no secrets.
    pub fn from_jwk(jwk: &Value, rsa: &[Algorithm]) -> Result<Self, KeyError> {
        let jwk = Jwk::deserialize(jwk).map_err(|e| KeyError::Shape(e.to_string()))?;
        let for_signing = jwk
            .purpose
            .as_deref()
            .is_none_or(|purpose| purpose == "sig");
        let verifies = jwk
            .key_ops
            .as_ref()
            .is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        if !for_signing || !verifies {
            return Err(KeyError::OfNoUse("is not for verifying signatures".into()));
        }
        let (material, fitting): (Material, &[Algorithm]) =
            match (jwk.kty.as_str(), jwk.crv.as_deref()) {
                ("RSA", _) => (rsa_key(&jwk)?, rsa),
                ("EC", Some("P-256")) => (Material::P256(point(&jwk, 32)?), &[Algorithm::ES256]),
                ("EC", Some("P-384")) => (Material::P384(point(&jwk, 48)?), &[Algorithm::ES384]),
                ("OKP", Some("Ed25519")) => {
                    let x = bytes(jwk.x.as_deref(), "`x` is not base64url")?;
                    if x.len() != 32 {
                        return Err(KeyError::Broken("`x` is not 32 bytes long"));
                    }
                    (Material::Ed25519(x), &[Algorithm::EdDSA])
                }
                (kty, crv) => {
                    let crv = crv.map(|crv| format!(" on {crv}")).unwrap_or_default();
                    return Err(KeyError::OfNoUse(format!(
                        "is of type {kty}{crv}, which is not taken"
                    )));
                }
            };
        let algorithms = match jwk.alg.as_deref() {
            None => SmallVec::from_slice(fitting),
            Some(name) => {
                let family: &[Algorithm] = match material {
                    Material::Rsa { .. } => &Algorithm::RSA,
                    _ => fitting,
                };
                let one = Algorithm::named(name).filter(|one| family.contains(one));
                let one = one.ok_or_else(|| {
                    KeyError::OfNoUse(format!(
                        "says it is for {name}, which does not fit its type"
                    ))
                })?;
                SmallVec::from_slice(&[one])
            }
        };
        Ok(Self {
            id: jwk.kid,
            algorithms,
            material,
        })
    }

    /// A key of the platform's own OAuth server, from its public half as the store has it.
    pub fn of_platform(algorithm: SigningAlgorithm, public: &[u8]) -> Result<Self, KeyError> {
        const LENGTH: KeyError = KeyError::Broken("its length is not that of its algorithm");
        let (length, material) = match algorithm {
            SigningAlgorithm::RS256 => {
                let (n, e) = (public.to_vec(), RSA_EXPONENT.to_vec());
                (RSA_SHORTEST, Material::Rsa { n, e })
            }
            SigningAlgorithm::ES256 => (65, Material::P256(public.to_vec())),
            SigningAlgorithm::EdDSA => (32, Material::Ed25519(public.to_vec())),
        };
        if public.len() != length {
            return Err(LENGTH);
        }
        Ok(Self {
            id: None,
            algorithms: SmallVec::from_slice(&[algorithm.into()]),
            material,
        })
    }

    /// Its thumbprint (RFC 7638) with SHA-256, in base64url; `None` for a secret, which has none that may be shown.
    pub fn thumbprint(&self) -> Option<String> {
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        let curve = |name: &str, point: &[u8]| {
            let (x, y) = point[1..].split_at(point.len() / 2);
            format!(
                r#"{{"crv":"{name}","kty":"EC","x":"{}","y":"{}"}}"#,
                text(x),
                text(y)
            )
        };
        let members = match &self.material {
            Material::Secret(_) => return None,
            Material::Rsa { n, e } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text(e), text(n))
            }
            Material::P256(point) => curve("P-256", point),
            Material::P384(point) => curve("P-384", point),
            Material::Ed25519(x) => {
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, text(x))
            }
        };
        Some(text(&Sha256::digest(members.as_bytes())))
    }

    /// The key that a credential holds: a JWK, also of a shared secret (`oct`, RFC 7518 section 6.4), which then must say its
    /// `alg`. Its name is forgotten: a credential has one key.
    pub fn of_credential(text: &[u8]) -> Result<Self, KeyError> {
        let jwk: Value =
            serde_json::from_slice(text).map_err(|e| KeyError::Shape(e.to_string()))?;
        let key = match jwk.get("kty").and_then(Value::as_str) {
            Some("oct") => Self::shared(&jwk)?,
            _ => Self::from_jwk(&jwk, &[Algorithm::RS256])?,
        };
        Ok(Self { id: None, ..key })
    }

    fn shared(jwk: &Value) -> Result<Self, KeyError> {
        let member = |name: &str| jwk.get(name).and_then(Value::as_str);
        let algorithm = member("alg").and_then(Algorithm::named);
        let algorithm =
            algorithm.ok_or(KeyError::Broken("`alg` must say what the secret is for"))?;
        let secret = bytes(member("k"), "`k` is not base64url")?;
        Self::secret(&secret, algorithm)
    }

    /// Whether the signature is this key's, made with this algorithm. `false` for an algorithm that the key is not for.
    pub fn verify(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        use Algorithm as A;
        if !self.algorithms.contains(&algorithm) {
            return false;
        }
        match (&self.material, algorithm) {
            (Material::Secret(secret), A::HS256 | A::HS384 | A::HS512) => {
                let kind = match algorithm {
                    A::HS256 => hmac::HMAC_SHA256,
                    A::HS384 => hmac::HMAC_SHA384,
                    _ => hmac::HMAC_SHA512,
                };
                hmac::verify(&hmac::Key::new(kind, secret), signed, signature).is_ok()
            }
            (Material::Rsa { n, e }, _) => {
                let Some(parameters) = rsa_parameters(algorithm) else {
                    return false;
                };
                signature::RsaPublicKeyComponents { n, e }
                    .verify(parameters, signed, signature)
                    .is_ok()
            }
            (Material::P256(point), A::ES256) => public(
                &signature::ECDSA_P256_SHA256_FIXED,
                point,
                signed,
                signature,
            ),
            (Material::P384(point), A::ES384) => public(
                &signature::ECDSA_P384_SHA384_FIXED,
                point,
                signed,
                signature,
            ),
            (Material::Ed25519(point), A::EdDSA) => {
                public(&signature::ED25519, point, signed, signature)
            }
            _ => false,
        }
    }
}

fn public(
    kind: &'static dyn signature::VerificationAlgorithm,
    key: &[u8],
    signed: &[u8],
    signature: &[u8],
) -> bool {
    signature::UnparsedPublicKey::new(kind, key)
        .verify(signed, signature)
        .is_ok()
}

fn rsa_parameters(algorithm: Algorithm) -> Option<&'static signature::RsaParameters> {
    Some(match algorithm {
        Algorithm::RS256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RS384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RS512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::PS384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::PS512 => &signature::RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

fn bytes(text: Option<&str>, problem: &'static str) -> Result<Vec<u8>, KeyError> {
    let text = text.ok_or(KeyError::Broken(problem))?;
    BASE64URL_NOPAD
        .decode(text.trim_end_matches('=').as_bytes())
        .map_err(|_| KeyError::Broken(problem))
}

fn rsa_key(jwk: &Jwk) -> Result<Material, KeyError> {
    // some issuers put a zero before the number, as ASN.1 does
    let number = |text: Option<&str>, problem| {
        let bytes = bytes(text, problem)?;
        let zeros = bytes.iter().take_while(|b| **b == 0).count();
        Ok::<_, KeyError>(bytes[zeros..].to_vec())
    };
    let n = number(jwk.n.as_deref(), "`n` is not base64url")?;
    let e = number(jwk.e.as_deref(), "`e` is not base64url")?;
    if !(RSA_SHORTEST..=RSA_LONGEST).contains(&n.len()) {
        return Err(KeyError::Broken("its modulus has not 2048 to 8192 bits"));
    }
    if e.is_empty() || e.len() > 4 {
        return Err(KeyError::Broken("its exponent is out of bounds"));
    }
    Ok(Material::Rsa { n, e })
}

/// An uncompressed point (SEC 1, section 2.3.3).
fn point(jwk: &Jwk, size: usize) -> Result<Vec<u8>, KeyError> {
    let x = bytes(jwk.x.as_deref(), "`x` is not base64url")?;
    let y = bytes(jwk.y.as_deref(), "`y` is not base64url")?;
    if x.len() != size || y.len() != size {
        return Err(KeyError::Broken(
            "`x` and `y` are not as long as the curve asks",
        ));
    }
    Ok([&[4], x.as_slice(), y.as_slice()].concat())
}
