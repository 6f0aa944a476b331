//! States of what developers ask for: applications and subscriptions.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::word::{UnknownWord, words};

words! {
    /// Where a subscription stands. Only `active` authorises calls.
    pub enum SubscriptionState {
        /// Asked for; somebody decides.
        Pending = "pending",
        /// In force.
        Active = "active",
        /// Refused, with a reason.
        Rejected = "rejected",
        /// Stopped by the platform team; can be resumed.
        Suspended = "suspended",
        /// Ended by its owner or by the platform team.
        Cancelled = "cancelled",
    }
}

impl SubscriptionState {
    /// Whether it stands in the way of another one for the same application and product.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Active | Self::Suspended)
    }

    /// Whether a subscription may go from here to there.
    pub const fn may_become(self, next: Self) -> bool {
        use SubscriptionState::{Active, Cancelled, Pending, Rejected, Suspended};
        matches!(
            (self, next),
            (Pending, Active | Rejected | Cancelled)
                | (Active, Suspended | Cancelled)
                | (Suspended, Active | Cancelled)
        )
    }
}

words! {
    /// Where an application stands.
    pub enum ApplicationState {
        /// Its credentials are taken.
        Active = "active",
        /// Shut out by the platform team.
        Suspended = "suspended",
    }
}

#[cfg(test)]
mod tests {
    use super::SubscriptionState::*;

    #[test]
    fn what_ended_does_not_begin_again() {
        for ended in [Rejected, Cancelled] {
            assert!(
                super::SubscriptionState::ALL
                    .iter()
                    .all(|next| !ended.may_become(*next))
            );
        }
    }
}
