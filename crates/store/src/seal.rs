//! Sealing: secrets that must be readable again are kept under a master key (XChaCha20-Poly1305).

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use domain::Timestamp;
use domain::id::DEFAULT_WORKSPACE;
use thiserror::Error;

use crate::db::Db;

/// The length of a nonce. They are random: 24 bytes never meet twice.
pub const NONCE: usize = 24;

/// The file in the data folder that holds the master key when the environment does not.
pub const KEY_FILE: &str = "master.key";

/// Why something was not sealed or opened.
#[derive(Debug, Error)]
pub enum SealError {
    /// Not 32 bytes in base64 or hexadecimal.
    #[error("the master key in {0} is not 32 bytes in base64 or hexadecimal")]
    BadKey(String),
    /// The key file cannot be used.
    #[error("cannot use the master key file {}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The database was begun with another key.
    #[error("this master key is not the one that the database was begun with")]
    WrongKey,
    /// Sealed under another key, for another purpose, or damaged.
    #[error("sealed for another purpose, under another key, or damaged")]
    Damaged,
    /// The check value cannot be read or written.
    #[error("the master key's check value cannot be read or written")]
    Store(#[from] crate::Error),
}

/// Seals and opens. Cheap to clone; shows nothing of its key.
#[derive(Clone)]
pub struct Sealer(XChaCha20Poly1305);

impl Sealer {
    /// A sealer under a key.
    pub fn new(key: [u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(&Key::from(key)))
    }

    /// A sealer under the key in a text: 32 bytes in base64 or hexadecimal. `from` says where the text was.
    pub fn from_text(text: &str, from: &str) -> Result<Self, SealError> {
        let text = text.trim().as_bytes();
        let unpadded: Vec<u8> = text.iter().copied().filter(|b| *b != b'=').collect();
        let key = HEXLOWER_PERMISSIVE
            .decode(text)
            .ok()
            .filter(|key| key.len() == 32)
            .or_else(|| BASE64.decode(text).ok())
            .or_else(|| BASE64URL_NOPAD.decode(&unpadded).ok())
            .and_then(|key| <[u8; 32]>::try_from(key).ok())
            .ok_or_else(|| SealError::BadKey(from.to_owned()))?;
        Ok(Self::new(key))
    }

    /// A sealer under the key in the data folder; the first start writes `fresh` there, for this user only.
    pub fn from_folder(folder: &Path, fresh: [u8; 32]) -> Result<Self, SealError> {
        let path = folder.join(KEY_FILE);
        let trouble = |source| SealError::File {
            path: path.clone(),
            source,
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::from_text(&text, &path.display().to_string()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let mut file = OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(&path)
                    .map_err(trouble)?;
                writeln!(file, "{}", BASE64.encode(&fresh)).map_err(trouble)?;
                file.sync_all().map_err(trouble)?;
                Ok(Self::new(fresh))
            }
            Err(error) => Err(trouble(error)),
        }
    }

    /// Seals for a purpose, such as "signing_key:" and its id: what is sealed for one does not open for another.
    /// The nonce is random, and used once.
    pub fn seal(&self, nonce: [u8; NONCE], purpose: &str, plain: &[u8]) -> Vec<u8> {
        let payload = Payload {
            msg: plain,
            aad: purpose.as_bytes(),
        };
        let sealed = self
            .0
            .encrypt(&XNonce::from(nonce), payload)
            .expect("texts are far shorter than the cipher's 256 GiB");
        [&nonce[..], &sealed[..]].concat()
    }

    /// Opens what was sealed for the same purpose.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, sealed) = sealed
            .split_first_chunk::<NONCE>()
            .ok_or(SealError::Damaged)?;
        let payload = Payload {
            msg: sealed,
            aad: purpose.as_bytes(),
        };
        self.0
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| SealError::Damaged)
    }

    /// Compares the key with the one that the database was begun with; a new database takes this one.
    pub async fn check(
        &self,
        db: &Db,
        nonce: [u8; NONCE],
        now: Timestamp,
    ) -> Result<(), SealError> {
        match self.compare_or_begin(db, nonce, now).await {
            // another role began the database in the same moment: what it kept is what counts
            Err(SealError::Store(error)) if error.is_taken("setting") => {
                self.compare_or_begin(db, nonce, now).await
            }
            compared => compared,
        }
    }

    async fn compare_or_begin(
        &self,
        db: &Db,
        nonce: [u8; NONCE],
        now: Timestamp,
    ) -> Result<(), SealError> {
        let mut tx = db.begin().await?;
        let kept = crate::settings::find(&mut tx, DEFAULT_WORKSPACE, CHECK).await?;
        let Some(kept) = kept else {
            let sealed = BASE64.encode(&self.seal(nonce, CHECK, CHECK.as_bytes()));
            crate::settings::insert(&mut tx, DEFAULT_WORKSPACE, CHECK, sealed.into(), now).await?;
            tx.commit().await?;
            return Ok(());
        };
        let sealed = kept.value.as_str().unwrap_or_default();
        let sealed = BASE64
            .decode(sealed.as_bytes())
            .map_err(|_| SealError::WrongKey)?;
        match self.open(CHECK, &sealed) {
            Ok(_) => Ok(()),
            Err(_) => Err(SealError::WrongKey),
        }
    }
}

/// The setting that holds a value sealed under the first key.
const CHECK: &str = "master_key_check";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_whole_and_for_its_purpose() {
        let sealer = Sealer::new([1; 32]);
        let mut sealed = sealer.seal([2; NONCE], "signing_key:1", b"seed");
        assert_eq!(sealer.open("signing_key:1", &sealed).unwrap(), b"seed");
        assert!(sealer.open("signing_key:2", &sealed).is_err());
        assert!(Sealer::new([3; 32]).open("signing_key:1", &sealed).is_err());
        sealed[30] ^= 1;
        assert!(sealer.open("signing_key:1", &sealed).is_err());
        assert!(sealer.open("signing_key:1", b"short").is_err());
    }

    #[test]
    fn keys_come_in_hexadecimal_and_both_base64s() {
        let sealed = Sealer::new([251; 32]).seal([0; NONCE], "p", b"x");
        for text in [
            "fb".repeat(32),
            BASE64.encode(&[251; 32]) + "\n",
            BASE64URL_NOPAD.encode(&[251; 32]),
        ] {
            let sealer = Sealer::from_text(&text, "GATEHOUSE_MASTER_KEY").unwrap();
            assert_eq!(sealer.open("p", &sealed).unwrap(), b"x", "{text}");
        }
        assert!(Sealer::from_text("secret", "GATEHOUSE_MASTER_KEY").is_err());
    }
}
