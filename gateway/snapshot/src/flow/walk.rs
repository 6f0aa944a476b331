//! Walking through the steps of a route and its caller, without an allocation.

use domain::refusal::Refusal;
use gateway_policies::conditions::Asker;
use gateway_policies::exchange::Exchange;
use gateway_policies::kind::Stage;
use gateway_policies::policy::{Failure, Flow, OnError, Outcome};

use crate::live::Standing;
use crate::route::CompiledRoute;
use crate::steps::{Merged, Step};

/// The steps after the subscription check, in run order.
pub(super) fn after<'a>(route: &'a CompiledRoute, standing: &'a Standing) -> Merged<'a> {
    let (plan, application) = standing.steps();
    Merged::new([&route.pipeline.after, plan, application])
}

/// All steps, in run order.
pub(super) fn all<'a>(
    route: &'a CompiledRoute,
    standing: &'a Standing,
) -> impl Iterator<Item = &'a Step> + Clone {
    route.pipeline.before.iter().chain(after(route, standing))
}

/// All steps, in the order in which they see an answer: what stands next to the upstream first, the others in run order.
/// `before` leaves out the kinds from this place on.
pub(super) fn responding<'a>(
    route: &'a CompiledRoute,
    standing: &'a Standing,
    before: Option<usize>,
) -> impl Iterator<Item = &'a Step> {
    let steps = all(route, standing).filter(move |step| before.is_none_or(|k| step.place() < k));
    let near = |step: &&Step| step.stage >= Stage::Cache;
    let first = steps.clone().filter(near);
    first.chain(steps.filter(move |step| !near(step)))
}

/// Who calls, as far as conditions ask.
pub(super) fn asker<'a>(exchange: &Exchange, standing: &'a Standing) -> Asker<'a> {
    Asker {
        plan: standing
            .grant()
            .and_then(|grant| grant.plan.slug.to_str().ok()),
        application: exchange.caller.map(|caller| caller.application),
    }
}

/// Waits only where a policy really returned a future. A policy that could not do its work refuses, unless it was told to
/// let requests pass.
pub(super) async fn settle(step: &Step, outcome: Outcome<'_>) -> Result<Flow, Failure> {
    let verdict = match outcome {
        Outcome::Ready(verdict) => verdict,
        Outcome::Later(later) => later.await,
    };
    match verdict {
        Err(failure) => pass_or_fail(step, failure).map(|()| Flow::Next),
        verdict => verdict,
    }
}

/// Whether the request goes on although the policy failed.
pub(super) fn pass_or_fail(step: &Step, failure: Failure) -> Result<(), Failure> {
    if failure.refusal != Refusal::PolicyFailed {
        return Err(failure);
    }
    if step.on_error == OnError::Open {
        step.failed().passed();
        tracing::warn!(policy = step.kind, id = %step.id, detail = failure.detail, "a policy failed; the request goes on without it");
        return Ok(());
    }
    step.failed().refused();
    Err(failure)
}
