//! Hashing passwords: argon2id, off the async threads, a few at a time.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::secrets::{Random, Secret};

/// OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// How many are hashed at once: each takes 19 MiB and some 20 ms of a core.
const AT_ONCE: usize = 4;

/// Hashes passwords and compares them.
pub(crate) struct Passwords(Arc<Semaphore>);

/// What comparing a password with what is kept says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Another password, or nothing is kept.
    Wrong,
    /// The same.
    Right,
    /// The same, but hashed with parameters that are not today's: hash it anew.
    RightButOld,
}

impl Default for Passwords {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Passwords {
    /// What to keep of a password: a PHC string.
    pub(crate) async fn hash(&self, random: &Random, password: &Secret) -> String {
        let password = password.clone();
        let salt = random.bytes::<16>();
        self.work(move || hash(&password, &salt).to_string()).await
    }

    /// Compares. As much work when nothing is kept, so that the time tells nobody which addresses have an account.
    pub(crate) async fn verify(&self, password: &Secret, kept: Option<String>) -> Verdict {
        let password = password.clone();
        self.work(move || match kept {
            Some(kept) => compare(&password, &kept),
            None => {
                hash(&password, &[0; 16]);
                Verdict::Wrong
            }
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> T {
        let turn = Arc::clone(&self.0)
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        spawn_blocking(move || {
            let done = job();
            drop(turn);
            done
        })
        .await
        .expect("hashing does not panic, and nobody cancels it")
    }
}

fn today() -> Params {
    Params::new(MEMORY_KIB, PASSES, LANES, None).expect("parameters written above")
}

fn hash(password: &Secret, salt: &[u8; 16]) -> PasswordHash {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, today())
        .hash_password_with_salt(password.reveal().as_bytes(), salt)
        .expect("16 bytes of salt and passwords of bounded length are always hashed")
}

fn compare(password: &Secret, kept: &str) -> Verdict {
    let Ok(kept) = PasswordHash::new(kept) else {
        hash(password, &[0; 16]);
        return Verdict::Wrong;
    };
    if Argon2::default()
        .verify_password(password.reveal().as_bytes(), &kept)
        .is_err()
    {
        return Verdict::Wrong;
    }
    let is_today = kept.algorithm == Algorithm::Argon2id.ident()
        && Params::try_from(&kept)
            .is_ok_and(|p| (p.m_cost(), p.t_cost(), p.p_cost()) == (MEMORY_KIB, PASSES, LANES));
    if is_today {
        Verdict::Right
    } else {
        Verdict::RightButOld
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_same_password_is_right_and_nothing_kept_is_wrong() {
        let passwords = Passwords::default();
        let brass = Secret::new("brass lantern on the quay");
        let kept = passwords.hash(&Random::seeded(1), &brass).await;
        assert!(
            kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{kept}"
        );
        let tin = Secret::new("tin lantern on the quay");
        assert_eq!(
            passwords.verify(&brass, Some(kept.clone())).await,
            Verdict::Right
        );
        assert_eq!(passwords.verify(&tin, Some(kept)).await, Verdict::Wrong);
        assert_eq!(passwords.verify(&brass, None).await, Verdict::Wrong);
    }

    #[tokio::test]
    async fn hashes_of_weaker_parameters_are_told() {
        let brass = Secret::new("brass lantern on the quay");
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(64, 1, 1, None).unwrap(),
        )
        .hash_password_with_salt(brass.reveal().as_bytes(), &[7; 16])
        .unwrap()
        .to_string();
        let verdict = Passwords::default().verify(&brass, Some(weak)).await;
        assert_eq!(verdict, Verdict::RightButOld);
    }
}
