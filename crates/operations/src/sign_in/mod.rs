//! Signing in: with a password, or with somebody else who says who a person is.

pub mod passwords;
mod provider_error;

pub use provider_error::ProviderError;
