//! Calls counted against quotas, one counter for each subscription and period.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::id::{SubscriptionId, WorkspaceId};
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::upsert::{ROWS, Text};
use crate::value::record;

const HEAD: &str = "INSERT INTO quota_counter (subscription_id, period_start, workspace_id, used)";
const TAIL: &str = "ON CONFLICT (subscription_id, period_start) DO UPDATE SET used = quota_counter.used + excluded.used";
static MANY: Text<2_000> = Text::insert(HEAD, 4, ROWS, TAIL);
static MANY_BY_PLACE: Text<2_000> = Text::by_place(HEAD, 4, ROWS, TAIL);
static ONE: Text<400> = Text::insert(HEAD, 4, 1, TAIL);

statements! {
    ADD_MANY = MANY.as_str(), by place MANY_BY_PLACE.as_str();
    ADD_ONE = ONE.as_str();
    SINCE = "SELECT subscription_id, period_start, used FROM quota_counter WHERE period_start >= $1";
    USED = "SELECT used FROM quota_counter WHERE workspace_id = $1 AND subscription_id = $2 AND period_start = $3";
    FORGET = "DELETE FROM quota_counter WHERE period_start < $1";
}

record! {
    /// Calls of one subscription in one period.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Charge {
        /// Whose quota.
        pub subscription_id: SubscriptionId,
        /// When the period began (`Period::bounds`).
        pub period_start: Timestamp,
        /// How many calls.
        pub used: i64,
    }
}

/// Adds to the counters; may name one twice.
pub async fn add(conn: &mut Conn, workspace: WorkspaceId, charges: &[Charge]) -> Result<()> {
    let mut merged = BTreeMap::new();
    for charge in charges {
        *merged
            .entry((charge.subscription_id, charge.period_start))
            .or_insert(0) += charge.used;
    }
    let rows: Vec<_> = merged.into_iter().collect();
    let (full, rest) = rows.as_chunks::<ROWS>();
    let chunks = full
        .iter()
        .map(|chunk| (ADD_MANY, chunk.as_slice()))
        .chain(rest.chunks(1).map(|row| (ADD_ONE, row)));
    for (statement, chunk) in chunks {
        let mut query = conn.query(statement);
        for ((subscription, start), used) in chunk {
            query = query
                .bind(*subscription)
                .bind(*start)
                .bind(workspace)
                .bind(*used);
        }
        query.run().await?;
    }
    Ok(())
}

/// Every counter whose period began then or later, for a node that starts: a month back holds all periods that still run.
pub fn since(conn: &mut Conn, start: Timestamp) -> BoxStream<'_, Result<Charge>> {
    conn.query(SINCE).bind(start).stream()
}

/// Calls of a subscription in the period that began at `start`.
pub async fn used(
    conn: &mut Conn,
    workspace: WorkspaceId,
    subscription: SubscriptionId,
    start: Timestamp,
) -> Result<i64> {
    let query = conn
        .query(USED)
        .bind(workspace)
        .bind(subscription)
        .bind(start);
    Ok(query.optional::<(i64,)>().await?.map_or(0, |(used,)| used))
}

/// Drops counters of periods that began before `start`.
pub async fn forget(conn: &mut Conn, start: Timestamp) -> Result<u64> {
    conn.query(FORGET).bind(start).run().await
}
