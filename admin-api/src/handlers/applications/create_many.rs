//! `POST /applications/batches`

use super::Application;
use crate::body::Body;
use crate::caller::Caller;
use crate::handlers::credentials::{NewCredential, NewSecret};
use crate::handlers::subscriptions::{Answer, Subscription};
use crate::many::{self, Batch};
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use domain::access::Permission;
use domain::actor::Actor;
use faces::problem::Problem;
use operations::access::need;
use operations::applications::{Input, Whole, Wish, create_whole};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Applications to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewApplications {
    /// At most 200.
    items: Vec<WholeApplication>,
}

/// An application to make, with what it may call and how it is known.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WholeApplication {
    /// Whose it is; the caller when left out.
    #[serde(default)]
    owner_id: Option<Uuid>,
    /// Its name.
    name: String,
    /// What it is.
    #[serde(default)]
    description: String,
    /// What it may call: in force at once where the plan is instant, waiting for a decision otherwise.
    #[serde(default)]
    subscriptions: Vec<PlanWish>,
    /// How it is known.
    #[serde(default)]
    credentials: Vec<NewCredential>,
}

/// A plan that an application is to have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PlanWish {
    /// The plan.
    plan_id: Uuid,
    /// Answers to the plan's questions.
    #[serde(default)]
    answers: Vec<Answer>,
    /// Whether the terms are accepted.
    #[serde(default)]
    accepts_terms: bool,
}

/// An application that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MadeApplication {
    /// The application.
    application: Application,
    /// Its subscriptions, in the order of the request.
    subscriptions: Vec<Subscription>,
    /// Its credentials, in the order of the request. This is the only time that their secrets are shown.
    credentials: Vec<NewSecret>,
}

/// Makes many applications with their subscriptions and credentials. Each stands for itself: all of one is made, or nothing of
/// it; the others do not care.
#[utoipa::path(post, path = "/applications/batches", tag = "Applications", operation_id = "create_applications", request_body = NewApplications, responses((status = 200, description = "What came of each", body = Batch<MadeApplication>), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn create_applications(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<NewApplications>,
) -> Result<Json<Batch<MadeApplication>>, Problem> {
    need(&actor, Permission::ConsumersWrite)?;
    many::few_enough(&body.items)?;
    let mut results = Vec::with_capacity(body.items.len());
    for item in body.items {
        results.push(Box::pin(make(&admin, &actor, item)).await);
    }
    Ok(Json(Batch::of(results)))
}

async fn make(
    admin: &Admin,
    actor: &Actor,
    wanted: WholeApplication,
) -> Result<MadeApplication, Problem> {
    let platform = &admin.platform;
    let owner = match wanted.owner_id {
        Some(owner) => owner.into(),
        None => operations::access::person(actor)?,
    };
    let credentials = wanted.credentials.iter().map(NewCredential::proof);
    let wish = |wish: PlanWish| Wish {
        plan: wish.plan_id.into(),
        answers: wish.answers.into_iter().map(Into::into).collect(),
        accepts_terms: wish.accepts_terms,
    };
    let whole = Whole {
        owner,
        input: Input {
            name: wanted.name,
            description: wanted.description,
        },
        credentials: credentials.collect::<Result<_, _>>()?,
        subscriptions: wanted.subscriptions.into_iter().map(wish).collect(),
    };
    let made = create_whole(platform, actor, whole).await?;
    let found = operations::applications::find(platform, actor, made.application.id).await?;
    let mut subscriptions = Vec::with_capacity(made.subscriptions.len());
    for one in &made.subscriptions {
        let found = operations::subscriptions::find(platform, actor, one.id).await?;
        subscriptions.push(found.line.into());
    }
    Ok(MadeApplication {
        application: found.into(),
        subscriptions,
        credentials: made.credentials.into_iter().map(Into::into).collect(),
    })
}
