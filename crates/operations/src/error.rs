//! The ways in which an operation fails. One place per face maps these to status codes.

use std::time::Duration;

use domain::access::Permission;
use thiserror::Error;

/// What operations answer.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One thing that is wrong with what was given.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// Which field, as it is called on the wire; a path for one inside a list: `questions/0/label`.
    pub field: String,
    /// What is wrong with it: "is empty".
    pub message: String,
}

/// Why an operation did nothing.
#[derive(Debug, Error)]
pub enum Error {
    /// No such thing, or none that this actor may know of.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// "plan"
        what: &'static str,
        /// Its id or name, as it was asked for.
        id: String,
    },
    /// Nobody is signed in.
    #[error("sign in first")]
    SignInNeeded,
    /// Somebody is, and may not do this.
    #[error("this needs the permission `{permission}`")]
    Forbidden {
        /// What is missing.
        permission: Permission,
    },
    /// It takes a person who is signed in: a token will not do, whatever it may.
    #[error("{0}")]
    PersonNeeded(&'static str),
    /// Somebody else changed it meanwhile.
    #[error("this {what} was changed meanwhile; it is at version {current_version}")]
    Conflict {
        /// "plan"
        what: &'static str,
        /// The version that it has now.
        current_version: i64,
    },
    /// What was given cannot be taken.
    #[error("{}", FieldErrors(.0))]
    Invalid(Vec<FieldError>),
    /// Something else needs it: "plan `gold` has active subscriptions".
    #[error("{0}")]
    InUse(String),
    /// It is not in a state in which this can be done.
    #[error("{0}")]
    WrongState(String),
    /// Tried too often.
    #[error("too many attempts; try again in {} seconds", retry_after.as_secs().max(1))]
    TooMany {
        /// How long to wait.
        retry_after: Duration,
    },
    /// The document cannot be read at all; says where.
    #[error("the document cannot be read")]
    Unreadable(#[source] openapi::ParseError),
    /// An address could not be fetched.
    #[error("the address could not be fetched")]
    Fetch(#[source] outbound::Error),
    /// A link from a mail that is not good (any more).
    #[error(transparent)]
    Link(#[from] LinkError),
    /// Sign-in failed.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// What is sealed in the store does not open: another master key, or damage.
    #[error("a sealed value does not open")]
    Seal(#[source] store::seal::SealError),
    /// Pages of a large document, which wait in a temporary file, do not come back.
    #[error("the pages of the document cannot be read from their temporary file")]
    Shelf(#[source] std::io::Error),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] store::Error),
}

/// Why a link did not do what it is for. Told apart only to whoever holds the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LinkError {
    /// Never made, or for something else.
    #[error("this link is not one of ours, or it is not complete")]
    Unknown,
    /// Too old.
    #[error("this link has expired; ask for a new one")]
    Expired,
    /// Used before, or replaced by a newer one.
    #[error("this link was used already")]
    Used,
}

/// Why a sign-in failed.
#[derive(Debug, Error)]
pub enum SignInError {
    /// Address or password; which one is not told.
    #[error("the e-mail address or the password is wrong")]
    Wrong,
    /// The password was right; the address is not proven yet.
    #[error("the address is not verified yet; use the link that was mailed to it")]
    Unverified,
    /// The password was right; somebody decides first.
    #[error("the account waits for approval")]
    PendingApproval,
    /// The password was right; the account is shut out.
    #[error("the account is suspended")]
    Suspended,
    /// A person without a role at the dashboard.
    #[error("this account has no role in the platform team")]
    NoRole,
    /// The provider is not configured for this face.
    #[error("there is no sign-in with `{0}`")]
    NoProvider(String),
    /// The answer of the provider belongs to no attempt of this browser, or came too late.
    #[error("this sign-in was not begun in this browser, or took too long; begin again")]
    NoAttempt,
    /// The provider said no, or what it said does not hold.
    #[error("the sign-in provider did not confirm who you are")]
    Provider(#[source] crate::sign_in::ProviderError),
    /// The provider gave no address that it has verified.
    #[error("the sign-in provider gave no verified e-mail address")]
    NoVerifiedAddress,
    /// Nobody has that address yet, and this face makes no accounts.
    #[error("there is no account for this address; an admin must make one")]
    NoAccount,
}

impl Error {
    /// One field that is wrong.
    pub fn invalid(field: impl Into<String>, message: impl ToString) -> Self {
        Self::Invalid(vec![FieldError {
            field: field.into(),
            message: message.to_string(),
        }])
    }

    /// A thing that is not there.
    pub fn not_found(what: &'static str, id: impl ToString) -> Self {
        Self::NotFound {
            what,
            id: id.to_string(),
        }
    }
}

struct FieldErrors<'a>(&'a [FieldError]);

impl std::fmt::Display for FieldErrors<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (n, error) in self.0.iter().enumerate() {
            let separator = if n == 0 { "" } else { "; " };
            write!(f, "{separator}{} {}", error.field, error.message)?;
        }
        Ok(())
    }
}
