//! An upstream from configuration to configuration: who is let in, which target takes it, whether it is tried again.

use std::cell::OnceCell;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

use arc_swap::ArcSwapOption;
use domain::id::TargetId;
use gateway_snapshot::balance::HashOn;
use gateway_snapshot::upstream::{CompiledTarget, CompiledUpstream, UpstreamCell};
use parking_lot::Mutex;

use super::breaker::{Breaker, Verdict};
use super::names::Lookup;
use super::picker::Picker;
use super::target::TargetState;
use super::window::{Window, now_ms};

/// The stretch of time over which retries are counted against requests.
const BUDGET_MS: u32 = 10_000;

/// What is known of an upstream beside its configuration.
#[derive(Debug, Default)]
pub(crate) struct UpstreamState {
    plan: ArcSwapOption<Plan>,
    planning: Mutex<()>,
    pub(super) in_flight: AtomicU32,
    pub(super) breaker: Breaker,
    /// Requests, and retries as hits.
    budget: Window,
    pub(super) retries_total: AtomicU64,
    pub(super) refused_total: AtomicU64,
}

/// One configuration of an upstream with its targets.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) upstream: Arc<CompiledUpstream>,
    pub(super) targets: Vec<Arc<TargetState>>,
    picker: Picker,
}

/// Why a request is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The breaker is open for so many milliseconds.
    Open(u64),
    /// Too many requests are in flight, for callers of this plan or for all.
    Overloaded,
}

/// Why there is no target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoTarget {
    /// None is healthy, or there is none at all.
    Unavailable,
    /// All of them have as many requests as they may.
    Full,
}

/// The state of an upstream; `None` only when something else keeps its state in the cell.
pub(crate) fn of(cell: &UpstreamCell) -> Option<Arc<UpstreamState>> {
    cell.companion(UpstreamState::default)
}

impl UpstreamState {
    /// The targets of this configuration: made when it is first used, with what is known of targets that stay.
    pub(crate) fn plan(&self, upstream: Arc<CompiledUpstream>) -> Arc<Plan> {
        if let Some(plan) = self.current(&upstream) {
            return plan;
        }
        let _planning = self.planning.lock();
        if let Some(plan) = self.current(&upstream) {
            return plan;
        }
        let before = self.plan.load_full();
        let known = |target: &CompiledTarget| {
            let targets = before
                .as_ref()
                .map_or(&[][..], |plan| plan.targets.as_slice());
            let found = targets.iter().find(|state| state.is_of(target));
            found
                .cloned()
                .unwrap_or_else(|| Arc::new(TargetState::new(target)))
        };
        if upstream.settings.breaker.is_none() {
            self.breaker.close();
        }
        let plan = Arc::new(Plan {
            targets: upstream.targets.iter().map(known).collect(),
            picker: Picker::new(&upstream),
            upstream,
        });
        self.plan.store(Some(plan.clone()));
        plan
    }

    fn current(&self, upstream: &Arc<CompiledUpstream>) -> Option<Arc<Plan>> {
        let plan = self.plan.load();
        let plan = plan.as_ref()?;
        Arc::ptr_eq(&plan.upstream, upstream).then(|| plan.clone())
    }

    /// Lets a request in, unless the breaker is open or too many are in flight for callers of its plan.
    pub(crate) fn admit(
        self: &Arc<Self>,
        plan: &Plan,
        callers_plan: Option<&str>,
    ) -> Result<Ticket, Refused> {
        let settings = &plan.upstream.settings;
        let now = now_ms();
        let before = self.in_flight.fetch_add(1, Ordering::AcqRel);
        let mut ticket = Ticket {
            state: self.clone(),
            upstream: plan.upstream.clone(),
            is_probe: false,
        };
        let refused = |refused| {
            self.refused_total.fetch_add(1, Ordering::Relaxed);
            Err(refused)
        };
        if settings.limits.requests > 0 {
            let share = u64::from(settings.limits.shedding.share(callers_plan));
            let most = (u64::from(settings.limits.requests) * share / 100).max(1);
            if u64::from(before) >= most {
                return refused(Refused::Overloaded);
            }
        }
        if let Some(breaker) = &settings.breaker {
            match self.breaker.admit(now, breaker) {
                Verdict::Pass => {}
                Verdict::Probe => ticket.is_probe = true,
                Verdict::Refused(after) => return refused(Refused::Open(after)),
            }
        }
        self.budget.add(now, BUDGET_MS, false);
        Ok(ticket)
    }
}

/// A request that was let in. Its end makes room for the next one.
#[derive(Debug)]
pub(crate) struct Ticket {
    state: Arc<UpstreamState>,
    upstream: Arc<CompiledUpstream>,
    /// It tries whether the upstream is back, and nothing was learned yet.
    is_probe: bool,
}

impl Ticket {
    /// Whether the budget has a retry left; takes it.
    pub(crate) fn may_retry(&self) -> bool {
        let retry = &self.upstream.settings.retry;
        let (counts, open_ms) = self.state.budget.read(now_ms(), BUDGET_MS);
        let share = u64::from(counts.all) * u64::from(retry.budget_percent) / 100;
        let always = u64::from(retry.budget_per_second) * (open_ms / 1_000 + 1);
        if u64::from(counts.hits) >= share + always {
            return false;
        }
        self.state.budget.hit();
        self.state.retries_total.fetch_add(1, Ordering::Relaxed);
        true
    }

    fn outcome(&mut self, now: u64, failed: bool) {
        if let Some(breaker) = &self.upstream.settings.breaker {
            let is_probe = std::mem::take(&mut self.is_probe);
            self.state.breaker.outcome(now, breaker, is_probe, failed);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.state.in_flight.fetch_sub(1, Ordering::AcqRel);
        if self.is_probe {
            self.state.breaker.take_back();
        }
    }
}

impl Plan {
    /// The target of the next attempt: one that was not tried, is healthy and has room. When fewer targets are healthy than
    /// the panic threshold says, health is ignored; when all were tried, one is tried again.
    pub(crate) fn choose(
        self: &Arc<Self>,
        tried: &[TargetId],
        hash: u64,
    ) -> Result<Attempt, NoTarget> {
        let now = now_ms();
        let panics = OnceCell::new();
        let is_sound = |index: usize| {
            self.targets[index].is_usable(now) || *panics.get_or_init(|| self.panics(now))
        };
        let has_room = |index: usize| self.has_room(&self.targets[index]);
        let is_new = |index: usize| !tried.contains(&self.targets[index].id);
        let pick = |may: &dyn Fn(usize) -> bool| self.picker.pick(&self.targets, hash, may);
        let found =
            pick(&|index| is_new(index) && is_sound(index) && has_room(index)).or_else(|| {
                if tried.is_empty() {
                    return None;
                }
                pick(&|index| is_sound(index) && has_room(index))
            });
        match found {
            Some(index) => Ok(Attempt::new(self.clone(), index)),
            None if (0..self.targets.len()).any(is_sound) => Err(NoTarget::Full),
            None => Err(NoTarget::Unavailable),
        }
    }

    /// What the hash of a request is made of; `None` when it plays no part.
    pub(crate) fn hashes(&self) -> Option<&HashOn> {
        self.picker.hashes()
    }

    /// Whether so few targets are healthy that health is ignored.
    pub(super) fn panics(&self, now: u64) -> bool {
        let usable = self.targets.iter().filter(|t| t.is_usable(now)).count();
        let threshold = usize::from(self.upstream.settings.health.panic_percent);
        usable * 100 < threshold * self.targets.len()
    }

    fn has_room(&self, target: &TargetState) -> bool {
        let limits = &self.upstream.settings.limits;
        let in_flight = target.in_flight.load(Ordering::Relaxed);
        let has_request = limits.requests_per_target == 0 || in_flight < limits.requests_per_target;
        // a connection that is free can be used again, so that only busy ones stand in the way
        let has_connection = limits.connections_per_target == 0
            || target.connections() < limits.connections_per_target
            || in_flight < target.connections();
        has_request && has_connection
    }
}

/// One attempt at one target. Its end makes room for the next one.
#[derive(Debug)]
pub(crate) struct Attempt {
    plan: Arc<Plan>,
    index: usize,
    began: Instant,
    /// Which of the target's addresses it goes to, and which of them it went to first.
    place: usize,
    first: usize,
    address: Option<SocketAddr>,
    is_told: bool,
}

impl Attempt {
    fn new(plan: Arc<Plan>, index: usize) -> Self {
        plan.targets[index]
            .in_flight
            .fetch_add(1, Ordering::Relaxed);
        Self {
            plan,
            index,
            began: Instant::now(),
            place: 0,
            first: 0,
            address: None,
            is_told: false,
        }
    }

    pub(crate) fn upstream(&self) -> &Arc<CompiledUpstream> {
        &self.plan.upstream
    }

    pub(crate) fn target(&self) -> &CompiledTarget {
        &self.plan.upstream.targets[self.index]
    }

    pub(crate) fn state(&self) -> &Arc<TargetState> {
        &self.plan.targets[self.index]
    }

    /// The address to go to at the n-th time; `None` when the target's name has none.
    pub(crate) async fn aim(&mut self, lookup: Lookup<'_>, time: usize) -> Option<SocketAddr> {
        let state = self.state().clone();
        let (place, address) = state.address(lookup, time, self.first).await?;
        self.place = place;
        if time == 0 {
            self.first = place;
        }
        self.address = Some(address);
        self.address
    }

    /// The address that it went to last.
    pub(crate) const fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// There is a connection.
    pub(crate) fn connected(&self) {
        self.state().names.worked(self.place);
    }

    /// There is none to this address.
    pub(crate) fn not_connected(&self) {
        self.state().names.failed(self.place);
    }

    /// Nothing was heard of the target, or what was heard is no answer.
    pub(crate) fn failed(&mut self, ticket: Option<&mut Ticket>) {
        self.tell(ticket, true);
    }

    /// The head of an answer is there.
    pub(crate) fn answered(&mut self, ticket: Option<&mut Ticket>, status: u16) {
        let passive = &self.plan.upstream.settings.health.passive;
        let failed = passive.failure_statuses.iter().any(|one| one.has(status));
        if !self.is_told {
            let took = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.state().measured(now_ms(), took);
        }
        self.tell(ticket, failed);
    }

    /// Told once: what comes after the head changes nothing, unless it is a failure.
    fn tell(&mut self, ticket: Option<&mut Ticket>, failed: bool) {
        if std::mem::replace(&mut self.is_told, true) && !failed {
            return;
        }
        let now = now_ms();
        let passive = &self.plan.upstream.settings.health.passive;
        self.state().outcome(now, passive, failed);
        if let Some(ticket) = ticket {
            ticket.outcome(now, failed);
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.state().in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
