//! What becomes of an attempt at an upstream: a connection or none, an answer, an end, and whether it is tried again.

use std::os::fd::RawFd;

use pingora::{Error, ErrorSource, ErrorType, Result};

use super::course::Next;
use crate::client::Client;
use crate::context::Context;
use crate::upstreams::Deadline;

/// Addresses of one target that are tried for one attempt.
const ADDRESSES_MOST: usize = 4;

/// No connection: nothing was sent, so another address of the target, or another target may try, as often as the
/// upstream's settings and its budget say.
pub(crate) fn not_connected(ctx: &mut Context, mut error: Box<Error>) -> Box<Error> {
    error.set_retry(false);
    ctx.course.addresses_tried += 1;
    let is_late = ctx.deadline.as_ref().is_some_and(Deadline::is_over);
    let (Some(attempt), Some(ticket)) = (ctx.attempt.as_mut(), ctx.ticket.as_mut()) else {
        return error;
    };
    attempt.not_connected();
    if ctx.course.addresses_tried < attempt.state().addresses().min(ADDRESSES_MOST) && !is_late {
        ctx.course.next = Next::Address;
        error.set_retry(true);
        return error;
    }
    attempt.failed(Some(ticket));
    let retries = usize::from(attempt.upstream().settings.retries);
    error.set_retry(!is_late && ctx.tried.len() <= retries && ticket.may_retry());
    error
}

/// There is a connection: one with other requests on it is not ours to shut, and not given.
pub(crate) fn connected(ctx: &mut Context, own: Option<RawFd>) {
    ctx.course.begin();
    if let Some(attempt) = &ctx.attempt {
        attempt.connected();
    }
    if let (Some(deadline), Some(connection)) = (&ctx.deadline, own) {
        deadline.connected(connection);
    }
}

/// Whether a connection that had waited in the pool was closed, as far as can be told: it ended, and nothing was heard on it.
/// Only where the method may be repeated, or not even the head of the request went out.
pub(crate) fn was_closed(client: &impl Client, ctx: &Context, error: &Error) -> bool {
    let is_end = matches!(
        error.etype(),
        ErrorType::ConnectionClosed | ErrorType::ReadError | ErrorType::WriteError
    );
    let is_unsent = *error.etype() == ErrorType::WriteError && !ctx.course.head_is_out;
    let may_repeat = is_unsent || client.request().method.is_idempotent();
    is_end
        && *error.esource() == ErrorSource::Upstream
        && may_repeat
        && !ctx.course.is_alone
        && !ctx.answer_again
        && ctx.problem.is_none()
        && is_unheard(client, ctx)
        && !ctx.deadline.as_ref().is_some_and(Deadline::is_over)
}

/// Nothing of an answer reached the caller, and all of the request can be sent again.
fn is_unheard(client: &impl Client, ctx: &Context) -> bool {
    client.may_repeat()
        // policies saw pieces of the body, and cannot see them again
        && !ctx.pieces_seen
        && client.answered().is_none()
        && ctx.status == 0
}

/// The same target is asked over a new connection. No failure of the target, and none of the retries that its upstream allows:
/// it closed what it was not using.
pub(crate) fn once_more(ctx: &mut Context, mut error: Box<Error>) -> Box<Error> {
    tracing::debug!(request_id = ctx.request_id(), %error, "a pooled connection was stale");
    released(ctx);
    ctx.course.next = Next::Connection;
    error.set_retry(true);
    error
}

/// The exchange broke after there was a connection. Tried again at another target only where the method may be repeated and
/// nothing of an answer reached the caller; never when time ran out.
pub(crate) fn broken(client: &impl Client, ctx: &mut Context, mut error: Box<Error>) -> Box<Error> {
    let retry_wanted = std::mem::take(&mut ctx.answer_again);
    error.set_retry(false);
    released(ctx);
    let is_late = ctx.deadline.as_ref().is_some_and(Deadline::is_over);
    let is_theirs = *error.esource() == ErrorSource::Upstream;
    let may = client.request().method.is_idempotent() && is_unheard(client, ctx);
    if ctx.problem.is_some() || !is_theirs && !retry_wanted {
        return error;
    }
    let (Some(attempt), Some(ticket)) = (ctx.attempt.as_mut(), ctx.ticket.as_mut()) else {
        return error;
    };
    if !retry_wanted {
        attempt.failed(Some(ticket));
    }
    let timed_out = matches!(
        error.etype(),
        ErrorType::ReadTimedout | ErrorType::WriteTimedout
    );
    let retries = usize::from(attempt.upstream().settings.retries);
    let again = may && !timed_out && !is_late && ctx.tried.len() <= retries;
    error.set_retry(again && (retry_wanted || ticket.may_retry()));
    error
}

/// The head of an answer is there. An error when the request is to be tried again elsewhere because of its status.
pub(crate) fn answered(client: &impl Client, ctx: &mut Context, status: u16) -> Result<()> {
    if let Some(deadline) = &mut ctx.deadline {
        deadline.answered();
    }
    let (Some(attempt), Some(ticket)) = (ctx.attempt.as_mut(), ctx.ticket.as_mut()) else {
        return Ok(());
    };
    attempt.answered(Some(ticket), status);
    let settings = &attempt.upstream().settings;
    let again = settings
        .retry
        .statuses
        .iter()
        .any(|range| range.has(status))
        && client.request().method.is_idempotent()
        && client.may_repeat()
        // policies saw pieces of the body, and cannot see them again
        && !ctx.pieces_seen
        && ctx.tried.len() <= usize::from(settings.retries)
        && !ctx.deadline.as_ref().is_some_and(Deadline::is_over);
    if again && ticket.may_retry() {
        ctx.answer_again = true;
        return Error::e_explain(ErrorType::InvalidHTTPHeader, "another target is asked");
    }
    Ok(())
}

/// The connection of the attempt is given up, and the request is not.
pub(crate) fn released(ctx: &Context) {
    if let Some(deadline) = &ctx.deadline {
        deadline.released();
    }
}

/// All of the answer is there.
pub(crate) fn ended(ctx: &mut Context) {
    if let Some(deadline) = ctx.deadline.take() {
        deadline.released();
    }
}
