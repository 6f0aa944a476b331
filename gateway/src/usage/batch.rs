//! What was counted: as it is gathered, and as the journal keeps it.

use domain::Timestamp;
use domain::id::{CredentialId, SubscriptionId};
use foldhash::quality::RandomState;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use store::quotas::Charge;
use store::usage::{Key, Row, Sums};

/// What one entry of the journal holds.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Batch {
    pub(crate) rows: Vec<Row>,
    pub(crate) charges: Vec<Charge>,
    pub(crate) seen: Vec<(CredentialId, Timestamp)>,
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.charges.is_empty() && self.seen.is_empty()
    }

    /// Adds another one, merging what has the same key.
    pub(crate) fn merge(&mut self, other: Self) {
        let mut tally = Tally::default();
        tally.add(std::mem::take(self));
        tally.add(other);
        *self = tally.take();
    }
}

/// Sums by their keys, to be added to. Those of thousands of callers lie one behind the other, so that what is taken out is read
/// in one go, and its room is used again.
#[derive(Debug, Default)]
pub(super) struct Tally {
    rows: IndexMap<(i64, Key), Sums, RandomState>,
    charges: IndexMap<(SubscriptionId, Timestamp), i64, RandomState>,
    seen: IndexMap<CredentialId, Timestamp, RandomState>,
}

impl Tally {
    /// Keys that requests were counted by.
    pub(super) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// What was summed up for a minute and a key, to add to it.
    pub(super) fn sums(&mut self, minute: i64, key: Key) -> &mut Sums {
        self.rows.entry((minute, key)).or_default()
    }

    /// Charges calls to a quota; a negative number gives them back.
    pub(super) fn charge(&mut self, subscription: SubscriptionId, start: Timestamp, calls: i64) {
        *self.charges.entry((subscription, start)).or_default() += calls;
    }

    /// Notes that a credential was used.
    pub(super) fn seen(&mut self, credential: CredentialId, at: Timestamp) {
        let last = self.seen.entry(credential).or_insert(at);
        *last = (*last).max(at);
    }

    /// Adds all of a batch.
    pub(super) fn add(&mut self, batch: Batch) {
        for row in batch.rows {
            self.sums(row.minute, row.key).add(&row.sums);
        }
        for charge in batch.charges {
            self.charge(charge.subscription_id, charge.period_start, charge.used);
        }
        for (credential, at) in batch.seen {
            self.seen(credential, at);
        }
    }

    /// Takes everything out and leaves room for as much.
    pub(super) fn take(&mut self) -> Batch {
        let (rows, charges) = (self.rows.drain(..), self.charges.drain(..));
        Batch {
            rows: rows
                .map(|((minute, key), sums)| Row { minute, key, sums })
                .collect(),
            charges: charges
                .map(|((subscription_id, period_start), used)| Charge {
                    subscription_id,
                    period_start,
                    used,
                })
                .collect(),
            seen: self.seen.drain(..).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_adds_up() {
        let credential = CredentialId::NIL;
        let batch = |used, at| Batch {
            charges: vec![Charge {
                subscription_id: SubscriptionId::NIL,
                period_start: Timestamp::from_seconds(0),
                used,
            }],
            seen: vec![(credential, Timestamp::from_seconds(at))],
            ..Batch::default()
        };
        let mut a = batch(1, 9);
        a.merge(batch(4, 8));
        assert_eq!(a, batch(5, 9));
    }
}
