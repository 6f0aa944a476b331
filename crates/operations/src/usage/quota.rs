//! How much of each quota is used, and when it runs out at this pace.

use std::time::Duration;

use domain::Timestamp;
use domain::actor::Actor;
use domain::id::{ApplicationId, PlanId};
use domain::limit::Quota;
use domain::subscription::SubscriptionState;
use store::Conn;
use store::subscription_lines::Line;

use crate::applications::reach;
use crate::error::{Error, Result};
use crate::platform::Platform;

/// How far back the pace is measured.
const PACE: Duration = Duration::from_secs(7 * 86_400);

/// A subscription's quota in the running period. The same counter that the gateway's headers are made from.
#[derive(Debug, Clone)]
pub struct QuotaState {
    /// The subscription.
    pub line: Line,
    /// What is granted.
    pub quota: Quota,
    /// When the period began.
    pub from: Timestamp,
    /// When the next one begins.
    pub to: Timestamp,
    /// Calls used in it.
    pub used: u64,
    /// Calls expected by its end at the pace of the last seven days; nothing without calls to measure it by.
    pub projected: Option<u64>,
    /// Whether and when it runs out.
    pub runs_out: RunsOut,
}

/// Whether and when a quota runs out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunsOut {
    /// It is used up: calls are refused until the period ends.
    Already,
    /// At about this time, at the pace of the last seven days.
    At(Timestamp),
    /// Not in this period.
    No,
}

/// The quotas of an application's active subscriptions; those of plans without a quota are left out.
pub async fn quotas(
    platform: &Platform,
    actor: &Actor,
    application: ApplicationId,
) -> Result<Vec<QuotaState>> {
    let mut conn = platform.db.read().await?;
    reach::readable(&mut conn, actor, application).await?;
    let lines =
        store::subscription_lines::of_application(&mut conn, actor.workspace, application).await?;
    let mut states = Vec::new();
    for line in lines {
        if line.state != SubscriptionState::Active {
            continue;
        }
        let plan = plan(&mut conn, actor, line.plan_id).await?;
        if let Some(quota) = plan.quota {
            states.push(state(&mut conn, actor, line, quota.0, platform.now()).await?);
        }
    }
    Ok(states)
}

async fn plan(conn: &mut Conn, actor: &Actor, id: PlanId) -> Result<store::plans::Plan> {
    store::plans::find(conn, actor.workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("plan", id))
}

async fn state(
    conn: &mut Conn,
    actor: &Actor,
    line: Line,
    quota: Quota,
    now: Timestamp,
) -> Result<QuotaState> {
    let (from, to) = quota.period.bounds(now);
    let workspace = actor.workspace;
    let used = store::quotas::used(conn, workspace, line.id, from).await?;
    let used = u64::try_from(used).unwrap_or(0);
    let since = line.started_at.unwrap_or(now).max(now - PACE);
    let first = since.seconds().div_euclid(3_600);
    let hours = first..now.seconds().div_euclid(3_600) + 1;
    let calls =
        store::analytics::charged(conn, workspace, line.application_id, line.id, hours).await?;
    let measured = now.since(Timestamp::from_seconds(first * 3_600));
    let pace = Pace {
        calls: u64::try_from(calls).unwrap_or(0),
        micros: measured.as_micros().max(1),
    };
    Ok(QuotaState {
        line,
        quota,
        from,
        to,
        used,
        projected: pace.after(used, to.since(now)),
        runs_out: pace.runs_out(used, quota.requests, now, to),
    })
}

/// So many calls in such a time.
#[derive(Clone, Copy)]
struct Pace {
    calls: u64,
    micros: u128,
}

impl Pace {
    fn after(self, used: u64, left: Duration) -> Option<u64> {
        let more = u128::from(self.calls) * left.as_micros() / self.micros;
        let more = u64::try_from(more).unwrap_or(u64::MAX);
        (self.calls > 0).then(|| used.saturating_add(more))
    }

    fn runs_out(self, used: u64, limit: u64, now: Timestamp, end: Timestamp) -> RunsOut {
        let left = limit.saturating_sub(used);
        if left == 0 {
            return RunsOut::Already;
        }
        if self.calls == 0 {
            return RunsOut::No;
        }
        let micros = u128::from(left) * self.micros / u128::from(self.calls);
        let micros = u64::try_from(micros).unwrap_or(u64::MAX);
        let at = now + Duration::from_micros(micros);
        if at < end {
            RunsOut::At(at)
        } else {
            RunsOut::No
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
    const END: Timestamp = Timestamp::from_seconds(1_001_000);
    const PACE: Pace = Pace {
        calls: 10,
        micros: 100_000_000,
    };

    #[test]
    fn runs_out_at_the_pace_that_was_measured() {
        let at = Timestamp::from_seconds(1_000_500);
        assert_eq!(PACE.runs_out(50, 100, NOW, END), RunsOut::At(at));
        assert_eq!(PACE.runs_out(0, 101, NOW, END), RunsOut::No);
        assert_eq!(PACE.runs_out(100, 100, NOW, END), RunsOut::Already);
        assert_eq!(PACE.after(50, END.since(NOW)), Some(150));
    }

    #[test]
    fn without_calls_nothing_is_said() {
        let pace = Pace { calls: 0, ..PACE };
        assert_eq!(pace.after(50, END.since(NOW)), None);
        assert_eq!(pace.runs_out(50, 100, NOW, END), RunsOut::No);
    }
}
