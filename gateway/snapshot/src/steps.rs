//! Policies in the order in which they run: compiled once, shared by every route and caller that they apply to.

use std::sync::{Arc, LazyLock};

use domain::api::PolicyScope;
use domain::change::ChangeKind;
use domain::id::PolicyId;
use gateway_policies::conditions::{self, Asker, CompiledConditions};
use gateway_policies::config_error::ConfigError;
use gateway_policies::kind::{Composition, Instance, Stage};
use gateway_policies::policy::{Bodies, OnError, Policy};
use gateway_policies::request::Request;
use gateway_policies::{key_auth, quota, rate_limit, registry};

use crate::failures::{Failures, Tally};
use crate::model;
use crate::problem::Problem;
use crate::settings::Access;

/// One policy with its place in the run order.
#[derive(Clone)]
pub struct Step {
    order: Order,
    /// The name of its kind.
    pub kind: &'static str,
    /// When it runs.
    pub stage: Stage,
    /// What it is attached to.
    pub scope: PolicyScope,
    /// Its id; nil for what is built in.
    pub id: PolicyId,
    composition: Composition,
    /// What happens when the policy cannot do its work.
    pub on_error: OnError,
    /// What it wants of the bodies.
    pub bodies: Bodies,
    /// How often its kind could not do its work.
    failed: Arc<Tally>,
    /// When it applies; `None` for always.
    when: Option<Arc<CompiledConditions>>,
    /// The policy itself.
    pub policy: Arc<dyn Policy>,
}

/// Registry's order, then from the widest scope to the narrowest, then position, then age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Order {
    kind: usize,
    scope: PolicyScope,
    position: i64,
    id: PolicyId,
}

impl Step {
    /// Compiles a policy.
    pub(crate) fn compile(policy: &model::Policy) -> Result<Self, Vec<Problem>> {
        let problem = |message: String| Problem::new(ChangeKind::Policy, policy.id, message);
        let Some((place, kind)) = registry::find(&policy.kind) else {
            return Err(vec![problem(format!("`{}` is not a policy", policy.kind))]);
        };
        if !kind.scopes.contains(&policy.scope) {
            let message = format!("{} cannot be attached to a {}", kind.name, policy.scope);
            return Err(vec![problem(message)]);
        }
        let config = serde_json::from_str(&policy.config)
            .map_err(|error| vec![problem(format!("its configuration is not JSON: {error}"))])?;
        let instance = Instance {
            id: policy.id,
            scope: policy.scope,
        };
        let compiled = (kind.compile)(&config, instance).map_err(|errors| {
            errors
                .iter()
                .map(|error| problem(format!("{}: {error}", kind.name)))
                .collect::<Vec<_>>()
        })?;
        let when = conditions(policy, kind.stage).map_err(|errors| {
            let located = errors.iter();
            located
                .map(|error| problem(format!("{}: conditions: {error}", kind.name)))
                .collect::<Vec<_>>()
        })?;
        Ok(Self {
            on_error: policy.on_error.unwrap_or_else(|| compiled.on_error()),
            bodies: compiled.bodies(),
            failed: Arc::default(),
            when,
            order: Order {
                kind: place,
                scope: policy.scope,
                position: policy.position,
                id: policy.id,
            },
            kind: kind.name,
            stage: kind.stage,
            scope: policy.scope,
            id: policy.id,
            composition: kind.composition,
            policy: compiled,
        })
    }

    /// The same, with its failures counted there.
    pub(crate) fn counted(self, failures: &Failures) -> Self {
        Self {
            failed: failures.of(self.place()),
            ..self
        }
    }

    /// How often its kind could not do its work.
    pub(crate) fn failed(&self) -> &Tally {
        &self.failed
    }

    /// Whether it applies to this request of this caller.
    pub(crate) fn applies(&self, request: &Request<'_>, asker: Asker<'_>) -> bool {
        self.when
            .as_ref()
            .is_none_or(|conditions| conditions.hold(request, asker))
    }

    /// Its place among the kinds.
    pub(crate) fn place(&self) -> usize {
        self.order.kind
    }

    /// A step of a test: a kind of the registry (or `near`, next to the upstream) with another policy in it.
    #[cfg(test)]
    pub(crate) fn for_trial(kind: &'static str, position: usize, policy: Arc<dyn Policy>) -> Self {
        let of = if kind == "near" { "cors" } else { kind };
        let mut step = Self::built_in(of, PolicyScope::Route, policy);
        step.order.position = i64::try_from(position).unwrap_or(i64::MAX);
        step.composition = Composition::All;
        if kind == "near" {
            step.stage = Stage::Steer;
            step.order.kind = usize::MAX;
        }
        step
    }

    fn built_in(name: &str, scope: PolicyScope, policy: Arc<dyn Policy>) -> Self {
        let (place, kind) = registry::find(name).expect("the registry has what is built in");
        Self {
            on_error: policy.on_error(),
            bodies: policy.bodies(),
            failed: Arc::default(),
            when: None,
            order: Order {
                kind: place,
                scope,
                position: i64::MIN,
                id: PolicyId::NIL,
            },
            kind: kind.name,
            stage: kind.stage,
            scope,
            id: PolicyId::NIL,
            composition: kind.composition,
            policy,
        }
    }
}

fn conditions(
    policy: &model::Policy,
    stage: Stage,
) -> Result<Option<Arc<CompiledConditions>>, Vec<ConfigError>> {
    if policy.conditions.is_empty() {
        return Ok(None);
    }
    let value = serde_json::from_str(&policy.conditions)
        .map_err(|error| vec![ConfigError::new("", format!("not JSON: {error}"))])?;
    conditions::compile(&value, stage)
}

/// What stands in on routes that need a caller and have no authentication policy.
fn default_authentication() -> Step {
    static DEFAULT: LazyLock<Step> = LazyLock::new(|| {
        let policy = key_auth::KeyAuth::new(key_auth::Config::default());
        Step::built_in(key_auth::KIND.name, PolicyScope::Global, Arc::new(policy))
    });
    DEFAULT.clone()
}

/// A plan's own limits as steps.
pub(crate) fn of_plan(plan: &model::Plan) -> Vec<Step> {
    let mut steps = Vec::new();
    if let Some(limiter) = rate_limit::RateLimiter::of_plan(&plan.rate_limits) {
        steps.push(Step::built_in(
            rate_limit::KIND.name,
            PolicyScope::Plan,
            Arc::new(limiter),
        ));
    }
    if let Some(budget) = plan.quota {
        steps.push(Step::built_in(
            quota::KIND.name,
            PolicyScope::Plan,
            Arc::new(quota::QuotaPolicy::of_plan(budget)),
        ));
    }
    steps
}

/// The steps of a route, apart from those that depend on the caller.
#[derive(Clone)]
pub struct Pipeline {
    /// Before the subscription is checked.
    pub before: Arc<[Step]>,
    /// After it.
    pub after: Arc<[Step]>,
}

impl Pipeline {
    /// Puts the policies of all scopes of a route in order. On an open route nobody is asked who they are.
    pub(crate) fn new(steps: Vec<Step>, access: Access) -> Self {
        let is_open = access == Access::Open;
        let mut steps = steps;
        if is_open {
            steps.retain(|step| step.stage != Stage::Authenticate);
        } else if !steps.iter().any(|step| step.stage == Stage::Authenticate) {
            steps.push(default_authentication());
        }
        let (before, after) = in_order(steps)
            .into_iter()
            .partition::<Vec<_>, _>(|step| step.stage.is_before_terms());
        Self {
            before: before.into(),
            after: after.into(),
        }
    }
}

/// Sorted; of a kind that composes narrowest only the first policy of the narrowest scope is kept.
pub(crate) fn in_order(mut steps: Vec<Step>) -> Vec<Step> {
    steps.sort_by_key(|step| step.order);
    let mut kept: Vec<Step> = Vec::with_capacity(steps.len());
    for step in steps {
        match kept.last() {
            Some(last) if replaces(&step, last) => {
                kept.pop();
                kept.push(step);
            }
            Some(last) if step.kind == last.kind && step.composition == Composition::Narrowest => {}
            _ => kept.push(step),
        }
    }
    kept
}

fn replaces(step: &Step, wider: &Step) -> bool {
    step.composition == Composition::Narrowest
        && step.kind == wider.kind
        && step.scope > wider.scope
}

/// The steps of a route and of its caller, merged as they are walked: nothing is allocated.
#[derive(Clone)]
pub(crate) struct Merged<'a> {
    lists: [&'a [Step]; 3],
}

impl<'a> Merged<'a> {
    /// `lists` from the widest scope to the narrowest: route, plan (with its product), application.
    pub(crate) fn new(lists: [&'a [Step]; 3]) -> Self {
        Self { lists }
    }

    /// How many steps of each list are left.
    pub(crate) fn left(&self) -> [usize; 3] {
        self.lists.map(<[Step]>::len)
    }

    /// Goes on where [`Merged::left`] was taken.
    pub(crate) fn resume(&mut self, left: [usize; 3]) {
        for (list, left) in self.lists.iter_mut().zip(left) {
            *list = &list[list.len().saturating_sub(left)..];
        }
    }
}

impl<'a> Iterator for Merged<'a> {
    type Item = &'a Step;

    fn next(&mut self) -> Option<&'a Step> {
        loop {
            let heads = self.lists.iter().enumerate();
            let (place, step) = heads
                .filter_map(|(place, list)| list.first().map(|step| (place, step)))
                .min_by_key(|(_, step)| step.order)?;
            self.lists[place] = &self.lists[place][1..];
            let is_replaced = step.composition == Composition::Narrowest
                && self.lists[place + 1..]
                    .iter()
                    .any(|list| list.first().is_some_and(|s| s.kind == step.kind));
            if !is_replaced {
                return Some(step);
            }
        }
    }
}
