//! Subscriptions with the names of what they join: what lists, the inbox and pages show.

use domain::Timestamp;
use domain::api::Approval;
use domain::id::{AccountId, ApplicationId, PlanId, ProductId, SubscriptionId, WorkspaceId};
use domain::subscription::{ApplicationState, SubscriptionState};
use domain::text::{Name, Slug};
use sqlx::types::Json;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::search;
use crate::subscriptions::Answer;
use crate::value::record;

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
    FIND_LINE = lines!("AND s.id = $2");
    OF_APPLICATION = lines!("AND s.application_id = $2 ORDER BY s.requested_at DESC, s.id DESC");
    OF_OWNER = lines!("AND a.owner_id = $2 ORDER BY s.requested_at DESC, s.id DESC LIMIT 1000");
    WAITING = lines!("AND s.waiting AND (s.requested_at > $2 OR (s.requested_at = $2 AND s.id > $3)) \
                      AND (s.product_id = $4 OR $4 IS NULL) \
                      AND (glob($5, a.name) OR glob($5, o.email_key) \
                           OR glob($5, o.name) OR $5 IS NULL) \
                      ORDER BY s.requested_at, s.id LIMIT $6");
    LIST = lines!("AND (s.requested_at < $2 OR (s.requested_at = $2 AND s.id < $3) OR $2 IS NULL) \
                   AND (s.state = $4 OR $4 IS NULL) AND (s.product_id = $5 OR $5 IS NULL) \
                   AND (s.plan_id = $6 OR $6 IS NULL) AND (s.application_id = $7 OR $7 IS NULL) \
                   AND (a.owner_id = $8 OR $8 IS NULL) AND (s.decided_at IS NOT NULL OR NOT $9) \
                   AND (glob($10, a.name) OR glob($10, o.email_key) \
                        OR glob($10, o.name) OR $10 IS NULL) \
                   ORDER BY s.requested_at DESC, s.id DESC LIMIT $11");
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

/// The subscription of this id, with names.
pub async fn find_line(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: SubscriptionId,
) -> Result<Option<Line>> {
    let query = conn.query(FIND_LINE).bind(workspace).bind(id);
    query.optional().await
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
        .bind(text.map(search::pattern))
        .bind(limit)
        .all()
        .await
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
        .bind(filter.text.as_deref().map(search::pattern))
        .bind(limit)
        .all()
        .await
}
