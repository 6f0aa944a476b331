//! Signing in: with a password, or with somebody else who says who a person is.

mod github;
mod oidc;
mod password;
pub(crate) mod passwords;
pub mod providers;
mod session;
pub mod sessions;

pub use password::{Attempt, with_password};
pub use providers::ProviderError;
pub use session::{Opened, SignedIn, session, sign_out};
pub(crate) use session::{Visitor, open};
