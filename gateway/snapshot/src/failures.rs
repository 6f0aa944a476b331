//! How often policies could not do their work, by kind.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gateway_policies::registry;
use serde::Serialize;

/// The failures of one kind since the node began. What the platform attaches by itself (a plan's limits, keys where no policy
/// asks who calls) has nothing that could fail, and is not counted.
#[derive(Debug, Default)]
pub struct Tally {
    refused: AtomicU64,
    passed: AtomicU64,
}

impl Tally {
    /// One more, which the request was refused for.
    pub(crate) fn refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// One more, which the request passed all the same: `on_error: open`.
    pub(crate) fn passed(&self) {
        self.passed.fetch_add(1, Ordering::Relaxed);
    }
}

/// The counts of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyFailures {
    /// The kind.
    pub policy: &'static str,
    /// Failures for which requests (or their answers) were refused.
    pub refused: u64,
    /// Failures that were passed over, because the policy's `on_error` is `open`.
    pub passed: u64,
}

/// The failures of every kind.
#[derive(Debug)]
pub(crate) struct Failures(Vec<Arc<Tally>>);

impl Default for Failures {
    fn default() -> Self {
        Self(registry::kinds().iter().map(|_| Arc::default()).collect())
    }
}

impl Failures {
    /// Of the kind at this place of the registry.
    pub(crate) fn of(&self, place: usize) -> Arc<Tally> {
        self.0.get(place).cloned().unwrap_or_default()
    }

    /// The counts of the kinds that failed at all.
    pub(crate) fn counts(&self) -> Vec<PolicyFailures> {
        let counts = registry::kinds().iter().zip(&self.0);
        let counts = counts.map(|(kind, tally)| PolicyFailures {
            policy: kind.name,
            refused: tally.refused.load(Ordering::Relaxed),
            passed: tally.passed.load(Ordering::Relaxed),
        });
        counts
            .filter(|counts| counts.refused + counts.passed > 0)
            .collect()
    }
}
