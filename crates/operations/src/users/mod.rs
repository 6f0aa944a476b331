//! People, for the platform team: making accounts, giving roles, shutting out.

mod create;
mod list;
mod role;
mod state;

pub use create::{Created, NewUser, create};
pub use list::{User, find, list};
pub use role::{assign_role, revoke_role};
pub use state::{resume, suspend};
pub use store::accounts::{AccountFilter, Team};
