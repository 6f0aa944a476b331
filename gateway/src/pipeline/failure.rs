//! A request that failed after it was let in: what its caller is told.

use domain::refusal::Refusal;
use gateway_policies::policy::Answer;
use pingora::proxy::FailToProxy;
use pingora::{Error, ErrorSource, ErrorType};

use super::outcome;
use super::own::{by_policy, refuse};
use crate::client::Client;
use crate::context::Context;
use crate::problem::Problem;
use crate::upstreams::Deadline;

/// A request that failed after it was let in.
pub(crate) async fn failed(
    client: &mut impl Client,
    error: &Error,
    ctx: &mut Context,
) -> FailToProxy {
    let closed = FailToProxy {
        error_code: 0,
        can_reuse_downstream: false,
    };
    ctx.upstream_answered();
    let is_late = ctx.deadline.as_ref().is_some_and(Deadline::is_over);
    outcome::ended(ctx);
    if let Some(made) = ctx.made.take() {
        return answered_instead(client, ctx, made).await;
    }
    let problem = match ctx.problem.take() {
        Some(problem) => problem,
        None if is_late => Problem::new(Refusal::UpstreamTimeout),
        None => match explained(error) {
            Some(problem) => problem,
            // the client is gone: nobody reads an answer
            None => return closed,
        },
    };
    client.close();
    let begun = client
        .answered()
        .is_some_and(|status| !status.is_informational() || status == 101);
    if begun {
        // the head is out; all that is left is to break off, and to say so in the record
        ctx.refusal = Some(problem.refusal);
        return closed;
    }
    if let Some(made) = fallback(client, ctx, problem.refusal).await {
        return answered_instead(client, ctx, made).await;
    }
    let status = problem.refusal.status();
    if let Err(error) = refuse(client, ctx, problem).await {
        tracing::debug!(%error, "the client did not take the refusal");
    }
    FailToProxy {
        error_code: status,
        can_reuse_downstream: false,
    }
}

/// A policy's answer goes out where the upstream's would have.
async fn answered_instead(
    client: &mut impl Client,
    ctx: &mut Context,
    made: Answer,
) -> FailToProxy {
    let status = made.status.as_u16();
    // Pingora keeps no connection on which proxying ended early: the caller is told so
    client.close();
    if let Err(error) = by_policy(client, ctx, made).await {
        tracing::debug!(%error, "the client did not take the answer");
    }
    FailToProxy {
        error_code: status,
        can_reuse_downstream: false,
    }
}

/// What a policy has to say when no answer came from the upstream.
async fn fallback(client: &impl Client, ctx: &mut Context, why: Refusal) -> Option<Answer> {
    let of_upstream = matches!(
        why,
        Refusal::UpstreamUnavailable
            | Refusal::UpstreamFailed
            | Refusal::UpstreamTimeout
            | Refusal::UpstreamInvalidAnswer
            | Refusal::UpstreamOverloaded
    );
    let engine = ctx.engine.clone();
    let passage = ctx.passage.as_mut().filter(|_| of_upstream)?;
    passage.exchange.now = engine.clock.now();
    let request = ctx.sight.of(client.request());
    match passage
        .upstream_failed(&request, why, &engine.services)
        .await
    {
        Ok(made) => made,
        Err(failure) => {
            tracing::warn!(code = %failure.refusal, "a policy failed when it was to stand in");
            None
        }
    }
}

/// Pingora's error as a refusal; `None` when the client is gone.
pub(super) fn explained(error: &Error) -> Option<Problem> {
    use ErrorType as E;
    let refusal = match (error.esource(), error.etype()) {
        (ErrorSource::Downstream, E::ReadTimedout | E::WriteTimedout) => Refusal::RequestTimeout,
        // an answer of our own that could not be written carries no side
        (
            ErrorSource::Downstream | ErrorSource::Unset,
            E::ReadError | E::WriteError | E::ConnectionClosed,
        ) => return None,
        (ErrorSource::Downstream, _) => Refusal::BadRequest,
        (_, E::ConnectTimedout | E::TLSHandshakeTimedout | E::ReadTimedout | E::WriteTimedout) => {
            Refusal::UpstreamTimeout
        }
        (_, E::InvalidHTTPHeader | E::H1Error | E::H2Error | E::InvalidH2 | E::H2Downgrade) => {
            Refusal::UpstreamInvalidAnswer
        }
        (ErrorSource::Upstream, _) => Refusal::UpstreamFailed,
        (ErrorSource::Internal | ErrorSource::Unset, _) => Refusal::Internal,
    };
    let problem = Problem::new(refusal);
    Some(if refusal == Refusal::BadRequest {
        problem
            .with_detail("the request's framing or its Connection header is not valid")
            .closing()
    } else {
        problem
    })
}

/// For the node's own log: callers never read this.
pub(crate) fn trace_failure(ctx: &Context, error: &Error) {
    let code = ctx.refusal.map_or("", Refusal::as_str);
    tracing::debug!(request_id = ctx.request_id(), code, %error, "a request failed");
}
