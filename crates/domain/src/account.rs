//! People who can sign in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::word::{UnknownWord, words};

words! {
    /// Where an account stands.
    pub enum AccountState {
        /// Signed up; the address is not proven yet.
        Unverified = "unverified",
        /// Proven, and waiting for somebody to let it in (only where the platform asks for that).
        PendingApproval = "pending_approval",
        /// May sign in.
        Active = "active",
        /// Shut out by an admin.
        Suspended = "suspended",
    }
}

words! {
    /// The face that a session belongs to.
    pub enum Face {
        /// The developer portal.
        Portal = "portal",
        /// The admin dashboard.
        Admin = "admin",
    }
}

words! {
    /// What a link in a mail is good for.
    pub enum LinkPurpose {
        /// Prove the address.
        VerifyAddress = "verify_address",
        /// Set a new password.
        ResetPassword = "reset_password",
        /// Make the first admin.
        SetUp = "set_up",
        /// Choose the first password of an account that an admin made.
        Welcome = "welcome",
    }
}
