//! Certificates by ACME (RFC 8555): standing orders that people give, and what the job that fulfils them writes down.

mod fulfil;
mod input;

use domain::access::Permission;
use domain::acme::{ChallengeKind, OrderState};
use domain::actor::Actor;
use domain::change::ChangeKind;
use domain::id::{AcmeOrderId, CertificateId};
use domain::{Id, Timestamp};
use serde::Serialize;
use serde_json::json;
use store::{Conn, acme_challenges, acme_orders as rows};

pub use self::fulfil::{
    Account, Proof, account, behind, due, failed, forget_account, issued, keep_account, prove,
    withdraw,
};
pub use self::input::Input;
use crate::access::need;
use crate::error::{Error, Result};
use crate::paging::{Page, Paging};
use crate::platform::Platform;

/// A standing order: the certificate for these names is got, and renewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Order {
    /// Its id.
    pub id: AcmeOrderId,
    /// The host names.
    pub names: Vec<String>,
    /// How they are proven.
    pub challenge: ChallengeKind,
    /// The certificate, once there is one.
    pub certificate: Option<CertificateId>,
    /// Where it stands.
    pub state: OrderState,
    /// Why the last attempt failed; empty after one that did not.
    pub last_error: String,
    /// Attempts that failed since the last that did not.
    pub attempts: i64,
    /// When it is tried again, or renewed.
    pub next_attempt_at: Timestamp,
    /// When the certificate in force was issued.
    pub issued_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts the changes.
    pub version: i64,
}

impl From<rows::AcmeOrder> for Order {
    fn from(row: rows::AcmeOrder) -> Self {
        Self {
            id: row.id,
            names: row.names.0,
            challenge: row.challenge,
            certificate: (!row.certificate_id.is_nil()).then_some(row.certificate_id),
            state: row.state,
            last_error: row.last_error,
            attempts: row.attempts,
            next_attempt_at: row.next_attempt_at,
            issued_at: row.issued_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// Gives an order; it is carried out at once. Refused while ACME is not configured.
pub async fn create(platform: &Platform, actor: &Actor, input: Input) -> Result<Order> {
    need(actor, Permission::CatalogWrite)?;
    let (names, challenge) = input::check(platform, input)?;
    let mut work = platform.begin(actor).await?;
    input::ordered_once(work.conn(), actor, &names).await?;
    let row = rows::AcmeOrder {
        id: platform.new_id(),
        workspace_id: work.workspace(),
        names: names.into(),
        challenge,
        certificate_id: Id::NIL,
        state: OrderState::Waiting,
        last_error: String::new(),
        attempts: 0,
        next_attempt_at: work.at(),
        issued_at: None,
        created_at: work.at(),
        updated_at: work.at(),
        version: 1,
    };
    rows::insert(work.conn(), &row).await?;
    let made = Order::from(row);
    let after = Some(told(&made));
    work.audit(
        "acme_order.created",
        "acme_order",
        made.id,
        title(&made),
        None,
        after,
    );
    work.commit().await?;
    platform.acme.notify_one();
    Ok(made)
}

/// Has an order carried out now, whenever its time was.
pub async fn retry(
    platform: &Platform,
    actor: &Actor,
    id: AcmeOrderId,
    version: i64,
) -> Result<Order> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let before = load(work.conn(), actor, id).await?;
    let mut row = rows::AcmeOrder {
        next_attempt_at: work.at(),
        updated_at: work.at(),
        version,
        ..before.clone()
    };
    if !rows::update(work.conn(), &row).await? {
        return Err(stale(before.version));
    }
    row.version += 1;
    let after = Order::from(row);
    work.audit(
        "acme_order.hurried",
        "acme_order",
        id,
        title(&after),
        None,
        None,
    );
    work.commit().await?;
    platform.acme.notify_one();
    Ok(after)
}

/// Takes an order back: its certificate stays, and is not renewed.
pub async fn delete(
    platform: &Platform,
    actor: &Actor,
    id: AcmeOrderId,
    version: i64,
) -> Result<()> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let before = load(work.conn(), actor, id).await?;
    for challenge in acme_challenges::of_order(work.conn(), actor.workspace, id).await? {
        acme_challenges::delete(work.conn(), actor.workspace, challenge.id).await?;
        work.removed(ChangeKind::AcmeChallenge, challenge.id);
    }
    if !rows::delete(work.conn(), actor.workspace, id, version).await? {
        return Err(stale(before.version));
    }
    let before = Order::from(before);
    let told = Some(told(&before));
    work.audit(
        "acme_order.deleted",
        "acme_order",
        id,
        title(&before),
        told,
        None,
    );
    work.commit().await?;
    Ok(())
}

/// One order.
pub async fn find(platform: &Platform, actor: &Actor, id: AcmeOrderId) -> Result<Order> {
    need(actor, Permission::CatalogRead)?;
    let row = load(&mut platform.db.read().await?, actor, id).await?;
    Ok(row.into())
}

/// Orders, the oldest first.
pub async fn list(platform: &Platform, actor: &Actor, paging: &Paging) -> Result<Page<Order>> {
    need(actor, Permission::CatalogRead)?;
    let after: AcmeOrderId = paging.cursor()?.unwrap_or(Id::NIL);
    let mut conn = platform.db.read().await?;
    let rows = rows::list(&mut conn, actor.workspace, after, paging.probe()).await?;
    let page = paging.page(rows, |row| row.id);
    Ok(Page {
        items: page.items.into_iter().map(Order::from).collect(),
        next: page.next,
    })
}

async fn load(conn: &mut Conn, actor: &Actor, id: AcmeOrderId) -> Result<rows::AcmeOrder> {
    rows::find(conn, actor.workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("order for a certificate", id))
}

fn title(order: &Order) -> &str {
    order.names.first().map_or("", String::as_str)
}

fn stale(current_version: i64) -> Error {
    Error::Conflict {
        what: "order for a certificate",
        current_version,
    }
}

fn told(order: &Order) -> serde_json::Value {
    json!({ "names": order.names, "challenge": order.challenge, "certificate": order.certificate })
}
