//! The report: calls over a range by time and class of answer, summed up, and beside the range before.

use domain::Timestamp;
use domain::actor::Actor;
use store::analytics::{Keyed, Slot};

use super::range::{Range, Window};
use super::scope::{Only, Scope};
use super::totals::Totals;
use crate::error::Result;
use crate::platform::Platform;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Query {
    /// Whose calls.
    pub scope: Scope,
    /// Over which time.
    pub range: Range,
    /// Which of them.
    pub only: Only,
}

/// Calls over a range.
#[derive(Debug, Clone)]
pub struct Report {
    /// The range as it is answered.
    pub window: Window,
    /// One for each bar, empty ones too.
    pub buckets: Vec<Bucket>,
    /// The buckets summed up.
    pub totals: Totals,
    /// The range before, as far into it as this one has come.
    pub before: Totals,
}

/// The calls of one bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Where the bar begins.
    pub from: Timestamp,
    /// The calls.
    pub totals: Totals,
}

/// Sums up calls.
pub async fn report(platform: &Platform, actor: &Actor, query: &Query) -> Result<Report> {
    let window = query.range.window(platform.now())?;
    let mut conn = platform.db.read().await?;
    let filter = query.scope.filter(&mut conn, actor, &query.only).await?;
    let (workspace, units) = (actor.workspace, window.units());
    let span = window.span();
    let rows = store::analytics::by_time(&mut conn, workspace, &filter, span, units, None).await?;
    let earlier = window.span_before();
    let length = (earlier.to - earlier.from).max(1);
    let before =
        store::analytics::by_time(&mut conn, workspace, &filter, earlier, length, None).await?;
    Ok(Report {
        window,
        buckets: buckets(&window, &rows),
        totals: sum(&rows),
        before: sum(&before),
    })
}

fn sum(rows: &[Keyed<Slot>]) -> Totals {
    let mut totals = Totals::default();
    for row in rows {
        totals.add(Some(row.key.class), row.refused, row.failed, &row.sums);
    }
    totals
}

/// Slots are counted from the epoch, and windows begin at whole slots.
fn buckets(window: &Window, rows: &[Keyed<Slot>]) -> Vec<Bucket> {
    let first = window.from.seconds() / window.step;
    let mut buckets: Vec<Bucket> = (0..window.bars())
        .map(|n| Bucket {
            from: Timestamp::from_seconds((first + n) * window.step),
            totals: Totals::default(),
        })
        .collect();
    for row in rows {
        let place = usize::try_from(row.key.slot - first);
        if let Some(bucket) = place.ok().and_then(|place| buckets.get_mut(place)) {
            bucket
                .totals
                .add(Some(row.key.class), row.refused, row.failed, &row.sums);
        }
    }
    buckets
}
