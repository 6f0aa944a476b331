//! Certificates by ACME (RFC 8555): how a host is proven, and where an order stands.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::word::{UnknownWord, words};

words! {
    /// How it is proven that a host is ours.
    pub enum ChallengeKind {
        /// By an answer in the clear on port 80 (RFC 8555 section 8.3).
        Http01 = "http-01",
        /// By a certificate shown in a handshake on port 443 (RFC 8737).
        TlsAlpn01 = "tls-alpn-01",
    }
}

words! {
    /// Where an order stands.
    pub enum OrderState {
        /// Nothing was tried yet.
        Waiting = "waiting",
        /// There is a certificate, and it will be renewed.
        Issued = "issued",
        /// The last attempt failed; it will be tried again. A certificate of before stays in force.
        Failed = "failed",
    }
}

/// Host names that one order may hold.
pub const MOST_NAMES: usize = 20;
