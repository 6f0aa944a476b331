//! What a client is told when it gets nothing (RFC 6749, sections 4.1.2.1 and 5.2).

use std::fmt;

use thiserror::Error;

/// The words of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// A parameter is missing, doubled or malformed.
    InvalidRequest,
    /// The client did not prove itself.
    InvalidClient,
    /// The code or refresh token is not good (any more), or another client's.
    InvalidGrant,
    /// The client may not ask for this.
    UnauthorizedClient,
    /// The platform has no such grant.
    UnsupportedGrantType,
    /// The platform answers with codes only.
    UnsupportedResponseType,
    /// A scope that is none, or that no plan of the application allows.
    InvalidScope,
    /// The person said no.
    AccessDenied,
    /// The proof of the client's key is not good (RFC 9449, section 5).
    InvalidDpopProof,
}

impl Code {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::InvalidDpopProof => "invalid_dpop_proof",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a client gets nothing.
#[derive(Debug, Error)]
pub enum OauthError {
    /// The client can mend it.
    #[error("{code}: {description}")]
    Refused {
        /// The word of the standard.
        code: Code,
        /// What is wrong, for whoever writes the client.
        description: String,
    },
    /// The platform failed, or the one who asks may not.
    #[error(transparent)]
    Failed(#[from] crate::Error),
}

impl OauthError {
    /// A refusal.
    pub fn refused(code: Code, description: impl Into<String>) -> Self {
        Self::Refused {
            code,
            description: description.into(),
        }
    }
}

impl From<store::Error> for OauthError {
    fn from(error: store::Error) -> Self {
        Self::Failed(error.into())
    }
}
