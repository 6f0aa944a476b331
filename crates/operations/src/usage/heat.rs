//! When calls come: by weekday and hour, in UTC.

use domain::actor::Actor;

use super::report::Query;
use crate::error::Result;
use crate::platform::Platform;

/// Hours of a week.
const WEEK: i64 = 168;
/// The epoch was a Thursday: so many hours after a Monday began.
const THURSDAY: i64 = 72;

/// Calls by weekday (Monday first) and hour.
pub type Heat = [[i64; 24]; 7];

/// Sums up the calls of a range by weekday and hour. Ranges older than the hours that are kept have none.
pub async fn heat(platform: &Platform, actor: &Actor, query: &Query) -> Result<Heat> {
    let window = query.range.window(platform.now())?;
    let mut conn = platform.db.read().await?;
    let filter = query.scope.filter(&mut conn, actor, &query.only).await?;
    let (workspace, hours) = (actor.workspace, window.hours());
    let rows =
        store::analytics::by_time(&mut conn, workspace, &filter, hours, 1, Some(WEEK)).await?;
    let mut heat = Heat::default();
    for row in rows {
        let hour = (row.key.slot + THURSDAY).rem_euclid(WEEK);
        let (day, hour) = (usize::try_from(hour / 24), usize::try_from(hour % 24));
        if let (Ok(day), Ok(hour)) = (day, hour) {
            heat[day][hour] += row.sums.requests;
        }
    }
    Ok(heat)
}
