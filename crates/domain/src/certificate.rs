//! Certificates: what one is for, and what is asked of clients.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::word::{UnknownWord, words};

words! {
    /// What a certificate is shown to.
    pub enum CertificateUse {
        /// Callers: the gateway shows it for the host names in it.
        Server = "server",
        /// Upstreams: the gateway shows it where an upstream asks who calls.
        Client = "client",
    }
}

words! {
    /// Whether callers of the hosts of a certificate show a certificate of their own.
    pub enum ClientAuth {
        /// They are not asked.
        None = "none",
        /// They are asked, and may go on without; one that does not verify ends the handshake.
        Optional = "optional",
        /// Without one there is no connection.
        Required = "required",
    }
}
