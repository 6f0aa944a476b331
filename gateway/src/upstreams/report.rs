//! How the upstreams do, for the status, the metrics and the dashboard.

use std::sync::atomic::Ordering;

use gateway_snapshot::live::Live;
use serde::Serialize;

use super::breaker::Phase;
use super::state::{Plan, UpstreamState, of};
use super::target::{Condition, TargetState};
use super::window::now_ms;

/// How an upstream does.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct UpstreamReport {
    pub(crate) id: String,
    pub(crate) slug: String,
    /// closed, open or half_open
    pub(crate) breaker: &'static str,
    /// So few targets are healthy that health is ignored.
    pub(crate) panic: bool,
    pub(crate) in_flight: u32,
    pub(crate) retries_total: u64,
    /// Requests that were refused because it was open or had too much to do.
    pub(crate) refused_total: u64,
    pub(crate) targets: Vec<TargetReport>,
}

impl UpstreamReport {
    /// Whether all of its targets take requests.
    pub(crate) fn is_well(&self) -> bool {
        self.breaker == "closed" && self.targets.iter().all(|target| target.state == "healthy")
    }
}

/// How a target does.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TargetReport {
    pub(crate) id: String,
    pub(crate) url: String,
    /// healthy, unhealthy (a check says so) or ejected (the traffic said so)
    pub(crate) state: &'static str,
    pub(crate) ejected_for_ms: u64,
    pub(crate) in_flight: u32,
    pub(crate) connections: u32,
    /// Of the time to the head of an answer; 0 while there was none.
    pub(crate) latency_us: u64,
    pub(crate) requests_total: u64,
    pub(crate) failures_total: u64,
    pub(crate) addresses: Vec<String>,
}

/// Every upstream, by slug.
pub(crate) fn report(live: &Live) -> Vec<UpstreamReport> {
    let now = now_ms();
    let mut all: Vec<UpstreamReport> = live
        .upstreams()
        .iter()
        .filter_map(|cell| {
            let (upstream, state) = (cell.load()?, of(cell)?);
            Some(of_upstream(&state.plan(upstream), &state, now))
        })
        .collect();
    all.sort_by(|a, b| a.slug.cmp(&b.slug));
    all
}

fn of_upstream(plan: &Plan, state: &UpstreamState, now: u64) -> UpstreamReport {
    UpstreamReport {
        id: plan.upstream.id.to_string(),
        slug: plan.upstream.slug.clone(),
        breaker: match state.breaker.phase(now) {
            Phase::Closed => "closed",
            Phase::Open => "open",
            Phase::HalfOpen => "half_open",
        },
        panic: !plan.targets.is_empty() && plan.panics(now),
        in_flight: state.in_flight.load(Ordering::Relaxed),
        retries_total: state.retries_total.load(Ordering::Relaxed),
        refused_total: state.refused_total.load(Ordering::Relaxed),
        targets: plan.targets.iter().map(|t| of_target(t, now)).collect(),
    }
}

fn of_target(target: &TargetState, now: u64) -> TargetReport {
    TargetReport {
        id: target.id.to_string(),
        url: target.url.clone(),
        state: match target.condition(now) {
            Condition::Healthy => "healthy",
            Condition::Unhealthy => "unhealthy",
            Condition::Ejected => "ejected",
        },
        ejected_for_ms: target.ejected_for(now),
        in_flight: target.in_flight.load(Ordering::Relaxed),
        connections: target.connections(),
        latency_us: target.latency_us(),
        requests_total: target.requests_total.load(Ordering::Relaxed),
        failures_total: target.failures_total.load(Ordering::Relaxed),
        addresses: target.names.all().iter().map(ToString::to_string).collect(),
    }
}
