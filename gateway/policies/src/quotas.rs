//! Calendar budgets of one node: what was used in the period, seeded from the store, never read from it on the way.

use std::collections::HashMap;
use std::time::Duration;

use domain::Timestamp;
use domain::limit::Quota;
use foldhash::quality::RandomState;
use parking_lot::Mutex;
use uuid::Uuid;

const SHARDS: usize = 64;

/// One thing taken from a quota at admission: the line that the usage journal keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    /// Whose budget: the subscription's id for a plan's quota, a derived id for a quota policy.
    pub counter: Uuid,
    /// The period that it belongs to.
    pub period_start: Timestamp,
    /// How much.
    pub amount: u64,
}

/// Where a budget stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// Used in the period, this request included when it was admitted.
    pub used: u64,
    /// When the period began.
    pub period_start: Timestamp,
    /// When the next one begins.
    pub period_end: Timestamp,
}

/// The budgets of a node. All workers share one.
pub struct Quotas {
    shards: Box<[Mutex<Table>]>,
}

/// Counters by whose budget it is and when its period began.
type Table = HashMap<(Uuid, Timestamp), Counter, RandomState>;

/// The store's sum and what this node took since.
#[derive(Default)]
struct Counter {
    stored: u64,
    pending: u64,
    ends_at: Option<Timestamp>,
}

impl Counter {
    fn used(&self) -> u64 {
        self.stored.saturating_add(self.pending)
    }
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }
}

impl Quotas {
    /// Takes `amount` from the period that holds `now`, unless that would be more than is left: then the balance is the
    /// error, and nothing was taken.
    pub fn take(
        &self,
        counter: Uuid,
        quota: Quota,
        amount: u64,
        now: Timestamp,
    ) -> Result<Balance, Balance> {
        let (period_start, period_end) = quota.period.bounds(now);
        let mut shard = self.shard(counter).lock();
        let entry = shard.entry((counter, period_start)).or_default();
        entry.ends_at = Some(period_end);
        let admitted = entry.used().saturating_add(amount) <= quota.requests;
        if admitted {
            entry.pending += amount;
        }
        let balance = Balance {
            used: entry.used(),
            period_start,
            period_end,
        };
        if admitted { Ok(balance) } else { Err(balance) }
    }

    /// Takes `amount` whether there is room or not: what is known only when the work is done.
    pub fn charge(&self, counter: Uuid, quota: Quota, amount: u64, now: Timestamp) -> Balance {
        let (period_start, period_end) = quota.period.bounds(now);
        let mut shard = self.shard(counter).lock();
        let entry = shard.entry((counter, period_start)).or_default();
        entry.ends_at = Some(period_end);
        entry.pending = entry.pending.saturating_add(amount);
        Balance {
            used: entry.used(),
            period_start,
            period_end,
        }
    }

    /// Gives back what a request took that was refused after all. Only before its charge was written to the journal.
    pub fn give_back(&self, charge: Charge) {
        let mut shard = self.shard(charge.counter).lock();
        if let Some(entry) = shard.get_mut(&(charge.counter, charge.period_start)) {
            entry.pending = entry.pending.saturating_sub(charge.amount);
        }
    }

    /// Says what the store holds (the sum of all nodes, this one's flushes included). At start, and whenever it was read again.
    pub fn observe(&self, counter: Uuid, period_start: Timestamp, stored: u64) {
        let mut shard = self.shard(counter).lock();
        shard.entry((counter, period_start)).or_default().stored = stored;
    }

    /// Adds what the journal holds and the store does not yet: after a restart.
    pub fn replay(&self, charge: Charge) {
        let mut shard = self.shard(charge.counter).lock();
        let key = (charge.counter, charge.period_start);
        shard.entry(key).or_default().pending += charge.amount;
    }

    /// Says that a charge (or a sum of charges) is in the store now.
    pub fn flushed(&self, charge: Charge) {
        let mut shard = self.shard(charge.counter).lock();
        let key = (charge.counter, charge.period_start);
        let entry = shard.entry(key).or_default();
        entry.pending = entry.pending.saturating_sub(charge.amount);
        entry.stored = entry.stored.saturating_add(charge.amount);
    }

    /// What was used in a period, as far as this node knows.
    pub fn used(&self, counter: Uuid, period_start: Timestamp) -> u64 {
        let shard = self.shard(counter).lock();
        shard.get(&(counter, period_start)).map_or(0, Counter::used)
    }

    /// Forgets periods that ended more than an hour ago and have nothing left to write.
    pub fn sweep(&self, now: Timestamp) {
        const LONGEST: Duration = Duration::from_secs(32 * 86_400);
        const GRACE: Duration = Duration::from_secs(3_600);
        for shard in &self.shards {
            shard.lock().retain(|(_, period_start), entry| {
                let ends_at = entry.ends_at.unwrap_or(*period_start + LONGEST);
                entry.pending > 0 || ends_at + GRACE > now
            });
        }
    }

    fn shard(&self, counter: Uuid) -> &Mutex<Table> {
        let mixed = counter
            .as_u128()
            .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let index = usize::try_from(mixed >> 64 & 0x3f).expect("six bits fit");
        &self.shards[index]
    }
}
