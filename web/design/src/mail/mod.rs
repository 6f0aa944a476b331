//! The mails that the platform sends, each as HTML and as text from the same words.

mod account;
mod keys;
mod letter;
mod people;
mod subscriptions;

pub use account::{AccountApproved, PasswordReset, TestMail, VerifyAddress};
pub use keys::{KeyExpires, KeyRevoked, KeyRotated};
pub use letter::{Rendered, Sender};
pub use people::{AccountExists, AccountRefused, SubscriptionTurned, Welcome};
pub use subscriptions::{SubscriptionApproved, SubscriptionRefused, SubscriptionRequested};
