//! The change feed: which entities the gateway knows, and that one of them changed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::word::{UnknownWord, words};

words! {
    /// What a line of the change feed is about. In the order in which a node applies them.
    pub enum ChangeKind {
        /// A key that signs playground tokens or access tokens.
        SigningKey = "signing_key",
        /// A bundle of certificate authorities.
        Ca = "ca",
        /// A certificate with its sealed key.
        Certificate = "certificate",
        /// An upstream with its targets.
        Upstream = "upstream",
        /// An API version with its API's name and its lifecycle.
        ApiVersion = "api_version",
        /// A route.
        Route = "route",
        /// A policy.
        Policy = "policy",
        /// A product with the API versions in it.
        Product = "product",
        /// A plan.
        Plan = "plan",
        /// An application.
        Application = "application",
        /// A subscription.
        Subscription = "subscription",
        /// A credential.
        Credential = "credential",
        /// An access token, a family or a grant whose tokens are refused before their end.
        OauthRevocation = "oauth_revocation",
        /// An order to forget stored answers: carried out when it is read, never part of the configuration.
        CachePurge = "cache_purge",
        /// A proof that a host is ours: nodes answer it while it is there; never part of the configuration.
        AcmeChallenge = "acme_challenge",
        /// What the document of an API version promises. Never a line of the feed: it follows from the version's document and
        /// the policies that ask for it.
        Contract = "contract",
    }
}

/// One line of the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What it is.
    pub kind: ChangeKind,
    /// Which one.
    pub id: Uuid,
    /// Whether it is gone.
    pub deleted: bool,
}
