//! States of what publishers make: API versions, products, plans.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::word::{UnknownWord, words};

words! {
    /// Where an API version stands. Deprecated, retired and unpublished (back to draft) are three different things.
    pub enum Lifecycle {
        /// Not on the gateway, not in the portal.
        Draft = "draft",
        /// Called and shown.
        Published = "published",
        /// Still called, with `Deprecation` and `Sunset` headers; no new subscriptions.
        Deprecated = "deprecated",
        /// Calls are refused with 410; the page says what came after.
        Retired = "retired",
    }
}

impl Lifecycle {
    /// Whether the gateway answers for it at all.
    pub const fn is_routed(self) -> bool {
        !matches!(self, Self::Draft)
    }

    /// Whether a version may go from here to there.
    pub const fn may_become(self, next: Self) -> bool {
        use Lifecycle::{Deprecated, Draft, Published, Retired};
        matches!(
            (self, next),
            (Draft, Published)
                | (Published, Draft | Deprecated | Retired)
                | (Deprecated, Published | Retired)
                | (Retired, Published | Deprecated)
        )
    }
}

words! {
    /// Who sees an API or a product in the portal.
    pub enum Visibility {
        /// Everybody.
        Public = "public",
        /// Whoever is signed in.
        Registered = "registered",
        /// Nobody but the platform team.
        Hidden = "hidden",
    }
}

words! {
    /// Where a product stands.
    pub enum ProductState {
        /// Being made.
        Draft = "draft",
        /// On offer.
        Published = "published",
        /// Off the shelf; what is subscribed goes on.
        Retired = "retired",
    }
}

words! {
    /// Where a plan stands.
    pub enum PlanState {
        /// Can be subscribed to.
        Active = "active",
        /// No new subscriptions; the old ones go on.
        Deprecated = "deprecated",
        /// Authorises nothing.
        Retired = "retired",
    }
}

words! {
    /// How a subscription to a plan begins.
    pub enum Approval {
        /// At once.
        Instant = "instant",
        /// After somebody of the platform team said yes.
        Reviewed = "reviewed",
    }
}

words! {
    /// How a route's path is read.
    pub enum PathKind {
        /// The whole path.
        Exact = "exact",
        /// The path and everything below it.
        Prefix = "prefix",
        /// `{param}` stands for one segment, `{param*}` at the end for the rest.
        Template = "template",
        /// A regular expression over the whole path (linear-time engine).
        Regex = "regex",
    }
}

words! {
    /// What a policy is attached to. From wide to narrow.
    pub enum PolicyScope {
        /// Every request.
        Global = "global",
        /// Every version of an API.
        Api = "api",
        /// One version of an API.
        Version = "version",
        /// One route.
        Route = "route",
        /// What is called through a product.
        Product = "product",
        /// What is called under a plan.
        Plan = "plan",
        /// What an application calls.
        Application = "application",
    }
}

#[cfg(test)]
mod tests {
    use super::Lifecycle::*;

    #[test]
    fn a_draft_cannot_be_deprecated() {
        assert!(!Draft.may_become(Deprecated));
        assert!(Draft.may_become(Published));
        assert!(!Published.may_become(Published));
    }
}
