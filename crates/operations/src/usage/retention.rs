//! How long usage and the request log are kept. Jobs call [`forget`].

use std::time::Duration;

use domain::Timestamp;

use crate::error::Result;
use crate::platform::Platform;

const DAY: u64 = 86_400;
/// How long minutes are kept.
pub const MINUTES_KEPT: Duration = Duration::from_secs(2 * DAY);
/// How long hours are kept.
pub const HOURS_KEPT: Duration = Duration::from_secs(62 * DAY);
/// How long days are kept: 25 months.
pub const DAYS_KEPT: Duration = Duration::from_secs(762 * DAY);
/// How long it is known which entries of journals were written: far longer than a journal can lie about.
const FLUSHES_KEPT: Duration = Duration::from_secs(400 * DAY);

/// Drops what is older than it is kept for, the request log's lines too; can be called at any time, any number of times. Answers how many rows went.
pub async fn forget(platform: &Platform) -> Result<u64> {
    let now = platform.now();
    let first = |kept: Duration, unit: i64| (now - kept).seconds().div_euclid(unit);
    let minute = first(MINUTES_KEPT, 60);
    let (hour, day) = (first(HOURS_KEPT, 3_600), first(DAYS_KEPT, 86_400));
    let flushes = now - FLUSHES_KEPT;
    let mut tx = platform.db.begin().await?;
    let usage = store::usage::forget(&mut tx, minute, hour, day, flushes).await?;
    let oldest: Timestamp = now - DAYS_KEPT;
    let quotas = store::quotas::forget(&mut tx, oldest).await?;
    tx.commit().await?;
    Ok(usage + quotas + crate::request_log::forget(platform).await?)
}
