//! Bearer tokens of the admin API.

mod authenticate;
mod manage;

pub use authenticate::authenticate;
pub use manage::{Created, NewToken, Whose, create, list, revoke};
pub use store::api_tokens::ApiToken;

/// How every token begins, so that secret scanners can find one.
pub const PREFIX: &str = "gh_admin_";
