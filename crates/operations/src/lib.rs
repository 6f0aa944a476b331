//! What a person does that spans tables and faces: every face calls these, permissions are checked here, and each change
//! writes its audit line, its messages and its line of the change feed in one transaction.

pub mod access;
pub mod error;
pub mod fields;
pub mod paging;
pub mod platform;
pub mod secrets;
pub mod settings;
pub mod sign_in;
pub mod work;

pub use error::{Error, FieldError, Result};
pub use paging::{Page, Paging};
pub use platform::Platform;
