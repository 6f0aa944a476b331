//! Plans: terms of access to a product.

use domain::Timestamp;
use domain::api::{Approval, PlanState, Visibility};
use domain::id::{ApiVersionId, ApplicationId, PlanId, ProductId, WorkspaceId};
use domain::limit::{Quota, RateLimit};
use domain::text::{Name, Slug};
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

/// One question of the form that a developer fills in to subscribe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its name in forms and in the answers; unique in the plan.
    pub name: Slug,
    /// The question.
    pub label: String,
    /// How it is answered.
    pub kind: QuestionKind,
    /// Whether it must be answered.
    pub required: bool,
}

/// How a question is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum QuestionKind {
    /// One line.
    Text {
        /// The longest answer, in characters.
        max_length: usize,
    },
    /// Many lines.
    LongText {
        /// The longest answer, in characters.
        max_length: usize,
    },
    /// One of these.
    Choice {
        /// The answers to choose from.
        options: Vec<String>,
    },
}

record! {
    /// Terms of access to a product.
    #[derive(Debug, Clone)]
    pub struct Plan {
        /// Its id.
        pub id: PlanId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// The product it opens.
        pub product_id: ProductId,
        /// Its name in URLs and headers, unique in the product.
        pub slug: Slug,
        /// Its name for people.
        pub name: Name,
        /// One sentence.
        pub summary: String,
        /// Whether it can be subscribed to.
        pub state: PlanState,
        /// How a subscription begins.
        pub approval: Approval,
        /// Within how many hours a review is promised.
        pub review_hours: i64,
        /// The price in words; empty for free.
        pub price: String,
        /// Rate limits; each must allow a call.
        pub rate_limits: Json<Vec<RateLimit>>,
        /// The quota, if calls are counted.
        pub quota: Option<Json<Quota>>,
        /// The scopes that access tokens may be granted under it; all of them where there is no list.
        pub scopes: Option<Json<Vec<String>>>,
        /// The form.
        pub questions: Json<Vec<Question>>,
        /// The terms to accept, in Markdown; empty for none.
        pub terms: String,
        /// Its place among the product's plans.
        pub position: i64,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub updated_at: Timestamp,
        /// Counts the changes.
        pub version: i64,
    }
}

record! {
    /// A plan that an API version can be had under, as the catalogue tells of it.
    #[derive(Debug, Clone)]
    pub struct Offer {
        /// The version.
        pub api_version_id: ApiVersionId,
        /// Who sees the plan's product.
        pub visibility: Visibility,
        /// The plan's name.
        pub name: Name,
        /// The price in words; empty for free.
        pub price: String,
        /// How a subscription begins.
        pub approval: Approval,
        /// Within how many hours a review is promised.
        pub review_hours: i64,
    }
}

record! {
    /// How many subscriptions a plan has that are pending, active or suspended.
    #[derive(Debug, Clone, Copy)]
    pub struct OpenCount {
        /// Which plan.
        pub plan_id: PlanId,
        /// How many.
        pub open: i64,
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, product_id, slug, name, summary, state, approval, review_hours, price, rate_limits, \
             quota, scopes, questions, terms, position, created_at, updated_at, version FROM plan ",
            $rest
        )
    };
}

statements! {
    INSERT = "INSERT INTO plan (id, workspace_id, product_id, slug, name, summary, state, approval, review_hours, price, \
              rate_limits, quota, questions, terms, position, created_at, updated_at, version, scopes) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";
    UPDATE = "UPDATE plan SET slug = $4, name = $5, summary = $6, state = $7, approval = $8, review_hours = $9, \
              price = $10, rate_limits = $11, quota = $12, questions = $13, terms = $14, position = $15, \
              updated_at = $16, scopes = $17, version = version + 1 WHERE id = $1 AND workspace_id = $2 AND version = $3";
    DELETE = "DELETE FROM plan WHERE id = $1 AND workspace_id = $2 AND version = $3";
    LOCK = "UPDATE plan SET version = version WHERE id = $1 AND workspace_id = $2";
    PLACE = "UPDATE plan SET position = $3 WHERE id = $1 AND product_id = $2";
    FIND = select!("WHERE id = $1 AND workspace_id = $2");
    OF_PRODUCT = select!("WHERE product_id = $1 AND workspace_id = $2 ORDER BY position, id");
    ALL_PLANS = select!("ORDER BY id");
    ON_OFFER = "SELECT i.api_version_id, p.visibility, plan.name, plan.price, plan.approval, plan.review_hours \
                FROM plan JOIN product AS p ON p.id = plan.product_id JOIN product_item AS i ON i.product_id = p.id \
                WHERE plan.workspace_id = $1 AND plan.state = 'active' AND p.state = 'published' \
                ORDER BY p.name, p.id, plan.position, plan.id";
    NAMED = "SELECT plan.id, plan.name, p.name AS product_name FROM plan JOIN product AS p ON p.id = plan.product_id \
             WHERE plan.workspace_id = $1 ORDER BY p.name, p.id, plan.position, plan.id LIMIT 500";
    IN_FORCE = "SELECT p.scopes FROM subscription AS s JOIN plan AS p ON p.id = s.plan_id \
                WHERE s.application_id = $1 AND s.workspace_id = $2 AND s.state = 'active' AND p.state <> 'retired' \
                ORDER BY s.id";
    OPEN = "SELECT plan_id, CAST(COUNT(*) AS BIGINT) AS open FROM subscription WHERE product_id = $1 AND workspace_id = $2 \
            AND state IN ('pending', 'active', 'suspended') GROUP BY plan_id";
}

/// Adds a plan.
pub async fn insert(conn: &mut Conn, p: &Plan) -> Result<()> {
    conn.query(INSERT)
        .bind(p.id)
        .bind(p.workspace_id)
        .bind(p.product_id)
        .bind(p.slug.as_str())
        .bind(p.name.as_str())
        .bind(p.summary.as_str())
        .bind(p.state)
        .bind(p.approval)
        .bind(p.review_hours)
        .bind(p.price.as_str())
        .bind(p.rate_limits.clone())
        .bind(p.quota)
        .bind(p.questions.clone())
        .bind(p.terms.as_str())
        .bind(p.position)
        .bind(p.created_at)
        .bind(p.updated_at)
        .bind(p.version)
        .bind(p.scopes.clone())
        .run()
        .await
        .map(drop)
}

/// Writes a plan over the one of the same id and version; false when somebody else changed it, or it is gone.
pub async fn update(conn: &mut Conn, p: &Plan) -> Result<bool> {
    let touched = conn
        .query(UPDATE)
        .bind(p.id)
        .bind(p.workspace_id)
        .bind(p.version)
        .bind(p.slug.as_str())
        .bind(p.name.as_str())
        .bind(p.summary.as_str())
        .bind(p.state)
        .bind(p.approval)
        .bind(p.review_hours)
        .bind(p.price.as_str())
        .bind(p.rate_limits.clone())
        .bind(p.quota)
        .bind(p.questions.clone())
        .bind(p.terms.as_str())
        .bind(p.position)
        .bind(p.updated_at)
        .bind(p.scopes.clone())
        .run()
        .await?;
    Ok(touched == 1)
}

/// Deletes a plan; false when somebody else changed it, or it is gone. Fails with `Error::Reference` while a
/// subscription, even one that ended, names it.
pub async fn delete(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: PlanId,
    version: i64,
) -> Result<bool> {
    let query = conn.query(DELETE).bind(id).bind(workspace).bind(version);
    Ok(query.run().await? == 1)
}

/// Holds the plan as it is until the transaction ends, so that nobody retires what is being subscribed to; false when it
/// is gone.
pub async fn lock(conn: &mut Conn, workspace: WorkspaceId, id: PlanId) -> Result<bool> {
    let query = conn.query(LOCK).bind(id).bind(workspace);
    Ok(query.run().await? == 1)
}

/// Puts a plan in its place among the product's plans.
pub async fn place(
    conn: &mut Conn,
    product: ProductId,
    plan: PlanId,
    position: i64,
) -> Result<bool> {
    let query = conn.query(PLACE).bind(plan).bind(product).bind(position);
    Ok(query.run().await? == 1)
}

/// The plan of this id.
pub async fn find(conn: &mut Conn, workspace: WorkspaceId, id: PlanId) -> Result<Option<Plan>> {
    conn.query(FIND).bind(id).bind(workspace).optional().await
}

/// The plans of a product, in order.
pub async fn of_product(
    conn: &mut Conn,
    workspace: WorkspaceId,
    product: ProductId,
) -> Result<Vec<Plan>> {
    conn.query(OF_PRODUCT)
        .bind(product)
        .bind(workspace)
        .all()
        .await
}

/// How many open subscriptions the plans of a product have; plans without any are left out.
pub async fn open_of_product(
    conn: &mut Conn,
    workspace: WorkspaceId,
    product: ProductId,
) -> Result<Vec<OpenCount>> {
    conn.query(OPEN).bind(product).bind(workspace).all().await
}

/// Every open plan of a product on the shelf with each version that the product holds, in the order of the plans.
pub async fn on_offer(conn: &mut Conn, workspace: WorkspaceId) -> Result<Vec<Offer>> {
    conn.query(ON_OFFER).bind(workspace).all().await
}

/// Every plan of every workspace, for the gateway.
pub fn all(conn: &mut Conn) -> BoxStream<'_, Result<Plan>> {
    conn.query(ALL_PLANS).stream()
}

record! {
    /// A plan with its product's name.
    #[derive(Debug, Clone)]
    pub struct Named {
        /// Its id.
        pub id: PlanId,
        /// Its name.
        pub name: Name,
        /// The product's name.
        pub product_name: Name,
    }
}

/// Every plan with its product's name, by both. At most 500.
pub async fn named(conn: &mut Conn, workspace: WorkspaceId) -> Result<Vec<Named>> {
    conn.query(NAMED).bind(workspace).all().await
}

record! {
    /// The scopes of a plan that is in force for somebody.
    struct Scopes {
        scopes: Option<Json<Vec<String>>>,
    }
}

/// The scopes of each plan that an application holds an active subscription under; `None` for a plan without a list.
pub async fn scopes_in_force(
    conn: &mut Conn,
    workspace: WorkspaceId,
    application: ApplicationId,
) -> Result<Vec<Option<Vec<String>>>> {
    let query = conn.query(IN_FORCE).bind(application).bind(workspace);
    let rows = query.all::<Scopes>().await?.into_iter();
    Ok(rows.map(|row| row.scopes.map(|scopes| scopes.0)).collect())
}
