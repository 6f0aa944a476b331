//! Documents between two steps of an import: kept in memory for whoever uploaded them, for an hour.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::Timestamp;
use domain::id::AccountId;

/// How long a document waits for its next step.
const PATIENCE: Duration = Duration::from_secs(3_600);
/// How much is kept in all; the oldest goes first.
const ROOM: usize = 128 << 20;

/// Documents that wait for their next step. Cheap to clone.
#[derive(Clone, Default)]
pub struct Stash(Arc<Mutex<VecDeque<Kept>>>);

struct Kept {
    token: String,
    whose: AccountId,
    at: Timestamp,
    bytes: Arc<Vec<u8>>,
}

impl Stash {
    /// Keeps a document under a token.
    pub(crate) fn keep(&self, token: String, whose: AccountId, at: Timestamp, bytes: Vec<u8>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back(Kept {
            token,
            whose,
            at,
            bytes: Arc::new(bytes),
        });
        let mut size: usize = kept.iter().map(|one| one.bytes.len()).sum();
        while let Some(oldest) = kept.front() {
            let is_old = at.since(oldest.at) > PATIENCE;
            if !is_old && (size <= ROOM || kept.len() == 1) {
                break;
            }
            size -= oldest.bytes.len();
            kept.pop_front();
        }
    }

    /// The document of a token, for whoever kept it.
    pub(crate) fn find(&self, token: &str, whose: AccountId, now: Timestamp) -> Option<Vec<u8>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter()
            .find(|one| one.token == token && one.whose == whose && now.since(one.at) <= PATIENCE)
            .map(|one| one.bytes.as_ref().clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_kept_for_its_owner_and_for_an_hour() {
        let (stash, owner) = (Stash::default(), AccountId::NIL);
        let start = Timestamp::from_seconds(1_000);
        stash.keep("t".to_owned(), owner, start, b"openapi".to_vec());
        let later = start + Duration::from_secs(3_000);
        assert_eq!(
            stash.find("t", owner, later).as_deref(),
            Some(b"openapi".as_slice())
        );
        let other = AccountId::new(uuid::Uuid::from_u128(7));
        assert_eq!(stash.find("t", other, later), None);
        assert_eq!(
            stash.find("t", owner, start + Duration::from_secs(3_601)),
            None
        );
    }

    #[test]
    fn the_oldest_goes_when_there_is_no_room() {
        let (stash, owner) = (Stash::default(), AccountId::NIL);
        let now = Timestamp::from_seconds(1_000);
        stash.keep("a".to_owned(), owner, now, vec![0; ROOM / 2]);
        stash.keep("b".to_owned(), owner, now, vec![0; ROOM / 2 + 1]);
        assert!(stash.find("a", owner, now).is_none());
        assert!(stash.find("b", owner, now).is_some());
    }
}
