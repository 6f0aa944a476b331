//! Why somebody else's word about a person was not taken.

use thiserror::Error;

/// Why somebody else's word about a person was not taken.
#[derive(Debug, Error)]
pub enum ProviderError {
    /// It answered with an error of its own (RFC 6749, 4.1.2.1): "access_denied".
    #[error("the provider refused: {0}")]
    Refused(String),
    /// Its discovery document, keys or token could not be fetched.
    #[error("the provider cannot be reached")]
    Unreachable(#[source] outbound::Error),
    /// It answered with something that is not what the protocol says.
    #[error("the provider's {what} cannot be read")]
    Unreadable {
        /// "token", "discovery document"
        what: &'static str,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The id token is for somebody else, too old, or not signed by the issuer.
    #[error("the provider's id token does not hold")]
    Token(#[source] Box<dyn std::error::Error + Send + Sync>),
}
