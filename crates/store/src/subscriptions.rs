//! Subscriptions: application x product x plan.

use domain::Timestamp;
use domain::api::Approval;
use domain::id::{AccountId, ApplicationId, PlanId, ProductId, SubscriptionId, WorkspaceId};
use domain::subscription::{ApplicationState, SubscriptionState};
use domain::text::{Name, Slug};
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use uuid::Uuid;

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

record! {
    /// A subscription with the names of what it joins.
    #[derive(Debug, Clone)]
    pub struct Line {
        /// Its id.
        pub id: SubscriptionId,
        /// Who calls.
        pub application_id: ApplicationId,
        /// The application's name.
        pub application_name: Name,
        /// Where the application stands.
        pub application_state: ApplicationState,
        /// Who owns the application.
        pub owner_id: AccountId,
        /// The owner's name.
        pub owner_name: String,
        /// The owner's address.
        pub owner_email: String,
        /// What is called.
        pub product_id: ProductId,
        /// The product's name in URLs.
        pub product_slug: Slug,
        /// The product's name for people.
        pub product_name: Name,
        /// On which terms.
        pub plan_id: PlanId,
        /// The plan's name in URLs.
        pub plan_slug: Slug,
        /// The plan's name for people.
        pub plan_name: Name,
        /// How it begins.
        pub approval: Approval,
        /// Within how many hours a review of the plan that is waited for is promised.
        pub review_hours: i64,
        /// Where it stands.
        pub state: SubscriptionState,
        /// The answers to the plan's form.
        pub answers: Json<Vec<Answer>>,
        /// The plan that was asked for in place of this one; nil when no change waits.
        pub next_plan_id: PlanId,
        /// That plan's name for people.
        pub next_plan_name: Option<Name>,
        /// The answers to that plan's form.
        pub next_answers: Json<Vec<Answer>>,
        /// Whether somebody has to decide.
        pub waiting: bool,
        /// Why it was refused or stopped.
        pub reason: String,
        /// Who asked last.
        pub requested_by: AccountId,
        /// The name of who asked last.
        pub requested_by_name: String,
        /// Who decided last.
        pub decided_by: AccountId,
        /// The name of who decided last; empty for nobody.
        pub decided_by_name: String,
        /// When it (or the change that waits) was asked for.
        pub requested_at: Timestamp,
        /// When that was decided.
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

record! {
    /// Something that happened to a subscription. Never changed.
    #[derive(Debug, Clone)]
    pub struct Event {
        /// Its id.
        pub id: Uuid,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// To which subscription.
        pub subscription_id: SubscriptionId,
        /// When.
        pub at: Timestamp,
        /// What, in one word: `requested`, `approved` and so on.
        pub kind: String,
        /// Who did it; nil for the platform.
        pub actor_id: AccountId,
        /// The name of who did it.
        pub actor_name: String,
        /// A reason or another word with it.
        pub note: String,
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

macro_rules! lines {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.application_id, a.name AS application_name, a.state AS application_state, a.owner_id, \
             o.name AS owner_name, o.email AS owner_email, s.product_id, p.slug AS product_slug, p.name AS product_name, \
             s.plan_id, t.slug AS plan_slug, t.name AS plan_name, COALESCE(n.approval, t.approval) AS approval, \
             COALESCE(n.review_hours, t.review_hours) AS review_hours, s.state, s.answers, s.next_plan_id, \
             n.name AS next_plan_name, s.next_answers, s.waiting, s.reason, s.requested_by, \
             COALESCE(q.name, '') AS requested_by_name, s.decided_by, COALESCE(d.name, '') AS decided_by_name, \
             s.requested_at, s.decided_at, s.started_at, s.ended_at, s.updated_at, s.version \
             FROM subscription AS s JOIN application AS a ON a.id = s.application_id \
             JOIN account AS o ON o.id = a.owner_id JOIN product AS p ON p.id = s.product_id \
             JOIN plan AS t ON t.id = s.plan_id LEFT JOIN plan AS n ON n.id = s.next_plan_id \
             LEFT JOIN account AS q ON q.id = s.requested_by LEFT JOIN account AS d ON d.id = s.decided_by \
             WHERE s.workspace_id = $1 ",
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
    FIND_LINE = lines!("AND s.id = $2");
    OF_APPLICATION = lines!("AND s.application_id = $2 ORDER BY s.requested_at DESC, s.id DESC");
    OF_OWNER = lines!("AND a.owner_id = $2 ORDER BY s.requested_at DESC, s.id DESC LIMIT 1000");
    WAITING = lines!("AND s.waiting AND (s.requested_at > $2 OR (s.requested_at = $2 AND s.id > $3)) \
                      AND (s.product_id = $4 OR $4 IS NULL) \
                      AND (LOWER(a.name) LIKE $5 ESCAPE '\\' OR o.email_key LIKE $5 ESCAPE '\\' \
                           OR LOWER(o.name) LIKE $5 ESCAPE '\\' OR $5 IS NULL) \
                      ORDER BY s.requested_at, s.id LIMIT $6");
    LIST = lines!("AND (s.requested_at < $2 OR (s.requested_at = $2 AND s.id < $3) OR $2 IS NULL) \
                   AND (s.state = $4 OR $4 IS NULL) AND (s.product_id = $5 OR $5 IS NULL) \
                   AND (s.plan_id = $6 OR $6 IS NULL) AND (s.application_id = $7 OR $7 IS NULL) \
                   AND (a.owner_id = $8 OR $8 IS NULL) AND (s.decided_at IS NOT NULL OR NOT $9) \
                   AND (LOWER(a.name) LIKE $10 ESCAPE '\\' OR o.email_key LIKE $10 ESCAPE '\\' \
                        OR LOWER(o.name) LIKE $10 ESCAPE '\\' OR $10 IS NULL) \
                   ORDER BY s.requested_at DESC, s.id DESC LIMIT $11");
    COUNT_WAITING = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM subscription WHERE workspace_id = $1 AND waiting";
    OPEN_OF_PLAN = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM subscription WHERE workspace_id = $1 \
                    AND (plan_id = $2 OR next_plan_id = $2) AND state IN ('pending', 'active', 'suspended')";
    OPEN_OF_PRODUCT = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM subscription WHERE workspace_id = $1 \
                       AND product_id = $2 AND state IN ('pending', 'active', 'suspended')";
    ANY_OF_PRODUCT = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM subscription WHERE workspace_id = $1 AND product_id = $2";
}

/// Which subscriptions a list shows. `None` is "any".
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Where they stand.
    pub state: Option<SubscriptionState>,
    /// To which product.
    pub product: Option<ProductId>,
    /// On which terms.
    pub plan: Option<PlanId>,
    /// Of which application.
    pub application: Option<ApplicationId>,
    /// Of whose applications.
    pub owner: Option<AccountId>,
    /// Whether only those that somebody decided are shown.
    pub decided: bool,
    /// A part of the application's or the owner's name, or of the owner's address.
    pub text: Option<String>,
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

/// The subscription of this id, with names.
pub async fn find_line(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: SubscriptionId,
) -> Result<Option<Line>> {
    let query = conn.query(FIND_LINE).bind(workspace).bind(id);
    query.optional().await
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

/// All subscriptions of an application, the latest first, with names.
pub async fn of_application(
    conn: &mut Conn,
    workspace: WorkspaceId,
    application: ApplicationId,
) -> Result<Vec<Line>> {
    let query = conn.query(OF_APPLICATION).bind(workspace);
    query.bind(application).all().await
}

/// All subscriptions of a person's applications, the latest first, with names.
pub async fn of_owner(
    conn: &mut Conn,
    workspace: WorkspaceId,
    owner: AccountId,
) -> Result<Vec<Line>> {
    let query = conn.query(OF_OWNER).bind(workspace).bind(owner);
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

/// What waits for a decision, the oldest first, behind the one that `after` names.
pub async fn waiting(
    conn: &mut Conn,
    workspace: WorkspaceId,
    product: Option<ProductId>,
    text: Option<&str>,
    after: (Timestamp, SubscriptionId),
    limit: i64,
) -> Result<Vec<Line>> {
    conn.query(WAITING)
        .bind(workspace)
        .bind(after.0)
        .bind(after.1)
        .bind(product)
        .bind(text.map(crate::search::pattern))
        .bind(limit)
        .all()
        .await
}

/// How many wait for a decision.
pub async fn count_waiting(conn: &mut Conn, workspace: WorkspaceId) -> Result<i64> {
    let query = conn.query(COUNT_WAITING).bind(workspace);
    Ok(query.one::<(i64,)>().await?.0)
}

/// Subscriptions, the latest request first, behind the one that `after` names.
pub async fn list(
    conn: &mut Conn,
    workspace: WorkspaceId,
    filter: &Filter,
    after: Option<(Timestamp, SubscriptionId)>,
    limit: i64,
) -> Result<Vec<Line>> {
    conn.query(LIST)
        .bind(workspace)
        .bind(after.map(|(at, _)| at))
        .bind(after.map(|(_, id)| id))
        .bind(filter.state)
        .bind(filter.product)
        .bind(filter.plan)
        .bind(filter.application)
        .bind(filter.owner)
        .bind(filter.decided)
        .bind(filter.text.as_deref().map(crate::search::pattern))
        .bind(limit)
        .all()
        .await
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
