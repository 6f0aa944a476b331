//! Making a key.

use domain::oauth::SigningAlgorithm;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::rand_core::{CryptoRng, RngCore};
use rsa::traits::PublicKeyParts as _;
use zeroize::Zeroizing;

use crate::secrets::Random;

/// The length of an RSA key's modulus, in bits (RFC 7518, section 3.3: 2048 or more).
const RSA_BITS: usize = 2_048;

/// A new key, not kept yet.
pub(crate) struct Made {
    /// What it is for.
    pub(super) algorithm: SigningAlgorithm,
    /// The public half, in the form that the algorithm says.
    pub(super) public: Vec<u8>,
    /// The private half: PKCS #1 for RSA, PKCS #8 for P-256 (both DER), the seed for Ed25519.
    pub(super) private: Zeroizing<Vec<u8>>,
}

impl Made {
    /// A new key. One for RSA takes a moment of a core, which the runtime's threads do not wait for.
    pub(crate) async fn new(random: &Random, algorithm: SigningAlgorithm) -> Self {
        match algorithm {
            SigningAlgorithm::RS256 => {
                let random = random.clone();
                tokio::task::spawn_blocking(move || rsa(&random))
                    .await
                    .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
            }
            SigningAlgorithm::ES256 => p256(),
            SigningAlgorithm::EdDSA => ed25519(random),
        }
    }
}

fn rsa(random: &Random) -> Made {
    let key = rsa::RsaPrivateKey::new(&mut Bytes(random), RSA_BITS)
        .expect("2048 bits and the usual exponent are what every key can have");
    let private = key
        .to_pkcs1_der()
        .expect("the numbers of a key that was just made");
    Made {
        algorithm: SigningAlgorithm::RS256,
        public: key.n().to_bytes_be(),
        private: private.to_bytes(),
    }
}

fn p256() -> Made {
    let random = SystemRandom::new();
    let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &random)
        .expect("the operating system gives randomness to every process");
    let pair = EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &random)
        .expect("the form in which it was just made");
    Made {
        algorithm: SigningAlgorithm::ES256,
        public: pair.public_key().as_ref().to_vec(),
        private: Zeroizing::new(pkcs8.as_ref().to_vec()),
    }
}

fn ed25519(random: &Random) -> Made {
    let seed = Zeroizing::new(random.bytes::<32>());
    let key = ed25519_dalek::SigningKey::from_bytes(&seed);
    Made {
        algorithm: SigningAlgorithm::EdDSA,
        public: key.verifying_key().to_bytes().to_vec(),
        private: Zeroizing::new(seed.to_vec()),
    }
}

/// Our randomness, as the maker of RSA keys wants it.
struct Bytes<'a>(&'a Random);

impl RngCore for Bytes<'_> {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes(self.0.bytes())
    }

    fn next_u64(&mut self) -> u64 {
        u64::from_le_bytes(self.0.bytes())
    }

    fn fill_bytes(&mut self, target: &mut [u8]) {
        for piece in target.chunks_mut(64) {
            let bytes = self.0.bytes::<64>();
            piece.copy_from_slice(&bytes[..piece.len()]);
        }
    }

    fn try_fill_bytes(&mut self, target: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.fill_bytes(target);
        Ok(())
    }
}

impl CryptoRng for Bytes<'_> {}
