//! A key that signs.

use domain::oauth::SigningAlgorithm;
use ed25519_dalek::Signer as _;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair as RsaKeyPair;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256};

/// Both halves of a key.
pub(crate) enum Pair {
    /// For RS256.
    Rsa(Box<RsaKeyPair>),
    /// For ES256.
    P256(Box<EcdsaKeyPair>),
    /// For EdDSA.
    Ed25519(Box<ed25519_dalek::SigningKey>),
}

impl Pair {
    /// From the private half as it is kept; `None` when it is none of the algorithm.
    pub(super) fn read(algorithm: SigningAlgorithm, private: &[u8]) -> Option<Self> {
        Some(match algorithm {
            SigningAlgorithm::RS256 => Self::Rsa(Box::new(RsaKeyPair::from_der(private).ok()?)),
            SigningAlgorithm::ES256 => {
                let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let pair = EcdsaKeyPair::from_pkcs8(kind, private, &SystemRandom::new());
                Self::P256(Box::new(pair.ok()?))
            }
            SigningAlgorithm::EdDSA => {
                let seed = private.try_into().ok()?;
                let key = ed25519_dalek::SigningKey::from_bytes(seed);
                Self::Ed25519(Box::new(key))
            }
        })
    }

    /// What it signs with.
    pub(crate) const fn algorithm(&self) -> SigningAlgorithm {
        match self {
            Self::Rsa(_) => SigningAlgorithm::RS256,
            Self::P256(_) => SigningAlgorithm::ES256,
            Self::Ed25519(_) => SigningAlgorithm::EdDSA,
        }
    }

    /// A signature in the form of RFC 7518.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        const RANDOM: &str = "the operating system gives randomness to every process";
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    message,
                    &mut signature,
                )
                .expect(RANDOM);
                signature
            }
            Self::P256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).expect(RANDOM);
                signature.as_ref().to_vec()
            }
            Self::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use gateway_policies::jose::algorithm::Algorithm;
    use gateway_policies::jose::key::Key;

    use super::super::Made;
    use super::*;
    use crate::secrets::Random;

    #[tokio::test]
    async fn what_is_made_signs_what_its_public_half_verifies() {
        for &algorithm in SigningAlgorithm::ALL {
            let made = Made::new(&Random::system(), algorithm).await;
            let pair = Pair::read(algorithm, &made.private).unwrap();
            assert_eq!(pair.algorithm(), algorithm);
            let signature = pair.sign(b"tides");
            let key = Key::of_platform(algorithm, &made.public).unwrap();
            let verifies = |message: &[u8]| key.verify(algorithm.into(), message, &signature);
            assert!(verifies(b"tides") && !verifies(b"tide"), "{algorithm}");
            for other in Algorithm::ALL {
                let fits = other == Algorithm::from(algorithm);
                assert_eq!(key.verify(other, b"tides", &signature), fits, "{other:?}");
            }
            for &other in SigningAlgorithm::ALL {
                let reads = Pair::read(other, &made.private).is_some();
                assert_eq!(reads, other == algorithm, "{algorithm} as {other}");
            }
        }
    }
}
