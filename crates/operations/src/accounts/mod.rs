//! Accounts: signing up, proving an address, passwords, and being let in.

mod approval;
mod links;
mod password;
mod profile;
mod set_up;
mod sign_up;
mod verify;

pub use approval::{approve, refuse};
pub use links::{LinkView, look_up as look_up_link};
pub(crate) use links::{NewLink, write as write_link};
pub use password::{change_password, choose_password, request_reset};
pub use profile::{Profile, profile, rename};
pub use set_up::{set_up, set_up_link};
pub use sign_up::{NewAccount, resend, sign_up};
pub use verify::{Verified, verify};
pub(crate) use verify::{next_state, tell_approvers};
