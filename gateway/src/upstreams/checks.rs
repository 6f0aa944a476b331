//! Active health checks, beside the traffic: a task for each target that an upstream wants asked.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::id::{TargetId, UpstreamId};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, sleep};
use uuid::Uuid;

use super::picker::mix;
use super::probe::Prober;
use super::state::{Plan, of};
use super::window::now_ms;
use crate::engine::Engine;

/// Between two looks at what is to be asked.
const LOOK: Duration = Duration::from_millis(200);

/// Keeps the tasks that ask in step with the configuration.
pub(crate) struct Checks {
    engine: Arc<Engine>,
    prober: Arc<Prober>,
    asked: HashMap<(UpstreamId, TargetId), Asked>,
    revision: Option<i64>,
}

struct Asked {
    plan: Arc<Plan>,
    index: usize,
    task: JoinHandle<()>,
}

impl Checks {
    pub(crate) fn new(engine: Arc<Engine>) -> Self {
        Self {
            prober: Arc::new(Prober::new(engine.resolver.clone())),
            engine,
            asked: HashMap::new(),
            revision: None,
        }
    }

    /// Until the gateway stops.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                _ = ticks.tick() => self.look(),
            }
        }
    }

    fn look(&mut self) {
        let revision = self.engine.live.status().revision;
        if self.revision == Some(revision) {
            return;
        }
        self.revision = Some(revision);
        let mut before = std::mem::take(&mut self.asked);
        for cell in self.engine.live.upstreams() {
            let (Some(upstream), Some(state)) = (cell.load(), of(&cell)) else {
                continue;
            };
            // made here, so that no request has to
            let plan = state.plan(upstream);
            if plan.upstream.settings.health.active.is_none() {
                continue;
            }
            for index in 0..plan.targets.len() {
                let key = (plan.upstream.id, plan.targets[index].id);
                let known = before
                    .remove(&key)
                    .filter(|known| Arc::ptr_eq(&known.plan, &plan) && !known.task.is_finished());
                let asked = known.unwrap_or_else(|| self.ask(plan.clone(), index));
                if let Some(old) = self.asked.insert(key, asked) {
                    old.task.abort();
                }
            }
        }
        for gone in before.into_values() {
            gone.task.abort();
            let is_asked_anew = self
                .asked
                .contains_key(&(gone.plan.upstream.id, gone.plan.targets[gone.index].id));
            if !is_asked_anew {
                gone.plan.targets[gone.index].unasked();
            }
        }
    }

    fn ask(&self, plan: Arc<Plan>, index: usize) -> Asked {
        let (engine, prober) = (self.engine.clone(), self.prober.clone());
        let task = tokio::spawn(keep_asking(engine, prober, plan.clone(), index));
        Asked { plan, index, task }
    }
}

impl Drop for Checks {
    fn drop(&mut self) {
        for asked in self.asked.values() {
            asked.task.abort();
        }
    }
}

async fn keep_asking(engine: Arc<Engine>, prober: Arc<Prober>, plan: Arc<Plan>, index: usize) {
    let upstream = &plan.upstream;
    let Some(check) = &upstream.settings.health.active else {
        return;
    };
    let (target, state) = (&upstream.targets[index], &plan.targets[index]);
    loop {
        let tls = engine.tls.table();
        let found = prober.ask(&tls, upstream, target, state, check).await;
        if let Err(why) = &found {
            tracing::debug!(upstream = upstream.slug, target = %target.id, %why, "a health check failed");
        }
        state.checked(check, found.is_ok());
        sleep(about(check.interval_ms, target.id.uuid())).await;
    }
}

/// A tenth more or less.
fn about(interval_ms: u32, salt: Uuid) -> Duration {
    let (high, low) = salt.as_u64_pair();
    let tenth = u64::from(interval_ms / 10).max(1);
    let more = mix(high ^ low ^ now_ms()) % (2 * tenth + 1);
    Duration::from_millis((u64::from(interval_ms) + more).saturating_sub(tenth).max(1))
}
