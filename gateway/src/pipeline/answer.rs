//! The answer goes back: the upstream's, a policy's, or the gateway's own refusal.

use std::time::Duration;

use bytes::Bytes;
use domain::refusal::Refusal;
use gateway_policies::policy::Answer;
use gateway_policies::response::Response;
use http::header::CONTENT_LENGTH;
use http::{Method, StatusCode};
use pingora::proxy::{FailToProxy, Session};
use pingora::{Error, ErrorSource, ErrorType, Result};
use pingora_http::ResponseHeader;

use super::forward::give_up;
use crate::config::Durability;
use crate::context::Context;
use crate::headers;
use crate::problem::Problem;

/// The head of the upstream's answer.
pub(crate) async fn from_upstream(
    session: &Session,
    response: &mut ResponseHeader,
    ctx: &mut Context,
) -> Result<()> {
    if response.status.is_informational() && response.status != StatusCode::SWITCHING_PROTOCOLS {
        return Ok(());
    }
    ctx.upstream_answered();
    headers::clean_response(response)?;
    let view = Response::from_upstream(response);
    if let Err(problem) = policies(session, view, ctx).await {
        return give_up(ctx, problem);
    }
    finish(response, ctx)?;
    ctx.status = response.status.as_u16();
    durable(ctx).await;
    Ok(())
}

/// A piece of the answer's body.
pub(crate) fn body(
    body: &Option<Bytes>,
    _end: bool,
    ctx: &mut Context,
) -> Result<Option<Duration>> {
    if let Some(piece) = body {
        ctx.bytes_out += piece.len() as u64;
        ctx.report();
    }
    Ok(None)
}

/// An answer that a policy made. It counts like one of the upstream.
pub(crate) async fn by_policy(
    session: &mut Session,
    ctx: &mut Context,
    made: Answer,
) -> Result<()> {
    ctx.charge();
    let mut header = ResponseHeader::build(made.status, Some(made.headers.len() + 8))?;
    for (name, value) in made.headers {
        header.append_header(name, value)?;
    }
    if made.status != StatusCode::NO_CONTENT {
        header.insert_header(CONTENT_LENGTH, made.body.len().to_string())?;
    }
    own(session, ctx, header, made.body).await
}

/// The answer to the portal's preflight.
pub(crate) async fn preflight(
    session: &mut Session,
    ctx: &mut Context,
    header: ResponseHeader,
) -> Result<()> {
    write(session, ctx, header, Bytes::new()).await
}

/// A refusal, as the caller likes to read it.
pub(crate) async fn refuse(
    session: &mut Session,
    ctx: &mut Context,
    problem: Problem,
) -> Result<()> {
    ctx.give_back();
    ctx.refusal = Some(problem.refusal);
    if problem.close {
        session.set_keepalive(None);
    }
    let request = &session.req_header().headers;
    let (header, body) = ctx
        .engine
        .explainer
        .answer(&problem, &ctx.request_id, Some(request))?;
    own(session, ctx, header, body).await
}

/// An answer of the gateway's own goes through the policies too: CORS and limits belong on refusals as well.
async fn own(
    session: &mut Session,
    ctx: &mut Context,
    mut header: ResponseHeader,
    body: Bytes,
) -> Result<()> {
    let view = Response::from_gateway(&mut header);
    if let Err(problem) = policies(session, view, ctx).await {
        tracing::warn!(code = %problem.refusal, "a policy failed on an answer of the gateway");
    }
    finish(&mut header, ctx)?;
    write(session, ctx, header, body).await
}

async fn policies(
    session: &Session,
    mut response: Response<'_>,
    ctx: &mut Context,
) -> Result<(), Problem> {
    let engine = ctx.engine.clone();
    let Some(passage) = ctx.passage.as_mut() else {
        return Ok(());
    };
    passage.exchange.now = engine.clock.now();
    let request = ctx.sight.of(session.req_header());
    passage
        .respond(&request, &mut response, &engine.services)
        .await
        .map_err(Problem::from)
}

/// What every answer has.
fn finish(header: &mut ResponseHeader, ctx: &Context) -> Result<()> {
    header.insert_header(headers::X_REQUEST_ID, ctx.request_id.as_str())?;
    if ctx.from_portal {
        ctx.engine.portal.open(header)?;
    }
    Ok(())
}

async fn write(
    session: &mut Session,
    ctx: &mut Context,
    header: ResponseHeader,
    body: Bytes,
) -> Result<()> {
    ctx.status = header.status.as_u16();
    durable(ctx).await;
    let bare = body.is_empty() || session.req_header().method == Method::HEAD;
    session
        .write_response_header(Box::new(header), bare)
        .await?;
    if !bare {
        ctx.bytes_out += body.len() as u64;
        session.write_response_body(Some(body), true).await?;
    }
    Ok(())
}

/// With strict durability nothing is answered that is not counted on the disk.
async fn durable(ctx: &mut Context) {
    if ctx.engine.config.durability == Durability::Strict {
        ctx.count();
        ctx.engine.recorder.clone().written().await;
    }
}

/// A request that failed after it was let in.
pub(crate) async fn failed(session: &mut Session, error: &Error, ctx: &mut Context) -> FailToProxy {
    let closed = FailToProxy {
        error_code: 0,
        can_reuse_downstream: false,
    };
    ctx.upstream_answered();
    let problem = match ctx.problem.take() {
        Some(problem) => problem,
        None => match explained(error) {
            Some(problem) => problem,
            // the client is gone: nobody reads an answer
            None => return closed,
        },
    };
    session.set_keepalive(None);
    let begun = session
        .response_written()
        .is_some_and(|head| !head.status.is_informational() || head.status == 101);
    if begun {
        // the head is out; all that is left is to break off, and to say so in the record
        ctx.refusal = Some(problem.refusal);
        return closed;
    }
    let status = problem.refusal.status();
    if let Err(error) = refuse(session, ctx, problem).await {
        tracing::debug!(%error, "the client did not take the refusal");
    }
    FailToProxy {
        error_code: status,
        can_reuse_downstream: false,
    }
}

/// Pingora's error as a refusal; `None` when the client is gone.
fn explained(error: &Error) -> Option<Problem> {
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
    tracing::debug!(request_id = %ctx.request_id, code, %error, "a request failed");
}
