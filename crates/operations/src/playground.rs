//! Playground tokens: what the try-it page calls with, so that no key is pasted. Signed, good for fifteen minutes and for
//! one subscription.

mod issue;
mod key;
mod token;

pub use issue::{Choice, Issued, choices, issue, issue_under};
pub use key::{PURPOSE, ensure_key};
pub use token::{Claims, LIFE, PREFIX, TokenError, verify};
