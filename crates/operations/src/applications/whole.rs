//! An application with its subscriptions and its credentials, made as one: all of it, or nothing.

use domain::Timestamp;
use domain::access::Permission;
use domain::actor::Actor;
use domain::id::{AccountId, PlanId};
use store::applications::Application;
use store::subscriptions::Subscription;

use super::{Input, create_for};
use crate::access::need;
use crate::credentials::{self, Issued, Wanted};
use crate::error::{Error, FieldError, Result};
use crate::plans::AnswerInput;
use crate::platform::Platform;
use crate::subscriptions;
use crate::work::Shared;

/// A subscription that the application gets.
#[derive(Debug, Clone)]
pub struct Wish {
    /// On which terms.
    pub plan: PlanId,
    /// The answers to the plan's form.
    pub answers: Vec<AnswerInput>,
    /// Whether the plan's terms were accepted.
    pub accepts_terms: bool,
}

/// A credential that the application gets.
#[derive(Debug, Clone)]
pub struct Proof {
    /// What people call it.
    pub label: String,
    /// From when on it is refused.
    pub expires_at: Option<Timestamp>,
    /// What kind, with what it needs.
    pub wanted: Wanted,
}

/// All of an application.
#[derive(Debug, Clone)]
pub struct Whole {
    /// Whose it is.
    pub owner: AccountId,
    /// What is said of it.
    pub input: Input,
    /// What it may call.
    pub subscriptions: Vec<Wish>,
    /// How it is known.
    pub credentials: Vec<Proof>,
}

/// What was made.
#[derive(Clone)]
pub struct Made {
    /// The application.
    pub application: Application,
    /// Its subscriptions, in the order of the wishes: in force, or waiting for a decision.
    pub subscriptions: Vec<Subscription>,
    /// Its credentials; their secrets are shown this once.
    pub credentials: Vec<Issued>,
}

/// Makes all of an application for somebody, in one transaction.
///
/// # Errors
/// Those of its parts. What is wrong with a field says where: `credentials/1/label`.
pub async fn create_whole(platform: &Platform, actor: &Actor, whole: Whole) -> Result<Made> {
    need(actor, Permission::ConsumersWrite)?;
    let shared = Shared::new(platform.begin(actor).await?);
    let inner = platform.sharing(&shared);
    let application = create_for(&inner, actor, whole.owner, &whole.input).await?;
    let mut made = Made {
        subscriptions: Vec::with_capacity(whole.subscriptions.len()),
        credentials: Vec::with_capacity(whole.credentials.len()),
        application,
    };
    for (index, wish) in whole.subscriptions.into_iter().enumerate() {
        let request = subscriptions::Request {
            application: made.application.id,
            plan: wish.plan,
            answers: wish.answers,
            accepts_terms: wish.accepts_terms,
        };
        let done = subscriptions::request(&inner, actor, &request).await;
        made.subscriptions
            .push(done.map_err(|error| at("subscriptions", index, error))?);
    }
    for (index, proof) in whole.credentials.into_iter().enumerate() {
        let id = made.application.id;
        let done = credentials::issue(
            &inner,
            actor,
            id,
            &proof.label,
            proof.expires_at,
            &proof.wanted,
        )
        .await;
        made.credentials
            .push(done.map_err(|error| at("credentials", index, error))?);
    }
    shared.finish()?.commit().await?;
    Ok(made)
}

fn at(list: &str, index: usize, error: Error) -> Error {
    match error {
        Error::Invalid(fields) => Error::Invalid(
            fields
                .into_iter()
                .map(|one| FieldError {
                    field: format!("{list}/{index}/{}", one.field),
                    message: one.message,
                })
                .collect(),
        ),
        other => other,
    }
}
