//! What was called most, who called most, and how calls ended.

use domain::actor::Actor;
use store::analytics::{Dimension, Outcome, Subject};

use super::report::Query;
use super::totals::Totals;
use crate::error::Result;
use crate::platform::Platform;

/// How many are listed at most.
const MOST: u32 = 200;

/// Something that was called or that calls, and its calls. The totals have no classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Top {
    /// What it is.
    pub subject: Subject,
    /// Its calls.
    pub totals: Totals,
}

/// The most called operations or APIs, or the applications or subscriptions that call most.
pub async fn top(
    platform: &Platform,
    actor: &Actor,
    query: &Query,
    dimension: Dimension,
    limit: u32,
) -> Result<Vec<Top>> {
    let window = query.range.window(platform.now())?;
    let mut conn = platform.db.read().await?;
    let filter = query.scope.filter(&mut conn, actor, &query.only).await?;
    let rows = store::analytics::by_subject(
        &mut conn,
        actor.workspace,
        &filter,
        window.span(),
        dimension,
        i64::from(limit.clamp(1, MOST)),
    )
    .await?;
    let rows = rows.into_iter().map(|row| {
        let mut totals = Totals::default();
        totals.add(None, row.refused, row.failed, &row.sums);
        Top {
            subject: row.key,
            totals,
        }
    });
    Ok(rows.collect())
}

/// Calls by refusal and status, the most frequent first.
pub async fn outcomes(platform: &Platform, actor: &Actor, query: &Query) -> Result<Vec<Outcome>> {
    let window = query.range.window(platform.now())?;
    let mut conn = platform.db.read().await?;
    let filter = query.scope.filter(&mut conn, actor, &query.only).await?;
    let (workspace, most) = (actor.workspace, i64::from(MOST));
    let rows =
        store::analytics::by_outcome(&mut conn, workspace, &filter, window.span(), most).await?;
    Ok(rows)
}
