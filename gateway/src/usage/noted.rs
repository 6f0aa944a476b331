//! Which credentials the store knows to be in use.

use std::collections::HashMap;
use std::time::Duration;

use domain::Timestamp;
use domain::id::CredentialId;
use parking_lot::Mutex;

/// One that stays in use is noted again after so long: the store knows its last use to the minute.
const AGAIN: Duration = Duration::from_secs(60);

/// Credentials that were noted lately, and when they had been used.
#[derive(Debug, Default)]
pub(super) struct Noted(Mutex<HashMap<CredentialId, Timestamp>>);

impl Noted {
    /// Those of the credentials that are to be noted now.
    pub(super) fn due(
        &self,
        seen: &[(CredentialId, Timestamp)],
        now: Timestamp,
    ) -> Vec<(CredentialId, Timestamp)> {
        let mut noted = self.0.lock();
        let since = now - AGAIN;
        noted.retain(|_, at| *at > since);
        let seen = seen.iter();
        seen.filter(|(credential, _)| !noted.contains_key(credential))
            .copied()
            .collect()
    }

    /// Says that the store has them.
    pub(super) fn add(&self, seen: Vec<(CredentialId, Timestamp)>) {
        self.0.lock().extend(seen);
    }
}

#[cfg(test)]
mod tests {
    use domain::Id;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_first_use_is_noted_at_once_and_later_ones_by_the_minute() {
        let used = |n: u128, at| (Id::new(Uuid::from_u128(n)), Timestamp::from_seconds(at));
        let now = Timestamp::from_seconds;
        let noted = Noted::default();
        let first = [used(1, 100), used(2, 101)];
        assert_eq!(noted.due(&first, now(101)), first);
        // they were not written
        assert_eq!(noted.due(&first, now(102)), first);
        noted.add(first.to_vec());
        let next = [used(1, 159), used(3, 159)];
        assert_eq!(noted.due(&next, now(159)), [used(3, 159)]);
        let later = [used(1, 160), used(2, 160)];
        assert_eq!(noted.due(&later, now(160)), [used(1, 160)]);
    }
}
