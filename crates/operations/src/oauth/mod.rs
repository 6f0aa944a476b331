//! The OAuth 2 server: clients of applications get access tokens, for themselves or for people who consented.

mod access_token;
pub mod authorize;
pub mod client;
mod code;
mod dpop;
pub mod error;
mod family;
pub mod grants;
mod introspect;
mod jwk;
mod keys;
mod metadata;
mod pkce;
pub mod redirect;
mod refresh;
mod revoke;
mod scopes;
mod sweep;
mod token;

pub use error::{Code, OauthError};
pub use introspect::{Asker, introspect};
pub use keys::{ensure_key, jwks, rotate, tend};
pub use metadata::{issuer, metadata};
pub use revoke::revoke;
pub use sweep::forget;
pub use token::{TokenRequest, Tokens, token};
