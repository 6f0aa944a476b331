//! The mails that the platform sends, each as HTML and as text from the same words.

mod account;
mod keys;
mod letter;
mod people;
mod subscriptions;
mod turned;

pub use account::{AccountApproved, PasswordReset, TestMail, VerifyAddress};
pub use keys::{KeyExpires, KeyRevoked, KeyRotated};
pub use letter::{Rendered, Sender};
pub use people::{AccountExists, AccountRefused, AccountTurned, Welcome};
pub use subscriptions::{SubscriptionApproved, SubscriptionRefused, SubscriptionRequested};
pub use turned::{SubscriptionTurned, VersionEnds};
