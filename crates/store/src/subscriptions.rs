//! Subscriptions: application x product x plan.

use domain::Timestamp;
use domain::id::{AccountId, ApplicationId, PlanId, ProductId, SubscriptionId, WorkspaceId};
use domain::subscription::SubscriptionState;
use domain::text::Slug;
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

/// An answer to a question of the plan's form, with the question as it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The question's name.
    pub name: Slug,
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: String,
}

record! {
    /// What an application may call, and on which terms.
    #[derive(Debug, Clone)]
    pub struct Subscription {
        /// Its id.
        pub id: SubscriptionId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// Who calls.
        pub application_id: ApplicationId,
        /// What is called.
        pub product_id: ProductId,
        /// On which terms.
        pub plan_id: PlanId,
        /// Where it stands.
        pub state: SubscriptionState,
        /// The answers to the plan's form.
        pub answers: Json<Vec<Answer>>,
        /// The plan that was asked for in place of this one; nil when no change waits.
        pub next_plan_id: PlanId,
        /// The answers to that plan's form.
        pub next_answers: Json<Vec<Answer>>,
        /// Whether somebody has to decide.
        pub waiting: bool,
        /// Why it was refused or stopped.
        pub reason: String,
        /// Who asked last; nil for the platform.
        pub requested_by: AccountId,
        /// Who decided last; nil for nobody.
        pub decided_by: AccountId,
        /// When it (or the change that waits) was asked for.
        pub requested_at: Timestamp,
        /// When that was decided; none for plans without review.
        pub decided_at: Option<Timestamp>,
        /// When it first came into force.
        pub started_at: Option<Timestamp>,
        /// When it was refused or cancelled.
        pub ended_at: Option<Timestamp>,
        /// When it was last changed.
        pub updated_at: Timestamp,
        /// Counts the changes.
        pub version: i64,
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, application_id, product_id, plan_id, state, answers, next_plan_id, next_answers, \
             waiting, reason, requested_by, decided_by, requested_at, decided_at, started_at, ended_at, updated_at, version \
             FROM subscription ",
            $rest
        )
    };
}

statements! {
    INSERT = "INSERT INTO subscription (id, workspace_id, application_id, product_id, plan_id, state, answers, \
              next_plan_id, next_answers, waiting, reason, requested_by, decided_by, requested_at, decided_at, started_at, \
              ended_at, updated_at, version) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";
    UPDATE = "UPDATE subscription SET plan_id = $4, state = $5, answers = $6, next_plan_id = $7, next_answers = $8, \
              waiting = $9, reason = $10, requested_by = $11, decided_by = $12, requested_at = $13, decided_at = $14, \
              started_at = $15, ended_at = $16, updated_at = $17, version = version + 1 \
              WHERE id = $1 AND workspace_id = $2 AND version = $3";
    FIND = select!("WHERE id = $1 AND workspace_id = $2");
    OPEN_OF_APPLICATION = select!("WHERE application_id = $1 AND workspace_id = $2 \
                                   AND state IN ('pending', 'active', 'suspended') ORDER BY id");
    OPEN_NAMING_PLAN = select!("WHERE workspace_id = $1 AND (plan_id = $2 OR next_plan_id = $2) \
                                AND state IN ('pending', 'active', 'suspended') ORDER BY id");
    OF_APPLICATION_IDS = "SELECT id FROM subscription WHERE application_id = $1 AND workspace_id = $2 ORDER BY id";
    DELETE_OF_APPLICATION = "DELETE FROM subscription WHERE application_id = $1 AND workspace_id = $2";
    DELETE_ENDED_OF_PLAN = "DELETE FROM subscription WHERE plan_id = $1 AND workspace_id = $2 \
                            AND state IN ('rejected', 'cancelled')";
    ENDED_OF_PLAN_IDS = "SELECT id FROM subscription WHERE plan_id = $1 AND workspace_id = $2 \
                         AND state IN ('rejected', 'cancelled') ORDER BY id";
    ALL_SUBSCRIPTIONS = select!("ORDER BY id");
    COUNT_WAITING = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM subscription WHERE workspace_id = $1 AND waiting";
    OPEN_OF_PLAN = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM subscription WHERE workspace_id = $1 \
                    AND (plan_id = $2 OR next_plan_id = $2) AND state IN ('pending', 'active', 'suspended')";
    OPEN_OF_PRODUCT = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM subscription WHERE workspace_id = $1 \
                       AND product_id = $2 AND state IN ('pending', 'active', 'suspended')";
    ANY_OF_PRODUCT = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM subscription WHERE workspace_id = $1 AND product_id = $2";
}

/// Adds a subscription. Fails as taken when the application has an open one for the product.
pub async fn insert(conn: &mut Conn, s: &Subscription) -> Result<()> {
    conn.query(INSERT)
        .bind(s.id)
        .bind(s.workspace_id)
        .bind(s.application_id)
        .bind(s.product_id)
        .bind(s.plan_id)
        .bind(s.state)
        .bind(s.answers.clone())
        .bind(s.next_plan_id)
        .bind(s.next_answers.clone())
        .bind(s.waiting)
        .bind(s.reason.as_str())
        .bind(s.requested_by)
        .bind(s.decided_by)
        .bind(s.requested_at)
        .bind(s.decided_at)
        .bind(s.started_at)
        .bind(s.ended_at)
        .bind(s.updated_at)
        .bind(s.version)
        .run()
        .await
        .map(drop)
}

/// Writes a subscription over the one of the same id and version; false when somebody else changed it, or it is gone.
pub async fn update(conn: &mut Conn, s: &Subscription) -> Result<bool> {
    let touched = conn
        .query(UPDATE)
        .bind(s.id)
        .bind(s.workspace_id)
        .bind(s.version)
        .bind(s.plan_id)
        .bind(s.state)
        .bind(s.answers.clone())
        .bind(s.next_plan_id)
        .bind(s.next_answers.clone())
        .bind(s.waiting)
        .bind(s.reason.as_str())
        .bind(s.requested_by)
        .bind(s.decided_by)
        .bind(s.requested_at)
        .bind(s.decided_at)
        .bind(s.started_at)
        .bind(s.ended_at)
        .bind(s.updated_at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// The subscription of this id.
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: SubscriptionId,
) -> Result<Option<Subscription>> {
    conn.query(FIND).bind(id).bind(workspace).optional().await
}

/// The pending, active and suspended subscriptions of an application.
pub async fn open_of_application(
    conn: &mut Conn,
    workspace: WorkspaceId,
    application: ApplicationId,
) -> Result<Vec<Subscription>> {
    let query = conn.query(OPEN_OF_APPLICATION).bind(application);
    query.bind(workspace).all().await
}

/// The pending, active and suspended subscriptions that name a plan, as theirs or as the one they asked for.
pub async fn open_naming_plan(
    conn: &mut Conn,
    workspace: WorkspaceId,
    plan: PlanId,
) -> Result<Vec<Subscription>> {
    let query = conn.query(OPEN_NAMING_PLAN).bind(workspace).bind(plan);
    query.all().await
}

/// Deletes all subscriptions of an application with their events; answers which.
pub async fn delete_of_application(
    conn: &mut Conn,
    workspace: WorkspaceId,
    application: ApplicationId,
) -> Result<Vec<SubscriptionId>> {
    let ids = conn.query(OF_APPLICATION_IDS).bind(application);
    let ids: Vec<Only> = ids.bind(workspace).all().await?;
    let delete = conn.query(DELETE_OF_APPLICATION).bind(application);
    delete.bind(workspace).run().await?;
    Ok(ids.into_iter().map(|row| row.id).collect())
}

/// Deletes the refused and cancelled subscriptions of a plan with their events; answers which.
pub async fn delete_ended_of_plan(
    conn: &mut Conn,
    workspace: WorkspaceId,
    plan: PlanId,
) -> Result<Vec<SubscriptionId>> {
    let ids = conn.query(ENDED_OF_PLAN_IDS).bind(plan);
    let ids: Vec<Only> = ids.bind(workspace).all().await?;
    let delete = conn.query(DELETE_ENDED_OF_PLAN).bind(plan);
    delete.bind(workspace).run().await?;
    Ok(ids.into_iter().map(|row| row.id).collect())
}

record! {
    /// Nothing but an id.
    pub struct Only {
        /// The id.
        pub id: SubscriptionId,
    }
}

/// How many wait for a decision.
pub async fn count_waiting(conn: &mut Conn, workspace: WorkspaceId) -> Result<i64> {
    let query = conn.query(COUNT_WAITING).bind(workspace);
    Ok(query.one::<(i64,)>().await?.0)
}

/// How many open subscriptions name a plan, as theirs or as the one they asked for.
pub async fn open_of_plan(conn: &mut Conn, workspace: WorkspaceId, plan: PlanId) -> Result<i64> {
    let query = conn.query(OPEN_OF_PLAN).bind(workspace).bind(plan);
    Ok(query.one::<(i64,)>().await?.0)
}

/// How many open subscriptions a product has.
pub async fn open_of_product(
    conn: &mut Conn,
    workspace: WorkspaceId,
    product: ProductId,
) -> Result<i64> {
    let query = conn.query(OPEN_OF_PRODUCT).bind(workspace).bind(product);
    Ok(query.one::<(i64,)>().await?.0)
}

/// How many subscriptions a product has had, ended ones too.
pub async fn any_of_product(
    conn: &mut Conn,
    workspace: WorkspaceId,
    product: ProductId,
) -> Result<i64> {
    let query = conn.query(ANY_OF_PRODUCT).bind(workspace).bind(product);
    Ok(query.one::<(i64,)>().await?.0)
}

/// Every subscription of every workspace, for the gateway.
pub fn all(conn: &mut Conn) -> BoxStream<'_, Result<Subscription>> {
    conn.query(ALL_SUBSCRIPTIONS).stream()
}
