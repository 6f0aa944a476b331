//! Keys of applications: made and shown once, rotated with an overlap, taken back.

mod certificate;
mod expiry;
mod issue;
mod look;
mod make;
mod revoke;
mod rotate;
mod write;

pub(crate) use certificate::read as read_certificate;
pub use expiry::{remind, sweep};
pub use issue::{Issued, Wanted, issue};
pub use look::{Key, KeyState, by_prefix, find, list, of_application};
pub use make::{MOST_LIVE, NewKey, Shown, create, edit};
pub use revoke::revoke;
pub use rotate::{Overlap, extend, rotate};
